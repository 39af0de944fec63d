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


def test_a_stopgap_gives_way_as_soon_as_the_inbox_has_files(tmp_path: Path) -> None:
    data, sample = tmp_path / "data", tmp_path / "sample"
    point_inbox(data, sample, is_stopgap=True)
    (data / "inbox").mkdir()
    (data / "inbox" / ".hidden").write_text("", encoding="utf-8")
    assert inbox_folder(data, {}) == sample
    (data / "inbox" / "set.csv").write_text("x", encoding="utf-8")
    assert inbox_folder(data, {}) == data / "inbox"


def test_what_a_person_named_stays_whatever_the_inbox_has(tmp_path: Path) -> None:
    data = tmp_path / "data"
    point_inbox(data, tmp_path / "my sets")
    (data / "inbox").mkdir()
    (data / "inbox" / "set.csv").write_text("x", encoding="utf-8")
    assert inbox_folder(data, {}) == tmp_path / "my sets"
