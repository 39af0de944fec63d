"""The code location of the server test: the ingest layer, and an asset cut by bucket that needs nothing else.

No `from __future__ import annotations` here: Dagster reads the type of `context` as it stands.
"""

import dagster as dg

from enrichment_pipeline.assets import ingest
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.orchestration.partitions import BUCKETS


@dg.asset(
    deps=[dg.AssetDep("raw_tracks", partition_mapping=dg.AllPartitionMapping())], partitions_def=BUCKETS
)
def bucket_probe(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Stands for any asset cut by bucket that reads all months."""
    return dg.MaterializeResult(metadata={"bucket": context.partition_key})


defs = dg.Definitions.merge(build_defs(layers=[ingest]), dg.Definitions(assets=[bucket_probe]))
