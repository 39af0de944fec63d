"""What Dagster recorded about earlier runs, as plain values.

Reading only; what is done with it belongs to the driver and to the publish layer.
"""

from __future__ import annotations

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
