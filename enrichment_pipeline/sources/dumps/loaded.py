"""Which dump a table was loaded from, so that the same one is not loaded twice and look-ups know its date.

A small JSON file beside the state of the hosts; how dumps are loaded stands in the modules of each.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.report import DumpReport

_DIGITS = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[ T-]?(\d{2}):?(\d{2}):?(\d{2}))?")

_SOURCES = {"musicbrainz_dump": "mb_track_labels", "discogs_dump": "discogs_track_labels"}


@dataclass(frozen=True, slots=True)
class LoadedDump:
    """What a table holds: place and checksum of the dump, its own date (UTC), rows, and when it was loaded."""

    place: str
    sha256: str
    dumped_at: datetime
    rows: int
    loaded_at: datetime
    asked_for: str


def note_loaded(lake: Lake, report: DumpReport, *, asked_for: str, now: datetime) -> LoadedDump:
    """Write down what was loaded; `asked_for` is the place as it was named."""
    dump = LoadedDump(
        place=report.place,
        sha256=report.sha256,
        dumped_at=dump_date(report.dumped_at) or now,
        rows=report.rows,
        loaded_at=now,
        asked_for=asked_for,
    )
    file = _file(lake, report.table)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(dump), default=datetime.isoformat, indent=2) + "\n", encoding="utf-8")
    draft.replace(file)
    return dump


def loaded_dump(lake: Lake, table: str) -> LoadedDump | None:
    """What a table was loaded from; None where nothing was, or its note is lost."""
    try:
        values = json.loads(_file(lake, table).read_text(encoding="utf-8"))
        for name in ("dumped_at", "loaded_at"):
            values[name] = datetime.fromisoformat(values[name])
        return LoadedDump(**values) if lake.files(table) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def dump_dates(lake: Lake) -> dict[str, datetime]:
    """The date of each dump that is loaded, by the name of the source that answers from it."""
    dates = {source: loaded_dump(lake, table) for source, table in _SOURCES.items()}
    return {source: dump.dumped_at for source, dump in dates.items() if dump is not None}


def dump_date(text: str | None) -> datetime | None:
    """The date a dump tells of itself: "2026-05-02 00:06:12.3+00" or "20260502-080003"; None for no date."""
    match = _DIGITS.search(text or "")
    if match is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def _file(lake: Lake, table: str) -> Path:
    return lake.root / "state" / f"dump-{table}.json"
