"""Plays by month, and what tier 1 makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.ingest.labels import write_parsed_labels
from enrichment_pipeline.ingest.plays import lost_plays, months_to_make, write_raw_tracks
from enrichment_pipeline.ingest.staging import stage_inbox
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.columns import parse_to_arrow
from enrichment_pipeline_tests.conftest import WriteSet

LAST = "2021-02-01"
MAY, JUNE = "2018-05-01", "2018-06-01"


def ask(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    with lake.connect(["raw_tracks", "parsed_labels"]) as con:
        return con.execute(query).fetchall()


def ingest(lake: Lake, inbox: Path, months: list[str] | None = None) -> dict[str, int]:
    stage_inbox(lake, inbox)
    chosen = months_to_make(lake, last_month=LAST) if months is None else months
    counts = write_raw_tracks(lake, chosen, last_month=LAST)
    assert write_parsed_labels(lake, chosen, parse_to_arrow) == counts
    return counts


def test_a_play_keeps_its_line_and_its_id(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    """The id is made of source, set, position and layer, so it survives a renamed file and a later run."""
    write_set("a.csv", ["  Vole –\xa0Tide [Low Water] "])
    assert ingest(lake, inbox) == {MAY: 1}
    query = "select play_id, raw_text, file_name from raw_tracks"
    ((play_id, raw_text, _),) = ask(lake, query)
    assert raw_text == "  Vole –\xa0Tide [Low Water] "
    (inbox / "a.csv").rename(inbox / "z.csv")
    ingest(lake, inbox)
    assert ask(lake, query) == [(play_id, raw_text, "z.csv")]


def test_odd_dates_lie_in_the_first_month_with_the_date_they_came_with(
    lake: Lake, inbox: Path, write_set: WriteSet
) -> None:
    for n, date in enumerate(["", "1971-03-04", "2098-01-01", "1980-01-20"]):
        write_set(f"{n}.csv", ["Vole - Tide"], set_id=f"s{n}", date=date)
    assert ingest(lake, inbox) == {"1980-01-01": 4}
    dates = ask(lake, "select cast(set_date as varchar) from raw_tracks order by set_id")
    assert dates == [(None,), ("1971-03-04",), ("2098-01-01",), ("1980-01-20",)]


def test_a_month_made_again_replaces_exactly_that_month(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide", "Vole - Ebb"], set_id="may", date="2018-05-12")
    write_set("b.csv", ["Ossip - Crane"], set_id="june", date="2018-06-02")
    ingest(lake, inbox)
    untouched = {t: lake.file_of(t, JUNE).read_bytes() for t in ("raw_tracks", "parsed_labels")}
    write_set("a.csv", ["Vole - Tide (New)"], set_id="may", date="2018-05-12")
    write_set("b.csv", ["Ossip - Heron", "Ossip - Crane"], set_id="june", date="2018-06-02")
    assert ingest(lake, inbox, [MAY]) == {MAY: 1}
    assert ask(lake, "select raw_text from raw_tracks order by set_month") == [
        ("Vole - Tide (New)",),
        ("Ossip - Crane",),
    ]
    assert {t: lake.file_of(t, JUNE).read_bytes() for t in untouched} == untouched
    (lost,) = lost_plays(lake, [MAY, JUNE], last_month=LAST)
    assert (lost.month, lost.staged, lost.plays) == (JUNE, 2, 1)


def test_a_month_without_plays_any_more_is_made_empty(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    ingest(lake, inbox)
    write_set("a.csv", ["Vole - Tide"], date="2018-06-02")
    assert ingest(lake, inbox) == {MAY: 0, JUNE: 1}
    assert ask(lake, "select set_month from parsed_labels") == [(JUNE,)]


def test_ids_differ_where_places_differ(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["one", "two"], set_id="s1")
    write_set("b.csv", ["one", "two"], set_id="s")
    ingest(lake, inbox)
    assert ask(lake, "select count(distinct play_id) from raw_tracks") == [(4,)]


def given(lake: Lake, inbox: Path, columns: str, row: str) -> dict[str, Any]:
    (inbox / "given.csv").write_text(f"set_id,date,text,{columns}\ns1,2018-05-12,{row}\n", encoding="utf-8")
    ingest(lake, inbox)
    with lake.connect(["parsed_labels"]) as con:
        cursor = con.execute("select * from parsed_labels")
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchall()[0], strict=True))


def test_a_given_label_overrules_the_text(lake: Lake, inbox: Path) -> None:
    parsed = given(lake, inbox, "label", "Vole - Tide [Low Water],High Water")
    assert (parsed["label"], parsed["labels"]) == ("High Water", ["High Water"])
    assert (parsed["label_confidence"], parsed["label_reason"]) == (1.0, "given by the file")
    assert (parsed["artist"], parsed["title"]) == ("Vole", "Tide")


@pytest.mark.parametrize(
    ("artist", "names"),
    [("Vole & Ossip", ["Vole", "Ossip"]), ("North - South", ["North - South"])],
    ids=["split like a credit", "a name with a dash stays whole"],
)
def test_a_given_artist_overrules_the_text(lake: Lake, inbox: Path, artist: str, names: list[str]) -> None:
    parsed = given(lake, inbox, "artist", f"ID - Tide [Low Water],{artist}")
    assert parsed["artist"] == artist
    assert [credit["name"] for credit in parsed["credits"]] == names
    assert parsed["artist_unknown"] is False
    assert (parsed["title"], parsed["label"]) == ("Tide", "Low Water")


def test_a_given_title_is_split_into_title_and_version(lake: Lake, inbox: Path) -> None:
    parsed = given(lake, inbox, "artist,title", "something unreadable,Vole,Tide (Ossip Remix)")
    assert (parsed["title"], parsed["version"], parsed["remixers"]) == ("Tide", "Ossip Remix", ["Ossip"])
    assert parsed["kind"] == "track"


def test_without_given_columns_the_text_alone_speaks(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide [Low Water - LOW001]"])
    ingest(lake, inbox)
    query = "select artist, title, label, catalogue_number from parsed_labels"
    assert ask(lake, query) == [("Vole", "Tide", "Low Water", "LOW001")]
