"""What Songstats bills: the distinct objects asked for in a month, counted over runs and processes.

A track is one object however often and by whatever id it is asked for. The count is kept on the safe side: what may
have been billed is counted. What is asked stands in `api.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from enrichment_pipeline.sources.outcomes import QuotaError

_SCHEMA = """
create table if not exists asked (
    month text not null, asked_as text not null, object text not null, first_asked text not null,
    what_for text not null, primary key (month, asked_as)
) without rowid
"""
_BUSY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SongstatsSpending:
    """Paid objects of a month, the cap on them, and about what they cost in EUR."""

    objects: int
    cap: int
    eur_estimate: float


class ObjectCount:
    """The objects asked for, by month, in one small SQLite file.

    Args:
        file: made when the first object is counted.
        cap: most objects of one month.
    """

    def __init__(self, file: Path, cap: int) -> None:
        self.file = file
        self.cap = cap

    def take(self, asked_as: str, what_for: str, now: datetime) -> bool:
        """Count an object that is about to be asked for; one that is counted already costs nothing.

        Args:
            asked_as: id it is asked by.
            what_for: the route.
            now: the time.

        Returns:
            Whether it was counted now.

        Raises:
            QuotaError: the cap of the month is reached.
        """
        month = month_of(now)
        with self._open() as con:
            con.execute("begin immediate")
            known = con.execute(
                "select 1 from asked where month = ? and (asked_as = ? or object = ?)",
                (month, asked_as, asked_as),
            ).fetchone()
            is_new = known is None
            is_full = is_new and self._count(con, month) >= self.cap
            if is_new and not is_full:
                con.execute(
                    "insert into asked values (?, ?, ?, ?, ?)",
                    (month, asked_as, asked_as, now.astimezone(UTC).isoformat(), what_for),
                )
            con.execute("commit")
        if is_full:
            raise QuotaError(
                f"songstats: the {self.cap} paid objects of {month} are used up; "
                "ENRICHMENT_SONGSTATS_OBJECTS sets how many a month may have",
                until=next_month(now),
            )
        return is_new

    def name(self, asked_as: str, object_id: str, now: datetime) -> None:
        """Learn which object an id belongs to, so that its other ids do not count again."""
        if not self.file.exists():
            return  # answered from what is kept: nothing was counted
        with self._open() as con:
            con.execute(
                "update asked set object = ? where month = ? and asked_as = ?",
                (object_id, month_of(now), asked_as),
            )

    def give_back(self, asked_as: str, now: datetime) -> None:
        """Take back the count of an object that surely was not billed: the request was refused."""
        with self._open() as con:
            con.execute("delete from asked where month = ? and asked_as = ?", (month_of(now), asked_as))

    def objects(self, month: str) -> int:
        """How many distinct objects were asked for in a month ("2026-11")."""
        if not self.file.exists():
            return 0
        with self._open() as con:
            return self._count(con, month)

    @staticmethod
    def _count(con: sqlite3.Connection, month: str) -> int:
        row = con.execute("select count(distinct object) from asked where month = ?", (month,)).fetchone()
        return int(row[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        con = sqlite3.connect(self.file, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            con.execute(_SCHEMA)
            yield con
        finally:
            con.close()


def month_of(now: datetime) -> str:
    """The month of a time, by UTC: "2026-11"."""
    return f"{now.astimezone(UTC):%Y-%m}"


def next_month(now: datetime) -> datetime:
    """The first moment of the month after a time, by UTC."""
    now = now.astimezone(UTC)
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
