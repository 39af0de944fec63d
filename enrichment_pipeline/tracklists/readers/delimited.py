"""CSV and TSV: a header that names the columns, then one play per line.

A tracklist line is one line, so every physical line is a row by itself: a forgotten closing quote
costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass

from enrichment_pipeline.tracklists.readers.building import (
    COLUMNS,
    SET_FIELDS,
    TEXT_FIELDS,
    ReadingBuilder,
    RowError,
    SetFields,
    unreadable_file,
)
from enrichment_pipeline.tracklists.readers.decoding import Decoded, lines_of
from enrichment_pipeline.tracklists.readers.rows import FileFormat, FileReading

_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
# The default stops at 128 KiB a field; a line longer than that is still a line.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class _Header:
    delimiter: str
    fields: tuple[str | None, ...]  # the field each column fills; None for a column nobody asked for
    names: tuple[str, ...]


def read_delimited(file_name: str, decoded: Decoded, file_format: FileFormat) -> FileReading:
    """Read CSV or TSV text; the delimiter is the one that makes most sense of the header.

    Args:
        file_name: name for messages.
        decoded: the file's text.
        file_format: "csv" or "tsv", by the file's name; decides between delimiters that fit equally.

    Returns:
        The reading; one rejected row for the whole file when its header names no tracklist.
    """
    lines = lines_of(decoded.text)
    header_no = next((n for n, line in enumerate(lines) if line.strip(" \t")), None)
    builder = ReadingBuilder(file_name)
    if header_no is None:
        return builder.reading(file_format, decoded.encoding, (*decoded.notes, "the file is empty"))
    header = _header(lines[header_no], "\t" if file_format == "tsv" else ",")
    known = {f for f in header.fields if f}
    if not (known & SET_FIELDS and known & TEXT_FIELDS):
        reason = (
            "the first line names no tracklist columns: it must hold set_id (or set_name) and text (or "
            f"artist and title), parted by comma, semicolon or tab; found {', '.join(header.names)[:200]!r}"
        )
        return unreadable_file(
            file_name, reason, decoded.text, file_format=file_format, encoding=decoded.encoding
        )
    _note_columns(builder, header)
    _read_rows(builder, lines, header_no + 1, header)
    return builder.reading(file_format, decoded.encoding, decoded.notes)


def _read_rows(builder: ReadingBuilder, lines: list[str], first: int, header: _Header) -> None:
    split = _splitter(header.delimiter)
    set_columns = [
        n
        for n, f in enumerate(header.fields)
        if f in ("set_id", "set_name", "dj", "date", "source", "genres")
    ]
    sets: dict[tuple[str, ...], SetFields] = {}
    for line_no, line in enumerate(lines[first:], start=first + 1):
        if not line.strip(" \t"):
            continue  # a blank line parts rows and is none
        builder.lines_in += 1
        try:
            if "\0" in line:
                raise RowError(
                    "the row contains a NUL byte: the file is damaged or not text, export it again"
                )
            values = split(line)
            if len(values) != len(header.fields):
                raise RowError(_wrong_width(len(values), len(header.fields), header.delimiter))
            row = {f: v for f, v in zip(header.fields, values, strict=True) if f is not None}
            set_values = tuple(values[n] for n in set_columns)
            the_set = sets.get(set_values)
            if the_set is None:
                the_set = sets[set_values] = builder.set_fields(row)
            builder.play(the_set, row, line_no)
        except RowError as problem:
            builder.reject(line_no, str(problem), line)


def _header(line: str, preferred: str) -> _Header:
    candidates = [preferred, *(d for d in _DELIMITER_NAMES if d != preferred)]
    headers = [_header_by(line, delimiter) for delimiter in candidates]
    # max takes the first of equals: the delimiter the file's name announces
    return max(headers, key=lambda h: sum(f is not None for f in h.fields))


def _header_by(line: str, delimiter: str) -> _Header:
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        names = line.split(delimiter)
    fields: list[str | None] = []
    for name in names:
        known = COLUMNS.get("_".join(name.strip().casefold().split()))
        fields.append(known if known not in fields else None)
    return _Header(delimiter, tuple(fields), tuple(n.strip() for n in names))


def _note_columns(builder: ReadingBuilder, header: _Header) -> None:
    if header.delimiter == ";":
        builder.note("columns are parted by semicolons")
    for name, known in zip(header.names, header.fields, strict=True):
        if known is None:
            builder.note(f"column {name!r} is not used" if name else "a column without a name is not used")


def _splitter(delimiter: str) -> Callable[[str], list[str]]:
    def split(line: str) -> list[str]:
        if '"' not in line:
            return line.split(delimiter)
        try:
            return next(csv.reader((line,), delimiter=delimiter, strict=True))
        except csv.Error as error:
            if delimiter == "\t":
                # Many writers of TSV do not quote at all, and titles begin with quotes.
                return line.split(delimiter)
            if "unexpected end" in str(error):
                raise RowError(
                    "a quote is opened and not closed on the same line: close it, or double the quotes that "
                    "are part of the text"
                ) from error
            raise RowError(
                'a quoted field goes on after its closing quote: double quotes that are part of the text ("")'
            ) from error

    return split


def _wrong_width(found: int, expected: int, delimiter: str) -> str:
    name = _DELIMITER_NAMES[delimiter]
    fields = f"{found} field{'s' * (found != 1)} where the header names {expected}"
    if found > expected:
        return f"{fields}: put a text that contains a {name} in double quotes"
    return f"{fields}: every column needs its {name}, also when it is empty"
