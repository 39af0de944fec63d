"""Writes `title_questions`: the titles outside sources are asked for. Which those are stands in `external.py`."""

from __future__ import annotations

from collections.abc import Sequence

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching.external import titles_to_ask


def write_title_questions(
    lake: Lake, buckets: Sequence[str], *, most_calibration: int, evaluated: Sequence[str] = ()
) -> dict[str, int]:
    """Replace these buckets of `title_questions`; returns rows per bucket.

    Args:
        lake: tables.
        buckets: buckets to write.
        most_calibration: titles of known tracks asked to learn by, over all buckets.
        evaluated: splits of which every known line's title is asked for too.
    """
    with lake.connect(["plays", "unresolved_tracks", "masked_tracks", "set_splits"]) as con:
        asked = titles_to_ask(con, most_calibration=most_calibration, evaluated=evaluated)
        return lake.write_partitions(
            con, "title_questions", f"select * from {asked}", column="bucket", partitions=buckets
        )
