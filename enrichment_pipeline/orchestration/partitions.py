"""How assets are cut: months for what comes in by set, hash buckets for what is asked or predicted by track.

Partition definitions and the rules between them stand here and nowhere else. Which bucket a track lies
in is data, not orchestration: `enrichment_pipeline.lake.buckets`.
https://docs.dagster.io/guides/build/partitions-and-backfills
"""

from __future__ import annotations

import dagster as dg

from enrichment_pipeline.ingest.months import FIRST_MONTH
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.schema import PartitionedBy

# Months and not days: a run costs a second however small it is, and a day of sets is a handful of lines.
# end_offset=1 lets a set played this month in. The first month also holds sets without a usable date.
MONTHS = dg.MonthlyPartitionsDefinition(start_date=FIRST_MONTH, end_offset=1)

BUCKETS = dg.StaticPartitionsDefinition(list(BUCKET_KEYS))

# Months are cheap by themselves and each run is not: all months of a backfill share one run.
MONTHS_BACKFILL = dg.BackfillPolicy.single_run()
# Buckets ask remote sources: a run of eight loses little when it fails, and four of them can go side by side.
BUCKETS_BACKFILL = dg.BackfillPolicy.multi_run(max_partitions_per_run=8)


def partitions_of(partitioned_by: PartitionedBy | None) -> dg.PartitionsDefinition | None:
    """The Dagster partitions of a table; None for one that is made whole.

    Tables cut by content hash or run are whole for Dagster: which there will be is not known before.
    """
    return {"month": MONTHS, "bucket": BUCKETS}.get(partitioned_by or "")


def backfill_policy_of(partitioned_by: PartitionedBy | None) -> dg.BackfillPolicy | None:
    """How many partitions a backfill puts in one run."""
    return {"month": MONTHS_BACKFILL, "bucket": BUCKETS_BACKFILL}.get(partitioned_by or "")


def last_month() -> str:
    """The newest month there is: the running one."""
    key = MONTHS.get_last_partition_key()
    assert key is not None  # the first month lies in the past
    return key
