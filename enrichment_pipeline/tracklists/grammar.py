"""The set-line grammar: one line of a tracklist becomes one typed reading.

`parse_line` is pure and total: the same text always gives the same `ParsedLine`, and no text makes it
raise. It prefers silence to a guess, because a wrong label or artist costs later stages more than a
missing one. This module holds what others call, and the shortcut that reads the commonest form fast; how
a line of any form is taken apart is in `grammar_reading.py`. What neighbours or other lists say about a
line is not known here.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from enrichment_pipeline.tracklists.grammar_brackets import read_round, read_square, read_version
from enrichment_pipeline.tracklists.grammar_credits import is_plain_name, split_credit
from enrichment_pipeline.tracklists.grammar_reading import (
    LAYER,
    ROUND_LABEL,
    SEPARATOR,
    Draft,
    cue_seconds,
    is_plain_title,
    read_artist,
    read_body,
    read_title_text,
    strip_prefix,
    take_square,
    trim,
)
from enrichment_pipeline.tracklists.grammar_text import REPAIR_NOTES, clean
from enrichment_pipeline.tracklists.grammar_words import (
    COMPANY_END,
    COUNTRY_TAGS,
    DEFAULT_PROTECTED,
    ID_IN_NAMES,
    NOTE,
    UNKNOWN_LENGTH,
    UNKNOWN_STARTS,
)
from enrichment_pipeline.tracklists.line import (
    Bracket,
    BracketKind,
    Credit,
    LineKind,
    ParsedLine,
    Role,
    Version,
)

__all__ = [
    "DEFAULT_PROTECTED",
    "Reader",
    "collector_at_rest",
    "parse_line",
    "parse_many",
    "render",
    "same_reading",
    "split_credit",
]

Row = tuple[Any, ...]
"""The fields of a `ParsedLine` in their order, before the value is made."""

_NO_LABEL: Final = "no bracket that names a label"

_CUE = re.compile(r"\[([\d?]{1,4}(?:[:.][\d?]{1,4}){0,2})\] ")
_PARENT = re.compile(r"[^\[\](){}]+\([^\[\](){}]+\)")  # "Imprint (Parent)"
_MARKS = re.compile(r"[\[\](){}]")
# Words that may make a line of the common shape something else: two acts, a segment, a mashup.
_UNCOMMON_IN_HEAD = (" vs", "versus", " of the ")
_UNCOMMON_IN_TITLE = (" vs", "versus", "mash", "dashup", "raveup")
_UNCOMMON_IN_ROUND = ("mash", "dashup", "raveup", "blend")
# First characters of prefixes (position, layer, debris).
_PREFIX_START = frozenset("0123456789#+*•·►▶>|~-–—?")
_LAYER_START = frozenset("wWvV")
_COMPANY_LAST = frozenset("sSzZ.tThHdDcC")  # last letters of "Records", "Kft.", "GmbH", "Ltd", "Inc"
_OPEN_END = (" ", "-", "–", "—")
_VERSION_KINDS = (BracketKind.VERSION, BracketKind.REMIX)
_SQUARE_KINDS = frozenset(
    {
        BracketKind.LABEL,
        BracketKind.LABEL_NUMBER,
        BracketKind.NUMBER,
        BracketKind.NOTE,
        BracketKind.YEAR,
        BracketKind.TIME,
        BracketKind.JUNK,
    }
)
_ODD_CREDIT = re.compile(r"^(?:feat|ft|w/|with\b)|\baka\b|a\.k\.a", re.IGNORECASE)
_WORD_OR_MARK = re.compile(r"[\w?]")
_Head = tuple[str | None, tuple[Credit, ...], tuple[str, ...], bool]
_Square = tuple[Bracket, tuple[str, ...], str | None, int | None, float, str, tuple[str, ...]]
_MEMORY_LIMIT = 300_000  # entries of one memory; far above one tracklist file, far below any harm


class Reader:
    """Reads lines with fixed knowledge and remembers the parts it has read.

    Artists, titles and labels recur from line to line, so a reader keeps what it made of each. One reader
    serves one thread.
    """

    def __init__(
        self,
        *,
        known_labels: Container[str] = frozenset(),
        protected: Container[str] = DEFAULT_PROTECTED,
    ) -> None:
        """Makes a reader.

        Args:
            known_labels: as for `parse_line`; must not change while the reader is in use.
            protected: as for `parse_line`; must not change while the reader is in use.
        """
        self._known_labels = known_labels
        self._protected = protected
        self._heads: dict[str, _Head | None] = {}
        self._titles: dict[str, str | None] = {}
        self._rounds: dict[str, tuple[Bracket, Version | None] | None] = {}
        self._squares: dict[str, _Square | None] = {}

    def read(self, text: str | None) -> ParsedLine:
        """The reading of one line; see `parse_line`.

        Args:
            text: the line.
        """
        return ParsedLine(*self.row(text))

    def row(self, text: str | None) -> Row:
        """The fields of the reading of one line, in the order of `ParsedLine`.

        Args:
            text: the line.
        """
        raw = "" if text is None else text
        cleaned, repairs = clean(raw)
        row = self._common_row(raw, cleaned, repairs)
        return row or _full_row(raw, cleaned, repairs, self._known_labels, self._protected)

    def _common_row(self, raw: str, text: str, repairs: tuple[str, ...]) -> Row | None:
        """The fields of a line `[cue] Artist - Title (round) [square]`; None sends it the long way.

        Every part but artist and title may be missing, and no bracket mark stands elsewhere. Nine lines of
        ten are of this form.
        """
        cue = inner_round = inner_square = None
        if text.startswith("["):
            match = _CUE.match(text)
            if not match:
                return None
            cue, text = match[1], text[match.end() :]
        if text.endswith("]"):
            start = text.rfind("[")
            if start < 1 or text[start - 1] != " ":
                return None
            inner_square, text = text[start + 1 : -1], text[: start - 1]
        if text.endswith(")"):
            start = text.rfind("(")
            if start < 1 or text[start - 1] != " ":
                return None
            inner_round, text = text[start + 1 : -1], text[: start - 1]
        head, separator, title = text.partition(" - ")
        if not separator or not head or not title:
            return None
        first = head[0]
        if first in _PREFIX_START or (first in _LAYER_START and LAYER.match(head)):
            # Most often a name that starts with a digit ("808 State"), and no prefix at all.
            whole = text if cue is None else f"[{cue}] {text}"
            if strip_prefix(whole)[:4] != (text, cue, None, False):
                return None
        try:
            artist = self._heads[head]
        except KeyError:
            artist = self._read_head(head)
        if artist is None:
            return None
        brackets: tuple[Bracket, ...] = ()
        versions: tuple[Version, ...] = ()
        named: str | None = None
        if inner_round is not None:
            try:
                found = self._rounds[inner_round]
            except KeyError:
                found = self._read_round(inner_round)
            if found is None:
                return None
            bracket, version = found
            if version is None:
                if inner_square is None and self._known_labels:
                    return None
                named = f"{title} ({inner_round})"
            else:
                versions = (version,)
            brackets = (bracket,)
        if named is not None:
            # Not remembered: the same text without a round bracket behind it takes the long way.
            name = self._name_in(named, title)
        else:
            try:
                name = self._titles[title]
            except KeyError:
                name = self._name_in(title, title)
                _remember(self._titles, title, name)
        if name is None:
            return None
        labels: tuple[str, ...] = ()
        number = year = None
        confidence, label_reason, notes = 0.0, _NO_LABEL, artist[2]
        if inner_square is not None:
            try:
                square = self._squares[inner_square]
            except KeyError:
                square = self._read_square(inner_square)
            if square is None:
                return None
            bracket, labels, number, year, confidence, label_reason, more = square
            brackets = (*brackets, bracket)
            if more:
                notes = (*notes, *more)
        elif inner_round is None and name[-1] in _COMPANY_LAST and COMPANY_END.search(name):
            # "Title - Some Records" names a label where the title stands.
            return None
        if repairs or len(notes) > 1:
            notes = tuple(dict.fromkeys((*notes, *repairs)))
        return (
            raw,
            LineKind.TRACK,
            "artist, dash, title",
            cue,
            cue_seconds(cue) if cue else None,
            None,
            False,
            None,
            artist[0],
            artist[1],
            name,
            versions,
            (),
            labels[0] if labels else None,
            labels,
            number,
            year,
            confidence,
            label_reason,
            brackets,
            artist[3],
            False,
            notes,
        )

    def _read_head(self, head: str) -> _Head | None:
        """Reads and remembers an artist credit; None where the line must go the long way."""
        found: _Head | None = None
        sure = len(head) > UNKNOWN_LENGTH or head[0] not in UNKNOWN_STARTS
        if _is_uncommon(head, f"{head} ", _UNCOMMON_IN_HEAD) or ":" in head:
            pass
        elif sure and head[-1] not in ",; -–—" and is_plain_name(head):
            found = (head, (Credit(head, Role.MAIN, ""),), (), False)
        elif sure and head[-1] not in ",; -–—" and not _ODD_CREDIT.search(head):
            credits = split_credit(head, self._protected)
            found = (head, credits, (), False) if credits else None
        else:
            draft = Draft()
            read_artist(draft, head, self._protected)
            unknown = draft.artist is None or not draft.credits
            found = (draft.artist, tuple(draft.credits), tuple(draft.notes), unknown)
        _remember(self._heads, head, found)
        return found

    def _name_in(self, title: str, bare: str) -> str | None:
        """The name a title is; None where it holds more than a name.

        Args:
            title: the title, with a round bracket behind it that is part of the name.
            bare: the title without that bracket.
        """
        found: str | None = None
        if not _is_uncommon(bare, f" {bare} ", _UNCOMMON_IN_TITLE):
            found = title
            if not is_plain_title(title):
                draft = Draft()
                read_title_text(draft, trim(title), self._protected)
                extra = draft.credits or draft.versions or draft.notes or draft.segment
                found = None if extra else draft.title
            if found is not None and not _WORD_OR_MARK.search(found):
                found = None
        return found

    def _read_round(self, inner: str) -> tuple[Bracket, Version | None] | None:
        """Reads and remembers a round bracket; None where it is neither version nor part of the title."""
        found: tuple[Bracket, Version | None] | None = None
        lowered = inner.lower()
        odd = not inner or inner.startswith(_OPEN_END) or inner.endswith(_OPEN_END) or _MARKS.search(inner)
        if not odd and not any(word in lowered for word in _UNCOMMON_IN_ROUND):
            kind, reason, confidence = read_round(inner)
            if kind in _VERSION_KINDS:
                found = (Bracket(inner, kind, reason, confidence), read_version(inner, self._protected))
            elif kind is BracketKind.NAME and inner not in COUNTRY_TAGS and not ROUND_LABEL.fullmatch(inner):
                found = (Bracket(inner, kind, reason, confidence), None)
        _remember(self._rounds, inner, found)
        return found

    def _read_square(self, inner: str) -> _Square | None:
        """Reads and remembers a square bracket; None where it is no label, number, note or time."""
        found: _Square | None = None
        odd = not inner or inner.startswith(_OPEN_END) or inner.endswith(_OPEN_END)
        if not odd and (not _MARKS.search(inner) or _PARENT.fullmatch(inner)):
            reading = read_square(inner)
            if reading.labels and not self._known_labels:
                bracket = Bracket(inner, reading.kind, reading.reason, reading.confidence)
                found = (
                    bracket,
                    reading.labels,
                    reading.number,
                    reading.year,
                    reading.confidence,
                    reading.reason,
                    reading.notes,
                )
            else:
                draft = Draft()
                take_square(draft, inner, self._known_labels, broken=False)
                if draft.brackets[0].kind in _SQUARE_KINDS:
                    found = (
                        draft.brackets[0],
                        tuple(draft.labels),
                        draft.number,
                        draft.year,
                        draft.label_confidence if draft.labels else 0.0,
                        draft.label_reason or _NO_LABEL,
                        tuple(draft.notes),
                    )
        _remember(self._squares, inner, found)
        return found


def _is_uncommon(text: str, spaced: str, words: tuple[str, ...]) -> bool:
    """Whether a half of a line holds a bracket mark, a further dash or a word that needs the long way.

    Args:
        text: the artist's or the title's half.
        spaced: the same with a space on the side where a dash would need one to separate.
        words: lower-case words.
    """
    if _MARKS.search(text) or SEPARATOR.search(spaced):
        return True
    lowered = spaced.lower()
    # A plain loop: `any` with a generator takes twice as long, and this is asked of every name.
    for word in words:  # noqa: SIM110
        if word in lowered:
            return True
    return False


def _remember(memory: dict[str, Any], key: str, value: object) -> None:
    if len(memory) >= _MEMORY_LIMIT:
        memory.clear()
    memory[key] = value


def _full_row(
    raw: str,
    cleaned: str,
    repairs: tuple[str, ...],
    known_labels: Container[str],
    protected: Container[str],
) -> Row:
    """The fields of a line of any form."""
    body, cue, number, layered, more = strip_prefix(cleaned)
    draft = Draft()
    draft.notes.extend(more)
    read_body(draft, body.strip(), known_labels, protected)
    kind = draft.kind
    if kind is LineKind.TRACK and draft.artist is None and draft.title is None:
        if draft.segment and not draft.title_unknown:
            kind, draft.reason = LineKind.SEGMENT, "name of a part of the show, no track"
        else:
            kind, draft.reason = LineKind.UNKNOWN, "neither artist nor title is known"
            draft.artist_unknown = draft.title_unknown = True
    elif kind is LineKind.TRACK:
        draft.artist_unknown = draft.artist is None or not draft.credits
        draft.title_unknown = draft.title is None
    return (
        raw,
        kind,
        draft.reason,
        cue,
        cue_seconds(cue) if cue else None,
        number,
        layered,
        draft.segment,
        draft.artist,
        tuple(draft.credits),
        draft.title,
        tuple(draft.versions),
        tuple(draft.components),
        draft.labels[0] if draft.labels else None,
        tuple(draft.labels),
        draft.number,
        draft.year,
        draft.label_confidence if draft.labels else 0.0,
        draft.label_reason or ("" if kind is not LineKind.TRACK else _NO_LABEL),
        tuple(draft.brackets),
        draft.artist_unknown,
        draft.title_unknown,
        tuple(dict.fromkeys((*draft.notes, *repairs))),
    )


def parse_line(
    text: str | None,
    *,
    known_labels: Container[str] = frozenset(),
    protected: Container[str] = DEFAULT_PROTECTED,
) -> ParsedLine:
    """What one line of a tracklist says.

    Args:
        text: the line as it stands in the list; None reads like an empty line.
        known_labels: label keys (`naming.keys.label_key`) of labels known from elsewhere. With them a
            round bracket at the end may be a label, and a label run together with its number is split.
        protected: casefolded names that are one act although they hold "&", a comma or another join.

    Returns:
        The reading, with `raw` equal to the text given ("" for None). Never raises for any string.
    """
    raw = "" if text is None else text
    cleaned, repairs = clean(raw)
    return ParsedLine(*_full_row(raw, cleaned, repairs, known_labels, protected))


# ---------------------------------------------------------------------------------------------
# writing a reading back


def _fields(parsed: ParsedLine) -> tuple[object, ...]:
    """What must survive writing and reading again: all but raw text, reasons and repairs."""
    return (
        parsed.kind,
        parsed.cue,
        parsed.number,
        parsed.layered,
        parsed.segment,
        parsed.artist,
        parsed.credits,
        parsed.title,
        parsed.versions,
        parsed.components,
        parsed.labels,
        parsed.catalogue_number,
        parsed.year,
        parsed.artist_unknown,
        parsed.title_unknown,
        frozenset(parsed.notes) - REPAIR_NOTES,
    )


def same_reading(first: ParsedLine, second: ParsedLine) -> bool:
    """Whether two lines say the same, whatever their raw text, reasons and repairs."""
    return _fields(first) == _fields(second)


def _compose(parsed: ParsedLine) -> str:
    """The canonical line of a reading, without a check that it reads back."""
    parts: list[str] = []
    if parsed.cue:
        parts.append(f"[{parsed.cue}]")
    if parsed.number:
        parts.append(parsed.number if parsed.number[-1] in ".)]" else f"{parsed.number} -")
    if parsed.layered:
        parts.append("+")
    if parsed.segment:
        parts.append(parsed.segment + ":")
    if parsed.artist or parsed.title:
        unknown = next((n for n in parsed.notes if ID_IN_NAMES.fullmatch(n)), "ID")
        if parsed.artist or unknown in parsed.notes:
            parts += [parsed.artist or unknown, "-"]
        parts.append(parsed.title or unknown)
    elif parsed.kind is LineKind.UNKNOWN:
        parts.append("ID" if parsed.versions else "ID - ID")
    elif parsed.kind is LineKind.JUNK:
        parts += parsed.notes
    named = len(split_credit(parsed.artist)) if parsed.artist else 0
    if len(parsed.credits) > named:
        featured = "".join(c.name + c.join for c in parsed.credits[named:])
        parts.append(f"(feat. {featured})")
    parts += [f"({v.text})" for v in parsed.versions]
    parts += [f"[{n}]" for n in parsed.notes if NOTE.fullmatch(n)]
    label = " / ".join(parsed.labels)
    if parsed.catalogue_number:
        label += f" - {parsed.catalogue_number}" if label else parsed.catalogue_number
    if parsed.year is not None:
        label += f", {parsed.year}" if label else str(parsed.year)
    if label:
        parts.append(f"[{label}]")
    return " ".join(parts)


def render(
    parsed: ParsedLine,
    *,
    known_labels: Container[str] = frozenset(),
    protected: Container[str] = DEFAULT_PROTECTED,
) -> str:
    """The canonical line of a reading: `[cue] Artist - Title (Version) [Label - CAT, year]`.

    The composed line is read again before it is handed out. Where it would not give the same fields (a
    note in an odd place, a name with a dash in it), the cleaned original is returned instead, so that
    `parse_line(render(p))` always says what `p` says, and rendering twice changes nothing.

    Args:
        parsed: a result of `parse_line`.
        known_labels: as given to `parse_line`.
        protected: as given to `parse_line`.
    """
    composed = _compose(parsed)
    if same_reading(parse_line(composed, known_labels=known_labels, protected=protected), parsed):
        return composed
    return clean(parsed.raw)[0]


def read_rows(
    texts: Iterable[str | None],
    *,
    known_labels: Container[str] = frozenset(),
    protected: Container[str] = DEFAULT_PROTECTED,
) -> list[Row]:
    """The fields of the readings of many lines, in order; each distinct text is read once.

    Args:
        texts: lines.
        known_labels: as for `parse_line`.
        protected: as for `parse_line`.
    """
    read = Reader(known_labels=known_labels, protected=protected).row
    seen: dict[str | None, Row] = {}
    rows: list[Row] = []
    with collector_at_rest():
        for text in texts:
            row = seen.get(text)
            if row is None:
                row = seen[text] = read(text)
            rows.append(row)
    return rows


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keeps the cycle collector of Python from scanning the growing result, a quarter of the time otherwise.

    Readings hold no cycles. Where two threads are here at once the first to leave wakes the collector
    for both, which costs time and nothing else.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def parse_many(
    texts: Sequence[str | None],
    *,
    workers: int | None = None,
    known_labels: Container[str] = frozenset(),
    protected: Container[str] = DEFAULT_PROTECTED,
) -> list[ParsedLine]:
    """Readings of many lines, in order; each distinct text is read once.

    Args:
        texts: lines.
        workers: accepted for symmetry with `columns.parse_to_arrow`; typed values are always made in
            this process, because sending them between processes costs more than making them.
        known_labels: as for `parse_line`.
        protected: as for `parse_line`.
    """
    rows = read_rows(texts, known_labels=known_labels, protected=protected)
    made: dict[int, ParsedLine] = {}
    lines: list[ParsedLine] = []
    with collector_at_rest():
        for row in rows:
            line = made.get(id(row))
            if line is None:
                line = made[id(row)] = ParsedLine(*row)
            lines.append(line)
    return lines
