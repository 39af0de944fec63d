"""From the named fields of one row to a play: checks, defaults, positions, layers.

Every reader hands its rows here as a mapping of column names to values, so that a rule about a field
holds for all formats. What a file looks like does not belong here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from enrichment_pipeline.tracklists.readers.dates import UNDATED, SetDate, UnreadableDateError, parse_date
from enrichment_pipeline.tracklists.readers.rows import FileFormat, FileReading, PlayRow, RejectedRow
from enrichment_pipeline.tracklists.readers.set_titles import split_djs

# Column names a file may use, and the field each one fills.
COLUMNS: Mapping[str, str] = {
    "set_id": "set_id",
    "set_name": "set_name",
    "dj": "dj",
    "date": "date",
    "set_date": "date",
    "position": "position",
    "text": "text",
    "raw_text": "text",
    "cue": "cue",
    "artist": "artist",
    "title": "title",
    "label": "label",
    "source": "source",
    "media_id": "media_id",
    "genres": "genres",
}
# One of the first and one of the second group make a tracklist; all else has a default.
SET_FIELDS = frozenset({"set_id", "set_name"})
TEXT_FIELDS = frozenset({"text", "artist", "title"})

DEFAULT_SOURCE = "inbox"
HIGHEST_POSITION = 1_000_000
_POSITION = re.compile(r"\s*([0-9]{1,7})(?:\.0*)?\s*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE_FILE_CHARACTERS = 500


class RowError(ValueError):
    """Why a row cannot become a play; the message tells a person what to do."""


@dataclass(frozen=True, slots=True)
class SetFields:
    """What is the same for all lines of a set, checked."""

    set_id: str
    set_name: str | None
    dj: str | None
    djs: tuple[str, ...]
    set_date: date | None
    source: str
    genres: tuple[str, ...]


@dataclass(slots=True)
class ReadingBuilder:
    """Collects plays, rejected rows and notes of one file and numbers layers and missing positions."""

    file_name: str
    lines_in: int = 0
    plays: list[PlayRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    _notes: Counter[str] = field(default_factory=Counter)
    _plain_notes: dict[str, None] = field(default_factory=dict)
    _layers: dict[tuple[str, int], int] = field(default_factory=dict)
    _last_position: dict[str, int] = field(default_factory=dict)
    _dates: dict[str, SetDate] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Keep a note about the file as a whole; the same note counts once."""
        self._plain_notes[text] = None

    def count(self, what: str) -> None:
        """Count something that happened to a row; it becomes one note with the number of rows."""
        self._notes[what] += 1

    def reject(self, line_no: int, reason: str, raw_text: str, *, place: str | None = None) -> None:
        """Keep a row that cannot become a play."""
        # Half characters (lone surrogates) can come out of JSON escapes and cannot be stored.
        raw_text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", raw_text)
        self.rejected.append(
            RejectedRow(self.file_name, line_no, place or f"line {line_no}", reason, raw_text)
        )

    def set_fields(
        self,
        values: Mapping[str, object],
        *,
        default_source: str = DEFAULT_SOURCE,
        tag_names: Sequence[str] = (),
    ) -> SetFields:
        """Check the fields that describe the set.

        Args:
            values: fields by the names of `COLUMNS`' values.
            default_source: source when none is given.
            tag_names: tags of the set, evidence for splitting its DJs.

        Raises:
            RowError: no set is named, the date cannot be read, or a value is no text.
        """
        set_id, set_name = _text(values, "set_id"), _text(values, "set_name")
        dj, written_date = _text(values, "dj"), _text(values, "date")
        parsed = self._date(written_date)
        if set_id is None:
            if set_name is None:
                raise RowError("no set is named: fill set_id or set_name")
            # The same show on another day, or by another DJ, is another set.
            day = parsed.value.isoformat() if parsed.value else written_date
            set_id = " - ".join(p for p in (day, dj, set_name) if p)
            self.note("no set_id: sets are told apart by date, DJ and name")
        genres = _genres(values.get("genres"))
        djs = split_djs(dj, tag_names) if dj else ()
        return SetFields(
            set_id, set_name, dj, djs, parsed.value, _text(values, "source") or default_source, genres
        )

    def play(self, the_set: SetFields, values: Mapping[str, object], line_no: int) -> None:
        """Add one play of a set.

        Args:
            the_set: the set it belongs to.
            values: fields by the names of `COLUMNS`' values.
            line_no: line or record number in the file.

        Raises:
            RowError: the position cannot be read or a value is no text.
        """
        artist, title = _text(values, "artist"), _text(values, "title")
        raw_text = _raw_text(values)
        composed = not raw_text and bool(artist or title)
        if composed:
            raw_text = f"{artist or 'ID'} - {title or 'ID'}"
        position = _position(values.get("position"))
        label, cue, media_id = _text(values, "label"), _text(values, "cue"), _text(values, "media_id")
        # Nothing may be counted before the last check has passed, or rejected rows would leave gaps.
        if composed:
            self.count("without text: put together from artist and title")
        if position is None:
            position = self._last_position.get(the_set.set_id, 0) + 1
            self.count("without position: numbered in the order of the file")
        self._last_position[the_set.set_id] = position
        place = (the_set.set_id, position)
        layer = self._layers.get(place, 0)
        self._layers[place] = layer + 1
        self.plays.append(
            PlayRow(
                the_set.set_id,
                the_set.set_name,
                the_set.dj,
                the_set.djs,
                the_set.set_date,
                position,
                layer,
                cue,
                raw_text,
                artist,
                title,
                label,
                the_set.source,
                media_id,
                the_set.genres,
                line_no,
            )
        )

    def note_precision(self, parsed: SetDate) -> None:
        """Note that a set's date is only known to the month or year."""
        if parsed.value is not None and parsed.precision in ("month", "year"):
            self.note(f"some dates name only a {parsed.precision}: its first day is taken")

    def reading(
        self, file_format: FileFormat | None, encoding: str | None, notes: Sequence[str] = ()
    ) -> FileReading:
        """The finished reading; `notes` come before the collected ones."""
        counted = tuple(f"{number} row{'s' * (number != 1)} {what}" for what, number in self._notes.items())
        return FileReading(
            file_name=self.file_name,
            format=file_format,
            encoding=encoding,
            notes=(*notes, *self._plain_notes, *counted),
            lines_in=self.lines_in,
            plays=tuple(self.plays),
            rejected=tuple(self.rejected),
        )

    def _date(self, text: str | None) -> SetDate:
        if text is None:
            return UNDATED
        known = self._dates.get(text)
        if known is None:
            try:
                known = parse_date(text)
            except UnreadableDateError as error:
                raise RowError(str(error)) from error
            self._dates[text] = known
            self.note_precision(known)
        return known


def unreadable_file(
    file_name: str,
    reason: str,
    text: str,
    *,
    file_format: FileFormat | None = None,
    encoding: str | None = None,
) -> FileReading:
    """Reading of a file of which nothing can be used: one rejected row with the beginning of its text."""
    builder = ReadingBuilder(file_name, lines_in=1)
    builder.reject(0, reason, text[:_WHOLE_FILE_CHARACTERS], place="whole file")
    return builder.reading(file_format, encoding)


def check_storable(text: str, field_name: str) -> None:
    """Refuse text that no table can hold.

    Raises:
        RowError: NUL bytes or half characters in it.
    """
    if "\0" in text:
        raise RowError(f"{field_name} contains a NUL byte: the file is damaged or not text, export it again")
    if not text.isascii() and _SURROGATE.search(text):
        raise RowError(f"{field_name} contains half a character (a lone surrogate): export the file again")


def _text(values: Mapping[str, object], name: str) -> str | None:
    """A trimmed text field; None for a missing or blank one. Numbers count as they are written."""
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RowError(f"{name} must be text, not {_kind(value)}")
    text = value if isinstance(value, str) else str(value)
    check_storable(text, name)
    return text.strip() or None


def _raw_text(values: Mapping[str, object]) -> str:
    value = values.get("text")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(f"text must be text, not {_kind(value)}: put it in quotes")
    check_storable(value, "text")
    return value


def _position(value: object) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = value if isinstance(value, str) else str(value)
    match = None if isinstance(value, bool) else _POSITION.fullmatch(text)
    if match is None or int(match[1]) > HIGHEST_POSITION:
        raise RowError(f"the position {text[:40]!r} is no whole number: write 1, 2, 3 or leave it empty")
    return int(match[1])


def _genres(value: object) -> tuple[str, ...]:
    parts: Sequence[object]
    if value is None:
        return ()
    if isinstance(value, str):
        parts = re.split(r"[;|]", value)
    elif isinstance(value, list):
        parts = value
    else:
        raise RowError(f"genres must be a list of texts, not {_kind(value)}")
    genres: list[str] = []
    for part in parts:
        if not isinstance(part, str):
            raise RowError(f"genres must be a list of texts, not of {_kind(part)}")
        check_storable(part, "genres")
        if part.strip():
            genres.append(part.strip())
    return tuple(dict.fromkeys(genres))


def _kind(value: object) -> str:
    names = {bool: "true or false", dict: "an object", list: "a list", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
