"""What people ask for: "ask this now", "revive that". Appended to a file, which the next run of a bucket looks at.

Who asks sources takes a wish for a wake; the queue, made after it, notes what came of it.

The table has one writer, its asset; a person at a terminal never writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

from enrichment_pipeline.lake.lake import Lake

Kind = Literal["ask", "revive"]
EVERY_TRACK = "*"


@dataclass(frozen=True, slots=True)
class Wish:
    """One request: when, of which track (`EVERY_TRACK` for all that are exhausted), to ask or to revive."""

    at: datetime
    track_key: str
    kind: Kind


def requests_file(lake: Lake) -> Path:
    """Where requests are kept: JSON lines, never rewritten."""
    return lake.root / "state" / "cooldown_requests.jsonl"


def append_wish(lake: Lake, wish: Wish) -> None:
    """Add a request; a line is written in one piece, so that two people can do so at once."""
    file = requests_file(lake)
    file.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": wish.at.isoformat(), "track_key": wish.track_key, "kind": wish.kind})
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")


def read_wishes(lake: Lake) -> list[Wish]:
    """All requests, oldest first; a line that is none is passed over, as a file that people can edit may hold some."""
    file = requests_file(lake)
    if not file.exists():
        return []
    found = [_wish(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted((wish for wish in found if wish is not None), key=lambda wish: (wish.at, wish.track_key))


def wishes_as_arrow(wishes: Sequence[Wish]) -> pa.Table:
    """Requests as a table (at, track_key, kind) for SQL; times are UTC without zone, as tables hold them."""
    rows = [
        {"at": w.at.astimezone(UTC).replace(tzinfo=None), "track_key": w.track_key, "kind": w.kind}
        for w in wishes
    ]
    schema = pa.schema({"at": pa.timestamp("us"), "track_key": pa.string(), "kind": pa.string()})
    return pa.Table.from_pylist(rows, schema=schema)


def _wish(line: str) -> Wish | None:
    try:
        values = json.loads(line)
        at = datetime.fromisoformat(values["at"])
        kind, track_key = values["kind"], values["track_key"]
    except (ValueError, KeyError, TypeError):
        return None
    if at.tzinfo is None or kind not in get_args(Kind) or not isinstance(track_key, str):
        return None
    return Wish(at, track_key, kind)
