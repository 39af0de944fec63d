"""Enriched plays as tracklist text: what is written, what is marked, that it can be read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.naming.keys import artist_key, label_key
from enrichment_pipeline.tracklists.readers import read_bytes
from enrichment_pipeline.tracklists.text_export import (
    INFERRED_MARK,
    ExportRow,
    tracklist_lines,
    tracklist_text,
)

ROW = ExportRow(
    set_id="s1",
    set_name="Sound Shed",
    set_date=date(2018, 3, 2),
    dj="Ternwick",
    position=1,
    cue="08",
    layered=False,
    raw_text="[08] ID - Lantern Ferry",
    artist="DJ Pellworm",
    title="Lantern Ferry",
    version=None,
    label=None,
    catalogue_number=None,
    artist_inferred=False,
    artist_probability=None,
    label_inferred=False,
    label_source=None,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "[08] DJ Pellworm - Lantern Ferry", id="artist and title"),
        pytest.param({"cue": None}, "DJ Pellworm - Lantern Ferry", id="no cue"),
        pytest.param({"layered": True}, "[08] w/ DJ Pellworm - Lantern Ferry", id="layered"),
        pytest.param(
            {"version": "Ternwick Remix", "label": "Harbourlight", "catalogue_number": "HBL 026"},
            "[08] DJ Pellworm - Lantern Ferry (Ternwick Remix) [Harbourlight - HBL 026]",
            id="version, label, number",
        ),
        pytest.param(
            {"artist_inferred": True, "artist_probability": 0.974},
            "[08] DJ Pellworm* - Lantern Ferry\n  {artist inferred, 0.97}",
            id="inferred artist",
        ),
        pytest.param(
            {"artist_inferred": True, "artist_probability": 0.9999},
            "[08] DJ Pellworm* - Lantern Ferry\n  {artist inferred, 0.99}",
            id="near certainty is not certainty",
        ),
        pytest.param(
            {
                "label": "Harbourlight",
                "catalogue_number": "HBL 1",
                "label_inferred": True,
                "label_source": "catalogue",
            },
            "[08] DJ Pellworm - Lantern Ferry [Harbourlight*]\n  {label inferred, catalogue}",
            id="inferred label stands without a number",
        ),
        pytest.param(
            {"artist_inferred": True, "label": "Harbourlight", "label_inferred": True},
            "[08] DJ Pellworm* - Lantern Ferry [Harbourlight*]\n  {artist inferred; label inferred}",
            id="both inferred, nothing known about it",
        ),
        pytest.param({"artist": None}, "[08] ? - Lantern Ferry", id="unknown artist"),
        pytest.param({"title": None, "label": "L"}, "[08] DJ Pellworm - ? [L]", id="unknown title"),
        pytest.param(
            {"artist": None, "title": None, "raw_text": "[08] Tune Of The Week"},
            "[08] Tune Of The Week",
            id="nothing known: the line as it came in",
        ),
        pytest.param(
            {"artist": None, "title": None, "raw_text": " "}, "?", id="nothing known of a blank line"
        ),
        pytest.param(
            {"artist": None, "title": None, "raw_text": "ID - ID", "label": "L", "label_inferred": True},
            "ID - ID [L*]\n  {label inferred}",
            id="a label found for an unknown",
        ),
        pytest.param(
            {"artist": None, "title": None, "raw_text": "a\r\nb"},
            "a  b",
            id="a line break would make two lines",
        ),
    ],
)
def test_lines(changes, expected):
    header, *lines = tracklist_lines([replace(ROW, **changes)])
    assert header == "2018-03-02 - Ternwick @ Sound Shed"
    assert lines == expected.split("\n")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"set_date": None}, "???? - Ternwick @ Sound Shed", id="undated"),
        pytest.param({"dj": None}, "2018-03-02 - Unknown @ Sound Shed", id="no DJ"),
        pytest.param({"set_name": None}, "2018-03-02 - Ternwick @ s1", id="no name"),
    ],
)
def test_headers(changes, expected):
    assert next(tracklist_lines([replace(ROW, **changes)])) == expected


def test_sets_are_parted_by_a_blank_line():
    text = tracklist_text([ROW, ROW, replace(ROW, set_id="s2", set_date=None)])
    assert text.split("\n\n")[1].startswith("???? - Ternwick")
    assert text.endswith("Ferry\n")


def test_no_rows_no_text():
    assert tracklist_text([]) == ""


def test_the_mark_does_not_change_what_a_name_means():
    assert artist_key(f"DJ Pellworm{INFERRED_MARK}") == artist_key("DJ Pellworm")
    assert label_key(f"Sled + Rope{INFERRED_MARK}") == label_key("Sled + Rope")


def test_an_export_read_again_says_that_it_is_one():
    """Remarks at the end of a play's line were taken for a second label by the grammar."""
    row = replace(ROW, label="L", label_inferred=True, label_source="internal\ncatalogue")
    reading = read_bytes("a.txt", tracklist_text([row, ROW]).encode())
    assert [p.raw_text for p in reading.plays] == [
        "[08] DJ Pellworm - Lantern Ferry [L*]",
        "[08] DJ Pellworm - Lantern Ferry",
    ]
    assert [p.position for p in reading.plays] == [1, 2]
    assert reading.notes == ("an export of this pipeline: values with a * were inferred, not given",)


WORDS = st.text(st.characters(categories=["L"]), min_size=1, max_size=8)
ROWS = st.builds(
    ExportRow,
    set_id=st.sampled_from(["s1", "s2", "s3"]),
    set_name=st.none() | WORDS,
    set_date=st.none() | st.dates(date(1960, 1, 1), date(2090, 1, 1)),
    dj=st.none() | WORDS,
    position=st.integers(1, 99),
    cue=st.none() | st.just("1:02:33"),
    layered=st.booleans(),
    raw_text=st.text(max_size=20).filter(lambda text: "\0" not in text),
    artist=st.none() | WORDS,
    title=st.none() | WORDS,
    version=st.none() | WORDS,
    label=st.none() | WORDS,
    catalogue_number=st.none() | WORDS,
    artist_inferred=st.booleans(),
    artist_probability=st.none() | st.floats(0, 1),
    label_inferred=st.booleans(),
    label_source=st.none() | WORDS,
)


@given(st.lists(ROWS, max_size=12))
def test_what_is_written_can_be_read_again_line_by_line(rows):
    """As many plays come back as went out, under headers that say the same."""
    rows.sort(key=lambda row: row.set_id)
    first = {}
    for row in rows:
        first.setdefault(row.set_id, row)
    # a set's fields are those of its first row
    rows = [
        replace(r, set_name=f.set_name, set_date=f.set_date, dj=f.dj) for r in rows for f in [first[r.set_id]]
    ]
    reading = read_bytes("a.txt", tracklist_text(rows).encode(errors="replace"))
    assert len(reading.plays) == len(rows)
    assert not reading.rejected
    for play, row in zip(reading.plays, rows, strict=True):
        assert play.set_date == row.set_date
        assert play.set_name == (row.set_name or row.set_id)
        assert play.dj == (row.dj or "Unknown")
