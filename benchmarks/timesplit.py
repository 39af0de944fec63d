"""`python -m benchmarks.timesplit`: what the matcher is worth when it knows the past only.

Catalogue, weights and thresholds come from sets before a date, the questions from later sets. Beside it the same questions
to as large a catalogue of any time, so that what is lost to time can be told from what is lost to fewer lines.
The benchmark's own test and later sets are left alone. Prints Markdown; the same stands in
`data/reports/benchmark_timesplit.md`, all rows in the JSON beside it.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import sections
from benchmarks.sample_lake import MEMORY_LIMIT, NoSampleError, read_lake, say, write_report
from enrichment_pipeline.evaluation.harness import (
    ALL_METHODS,
    EM_METHODS,
    MODEL,
    EvaluationResult,
)
from enrichment_pipeline.evaluation.rivals import best_rivals
from enrichment_pipeline.evaluation.store import borrow_plays, learn, measure_lake, split_sets_of
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.matching.questions import VISIBILITIES

BEFORE, SETS = date(2016, 1, 1), 300
PAST, ANY_TIME = "only sets before", "as many lines of any time"
# Only sets that teach or tune are used: what is measured elsewhere must not be looked at here.
_SETS = """
select any_value(r.set_id) as set_id, split, min(p.set_date) as set_date, count(*) as lines, md5('timesplit' || p.set_key) as draw
from plays p join raw_tracks r using (play_id) join set_splits s on s.set_key = p.set_key
where split in ('train', 'dev') group by p.set_key, split order by draw
"""
_COLUMNS = ("hit@1", "hit@10", "auto_precision", "auto_coverage", "ece", "artist_in_catalogue")


@dataclass(frozen=True, slots=True)
class OneSet:
    """A set that may teach, tune or be asked; `draw` orders sets as if at random, the same in every run."""

    set_id: str
    split: str
    set_date: date | None
    lines: int
    draw: str


def read_sets(lake: Lake) -> list[OneSet]:
    """The train and dev sets of a lake."""
    with lake.connect(["plays", "raw_tracks", "set_splits"]) as con:
        return [OneSet(*row) for row in con.execute(_SETS).fetchall()]


def time_splits(sets: Sequence[OneSet], *, before: date, most_sets: int) -> dict[str, dict[str, str]]:
    """Split of every set, by set id, for each of the two catalogues.

    Args:
        sets: those there are.
        before: sets before this day are the past, sets from it on may be asked; undated ones are neither.
        most_sets: so many are asked.

    Raises:
        ValueError: there is no set on one of the sides.
    """
    ordered = sorted(sets, key=lambda one: one.draw)
    past = [one for one in ordered if one.set_date is not None and one.set_date < before]
    asked = [one for one in ordered if one.set_date is not None and one.set_date >= before][:most_sets]
    if not asked or not any(one.split == "train" for one in past):
        raise ValueError(f"no set to ask, or none that teaches: nothing can be measured with {before}")
    asked_ids = {one.set_id for one in asked}
    left_out = {one.set_id: "exclude" for one in ordered} | dict.fromkeys(asked_ids, "test")
    room = sum(one.lines for one in past if one.split == "train")
    any_time: dict[str, str] = {}
    for one in ordered:
        if one.set_id in asked_ids:
            continue
        if one.split == "dev":
            any_time[one.set_id] = "dev"
        elif room > 0:
            any_time[one.set_id] = "train"
            room -= one.lines
    return {
        PAST: left_out | {one.set_id: one.split for one in past},
        ANY_TIME: left_out | any_time,
    }


def measure(lake: Lake, splits: Mapping[str, str], folder: Path, methods: Sequence[str]) -> EvaluationResult:
    """Learn and measure with a split of a lake's sets; sets it does not name are left out.

    Args:
        lake: with plays, and set_splits that name all its sets.
        splits: split by set id.
        folder: a new one, for the tables that depend on the split.
        methods: out of `harness.ALL_METHODS`.
    """
    own = Lake(folder / "data", memory_limit=MEMORY_LIMIT)
    borrow_plays(lake, own)
    with lake.connect(["raw_tracks"]) as con:
        every = [
            row[0] for row in con.execute("select distinct set_id from raw_tracks order by 1").fetchall()
        ]
    file = folder / "splits.csv"
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("set_id", "split"))
        writer.writerows((set_id, splits.get(set_id, "exclude")) for set_id in every)
    split_sets_of(own, file)
    learn(own)
    return measure_lake(own, splits=["test"], methods=methods)


def markdown(
    found: Mapping[str, EvaluationResult], sets: Sequence[OneSet], *, before: date, asked: int
) -> dict[str, list[str]]:
    """Both measurements beside each other under "time split", and all methods with the past's catalogue under "methods"."""
    later = sum(
        one.split == "train" and one.set_date is not None and one.set_date.year >= 2019 for one in sets
    )
    teaching = sum(
        one.lines
        for one in sets
        if one.split == "train" and one.set_date is not None and one.set_date < before
    )
    past = next(iter(found.values()))
    cells = []
    for words, result in found.items():
        rows = {(r.visibility, r.method, r.measure): r for r in result.rows}
        cells += [
            [words, sections.VISIBILITY_WORDS[v.name], *(sections.measured(rows.get((v.name, MODEL, c))) for c in _COLUMNS)]
            for v in VISIBILITIES
        ]  # fmt: skip
    heads = ("catalogue", "shown", *map(sections.measure_words, _COLUMNS))
    both = [
        f"Learned from sets before {before.isoformat()}; asked are {asked} sets from that day on, drawn from the train and dev"
        f" sets: {past.lines['test'].size:,} lines. {teaching:,} lines teach. Sets of 2019 or later among the benchmark's own"
        f" train sets: {later}.",
        "", *sections.table(heads, cells, words=2), "", *_cost_words(found),
    ]  # fmt: skip
    methods = ["", "# All methods, with the catalogue of the past", ""]
    methods += [line.replace("test, ", "", 1) for line in sections.rival_lines(best_rivals(past))]
    for visibility in VISIBILITIES:
        table = sections.method_lines(past.rows, "test", visibility.name)
        shown = sections.VISIBILITY_WORDS[visibility.name]
        # the goals are those of the benchmark's own test sets
        methods += ["", f"## {shown.capitalize()}", "", *(line for line in table if "*to reach*" not in line)]
    return {"head": ["# Time split", ""], "time split": both, "methods": [*methods, ""]}


def _cost_words(found: Mapping[str, EvaluationResult]) -> list[str]:
    shown = VISIBILITIES[0].name
    past, any_time = (
        found[w].value("test", shown, MODEL, "hit@1") if w in found else None for w in (PAST, ANY_TIME)
    )
    if past is None or any_time is None:
        return []
    return [
        f"With title and label shown, knowing only the past costs {any_time - past:.3f} of the first answers."
    ]


def _rows(found: Mapping[str, EvaluationResult]) -> list[dict[str, Any]]:
    return [asdict(r) | {"split": words} for words, result in found.items() for r in result.rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, measure, print and write; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.timesplit", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--before", type=date.fromisoformat, default=BEFORE, metavar="DAY", help=f"default: {BEFORE}"
    )
    parser.add_argument("--sets", type=int, default=SETS, help=f"later sets that are asked; default: {SETS}")
    parser.add_argument(
        "--quick", action="store_true", help="the model and the untrained context methods only"
    )
    given = parser.parse_args(arguments)
    methods = (MODEL, "dj_is_artist") if given.quick else [m for m in ALL_METHODS if m not in EM_METHODS]
    began = time.monotonic()
    found: dict[str, EvaluationResult] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-timesplit-") as name:
            folder = Path(name)
            lake = read_lake(folder)
            sets = read_sets(lake)
            splits = time_splits(sets, before=given.before, most_sets=given.sets)
            for number, (words, split) in enumerate(splits.items()):
                say(f"learning and asking: {words} ...")
                (folder / str(number)).mkdir()
                found[words] = measure(lake, split, folder / str(number), methods)
    except (NoSampleError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    asked = sum(split == "test" for split in splits[PAST].values())
    parts = markdown(found, sets, before=given.before, asked=asked)
    lines = [line for part in parts.values() for line in part]
    print(*lines, sep="\n")
    target = data_root() / "reports" / "benchmark_timesplit.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines), encoding="utf-8")
    write_report(
        target.with_suffix(".json"), {"rows": _rows(found), "sections": {"time split": parts["time split"]}}
    )
    say(f"{time.monotonic() - began:.0f} s. The same as files: {target}, {target.with_suffix('.json')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
