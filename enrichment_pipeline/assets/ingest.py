"""Ingest: the inbox as plays, cut by month, with what each line's own text says.

Assets and the checks that are theirs alone; reading and SQL stand in `enrichment_pipeline.ingest`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

from collections.abc import Iterator

import dagster as dg

from enrichment_pipeline.ingest.labels import write_parsed_labels
from enrichment_pipeline.ingest.plays import lost_plays, write_raw_tracks
from enrichment_pipeline.ingest.staging import stage_inbox
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.partitions import last_month
from enrichment_pipeline.orchestration.resources import InboxResource, LakeResource
from enrichment_pipeline.orchestration.samples import run_partitions, sample_of
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset, table_spec

_STAGED = ("source_files", "staged_readings", "staged_plays", "rejected_rows")


@dg.multi_asset(
    specs=[
        table_spec(name, group=Group.INGEST, code_version="1", kinds={"python", "parquet"})
        for name in _STAGED
    ],
    name="inbox",
)
def inbox_files(
    context: dg.AssetExecutionContext, lake: LakeResource, inbox: InboxResource
) -> Iterator[dg.MaterializeResult]:
    """The files of the inbox, each read once per content: their lines, and the rows set aside."""
    records = lake.lake()
    folder = inbox.path(records)
    staged = stage_inbox(records, folder)
    context.log.info(f"{folder}: {staged.files} files, {staged.files_read_now} of them read now")
    rows = {
        "source_files": staged.files,
        "staged_readings": staged.files_read_now + staged.files_known,
        "staged_plays": staged.staged_plays,
        "rejected_rows": staged.rejected,
    }
    for name in _STAGED:
        yield dg.MaterializeResult(asset_key=name, metadata={"dagster/row_count": rows[name]})


@table_asset("raw_tracks", group=Group.INGEST, code_version="1", deps=["source_files", "staged_plays"])
def raw_tracks(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Plays: one row per line of a set, exactly as it came in, by month of the set date.

    Comes from all files the inbox holds at the last reading of it; making a month again replaces exactly
    that month. A set without a date, or dated before 1980 or in the future, lies in 1980-01 with the
    date it came with.
    """
    counts = write_raw_tracks(lake.lake(), context.partition_keys, last_month=last_month())
    report_rows(context, "raw_tracks", counts)


@table_asset(
    "parsed_labels", group=Group.INGEST, code_version="2", deps=["raw_tracks"], kinds={"python", "parquet"}
)
def parsed_labels(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Tier 1 of the label hunt: what each play's own text says - artist, title, version, label.

    One row per play of raw_tracks. Each distinct text is read once by the set-line grammar; columns the
    file itself gave for artist, title and label overrule the text.
    """
    # the grammar compiles its patterns at import, which code that only shows the graph need not wait for
    from enrichment_pipeline.tracklists.columns import parse_to_arrow

    counts = write_parsed_labels(lake.lake(), context.partition_keys, parse_to_arrow)
    report_rows(context, "parsed_labels", counts)


@dg.asset_check(asset="source_files", blocking=True)
def nothing_is_lost(lake: LakeResource) -> dg.AssetCheckResult:
    """Lines found in the files, counted before any was looked at, are the plays and the rejected rows."""
    totals = "coalesce(sum(lines), 0), coalesce(sum(plays), 0), coalesce(sum(rejected), 0)"
    with lake.lake().connect(["source_files", "rejected_rows"]) as con:
        lines, plays, rejected = con.execute(f"select {totals} from source_files").fetchall()[0]
        kept = con.execute("select count(*) from rejected_rows").fetchall()[0][0]
    passed = lines == plays + rejected and rejected == kept
    numbers = {"lines": int(lines), "plays": int(plays), "rejected": int(rejected), "rejected_rows": kept}
    return dg.AssetCheckResult(passed=passed, metadata=numbers)


@dg.asset_check(asset="raw_tracks", blocking=True)
def every_play_is_there(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> dg.AssetCheckResult:
    """Each month of the run has as many plays as the files have lines for it."""
    months = run_partitions(context.run.tags)
    lost = lost_plays(lake.lake(), months, last_month=last_month())
    worst = "; ".join(f"{month.month}: {month.plays} of {month.staged}" for month in lost[:5])
    return dg.AssetCheckResult(
        passed=not lost,
        metadata={"months": len(months), "months_with_other_counts": len(lost)},
        description=worst or None,
    )


@dg.asset_check(asset="source_files")
def every_file_is_readable(lake: LakeResource) -> dg.AssetCheckResult:
    """No file of the inbox is broken; those that are do not stop the others."""
    query = "select file_name, notes from source_files where status = 'broken' order by file_name"
    return sample_of(lake.lake(), "source_files", query, what="broken files")


@dg.asset_check(asset="rejected_rows")
def no_row_is_rejected(lake: LakeResource) -> dg.AssetCheckResult:
    """No row is rejected; those that are stand here with the reason and what to do about it."""
    query = "select file_name, place, reason, raw_text from rejected_rows order by file_name, line_no"
    return sample_of(lake.lake(), "rejected_rows", query, what="rejected rows")
