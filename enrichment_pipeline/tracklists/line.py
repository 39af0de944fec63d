"""What one line of a tracklist says: the typed result of the set-line grammar.

Values only. How a line becomes these values stands in `grammar.py`; keys that fold
spellings stand in `enrichment_pipeline.naming`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineKind(StrEnum):
    """What the whole line is."""

    TRACK = "track"  # names a title, an artist, or both
    UNKNOWN = "unknown"  # `ID - ID`, `?`, `Unknown`: a play of which nothing is known (a label may be)
    SEGMENT = "segment"  # a heading such as "Tune Of The Week" with no track on the line
    JUNK = "junk"  # importer messages, interviews, jingles, intros without a name
    BLANK = "blank"  # nothing but white space, cue or numbering


class Role(StrEnum):
    """What an artist did, by the words of the credit."""

    MAIN = "main"
    FEATURED = "featured"  # feat., ft., featuring, w/ inside a credit
    PRESENTER = "presenter"  # the A of "A pres. B"; B is MAIN
    ALIAS = "alias"  # another name or a member of the act before it: the B of "A aka B", "A (B)", "A (B & C)"


class VersionKind(StrEnum):
    """Kinds of version; DESIGN section 5 says which of them are the same recording."""

    ORIGINAL = "original"  # Original Mix, Extended Mix, Club Mix, Album Version, 12" ...
    RADIO = "radio"
    REMIX = "remix"
    EDIT = "edit"
    REWORK = "rework"
    BOOTLEG = "bootleg"
    MASHUP = "mashup"
    VIP = "vip"
    DUB = "dub"
    INSTRUMENTAL = "instrumental"
    ACAPPELLA = "acappella"
    LIVE = "live"
    OTHER = "other"  # a named mix whose kind the words do not tell ("Terrace Mix")


class BracketKind(StrEnum):
    """What one bracketed piece of a line is."""

    LABEL = "label"
    LABEL_NUMBER = "label_number"  # label with catalogue number (and perhaps year)
    NUMBER = "number"  # a catalogue number alone
    VERSION = "version"
    REMIX = "remix"
    FEAT = "feat"
    TIME = "time"  # a cue or a duration
    YEAR = "year"
    NOTE = "note"  # country tag, FREE, UNRELEASED, "at -8", work in progress ...
    NAME = "name"  # part of an artist's name or of a title: Ø [Phase], Feel It (Open Your Eyes)
    JUNK = "junk"


@dataclass(frozen=True, slots=True)
class Bracket:
    """One bracketed piece: its text without the brackets, what it is, and why."""

    text: str
    kind: BracketKind
    reason: str  # in words, e.g. "square bracket at the end, no version word"
    confidence: float  # 0..1 that `kind` is right


@dataclass(frozen=True, slots=True)
class Credit:
    """One name of an artist credit, as written, and the words that join it to the next."""

    name: str
    role: Role
    join: str  # " & ", " feat. ", " vs. " ...; "" after the last


@dataclass(frozen=True, slots=True)
class Version:
    """One version mark of a title, such as `(Adam Beyer Remix)`."""

    text: str
    kind: VersionKind
    remixers: tuple[str, ...]  # as written, split like a credit; () where nobody is named


@dataclass(frozen=True, slots=True)
class Component:
    """One track inside a mashup, with the artist that belongs to it (None when unknown)."""

    artist: str | None
    credits: tuple[Credit, ...]
    title: str | None
    versions: tuple[Version, ...]
    label: str | None = None  # where the line names a label for this part alone


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """Everything a line says.

    `raw` is the line unchanged; every other field is a reading of it. `artist` is the credit as
    written without country tags, `title` the title as written without version, label and notes.
    `artist_unknown` / `title_unknown` are True when the line says so (ID, ?, Unknown) or leaves it
    out. `labels` holds all labels named; `label` is the first. `confidence` fields are 0..1.
    """

    raw: str
    kind: LineKind
    reason: str  # why this kind, in words
    cue: str | None = None  # as written inside its bracket: "1:02:33", "05", "??"
    cue_seconds: int | None = None  # seconds from the start, a bare number being minutes; None when not whole
    number: str | None = None  # position prefix such as "12."
    layered: bool = False  # w/, with, + : played over the line before
    segment: str | None = None  # "Tune Of The Week" standing before a track
    artist: str | None = None
    credits: tuple[Credit, ...] = ()
    title: str | None = None
    versions: tuple[Version, ...] = ()
    components: tuple[Component, ...] = ()  # two or more for a mashup, else ()
    label: str | None = None
    labels: tuple[str, ...] = ()
    catalogue_number: str | None = None
    year: int | None = None
    label_confidence: float = 0.0
    label_reason: str = ""
    brackets: tuple[Bracket, ...] = ()
    artist_unknown: bool = False
    title_unknown: bool = False
    notes: tuple[str, ...] = ()  # "UNRELEASED", "USA", "Working Title", repaired mojibake ...
