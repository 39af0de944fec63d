"""The matcher's tables and files: what each of its assets reads from the lake and writes to it.

No SQL of evidence, no weights and no Dagster here: this is where those meet the lake.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append
from enrichment_pipeline.ledger.rule import make_tables
from enrichment_pipeline.matching import external, resolve, train, verdicts
from enrichment_pipeline.matching.current import current_path, models_folder
from enrichment_pipeline.matching.splink_model import Model
from enrichment_pipeline.matching.splits import read_splits, split_sets

# The tracks the matcher is asked about: lines that may have an artist, and none is known.
_UNNAMED = """
select u.track_key, t.label_key from unresolved_tracks u left join track_labels t using (track_key)
where u.artist_missing and u.bucket in (select unnest({buckets}))
"""

# who made a title, and what sources said when asked
ANSWER_TABLES = ("external_candidates", "external_lookups")
# all the matcher hears from outside
EXTERNAL_TABLES = (*ANSWER_TABLES, "songstats_dj_supports")


def write_set_splits(lake: Lake, split_file: Path | None) -> int:
    """Write set_splits; returns rows.

    Raises:
        SplitFileError: the file cannot be used.
        FileNotFoundError: there is no such file.
    """
    named = read_splits(split_file) if split_file else {}
    with lake.connect(["plays", "raw_tracks"]) as con:
        sets = con.execute(
            "select p.set_key, any_value(r.set_id), any_value(p.set_group) from plays p join raw_tracks r using (play_id)"
            " group by 1 order by 1"
        ).fetchall()
        placed = split_sets(sets, named)
        columns = {
            n: pa.array([r[i] for r in placed], pa.string())
            for i, n in enumerate(("set_key", "split", "reason"))
        }
        return lake.write_arrow(con, "set_splits", pa.table(columns))


def write_masked_tracks(lake: Lake) -> int:
    """Write masked_tracks; returns rows."""
    with lake.connect(["plays", "set_splits"]) as con:
        con.execute(f"create temp table chosen as {train.MASKED}", {"masked": train.MASKED_TRACKS})
        return lake.write(con, "masked_tracks", "select * from chosen")


def write_title_questions(
    lake: Lake, buckets: Sequence[str], *, most_calibration: int = external.CALIBRATION_TITLES
) -> dict[str, int]:
    """Write the named buckets of title_questions, the titles that outside sources are asked for; returns rows by bucket.

    Needs plays, unresolved_tracks, masked_tracks and set_splits, whole: which known titles are among them is drawn
    from all of them. `most_calibration` are the titles of known tracks, over all buckets.
    """
    with lake.connect(["plays", "unresolved_tracks", "masked_tracks", "set_splits"]) as con:
        titles = external.titles_to_ask(con, most_calibration=most_calibration)
        return lake.write_partitions(
            con, "title_questions", f"select * from {titles}", column="bucket", partitions=buckets
        )


@dataclass(frozen=True, slots=True)
class WrittenModel:
    """What the model asset says of a training.

    `verdict` tells whether the model just learned is used; the other numbers are those of that model, `rows` and
    `model_hash` of the one in use.
    """

    rows: int
    path: Path
    chart: Path
    model_hash: str
    learned_hash: str
    verdict: str
    masked: int
    dev: int
    iterations: int
    log_loss: float
    weights_markdown: str
    bands_markdown: str
    numbers: dict[str, float]


def write_model(lake: Lake, *, verdict_weight: float = train.VERDICT_WEIGHT) -> WrittenModel:
    """Train, write the model file with bands and chart, use it if it passes the gate, write table splink_model.

    The table tells of the model in use.

    Args:
        lake: tables and models.
        verdict_weight: what the question of a verdict counts for in learning, beside 1 of a masked track.

    Raises:
        ValueError: no masked track has a candidate, so there is nothing to learn from.
    """
    folder = models_folder(lake)
    with lake.connect(["plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES]) as con:
        current = current_path(folder)
        in_use = train.load_current(folder) if current else None
        trained = train.train(
            con,
            in_use=in_use,
            in_use_verdicts=train.verdicts_of(current) if current else (),
            verdict_weight=verdict_weight,
        )
        path, verdict = train.save(trained, folder)
        model = trained.model if verdict.is_used or in_use is None else in_use[0]
        chart = _write_chart(lake, trained.model, path)
        con.execute(
            "create temp table level (model_hash varchar, comparison varchar, level integer, words varchar,"
            " m_probability double, u_probability double, match_weight double)"
        )
        con.executemany("insert into level values (?, ?, ?, ?, ?, ?, ?)", _level_rows(model))
        rows = lake.write(con, "splink_model", "select * from level")
    numbers: dict[str, float] = {
        "masked_named_outside": trained.named_outside,
        "dev_named_outside": trained.dev_named_outside,
        "verdicts_learned_from": len(trained.verdicts),
        "right_first_on_dev": trained.score.hit_at_1,
    }
    if trained.score_in_use is not None:
        numbers["right_first_on_dev_by_the_model_before"] = trained.score_in_use.hit_at_1
    for name, band in trained.bands.items():
        key = name.replace("+", "_and_")
        numbers[f"auto_coverage_on_dev_{key}"] = band.auto_coverage
        if band.auto_precision is not None:
            numbers[f"auto_precision_on_dev_{key}"] = band.auto_precision
    return WrittenModel(
        rows=rows,
        path=path,
        chart=chart,
        model_hash=model.model_hash,
        learned_hash=trained.model.model_hash,
        verdict=verdict.words,
        masked=trained.masked,
        dev=trained.dev,
        iterations=trained.iterations,
        log_loss=trained.log_loss,
        weights_markdown=_weights_markdown(trained.model),
        bands_markdown=_bands_markdown(trained),
        numbers=numbers,
    )


def _level_rows(model: Model) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for comparison in model.settings["comparisons"]:
        levels = comparison["comparison_levels"]
        weights = model.level_weights()[comparison["output_column_name"]]
        for i, (level, (words, bits)) in enumerate(zip(levels, weights, strict=True)):
            rows.append(
                (
                    model.model_hash,
                    comparison["output_column_name"],
                    len(levels) - 1 - i,
                    words,
                    level["m_probability"],
                    level["u_probability"],
                    bits,
                )
            )
    return rows


def _weights_markdown(model: Model) -> str:
    lines = ["| comparison | level | match weight (bits) |", "|---|---|---:|"]
    for name, levels in model.level_weights().items():
        lines += [f"| {name} | {words} | {bits:+.2f} |" for words, bits in levels]
    return "\n".join(lines)


def _bands_markdown(trained: train.Trained) -> str:
    lines = ["| shown | auto from | right on dev | of questions | review from |", "|---|---:|---:|---:|---:|"]
    for name, b in trained.bands.items():
        auto = "never" if b.auto > 1 else f"{b.auto:.3f}"
        right = "-" if b.auto_precision is None else f"{b.auto_precision:.3f}"
        lines.append(f"| {name} | {auto} | {right} | {b.auto_coverage:.1%} | {b.review:.3f} |")
    return "\n".join(lines)


def _write_chart(lake: Lake, model: Model, path: Path) -> Path:
    """Splink's match-weights chart beside the model, with its JavaScript inlined so that it opens offline."""
    from enrichment_pipeline.matching.comparisons import PROPOSAL_COLUMNS
    from enrichment_pipeline.matching.splink_model import make_linker

    chart = path.with_suffix(".match_weights.html")
    with lake.connect([]) as con:
        blank = ", ".join(f"null::int as {c}" for c in PROPOSAL_COLUMNS)
        linker = make_linker(con, model, f"select 1 as question_no, 1 as artist_no, {blank}")
        # splink prints a hint for notebooks on every save
        with contextlib.redirect_stdout(io.StringIO()):
            linker.visualisations.match_weights_chart().save_offline_chart(str(chart), overwrite=True)
    return chart


def write_candidates(lake: Lake, buckets: Sequence[str], *, run_id: str) -> dict[str, int]:
    """Write the named buckets of artist_candidates; returns rows by bucket.

    Raises:
        FileNotFoundError: no model was trained yet.
    """
    model, _ = train.load_current(models_folder(lake))
    tables = ["plays", "artists", "dj_profiles", "unresolved_tracks", "track_labels", *EXTERNAL_TABLES]
    with lake.connect(tables) as con:
        resolve.propose(con, model, _UNNAMED.format(buckets=list(buckets)), run_id=run_id)
        return lake.write_partitions(
            con, "artist_candidates", "select * from candidates", column="bucket", partitions=buckets
        )


def write_resolved(
    lake: Lake, buckets: Sequence[str], *, run_id: str, now: datetime | None = None
) -> dict[str, int]:
    """Write the named buckets of resolved_artists, people's verdicts first; returns rows by bucket.

    Args:
        lake: tables and model.
        buckets: to be written.
        run_id: run that answers.
        now: the time, with zone: answers of band auto that are new go into the ledger under this run. None leaves
            the ledger alone, as measuring does.

    Raises:
        FileNotFoundError: no model was trained yet.
    """
    model, bands = train.load_current(models_folder(lake))
    tables = [
        "unresolved_tracks",
        "track_labels",
        "artist_candidates",
        "tracks",
        "plays",
        "raw_tracks",
        "ledger",
    ]
    with lake.connect(tables) as con:
        make_tables(con)
        candidates = verdicts.leave_out_rejected(con, "artist_candidates")
        resolve.answer(con, model, bands, _UNNAMED.format(buckets=list(buckets)), candidates, run_id=run_id)
        answers = verdicts.put_verdicts_first(con, buckets, run_id=run_id, notes=now is not None)
        if now is not None:
            # before the answers that name this run as the one to undo
            append(lake, verdicts.new_auto_answers(con, run_id=run_id, now=now))
        return lake.write_partitions(
            con, "resolved_artists", f"select * from {answers}", column="bucket", partitions=buckets
        )
