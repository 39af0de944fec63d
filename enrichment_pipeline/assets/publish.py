"""Publish: what leaves the pipeline - the warehouse, exported files, the summary of the last run.

Assets only; how a file is written stands in `enrichment_pipeline.lake`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

from datetime import UTC, datetime

import dagster as dg

from enrichment_pipeline.lake.summary import write_run_summary
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.lake.warehouse import (
    EXPORTED_TABLES,
    EXPORTS_NAME,
    WAREHOUSE_NAME,
    export_tables,
    publish_warehouse,
    row_counts_text,
)
from enrichment_pipeline.orchestration.automation import FRESHNESS, publish_when_changed
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.records import last_stage_runs
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import file_asset
from enrichment_pipeline.publish.tracklists import TRACKLISTS_NAME, write_tracklists


@file_asset(
    "warehouse",
    group=Group.PUBLISH,
    code_version="1",
    deps=list(TABLES),
    kinds={"duckdb"},
    automation_condition=publish_when_changed("enriched_tracks"),
    freshness_policy=FRESHNESS,
)
def warehouse(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    """The whole lake as one DuckDB file, `data/warehouse.duckdb`: every table under its own name, described.

    Made anew and put in place whole; who has the file before it open keeps reading that one.
    """
    records = lake.lake()
    target = records.root / WAREHOUSE_NAME
    counts = publish_warehouse(records, target)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(target),
            "tables": len(counts),
            "rows": sum(counts.values()),
            "bytes": target.stat().st_size,
            "row counts": dg.MetadataValue.md(row_counts_text(counts)),
        }
    )


@file_asset(
    "exports",
    group=Group.PUBLISH,
    code_version="1",
    deps=list(EXPORTED_TABLES),
    kinds={"csv", "parquet"},
    automation_condition=publish_when_changed("enriched_tracks"),
    freshness_policy=FRESHNESS,
)
def exports(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    """Files for programs and people under `data/exports`: results and rejected rows as Parquet and CSV.

    `tracklists.txt` is the result as tracklists are written, what was inferred marked as such.
    """
    records = lake.lake()
    folder = records.root / EXPORTS_NAME
    exported = export_tables(records, folder)
    plays = write_tracklists(records, folder / TRACKLISTS_NAME)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(folder),
            **{f"{table.table} rows": table.rows for table in exported},
            f"{TRACKLISTS_NAME} plays": plays,
            "files": ", ".join(file.name for table in exported for file in table.files),
        }
    )


@file_asset(
    "run_summary",
    group=Group.PUBLISH,
    code_version="1",
    deps=["warehouse", "exports"],
    kinds={"json"},
    automation_condition=publish_when_changed("warehouse"),
    freshness_policy=FRESHNESS,
)
def run_summary(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    """The funnel - how many lines got how far - and the seconds each stage last took.

    One JSON file, `data/reports/run_summary.json`; numbers are those of the tables as they stand.
    """
    runs = last_stage_runs(context.instance)
    path = write_run_summary(
        lake.lake(),
        seconds={name: run.seconds for name, run in runs.items()},
        runs={name: run.run_id for name, run in runs.items()},
        made_at=datetime.now(UTC),
    )
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(path)})


@dg.asset_check(asset="enriched_tracks", blocking=True)
def every_play_is_enriched(lake: LakeResource) -> dg.AssetCheckResult:
    """There are as many enriched rows as plays: a layer that has not seen new plays would leave them out."""
    with lake.lake().connect(["raw_tracks", "enriched_tracks"]) as con:
        plays = con.execute("select count(*) from raw_tracks").fetchall()[0][0]
        enriched = con.execute("select count(*) from enriched_tracks").fetchall()[0][0]
    return dg.AssetCheckResult(
        passed=plays == enriched,
        metadata={"plays": plays, "enriched": enriched},
        description=None
        if plays == enriched
        else f"{enriched:,} enriched rows for {plays:,} plays: materialize the catalogue and what comes after it",
    )
