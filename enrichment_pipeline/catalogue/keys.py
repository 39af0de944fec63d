"""Key tables: each distinct spelling of a column with its canonical key, for joins in SQL.

A Python function is called once per distinct string; everything else stays in DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa


def make_key_table(
    con: duckdb.DuckDBPyConnection, name: str, distinct_texts: str, function: Callable[[str], str]
) -> None:
    """Make temp table `name(text, key)` with a row per distinct non-null text.

    Args:
        con: connection that gets the table.
        name: name of the table to make.
        distinct_texts: query whose first column holds the texts.
        function: from text to key; a text whose key is "" gets no row.
    """
    texts = [
        row[0] for row in con.execute(f"select distinct * from ({distinct_texts}) order by 1").fetchall()
    ]
    pairs = [(text, function(text)) for text in texts if text is not None]
    kept = [(text, key) for text, key in pairs if key]
    rows = pa.table(
        {
            "text": pa.array([t for t, _ in kept], pa.string()),
            "key": pa.array([k for _, k in kept], pa.string()),
        }
    )
    con.register(f"{name}_rows", rows)
    con.execute(f"create or replace temp table {name} as select * from {name}_rows")
    con.unregister(f"{name}_rows")
