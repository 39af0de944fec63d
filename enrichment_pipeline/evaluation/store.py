"""The evaluation's tables and files: what it reads from the lake, what it writes, and a lake built for a split.

Measures stand in `harness.py`, words in `report.py`. No Dagster here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from enrichment_pipeline.evaluation import plots, report
from enrichment_pipeline.evaluation.harness import (
    ALL_METHODS,
    MODEL,
    SPLITS,
    EvaluationResult,
    Row,
    evaluate,
)
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import train
from enrichment_pipeline.matching.store import (
    EXTERNAL_TABLES,
    models_folder,
    write_masked_tracks,
    write_model,
    write_set_splits,
)

REPORTS_NAME = "reports"
_JSON, _MARKDOWN = "match_evaluation.json", "match_evaluation.md"


def measure_lake(
    lake: Lake,
    *,
    splits: Sequence[str] = SPLITS,
    methods: Sequence[str] = ALL_METHODS,
    most_sets: int | None = None,
) -> EvaluationResult:
    """Measure the published model, the baselines and the hidden labels on a lake.

    Args:
        lake: with plays, set_splits, masked_tracks and a trained model.
        splits: which to ask.
        methods: which to ask, out of `harness.ALL_METHODS`.
        most_sets: of each split; None asks all.

    Raises:
        FileNotFoundError: no model was trained yet.
    """
    model, bands = train.load_current(models_folder(lake))
    with lake.connect(["plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES]) as con:
        result = evaluate(con, model, bands, splits=splits, methods=methods, most_sets=most_sets)
    if most_sets is None:
        with result.timed("hidden label"):
            result.rows += measure_labels(lake, splits)
    return result


def measure_labels(lake: Lake, splits: Sequence[str]) -> list[Row]:
    """Rows of the hidden-label task."""
    from enrichment_pipeline.labels.evaluation import evaluate_hidden_label

    with lake.connect(["plays", "set_splits"]) as con:
        con.execute("create temp view set_split as select set_key, split from set_splits")
        found = evaluate_hidden_label(con, splits=splits)
    return [Row(r.split, r.visibility, r.method, r.measure, r.value, r.low, r.high) for r in found]


@dataclass(frozen=True, slots=True)
class WrittenEvaluation:
    """What the evaluation's asset says of it.

    Attributes:
        rows: rows of the table.
        json_file: the same rows as JSON.
        markdown: the summary.
        plots: markdown images by name, the picture itself inside.
        numbers: the few that are worth a plot over time.
        seconds: of the longest steps, in words.
    """

    rows: int
    json_file: Path
    markdown: str
    plots: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    seconds: str = ""


def write_evaluation(lake: Lake, result: EvaluationResult) -> WrittenEvaluation:
    """Write table match_evaluation, and JSON, markdown and plots under the data folder's reports."""
    columns = (
        ("split", pa.string()), ("visibility", pa.string()), ("method", pa.string()), ("measure", pa.string()),
        ("value", pa.float64()), ("low", pa.float64()), ("high", pa.float64()), ("model_hash", pa.string()),
    )  # fmt: skip
    table = pa.table(
        {name: pa.array([getattr(r, name) for r in result.rows], kind) for name, kind in columns}
    )
    with lake.connect([]) as con:
        rows = lake.write_arrow(con, "match_evaluation", table)
    folder = lake.root / REPORTS_NAME
    folder.mkdir(parents=True, exist_ok=True)
    report.write_json(result.rows, folder / _JSON)
    markdown = report.markdown_report(result, with_targets=True)
    (folder / _MARKDOWN).write_text(markdown, encoding="utf-8")
    images = {}
    for split in dict.fromkeys(s for s, _, m in result.answers if m == MODEL):
        for name, draw in (
            ("precision_coverage", plots.precision_coverage_png),
            ("reliability", plots.reliability_png),
        ):
            png = draw(result, split)
            (folder / f"match_evaluation_{name}_{split}.png").write_bytes(png)
            encoded = base64.b64encode(png).decode()
            images[f"{name}_{split}"] = f"![{name}, {split}](data:image/png;base64,{encoded})"
    longest = sorted(result.seconds.items(), key=lambda step: -step[1])[:8]
    return WrittenEvaluation(
        rows=rows,
        json_file=folder / _JSON,
        markdown=markdown,
        plots=images,
        numbers=_numbers(result),
        seconds=", ".join(f"{name} {seconds:.1f} s" for name, seconds in longest),
    )


def _numbers(result: EvaluationResult) -> dict[str, float]:
    found = {}
    for split in SPLITS:
        for measure in ("hit@1", "hit@10", "auto_precision", "auto_coverage", "ece"):
            value = result.value(split, "title+label", MODEL, measure)
            if value is not None:
                # Dagster's metadata keys take no @
                found[f"{split}_{measure.replace('@', '_at_').replace('+', '_')}"] = value
    return found


@dataclass(frozen=True, slots=True)
class Beaten:
    """A baseline that is better than the model somewhere."""

    split: str
    method: str
    theirs: float
    models: float


def better_baselines(lake: Lake) -> list[Beaten]:
    """Baselines with a higher hit@1 than the model where title and label are shown; best first."""
    with lake.connect(["match_evaluation"]) as con:
        rows = con.execute(
            "with hit as (select split, method, value from match_evaluation"
            " where visibility = 'title+label' and measure = 'hit@1')"
            " select b.split, b.method, b.value, m.value from hit b join hit m on m.split = b.split and m.method = $model"
            # the logit is the model itself without the share artists of one credit have in each other
            " where b.method not in ($model, 'logit') and b.value > m.value order by b.value - m.value desc, 1, 2",
            {"model": MODEL},
        ).fetchall()
    return [Beaten(*row) for row in rows]


# ---- a lake of its own for another split or other tracklists ------------------------------------------


@dataclass(frozen=True, slots=True)
class Built:
    """What came of the tracklists a lake was built from.

    Attributes:
        files: read.
        plays: lines that became plays.
        rejected: rows that could not.
    """

    files: int
    plays: int
    rejected: int


def ingest_folder(lake: Lake, folder: Path, *, today: date) -> Built:
    """Read a folder of tracklists into an empty lake, up to the catalogue.

    Args:
        lake: an empty one.
        folder: tracklist files.
        today: sets dated later than its month are taken as undated.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    from enrichment_pipeline.catalogue.build import build_catalogue
    from enrichment_pipeline.ingest.labels import write_parsed_labels
    from enrichment_pipeline.ingest.plays import months_to_make, write_raw_tracks
    from enrichment_pipeline.ingest.staging import stage_inbox
    from enrichment_pipeline.tracklists.columns import parse_to_arrow

    last_month = f"{today:%Y-%m}-01"
    staged = stage_inbox(lake, folder)
    months = months_to_make(lake, last_month=last_month)
    plays = sum(write_raw_tracks(lake, months, last_month=last_month).values())
    write_parsed_labels(lake, months, parse_to_arrow)
    build_catalogue(lake)
    return Built(staged.files, plays, staged.rejected)


def borrow_plays(source: Lake, target: Lake) -> None:
    """Let an empty lake read another's plays and what was asked outside, which are the same whatever the split is.

    Raises:
        FileNotFoundError: the other lake has no plays.
    """
    if not source.files("plays"):
        raise FileNotFoundError(f"no plays in {source.root}")
    target.folder.mkdir(parents=True, exist_ok=True)
    asked_outside = (table for table in EXTERNAL_TABLES if source.files(table))
    for table in ("raw_tracks", "plays", *asked_outside):
        (target.folder / table).symlink_to((source.folder / table).resolve(), target_is_directory=True)


@dataclass(frozen=True, slots=True)
class SplitUse:
    """How a split file and the sets of a lake fit each other."""

    named: int
    unknown_ids: tuple[str, ...]
    unnamed_sets: int
    lines_by_split: dict[str, int]


def split_sets_of(lake: Lake, split_file: Path) -> None:
    """Make set_splits of a lake that has plays.

    Raises:
        SplitFileError: the file cannot be used; names file, line and reason.
        FileNotFoundError: there is no such file.
    """
    write_set_splits(lake, split_file)


def learn(lake: Lake) -> None:
    """Make masked_tracks and the model of a lake that has set_splits.

    Raises:
        ValueError: the train sets have nothing to learn from.
    """
    write_masked_tracks(lake)
    write_model(lake)


def split_use(lake: Lake, split_file: Path) -> SplitUse:
    """Compare a split file with the sets of a lake; sets it does not name are split by rule.

    Raises:
        SplitFileError: the file cannot be used.
        FileNotFoundError: there is no such file.
    """
    from enrichment_pipeline.matching.splits import read_splits

    named = read_splits(split_file)
    with lake.connect(["raw_tracks", "plays", "set_splits"]) as con:
        present = {row[0] for row in con.execute("select distinct set_id from raw_tracks").fetchall()}
        lines = dict(
            con.execute(
                "select split, count(*) from plays join set_splits using (set_key) where artist_known group by 1 order by 1"
            ).fetchall()
        )
    return SplitUse(
        named=len(named),
        unknown_ids=tuple(sorted(set(named) - present)),
        unnamed_sets=len(present - set(named)),
        lines_by_split={name: int(count) for name, count in lines.items()},
    )
