"""`docs/tables.md`, made from `tables.py`: `python -m enrichment_pipeline.lake.docs`.

Only the words of the schema and how they are laid out; what a table means stands with the table.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from enrichment_pipeline.lake.schema import Column, Table
from enrichment_pipeline.lake.tables import TABLES

TARGET = Path(__file__).resolve().parents[2] / "docs" / "tables.md"
_CUT_BY = {
    None: "one file",
    "month": "a file per month of the set date",
    "bucket": "a file per hash bucket of the track, 00 to 31",
    "content_hash": "a file per content of an input file",
    "run": "a file per run that wrote; files are only ever added",
}
_HEAD = """# Tables

Made by `make docs` from `enrichment_pipeline/lake/tables.py`; change it there. Each table is Parquet under
`data/lake/<table>/` and stands in `data/warehouse.duckdb` under the same name. A blocking check after each
layer asserts types, keys, columns that must not be empty, and rules. `Needed` columns are never empty.
"""


def tables_markdown(tables: Mapping[str, Table] = TABLES) -> str:
    """All tables as one Markdown page, in the order in which they are defined."""
    contents = [f"- [{table.name}](#{table.name}): {table.meaning}" for table in tables.values()]
    parts = [_HEAD, "\n".join(contents) + "\n", *map(_table_markdown, tables.values())]
    return "\n".join(parts)


def _table_markdown(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    facts = [_CUT_BY[table.partitioned_by], *([f"a row is identified by {key}"] if key else [])]
    lines = [f"## {table.name}", table.meaning, "", f"Kept as {'; '.join(facts)}.", ""]
    lines += ["| column | type | needed | meaning |", "|---|---|---|---|"]
    lines += [_column_markdown(column) for column in table.columns]
    lines += ["", "Always so:", *(f"- {rule.meaning}" for rule in table.rules)] if table.rules else []
    return "\n".join(lines) + "\n"


def _column_markdown(column: Column) -> str:
    # a bar in a text would end the cell
    meaning, type_ = column.meaning.replace("|", "\\|"), column.type.replace('"', "")
    return f"| {column.name} | `{type_}` | {'yes' if column.required else ''} | {meaning} |"


def main(arguments: list[str]) -> None:
    """Write the page to the file named, else to docs/tables.md."""
    target = Path(arguments[0]) if arguments else TARGET
    target.write_text(tables_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
