"""The value types of which every table's schema is made.

The tables themselves stand in `tables.py`. From one `Table` come the Parquet columns, the blocking
schema check, the column schema Dagster shows and `docs/tables.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PartitionedBy = Literal["month", "bucket", "content_hash", "run"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its DuckDB type, what it means, and whether it may be empty."""

    name: str
    type: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A fact that holds for every row of a table; `violation` is the SQL condition that breaks it."""

    name: str
    violation: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the lake.

    `key` are the columns that identify a row; `partitioned_by` says what its files are cut by
    (None: one file); `rules` are further facts the blocking check asserts. A table that `is_published`
    stands in the warehouse too; a dump of tens of millions of rows that others publish does not.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    partitioned_by: PartitionedBy | None = None
    rules: tuple[Rule, ...] = ()
    is_published: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns in file order."""
        return tuple(c.name for c in self.columns)

    def select_list(self) -> str:
        """All columns cast to their declared types, for a SELECT over any relation that has them."""
        return ", ".join(f'cast("{c.name}" as {c.type}) as "{c.name}"' for c in self.columns)

    def empty_select(self) -> str:
        """A SELECT with this table's columns and no row."""
        return (
            "select "
            + ", ".join(f'cast(null as {c.type}) as "{c.name}"' for c in self.columns)
            + " where false"
        )
