"""Results: the enriched rows, one per play.

Assets only; the SQL stands in `enrichment_pipeline.publish`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

import dagster as dg

from enrichment_pipeline.orchestration.automation import FRESHNESS, publish_when_changed
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset


@table_asset(
    "enriched_tracks",
    group=Group.PUBLISH,
    code_version="2",
    deps=["raw_tracks", "parsed_labels", "plays", "track_labels", "resolved_artists"],
    automation_condition=publish_when_changed("track_labels", "resolved_artists"),
    freshness_policy=FRESHNESS,
)
def enriched_tracks(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """The result: one row per play with label and artist, where each comes from, how sure it is, and why.

    What a line says itself stands as it says it; what a person decided or the matcher inferred is flagged.
    """
    from enrichment_pipeline.publish.enriched import write_enriched_tracks

    report_rows(context, "enriched_tracks", write_enriched_tracks(lake.lake(), run_id=context.run.run_id))
