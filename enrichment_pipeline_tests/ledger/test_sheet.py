"""Verdicts as a CSV file: what is exported, what a person may do to it, and what is said of a bad row."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append
from enrichment_pipeline.ledger.entries import LedgerError
from enrichment_pipeline.ledger.review import accept, tracks_to_review
from enrichment_pipeline.ledger.sheet import COLUMNS, read_sheet, write_sheet
from enrichment_pipeline_tests.ledger import chain

Row = dict[str, str]


@pytest.fixture
def sheet(followed_lake: Lake, tmp_path: Path) -> Path:
    """The exported list."""
    path = tmp_path / "review.csv"
    write_sheet(tracks_to_review(followed_lake), path)
    return path


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def save(path: Path, rows: list[Row], *, delimiter: str = ",", columns: tuple[str, ...] = COLUMNS) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, columns, delimiter=delimiter, extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)


def test_the_list_is_exported_for_a_person(followed_lake: Lake, sheet: Path) -> None:
    waiting, rows = tracks_to_review(followed_lake), rows_of(sheet)
    assert [row["track_key"] for row in rows] == [track.track_key for track in waiting]
    assert [row["answer"] for row in rows] == [track.answer for track in waiting]
    assert all(row["evidence"] and row["others"] and row["line"] for row in rows)
    assert all(not row["verdict"] and not row["right_artist"] for row in rows)


def test_what_a_person_fills_in_becomes_verdicts(followed_lake: Lake, sheet: Path) -> None:
    rows = rows_of(sheet)
    rows[0]["verdict"] = "Accept "
    rows[1] |= {"verdict": "reject", "note": "heard it"}
    rows[2]["right_artist"] = "Wholly Unheard & Never Played"
    save(sheet, rows)
    read = read_sheet(followed_lake, sheet, chain.sitting())
    first, second, third = read.entries
    assert (first.kind, first.artist_keys, first.probability) == (
        "verdict accept",
        (rows[0]["answer_key"],),
        pytest.approx(float(rows[0]["probability"]), abs=0.001),
    )
    assert (second.kind, second.artist, second.note) == ("verdict reject", rows[1]["answer"], "heard it")
    assert (third.kind, third.artist_names) == ("verdict accept", ("Wholly Unheard", "Never Played"))
    assert (read.bad, read.unchanged, read.empty) == ((), 0, len(rows) - 3)
    assert {entry.who for entry in read.entries} == {"Ines"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_does_to_a_file_is_understood(
    followed_lake: Lake, sheet: Path, delimiter: str
) -> None:
    rows = rows_of(sheet)
    rows[0]["verdict"] = "accept"
    save(sheet, rows, delimiter=delimiter, columns=("verdict", "note", "answer_key", "answer", "track_key"))
    assert len(read_sheet(followed_lake, sheet, chain.sitting()).entries) == 1


def _no_track(rows: list[Row]) -> None:
    rows[1] |= {"track_key": "feedfacefeedface", "verdict": "accept"}


def _no_key(rows: list[Row]) -> None:
    rows[1] |= {"track_key": "", "verdict": "accept"}


def _other_word(rows: list[Row]) -> None:
    rows[1]["verdict"] = "perhaps"


def _both(rows: list[Row]) -> None:
    rows[1] |= {"verdict": "accept", "right_artist": "Vole"}


def _nobody(rows: list[Row]) -> None:
    rows[1]["right_artist"] = "???"


def _twice(rows: list[Row]) -> None:
    rows[1] |= {"track_key": rows[0]["track_key"], "verdict": "reject"}


BAD_ROWS = [
    ("no such track", _no_track, "there is no track feedfacefeedface; export the list anew"),
    ("no key", _no_key, "it has no track_key"),
    ("another word", _other_word, "verdict 'perhaps': accept or reject is meant"),
    ("verdict and name", _both, "either verdict or right_artist is meant, not both"),
    ("a name that names nobody", _nobody, "'???' names no artist"),
    ("the same track twice", _twice, "row 2 decides about the same track"),
]


@pytest.mark.parametrize(("spoil", "reason"), [c[1:] for c in BAD_ROWS], ids=[c[0] for c in BAD_ROWS])
def test_a_bad_row_is_told_and_stops_no_other(
    followed_lake: Lake, sheet: Path, spoil: Callable[[list[Row]], None], reason: str
) -> None:
    rows = rows_of(sheet)
    rows[0]["verdict"] = rows[2]["verdict"] = "accept"
    spoil(rows)
    save(sheet, rows)
    read = read_sheet(followed_lake, sheet, chain.sitting())
    assert [entry.track_key for entry in read.entries] == [rows[0]["track_key"], rows[2]["track_key"]]
    assert [(bad.file, bad.row) for bad in read.bad] == [(str(sheet), 3)]
    assert read.bad[0].reason.startswith(reason)
    assert read.bad[0].words().startswith(f"{sheet}, row 3: ")


def test_a_known_artist_is_not_decided_about(followed_lake: Lake, sheet: Path) -> None:
    named = chain.rows(
        followed_lake, "select track_key from tracks where artist_known order by 1 limit 1", "tracks"
    )[0][0]
    save(sheet, [{"track_key": named, "right_artist": "Vole"}])
    read = read_sheet(followed_lake, sheet, chain.sitting())
    assert "its lines name the artist themselves" in read.bad[0].reason


def test_what_stands_already_is_not_recorded_again(own_lake: Lake, sheet: Path) -> None:
    append(own_lake, [accept(tracks_to_review(own_lake)[0], chain.sitting())])
    rows = rows_of(sheet)
    rows[0]["verdict"] = "accept"
    save(sheet, rows)
    read = read_sheet(own_lake, sheet, chain.sitting(2))
    assert (read.entries, read.unchanged) == ((), 1)


def test_a_verdict_is_about_the_answer_the_person_saw(followed_lake: Lake, sheet: Path) -> None:
    rows = rows_of(sheet)
    rows[0] |= {"answer": "Somebody Else", "answer_key": "somebodyelse", "verdict": "reject"}
    save(sheet, rows)
    entry = read_sheet(followed_lake, sheet, chain.sitting()).entries[0]
    assert (entry.artist, entry.artist_keys, entry.probability) == ("Somebody Else", ("somebodyelse",), None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"", "no column track_key, verdict"),
        (b"track_key,answer\nabc,Vole\n", "row 1: no column verdict"),
        (b"track_key,verdict\n\xff\xfe,accept\n", "is not UTF-8 text"),
        (b'track_key,verdict\n"abc,accept\n', "is no CSV file"),
    ],
    ids=["missing", "empty", "another file", "another encoding", "open quote"],
)
def test_a_file_that_cannot_be_used_is_told(
    followed_lake: Lake, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "filled.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LedgerError, match=words) as told:
        read_sheet(followed_lake, path, chain.sitting())
    assert str(path) in str(told.value)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be written"):
        write_sheet([], tmp_path / "nowhere" / "review.csv")
