"""The code location of the server test: the ingest layer, and assets that fail, stop or ask as a test wants it.

No `from __future__ import annotations` here: Dagster reads the type of `context` as it stands.
"""

import os
import time
from pathlib import Path

import dagster as dg

from enrichment_pipeline.assets import ingest
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.orchestration.partitions import BUCKETS, BUCKETS_BACKFILL
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.source_assets import NETWORK_RETRIES

# Files in the data folder by which a test says what is to happen, and sees what did.
BROKEN_BUCKET, ASKED, HELD = "broken_bucket.txt", "asked.txt", "held.txt"
POOL, HELD_ROWS = "held_by_a_test", 5
_NOBODY = {
    "band": "none",
    "p_none": 1.0,
    "model_hash": "m",
    "reason": "nobody",
    "run_id": "r",
    "candidates": 0,
}


def _note(data: Path, name: str, words: str) -> None:
    with (data / name).open("a", encoding="utf-8") as file:
        file.write(f"{words}\n")


@dg.asset(
    deps=[dg.AssetDep("raw_tracks", partition_mapping=dg.AllPartitionMapping())],
    partitions_def=BUCKETS,
    backfill_policy=BUCKETS_BACKFILL,
)
def bucket_probe(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Stands for any asset cut by bucket that reads all months; fails where a file says so."""
    broken = lake.lake().root / BROKEN_BUCKET
    if broken.exists() and broken.read_text(encoding="utf-8") in context.partition_keys:
        raise dg.Failure("this bucket is broken", allow_retries=False)
    for key in context.partition_keys:
        context.add_asset_metadata({"bucket": key, "dagster/partition_row_count": 3}, partition_key=key)


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=2, delay=0.1, jitter=NETWORK_RETRIES.jitter))
def shaky_source(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    """Stands for a host that answers at the third time."""
    _note(lake.lake().root, ASKED, "shaky")
    if context.retry_number < 2:
        raise ConnectionError("the line broke")
    return dg.MaterializeResult(metadata={"asked": context.retry_number + 1})


@dg.asset(retry_policy=NETWORK_RETRIES)
def refusing_source(lake: LakeResource) -> None:
    """Stands for a host that will never answer: waiting mends no bad key."""
    _note(lake.lake().root, ASKED, "refusing")
    raise dg.Failure("the key is not valid", allow_retries=False)


@dg.asset(pool=POOL, partitions_def=BUCKETS)
def pool_holder(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    """Holds its pool's only slot, the first time until somebody kills it; then writes rows as any asset does."""
    data = lake.lake().root
    is_first = not (data / HELD).exists()
    _note(data, HELD, f"{context.partition_key} {os.getpid()}")
    if is_first:
        time.sleep(600)
    rows = [
        {"track_key": f"{context.partition_key}-{n}", "bucket": context.partition_key, **_NOBODY}
        for n in range(HELD_ROWS)
    ]
    with lake.lake().connect([]) as con:
        lake.lake().write_rows(con, "resolved_artists", rows, partition=context.partition_key)
    return dg.MaterializeResult(metadata={"dagster/partition_row_count": len(rows)})


defs = dg.Definitions.merge(
    build_defs(layers=[ingest]),
    dg.Definitions(assets=[bucket_probe, shaky_source, refusing_source, pool_holder]),
)
