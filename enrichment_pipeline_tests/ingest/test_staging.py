"""Reading the inbox: each file once, nothing lost, tables a function of what lies there now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.ingest import staging
from enrichment_pipeline.ingest.staging import Staged, stage_inbox
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.readers import FileReading, read_file
from enrichment_pipeline_tests.conftest import WriteSet


def ask(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    with lake.connect() as con:
        return con.execute(query).fetchall()


def files(lake: Lake) -> list[tuple[Any, ...]]:
    return ask(lake, "select file_name, status, lines, plays, rejected from source_files order by 1")


def test_lines_become_plays_or_rejected_rows(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide [Low Water]", "ID - ID"])
    with (inbox / "a.csv").open("a", encoding="utf-8") as file:
        file.write("s1,Night Shift,Mira Vole,2018-05-12,third,Ossip - Crane\n")
    assert stage_inbox(lake, inbox) == Staged(
        files=1, files_read_now=1, files_known=0, staged_plays=2, rejected=1
    )
    assert files(lake) == [("a.csv", "read", 3, 2, 1)]
    ((place, raw),) = ask(lake, "select place, raw_text from rejected_rows")
    assert place == "line 4"
    assert "Ossip - Crane" in raw


def test_a_broken_file_does_not_stop_the_others(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    (inbox / "b.json").write_text('{"set_id": ', encoding="utf-8")
    (inbox / "c.csv.gz").write_bytes(b"no gzip")
    stage_inbox(lake, inbox)
    assert files(lake) == [
        ("a.csv", "read", 1, 1, 0),
        ("b.json", "broken", 1, 0, 1),
        ("c.csv.gz", "broken", 1, 0, 1),
    ]
    assert len(ask(lake, "select 1 from rejected_rows where place = 'whole file'")) == 2


def test_equal_content_and_other_files_are_listed_and_count_once(
    lake: Lake, inbox: Path, write_set: WriteSet
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    (inbox / "b.csv").write_bytes((inbox / "a.csv").read_bytes())
    (inbox / "notes.pdf").write_bytes(b"%PDF")
    stage_inbox(lake, inbox)
    assert files(lake) == [
        ("a.csv", "read", 1, 1, 0),
        ("b.csv", "same content", 0, 0, 0),
        ("notes.pdf", "skipped", 0, 0, 0),
    ]
    ((notes,),) = ask(lake, "select notes from source_files where file_name = 'b.csv'")
    assert notes == ["same content as a.csv"]


def test_of_a_set_in_two_files_the_first_by_name_has_it(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("b.csv", ["Vole - Tide", "Ossip - Crane", "Ossip - Heron"])
    write_set("a.csv", ["Vole - Tide", "Ossip - Crane"])
    write_set("c.csv", ["Lune - Ebb"], set_id="s2")
    stage_inbox(lake, inbox)
    assert files(lake) == [("a.csv", "read", 2, 2, 0), ("b.csv", "read", 3, 0, 3), ("c.csv", "read", 1, 1, 0)]
    reasons = {reason for (reason,) in ask(lake, "select reason from rejected_rows")}
    assert reasons == {"the set s1 of inbox is given by a.csv already: keep it in one of the two files"}
    assert ask(lake, "select raw_text from rejected_rows order by line_no")[2] == ("Ossip - Heron",)


def test_a_file_is_read_once(
    lake: Lake, inbox: Path, write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counting(path: Path) -> FileReading:
        opened.append(path.name)
        return read_file(path)

    monkeypatch.setattr(staging, "read_file", counting)
    write_set("a.csv", ["Vole - Tide"])
    stage_inbox(lake, inbox)
    before = files(lake)
    write_set("b.csv", ["Lune - Ebb"], set_id="s2")
    (inbox / "a.csv").rename(inbox / "moved.csv")
    second = stage_inbox(lake, inbox)
    assert opened == ["a.csv", "b.csv"]
    assert (second.files_read_now, second.files_known) == (1, 1)
    assert before == [("a.csv", "read", 1, 1, 0)]
    assert files(lake) == [("b.csv", "read", 1, 1, 0), ("moved.csv", "read", 1, 1, 0)]


def test_a_name_that_means_another_format_is_read_again(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.txt", ["Vole - Tide"])
    stage_inbox(lake, inbox)
    (inbox / "a.txt").rename(inbox / "a.csv")
    assert stage_inbox(lake, inbox).files_read_now == 1
    assert files(lake) == [("a.csv", "read", 1, 1, 0)]


def test_newer_readers_read_every_file_again(
    lake: Lake, inbox: Path, write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    stage_inbox(lake, inbox)
    monkeypatch.setattr(staging, "READER_VERSION", "next")
    assert stage_inbox(lake, inbox).files_read_now == 1


def test_what_leaves_the_inbox_leaves_the_tables(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    (inbox / "b.json").write_text("{", encoding="utf-8")
    stage_inbox(lake, inbox)
    (inbox / "a.csv").unlink()
    (inbox / "b.json").unlink()
    stage_inbox(lake, inbox)
    for table in ("source_files", "staged_readings", "staged_plays", "rejected_rows"):
        assert ask(lake, f"select count(*) from {table}") == [(0,)]


def test_no_inbox_says_so(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no inbox folder"):
        stage_inbox(lake, tmp_path / "nowhere")
