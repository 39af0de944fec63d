"""One snapshot: every measure at one moment, whatever of it can be read.

A part that cannot be read is itself measured: looking at the pipeline must never stop it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

import duckdb

from enrichment_pipeline.lake.lake import Lake, OutdatedTableError
from enrichment_pipeline.operations import lake_readings, state_readings
from enrichment_pipeline.operations.history import History
from enrichment_pipeline.operations.kinds import ALL, Measure
from enrichment_pipeline.operations.state_readings import JobRuns
from enrichment_pipeline.sources.surroundings import Surroundings

# What a damaged file, a wrong variable or a table of an earlier version raises.
_UNREADABLE = (OSError, ValueError, LookupError, sqlite3.Error, duckdb.Error, OutdatedTableError)
# Measures that are compared with their own past: area, subject, name.
_TRENDS = (
    ("labels", ALL, "share with label"),
    ("matcher", "dev", "auto precision"),
    ("matcher", "dev", "ece"),
)


def take_snapshot(
    lake: Lake, surroundings: Surroundings, runs: Sequence[JobRuns], history: History, now: datetime
) -> list[Measure]:
    """Every measure that can be read, in a fixed order.

    Args:
        lake: the tables.
        surroundings: where the state of hosts, paid objects and kept answers lies.
        runs: finished runs of the last days.
        history: earlier snapshots.
        now: the time.
    """
    readings: dict[str, Callable[[], list[Measure]]] = {
        "tiers": lambda: lake_readings.read_tiers(lake),
        "sources": lambda: lake_readings.read_sources(lake),
        "web pages": lambda: lake_readings.read_web_pages(lake),
        "hosts": lambda: state_readings.read_hosts(surroundings, now, history),
        "songstats": lambda: state_readings.read_songstats(surroundings, now),
        "answers": lambda: state_readings.read_answers(surroundings),
        "cooldown": lambda: lake_readings.read_queue(lake),
        "calibration": lambda: lake_readings.read_calibration(lake),
        "matcher": lambda: lake_readings.read_matcher(lake),
        "funnel": lambda: lake_readings.read_funnel(lake),
        "runs": lambda: state_readings.read_runs(runs),
    }
    measures: list[Measure] = []
    failed: list[str] = []
    for name, read in readings.items():
        try:
            measures += read()
        except _UNREADABLE as error:
            failed.append(f"{name}: {surroundings.scrub(str(error)) or type(error).__name__}")
    measures += _trends(measures, history)
    return [*measures, Measure("monitoring", ALL, "readings failed", len(failed), "; ".join(failed))]


def _trends(measures: Sequence[Measure], history: History) -> list[Measure]:
    """The change of some measures against the median of their past."""
    now = {(m.area, m.subject, m.name): m.value for m in measures}
    found = []
    for area, subject, name in _TRENDS:
        usual = history.usual(area, subject, name)
        if usual is not None and (area, subject, name) in now:
            value = now[area, subject, name]
            words = f"{value:.3f}, usually {usual:.3f}"
            of = name if subject == ALL else f"{subject} {name}"
            found.append(Measure(area, of, "change against usual", value - usual, words))
    return found
