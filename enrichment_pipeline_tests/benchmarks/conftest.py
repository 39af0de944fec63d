"""The small trained world of the matcher's tests, once."""

from __future__ import annotations

from enrichment_pipeline_tests.matching.conftest import trained_lake, world

__all__ = ["trained_lake", "world"]
