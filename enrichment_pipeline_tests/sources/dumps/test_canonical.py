from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.canonical import combined_lookup, load_canonical
from enrichment_pipeline.sources.dumps.look_up import look_up_in_dump
from enrichment_pipeline.sources.dumps.report import DumpError
from enrichment_pipeline_tests.sources.dumps.generate import write_sums
from enrichment_pipeline_tests.sources.dumps.lakes import lake_of

HEAD = [
    "id", "artist_credit_id", "artist_mbids", "artist_credit_name", "release_mbid", "release_name",
    "recording_mbid", "recording_name", "combined_lookup", "score",
]  # fmt: skip
ROWS = [
    [
        "1",
        "7",
        "a,b",
        "Mirka Vorn & Co",
        "rel",
        "Boats, Vol. 1",
        "rec",
        "Glass Harbour",
        "mirkavorncoglassharbour",
        "3",
    ],
    [
        "2",
        "7",
        "a",
        "Mirka Vorn",
        "rel",
        'The "Best"\nof',
        "rec2",
        "Lantern (dub)",
        "mirkavornlanterndub",
        "1",
    ],
]


def write_canonical(folder: Path, rows: list[list[str]], head: list[str] = HEAD) -> Path:
    folder.mkdir()
    path = folder / "musicbrainz-canonical-dump-20261103-080003.tar.zst"
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    content = text.getvalue().encode()
    with zstandard.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        info = tarfile.TarInfo(
            "musicbrainz-canonical-dump-20261103-080003/canonical/canonical_musicbrainz_data.csv"
        )
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    write_sums(path)
    return path


@pytest.mark.parametrize(
    ("artist", "title", "key"),
    [
        ("Mirka Vorn & Co", "Glass Harbour", "mirkavorncoglassharbour"),
        ("Björk's", "Hyper-Ballad (mix)", "bjorkshyperballadmix"),
        ("Ægir_1", "Łza", "aegir1lza"),
    ],
)
def test_the_glued_key(artist: str, title: str, key: str) -> None:
    assert combined_lookup(artist, title) == key


def test_the_canonical_list_is_one_more_way_to_a_label(tmp_path: Path) -> None:
    """Its credit need not be split as ours; the version is a veto there too."""
    write_canonical(tmp_path / "dump", ROWS)
    rows = [
        {"recording_id": "rec", "artist_credit": "Mirka Vorn & Co", "artists": ["M. Vorn", "Co"]},
        {"recording_id": "rec2", "title": "Lantern (dub)", "artists": ["M. Vorn"]},
    ]
    lake = lake_of(tmp_path, rows)
    report = load_canonical(lake, tmp_path / "dump")
    assert (report.rows, report.recordings, report.dumped_at) == (2, 2, "20261103-080003")
    questions = pa.table(
        {
            "track_key": ["one", "two", "three"],
            "artist_keys": pa.array([["mirkavorn"]] * 3, pa.list_(pa.string())),
            "title_key": ["glassharbour", "lanterndub", "lantern"],
            "version_key": ["", "", "dub:dub"],
            "isrcs": pa.array([[]] * 3, pa.list_(pa.string())),
            "artist": ["Mirka Vorn & Co", "Mirka Vorn", "Mirka Vorn"],
            "title": ["Glass Harbour", "Lantern dub", "Lantern (Dub)"],
        }
    )
    with lake.connect(["mb_track_labels", "mb_canonical"]) as con:
        con.register("questions", questions)
        assert look_up_in_dump(con, "questions", "mb_track_labels") == 0
        look_up_in_dump(con, "questions", "mb_track_labels", canonical="mb_canonical")
        found = con.execute("select track_key, matched_id, found_by, reason from dump_finding").fetchall()
    assert [row[:3] for row in found] == [("one", "rec", "exact"), ("three", "rec2", "exact")]
    assert found[0][3].startswith("the canonical list of MusicBrainz")


def test_another_layout_is_an_error(tmp_path: Path) -> None:
    write_canonical(tmp_path / "dump", [["1"]], head=["id"])
    with pytest.raises(DumpError, match="the layout has changed"):
        load_canonical(Lake(tmp_path / "data"), tmp_path / "dump")
