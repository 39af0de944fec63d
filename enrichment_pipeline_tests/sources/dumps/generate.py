"""Core dumps of invented recordings in the true layout, any number of them, the same ones each time.

For tests and `benchmarks/dumps.py`. A tiny dump whose every row matters is written by hand in `tiny.py`.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ren",
    "ta",
    "vor",
    "sul",
    "pe",
    "dri",
    "nax",
    "hel",
    "om",
    "bra",
    "zen",
    "qui",
    "fa",
    "tus",
    "gol",
]
_BASE = len(_SYLLABLES)
_MASK = (1 << 128) - 1
_STAMP = "2026-11-01 00:00:00.123456+00"
_ROWS_A_CHUNK = 20_000
_NULL = "\\N"
ROOT_FILES = {
    "TIMESTAMP": _STAMP + "\n",
    "COPYING": "Invented data, free for any use.\n",
    "README": "A dump of recordings that do not exist.\n",
    "REPLICATION_SEQUENCE": "\\N\n",
    "SCHEMA_SEQUENCE": "31\n",
}


def uuid_of(kind: int, number: int) -> str:
    """An id as good as any, spread over the whole range as real ones are."""
    mixed = ((number * 1000 + kind + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835) & _MASK
    text = f"{mixed:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def word(number: int) -> str:
    """An invented word; other numbers give other words."""
    number += _BASE * _BASE
    letters = []
    while number:
        number, rest = divmod(number, _BASE)
        letters.append(_SYLLABLES[rest])
    return "".join(reversed(letters)).capitalize()


def _scattered(number: int, salt: int) -> int:
    return (number * 2654435761 + salt * 40503) & 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Recording:
    """One generated recording: what a question about it would ask."""

    number: int
    artist: str
    title: str
    version: str
    isrc: str | None
    label: str


class Catalogue:
    """All of a generated dump, by number: 12 recordings an artist, 4 a release, 60 releases a label."""

    def __init__(self, recordings: int) -> None:
        self.recordings = recordings
        self.artists = max(2, recordings // 12)
        self.releases = max(1, -(-recordings // 4))
        self.labels = max(2, self.releases // 60)

    def artist(self, number: int) -> str:
        """Name of an artist, from 2 on (1 is Various Artists)."""
        return f"{word(_scattered(number, 1) % 90_000)} {word(number)}"

    def label(self, number: int) -> str:
        """Name of a label, from 1 on."""
        return f"{word(number * 7)} Records"

    def artist_of(self, recording: int) -> int:
        """Number of the artist of a recording."""
        return 2 + _scattered(recording, 2) % self.artists

    def label_of(self, release: int) -> int:
        """Number of the label of a release."""
        return 1 + _scattered(release, 3) % self.labels

    def base_title(self, recording: int) -> str:
        """Title without version; some are shared by many recordings."""
        kind = recording % 10
        if kind == 0:
            return word(_scattered(recording, 4) % 3_000)
        first = word(_scattered(recording, 5) % 40_000)
        return first if kind == 1 else f"{first} {word(_scattered(recording, 6) % 9_000)}"

    def version(self, recording: int) -> str:
        """Version as written behind the title, or nothing."""
        kind = _scattered(recording, 7) % 10
        if kind < 2:
            return f" ({self.artist(2 + _scattered(recording, 8) % self.artists)} remix)"
        return {2: " (extended mix)", 3: " (radio edit)", 4: " (dub)"}.get(kind, "")

    def isrc(self, recording: int) -> str | None:
        """ISRC of two recordings in five."""
        return (
            f"QZ{chr(65 + recording % 26)}7A{recording % 100:02}{recording % 100_000:05}"
            if recording % 5 < 2
            else None
        )

    def recording(self, number: int) -> Recording:
        """Everything about one recording, from 1 on."""
        return Recording(
            number,
            self.artist(self.artist_of(number)),
            self.base_title(number),
            self.version(number).strip(" ()"),
            self.isrc(number),
            self.label(self.label_of(self.release_of(number))),
        )

    def release_of(self, recording: int) -> int:
        """Number of the release a recording came out on first."""
        return 1 + (recording - 1) // 4

    def tables(self) -> Mapping[str, Iterable[str]]:
        """Lines of all tables, by name, made while they are read."""
        n, releases = self.recordings, self.releases
        # a third of the recordings stand on a compilation too: four of them a release, behind the others
        compiled = range(3, n + 1, 3)
        compilations = -(-len(compiled) // 4)
        every_release = range(1, releases + compilations + 1)
        return {
            "artist_credit": (
                f"{a}\t{'Various Artists' if a == 1 else self.artist(a)}\t1\t9\t{_STAMP}\t0\t{uuid_of(1, a)}\n"
                for a in range(1, self.artists + 2)
            ),
            "artist_credit_name": (
                f"{a}\t0\t{a}\t{'Various Artists' if a == 1 else self.artist(a)}\t\n"
                for a in range(1, self.artists + 2)
            ),
            "isrc": (
                f"{r}\t{r}\t{isrc}\t0\t{_STAMP}\n"
                for r in range(1, n + 1)
                if (isrc := self.isrc(r)) is not None
            ),
            "label": (
                f"{i}\t{uuid_of(2, i)}\t{self.label(i)}"
                + f"\t{_NULL}" * 7
                + f"\t{4 if i % 3 else _NULL}\t\\N\t\t0\t{_STAMP}\tf\n"
                for i in range(1, self.labels + 1)
            ),
            "label_gid_redirect": (
                f"{uuid_of(9, i)}\t{i}\t{_STAMP}\n" for i in range(1, self.labels + 1, 50)
            ),
            "medium": (f"{m}\t{m}\t1\t12\t\t0\t{_STAMP}\t4\t{uuid_of(3, m)}\n" for m in every_release),
            "recording": (
                f"{r}\t{uuid_of(4, r)}\t{self.base_title(r)}{self.version(r)}\t{self.artist_of(r)}"
                f"\t{180000 + _scattered(r, 9) % 300000}\t\t0\t{_STAMP}\tf\n"
                for r in range(1, n + 1)
            ),
            "recording_gid_redirect": (f"{uuid_of(10, r)}\t{r}\t{_STAMP}\n" for r in range(1, n + 1, 10)),
            "release": (
                f"{r}\t{uuid_of(5, r)}\t{word(r)} EP\t{1 if r > releases else self.artist_of(r * 4)}\t{r}\t1\t\\N\t\\N\t\\N\t\\N"
                f"\t\t0\t-1\t{_STAMP}\n"
                for r in every_release
            ),
            "release_country": (
                f"{r}\t240\t{1995 + r % 30}\t{1 + r % 12 if r % 4 else _NULL}\t{1 + r % 28 if r % 3 and r % 4 else _NULL}\n"
                for r in every_release
            ),
            "release_gid_redirect": (
                f"{uuid_of(11, r)}\t{r}\t{_STAMP}\n" for r in range(1, releases + 1, 25)
            ),
            "release_group": (
                f"{r}\t{uuid_of(6, r)}\t{word(r)} EP\t2\t{1 if r > releases else 2 + r % 2}\t\t0\t{_STAMP}\n"
                for r in every_release
            ),
            "release_group_secondary_type_join": (
                f"{r}\t1\t{_STAMP}\n" for r in range(releases + 1, releases + compilations + 1)
            ),
            "release_label": (
                f"{r}\t{r}\t{self.label_of(r)}\t{word(self.label_of(r))[:3].upper()}{r % 1000:03}\t{_STAMP}\n"
                for r in every_release
            ),
            "release_unknown_country": (),
            "track": (
                f"{t}\t{uuid_of(7, t)}\t{r}\t{m}\t1\t1\t{self.base_title(r)}{self.version(r)}\t{self.artist_of(r)}\t240000\t0\t{_STAMP}\tf\n"
                for t, (r, m) in enumerate(
                    [
                        *((r, self.release_of(r)) for r in range(1, n + 1)),
                        *((r, releases + 1 + i // 4) for i, r in enumerate(compiled)),
                    ],
                    start=1,
                )
            ),
            # of no use here, but it is in every dump
            "artist": (f"{a}\tx\n" for a in range(3)),
        }


def write_core_dump(
    folder: Path,
    tables: Mapping[str, Iterable[str]],
    *,
    root_files: Mapping[str, str] = ROOT_FILES,
    suffix: str = ".tar.bz2",
) -> Path:
    """Write an archive of COPY text beside its `SHA256SUMS`; returns it.

    Args:
        folder: where; made if missing.
        tables: lines by name of table, each with its line end.
        root_files: texts that stand before the tables.
        suffix: .tar, .tar.bz2, .tar.xz, .tar.gz or .tar.zst.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"mbdump{suffix}"
    spool = folder / ".member"
    with _packed(target, suffix) as sink, tarfile.open(fileobj=sink, mode="w|", bufsize=1 << 20) as tar:
        for name, text in root_files.items():
            _add(tar, name, io.BytesIO(text.encode()), len(text.encode()))
        for name, lines in sorted(tables.items()):
            with spool.open("wb") as file:
                _write(file, lines)
            with spool.open("rb") as file:
                _add(tar, f"mbdump/{name}", file, spool.stat().st_size)
    spool.unlink(missing_ok=True)
    write_sums(target)
    return target


def write_sums(*files: Path) -> None:
    """Write `SHA256SUMS` beside files."""
    lines = []
    for path in files:
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()} *{path.name}\n")
    (files[0].parent / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def _packed(target: Path, suffix: str) -> Any:
    # level 1 everywhere: it is written once and read once
    match suffix:
        case ".tar.bz2":
            return bz2.open(target, "wb", compresslevel=1)
        case ".tar.gz":
            return gzip.open(target, "wb", compresslevel=1)
        case ".tar.xz":
            return lzma.open(target, "wb", preset=1)
        case ".tar.zst":
            return zstandard.open(target, "wb")
    return target.open("wb")


def _write(file: io.BufferedWriter, lines: Iterable[str]) -> None:
    chunk: list[str] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _ROWS_A_CHUNK:
            file.write("".join(chunk).encode())
            chunk.clear()
    file.write("".join(chunk).encode())


def _add(tar: tarfile.TarFile, name: str, file: io.BufferedIOBase, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    tar.addfile(member, file)
