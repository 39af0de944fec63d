"""How runs ended lately, as plain numbers for the monitoring.

Reading only; what the numbers mean stands in `enrichment_pipeline.operations`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg

from enrichment_pipeline.operations.state_readings import JobRuns

DAYS = 7
# Dagster's own name of what "Materialize", backfills and automation start.
_IMPLICIT_JOB, _IMPLICIT_WORDS = "__ASSET_JOB", "assets from UI, backfill or automation"
_FAILED = dg.DagsterRunStatus.FAILURE
_ENDED = [dg.DagsterRunStatus.SUCCESS, _FAILED]


def finished_runs(instance: dg.DagsterInstance, now: datetime) -> list[JobRuns]:
    """Runs of each job that began within the last 7 days and ended, by job name. Cancelled runs do not count."""
    wanted = dg.RunsFilter(statuses=_ENDED, created_after=now - timedelta(days=DAYS))
    by_job: dict[str, list[bool]] = {}
    for record in instance.get_run_records(wanted):  # newest first
        job = record.dagster_run.job_name
        name = _IMPLICIT_WORDS if job == _IMPLICIT_JOB else job
        by_job.setdefault(name, []).append(record.dagster_run.status == _FAILED)
    return [JobRuns(job, len(failed), sum(failed), failed[0]) for job, failed in sorted(by_job.items())]
