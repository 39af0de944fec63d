"""What a person wants to know of the queue: counts, what falls due when, and whether a herd is coming.

Reads only; the states are made in `queue.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from enrichment_pipeline.cooldown.policy import Reason
from enrichment_pipeline.cooldown.requests import read_wishes, wishes_as_arrow
from enrichment_pipeline.lake.lake import Lake

MOST_SHARE_A_DAY = 0.04
# Of fewer tracks a few on one day are many by chance.
_LEAST_TRACKS = 200
# Pauses of hours are meant to end together; a herd is made by steps of a month and more.
_LONG_STEPS = (Reason.NO_MATCH, Reason.AMBIGUOUS, Reason.LOW_PROBABILITY)


@dataclass(frozen=True, slots=True)
class Herd:
    """The day on which most waiting tracks fall due, its share of them, and how many wait."""

    share: float
    day: date | None
    tracks: int

    @property
    def is_herd(self) -> bool:
        """Too many come at once, and there are enough of them to say so."""
        return self.tracks >= _LEAST_TRACKS and self.share > MOST_SHARE_A_DAY

    def words(self) -> str:
        """In one line."""
        if self.day is None:
            return "nobody waits for a day to come"
        return f"{self.share:.1%} of {self.tracks:,} waiting tracks fall due on {self.day}, the fullest day"


@dataclass(frozen=True, slots=True)
class QueueReport:
    """Tracks by state and reason, tracks due by week (Monday), and the herd index."""

    states: tuple[tuple[str, str, int], ...]
    weeks: tuple[tuple[date, int], ...]
    herd: Herd


def herd_sql(due: str) -> str:
    """Query: share of the fullest day, that day, and how many tracks there are.

    Args:
        due: query with the column due_at, one row per waiting track.
    """
    return f"""
select max(n) / sum(n), arg_max(day, (n, -epoch(day))), coalesce(sum(n), 0)::bigint
from (select due_at::date as day, count(*) as n from ({due}) group by 1)
"""


def herd_index(lake: Lake) -> Herd:
    """The herd index of tracks that wait for a step of a month or more."""
    reasons = ", ".join(f"'{reason}'" for reason in _LONG_STEPS)
    with lake.connect(["cooldown_queue"]) as con:
        share, day, tracks = con.execute(
            herd_sql(
                f"select due_at from cooldown_queue where state = 'waiting' and reason in ({reasons}) and due_at is not null"
            )
        ).fetchall()[0]
    return Herd(share or 0.0, day, tracks)


def wished_buckets(lake: Lake) -> dict[str, datetime]:
    """Buckets with wishes that the queue has not taken in, and the newest of each: a run of them is due at once."""
    with lake.connect(["cooldown_queue"]) as con:
        con.register("wish", wishes_as_arrow(read_wishes(lake)))
        rows = con.execute(
            "select q.bucket, max(w.at) from cooldown_queue q"
            " join wish w on w.track_key = q.track_key or (w.track_key = '*' and q.state = 'exhausted')"
            " where q.state <> 'resolved' and w.at > coalesce(q.seen.requested_at, '-infinity') group by 1 order by 1"
        ).fetchall()
    return {bucket: at.replace(tzinfo=UTC) for bucket, at in rows}


def queue_report(lake: Lake) -> QueueReport:
    """Counts of the whole queue."""
    with lake.connect(["cooldown_queue"]) as con:
        states = con.execute(
            "select state, reason, count(*) from cooldown_queue group by all order by 1, 3 desc, 2"
        ).fetchall()
        weeks = con.execute(
            "select date_trunc('week', due_at)::date, count(*) from cooldown_queue where due_at is not null group by 1 order by 1"
        ).fetchall()
    return QueueReport(tuple(states), tuple(weeks), herd_index(lake))
