"""Publishing: the whole lake as one DuckDB file, and chosen tables as Parquet and CSV.

Everything is written beside its place and renamed into it, so whoever has the old file open keeps
reading it whole. Readers may open these files; no part of the pipeline reads them again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.schema import Column, Table
from enrichment_pipeline.lake.tables import TABLES

WAREHOUSE_NAME = "warehouse.duckdb"
EXPORTS_NAME = "exports"

# What a spreadsheet opens is for people: the result, and what could not be read. The warehouse has the rest.
EXPORTED_TABLES = ("enriched_tracks", "rejected_rows")
_LIST_SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class Exported:
    """One exported table: its files and its rows."""

    table: str
    rows: int
    files: tuple[Path, ...]


def publish_warehouse(lake: Lake, target: Path, tables: Iterable[str] | None = None) -> dict[str, int]:
    """Write a DuckDB file with the tables of the lake under their own names, columns described.

    A table that was never made is there without rows, so that queries written for the whole work.

    Args:
        lake: what is published.
        target: the file; replaced whole.
        tables: names of the tables; None takes all that are meant to be published.

    Returns:
        Row count by table.

    Raises:
        KeyError: a name that is no table.
    """
    names = [name for name, table in TABLES.items() if table.is_published] if tables is None else list(tables)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.draft")
    try:
        with lake.connect(names) as con:
            con.execute(f"attach {_quoted(str(draft))} as published")
            counts = {name: _publish_table(con, TABLES[name]) for name in names}
            con.execute("checkpoint published")
            con.execute("detach published")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
        Path(f"{draft}.wal").unlink(missing_ok=True)
    return counts


def export_tables(lake: Lake, folder: Path, tables: Iterable[str] = EXPORTED_TABLES) -> list[Exported]:
    """Write tables as `<table>.parquet` and `<table>.csv`.

    In CSV a list is its values joined by "; " and anything deeper is JSON.

    Args:
        lake: what is exported.
        folder: where to; other files there are left alone.
        tables: names of the tables.

    Raises:
        KeyError: a name that is no table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exported = []
    for name in tables:
        table = TABLES[name]
        with lake.connect([name]) as con:
            order = ", ".join(f'"{column}"' for column in table.key)
            ordered = f'from "{name}"' + (f" order by {order}" if order else "")
            parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
            rows = _copy(con, f"select * {ordered}", parquet, "format parquet, compression zstd")
            flat = ", ".join(_flat(column) for column in table.columns)
            _copy(con, f"select {flat} {ordered}", csv, "format csv, header")
        exported.append(Exported(name, rows, (parquet, csv)))
    return exported


def _publish_table(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    con.execute(f'create table published."{table.name}" as select * from "{table.name}"')
    con.execute(f'comment on table published."{table.name}" is {_quoted(table.meaning)}')
    for column in table.columns:
        con.execute(
            f'comment on column published."{table.name}"."{column.name}" is {_quoted(column.meaning)}'
        )
    return int(con.execute(f'select count(*) from published."{table.name}"').fetchall()[0][0])


def _copy(con: duckdb.DuckDBPyConnection, query: str, target: Path, options: str) -> int:
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.draft")
    try:
        rows = con.execute(f"copy ({query}) to {_quoted(str(draft))} ({options})").fetchall()
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return int(rows[0][0])


def _flat(column: Column) -> str:
    name = f'"{column.name}"'
    if column.type == "VARCHAR[]":
        return f"array_to_string({name}, {_quoted(_LIST_SEPARATOR)}) as {name}"
    if column.type.endswith("]") or column.type.startswith(("STRUCT", "MAP")):
        return f"cast(to_json({name}) as varchar) as {name}"
    return name


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def row_counts_text(counts: Mapping[str, int]) -> str:
    """Row counts as a Markdown table."""
    lines = [f"| {name} | {count:,} |" for name, count in counts.items()]
    return "\n".join(["| table | rows |", "|---|---|", *lines])
