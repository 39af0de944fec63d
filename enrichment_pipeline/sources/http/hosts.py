"""What is remembered of each host over runs and processes: pauses it asked for, and its breaker.

A breaker opens after several failures in a row and stays open for longer each time, so that a host in trouble
is left alone by every process, and by the next run too. Which answers are failures is the client's to say.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SCHEMA = """
create table if not exists host (
    name text primary key, failures integer not null default 0, openings integer not null default 0,
    closed_until text, why text not null default '', is_blocked integer not null default 0
) without rowid;
create table if not exists pause (name text primary key, until text not null) without rowid;
"""
_BUSY_SECONDS = 30.0
# After this many failed requests (each already retried) the host is left alone ...
FAILURES_TO_OPEN = 3
# ... for five minutes, then ten, and so on to a day; a bot check closes it for a day at once.
_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(days=1)
BLOCKED_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HostState:
    """What is remembered of a host: until when it is left alone (None: it may be asked), and why."""

    name: str
    failures: int
    closed_until: datetime | None
    why: str
    is_blocked: bool


class HostMemory:
    """The states of all hosts in one small SQLite file.

    Args:
        file: made on first use.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def state(self, name: str, now: datetime) -> HostState:
        """What is remembered of a host; a pause that is over is told as none."""
        with self._open() as con:
            row = con.execute(
                "select failures, closed_until, why, is_blocked from host where name = ?", (name,)
            ).fetchone()
        if row is None:
            return HostState(name, 0, None, "", False)
        until = datetime.fromisoformat(row[1]) if row[1] else None
        if until is None or until <= now:
            return HostState(name, row[0], None, row[2], False)
        return HostState(name, row[0], until, row[2], bool(row[3]))

    def states(self, now: datetime) -> list[HostState]:
        """All hosts that were ever in trouble, by name."""
        if not self.file.exists():
            return []
        with self._open() as con:
            names = [row[0] for row in con.execute("select name from host order by name")]
        return [self.state(name, now) for name in names]

    def succeeded(self, name: str) -> None:
        """The host answered: forget its troubles."""
        with self._open() as con:
            con.execute("delete from host where name = ? and (failures > 0 or openings > 0)", (name,))

    def failed(self, name: str, why: str, now: datetime, *, until: datetime | None = None) -> datetime | None:
        """The host failed a request.

        Args:
            name: host.
            why: in words, without secrets.
            now: the time.
            until: when it said it may be asked again; it is left alone till then at least.

        Returns:
            Until when it is left alone now; None while it may still be asked.
        """
        with self._open() as con:
            con.execute("begin immediate")
            row = con.execute("select failures, openings from host where name = ?", (name,)).fetchone()
            failures, openings = (row[0] + 1, row[1]) if row else (1, 0)
            closed_until = until
            if failures >= FAILURES_TO_OPEN:
                pause = min(_FIRST_PAUSE * 2**openings, _LONGEST_PAUSE)
                closed_until = max(now + pause, until or now)
                failures, openings = 0, openings + 1
            self._put(con, name, failures, openings, closed_until, why, is_blocked=False)
            con.execute("commit")
        return closed_until

    def blocked(self, name: str, why: str, now: datetime) -> datetime:
        """The host refuses robots: leave it alone for a day. Returns until when."""
        until = now + BLOCKED_PAUSE
        with self._open() as con:
            self._put(con, name, 0, 1, until, why, is_blocked=True)
        return until

    def paused(self, name: str, until: datetime) -> None:
        """The host asked for a rest: no process asks it before `until`."""
        with self._open() as con:
            con.execute(
                "insert into pause values (?, ?) on conflict (name) do update set until = max(until, excluded.until)",
                (name, until.astimezone(UTC).isoformat()),
            )

    def rest(self, name: str) -> datetime | None:
        """Until when the host last asked to be left in peace; None where it never did."""
        with self._open() as con:
            row = con.execute("select until from pause where name = ?", (name,)).fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def _put(
        self,
        con: sqlite3.Connection,
        name: str,
        failures: int,
        openings: int,
        until: datetime | None,
        why: str,
        *,
        is_blocked: bool,
    ) -> None:
        con.execute(
            "insert or replace into host values (?, ?, ?, ?, ?, ?)",
            (name, failures, openings, until.astimezone(UTC).isoformat() if until else None, why, is_blocked),
        )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        con = sqlite3.connect(self.file, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            con.executescript(_SCHEMA)
            yield con
        finally:
            con.close()
