"""Assets that write a table of the lake: everything about them that follows from the table.

An asset file says what an asset is made of and how; columns, partitions, backfill policy, mappings to
what it depends on, kinds, owners and tags come from here. No asset and no SQL belongs here.
https://docs.dagster.io/guides/build/assets
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from enrichment_pipeline.lake.schema import Column, Table
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.groups import OWNERS, Group, stage_of
from enrichment_pipeline.orchestration.partitions import backfill_policy_of, partitions_of

TABLE_TAG = "table"
DEFAULT_KINDS = frozenset({"duckdb", "parquet"})

Dependency = str | dg.AssetDep
# fields of a struct column; none of ours holds another struct
_STRUCT = re.compile(r"STRUCT\((.*)\)")


def table_asset(
    table: str,
    *,
    group: Group,
    code_version: str,
    deps: Sequence[Dependency] = (),
    kinds: frozenset[str] | set[str] = DEFAULT_KINDS,
    stage: str | None = None,
    tags: Mapping[str, str] | None = None,
    **settings: Any,
) -> Callable[[Callable[..., None]], dg.AssetsDefinition]:
    """Decorator: a function that writes one table becomes the asset of that table's name.

    The function takes `context` and resources, writes through the lake, reports with `report_rows` and
    returns None; its docstring is what the UI shows.

    Args:
        table: its name in `lake/tables.py`.
        group: the layer it belongs to.
        code_version: to be raised when the same input would give other rows.
        deps: names of the assets it reads; mappings between months and buckets are filled in.
        kinds: what it is made with, at most four.
        stage: stage that makes it, where group and partitions do not say it.
        tags: further tags.
        settings: anything else `dagster.asset` takes: `pool`, `retry_policy`, `automation_condition` ...

    Raises:
        KeyError: `tables.py` has no such table.
    """
    spec = TABLES[table]
    with warnings.catch_warnings():
        # backfill_policy is "beta" in 1.13; who runs the pipeline can do nothing about it
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.asset(
            name=table,
            deps=dependencies(deps, spec),
            group_name=group.value,
            code_version=code_version,
            kinds=set(kinds),
            owners=list(OWNERS),
            tags=_tags(spec, group, stage, tags),
            metadata=table_metadata(spec),
            partitions_def=partitions_of(spec.partitioned_by),
            backfill_policy=backfill_policy_of(spec.partitioned_by),
            **settings,
        )


def file_asset(
    name: str,
    *,
    group: Group,
    code_version: str,
    deps: Sequence[Dependency],
    kinds: frozenset[str] | set[str],
    stage: str | None = None,
    **settings: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Decorator: a function that writes files which are no table - a model, a report - becomes an asset.

    Such an asset is made whole. The function returns None or a `dagster.MaterializeResult`, and says so
    in its annotation; it should give the file's place as metadata `path`.

    Args:
        name: the asset's name.
        group: the layer it belongs to.
        code_version: to be raised when the same input would give other files.
        deps: names of the assets it reads.
        kinds: what it is made with, at most four.
        stage: stage that makes it, where the group does not say it.
        settings: anything else `dagster.asset` takes.
    """
    made_in = stage_of(group, None, named=stage)
    return dg.asset(
        name=name,
        deps=[dep if isinstance(dep, dg.AssetDep) else dg.AssetDep(dep) for dep in deps],
        group_name=group.value,
        code_version=code_version,
        kinds=set(kinds),
        owners=list(OWNERS),
        tags={"layer": group.value, **({"stage": made_in.name} if made_in else {})},
        **settings,
    )


def table_spec(
    table: str,
    *,
    group: Group,
    code_version: str,
    deps: Sequence[Dependency] = (),
    kinds: frozenset[str] | set[str] = DEFAULT_KINDS,
    stage: str | None = None,
    skippable: bool = False,
) -> dg.AssetSpec:
    """The same for one table of several that a single `dagster.multi_asset` writes.

    Arguments are those of `table_asset`; the description is the table's meaning. `skippable` says that
    a run may leave this table as it is.
    """
    spec = TABLES[table]
    return dg.AssetSpec(
        key=table,
        description=spec.meaning,
        deps=dependencies(deps, spec),
        group_name=group.value,
        code_version=code_version,
        kinds=set(kinds),
        owners=list(OWNERS),
        tags=_tags(spec, group, stage, None),
        metadata=table_metadata(spec),
        partitions_def=partitions_of(spec.partitioned_by),
        skippable=skippable,
    )


def dependencies(deps: Sequence[Dependency], table: Table) -> list[dg.AssetDep]:
    """Dependencies of a table's asset; between months and buckets every partition needs all of the other.

    Dagster refuses such an edge without a mapping. A dependency that is no table, and a ready-made
    `AssetDep`, stay as they are.
    """
    return [dep if isinstance(dep, dg.AssetDep) else _dependency(dep, table) for dep in deps]


def _dependency(upstream: str, table: Table) -> dg.AssetDep:
    theirs = partitions_of(TABLES[upstream].partitioned_by) if upstream in TABLES else None
    ours = partitions_of(table.partitioned_by)
    if theirs is None or ours is None or theirs == ours:
        return dg.AssetDep(upstream)
    return dg.AssetDep(upstream, partition_mapping=dg.AllPartitionMapping())


def report_rows(
    context: dg.AssetExecutionContext,
    table: str,
    rows: int | Mapping[str, int],
    **numbers: float | str | None,
) -> None:
    """Say how many rows a run wrote, where the UI looks for it.

    Args:
        context: of the running asset.
        table: the table written, which is the asset's name.
        rows: the row count, or of a partitioned table the count of each partition (as
            `Lake.write_partitions` returns them); partitions of the run that are missing count as 0.
        numbers: further metadata of a table that is not partitioned; of one that is, write them to the
            log, because Dagster would repeat them on every partition as if each had them.
    """
    if isinstance(rows, int):
        context.add_asset_metadata({"dagster/row_count": rows, **numbers}, asset_key=table)
        return
    for key in context.partition_keys:
        metadata = {"dagster/partition_row_count": rows.get(key, 0)}
        context.add_asset_metadata(metadata, asset_key=table, partition_key=key)
    context.log.info(f"{table}: {sum(rows.values()):,} rows in {len(context.partition_keys)} partitions")


def table_metadata(table: Table) -> dict[str, Any]:
    """Definition metadata of a table's asset: columns with meaning and constraints, name, storage."""
    return {
        "dagster/column_schema": column_schema(table),
        "dagster/table_name": table.name,
        "dagster/storage_kind": "parquet",
    }


def column_schema(table: Table) -> dg.TableSchema:
    """A table's columns as Dagster shows them; what a STRUCT holds stands in the description, where it is not cut off."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=_STRUCT.sub("STRUCT", column.type),
                description=_with_fields(column),
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required, unique=table.key == (column.name,)
                ),
            )
            for column in table.columns
        ],
        constraints=dg.TableConstraints(
            other=[
                *([f"unique: {', '.join(table.key)}"] if table.key else []),
                *(f"{rule.name}: {rule.meaning}" for rule in table.rules),
            ]
        ),
    )


def _with_fields(column: Column) -> str:
    held = _STRUCT.search(column.type)
    if held is None:
        return column.meaning
    fields = (field.split()[0].strip('"') for field in held[1].split(","))
    return f"{column.meaning} (each with {', '.join(fields)})"


def _tags(table: Table, group: Group, stage: str | None, more: Mapping[str, str] | None) -> dict[str, str]:
    made_in = stage_of(
        group, table.partitioned_by if partitions_of(table.partitioned_by) else None, named=stage
    )
    tags = {"layer": group.value, TABLE_TAG: table.name, **(more or {})}
    return {**tags, "stage": made_in.name} if made_in else tags
