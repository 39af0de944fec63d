"""What Dagster recorded about earlier runs, as plain values.

Reading only; what is done with it belongs to the driver and to the publish layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from enrichment_pipeline.orchestration.groups import STAGES


@dataclass(frozen=True, slots=True)
class StageRun:
    """The last run of a stage that ended well."""

    run_id: str
    seconds: float


def last_stage_runs(instance: dg.DagsterInstance) -> dict[str, StageRun]:
    """The last good run of each stage's job, by stage; stages that never ran are left out."""
    runs: dict[str, StageRun] = {}
    for stage in STAGES:
        wanted = dg.RunsFilter(job_name=stage.name, statuses=[dg.DagsterRunStatus.SUCCESS])
        for record in instance.get_run_records(wanted, limit=1):
            if record.start_time is not None and record.end_time is not None:
                run_id = record.dagster_run.run_id
                runs[stage.name] = StageRun(run_id, record.end_time - record.start_time)
    return runs


def step_seconds(instance: dg.DagsterInstance, run_id: str) -> dict[str, float]:
    """Seconds of each finished step of a run."""
    return {
        stats.step_key: stats.end_time - stats.start_time
        for stats in instance.get_run_step_stats(run_id)
        if stats.start_time is not None and stats.end_time is not None
    }


def last_start_of(instance: dg.DagsterInstance, asset: str) -> float | None:
    """When the run that made an asset last began, seconds since 1970; None for an asset never made."""
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    if event is None:
        return None
    record = instance.get_run_record_by_id(event.run_id)
    return record.start_time if record and record.start_time is not None else event.timestamp


def assets_behind(
    instance: dg.DagsterInstance, assets: Sequence[str], behind: Sequence[str]
) -> tuple[int, str] | None:
    """Whether a partition of some assets is older than others that it reads.

    Args:
        instance: where materializations are recorded.
        assets: partitioned assets; those that were never made do not count.
        behind: whole assets they read.

    Returns:
        The event that is newer and the first asset that is older than it; None where all are up to date.
    """
    made = [
        record.storage_id
        for name in behind
        for record in instance.fetch_materializations(dg.AssetKey(name), limit=1).records
    ]
    if not made:
        return None
    newest = max(made)
    for name in assets:
        latest = instance.event_log_storage.get_latest_storage_id_by_partition(
            dg.AssetKey(name), dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        if latest and min(latest.values()) < newest:
            return newest, name
    return None
