"""Discogs: a catalogue of releases kept by collectors, asked through its API with a personal token."""

from enrichment_pipeline.sources.discogs.api import Discogs

__all__ = ["Discogs"]
