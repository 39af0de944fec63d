"""What follows from the state of the graph alone: results are published when the answers they are made of changed.

Declared on the few published assets only. Whole runs publish themselves, and months and buckets are driven by
`sensors.py`: evaluating a condition for every asset and each of their partitions would cost more than the work.
https://docs.dagster.io/guides/automate/declarative-automation
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from enrichment_pipeline.orchestration.whole_runs import WHOLE_RUN_TAG

# How old what is published may be where something comes in daily; a day more than a lost night.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=8), warn_window=timedelta(days=2))
AUTOMATION_INTERVAL = 30


def publish_when_changed(*upstream: str) -> dg.AutomationCondition[dg.AssetKey]:
    """Make an asset again when one of these changed, and none of them is being made.

    An update by a whole run does not count: that run goes on to publish. A bucket that was asked again, a click on
    Materialize and a backfill do. Several that change at once are followed once, when the last of them is done.

    Args:
        upstream: assets to look at; only these, because the warehouse depends on every table and month.
    """
    looked_at = dg.AssetSelection.assets(*upstream)
    of_a_whole_run = dg.AutomationCondition.all_new_updates_have_run_tags(tag_keys={WHOLE_RUN_TAG})
    updated = dg.AutomationCondition.newly_updated() & ~of_a_whole_run
    changed = dg.AutomationCondition.any_deps_match(
        updated & ~dg.AutomationCondition.executed_with_root_target()
        | dg.AutomationCondition.will_be_requested()
    ).allow(looked_at)
    being_made = dg.AutomationCondition.any_deps_in_progress().allow(looked_at)
    condition = changed.since_last_handled() & ~being_made & ~dg.AutomationCondition.in_progress()
    return condition.with_label(f"{' or '.join(upstream)} changed, and not by a whole run")


def automation_sensor(*assets: str) -> dg.AutomationConditionSensorDefinition:
    """The sensor that evaluates the conditions of these assets; on by default, because it costs what it starts."""
    return dg.AutomationConditionSensorDefinition(
        "publish_what_changed",
        target=dg.AssetSelection.assets(*assets),
        minimum_interval_seconds=AUTOMATION_INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Publishes results when buckets were asked again or materialized by hand; whole runs publish "
        "themselves.",
    )
