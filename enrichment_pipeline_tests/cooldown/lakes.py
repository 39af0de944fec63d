"""A small lake of tracks that are wanted, for the tests of the queue: rows as the layers before would write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from enrichment_pipeline.cooldown.queue import write_cooldown_queue
from enrichment_pipeline.lake.buckets import bucket_of
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.schema import Column
from enrichment_pipeline.lake.tables import TABLES

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
BUCKET = "03"
KEYS = tuple(key for key in (f"track{n}" for n in range(400)) if bucket_of(key) == BUCKET)

Row = dict[str, Any]


def plain(at: datetime) -> datetime:
    """A time as tables hold it."""
    return at.astimezone(UTC).replace(tzinfo=None)


def write(lake: Lake, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace bucket 03 of a table, or the table; columns that must not be empty are filled in."""
    spec = TABLES[table]
    full = [{c.name: row.get(c.name, _filled(c)) for c in spec.columns} for row in rows]
    with lake.connect([]) as con:
        lake.write_rows(con, table, full, partition=BUCKET if spec.partitioned_by else None)


def _filled(column: Column) -> Any:
    if column.name == "bucket":
        return BUCKET
    if not column.required:
        return None
    if column.type.endswith("[]"):
        return []
    return {"VARCHAR": "", "BOOLEAN": False, "BIGINT": 0, "INTEGER": 0, "DOUBLE": 0.0}[column.type]


def want(lake: Lake, *rows: Row) -> None:
    """These tracks, and no others, are unresolved; a row gives track_key and what differs."""
    unresolved = [{"label_missing": True, "artist_missing": False, "plays": 1, **row} for row in rows]
    write(lake, "unresolved_tracks", unresolved)
    write(lake, "label_questions", [{"track_key": row["track_key"]} for row in rows])
    names: dict[str, Row] = {key: {} for key in KEYS}
    names |= {row["track_key"]: row for row in rows}
    write(
        lake, "tracks", [{"track_key": key, "title_key": row.get("title_key")} for key, row in names.items()]
    )


def lookup(key: str, outcome: str = "miss", **more: Any) -> Row:
    """A look-up row of MusicBrainz, answered at START unless it says otherwise."""
    answered = outcome in ("hit", "miss", "ambiguous")
    return {
        "track_key": key,
        "source": "musicbrainz",
        "outcome": outcome,
        "attempts": int(answered),
        "asked_at": plain(START) if answered else None,
        "reason": f"said {outcome}",
        **more,
    }


def queue(lake: Lake, now: datetime = START, **more: Any) -> dict[str, Row]:
    """Write the queue of bucket 03 and read it back, by track."""
    write_cooldown_queue(lake, [BUCKET], now=now, run_id="run", **more)
    return read_queue(lake)


def read_queue(lake: Lake) -> dict[str, Row]:
    """The queue as it is, by track."""
    with lake.connect(["cooldown_queue"]) as con:
        found = con.execute("select * from cooldown_queue order by track_key")
        names = [column[0] for column in found.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}
