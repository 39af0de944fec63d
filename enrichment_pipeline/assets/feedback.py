"""Feedback: the ledger of what was decided about who made a track.

Assets only; what an entry is and which are in force stands in `enrichment_pipeline.ledger`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

import dagster as dg

from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset


# checked before the catalogue takes verdicts up, which is the first to read them
@table_asset("ledger", group=Group.FEEDBACK, code_version="1", stage="build_catalogue")
def ledger(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """What was decided about who made a track, as this run finds it: people's verdicts, and the matcher's answers.

    A run writes nothing here. People add to it with `enrich review` and `enrich revert`; resolved_artists notes its
    certain answers. Verdicts are facts for the catalogue and outrank the matcher; its own answers are evidence for
    nothing.
    """
    from enrichment_pipeline.ledger.book import tally

    counts = tally(lake.lake())
    report_rows(context, "ledger", counts.entries, **counts.numbers())
