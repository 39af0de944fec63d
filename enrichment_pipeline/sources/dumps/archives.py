"""Streams out of archives: tar with any compression, read once from front to end, nothing unpacked to disk.

What the members mean is the loaders' business.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

import zstandard

from enrichment_pipeline.sources.dumps.report import DumpError

_MAGIC = {b"BZh": "bz2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x8b": "gzip"}
# What a damaged or shortened archive raises, by kind of compression.
_DAMAGE = (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error, zstandard.ZstdError)


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """A file's bytes, decompressed by what the file begins with, whatever it is called."""
    with path.open("rb") as probe:
        head = probe.read(6)
    kind = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
    with ExitStack() as stack:
        if kind == "bz2":
            yield stack.enter_context(bz2.open(path, "rb"))
        elif kind == "xz":
            yield stack.enter_context(lzma.open(path, "rb"))
        elif kind == "gzip":
            yield cast(IO[bytes], stack.enter_context(gzip.open(path, "rb")))
        elif kind == "zstd":
            file = stack.enter_context(path.open("rb"))
            # MetaBrainz packs with a long window; without this its frames are refused
            decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 31)
            yield stack.enter_context(decompressor.stream_reader(file, read_across_frames=True))
        else:
            yield stack.enter_context(path.open("rb"))


def tar_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and bytes of each file in a tar, in order.

    The bytes of a member are readable until the next one is asked for.

    Raises:
        DumpError: the archive is damaged or ends early.
    """
    with (
        damage_named(path),
        open_stream(path) as stream,
        tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as tar,
    ):
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name.removeprefix("./"), file


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turns what a damaged archive raises into a `DumpError` that names the file.

    Needed around whatever reads a member too: the damage shows there.
    """
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's trouble, not the file's
        raise DumpError(
            f"{path}: damaged or cut short ({type(error).__name__}: {error}); fetch it again"
        ) from error
