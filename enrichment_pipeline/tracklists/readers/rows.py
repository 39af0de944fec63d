"""The values that reading a tracklist file yields: plays, rejected rows, and the reading of one file.

Values and their Arrow form only. What a line's text means belongs to the set-line grammar
(`enrichment_pipeline.tracklists.grammar`), not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Literal

import pyarrow as pa

FileFormat = Literal["csv", "tsv", "json", "jsonl", "djmix", "text"]


@dataclass(slots=True)
class PlayRow:
    """One line of one set, as the file has it.

    Not frozen only because a hundred thousand of them are made at a time and freezing triples the
    cost; treat it as a value.

    Attributes:
        set_id: the set's id as given, or made from its name and date.
        set_name: name of the set without date and DJ.
        dj: the DJ string as given.
        djs: the same, split into DJs; empty when nobody is named.
        set_date: date of the set; None when unknown. A month or a year stands for its first day.
        position: place in the set.
        layer: 0.. running number among the rows of the file with the same set id and position.
        cue: the cue column as given; cues inside the text stay in the text.
        raw_text: the line, unchanged.
        given_artist: artist column, where the file has one.
        given_title: title column, where the file has one.
        given_label: label column, where the file has one.
        source: where the set comes from: "mixesdb", "inbox" or what the file says.
        media_id: id of a recording of this play (a YouTube id in the djmix layout).
        genres: styles of the set.
        line_no: line in the file; for JSON the running number of the record.
    """

    set_id: str
    set_name: str | None
    dj: str | None
    djs: tuple[str, ...]
    set_date: date | None
    position: int
    layer: int
    cue: str | None
    raw_text: str
    given_artist: str | None
    given_title: str | None
    given_label: str | None
    source: str
    media_id: str | None
    genres: tuple[str, ...]
    line_no: int


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row that could not become a play; nothing of it is lost.

    Attributes:
        file_name: name of the file.
        line_no: line or record number; 0 when the whole file is meant.
        place: the same in words: "line 12", "sets[3].tracks[2]", "whole file".
        reason: what is wrong and what to do about it.
        raw_text: the row as it stands in the file (of a whole file: its first 500 characters).
    """

    file_name: str
    line_no: int
    place: str
    reason: str
    raw_text: str


@dataclass(frozen=True, slots=True)
class FileReading:
    """Everything one file gave: `lines_in` = plays + rejected, always.

    `lines_in` is counted before a row is looked at, so that the equation is a real check. A file that
    cannot be read at all counts as one line, which is rejected.
    """

    file_name: str
    format: FileFormat | None  # None when the file could not be told to be any of them
    encoding: str | None
    notes: tuple[str, ...]
    lines_in: int
    plays: tuple[PlayRow, ...]
    rejected: tuple[RejectedRow, ...]


PLAY_SCHEMA = pa.schema(
    [
        pa.field("set_id", pa.string(), nullable=False),
        pa.field("set_name", pa.string()),
        pa.field("dj", pa.string()),
        pa.field("djs", pa.list_(pa.string()), nullable=False),
        pa.field("set_date", pa.date32()),
        pa.field("position", pa.int32(), nullable=False),
        pa.field("layer", pa.int32(), nullable=False),
        pa.field("cue", pa.string()),
        pa.field("raw_text", pa.string(), nullable=False),
        pa.field("given_artist", pa.string()),
        pa.field("given_title", pa.string()),
        pa.field("given_label", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("media_id", pa.string()),
        pa.field("genres", pa.list_(pa.string()), nullable=False),
        pa.field("line_no", pa.int64(), nullable=False),
    ]
)
REJECTED_SCHEMA = pa.schema(
    [
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("line_no", pa.int64(), nullable=False),
        pa.field("place", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("raw_text", pa.string(), nullable=False),
    ]
)


def plays_table(plays: Sequence[PlayRow]) -> pa.Table:
    """Plays as an Arrow table with `PLAY_SCHEMA`; an empty table for no plays."""
    return _table(plays, PLAY_SCHEMA)


def rejected_table(rejected: Sequence[RejectedRow]) -> pa.Table:
    """Rejected rows as an Arrow table with `REJECTED_SCHEMA`; an empty table for none."""
    return _table(rejected, REJECTED_SCHEMA)


def _table(rows: Sequence[PlayRow] | Sequence[RejectedRow], schema: pa.Schema) -> pa.Table:
    columns = [_array(list(map(attrgetter(field.name), rows)), field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _array(values: list[object], type_: pa.DataType) -> pa.Array:
    if not (pa.types.is_list(type_) or pa.types.is_date(type_)):
        return pa.array(values, type=type_)
    # Lists and dates belong to the set and repeat on each of its lines: each is converted once.
    place: dict[object, int] = {}
    places = [place.setdefault(value, len(place)) for value in values]
    return pa.array(list(place), type=type_).take(pa.array(places, type=pa.int64()))


# A column added to one of the two and forgotten in the other would be lost without a word.
assert [f.name for f in fields(PlayRow)] == PLAY_SCHEMA.names
