from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.discogs import load_discogs
from enrichment_pipeline.sources.dumps.report import DumpChecksumError, DumpError
from enrichment_pipeline_tests.sources.dumps.test_core import rows_of


def artist(name: str, join: str = "", anv: str = "") -> str:
    return f"<artist><id>1</id><name>{name}</name><anv>{anv}</anv><join>{join}</join></artist>"


def track(
    title: str, position: str = "A1", artists: str = "", duration: str = "5:48", inside: str = ""
) -> str:
    return (
        f"<track><position>{position}</position><title>{title}</title><duration>{duration}</duration>"
        f"<artists>{artists}</artists>{f'<sub_tracks>{inside}</sub_tracks>' if inside else ''}</track>"
    )


def release(
    number: int | str,
    tracks: str,
    *,
    artists: str | None = None,
    labels: str = '<label catno="KELP001" id="5" name="Kelp Recordings"/>',
    formats: str = "<description>Single</description>",
    released: str = "2019-05-00",
) -> str:
    return (
        f'<release id="{number}" status="Accepted"><artists>{artist("Mirka Vorn") if artists is None else artists}</artists>'
        f"<title>Glass Harbour</title><labels>{labels}</labels><formats><format name='Vinyl'><descriptions>{formats}"
        f"</descriptions></format></formats><released>{released}</released><tracklist>{tracks}</tracklist></release>"
    )


def write_discogs(folder: Path, *releases: str, head: str = "", tail: str = "</releases>") -> Path:
    folder.mkdir()
    path = folder / "discogs_20261101_releases.xml.gz"
    path.write_bytes(gzip.compress(f"{head}<releases>{''.join(releases)}{tail}".encode()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "discogs_20261101_CHECKSUM.txt").write_text(f"{digest} *{path.name}\n")
    return path


def loaded(tmp_path: Path, *releases: str) -> list[dict[str, Any]]:
    write_discogs(tmp_path / "dump", *releases)
    lake = Lake(tmp_path / "data")
    load_discogs(lake, tmp_path / "dump")
    rows = rows_of(lake, "discogs_track_labels")
    return sorted(rows, key=lambda row: (row["recording_id"], row["label_key"] or ""))


def test_a_release_becomes_rows_of_the_same_columns(tmp_path: Path) -> None:
    write_discogs(
        tmp_path / "dump", release(77, track("Glass Harbour (Extended Mix)") + track("Lantern (Dub)", "B1"))
    )
    lake = Lake(tmp_path / "data")
    report = load_discogs(lake, tmp_path / "dump")
    assert (report.rows, report.recordings, report.dumped_at, report.broken_count) == (2, 2, "20261101", 0)
    first, second = rows_of(lake, "discogs_track_labels")
    assert (first["recording_id"], first["release_id"], first["label_id"]) == ("77-1", "77", "5")
    assert (first["title"], first["base_title"], first["version_key"]) == (
        "Glass Harbour (Extended Mix)",
        "Glass Harbour",
        "",
    )
    assert first["release_date"] == dt.date(2019, 5, 1)
    assert (first["label_key"], first["catalogue_number"], first["is_distributor"]) == (
        "kelp",
        "KELP001",
        False,
    )
    assert (first["length_ms"], first["release_kind"]) == (348_000, "single")
    assert second["version_key"] == "dub:dub"


def test_numbers_and_stars_behind_names_are_not_of_the_name(tmp_path: Path) -> None:
    artists = artist("Mirka Vorn (2)", "&amp;", "M. Vorn*") + artist("Ole Sund*")
    (row,) = loaded(
        tmp_path,
        release(1, track("X"), artists=artists, labels='<label catno="none" id="9" name="Kelp (3)"/>'),
    )
    assert row["artists"] == ["Mirka Vorn", "Ole Sund"]
    assert row["artist_credit"] == "M. Vorn & Ole Sund"
    assert (row["label"], row["catalogue_number"]) == ("Kelp", None)


def test_not_on_label_is_self_released_and_several_labels_are_several_rows(tmp_path: Path) -> None:
    labels = '<label catno="none" id="1" name="Not On Label (Mirka Vorn Self-released)"/><label catno="B2" id="2" name="Boat House"/>'
    rows = loaded(tmp_path, release(1, track("X"), labels=labels))
    assert [(r["label"], r["label_key"]) for r in rows] == [
        ("Boat House", "boathouse"),
        ("self-released", "selfreleased"),
    ]


def test_headings_are_left_out_and_index_tracks_are_their_parts(tmp_path: Path) -> None:
    tracks = (
        track("Side One", "", duration="")
        + track("Suite", "", inside=track("Part A", "1a") + track("Part B", "1b"))
        + track("Lantern", "2", artists=artist("Sorel Tann"))
    )
    rows = loaded(tmp_path, release(1, tracks))
    assert [(r["recording_id"], r["title"], r["artists"]) for r in rows] == [
        ("1-1", "Part A", ["Mirka Vorn"]),
        ("1-2", "Part B", ["Mirka Vorn"]),
        ("1-3", "Lantern", ["Sorel Tann"]),
    ]


@pytest.mark.parametrize(
    ("artists", "formats", "kind"),
    [
        (artist("Various"), "EP", "various artists"),
        ("".join(artist(f"Name {n}") for n in range(5)), "EP", "various artists"),
        ("".join(artist(f"Name {n}") for n in range(4)), "EP", "ep"),
        (artist("A"), "Compilation", "compilation"),
        (artist("A"), "Mixed", "dj-mix"),
        (artist("A"), "Unofficial Release", "bootleg"),
        (artist("A"), "Maxi-Single", "single"),
        (artist("A"), "LP", "album"),
        (artist("A"), "12&quot;", "other"),
    ],
)
def test_kinds(artists: str, formats: str, kind: str, tmp_path: Path) -> None:
    (row,) = loaded(
        tmp_path, release(1, track("X"), artists=artists, formats=f"<description>{formats}</description>")
    )
    assert row["release_kind"] == kind


@pytest.mark.parametrize(
    ("released", "day"),
    [
        ("1999-03-21", dt.date(1999, 3, 21)),
        ("1999", dt.date(1999, 1, 1)),
        ("1999-00-00", dt.date(1999, 1, 1)),
        ("", None),
        ("?", None),
        ("0000", None),
        ("1999-13-01", None),
    ],
)
def test_dates(released: str, day: dt.date | None, tmp_path: Path) -> None:
    assert loaded(tmp_path, release(1, track("X"), released=released))[0]["release_date"] == day


def test_a_release_without_a_number_is_kept_aside(tmp_path: Path) -> None:
    write_discogs(tmp_path / "dump", release("", track("X")), release(2, track("X")))
    report = load_discogs(Lake(tmp_path / "data"), tmp_path / "dump")
    assert (report.rows, report.broken_count, report.broken_rows[0].line) == (1, 1, 1)


def test_what_is_empty_is_no_row(tmp_path: Path) -> None:
    rows = loaded(tmp_path, release(1, track("") + track("X"), labels="", artists=""))
    assert [(r["title"], r["label"], r["artist_credit"], r["artists"]) for r in rows] == [
        ("X", None, None, [])
    ]


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def test_entities_are_refused(tmp_path: Path) -> None:
    write_discogs(tmp_path / "dump", release(1, track("&b;")), head=BOMB)
    with pytest.raises(DumpError, match="which a Discogs dump has none of"):
        load_discogs(Lake(tmp_path / "data"), tmp_path / "dump")


def test_xml_that_ends_early_is_an_error(tmp_path: Path) -> None:
    write_discogs(tmp_path / "dump", release(1, track("X")), tail="<release id='2'><titl")
    with pytest.raises(DumpError, match="no well-formed XML"):
        load_discogs(Lake(tmp_path / "data"), tmp_path / "dump")


def test_the_checksum_file_of_discogs_is_read(tmp_path: Path) -> None:
    path = write_discogs(tmp_path / "dump", release(1, track("X")))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DumpChecksumError, match="expected SHA-256"):
        load_discogs(Lake(tmp_path / "data"), path)
