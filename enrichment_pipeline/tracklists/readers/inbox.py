"""Which files of an inbox folder are to be read, and why the others are not.

Looks at names and bytes only; reading the content is the readers' affair.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from enrichment_pipeline.tracklists.readers.files import FORMATS, format_of

InboxStatus = Literal["read", "same content", "skipped", "broken"]


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One file seen in the inbox.

    Attributes:
        path: where it is.
        name: its path below the inbox, with forward slashes.
        content_hash: sha256 of its bytes; None when it was not looked into.
        size_bytes: its size.
        status: "read" when it is to be read; else why not: "same content", "skipped", "broken".
        reason: the same in words; "" for a file to be read.
    """

    path: Path
    name: str
    content_hash: str | None
    size_bytes: int
    status: InboxStatus
    reason: str = ""

    @property
    def is_to_be_read(self) -> bool:
        """Whether `read_file` should be called for it."""
        return self.status == "read"


def scan_inbox(folder: Path) -> list[InboxFile]:
    """All files below `folder`, sorted by name; of files with equal content only the first is to be read.

    Hidden files, folders whose name begins with "." or "_" and unknown extensions are skipped, but
    listed with the reason, so that nobody has to wonder where a file went. Files of a skipped folder
    are listed one by one. A file that cannot be opened is "broken".

    Raises:
        FileNotFoundError: there is no such folder.
        NotADirectoryError: it is not a folder.
    """
    if not folder.exists():
        raise FileNotFoundError(f"no inbox folder {str(folder)!r}: create it, or name another one")
    if not folder.is_dir():
        raise NotADirectoryError(f"{str(folder)!r} is a file: the inbox must be a folder")
    found: list[InboxFile] = []
    first_with: dict[str, str] = {}
    for name in sorted(_names(folder)):
        path = folder / name
        reason = _reason_to_skip(name)
        try:
            size = path.stat().st_size
            if reason:
                found.append(InboxFile(path, name, None, size, "skipped", reason))
                continue
            content_hash = _sha256(path)
        except OSError as error:
            found.append(InboxFile(path, name, None, 0, "broken", f"cannot be opened: {error.strerror}"))
            continue
        first = first_with.setdefault(content_hash, name)
        if first == name:
            found.append(InboxFile(path, name, content_hash, size, "read"))
        else:
            found.append(
                InboxFile(path, name, content_hash, size, "same content", f"same content as {first}")
            )
    return found


def _names(folder: Path) -> list[str]:
    # os.walk and not rglob: it does not follow links to folders, so a link to a parent cannot loop.
    return [
        (Path(where) / file).relative_to(folder).as_posix()
        for where, _, files in os.walk(folder)
        for file in files
    ]


def _reason_to_skip(name: str) -> str:
    *folders, file = name.split("/")
    for part in folders:
        if part.startswith((".", "_")):
            return f"in the folder {part!r}, whose name begins with {part[0]!r}"
    if file.startswith("."):
        return "hidden file"
    if format_of(file) is None:
        return f"unknown kind of file: only {', '.join(FORMATS)} are read"
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
