"""Forgetting runs nobody looks at any more, so that the history does not grow for ever.

dagster.yaml forgets ticks of sensors and schedules by itself; runs only this job does.
No `from __future__ import annotations`: Dagster reads the types of an op's arguments as they stand.
"""

import time
from datetime import UTC, datetime, timedelta

import dagster as dg

from enrichment_pipeline.orchestration.whole_runs import UNFINISHED

KEEP_DAYS = 90
_AT_ONCE = 200


def runs_behind_the_present(instance: dg.DagsterInstance) -> set[str]:
    """Runs that made the latest materialization of an asset or of one of its partitions: what asset pages show."""
    runs: set[str] = set()
    for asset in instance.all_asset_keys():
        ids = set(
            instance.event_log_storage.get_latest_storage_id_by_partition(
                asset, dg.DagsterEventType.ASSET_MATERIALIZATION
            ).values()
        )
        latest = instance.fetch_materializations(asset, limit=1).records
        runs |= {record.run_id for record in latest}
        for start in range(0, len(ids), _AT_ONCE):
            some = sorted(ids)[start : start + _AT_ONCE]
            wanted = dg.AssetRecordsFilter(asset_key=asset, storage_ids=some)
            runs |= {r.run_id for r in instance.fetch_materializations(wanted, limit=_AT_ONCE).records}
    return runs


def delete_old_runs(instance: dg.DagsterInstance, *, before: datetime) -> int:
    """Delete finished runs made before a time, with their logs; returns how many.

    Runs that are at work stay, and those behind what there is now.
    """
    kept = runs_behind_the_present(instance)
    records = instance.get_run_records(dg.RunsFilter(created_before=before))
    old = [record.dagster_run for record in records]
    gone = [run for run in old if run.run_id not in kept and run.status not in UNFINISHED]
    for run in gone:
        instance.delete_run(run.run_id)
    return len(gone)


class RetentionConfig(dg.Config):
    """What is old."""

    keep_days: int = KEEP_DAYS


@dg.op(description="Deletes finished runs older than keep_days, but for those that made what there is now.")
def delete_runs(context: dg.OpExecutionContext, config: RetentionConfig) -> None:
    """Delete old runs of this instance."""
    before = datetime.fromtimestamp(time.time(), UTC) - timedelta(days=config.keep_days)
    gone = delete_old_runs(context.instance, before=before)
    context.log.info(f"{gone:,} runs from before {before:%Y-%m-%d} forgotten")
    context.add_output_metadata({"runs forgotten": gone})


@dg.job(description=f"Forgets runs older than {KEEP_DAYS} days; what asset pages show stays.")
def forget_old_runs() -> None:
    """The maintenance job."""
    delete_runs()
