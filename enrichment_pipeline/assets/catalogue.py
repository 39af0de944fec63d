"""Internal catalogue: what all plays together know of tracks, artists, labels and DJs.

One asset writes all its tables from one connection, because they are steps of one set operation.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

from collections.abc import Iterator

import dagster as dg

from enrichment_pipeline.catalogue.tables import CATALOGUE_TABLES
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import table_spec

_VERSION = "3"


@dg.multi_asset(
    specs=[
        table_spec(
            name, group=Group.CATALOGUE, code_version=_VERSION, deps=["raw_tracks", "parsed_labels", "ledger"]
        )
        for name in CATALOGUE_TABLES
    ],
    name="catalogue",
)
def catalogue(lake: LakeResource) -> Iterator[dg.MaterializeResult]:
    """Plays with canonical keys, and the tracks, artists, rosters and profiles they add up to; verdicts are facts."""
    from enrichment_pipeline.catalogue.build import build_catalogue

    for table, rows in build_catalogue(lake.lake()).items():
        yield dg.MaterializeResult(asset_key=table, metadata={"dagster/row_count": rows})
