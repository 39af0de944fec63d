"""Where the inbox is: what wins, and that it is remembered."""

from __future__ import annotations

from pathlib import Path

from enrichment_pipeline.lake.inbox import inbox_folder, point_inbox


def test_the_inbox_lies_in_the_data_folder(data: Path) -> None:
    assert inbox_folder(data, {}) == data / "inbox"


def test_a_later_run_from_elsewhere_reads_what_the_last_was_pointed_at(data: Path, tmp_path: Path) -> None:
    """Otherwise a click in the UI would read an empty folder and empty the tables."""
    point_inbox(data, tmp_path / "my sets")
    assert inbox_folder(data, {}) == tmp_path / "my sets"


def test_the_variable_wins(data: Path, tmp_path: Path) -> None:
    point_inbox(data, tmp_path / "my sets")
    assert inbox_folder(data, {"ENRICHMENT_INBOX": "/other"}) == Path("/other")
