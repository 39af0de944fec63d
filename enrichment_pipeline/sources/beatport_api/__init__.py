"""Beatport's partner API (v4), for those who have credentials of their own; its public pages are another source."""

from enrichment_pipeline.sources.beatport_api.api import BeatportApi

__all__ = ["BeatportApi"]
