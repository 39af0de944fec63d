"""Small pieces that the simulated pages share in writing HTML."""

from __future__ import annotations

import json

from enrichment_pipeline_tests.sources.web.catalogue import mbid
from enrichment_pipeline_tests.sources.web.shops import ShopTrack

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number_of(*names: str) -> int:
    """The number that a site gives to the thing with these names."""
    return int(mbid(*names)[:7], 16)


def duration(track: ShopTrack) -> str:
    """The length in minutes and seconds; 0:00 for unknown."""
    minutes, seconds = divmod((track.length_ms or 0) // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def in_script(data: object) -> str:
    """JSON to stand in a script element, which no "<" in it may end."""
    return json.dumps(data).replace("<", "\\u003c")
