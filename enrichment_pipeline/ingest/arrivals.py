"""What is new in the inbox since it was last read: by name, size and time, without opening a file.

Cheap enough to be asked every few seconds. Whether a file's content is new is found when it is read, by its hash.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from enrichment_pipeline.lake.lake import Lake


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as the folder shows it.

    Attributes:
        name: its path below the inbox, with forward slashes.
        size: in bytes.
        changed_at: when its content or its name changed last, seconds since 1970. A file that is moved in keeps the
            time of its content, so that alone would not tell.
    """

    name: str
    size: int
    changed_at: float


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What there is to read.

    Attributes:
        new: files that were never read, or are not as they were read.
        gone: names of files that were read and are no longer there.
        unfinished: of the new ones, those that may still be written.
        digest: names this state of the folder; the same state, the same digest.
    """

    new: tuple[SeenFile, ...]
    gone: tuple[str, ...]
    unfinished: tuple[SeenFile, ...]
    digest: str

    def __bool__(self) -> bool:
        """Whether there is anything to read, or to forget."""
        return bool(self.new or self.gone)

    def words(self) -> str:
        """What arrived, in one line."""
        names = [file.name for file in self.new] + [f"{name} (gone)" for name in self.gone]
        shown = ", ".join(names[:3])
        return shown if len(names) <= 3 else f"{shown} and {len(names) - 3:,} more"


def look_into(folder: Path) -> list[SeenFile]:
    """All files below a folder that an inbox reads or lists, sorted; empty where there is no such folder."""
    seen = []
    for where, _, files in os.walk(folder):
        for file in files:
            path = Path(where) / file
            try:
                stat = path.stat()
            except OSError:
                continue  # gone between listing and looking; the next look tells
            name = path.relative_to(folder).as_posix()
            seen.append(SeenFile(name, stat.st_size, max(stat.st_mtime, stat.st_ctime)))
    return sorted(seen, key=lambda file: file.name)


def arrivals(
    seen: Sequence[SeenFile],
    read: dict[str, int],
    read_at: float | None,
    *,
    now: float,
    settle_seconds: float,
) -> Arrivals:
    """What of a folder is not yet read.

    Args:
        seen: what is there.
        read: names and sizes of the files as they were read last.
        read_at: when that reading began, seconds since 1970; None: there was none.
        now: the time, seconds since 1970.
        settle_seconds: a file changed less than this ago may still be written.
    """
    new = tuple(
        file
        for file in seen
        if read.get(file.name) != file.size or read_at is None or file.changed_at >= read_at
    )
    gone = tuple(sorted(set(read) - {file.name for file in seen}))
    listing = "\n".join(f"{file.name}\t{file.size}\t{file.changed_at!r}" for file in seen)
    return Arrivals(
        new=new,
        gone=gone,
        unfinished=tuple(file for file in new if now - file.changed_at < settle_seconds),
        digest=hashlib.sha256(listing.encode()).hexdigest()[:16],
    )


def files_read(lake: Lake) -> dict[str, int]:
    """Names and sizes of the files of the last reading of the inbox."""
    with lake.connect(["source_files"]) as con:
        return dict(con.execute("select file_name, size_bytes from source_files").fetchall())
