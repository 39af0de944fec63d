"""docs/tables.md is what the schema says."""

from __future__ import annotations

from pathlib import Path

import pytest

from enrichment_pipeline.lake import docs
from enrichment_pipeline.lake.schema import Column, Rule, Table


def test_the_page_is_current() -> None:
    if docs.TARGET.read_text(encoding="utf-8") != docs.tables_markdown():
        pytest.fail("docs/tables.md is not what tables.py says: make docs", pytrace=False)


def test_everything_the_schema_says_is_on_the_page() -> None:
    table = Table(
        "plays",
        "One row per line.",
        (Column("play_id", "VARCHAR", "a | b", required=True), Column("cue", "VARCHAR", "as written")),
        key=("play_id",),
        partitioned_by="month",
        rules=(Rule("late", "cue < 0", "a cue is not negative"),),
    )
    page = docs.tables_markdown({"plays": table})
    assert "| play_id | `VARCHAR` | yes | a \\| b |" in page
    assert "| cue | `VARCHAR` |  | as written |" in page
    assert "a file per month of the set date; a row is identified by `play_id`." in page
    assert "- a cue is not negative" in page


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    docs.main([str(tmp_path / "tables.md")])
    assert (tmp_path / "tables.md").read_text(encoding="utf-8") == docs.tables_markdown()
