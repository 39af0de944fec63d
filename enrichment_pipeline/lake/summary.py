"""The funnel: how many lines came in, and how far each of them got.

Counts over the tables; who prints them and how long the stages took is told from outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One line of the funnel: what is counted, how many, and of how many."""

    name: str
    words: str
    count: int
    of: int | None


@dataclass(frozen=True, slots=True)
class _Count:
    name: str
    words: str
    tables: tuple[str, ...]
    query: str
    share_of: str | None = None


def _enriched(name: str, words: str, condition: str, share_of: str = "plays") -> _Count:
    query = f"select count(*) from enriched_tracks where {condition}"
    return _Count(name, words, ("enriched_tracks",), query, share_of)


_COUNTS: tuple[_Count, ...] = (
    _Count("lines", "lines in", ("source_files",), "select coalesce(sum(lines), 0) from source_files"),
    _Count(
        "rejected",
        "set aside with a reason",
        ("rejected_rows",),
        "select count(*) from rejected_rows",
        "lines",
    ),
    _Count("plays", "plays", ("raw_tracks",), "select count(*) from raw_tracks", "lines"),
    _Count("sets", "in sets", ("raw_tracks",), "select count(distinct set_key) from raw_tracks"),
    _Count(
        "parsed",
        "name a track",
        ("parsed_labels",),
        "select count(*) from parsed_labels where kind = 'track'",
        "plays",
    ),
    _enriched("label_known", "label known", "label is not null"),
    _enriched("label_tier_1", "  tier 1, the line's own text", "label_tier like '1 %'"),
    _enriched("label_tier_1b", "  tier 1b, internal catalogue", "label_tier like '1b %'"),
    _enriched("label_tier_2", "  tier 2, open sources", "label_tier like '2 %'"),
    _enriched("label_tier_3", "  tier 3, web pages", "label_tier like '3 %'"),
    _enriched("artist_known", "artist known from the text", "artist_band = 'known'"),
    _enriched("artist_verdict", "artist decided by a person", "artist_band = 'verdict'"),
    _enriched("artist_asked", "artist asked for", "artist_band in ('auto', 'review', 'none')"),
    _enriched("artist_auto", "  answered", "artist_band = 'auto'", "artist_asked"),
    _enriched("artist_review", "  for review", "artist_band = 'review'", "artist_asked"),
    _enriched("artist_none", "  none of these", "artist_band = 'none'", "artist_asked"),
)


def funnel(lake: Lake) -> list[FunnelStep]:
    """Count every step for which the tables have been made; before that a 0 would be a false answer."""
    wanted = [count for count in _COUNTS if all(_was_made(lake, table) for table in count.tables)]
    steps: dict[str, FunnelStep] = {}
    with lake.connect(sorted({table for count in wanted for table in count.tables})) as con:
        for count in wanted:
            number = int(con.execute(count.query).fetchall()[0][0])
            of = steps[count.share_of].count if count.share_of in steps else None
            steps[count.name] = FunnelStep(count.name, count.words, number, of)
    return list(steps.values())


def _was_made(lake: Lake, table: str) -> bool:
    # a table cut by month has no file when no month has a row, and is made all the same
    return TABLES[table].partitioned_by is not None or bool(lake.files(table))


def write_run_summary(
    lake: Lake, *, seconds: Mapping[str, float], runs: Mapping[str, str], made_at: datetime
) -> Path:
    """Write `data/reports/run_summary.json`: the funnel, and how long each stage took.

    Args:
        lake: what is counted, and beside which the file lies.
        seconds: wall seconds by stage.
        runs: Dagster run by stage.
        made_at: now.

    Returns:
        The file.
    """
    summary = {
        "made_at": made_at.isoformat(timespec="seconds"),
        "funnel": [asdict(step) for step in funnel(lake)],
        "seconds_per_stage": {name: round(value, 2) for name, value in seconds.items()},
        "seconds": round(sum(seconds.values()), 2),
        "runs": dict(runs),
    }
    target = lake.root / "reports" / "run_summary.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(".run_summary.json.draft")
    draft.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(target)
    return target
