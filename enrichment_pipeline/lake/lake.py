"""The record of truth: one Parquet file a table partition, read through views of an in-memory DuckDB.

Files are written beside their place and renamed into it, so a reader sees a whole partition or the one
before. Nothing here opens a shared `.duckdb` file: DuckDB lets one process in, and a pipeline has many.
What the tables hold stands in `tables.py`; no SQL of any layer belongs here.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlparse

import duckdb
import pyarrow as pa

from enrichment_pipeline.lake.tables import TABLES

DATA_VARIABLE = "ENRICHMENT_DATA"
_SPILL = ".duckdb_spill"


class OutdatedTableError(Exception):
    """A table's files lack a column that this version has; the message says what to make anew."""


def data_root() -> Path:
    """The folder of all state: `ENRICHMENT_DATA` (a path or a `file://` URL), else `data` here.

    Raises:
        ValueError: for a URL of another scheme; object storage needs DuckDB's httpfs, which this build lacks.
    """
    value = os.environ.get(DATA_VARIABLE, "data")
    parsed = urlparse(value)
    if parsed.scheme == "file":
        return Path(unquote(parsed.path))
    if len(parsed.scheme) > 1:
        raise ValueError(f"{DATA_VARIABLE}={value!r}: only a path or a file:// URL can be used here")
    return Path(value)


class Lake:
    """Tables as Parquet files under `root/lake`.

    Args:
        root: the data folder; made when the first file is written.
        threads: DuckDB threads of each connection; None leaves DuckDB's default (all cores).
        memory_limit: DuckDB's memory limit of each connection, e.g. "1500MB".
    """

    def __init__(self, root: Path, *, threads: int | None = None, memory_limit: str | None = None) -> None:
        self.root = root
        self.folder = root / "lake"
        self._threads = threads
        self._memory_limit = memory_limit

    def file_of(self, table: str, partition: str | None = None) -> Path:
        """Where a table (or one partition of it) is kept.

        Raises:
            KeyError: for a table that `tables.py` does not define.
            ValueError: when a partition is missing, or given for a table that has none.
        """
        spec = TABLES[table]
        if (spec.partitioned_by is None) != (partition is None):
            kind = (
                "not partitioned" if spec.partitioned_by is None else f"partitioned by {spec.partitioned_by}"
            )
            raise ValueError(f"{table} is {kind}; got partition {partition!r}")
        return self.folder / table / f"{partition or 'all'}.parquet"

    def files(self, table: str) -> list[Path]:
        """The files a table has now, sorted; empty before its first materialization."""
        return sorted((self.folder / TABLES[table].name).glob("*.parquet"))

    @contextmanager
    def connect(self, tables: Iterable[str] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """An in-memory DuckDB with a view per table, closed on the way out whatever happens.

        A table without files is an empty view, so SQL need not ask whether a layer has run.

        Args:
            tables: names of the views wanted; None makes all.
        """
        con = duckdb.connect()
        try:
            # Some tables carry local dates and none carry zones: one zone everywhere keeps runs equal.
            con.execute("set timezone='UTC'")
            # what does not fit in memory; DuckDB's own default is the working folder
            con.execute(f"set temp_directory={_quoted(str(self.root / _SPILL))}")
            if self._threads is not None:
                con.execute(f"set threads={int(self._threads)}")
            if self._memory_limit is not None:
                con.execute(f"set memory_limit='{self._memory_limit}'")
            for name in TABLES if tables is None else tables:
                self.mount(con, name)
            yield con
        finally:
            con.close()

    def mount(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        """(Re)make the view of one table on an open connection, over the files it has now.

        Raises:
            OutdatedTableError: no file has one of the columns; they are of an earlier version.
        """
        spec = TABLES[table]
        files = self.files(table)
        if files:
            listed = ", ".join(_quoted(str(file)) for file in files)
            source = f"select {spec.select_list()} from read_parquet([{listed}], union_by_name=true)"
        else:
            source = spec.empty_select()
        try:
            con.execute(f'create or replace view "{table}" as {source}')
        except duckdb.BinderException as error:
            raise OutdatedTableError(
                f"the files of {table} are of an earlier version of this program: materialize {table} anew, "
                "or everything with `enrich run`"
            ) from error

    def write(
        self,
        con: duckdb.DuckDBPyConnection,
        table: str,
        query: str,
        *,
        partition: str | None = None,
        order_by: str | None = None,
    ) -> int:
        """Replace a table (or one partition) with the rows of a query; returns how many.

        The rows are cast to the declared column types and sorted by `order_by` (default: the table's
        key), so that the same rows always give the same file.

        Raises:
            duckdb.Error: when the query lacks a column or a value does not fit its type.
        """
        spec = TABLES[table]
        order = order_by or _columns(spec.key)
        body = f"select {spec.select_list()} from ({query})" + (f" order by {order}" if order else "")
        return self._copy(con, body, self.file_of(table, partition))

    def write_arrow(
        self, con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, *, partition: str | None = None
    ) -> int:
        """Replace a table (or one partition) with an Arrow table's rows; returns how many."""
        name = f"arrow_{uuid.uuid4().hex}"
        con.register(name, rows)
        try:
            return self.write(con, table, f"select * from {name}", partition=partition)
        finally:
            con.unregister(name)

    def write_rows(
        self,
        con: duckdb.DuckDBPyConnection,
        table: str,
        rows: Sequence[Mapping[str, object]],
        *,
        partition: str | None = None,
    ) -> int:
        """Replace a table (or one partition) with rows given as dicts; missing columns are null. Returns how many."""
        return self.write_arrow(con, table, rows_as_arrow(con, table, rows), partition=partition)

    def write_partitions(
        self,
        con: duckdb.DuckDBPyConnection,
        table: str,
        query: str,
        *,
        column: str,
        partitions: Sequence[str],
    ) -> dict[str, int]:
        """Replace exactly the named partitions with the query's rows, cut by `column`.

        A partition without rows loses its file. Rows of partitions that were not named are not written.

        Returns:
            Row count per named partition, zeros included.
        """
        spec = TABLES[table]
        work = f"cut_{uuid.uuid4().hex}"
        # Cast and sorted once: the row groups of a sorted table tell DuckDB which of them a partition needs.
        order = _columns((column, *spec.key))
        con.execute(
            f"create temp table {work} as select {spec.select_list()} from ({query}) order by {order}"
        )
        try:
            counts = dict(con.execute(f'select "{column}", count(*) from {work} group by 1').fetchall())
            for key in partitions:
                if counts.get(key):
                    body = f'select * from {work} where "{column}" = {_quoted(key)}'
                    self._copy(con, f"{body} order by {order}", self.file_of(table, key))
                else:
                    self.file_of(table, key).unlink(missing_ok=True)
        finally:
            con.execute(f"drop table {work}")
        return {key: int(counts.get(key, 0)) for key in partitions}

    def _copy(self, con: duckdb.DuckDBPyConnection, body: str, target: Path) -> int:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.draft")
        try:
            rows = con.execute(
                f"copy ({body}) to {_quoted(str(draft))} (format parquet, compression zstd)"
            ).fetchall()
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return int(rows[0][0])


def rows_as_arrow(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]]
) -> pa.Table:
    """Dicts as an Arrow table with the columns and types of a table of the lake.

    Raises:
        KeyError: no such table.
        pyarrow.ArrowInvalid: a value does not fit its column.
    """
    schema = con.sql(TABLES[table].empty_select()).to_arrow_table().schema
    return pa.Table.from_pylist(list(rows), schema=schema)


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
