"""Which tables of outside evidence are heard, in the order they are asked.

A source of a new kind adds one line here; the questions, the decision and the tier log then know of it. How a
source is asked stands in `enrichment_pipeline.sources`.
"""

from __future__ import annotations

from dataclasses import dataclass

from enrichment_pipeline.labels.decision import OPEN_TIER, WEB_TIER


@dataclass(frozen=True, slots=True)
class OutsideTables:
    """Evidence (columns of `label_evidence`) and look-ups of one asset that asks outside."""

    evidence: str
    lookups: str
    tier: str


OUTSIDE: tuple[OutsideTables, ...] = (
    OutsideTables("musicbrainz_labels", "musicbrainz_lookups", OPEN_TIER),
    OutsideTables("partner_labels", "partner_lookups", OPEN_TIER),
    OutsideTables("songstats_labels", "songstats_lookups", OPEN_TIER),
    OutsideTables("scraped_labels", "scraped_lookups", WEB_TIER),
)
OUTSIDE_EVIDENCE = tuple(source.evidence for source in OUTSIDE)
OUTSIDE_LOOKUPS = tuple(source.lookups for source in OUTSIDE)


def before(lookups: str) -> tuple[str, ...]:
    """Look-up tables asked before this one, whose hits it need not ask again.

    Raises:
        ValueError: no such table.
    """
    return OUTSIDE_LOOKUPS[: OUTSIDE_LOOKUPS.index(lookups)]
