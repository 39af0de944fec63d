"""Writes every table of the catalogue from raw_tracks, parsed_labels and the ledger, in one pass over one connection."""

from __future__ import annotations

from enrichment_pipeline.catalogue import facts
from enrichment_pipeline.catalogue.plays import build_plays
from enrichment_pipeline.catalogue.tables import CATALOGUE_TABLES
from enrichment_pipeline.lake.lake import Lake

_QUERIES = {
    "tracks": facts.TRACKS,
    "internal_catalogue": facts.INTERNAL_CATALOGUE,
    "artists": facts.ARTISTS,
    "artist_labels": facts.ARTIST_LABELS,
    "label_rosters": facts.LABEL_ROSTERS,
    "dj_profiles": facts.DJ_PROFILES,
}


def build_catalogue(lake: Lake) -> dict[str, int]:
    """Replace all catalogue tables; returns row counts by table."""
    with lake.connect(["raw_tracks", "parsed_labels", "ledger"]) as con:
        build_plays(con)
        for table, query in _QUERIES.items():
            # later queries read earlier ones: facts add up from plays to tracks to rosters
            con.execute(f"create or replace temp table {table} as {query}")
        return {table: lake.write(con, table, f"select * from {table}") for table in CATALOGUE_TABLES}
