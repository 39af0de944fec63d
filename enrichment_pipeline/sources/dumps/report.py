"""What loading a dump says afterwards, and how it fails: plain values and exceptions.

Nothing here reads or writes; what is done with a broken row is decided where it is met.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Enough to see what is wrong with a file; the count says how often.
_KEPT_BROKEN_ROWS = 20
_KEPT_CHARACTERS = 300


class DumpError(Exception):
    """A dump cannot be loaded; the message says which file, why, and what to do."""


class DumpNotFoundError(DumpError):
    """There is no such file or address."""


class DumpChecksumError(DumpError):
    """A file is not the one its checksum was made of, or no checksum is known."""


class DumpSchemaError(DumpError):
    """The dump is of a schema whose columns are not known here."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read: file inside the dump, line from 1, why, and its beginning."""

    file: str
    line: int
    reason: str
    text: str


@dataclass(slots=True)
class BrokenRows:
    """Counts broken rows and keeps the first few."""

    count: int = 0
    kept: list[BrokenRow] = field(default_factory=list)

    def add(self, file: str, line: int, reason: str, text: str) -> None:
        """Note one row; `text` is cut."""
        self.count += 1
        if len(self.kept) < _KEPT_BROKEN_ROWS:
            self.kept.append(BrokenRow(file, line, reason, text[:_KEPT_CHARACTERS]))


@dataclass(frozen=True, slots=True)
class DumpReport:
    """What was loaded.

    Args:
        table: the table that was replaced.
        place: path or address of the archive, without user name and query.
        sha256: its checksum, which was compared with the published one.
        archive_bytes: its size.
        rows: rows of the table.
        recordings: different recordings among them.
        dumped_at: when the dump was made, as it says itself; None where it does not.
        schema_sequence: of a MusicBrainz core dump.
        broken_count: rows that could not be read and are missing in the table.
        broken_rows: the first of them.
        seconds: how long loading took, a download included.
    """

    table: str
    place: str
    sha256: str
    archive_bytes: int
    rows: int
    recordings: int
    dumped_at: str | None
    schema_sequence: int | None
    broken_count: int
    broken_rows: tuple[BrokenRow, ...]
    seconds: float
