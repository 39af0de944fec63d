"""What is due in `cooldown_queue`, by bucket, and in words. Which run asks for it is the sensor's affair."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from enrichment_pipeline.cooldown.report import wished_buckets
from enrichment_pipeline.lake.lake import Lake

_DUE = "(state = 'due' or (state in ('waiting', 'asked') and due_at <= $now))"


@dataclass(frozen=True, slots=True)
class DueBucket:
    """A bucket with due tracks.

    Attributes:
        bucket: its key.
        tracks: how many are due.
        generation: names this set of due tracks by the newest due time among them, or by the newest wish; a track
            that falls due later, and another wish, make another.
    """

    bucket: str
    tracks: int
    generation: str


def due_buckets(lake: Lake, now: datetime) -> list[DueBucket]:
    """Buckets with tracks somebody wished to be asked (`enrich cooldown ask`), then those whose time has come.

    Longest overdue first.
    """
    with lake.connect(["cooldown_queue"]) as con:
        rows = con.execute(
            f"select bucket, count(*), max(due_at) from cooldown_queue where {_DUE} group by 1 order by min(due_at), 1",
            {"now": _utc(now)},
        ).fetchall()
    due = {bucket: DueBucket(bucket, tracks, newest.isoformat()) for bucket, tracks, newest in rows}
    wished = []
    for bucket, wished_at in wished_buckets(lake).items():
        known = due.pop(bucket, None)
        generation = f"wished {_utc(wished_at).isoformat()}"
        wished.append(DueBucket(bucket, known.tracks if known else 1, generation))
    return [*wished, *due.values()]


def waiting_words(lake: Lake, now: datetime) -> str:
    """Why nothing is due, and what waits."""
    with lake.connect(["cooldown_queue"]) as con:
        waiting, earliest, exhausted = con.execute(
            "select count(*) filter (state in ('waiting', 'asked')), min(due_at) filter (due_at > $now),"
            " count(*) filter (state = 'exhausted') from cooldown_queue",
            {"now": _utc(now)},
        ).fetchall()[0]
    if not waiting and not exhausted:
        return "nothing waits in cooldown_queue"
    until = f"nothing due before {earliest:%Y-%m-%d %H:%M}" if earliest else "nothing will fall due by itself"
    given_up = f", {exhausted:,} given up" if exhausted else ""
    return f"{until}; {waiting:,} waiting{given_up}"


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
