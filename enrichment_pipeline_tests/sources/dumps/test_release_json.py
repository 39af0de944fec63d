from __future__ import annotations

import copy
import datetime as dt
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.release_json import load_release_json, release_rows
from enrichment_pipeline.sources.dumps.report import DumpError
from enrichment_pipeline_tests.sources.dumps.generate import write_sums
from enrichment_pipeline_tests.sources.dumps.test_core import rows_of

RELEASE: dict[str, Any] = {
    "id": "rel-1",
    "title": "Glass Harbour",
    "status": "Official",
    "date": "2019-05",
    "release-events": [{"date": "2019-04-30"}, {"date": ""}],
    "artist-credit": [
        {"name": "Mirka Vorn", "joinphrase": "", "artist": {"id": "art-1", "name": "Mirka Vorn"}}
    ],
    "release-group": {"primary-type": "Single", "secondary-types": [], "tags": [{"name": "secret genre"}]},
    "label-info": [
        {
            "catalog-number": "KELP001",
            "label": {"id": "lab-1", "name": "Kelp Recordings", "type": "Original Production"},
        },
        {"catalog-number": "[none]", "label": {"id": "lab-2", "name": "Big Parcel", "type": "Distributor"}},
    ],
    "tags": [{"name": "secret genre"}],
    "genres": [{"name": "secret genre"}],
    "rating": {"value": 5},
    "media": [
        {
            "tracks": [
                {
                    "title": "as printed",
                    "recording": {
                        "id": "rec-1",
                        "title": "Glass Harbour (extended mix)",
                        "length": None,
                        "isrcs": ["QZAAA2600002", "qzaaa2600001"],
                        "disambiguation": "",
                        "genres": [{"name": "secret genre"}],
                        "artist-credit": [
                            {"name": "Mirka Vorn", "joinphrase": " feat. "},
                            {"name": "Ole Sund", "joinphrase": ""},
                        ],
                    },
                }
            ]
        },
        {"pregap": {"recording": {"id": "rec-0", "title": "Hidden"}}},
    ],
}


def write_json_dump(folder: Path, lines: list[bytes], member: str = "mbdump/release") -> Path:
    folder.mkdir()
    path = folder / "release.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for name, content in {"TIMESTAMP": b"2026-11-04 00:00:00+00\n", member: b"".join(lines)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    write_sums(path)
    return path


def test_a_release_document_becomes_the_rows_of_the_core_dump(tmp_path: Path) -> None:
    write_json_dump(tmp_path / "dump", [json.dumps(RELEASE).encode() + b"\n"])
    lake = Lake(tmp_path / "data")
    report = load_release_json(lake, tmp_path / "dump")
    assert (report.rows, report.recordings, report.dumped_at) == (4, 2, "2026-11-04 00:00:00+00")
    rows = [row for row in rows_of(lake) if row["recording_id"] == "rec-1"]
    assert [(r["label"], r["catalogue_number"], r["is_distributor"]) for r in rows] == [
        ("Big Parcel", None, True),
        ("Kelp Recordings", "KELP001", False),
    ]
    first = rows[0]
    assert first["release_date"] == dt.date(2019, 4, 30)
    assert first["release_kind"] == "single"
    assert first["artist_credit"] == "Mirka Vorn feat. Ole Sund"
    assert first["artist_keys"] == ["mirkavorn", "olesund"]
    assert first["isrcs"] == ["QZAAA2600001", "QZAAA2600002"]
    assert (first["base_title"], first["version_key"]) == ("Glass Harbour", "")


def test_votes_never_reach_the_table(tmp_path: Path) -> None:
    """Tags and genres are not CC0."""
    write_json_dump(tmp_path / "dump", [json.dumps(RELEASE).encode() + b"\n"])
    lake = Lake(tmp_path / "data")
    load_release_json(lake, tmp_path / "dump")
    assert "secret genre" not in str(rows_of(lake))


def test_a_broken_line_is_kept_aside(tmp_path: Path) -> None:
    lines = [
        b'{"id": "cut off\n',
        json.dumps(RELEASE).encode() + b"\n",
        b"[]\n",
        b'{"id": 5, "title": "x"}\n',
        b"\xff\n",
    ]
    write_json_dump(tmp_path / "dump", lines)
    report = load_release_json(Lake(tmp_path / "data"), tmp_path / "dump")
    assert (report.rows, report.broken_count) == (4, 4)
    assert [row.line for row in report.broken_rows] == [1, 3, 4, 5]


def changed(**recording: Any) -> bytes:
    document = copy.deepcopy(RELEASE)
    document["media"][0]["tracks"][0]["recording"].update(recording)
    return json.dumps(document).encode() + b"\n"


@pytest.mark.parametrize(
    "line",
    [
        changed(length="long"),
        changed(length=1 << 40),
        changed(title=None),
        changed(disambiguation=["x"]),
        changed(isrcs=[5]),
        changed(**{"artist-credit": [{"name": 5}]}),
        json.dumps({**RELEASE, "label-info": [{"label": {"name": 5}}]}).encode() + b"\n",
        json.dumps({**RELEASE, "status": 1}).encode() + b"\n",
        json.dumps({**RELEASE, "media": "none"}).encode() + b"\n",
    ],
)
def test_a_value_of_another_type_breaks_its_line_and_not_the_load(line: bytes, tmp_path: Path) -> None:
    write_json_dump(tmp_path / "dump", [line, json.dumps(RELEASE).encode() + b"\n"])
    report = load_release_json(Lake(tmp_path / "data"), tmp_path / "dump")
    assert (report.rows, report.broken_count) == (4, 1)


def test_another_archive_is_refused(tmp_path: Path) -> None:
    write_json_dump(tmp_path / "dump", [], member="mbdump/label")
    with pytest.raises(DumpError, match="has no mbdump/release"):
        load_release_json(Lake(tmp_path / "data"), tmp_path / "dump")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"status": "Bootleg"}, "bootleg"),
        (
            {"release-group": {"primary-type": "Album", "secondary-types": ["Compilation", "DJ-mix"]}},
            "dj-mix",
        ),
        ({"release-group": {"primary-type": "Album", "secondary-types": ["Mixtape/Street"]}}, "dj-mix"),
        ({"release-group": {"primary-type": "Album", "secondary-types": ["Compilation"]}}, "compilation"),
        (
            {"artist-credit": [{"name": "VA", "artist": {"id": "89ad4ac3-39f7-470e-963a-56509c546377"}}]},
            "various artists",
        ),
        ({"release-group": {"primary-type": "EP"}}, "ep"),
        ({"release-group": None}, "other"),
    ],
)
def test_kinds(change: dict[str, Any], kind: str) -> None:
    assert {row["release_kind"] for row in release_rows({**copy.deepcopy(RELEASE), **change})} == {kind}


def test_a_release_without_labels_still_names_its_recordings() -> None:
    rows = list(release_rows({**RELEASE, "label-info": [{"catalog-number": "X1", "label": None}]}))
    assert [(row["label"], row["catalogue_number"]) for row in rows] == [(None, "X1")] * 2
    assert [row["label"] for row in release_rows({**RELEASE, "label-info": []})] == [None, None]
