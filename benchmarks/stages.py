"""The stages of a run as the assets call them, without Dagster: each can be run in a process of its own.

`python -m benchmarks.stages NAME DATA INBOX MEMORY_LIMIT` runs one and prints a line of JSON. The order
is that of a whole run; each stage reads what those before it wrote. What an asset's body calls is called
here, and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.measure import own_peak_bytes
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, what its rows are, and what gives the function to measure.

    `prepare` imports what the stage needs, so that imports are not measured, and returns the function;
    that one returns how many rows it made.
    """

    name: str
    rows_are: str
    prepare: Callable[[Lake, Path], Callable[[], int]]


def _last_month() -> str:
    return date.today().replace(day=1).isoformat()


def _read_files(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.ingest.staging import stage_inbox

    return lambda: stage_inbox(lake, inbox).staged_plays


def _raw_tracks(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.ingest.plays import months_to_make, write_raw_tracks

    months = months_to_make(lake, last_month=_last_month())
    return lambda: sum(write_raw_tracks(lake, months, last_month=_last_month()).values())


def _parsed_labels(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.ingest.labels import write_parsed_labels
    from enrichment_pipeline.ingest.plays import months_to_make
    from enrichment_pipeline.tracklists.columns import parse_to_arrow

    months = months_to_make(lake, last_month=_last_month())
    return lambda: sum(write_parsed_labels(lake, months, parse_to_arrow).values())


def _catalogue(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.catalogue.build import build_catalogue

    return lambda: build_catalogue(lake)["plays"]


def _label_calibration(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.labels.build import write_calibration

    return lambda: write_calibration(lake)


def _label_evidence(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.labels.build import write_evidence

    return lambda: sum(write_evidence(lake, BUCKET_KEYS).values())


def _label_questions(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.labels.build import write_label_questions

    return lambda: sum(write_label_questions(lake, BUCKET_KEYS).values())


def _ask_outside(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.labels.build import write_source_calibration
    from enrichment_pipeline.labels.sources import OUTSIDE
    from enrichment_pipeline.sources.asking import ask
    from enrichment_pipeline.sources.label_hunt import hunt

    def run() -> int:
        surroundings = _nobody_is_asked(lake)
        rows = 0
        for tables in OUTSIDE:
            way, sources = hunt(tables.evidence, lake, surroundings)
            report = ask(lake, way, sources, BUCKET_KEYS, surroundings)
            rows += sum(report.rows[tables.lookups].values())
        write_source_calibration(lake)
        return rows

    return run


def _ask_titles(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.matching.store import write_title_questions
    from enrichment_pipeline.sources.asking import ask
    from enrichment_pipeline.sources.title_hunt import hunt_titles

    def run() -> int:
        surroundings = _nobody_is_asked(lake)
        write_title_questions(lake, BUCKET_KEYS)
        way, sources = hunt_titles(lake, surroundings)
        return sum(ask(lake, way, sources, BUCKET_KEYS, surroundings).rows[way.lookups].values())

    return run


def _nobody_is_asked(lake: Lake) -> Surroundings:
    """Every source off: the network's time is no figure of ours."""
    return Surroundings(lake.root, {})


def _track_labels(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.labels.build import write_track_labels

    return lambda: sum(write_track_labels(lake, BUCKET_KEYS, "benchmark").values())


def _unresolved_tracks(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.labels.build import write_unresolved

    return lambda: sum(write_unresolved(lake, BUCKET_KEYS).values())


def _masked_tracks(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.matching.splits import BENCHMARK_FILE
    from enrichment_pipeline.matching.store import write_masked_tracks, write_set_splits

    def run() -> int:
        write_set_splits(lake, BENCHMARK_FILE)
        return write_masked_tracks(lake)

    return run


def _splink_model(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.matching.store import write_model

    return lambda: write_model(lake).masked


def _artist_candidates(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.matching.store import write_candidates

    return lambda: sum(write_candidates(lake, BUCKET_KEYS, run_id="benchmark").values())


def _resolved_artists(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.matching.store import write_resolved

    return lambda: sum(write_resolved(lake, BUCKET_KEYS, run_id="benchmark").values())


def _cooldown_queue(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.cooldown.queue import write_cooldown_queue

    return lambda: sum(write_cooldown_queue(lake, BUCKET_KEYS, now=datetime.now(UTC)).values())


def _match_evaluation(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.evaluation.harness import QUICK_METHODS
    from enrichment_pipeline.evaluation.store import measure_lake, write_evaluation

    return lambda: write_evaluation(lake, measure_lake(lake, methods=QUICK_METHODS)).rows


def _operations(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.operations.history import append_snapshot, read_history
    from enrichment_pipeline.operations.snapshot import take_snapshot

    def run() -> int:
        now = datetime.now(UTC)
        return append_snapshot(
            lake, take_snapshot(lake, _nobody_is_asked(lake), [], read_history(lake), now), now
        )

    return run


def _enriched_tracks(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.publish.enriched import write_enriched_tracks

    return lambda: write_enriched_tracks(lake, run_id="benchmark")


def _warehouse(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.lake.warehouse import WAREHOUSE_NAME, publish_warehouse

    return lambda: sum(publish_warehouse(lake, lake.root / WAREHOUSE_NAME).values())


def _exports(lake: Lake, inbox: Path) -> Callable[[], int]:
    from enrichment_pipeline.lake.warehouse import EXPORTS_NAME, export_tables
    from enrichment_pipeline.publish.tracklists import TRACKLISTS_NAME, write_tracklists

    def run() -> int:
        folder = lake.root / EXPORTS_NAME
        export_tables(lake, folder)
        return write_tracklists(lake, folder / TRACKLISTS_NAME)

    return run


STAGES: tuple[Stage, ...] = (
    Stage("read files", "lines", _read_files),
    Stage("raw_tracks", "plays", _raw_tracks),
    Stage("parsed_labels", "plays", _parsed_labels),
    Stage("catalogue", "plays", _catalogue),
    Stage("label_calibration", "levels", _label_calibration),
    Stage("label_evidence", "evidence rows", _label_evidence),
    Stage("label_questions", "tracks", _label_questions),
    Stage("outside sources, off", "look-ups", _ask_outside),
    Stage("track_labels", "tracks", _track_labels),
    Stage("unresolved_tracks", "tracks", _unresolved_tracks),
    Stage("masked_tracks", "questions", _masked_tracks),
    Stage("titles, sources off", "look-ups", _ask_titles),
    Stage("splink_model", "questions learned from", _splink_model),
    Stage("artist_candidates", "candidates", _artist_candidates),
    Stage("resolved_artists", "tracks", _resolved_artists),
    Stage("cooldown_queue", "tracks", _cooldown_queue),
    Stage("match_evaluation", "numbers", _match_evaluation),
    Stage("enriched_tracks", "plays", _enriched_tracks),
    Stage("operations", "measures", _operations),
    Stage("warehouse", "rows of all tables", _warehouse),
    Stage("exports", "plays", _exports),
)


def main(arguments: list[str]) -> None:
    """Run one stage in this process and print `{"rows", "seconds", "own_peak_bytes"}`."""
    name, data, inbox, memory_limit = arguments
    stage = next(stage for stage in STAGES if stage.name == name)
    run = stage.prepare(Lake(Path(data), memory_limit=memory_limit), Path(inbox))
    began = time.monotonic()
    rows = run()
    seconds = time.monotonic() - began
    print(json.dumps({"rows": rows, "seconds": seconds, "own_peak_bytes": own_peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1:])
