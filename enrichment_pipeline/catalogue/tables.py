"""Names of the tables the catalogue writes, apart from the code that does, so that the graph loads fast."""

from __future__ import annotations

CATALOGUE_TABLES = (
    "plays",
    "artists",
    "artist_aliases",
    "label_aliases",
    "tracks",
    "internal_catalogue",
    "artist_labels",
    "label_rosters",
    "dj_profiles",
)
