"""What happens by the clock: nightly ingest, weekly learning, monthly dumps, and forgetting old runs.

Only the last is on by default: the others ask hosts, load gigabytes or use both cores, which nobody wants who only
opened the UI; they are switched on there, under Automation. What happens because something arrived, or fell due,
stands in `sensors.py`.
https://docs.dagster.io/guides/automate/schedules
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from enrichment_pipeline.orchestration.jobs import LEARN_AGAIN
from enrichment_pipeline.orchestration.retention import KEEP_DAYS, forget_old_runs
from enrichment_pipeline.orchestration.whole_runs import BY_DAEMON, WHOLE_RUN_TAG

_ON, _OFF = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
_LOAD_AGAIN = {"ops": {name: {"config": {"again": True}} for name in ("musicbrainz_dump", "discogs_dump")}}


def build_schedules(jobs: Mapping[str, dg.UnresolvedAssetJobDefinition]) -> list[dg.ScheduleDefinition]:
    """The schedules of a code location; of one that holds only a part of the graph, forgetting old runs alone.

    Args:
        jobs: its jobs by name.
    """
    forget = dg.ScheduleDefinition(
        name="forget_old_runs_weekly",
        job=forget_old_runs,
        cron_schedule="40 2 * * 0",
        default_status=_ON,
        description=f"Sundays: deletes runs older than {KEEP_DAYS} days, but for those that made what there is now.",
    )
    if LEARN_AGAIN not in jobs:
        return [forget]
    return [
        forget,
        dg.ScheduleDefinition(
            name="nightly_ingest",
            job=jobs["ingest_files"],
            cron_schedule="0 3 * * *",
            default_status=_OFF,
            # what follows is the affair of run_after_stage: the months whose rows changed
            tags={WHOLE_RUN_TAG: BY_DAEMON},
            description="Every night: reads the inbox; the months whose rows changed - as a rule the running one - and "
            "everything after them follow. For an inbox that is filled where the sensor is switched off.",
        ),
        dg.ScheduleDefinition(
            name="weekly_learning",
            job=jobs[LEARN_AGAIN],
            cron_schedule="0 4 * * 0",
            default_status=_OFF,
            description="Sundays: learns the model anew and measures it. It is used only if it is not worse on dev "
            "(metadata gate of splink_model); then model_updated answers every bucket anew.",
        ),
        dg.ScheduleDefinition(
            name="monthly_dumps",
            job=jobs["load_dumps"],
            cron_schedule="0 1 5 * *",
            default_status=_OFF,
            run_config=_LOAD_AGAIN,
            description="On the 5th: loads MusicBrainz' and Discogs' dumps of this month in the place of last month's; "
            "then model_updated asks every bucket that waits.",
        ),
    ]
