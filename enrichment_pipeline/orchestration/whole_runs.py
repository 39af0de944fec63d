"""Runs over everything: how they are marked, which partitions they make, and whether one is at work.

`enrich run` and the daemon's chain both are such runs; who starts one asks here first, so that nothing is done twice.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from enrichment_pipeline.orchestration.partitions import BUCKETS
from enrichment_pipeline.orchestration.samples import RANGE_END_TAG, RANGE_START_TAG

# Carried by every run that is part of a whole run; its value says who started it. dagster.yaml lets one of the
# daemon's work at a time, and what such a run changes it publishes itself.
WHOLE_RUN_TAG = "enrichment/whole_run"
BY_HAND, BY_DAEMON = "enrich run", "daemon"

_LOCK = ".enrich_run.lock"
# The daemon looks at the lock by taking it for an instant; who wants to work tries for longer than that.
_TRIES, _PAUSE_SECONDS = 5, 0.1
QUEUED = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
UNFINISHED = (
    *QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class AlreadyRunningError(Exception):
    """Another whole run works on the same data folder."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Keep every other `enrich run` out of a data folder.

    Raises:
        AlreadyRunningError: one is at work there.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / _LOCK).open("w") as lock:
        for attempt in range(_TRIES):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if attempt + 1 == _TRIES:
                    raise AlreadyRunningError(
                        f"another `enrich run` works on {data}: wait for it, or take another folder with --data"
                    ) from error
                time.sleep(_PAUSE_SECONDS)
        yield


def is_run_by_hand(data: Path) -> bool:
    """Whether `enrich run` works on a data folder now; one that was killed does not count."""
    try:
        with (data / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def whole_run_at_work(instance: dg.DagsterInstance, data: Path) -> str | None:
    """Who does everything right now anyway, in words; None for nobody."""
    if is_run_by_hand(data):
        return "`enrich run` is at work"
    wanted = dg.RunsFilter(statuses=UNFINISHED, tags={WHOLE_RUN_TAG: BY_DAEMON})
    run = next(iter(instance.get_runs(wanted, limit=1)), None)
    return f"a run of {run.job_name} is at work" if run else None


def range_tags(keys: Sequence[str]) -> dict[str, str]:
    """The tags of a run over all partitions from the first to the last of these keys."""
    return {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}


def all_buckets() -> dict[str, str]:
    """The tags of a run over all buckets."""
    return range_tags(BUCKETS.get_partition_keys())
