"""What is wrong with a table as it stands in the lake: one scan, all questions.

The asset check made of it stands in
`orchestration/checks.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.schema import Table
from enrichment_pipeline.lake.tables import TABLES

_PARTITION_COLUMNS = {
    "month": "set_month",
    "bucket": "bucket",
    "content_hash": "content_hash",
    "run": "run_id",
}
_PARTITIONS_NAMED = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what, in how many rows, and in which partitions (at most twelve)."""

    what: str
    rows: int
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableState:
    """How many rows a table has and what is wrong with them."""

    rows: int
    files: int
    faults: tuple[Fault, ...]


def inspect_table(lake: Lake, name: str) -> TableState:
    """Look for empty required columns, doubled keys, broken rules and files of another schema.

    One query over all partitions whatever their number; a second one, for the partitions concerned,
    only where something is wrong.

    Args:
        lake: where the table's files are.
        name: the table.

    Raises:
        KeyError: there is no such table.
    """
    table = TABLES[name]
    files = lake.files(name)
    with lake.connect([]) as con:
        missing, other_types = _type_faults(con, table, files)
        if missing:
            # without the column the view cannot even be made
            return TableState(0, len(files), tuple(missing + other_types))
        lake.mount(con, name)
        rows, row_faults = _row_faults(con, table)
    return TableState(rows, len(files), tuple(other_types + row_faults))


def _row_faults(con: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, list[Fault]]:
    questions = _questions(table)
    selected = ["count(*)", _doubled_sql(table), *(f"count_if({condition})" for _, condition in questions)]
    rows, doubled, *counts = con.execute(f'select {", ".join(selected)} from "{table.name}"').fetchall()[0]
    faults = []
    if doubled:
        key = ", ".join(table.key)
        faults.append(Fault(f"rows whose key ({key}) another row has", doubled, _doubled_in(con, table)))
    for (what, condition), bad in zip(questions, counts, strict=True):
        if bad:
            faults.append(Fault(what, bad, _partitions(con, table, condition)))
    return rows, faults


def _questions(table: Table) -> list[tuple[str, str]]:
    empty = [(f"{c.name} is empty", f'"{c.name}" is null') for c in table.columns if c.required]
    broken = [(f"{r.name}: not so that {r.meaning}", r.violation) for r in table.rules]
    return empty + broken


def _doubled_sql(table: Table) -> str:
    key = ", ".join(f'"{column}"' for column in table.key)
    return f"count(*) - count(distinct row({key}))" if key else "0"


def _partition_column(table: Table) -> str | None:
    column = _PARTITION_COLUMNS.get(table.partitioned_by or "")
    return column if column in table.column_names else None


def _partitions(con: duckdb.DuckDBPyConnection, table: Table, condition: str) -> tuple[str, ...]:
    column = _partition_column(table)
    if column is None:
        return ()
    query = f'select distinct "{column}" from "{table.name}" where {condition} order by 1'
    query += f" limit {_PARTITIONS_NAMED}"
    return tuple(str(key) for (key,) in con.execute(query).fetchall())


def _doubled_in(con: duckdb.DuckDBPyConnection, table: Table) -> tuple[str, ...]:
    columns = ", ".join(f'"{c}"' for c in table.key)
    return _partitions(
        con,
        table,
        f'({columns}) in (select ({columns}) from "{table.name}" group by all having count(*) > 1)',
    )


def _type_faults(
    con: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]
) -> tuple[list[Fault], list[Fault]]:
    """Columns that files of an older schema lack, and those of another type or too many.

    The view casts, so it would hide the latter until a cast fails.
    """
    if not files:
        return [], []
    listed = ", ".join("'" + str(f).replace("'", "''") + "'" for f in files)
    found = _described(con, f"select * from read_parquet([{listed}], union_by_name=true)")
    declared = _described(con, table.empty_select())
    remake = "materialize the table anew"
    missing = [Fault(f"no file has the column {c}: {remake}", 0) for c in declared if c not in found]
    other = [
        Fault(f"{c} is {found[c]} in the files and {type_} in tables.py: {remake}", 0)
        for c, type_ in declared.items()
        if c in found and found[c] != type_
    ]
    extra = [
        Fault(f"{c} is in the files and not in tables.py: {remake}", 0) for c in found if c not in declared
    ]
    return missing, other + extra


def _described(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    return {row[0]: row[1] for row in con.execute(f"describe {query}").fetchall()}
