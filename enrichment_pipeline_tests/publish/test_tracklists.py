"""Enriched rows as tracklist text: every play, in the order of the sets, what was inferred marked."""

from __future__ import annotations

from pathlib import Path

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.publish.tracklists import write_tracklists


def enriched(**values: str) -> str:
    """One row of enriched_tracks; values are SQL expressions, columns not named are empty."""
    defaults = {
        "source": "'inbox'",
        "set_id": "'s1'",
        "set_key": "'inbox:s1'",
        "set_name": "'Night Shift'",
        "dj": "'Mira Vole'",
        "set_date": "date '2018-05-12'",
        "position": "1",
        "layer": "0",
        "layered": "false",
        "kind": "'track'",
        "label_inferred": "false",
        "artist_inferred": "false",
    }
    given = {**defaults, **values}
    return "select " + ", ".join(
        f'cast({given.get(column.name, "null")} as {column.type}) as "{column.name}"'
        for column in TABLES["enriched_tracks"].columns
    )


def test_every_play_is_written_and_inferred_values_are_marked(lake: Lake, tmp_path: Path) -> None:
    later = {"set_key": "'inbox:s2'", "set_id": "'s2'", "set_name": "'Early'", "set_date": "null"}
    rows = [
        enriched(play_id="'c'", raw_text="'ID - ID'", **later),
        enriched(
            play_id="'b'",
            position="2",
            raw_text="'ID - Tide'",
            title="'Tide'",
            artist="'Vole'",
            artist_inferred="true",
            artist_probability="0.97",
        ),
        enriched(
            play_id="'a'",
            raw_text="'Ossip - Crane [Low Water - L1]'",
            artist="'Ossip'",
            title="'Crane'",
            label="'Low Water'",
            catalogue_number="'L1'",
        ),
    ]
    with lake.connect([]) as con:
        lake.write(con, "enriched_tracks", " union all ".join(rows))
    target = tmp_path / "exports" / "tracklists.txt"
    assert write_tracklists(lake, target) == 3
    assert target.read_text(encoding="utf-8").splitlines() == [
        "2018-05-12 - Mira Vole @ Night Shift",
        "Ossip - Crane [Low Water - L1]",
        "Vole* - Tide",
        "  {artist inferred, 0.97}",
        "",
        "???? - Mira Vole @ Early",
        "ID - ID",
    ]


def test_without_results_the_file_is_empty(lake: Lake, tmp_path: Path) -> None:
    assert write_tracklists(lake, tmp_path / "t.txt") == 0
    assert (tmp_path / "t.txt").read_text(encoding="utf-8") == ""
