from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.dumps.look_up import look_up_in_dump, titles_in_dump
from enrichment_pipeline.sources.dumps.rows import read_titles
from enrichment_pipeline_tests.sources.dumps.lakes import lake_of

STRINGS = pa.list_(pa.string())


def question(
    artist: str | None, title: str | None, *, isrcs: Sequence[str] = (), artists: Sequence[str] | None = None
) -> dict[str, Any]:
    read = read_titles([(title or "", "")]).to_pylist()[0]
    names = artists if artists is not None else ([artist] if artist else [])
    return {
        "artist_keys": [keys.artist_key(name) for name in names],
        "title_key": read["title_key"] if title else None,
        "version_key": read["version_key"],
        "isrcs": list(isrcs),
        "title": read["base_title"] if title else None,
        "artist": artist,
    }


def ask(
    lake: Lake, *questions: Mapping[str, Any], table: Any = "mb_track_labels", found: str = "dump_finding"
) -> list[dict[str, Any]]:
    rows = pa.table(
        {
            "track_key": pa.array([f"t{n}" for n in range(len(questions))]),
            **{
                name: pa.array([q[name] for q in questions], pa.string())
                for name in ("title_key", "version_key", "title", "artist")
            },
            **{name: pa.array([q[name] for q in questions], STRINGS) for name in ("artist_keys", "isrcs")},
        }
    )
    with lake.connect([table]) as con:
        con.register("asked", rows)
        count = look_up_in_dump(con, "asked", table)
        cursor = con.execute(f"select * from {found} order by track_key, matched_id, label_key")
        names = [column[0] for column in cursor.description]
        answers = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        assert found != "dump_finding" or len(answers) == count
        return answers


def ways(answers: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [(answer["track_key"], answer["matched_id"], answer["found_by"]) for answer in answers]


@pytest.mark.parametrize(
    ("artist", "title", "way"),
    [
        ("Mirka Vorn", "Glass Harbour", "exact"),
        ("MIRKA VORN", "glass harbour (Extended Mix)", "exact"),
        ("Mirka Vorn", "Glass Harbor", "fuzzy title"),
        ("Mirka Vorne", "Glass Harbour", "fuzzy artist"),
        ("DJ Mirka Vorn", "Glass Harbour", "fuzzy artist"),
        ("Mirka Vorn", "Glass Harbour (Sorel Tann Remix)", None),
        ("Mirka Vorn", "Glass Harbour (Dub)", None),
        ("Mirka Vorn", "Glass Harbor (Sorel Tann Remix)", None),
        ("Ole Sund", "Glass Harbour", None),
        ("Mirka Vorn", "Glass", None),
    ],
)
def test_ways_from_a_name_to_a_recording(artist: str, title: str, way: str | None, tmp_path: Path) -> None:
    """Another version is never a match, however alike all else is."""
    answers = ask(lake_of(tmp_path, [{}]), question(artist, title))
    assert [answer["found_by"] for answer in answers] == ([way] if way else [])


@pytest.mark.parametrize(
    "other",
    [
        "Glass Harbour 2",
        "Glass Harbour B",
        "Glass Harbour II",
        "Glass Harbour IV",
        "Brass Harbour",
        "Glass Arbour X",
    ],
)
def test_titles_that_are_another_track_are_not_one_spelled_wrongly(other: str, tmp_path: Path) -> None:
    assert ask(lake_of(tmp_path, [{}]), question("Mirka Vorn", other)) == []


def test_a_series_is_told_apart_and_a_plural_is_not(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [{"title": "Night Theme A"}])
    assert ask(lake, question("Mirka Vorn", "Night Theme B")) == []
    (tmp_path / "plural").mkdir()
    lake = lake_of(tmp_path / "plural", [{"title": "Night Themes"}])
    assert len(ask(lake, question("Mirka Vorn", "Night Theme"))) == 1


def test_a_finding_says_all_that_evidence_needs(tmp_path: Path) -> None:
    lake = lake_of(
        tmp_path,
        [{"recording_id": "r1", "release_id": "x1", "isrcs": ["QZAAA2600001"], "is_distributor": False}],
    )
    (answer,) = ask(lake, question("Mirka Vorn", "Glass Harbour"))
    assert answer == {
        "track_key": "t0",
        "label_key": "kelp",
        "label": "Kelp Recordings",
        "found_by": "exact",
        "artist_similarity": 1.0,
        "title_similarity": 1.0,
        "version_similarity": 1.0,
        "release_kind": "ep",
        "release_date": dt.date(2019, 5, 1),
        "is_distributor": False,
        "url": "https://musicbrainz.org/release/x1",
        "matched_id": "r1",
        "isrcs": ["QZAAA2600001"],
        "catalogue_number": "KELP001",
        "reason": 'artist, title and version are equal: "Mirka Vorn - Glass Harbour" on "Glass Harbour EP" (ep)',
    }
    (answer,) = ask(
        lake_of_discogs(tmp_path), question("Mirka Vorn", "Glass Harbour"), table="discogs_track_labels"
    )
    assert answer["url"] == "https://www.discogs.com/release/77"


def lake_of_discogs(folder: Path) -> Lake:
    (folder / "discogs").mkdir()
    return lake_of(folder / "discogs", [{"recording_id": "77-1", "release_id": "77"}], "discogs_track_labels")


def test_isrc_comes_before_names_and_still_obeys_the_version(tmp_path: Path) -> None:
    lake = lake_of(
        tmp_path,
        [
            {"recording_id": "spelled otherwise", "title": "Glas Harbr", "isrcs": ["QZAAA2600001"]},
            {"recording_id": "remix", "title": "Glass Harbour (Sorel Tann Remix)", "isrcs": ["QZAAA2600001"]},
            {"recording_id": "same name"},
            {
                "recording_id": "wrong code",
                "title": "Quiet",
                "artist_credit": "Nobody",
                "artists": ["Ulf Prent"],
                "isrcs": ["QZAAA2600001"],
            },
        ],
    )
    answers = ask(lake, question("Mirka Vorn", "Glass Harbour", isrcs=["qz-aaa-26-00001"]))
    assert ways(answers) == [("t0", "same name", "exact"), ("t0", "spelled otherwise", "isrc")]
    assert answers[1]["reason"].startswith("ISRC QZAAA2600001 is this recording")
    assert 0.8 < answers[1]["title_similarity"] < 1
    # a recording found both ways is found by the surer one
    (tmp_path / "both").mkdir()
    both = lake_of(tmp_path / "both", [{"isrcs": ["QZAAA2600001"]}])
    assert [
        a["found_by"] for a in ask(both, question("Mirka Vorn", "Glass Harbour", isrcs=["QZAAA2600001"]))
    ] == ["isrc"]


def test_an_isrc_alone_is_enough(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [{"isrcs": ["QZAAA2600001"], "title": "Glass Harbour (Dub)"}])
    assert [a["found_by"] for a in ask(lake, question(None, None, isrcs=["QZAAA2600001"]))] == ["isrc"]


def test_all_recordings_and_all_labels_are_kept(tmp_path: Path) -> None:
    lake = lake_of(
        tmp_path,
        [
            {"recording_id": "a", "release_id": "1"},
            {"recording_id": "a", "release_id": "1", "label": "Big Parcel", "is_distributor": True},
            {"recording_id": "a", "release_id": "2", "label": "Tape Loft", "release_kind": "compilation"},
            {"recording_id": "b", "release_id": "3", "label": "Other House"},
        ],
    )
    found = [(a["matched_id"], a["label"]) for a in ask(lake, question("Mirka Vorn", "Glass Harbour"))]
    assert found == [("a", "Big Parcel"), ("a", "Kelp Recordings"), ("a", "Tape Loft"), ("b", "Other House")]


def test_credits_of_several_names_meet(tmp_path: Path) -> None:
    """ "A & B" is two names here and one there; a guest may be missing."""
    lake = lake_of(
        tmp_path,
        [
            {
                "recording_id": "one act",
                "artist_credit": "Salt & Iron",
                "artists": ["Salt & Iron"],
                "title": "Anvil Song",
            },
            {"recording_id": "two names", "artists": ["Mirka Vorn", "Ole Sund"]},
        ],
    )
    answers = ask(
        lake,
        question("Salt & Iron", "Anvil Song", artists=["Salt", "Iron"]),
        question("Ole Sund", "Glass Harbour"),
        question("Mirka Vorn & Ole Sund", "Glass Harbour", artists=["Mirka Vorn & Ole Sund"]),
    )
    assert [(a["track_key"], a["matched_id"]) for a in answers] == [
        ("t0", "one act"),
        ("t1", "two names"),
        ("t2", "two names"),
    ]
    assert {a["found_by"] for a in answers} == {"exact"}


def test_a_recording_without_label_is_a_match_and_no_finding(tmp_path: Path) -> None:
    """And loose ways are still tried for a track that has no label yet."""
    lake = lake_of(
        tmp_path,
        [{"recording_id": "bare", "label": None}, {"recording_id": "loose", "title": "Glass Harbor"}],
    )
    asked = question("Mirka Vorn", "Glass Harbour")
    assert ways(ask(lake, asked)) == [("t0", "loose", "fuzzy title")]
    assert ways(ask(lake, asked, found="dump_match")) == [
        ("t0", "bare", "exact"),
        ("t0", "loose", "fuzzy title"),
    ]


def test_self_released_is_a_finding(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [{"label": "Not On Label (Mirka Vorn Self-released)"}])
    (answer,) = ask(lake, question("Mirka Vorn", "Glass Harbour"))
    assert (answer["label_key"], answer["label"]) == ("selfreleased", "self-released")


def test_odd_questions_find_nothing_and_break_nothing(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [{}])
    odd = [
        question(None, "Glass Harbour"),
        question("Mirka Vorn", None),
        question("'; drop table x --", "%_\\"),
        question("🎛", "x" * 5000),
    ]
    assert ask(lake, *odd) == []
    assert ask(Lake(tmp_path / "nothing loaded"), question("Mirka Vorn", "Glass Harbour")) == []


def test_asking_twice_gives_the_same(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [{}, {"recording_id": "b"}])
    asked = [question("Mirka Vorn", "Glass Harbour"), question("Mirka Vorn", "Glass Harbor")]
    assert ask(lake, *asked) == ask(lake, *asked)


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no dump table 'plays'"):
        ask(Lake(tmp_path), question("a", "b"), table="plays")


def test_who_made_a_title(tmp_path: Path) -> None:
    lake = lake_of(
        tmp_path,
        [
            {"recording_id": "a", "artists": ["Mirka Vorn", "Ole Sund"]},
            {
                "recording_id": "b",
                "artists": ["Ulf Prent"],
                "label": "Tape Loft",
                "release_date": dt.date(2001, 1, 1),
            },
            {"recording_id": "b", "artists": ["Ulf Prent"], "label": "Tape Loft", "release_id": "later"},
            {"recording_id": "c", "artists": ["Sorel Tann"], "title": "Glass Harbour (Dub)"},
            {"recording_id": "d", "artists": ["Various"], "label": None},
            {"recording_id": "e", "artists": ["Liv Aster"], "title": "Elsewhere"},
        ],
    )

    def candidates(version: str | None, label: str | None) -> list[tuple[str, ...]]:
        with lake.connect(["mb_track_labels"]) as con:
            asked = pa.table(
                {
                    "title_key": ["glassharbour"],
                    "version_key": pa.array([version], pa.string()),
                    "label_key": pa.array([label], pa.string()),
                }
            )
            con.register("asked", asked)
            count = titles_in_dump(con, "asked", "mb_track_labels")
            found = con.execute(
                "select artist, label_key, version_key, matched_id, release_date from dump_artist"
            ).fetchall()
            assert count == len(found)
            return found

    everyone = candidates(None, None)
    assert [(artist, matched) for artist, _, _, matched, _ in everyone] == [
        ("Mirka Vorn", "a"),
        ("Ole Sund", "a"),
        ("Sorel Tann", "c"),
        ("Ulf Prent", "b"),
    ]
    assert everyone[3][4] == dt.date(2001, 1, 1)
    assert [row[0] for row in candidates("", None)] == ["Mirka Vorn", "Ole Sund", "Ulf Prent"]
    assert [row[0] for row in candidates("dub:dub", None)] == ["Sorel Tann"]
    assert [row[0] for row in candidates(None, "tapeloft")] == ["Ulf Prent"]
    assert candidates("", "nobodys") == []
