"""Raw answers, kept: compressed by content hash, found again by what was asked.

The cache of every source, its audit and its way to run offline are one store. Only answers that say
something (200, 404) are kept, so a fault is never replayed. Nothing here asks anybody.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enrichment_pipeline.sources.outcomes import DownError

_SCHEMA = """
create table if not exists answer (
    host text not null, fingerprint text not null, request text not null, status integer not null,
    media_type text not null, ref text not null, asked_at text not null, primary key (host, fingerprint)
) without rowid
"""
# Writers of several processes take turns; a commit takes milliseconds.
_BUSY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, now or earlier.

    `request` is the request in words without secrets; `asked_at` is when the host was asked, UTC;
    `ref` is the content hash under which the body is kept ("" where it is not kept).
    """

    request: str
    status: int
    media_type: str
    body: bytes
    ref: str
    asked_at: datetime
    is_from_store: bool

    @property
    def is_found(self) -> bool:
        """Whether the host knows what was asked for (200, not 404)."""
        return self.status != 404

    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            DownError: it is none.
        """
        try:
            return json.loads(self.body)
        except (UnicodeDecodeError, ValueError) as error:
            raise DownError(f"{self.request} answered something that is no JSON") from error


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Identity of a request: method, path with query, body. Headers, and so keys, have no part in it."""
    digest = hashlib.sha256(f"{method} {path}\n".encode())
    digest.update(body)
    return digest.hexdigest()


class AnswerStore:
    """Answers below `folder`: `objects/ab/abcd....gz` and an index that several processes share.

    Args:
        folder: made when the first answer is put.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, host: str, key: str, answer: Answer) -> Answer:
        """Keep an answer; returns it with its ref. The body is on disk before the index names it."""
        ref = hashlib.sha256(answer.body).hexdigest()
        target = self._object(ref)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f".{ref}.{uuid.uuid4().hex}.draft")
            # mtime=0: the same body is the same file
            draft.write_bytes(gzip.compress(answer.body, mtime=0))
            draft.replace(target)
        with self._index() as con:
            con.execute(
                "insert or replace into answer values (?, ?, ?, ?, ?, ?, ?)",
                (
                    host,
                    key,
                    answer.request,
                    answer.status,
                    answer.media_type,
                    ref,
                    answer.asked_at.astimezone(UTC).isoformat(),
                ),
            )
        return Answer(
            answer.request, answer.status, answer.media_type, answer.body, ref, answer.asked_at, False
        )

    def get(self, host: str, key: str, *, not_before: datetime | None) -> Answer | None:
        """The kept answer to a request, or None where there is none, or only one asked before `not_before`."""
        if not self._index_file.exists():
            return None
        with self._index() as con:
            row = con.execute(
                "select request, status, media_type, ref, asked_at from answer where host = ? and fingerprint = ?",
                (host, key),
            ).fetchone()
        if row is None:
            return None
        asked_at = datetime.fromisoformat(row[4])
        if not_before is not None and asked_at < not_before:
            return None
        try:
            body = gzip.decompress(self._object(row[3]).read_bytes())
        except (OSError, EOFError):
            return None  # the object was deleted or cut: as if it had never been asked
        return Answer(row[0], row[1], row[2], body, row[3], asked_at, True)

    def forget(self, host: str, ref: str) -> None:
        """Ask again next time: no request to the host is answered by this body any more. The body stays."""
        if ref and self._index_file.exists():
            with self._index() as con:
                con.execute("delete from answer where host = ? and ref = ?", (host, ref))

    def body(self, ref: str) -> bytes:
        """The body kept under a ref.

        Raises:
            KeyError: no such body is kept.
        """
        try:
            return gzip.decompress(self._object(ref).read_bytes())
        except OSError as error:
            raise KeyError(f"no answer is kept under {ref!r}") from error

    def count(self, host: str | None = None) -> int:
        """How many requests have a kept answer, of one host or of all."""
        if not self._index_file.exists():
            return 0
        with self._index() as con:
            rows = con.execute("select count(*) from answer where ? is null or host = ?", (host, host))
            return int(rows.fetchone()[0])

    @property
    def _index_file(self) -> Path:
        return self.folder / "index.db"

    def _object(self, ref: str) -> Path:
        return self.folder / "objects" / ref[:2] / f"{ref}.gz"

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(parents=True, exist_ok=True)
        con = sqlite3.connect(self._index_file, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            con.execute(_SCHEMA)
            yield con
        finally:
            con.close()
