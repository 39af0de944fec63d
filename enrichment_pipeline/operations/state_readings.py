"""Measures of what is kept beside the tables: breakers, paid objects, kept answers; and of runs, handed in.

Nobody is asked anything here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enrichment_pipeline.operations.history import History
from enrichment_pipeline.operations.kinds import ALL, Measure
from enrichment_pipeline.sources.http.answers import AnswerStore
from enrichment_pipeline.sources.http.hosts import HostMemory
from enrichment_pipeline.sources.songstats.api import Songstats
from enrichment_pipeline.sources.songstats.objects import month_of
from enrichment_pipeline.sources.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class JobRuns:
    """Runs of one job that ended within the days looked at: how many, how many failed, and the latest of them."""

    job: str
    finished: int
    failed: int
    last_failed: bool


def read_hosts(surroundings: Surroundings, now: datetime, history: History) -> list[Measure]:
    """How long the breaker of each host is open in all; 0 of one that had trouble and may be asked."""
    found = []
    for host in HostMemory(surroundings.root / "state" / "hosts.db").states(now):
        hours = 0.0
        if host.closed_until is not None:
            since = _closed_since(history, host.name) or now
            hours = (host.closed_until - since).total_seconds() / 3600
        words = surroundings.scrub(host.why)
        if host.closed_until is not None:
            words = f"until {host.closed_until:%Y-%m-%d %H:%M} UTC: {words}"
        found.append(Measure("hosts", host.name, "hours closed", hours, words))
    return found


def _closed_since(history: History, host: str) -> datetime | None:
    """The first of the latest snapshots in a row that saw the host closed."""
    closed = {at for at, hours in history.values("hosts", host, "hours closed") if hours > 0}
    first = None
    for moment in reversed(history.moments):
        if moment not in closed:
            break
        first = moment
    return first


def read_songstats(surroundings: Surroundings, now: datetime) -> list[Measure]:
    """Paid objects of this month against the cap, and about what they cost."""
    with closing(Songstats(surroundings)) as songstats:
        spent = songstats.spent(month_of(now))
    words = f"{month_of(now)}: {spent.objects:,} of {spent.cap:,} objects"
    found = [
        Measure("songstats", ALL, "objects", spent.objects, words),
        Measure("songstats", ALL, "cost", spent.eur_estimate, words),
    ]
    if spent.cap:
        found.append(Measure("songstats", ALL, "share of cap", spent.objects / spent.cap, words))
    return found


def read_answers(surroundings: Surroundings) -> list[Measure]:
    """How many answers are kept, and the disk they take."""
    folder = surroundings.root / "answers"
    size = sum(_size(file) for file in folder.rglob("*.gz"))
    return [
        Measure("answers", ALL, "kept", AnswerStore(folder).count()),
        Measure("answers", ALL, "bytes", size),
    ]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # forgotten since the folder was read
        return 0


def read_runs(runs: Sequence[JobRuns]) -> list[Measure]:
    """Failures by job, and all jobs together; nothing where no run has ended."""
    finished, failed = sum(run.finished for run in runs), sum(run.failed for run in runs)
    if not finished:
        return []
    left = [run.job for run in runs if run.last_failed]
    return [
        *(Measure("runs", run.job, "failed", run.failed, f"of {run.finished:,} runs") for run in runs),
        Measure("runs", ALL, "finished", finished),
        Measure("runs", ALL, "share failed", failed / finished, f"{failed:,} of {finished:,} runs"),
        Measure("runs", ALL, "jobs left failed", len(left), ", ".join(left)),
    ]
