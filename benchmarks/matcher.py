"""`python -m benchmarks.matcher`: which blocking rule proposes the right artist, and what each comparison is worth.

Rules are counted on the test and the later sets with everything shown. Comparisons are left out one at a time, the weights
of the others learned anew from 10,000 masked lines, and measured on dev, where choices are made. Prints Markdown, as it
stands in docs/matching.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.sample_lake import MEMORY_LIMIT, NoSampleError, read_lake, say
from enrichment_pipeline.evaluation.board import ask_split, teach
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import logit, questions, spelling, train
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.splink_model import Model, score_sql
from enrichment_pipeline.matching.store import EXTERNAL_TABLES

_MASKED = 10_000
_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
_RULES = """
with judged as (
    select p.question_no, p.artist_no, p.rules, r.artist_no is not null as is_right
    from proposal p left join right_artist r using (question_no, artist_no)
), one as (
    select question_no, unnest(rules) as rule, is_right from judged
), served as (
    select question_no, rule, bool_or(is_right) as is_right from one group by all
), serving as (
    select question_no, count(*) as rules from served where is_right group by 1
)
select rule, (select count(*) from one o where o.rule = s.rule) / $asked, count(*) filter (is_right) / $asked,
    count(*) filter (is_right and rules = 1) / $asked
from served s left join serving using (question_no) group by rule
union all
select 'all together', (select count(*) from judged) / $asked, (select count(*) from serving) / $asked, null
order by 3 desc
"""


def rule_lines(con: duckdb.DuckDBPyConnection, asked: int) -> Iterator[str]:
    """Markdown rows: candidates a question, right artist among them, and questions no other rule serves.

    Args:
        con: connection on which a split was asked and judged.
        asked: questions.
    """
    yield "| blocking rule | candidates a question | right artist among them | only it |"
    yield "|---|---:|---:|---:|"
    for rule, candidates, right, alone in con.execute(_RULES, {"asked": float(asked)}).fetchall():
        only = "-" if alone is None else f"{alone:.3f}"
        yield f"| {rule} | {candidates:.1f} | {right:.3f} | {only} |"


def without(choices: logit.Choices, left_out: int) -> logit.Choices:
    """The same choices without one comparison.

    Args:
        choices: what was learned from.
        left_out: number of the comparison.
    """
    kept = [i for i in range(len(choices.sizes)) if i != left_out]
    return replace(choices, levels=choices.levels[:, kept], sizes=tuple(choices.sizes[i] for i in kept))


def measured(con: duckdb.DuckDBPyConnection, model: Model, asked: int) -> str:
    """hit@1, hit@10 and the widest share of lines at .985, title and label shown, then hit@1 with each of them alone.

    Args:
        con: connection on which dev was asked and judged.
        model: what answers.
        asked: questions.
    """
    cells = []
    for shown in VISIBILITIES[:3]:
        con.execute(f"create or replace temp table scored as {score_sql(model, questions.visible(shown))}")
        make_posterior(con, "scored", visibility=shown)
        first = con.execute(
            "select r.artist_no is not null as is_right from posterior left join right_artist r using (question_no, artist_no)"
            " where rank = 1 order by probability desc, question_no"
        ).fetchnumpy()["is_right"]
        right = np.asarray(first, bool)
        cells.append(f"{right.sum() / asked:.4f}")
        if shown is VISIBILITIES[0]:
            ten = con.execute(
                "select count(distinct question_no) from posterior join right_artist using (question_no, artist_no) where rank <= 10"
            ).fetchall()[0][0]
            precise = np.flatnonzero(np.cumsum(right) / np.arange(1, right.size + 1) >= train.AUTO_PRECISION)
            cells += [f"{ten / asked:.4f}", f"{(precise[-1] + 1) / asked if precise.size else 0.0:.3f}"]
    return " | ".join(cells)


def comparison_lines(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Markdown rows: all comparisons, then each left out, the one that costs most log loss first.

    Args:
        con: connection with the views of `train.train`.
    """
    con.execute(f"create or replace temp table masked_tracks as {train.MASKED}", {"masked": _MASKED})
    train.ask_masked(con)
    choices = train.choices(con, spelling.judged(train.masked_proposals(outside=False, supports=False)))
    board = ask_split(con, "dev")
    if board is None:
        return
    spelling.judge(con)
    asked = con.execute("select count(*) from asked_question").fetchall()[0][0]
    yield "| left out | hit@1 | hit@10 | widest share at .985 | title only | label only | log loss more |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    everything, weights, _ = train.fit_choices(choices)
    base = weights.log_loss
    yield f"| nothing | {measured(con, everything, asked)} | - |"
    rows = []
    for i, comparison in enumerate(COMPARISONS):
        if np.all(choices.levels[:, i] == choices.levels[0, i]):
            continue
        others = [c for c in COMPARISONS if c is not comparison]
        model, weights, _ = train.fit_choices(without(choices, i), others)
        more = weights.log_loss - base
        rows.append((more, f"| `{comparison.name}` | {measured(con, model, asked)} | {more:+.4f} |"))
    yield from (line for _, line in sorted(rows, key=lambda row: -row[0]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; 1 when there is no sample."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matcher", description=__doc__)
    parser.add_argument(
        "--lake", type=Path, help="data folder of a finished run; without it the sample is read anew"
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        try:
            lake = Lake(given.lake, memory_limit=MEMORY_LIMIT) if given.lake else read_lake(Path(folder))
        except NoSampleError as error:
            print(error, file=sys.stderr)
            return 1
        with lake.connect(_VIEWS) as con:
            teach(con)
            for split in ("test", "heldout_2019plus"):
                if ask_split(con, split) is None:
                    continue
                spelling.judge(con)
                asked = con.execute("select count(*) from asked_question").fetchall()[0][0]
                print(f"\n{split}: {asked:,} questions, title and label shown\n")
                print("\n".join(rule_lines(con, asked)), flush=True)
            say("leaving out one comparison at a time ...")
            print(f"\ndev, weights from {_MASKED:,} masked lines\n")
            for line in comparison_lines(con):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
