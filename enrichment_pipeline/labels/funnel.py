"""How many lines have a label, and which tier gave it."""

from __future__ import annotations

import duckdb

from enrichment_pipeline.labels.decision import CATALOGUE_TIER, TIERS, TITLE_TIER
from enrichment_pipeline.labels.lines import LINE_LABELS

_COUNTS = f"""
select tier, count(*) from ({LINE_LABELS}) where status in ('accepted', 'self-released') group by 1
"""


def label_funnel(con: duckdb.DuckDBPyConnection) -> dict[str, int | float]:
    """Lines, lines with a label by tier, and what the internal catalogue gained.

    Args:
        con: connection with the views plays, parsed_labels and track_labels.

    Returns:
        `lines`, `with label`, one count per tier (`tier 1 title` ...), `without label in text`,
        `gain of tier 1b` (lines) and `gain share`: of the lines without a label in the text, the share
        that tier 1b gave one.
    """
    lines = int(con.execute("select count(*) from plays").fetchall()[0][0])
    by_tier = {str(tier): int(n) for tier, n in con.execute(_COUNTS).fetchall()}
    without = lines - by_tier.get(TITLE_TIER, 0)
    gain = by_tier.get(CATALOGUE_TIER, 0)
    return {
        "lines": lines,
        "with label": sum(by_tier.values()),
        **{f"tier {tier}": by_tier.get(tier, 0) for tier in TIERS},
        "without label in text": without,
        "gain of tier 1b": gain,
        "gain share": gain / without if without else 0.0,
    }
