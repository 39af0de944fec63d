"""What is new in an inbox, told without opening a file; and which months a reading changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from enrichment_pipeline.ingest.arrivals import Arrivals, SeenFile, arrivals, files_read, look_into
from enrichment_pipeline.ingest.labels import write_parsed_labels
from enrichment_pipeline.ingest.plays import changed_months, write_raw_tracks
from enrichment_pipeline.ingest.staging import stage_inbox
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.columns import parse_to_arrow
from enrichment_pipeline_tests.conftest import WriteSet

LAST_MONTH = "2018-12-01"
OLD = SeenFile("old.csv", 10, 100.0)


def told(seen: list[SeenFile], read: dict[str, int], read_at: float | None = 500.0) -> Arrivals:
    return arrivals(seen, read, read_at, now=1000.0, settle_seconds=5.0)


def test_what_was_read_as_it_stands_is_not_new() -> None:
    assert not told([OLD], {"old.csv": 10})


@pytest.mark.parametrize(
    ("seen", "read", "read_at"),
    [
        ([OLD, SeenFile("new.csv", 3, 900.0)], {"old.csv": 10}, 500.0),
        ([SeenFile("old.csv", 11, 100.0)], {"old.csv": 10}, 500.0),
        # as long as before, and changed since
        ([SeenFile("old.csv", 10, 600.0)], {"old.csv": 10}, 500.0),
        # nobody knows when it was read
        ([OLD], {"old.csv": 10}, None),
        ([], {"old.csv": 10}, 500.0),
    ],
)
def test_new_changed_and_gone_files_are_told(
    seen: list[SeenFile], read: dict[str, int], read_at: float | None
) -> None:
    assert told(seen, read, read_at)


def test_a_file_that_was_changed_just_now_may_still_be_written() -> None:
    young = SeenFile("young.csv", 3, 996.0)
    assert told([young, SeenFile("done.csv", 3, 900.0)], {}).unfinished == (young,)


def test_each_state_of_a_folder_has_a_name_of_its_own() -> None:
    states = [[], [OLD], [SeenFile("old.csv", 11, 100.0)], [SeenFile("old.csv", 10, 101.0)]]
    assert len({told(state, {}).digest for state in states}) == len(states)
    assert told([OLD], {}).digest == told([OLD], {"old.csv": 10}).digest


def test_words_name_the_first_and_count_the_rest() -> None:
    many = [SeenFile(f"{n}.csv", 1, 900.0) for n in range(5)]
    assert told(many, {"z.csv": 1}).words() == "0.csv, 1.csv, 2.csv and 3 more"
    assert told([], {"z.csv": 1}).words() == "z.csv (gone)"


def test_a_folder_is_looked_into_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.csv").write_text("xy", encoding="utf-8")
    # moved in: its content is old, its place is new
    os.utime(tmp_path / "sub" / "b.csv", (1.0, 1.0))
    (file,) = look_into(tmp_path)
    assert (file.name, file.size) == ("sub/b.csv", 2)
    assert file.changed_at > 1000.0
    assert look_into(tmp_path / "nowhere") == []


def read_all(lake: Lake, inbox: Path) -> None:
    stage_inbox(lake, inbox)
    months = changed_months(lake, last_month=LAST_MONTH)
    write_raw_tracks(lake, months, last_month=LAST_MONTH)
    write_parsed_labels(lake, months, parse_to_arrow)


def test_months_of_new_changed_and_removed_lines_are_told(
    lake: Lake, inbox: Path, write_set: WriteSet
) -> None:
    write_set("a.csv", ["Vole - Tide"], set_id="a", date="2018-05-12")
    write_set("b.csv", ["Vole - Ebb"], set_id="b", date="2018-07-12")
    stage_inbox(lake, inbox)
    assert changed_months(lake, last_month=LAST_MONTH) == ["2018-05-01", "2018-07-01"]
    read_all(lake, inbox)
    assert files_read(lake).keys() == {"a.csv", "b.csv"}
    assert changed_months(lake, last_month=LAST_MONTH) == []
    # the same number of lines with another word
    write_set("a.csv", ["Vole - Side"], set_id="a", date="2018-05-12")
    stage_inbox(lake, inbox)
    assert changed_months(lake, last_month=LAST_MONTH) == ["2018-05-01"]
    read_all(lake, inbox)
    (inbox / "b.csv").unlink()
    stage_inbox(lake, inbox)
    assert changed_months(lake, last_month=LAST_MONTH) == ["2018-07-01"]


def test_a_month_whose_lines_were_not_read_is_told(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    stage_inbox(lake, inbox)
    write_raw_tracks(lake, ["2018-05-01"], last_month=LAST_MONTH)
    assert changed_months(lake, last_month=LAST_MONTH) == ["2018-05-01"]
