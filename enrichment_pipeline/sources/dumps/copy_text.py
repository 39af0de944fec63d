r"""PostgreSQL's COPY text, streamed to Parquet: TAB between columns, `\N` for null, backslash escapes, no header.

Cutting lines is Arrow's work; escapes are undone here, because they are few and its reader knows none of them.
Which columns a table has stands in `core_tables.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError

# A row longer than a block cannot be read; the longest texts of the core tables are far below.
_BLOCK_BYTES = 8 << 20
_NULL = "\\N"
# COPY ends with this line when it is fed to a client; files have it now and then.
_END_MARK = "\\."

_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(frozen=True, slots=True)
class CopyTable:
    """One table of a dump: all its columns in order, and those that are kept, as whole numbers or as text.

    A row that lacks a `required` one is broken.
    """

    name: str
    columns: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()

    @property
    def schema(self) -> pa.Schema:
        """The kept columns as Arrow types."""
        return pa.schema(
            [(name, pa.int32()) for name in self.numbers] + [(name, pa.string()) for name in self.texts]
        )


def unescape(value: bytes) -> bytes:
    r"""One value of COPY text without its escapes.

    `\b \f \n \r \t \v`, octal `\101` and hexadecimal `\x41` are the characters they name; any other
    character behind a backslash is itself. `\N` alone is null and must have been recognised before.
    """
    return _ESCAPE.sub(_unescaped, value) if b"\\" in value else value


def _unescaped(match: re.Match[bytes]) -> bytes:
    hexadecimal, octal, letter = match.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    return _LETTERS.get(letter, letter)


def copy_to_parquet(stream: IO[bytes], table: CopyTable, target: Path, broken: BrokenRows) -> int:
    """Write the kept columns of one COPY file as Parquet, block by block.

    A row with another number of columns, a number that is none, bytes that are no UTF-8, or without a
    required value goes to `broken` with its line and not into the file.

    Args:
        stream: the file.
        table: what its columns are.
        target: Parquet file to make.
        broken: takes the broken rows.

    Returns:
        Number of rows written.

    Raises:
        DumpError: not a single row has the columns of the table.
    """
    reading = _Reading(table, broken)
    rows = 0
    with pa.parquet.ParquetWriter(target, table.schema, compression="zstd", compression_level=1) as writer:
        for batch in reading.batches(stream):
            rows += batch.num_rows
            writer.write_batch(batch)
    if rows == 0 and reading.cut_rows:
        raise DumpError(
            f"mbdump/{table.name}: none of its {reading.cut_rows} rows has the {len(table.columns)} columns known "
            f"here ({', '.join(table.columns)}); the layout has changed and core_tables.py must follow"
        )
    return rows


class _Reading:
    """One pass over one file; knows which line a row of a batch stood on."""

    def __init__(self, table: CopyTable, broken: BrokenRows) -> None:
        self._table = table
        self._file = f"mbdump/{table.name}"
        self._broken = broken
        self._rows_before = 0
        self._cut_lines: list[int] = []  # lines Arrow did not take, in order
        self.cut_rows = 0

    def batches(self, stream: IO[bytes]) -> Iterator[pa.RecordBatch]:
        kept = [*self._table.numbers, *self._table.texts]
        try:
            # one thread: only then does Arrow say on which line a row of the wrong length stands
            reader = pa.csv.open_csv(
                stream,
                read_options=pa.csv.ReadOptions(
                    column_names=list(self._table.columns), use_threads=False, block_size=_BLOCK_BYTES
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter="\t",
                    quote_char=False,
                    escape_char=False,
                    double_quote=False,
                    newlines_in_values=False,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._refuse,
                ),
                convert_options=pa.csv.ConvertOptions(
                    # bytes first: one value that is no UTF-8 must not end the whole file
                    column_types=dict.fromkeys(kept, pa.binary()),
                    null_values=[_NULL],
                    strings_can_be_null=True,
                    include_columns=kept,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise DumpError(f"{self._file}: {error}") from error
        try:
            for batch in reader:
                yield self._converted(batch)
                self._rows_before += batch.num_rows
        except pa.ArrowInvalid as error:
            raise DumpError(f"{self._file}: {error}") from error

    def _refuse(self, row: pa.csv.InvalidRow) -> str:
        insort(self._cut_lines, row.number)
        if row.text != _END_MARK:
            self.cut_rows += 1
            found = f"{row.actual_columns} columns instead of {row.expected_columns}"
            self._note(row.number, found, row.text)
        return "skip"

    def _note(self, line: int, reason: str, text: str) -> None:
        self._broken.add(self._file, line, reason, text)

    def _line(self, row: int) -> int:
        """Line of the n-th row that Arrow took, from 1: those it did not take stand between."""
        line = row
        while (moved := row + bisect_left(self._cut_lines, line + 1)) != line:
            line = moved
        return line

    def _converted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        bad: dict[int, str] = {}
        columns = [
            self._number(name, batch.column(name), bad)
            if name in self._table.numbers
            else self._text(name, batch.column(name), bad)
            for name in self._table.schema.names
        ]
        for name in sorted(self._table.required):
            missing = columns[self._table.schema.get_field_index(name)].is_null()
            if pc.any(missing).as_py():
                for row in pc.indices_nonzero(missing).to_pylist():
                    bad.setdefault(row, f"{name} is empty")
        converted = pa.RecordBatch.from_arrays(columns, schema=self._table.schema)
        if not bad:
            return converted
        for row in sorted(bad):
            values = (value.as_py() for value in (batch.column(i)[row] for i in range(batch.num_columns)))
            text = "\t".join(_NULL if value is None else value.decode("utf-8", "replace") for value in values)
            self._note(self._line(self._rows_before + row + 1), bad[row], text)
        return converted.filter(pa.array([row not in bad for row in range(batch.num_rows)], pa.bool_()))

    @staticmethod
    def _text(name: str, column: pa.Array, bad: dict[int, str]) -> pa.Array:
        escaped = pc.fill_null(pc.match_substring(column, b"\\"), False)
        if pc.any(escaped).as_py():
            plain = [unescape(value) for value in column.filter(escaped).to_pylist()]
            column = pc.replace_with_mask(column, escaped, pa.array(plain, pa.binary()))
        try:
            return column.cast(pa.string())
        except pa.ArrowInvalid:
            return pa.array(_each(name, column, bad, _decoded, "is no UTF-8"), pa.string())

    @staticmethod
    def _number(name: str, column: pa.Array, bad: dict[int, str]) -> pa.Array:
        try:
            return column.cast(pa.string()).cast(pa.int32())
        except pa.ArrowInvalid:
            return pa.array(_each(name, column, bad, _whole_number, "is no whole number"), pa.int32())


def _each(name: str, column: pa.Array, bad: dict[int, str], read: object, fault: str) -> list[object]:
    values: list[object] = []
    for row, value in enumerate(column.to_pylist()):
        try:
            values.append(None if value is None else read(value))  # type: ignore[operator]
        except ValueError:
            bad.setdefault(row, f"{name} {fault}: {value!r}")
            values.append(None)
    return values


def _decoded(value: bytes) -> str:
    return value.decode("utf-8")


def _whole_number(value: bytes) -> int:
    number = int(value)
    if not -(1 << 31) <= number < 1 << 31:
        raise ValueError(value)
    return number
