"""JSON and JSON Lines: the columns of CSV as objects, alone or grouped under their sets; the djmix layout.

One record is one play. Records are numbered from 1 through the whole file, since JSON has no lines
that mean anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from enrichment_pipeline.tracklists.readers.building import (
    COLUMNS,
    TEXT_FIELDS,
    ReadingBuilder,
    RowError,
    SetFields,
    check_storable,
    unreadable_file,
)
from enrichment_pipeline.tracklists.readers.dates import SetDate
from enrichment_pipeline.tracklists.readers.decoding import Decoded, lines_of
from enrichment_pipeline.tracklists.readers.rows import FileReading
from enrichment_pipeline.tracklists.readers.set_titles import parse_set_title, split_djs, styles_of

_TAG_PREFIX = "Category:"
DJMIX_SOURCE = "mixesdb"


def read_json(file_name: str, decoded: Decoded) -> FileReading:
    """Read a JSON file: a list of rows, `{"sets": [...]}` with tracks in each, or the djmix layout.

    Returns:
        The reading; one rejected row for the whole file when it is no JSON or holds no rows.
    """
    if not decoded.text.strip():
        return ReadingBuilder(file_name).reading(
            "json", decoded.encoding, (*decoded.notes, "the file is empty")
        )
    content, problem = _loads(decoded.text)
    if problem is None:
        if isinstance(content, dict) and isinstance(content.get("sets"), list):
            sets = content["sets"]
        elif isinstance(content, list):
            sets = content
        else:
            sets = None
            problem = 'holds neither a list of rows nor {"sets": [...]}: see docs/input.md for the layouts'
        if sets is not None:
            return _read_records(file_name, sets, decoded, grouped=isinstance(content, dict))
    return unreadable_file(
        file_name, str(problem), decoded.text, file_format="json", encoding=decoded.encoding
    )


def read_json_lines(file_name: str, decoded: Decoded) -> FileReading:
    """Read JSON Lines: one row a line; a line that is no JSON object is rejected, the others go on."""
    builder = ReadingBuilder(file_name)
    for line_no, line in enumerate(lines_of(decoded.text), start=1):
        if not line.strip(" \t"):
            continue
        builder.lines_in += 1
        record, problem = _loads(line)
        try:
            if problem is not None:
                raise RowError(f"the line {problem}")
            if not isinstance(record, dict):
                raise RowError("the line is no JSON object: write one {...} a line")
            row = _track_row(builder, record)
            builder.play(builder.set_fields(row), row, line_no)
        except RowError as error:
            builder.reject(line_no, str(error), line)
    notes = decoded.notes if builder.lines_in else (*decoded.notes, "the file is empty")
    return builder.reading("jsonl", decoded.encoding, notes)


def _read_records(
    file_name: str, records: Sequence[object], decoded: Decoded, *, grouped: bool
) -> FileReading:
    builder = ReadingBuilder(file_name)
    prefix = "sets" if grouped else ""
    is_djmix = any(_holds_list(record, "tracklist") for record in records)
    grouped = grouped or any(_holds_list(record, "tracks") for record in records)
    numbers = count(1)
    if not records:
        builder.note("the file holds no rows")
    for n, record in enumerate(records):
        place = f"{prefix}[{n}]"
        if is_djmix or grouped:
            _read_set(builder, record, place, numbers, tracks_name="tracklist" if is_djmix else "tracks")
        else:
            _read_row(builder, record, place, next(numbers))
    return builder.reading("djmix" if is_djmix else "json", decoded.encoding, decoded.notes)


def _holds_list(record: object, name: str) -> bool:
    return isinstance(record, dict) and isinstance(record.get(name), list)


def _read_row(builder: ReadingBuilder, record: object, place: str, number: int) -> None:
    builder.lines_in += 1
    try:
        if not isinstance(record, dict):
            raise RowError("the record is no object: write {...} with the columns as names")
        row = _track_row(builder, record)
        builder.play(builder.set_fields(row), row, number)
    except RowError as problem:
        builder.reject(number, str(problem), _dump(record), place=place)


def _read_set(
    builder: ReadingBuilder, record: object, place: str, numbers: Iterator[int], *, tracks_name: str
) -> None:
    tracks = record.get(tracks_name) if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(tracks, list):
        builder.lines_in += 1
        reason = f"the set has no list named {tracks_name!r}: give it one, empty if need be"
        builder.reject(next(numbers), reason, _dump(record), place=place)
        return
    if not tracks:
        builder.note(f"{place} has no tracks")
    the_set: SetFields | None = None
    set_problem = ""
    try:
        the_set = (
            _djmix_set(builder, record)
            if tracks_name == "tracklist"
            else builder.set_fields(_row(builder, record))
        )
    except RowError as problem:
        # The set cannot be used, so none of its lines can; each is kept by itself.
        set_problem = f"its set {place}: {problem}"
    for n, track in enumerate(tracks):
        builder.lines_in += 1
        number = next(numbers)
        try:
            if the_set is None:
                raise RowError(set_problem)
            row = _djmix_row(track, n + 1) if tracks_name == "tracklist" else _track_row(builder, track)
            builder.play(the_set, row, number)
        except RowError as problem:
            builder.reject(number, str(problem), _dump(track), place=f"{place}.{tracks_name}[{n}]")


def _djmix_set(builder: ReadingBuilder, record: Mapping[str, object]) -> SetFields:
    set_id, title, tags = record.get("id"), record.get("title"), record.get("tags")
    if not isinstance(set_id, str | int) or not isinstance(title, str | None):
        raise RowError("id and title must be text: give the set both")
    check_storable(title or "", "title")
    parsed = parse_set_title(title or "")
    if parsed.problem:
        raise RowError(f"the title {title!r}: {parsed.problem}")
    builder.note_precision(SetDate(parsed.date, parsed.precision))
    keys = [tag.get("key") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    tag_names = [key.removeprefix(_TAG_PREFIX) for key in keys if isinstance(key, str)]
    base = builder.set_fields({"set_id": set_id, "set_name": parsed.name}, default_source=DJMIX_SOURCE)
    return SetFields(
        set_id=base.set_id,
        set_name=base.set_name,
        dj=parsed.dj,
        djs=split_djs(parsed.dj, tag_names) if parsed.dj else (),
        set_date=parsed.date,
        source=base.source,
        genres=styles_of(tag_names),
    )


def _djmix_row(track: object, position: int) -> Mapping[str, object]:
    if not isinstance(track, dict):
        raise RowError('the track is no object: write {"id": ..., "title": "..."}')
    if "title" not in track:
        raise RowError("the track has no title: the djmix layout keeps the line's text there")
    # What the djmix layout calls a track's title is the whole line, and its id is a recording's.
    return {"text": track.get("title"), "media_id": track.get("id"), "position": position}


def _track_row(builder: ReadingBuilder, track: object) -> Mapping[str, object]:
    if isinstance(track, str):
        return {"text": track}
    if not isinstance(track, dict):
        raise RowError("the track is neither a text nor an object with the columns as names")
    row = _row(builder, track)
    if not row.keys() & TEXT_FIELDS:
        # An empty text is a play; a missing one is more likely a misspelled name.
        raise RowError("the record has neither text nor artist nor title: name one of them, empty if need be")
    return row


def _row(builder: ReadingBuilder, record: Mapping[str, object]) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, value in record.items():
        known = COLUMNS.get("_".join(name.strip().casefold().split()))
        if known is None:
            if name != "tracks":
                builder.note(f"field {name[:40]!r} is not used")
        elif row.get(known) is None:
            row[known] = value
    return row


def _loads(text: str) -> tuple[object, str | None]:
    """The parsed JSON and None, or None and what is wrong with it in words."""
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return None, f"is no JSON: {error.msg} in line {error.lineno}, column {error.colno}; correct it there"
    except RecursionError:
        return None, "is nested too deep to be a tracklist"
    except ValueError as error:  # a number of thousands of digits
        return None, f"is no JSON that can be read: {error}"


def _dump(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(a record nested too deep to be written out)"
