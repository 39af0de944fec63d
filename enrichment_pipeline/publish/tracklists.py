"""The enriched rows as tracklist text, for people: one file with all sets.

How a line is written stands in `enrichment_pipeline.tracklists.text_export`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.text_export import ExportRow, tracklist_lines

TRACKLISTS_NAME = "tracklists.txt"
_ROWS_AT_A_TIME = 10_000

# The columns in the order of ExportRow's fields; sets are told apart by their key, because two sources may
# give the same id.
_ROWS = """
    select
        set_key, set_name, set_date, dj, position, cue, layered, raw_text, artist, title, version, label,
        if(label_inferred, null, catalogue_number), artist_inferred, artist_probability, label_inferred,
        label_source, coalesce(artist_source = 'verdict', false)
    from enriched_tracks order by set_date nulls last, set_key, position, layer, play_id
"""


def write_tracklists(lake: Lake, target: Path) -> int:
    """Write all enriched sets as tracklist text, in the order of their dates; undated sets come last.

    Args:
        lake: holds enriched_tracks; an empty file is written when it was never made.
        target: the file; replaced whole.

    Returns:
        Number of plays written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.draft")
    try:
        with lake.connect(["enriched_tracks"]) as con, draft.open("w", encoding="utf-8") as file:
            plays = int(con.execute("select count(*) from enriched_tracks").fetchall()[0][0])
            for line in tracklist_lines(_rows(con)):
                file.write(f"{line}\n")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return plays


def _rows(con: duckdb.DuckDBPyConnection) -> Iterator[ExportRow]:
    cursor = con.execute(_ROWS)
    while batch := cursor.fetchmany(_ROWS_AT_A_TIME):
        for row in batch:
            yield ExportRow(*row)
