"""One file to one reading: unpacking, decoding and the choice of reader by the file's name.

`read_file` is the only function here that touches the disk.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

from enrichment_pipeline.tracklists.readers.building import unreadable_file
from enrichment_pipeline.tracklists.readers.decoding import UndecodableError, decode
from enrichment_pipeline.tracklists.readers.delimited import read_delimited
from enrichment_pipeline.tracklists.readers.json_files import read_json, read_json_lines
from enrichment_pipeline.tracklists.readers.rows import FileFormat, FileReading
from enrichment_pipeline.tracklists.readers.text_files import read_text

# Extension to format; each may be followed by .gz.
FORMATS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "text",
}
# Zip files are read for the data set of the djmix wheel and nothing else.
ARCHIVES = frozenset({".whl", ".zip"})
DJMIX_MEMBERS = ("djmix-dataset.json.gz", "djmix-dataset.json")
_MANY_BYTES = 1 << 30  # what unpacks to more than 1 GiB is no tracklist, and would not fit in memory


class _UnreadableError(ValueError):
    """The file's bytes cannot be had; the message says what to do."""


def format_of(name: str) -> FileFormat | None:
    """Format a file of this name is read as; None when it is not read. Archives count as "djmix"."""
    bare = name.casefold().removesuffix(".gz")
    suffix = Path(bare).suffix
    if suffix in ARCHIVES and bare == name.casefold():
        return "djmix"
    return FORMATS.get(suffix)


def read_file(path: Path, *, name: str | None = None) -> FileReading:
    """Read one tracklist file of any known format.

    Bad content never raises: what cannot become a play is in `rejected`, and a file of which nothing
    can be read gives one rejected row with the reason and the first 500 characters.

    Args:
        path: a .csv, .tsv, .tab, .json, .jsonl, .ndjson or .txt file, each also as .gz, or the djmix wheel.
        name: name of the file in the reading, such as its path below the inbox; by default `path.name`.

    Returns:
        Plays, rejected rows, notes; `lines_in` = plays + rejected.

    Raises:
        FileNotFoundError: there is no such file.
    """
    name = name or path.name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        return unreadable_file(name, f"cannot be opened: {error.strerror}; check the file's permissions", "")
    return read_bytes(name, data)


def read_bytes(file_name: str, data: bytes) -> FileReading:
    """Read the content of one tracklist file; pure. The format follows from the name, as in `read_file`."""
    file_format = format_of(file_name)
    if file_format is None:
        known = ", ".join(FORMATS)
        return unreadable_file(
            file_name, f"unknown kind of file: rename it to one of {known}", _glimpse(data)
        )
    try:
        decoded = decode(_unpack(file_name, data))
    except (_UnreadableError, UndecodableError) as error:
        return unreadable_file(file_name, f"the file {error}", _glimpse(data), file_format=file_format)
    match file_format:
        case "csv" | "tsv":
            return read_delimited(file_name, decoded, file_format)
        case "jsonl":
            return read_json_lines(file_name, decoded)
        case "text":
            return read_text(file_name, decoded)
        case "json" | "djmix":
            return read_json(file_name, decoded)


def _unpack(file_name: str, data: bytes) -> bytes:
    name = file_name.casefold()
    try:
        if Path(name).suffix in ARCHIVES:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = [m for m in archive.infolist() if m.filename.rsplit("/", 1)[-1] in DJMIX_MEMBERS]
                if not members:
                    raise _UnreadableError(
                        f"is an archive without {DJMIX_MEMBERS[0]}: unpack it and add the files themselves"
                    )
                if members[0].file_size > _MANY_BYTES:
                    raise _UnreadableError("unpacks to more than 1 GiB: cut it into smaller files")
                name, data = members[0].filename.casefold(), archive.read(members[0])
        if name.endswith(".gz"):
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(_MANY_BYTES + 1)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise _UnreadableError(f"cannot be unpacked ({error}): it is damaged, fetch it again") from error
    if len(data) > _MANY_BYTES:
        raise _UnreadableError("unpacks to more than 1 GiB: cut it into smaller files")
    return data


def _glimpse(data: bytes) -> str:
    """The beginning of bytes as text for a person's eyes; NUL bytes, which no table holds, made visible."""
    return data[:2000].decode("utf-8", errors="replace").replace("\0", "\N{SYMBOL FOR NULL}")
