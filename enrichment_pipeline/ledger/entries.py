"""What one entry of the ledger is: who or what decided which artist of which track, in which run and when.

Values only; where entries are kept stands in `book.py`, which of them are in force in `rule.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["verdict accept", "verdict reject", "auto answer", "revert"]
ACCEPT: Kind = "verdict accept"
REJECT: Kind = "verdict reject"
AUTO: Kind = "auto answer"
REVERT: Kind = "revert"

BY_PERSON, BY_MATCHER = 0, 1


class LedgerError(Exception):
    """Something asked of the ledger cannot be done; the message says what and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision.

    Attributes:
        track_key: the track decided about, as its lines name it.
        kind: verdict accept, verdict reject, auto answer or revert.
        generation: 0 a person's verdict, 1 the matcher's own answer; of a revert that of what it undoes.
        artist: the credit as shown: who made it, or of a reject who did not.
        artist_keys: keys of the main artists of that credit, in order.
        artist_names: the same as names, in the same order.
        run_id: run that decided; a whole run can be undone.
        decided_at: when, UTC.
        probability: 0..1 the matcher gave it; None where it gave none.
        model_hash: model that gave it.
        who: the person; None of an auto answer.
        note: why, in the person's words.
        line: a line of the track as it stood then, so that a person recognises it.
        reverts_run: of a revert, the run it undoes.
        reverts_entry: of a revert, the entry it undoes.
    """

    track_key: str
    kind: Kind
    generation: int
    artist: str
    artist_keys: tuple[str, ...]
    artist_names: tuple[str, ...]
    run_id: str
    decided_at: datetime
    probability: float | None = None
    model_hash: str | None = None
    who: str | None = None
    note: str | None = None
    line: str | None = None
    reverts_run: str | None = None
    reverts_entry: str | None = None

    @property
    def entry_id(self) -> str:
        """Hash of run, track, kind, artists and what is undone: the same decision of one run is one entry."""
        parts = (
            self.run_id,
            self.track_key,
            self.kind,
            "+".join(self.artist_keys),
            self.reverts_entry or "",
        )
        return hashlib.md5("|".join(parts).encode()).hexdigest()

    def row(self) -> dict[str, object]:
        """The entry as a row of table `ledger`."""
        return {
            "entry_id": self.entry_id,
            "track_key": self.track_key,
            "kind": self.kind,
            "generation": self.generation,
            "artist": self.artist,
            "artist_keys": list(self.artist_keys),
            "artist_names": list(self.artist_names),
            "probability": self.probability,
            "model_hash": self.model_hash,
            "who": self.who,
            "note": self.note,
            "line": self.line,
            "reverts_run": self.reverts_run,
            "reverts_entry": self.reverts_entry,
            "run_id": self.run_id,
            "decided_at": self.decided_at.astimezone(UTC).replace(tzinfo=None),
        }


def new_run_id(what: str, now: datetime, token: str) -> str:
    """The id of a run that a person starts, such as `review-20261122T213000-4fe2a1`.

    Args:
        what: review or revert.
        now: the time, with zone.
        token: drawn at the border, so that two people in one second have two runs.
    """
    return f"{what}-{now.astimezone(UTC):%Y%m%dT%H%M%S}-{token}"


def auto_answer(
    track_key: str,
    artist_key: str,
    artist: str,
    *,
    probability: float,
    model_hash: str,
    run_id: str,
    now: datetime,
    line: str | None = None,
) -> Entry:
    """An answer the matcher was sure enough of to be written down: generation 1."""
    return Entry(
        track_key=track_key,
        kind=AUTO,
        generation=BY_MATCHER,
        artist=artist,
        artist_keys=(artist_key,),
        artist_names=(artist,),
        run_id=run_id,
        decided_at=now,
        probability=probability,
        model_hash=model_hash,
        line=line,
    )
