from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from enrichment_pipeline.lake.faults import inspect_table
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.core import load_core_dump
from enrichment_pipeline.sources.dumps.core_tables import NO_LABEL_ID
from enrichment_pipeline.sources.dumps.report import (
    DumpChecksumError,
    DumpError,
    DumpNotFoundError,
    DumpSchemaError,
)
from enrichment_pipeline_tests.sources.dumps.generate import (
    ROOT_FILES,
    Catalogue,
    uuid_of,
    write_core_dump,
    write_sums,
)
from enrichment_pipeline_tests.sources.dumps.lakes import left_over
from enrichment_pipeline_tests.sources.dumps.tiny import (
    TINY_TABLES,
    label_id,
    line,
    recording_id,
    release_id,
    write_tiny,
)


def rows_of(lake: Lake, table: str = "mb_track_labels") -> list[dict[str, Any]]:
    with lake.connect([table]) as con:
        found = con.execute(
            f"select * from {table} order by recording_id, release_title, label_key nulls first, label_id"
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[dict[str, Any]]]:
    """Rows of the tiny dump by number of their recording."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder / "dump")
    lake = Lake(folder / "data")
    report = load_core_dump(lake, folder / "dump")
    assert (report.broken_count, report.schema_sequence, report.rows, report.recordings) == (0, 31, 9, 6)
    assert inspect_table(lake, "mb_track_labels").faults == ()
    assert left_over(lake) == []
    numbers = {recording_id(n): n for n in range(1, 7)}
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows_of(lake):
        found.setdefault(numbers[row["recording_id"]], []).append(row)
    return found


def test_every_release_and_label_of_a_recording_is_a_row(tiny: dict[int, list[dict[str, Any]]]) -> None:
    rows = tiny[1]
    assert [
        (r["release_title"], r["label"], r["catalogue_number"], r["is_distributor"], r["release_kind"])
        for r in rows
    ] == [
        ("Glass Harbour", "Big Parcel", None, True, "single"),
        ("Glass Harbour", "Kelp Recordings", "KELP001", False, "single"),
        # a catalogue number alone is no label
        ("Night Boats", None, "BOAT 7", None, "various artists"),
    ]
    assert rows[1]["label_key"] == "kelp"
    assert rows[1]["label_id"] == label_id(1)
    assert rows[1]["release_id"] == release_id(1)
    assert {(r["title"], r["base_title"], r["version"], r["title_key"], r["version_key"]) for r in rows} == {
        ("Glass Harbour (Extended Mix)", "Glass Harbour", "Extended Mix", "glassharbour", "")
    }
    assert rows[0]["isrcs"] == ["QZAAA2600001", "QZAAA2600002"]
    assert (rows[0]["artists"], rows[0]["artist_keys"]) == (["Mirka Vorn"], ["mirkavorn"])


def test_dates_count_from_the_earliest_day_they_can_mean(tiny: dict[int, list[dict[str, Any]]]) -> None:
    assert [r["release_date"] for r in tiny[1]] == [dt.date(2019, 4, 30)] * 2 + [dt.date(2018, 1, 1)]
    # the 31st of February is no day
    assert tiny[4][0]["release_date"] is None
    assert tiny[3][0]["release_date"] is None


def test_merged_ids_are_kept(tiny: dict[int, list[dict[str, Any]]]) -> None:
    kelp = tiny[1][1]
    assert kelp["merged_from"] == [uuid_of(10, 1), uuid_of(11, 1), uuid_of(9, 1)]
    assert tiny[1][0]["merged_from"] == [uuid_of(10, 1), uuid_of(11, 1)]
    assert tiny[6][0]["recording_id"] == recording_id(6)


def test_escapes_nulls_and_credits(tiny: dict[int, list[dict[str, Any]]]) -> None:
    (row,) = tiny[2]
    assert row["title"] == "Tab\there\nand \\N"
    assert row["length_ms"] is None
    assert row["artist_credit"] == "Mirka Vorn feat. Ole \\ Sund"
    assert row["artists"] == ["Mirka Vorn", "Ole \\ Sund"]
    assert (row["status"], row["release_kind"]) == (None, "other")


def test_no_label_is_a_known_fact(tiny: dict[int, list[dict[str, Any]]]) -> None:
    (row,) = tiny[2]
    assert (row["label_id"], row["label"], row["label_key"]) == (NO_LABEL_ID, "self-released", "selfreleased")
    assert row["catalogue_number"] is None


def test_a_version_only_in_the_comment_is_the_version(tiny: dict[int, list[dict[str, Any]]]) -> None:
    """Or the remix would be looked up as the original. Where a DJ mixed it in says nothing of the version."""
    assert [(r["version_key"], r["comment"], r["release_kind"]) for r in tiny[3]] == [
        ("by:soreltann", "Sorel Tann remix", "bootleg")
    ]
    assert [(r["version_key"], r["release_kind"], r["label"]) for r in tiny[4]] == [
        ("", "dj-mix", "Kelp Recordings")
    ]


def test_a_recording_on_no_release_and_one_that_is_there_twice(tiny: dict[int, list[dict[str, Any]]]) -> None:
    (row,) = tiny[5]
    assert (row["release_id"], row["label"], row["artists"]) == (None, None, [])
    assert len(tiny[6]) == 2  # two labels, although two tracks


@pytest.mark.parametrize("suffix", [".tar", ".tar.xz", ".tar.gz", ".tar.zst"])
def test_any_packing_gives_the_same_table(suffix: str, tmp_path: Path) -> None:
    write_tiny(tmp_path / "one")
    write_tiny(tmp_path / "other", suffix=suffix)
    lakes = [Lake(tmp_path / "a"), Lake(tmp_path / "b")]
    load_core_dump(lakes[0], tmp_path / "one" / "mbdump.tar.bz2")
    load_core_dump(lakes[1], tmp_path / "other")
    first, second = (lake.files("mb_track_labels")[0].read_bytes() for lake in lakes)
    assert first == second


def test_a_wrong_checksum_is_named_and_nothing_is_loaded(tmp_path: Path) -> None:
    archive = write_tiny(tmp_path / "dump")
    with archive.open("ab") as file:
        file.write(b"more")
    with pytest.raises(
        DumpChecksumError, match=r"mbdump.tar.bz2: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}"
    ):
        load_core_dump(Lake(tmp_path / "data"), tmp_path / "dump")
    assert Lake(tmp_path / "data").files("mb_track_labels") == []


def test_without_a_checksum_one_must_be_given(tmp_path: Path) -> None:
    archive = write_tiny(tmp_path / "dump")
    digest = (tmp_path / "dump" / "SHA256SUMS").read_text().split()[0]
    (tmp_path / "dump" / "SHA256SUMS").unlink()
    with pytest.raises(DumpChecksumError, match=r"Put the published SHA256SUMS"):
        load_core_dump(Lake(tmp_path / "data"), archive)
    assert load_core_dump(Lake(tmp_path / "data"), archive, sha256=digest.upper()).rows == 9


@pytest.mark.parametrize("found", ["30", "32", "thirty", ""])
def test_another_schema_is_refused(found: str, tmp_path: Path) -> None:
    write_tiny(tmp_path / "dump", root_files={**ROOT_FILES, "SCHEMA_SEQUENCE": f"{found}\n"})
    with pytest.raises(
        DumpSchemaError, match=rf"schema '{found}', but column positions are known for 31 only"
    ):
        load_core_dump(Lake(tmp_path / "data"), tmp_path / "dump")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    write_tiny(tmp_path / "no_schema", root_files={"TIMESTAMP": "x"})
    with pytest.raises(DumpSchemaError, match="no SCHEMA_SEQUENCE"):
        load_core_dump(Lake(tmp_path / "data"), tmp_path / "no_schema")
    write_tiny(tmp_path / "no_tables", {"medium": None, "isrc": None})
    with pytest.raises(DumpError, match="lacks mbdump/isrc, mbdump/medium"):
        load_core_dump(Lake(tmp_path / "data"), tmp_path / "no_tables")
    with pytest.raises(DumpNotFoundError, match="no such file"):
        load_core_dump(Lake(tmp_path / "data"), tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DumpNotFoundError, match="holds no file like"):
        load_core_dump(Lake(tmp_path / "data"), tmp_path / "empty")


@pytest.mark.parametrize("suffix", [".tar", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.gz"])
def test_an_archive_that_ends_early_is_an_error_and_the_old_table_stays(suffix: str, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data")
    archive = write_tiny(tmp_path / "dump", suffix=suffix)
    load_core_dump(lake, archive)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    write_sums(archive)
    with pytest.raises(DumpError, match=r"mbdump|ends early|cut short"):
        load_core_dump(lake, archive)
    assert len(rows_of(lake)) == 9
    assert left_over(lake) == []


def test_a_broken_row_is_reported_and_the_rest_is_loaded(tmp_path: Path) -> None:
    recordings = [*TINY_TABLES["recording"][:5], "6\tcut off\n"]
    write_tiny(tmp_path / "dump", {"recording": recordings, "isrc": [line(1, "one", "QZAAA2600001", 0, "x")]})
    lake = Lake(tmp_path / "data")
    report = load_core_dump(lake, tmp_path / "dump")
    assert report.recordings == 5
    assert {(row.file, row.line, row.text) for row in report.broken_rows} == {
        ("mbdump/recording", 6, "6\tcut off"),
        ("mbdump/isrc", 1, "one\tQZAAA2600001"),
    }
    assert report.broken_count == 2


def test_the_newest_of_dated_folders_is_taken(tmp_path: Path) -> None:
    write_tiny(tmp_path / "20261101-000000", {"isrc": []})
    write_tiny(tmp_path / "20261104-000000")
    report = load_core_dump(Lake(tmp_path / "data"), tmp_path)
    assert "20261104-000000" in report.place
    (tmp_path / "LATEST").write_text("20261101-000000\n")
    assert "20261101-000000" in load_core_dump(Lake(tmp_path / "data"), tmp_path).place


def test_a_dump_without_recordings_gives_an_empty_table(tmp_path: Path) -> None:
    write_tiny(tmp_path / "dump", {"recording": [], "track": []})
    lake = Lake(tmp_path / "data")
    assert load_core_dump(lake, tmp_path / "dump").rows == 0
    assert rows_of(lake) == []


def test_slices_are_seamless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording at the edge of a slice must be in exactly one."""
    write_core_dump(tmp_path / "dump", Catalogue(1_000).tables(), suffix=".tar")
    whole, cut = Lake(tmp_path / "whole"), Lake(tmp_path / "cut")
    report = load_core_dump(whole, tmp_path / "dump")
    monkeypatch.setattr("enrichment_pipeline.sources.dumps.core._RECORDINGS_A_SLICE", 77)
    assert load_core_dump(cut, tmp_path / "dump").rows == report.rows
    assert report.recordings == 1_000
    assert rows_of(whole) == rows_of(cut)


def test_one_load_at_a_time_and_a_killed_one_is_cleared_away(tmp_path: Path) -> None:
    write_tiny(tmp_path / "dump")
    lake = Lake(tmp_path / "data")
    folder = tmp_path / "data" / "dumps" / "mb_track_labels"
    (folder / "half-made" / "keyed").mkdir(parents=True)
    (folder / "half-made" / "recording.parquet").write_text("of a load that was killed")
    with FileLock(folder / ".lock"), pytest.raises(DumpError, match="is being loaded by another process"):
        load_core_dump(lake, tmp_path / "dump")
    assert load_core_dump(lake, tmp_path / "dump").rows == 9
    assert left_over(lake) == []


def test_the_report_says_where_when_and_how_long(tmp_path: Path) -> None:
    archive = write_tiny(tmp_path / "dump")
    ticks = iter([10.0, 17.5])
    report = load_core_dump(Lake(tmp_path / "data"), archive, clock=lambda: next(ticks))
    assert (report.place, report.seconds, report.dumped_at) == (
        str(archive),
        7.5,
        ROOT_FILES["TIMESTAMP"].strip(),
    )
    assert report.archive_bytes == archive.stat().st_size
