"""Songstats: how many DJs played a track by its count of tracklists, and the labels it names on the way."""

from enrichment_pipeline.sources.songstats.api import Songstats, SongstatsCheck
from enrichment_pipeline.sources.songstats.objects import SongstatsSpending

__all__ = ["Songstats", "SongstatsCheck", "SongstatsSpending"]
