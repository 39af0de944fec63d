"""Blocking checks that hold for every table, made from its definition in `lake/tables.py`.

One check a table and run, whatever the number of partitions: it scans the table once and names the
partitions in which something is wrong. Checks of one asset only stand beside that asset.
https://docs.dagster.io/guides/test/asset-checks
"""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from enrichment_pipeline.lake.faults import TableState, inspect_table
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.resources import LakeResource


def schema_checks(tables: Iterable[str]) -> list[dg.AssetChecksDefinition]:
    """The blocking check `<table>_schema` of each of the tables.

    Raises:
        KeyError: `tables.py` lacks one of them.
    """
    return [_schema_check(table) for table in tables]


def _schema_check(table: str) -> dg.AssetChecksDefinition:
    spec = TABLES[table]
    asserted = [
        f"{sum(c.required for c in spec.columns)} columns are never empty",
        *([f"({', '.join(spec.key)}) is unique"] if spec.key else []),
        *(rule.meaning for rule in spec.rules),
    ]

    @dg.asset_check(
        name=f"{table}_schema",
        asset=table,
        blocking=True,
        description=f"All {len(spec.columns)} columns have their declared types; {'; '.join(asserted)}.",
    )
    def check(lake: LakeResource) -> dg.AssetCheckResult:
        return check_result(inspect_table(lake.lake(), table))

    return check


def check_result(state: TableState) -> dg.AssetCheckResult:
    """What the UI shows of a table's state."""
    metadata: dict[str, Any] = {"rows": state.rows, "files": state.files}
    if state.faults:
        metadata["faults"] = dg.MetadataValue.table(
            [
                dg.TableRecord({"what": f.what, "rows": f.rows, "partitions": ", ".join(f.partitions)})
                for f in state.faults
            ]
        )
    return dg.AssetCheckResult(
        passed=not state.faults,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description="; ".join(f"{f.what} ({f.rows:,} rows)" if f.rows else f.what for f in state.faults)
        or None,
    )
