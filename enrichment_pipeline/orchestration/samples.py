"""Small helpers that asset checks share: which partitions a run makes, a sample of rows as a warning.

Nothing about a particular table belongs here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.partitions import MONTHS

_SAMPLE_ROWS = 10
_SHOWN_CHARACTERS = 200

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def run_partitions(tags: Mapping[str, str], partitions: dg.PartitionsDefinition = MONTHS) -> Sequence[str]:
    """The partitions a run makes, by its tags; empty for a run without partitions.

    A check has no partitions of its own here (it would be evaluated once for each), so it asks the run.
    """
    if key := tags.get(PARTITION_TAG):
        return [key]
    if RANGE_START_TAG in tags:
        return partitions.get_partition_keys_in_range(
            dg.PartitionKeyRange(tags[RANGE_START_TAG], tags[RANGE_END_TAG])
        )
    return []


def sample_of(lake: Lake, table: str, query: str, *, what: str) -> dg.AssetCheckResult:
    """A warning that is raised by rows: how many the query has, and the first ten.

    Args:
        lake: where the table is.
        table: the table the query reads.
        query: the rows that should not be there, in the order in which to show them.
        what: what these rows are, in the plural.
    """
    with lake.connect([table]) as con:
        count = con.execute(f"select count(*) from ({query})").fetchall()[0][0]
        cursor = con.execute(f"select * from ({query}) limit {_SAMPLE_ROWS}")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    metadata: dict[str, Any] = {"count": count}
    if rows:
        records = [{name: _shown(value) for name, value in zip(names, row, strict=True)} for row in rows]
        metadata["first rows"] = dg.MetadataValue.table([dg.TableRecord(record) for record in records])
    return dg.AssetCheckResult(
        passed=count == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
        description=f"{what}: {count:,}" if count else None,
    )


def _shown(value: object) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
