"""Reading of one cleaned line, form by form.

Here a line is taken apart: prefixes, segment, artist, title, brackets, mashups. Everything found goes into
a `Draft`. How a draft becomes a `ParsedLine`, and the shortcut for the commonest form, is in `grammar.py`;
what a single bracket, credit or word says is in the other `grammar_*` modules.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from enrichment_pipeline.tracklists import grammar_words as words
from enrichment_pipeline.tracklists.grammar_brackets import (
    Span,
    SquareReading,
    feat_names,
    find_brackets,
    read_round,
    read_square,
    read_version,
)
from enrichment_pipeline.tracklists.grammar_credits import aliases_in, split_credit
from enrichment_pipeline.tracklists.line import (
    Bracket,
    BracketKind,
    Component,
    Credit,
    LineKind,
    Role,
    Version,
    VersionKind,
)

SEPARATOR = re.compile(r"\s[-–—‐‑‒―−]{1,3}\s")
_LOOSE_SEPARATOR = re.compile(
    r"(?<=[\w.!?'’)\]])[-–—−]\s+(?=[\w(\"'])|(?<=\S)\s+[-–—−](?=[^\W\d_])|(?<=\w)\s*—\s*(?=\w)"
)
_VERSUS = re.compile(r"\s+(?:vs\.?|versus)\s+", re.IGNORECASE)

# ---------------------------------------------------------------------------------------------
# prefixes

_CUE = re.compile(
    r"\[\s*(?P<cue>[\d?]{1,4}(?:[:.][\d?]{1,4}){0,2})\s*[\])]\s*"
    r"|\((?P<round>[\d?]{1,3}(?::[\d?]{2}){1,2})[\])]\s*"
)
_BRACKETED = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
_BARE_TIME = re.compile(r"(?P<cue>\d{1,3}(?::[0-5]\d){1,2})(?:\s*[-–|]\s+|\s+|:\s+)(?=\S)")
_NUMBER = re.compile(r"(?P<number>#?\d{1,3}[.)\]])(?:\s+(?=\S)|(?=[^\W\d_]{2})(?=.*\s[-–—]\s)|$)")
_DASHED_NUMBER = re.compile(r"(?P<number>\d{1,3})\s*(?P<dash>[-–:])\s+(?=\S)")
_ROUND_NUMBER = re.compile(r"(?P<number>\(\d{1,2}\))\s+(?=\S)(?![-–—])")
LAYER = re.compile(
    r"(?P<layer>\+|w/|(?-i:with)(?=\s)|(?:vs\.?)(?=\s))\s*(?:#\s+)?(?![-–—])(?=\S)", re.IGNORECASE
)
_DEBRIS = re.compile(r"[*•·►▶>|~]+\s+|[-–—]+\s+|#\s+|\+$")
_NAMES_LIKE_TIMES = ("20:20 vision",)


@lru_cache(maxsize=20_000)
def cue_seconds(cue: str) -> int | None:
    """Seconds of a cue: minutes alone, minutes:seconds or hours:minutes:seconds."""
    parts = re.split(r"[:.]", cue)
    if not all(p.isdigit() for p in parts) or any(len(p) > 2 for p in parts[1:]):
        return None
    numbers = [int(p) for p in parts]
    if len(numbers) == 1:
        return numbers[0] * 60
    seconds = numbers[-1] + 60 * numbers[-2]
    return seconds + 3600 * numbers[0] if len(numbers) == 3 else seconds


@dataclass(slots=True)
class Draft:
    """What is known of a line so far; becomes a `ParsedLine` at the end."""

    artist: str | None = None
    credits: list[Credit] = field(default_factory=list)
    title: str | None = None
    versions: list[Version] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    number: str | None = None
    year: int | None = None
    label_confidence: float = 0.0
    label_reason: str = ""
    brackets: list[Bracket] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    segment: str | None = None
    artist_unknown: bool = False
    title_unknown: bool = False
    kind: LineKind = LineKind.TRACK
    reason: str = ""


def _separated(text: str, start: int) -> bool:
    """Whether a dash between artist and title stands behind `start`, outside brackets."""
    return bool(SEPARATOR.search(_BRACKETED.sub("", text[start:])))


def strip_prefix(text: str) -> tuple[str, str | None, str | None, bool, list[str]]:
    """Text without cue, position and layer marks; then cue, position, layered, further cues."""
    cue: str | None = None
    number: str | None = None
    layered = False
    more: list[str] = []
    while text:
        first = text[0]
        if first in "[(":
            match = _CUE.match(text)
            if not match:
                match = _ROUND_NUMBER.match(text) if number is None else None
                if match and _separated(text, match.end()):
                    number, text = match["number"], text[match.end() :]
                    continue
                break
            rest = text[match.end() :]
            if (
                cue is None
                and match["cue"]
                and rest[:2] in ("- ", "– ")
                and match["cue"].isdigit()
                and not SEPARATOR.search(rest[2:])
            ):
                # "[013] - Track": the number stands where the artist stands.
                break
            found = match["cue"] or match["round"]
            if cue is None:
                cue = found
            elif not rest:
                break
            else:
                more.append(found)
            text = rest
            continue
        if first.isdigit() or first == "#":
            match = _NUMBER.match(text) if number is None else None
            if match:
                number, text = match["number"], text[match.end() :]
                continue
            match = (
                _BARE_TIME.match(text)
                if cue is None and not text.casefold().startswith(_NAMES_LIKE_TIMES)
                else None
            )
            if match and not text[match.end() :].startswith(("-", "–")) and _separated(text, match.end()):
                cue, text = match["cue"], text[match.end() :]
                continue
            match = _DASHED_NUMBER.match(text) if number is None else None
            early = match is not None and (match["number"][0] == "0" or int(match["number"]) <= 60)
            if match and early and _separated(text, match.end()):
                number, text = match["number"], text[match.end() :]
                continue
        if first in "+wWvV":
            match = LAYER.match(text)
            if match:
                layered, text = True, text[match.end() :]
                continue
        match = _DEBRIS.match(text)
        if not match:
            break
        text = text[match.end() :]
    return text, cue, number, layered, more


# ---------------------------------------------------------------------------------------------
# places on the line


def _outside(pattern: re.Pattern[str], text: str, spans: Sequence[Span]) -> list[re.Match[str]]:
    """Matches of a pattern that do not touch a bracket."""
    found = list(pattern.finditer(text))
    if not found or not spans:
        return found
    return [
        m
        for m in found
        if not any(
            s.start < m.end() and m.start() < s.end and not (m.start() >= s.end or m.end() <= s.start)
            for s in spans
        )
    ]


def _known(label: str, known_labels: Container[str]) -> bool:
    """Whether a label is among the known label keys."""
    from enrichment_pipeline.naming.keys import label_key

    key = label_key(label)
    return bool(key) and key in known_labels


def take_square(draft: Draft, text: str, known_labels: Container[str], *, broken: bool) -> None:
    """Reads a square bracket behind the title into the draft."""
    reading = read_square(text)
    if known_labels:
        reading = _with_known(text, reading, known_labels)
    confidence = reading.confidence * (0.8 if broken else 1.0)
    kind = reading.kind
    if kind is BracketKind.VERSION:
        version = read_version(text)
        draft.versions.append(version)
        draft.notes.extend(reading.notes)
        if version.remixers and version.kind is VersionKind.REMIX:
            kind = BracketKind.REMIX
    elif kind is BracketKind.FEAT:
        _add_featured(draft, feat_names(text) or text)
    else:
        draft.notes.extend(reading.notes)
        new = [name for name in reading.labels if name not in draft.labels]
        if new:
            if not draft.labels:
                draft.label_confidence = round(confidence, 3)
                draft.label_reason = reading.reason + ("; a bracket mark is missing" if broken else "")
            draft.labels.extend(new)
        if reading.number and not draft.number:
            draft.number = reading.number
        elif reading.number:
            draft.notes.append(reading.number)
        if reading.self_released or (
            kind is BracketKind.NOTE and not draft.labels and not draft.label_reason
        ):
            draft.label_reason = reading.reason
    if reading.year is not None:
        if draft.year is None:
            draft.year = reading.year
        elif draft.year != reading.year:
            draft.notes.append(str(reading.year))
    draft.brackets.append(Bracket(text, kind, reading.reason, round(confidence, 3)))


_RUN_TOGETHER = re.compile(r"(?P<label>.*[^\W\d_].*?)[ _-]*(?P<number>\d[\w.]*)")


def _with_known(text: str, reading: SquareReading, known_labels: Container[str]) -> SquareReading:
    """A bracket's reading corrected by what is known to be a label."""
    label, number_alone = BracketKind.LABEL, BracketKind.NUMBER
    if (
        not reading.labels
        and reading.kind in (BracketKind.VERSION, number_alone)
        and _known(text, known_labels)
    ):
        return SquareReading(label, "known as a label", 0.9, labels=(text,))
    if reading.kind is number_alone and reading.number:
        match = _RUN_TOGETHER.fullmatch(reading.number)
        if match and len(match["label"]) > 3 and _known(match["label"], known_labels):
            return replace(
                reading,
                kind=BracketKind.LABEL_NUMBER,
                reason="a known label run together with a number",
                confidence=0.85,
                labels=(match["label"],),
                number=match["number"],
            )
    if reading.kind is not label or len(reading.labels) != 1:
        return reading
    whole = reading.labels[0]
    if _known(whole, known_labels):
        return replace(reading, reason=reading.reason + "; known as a label", confidence=0.99)
    match = _RUN_TOGETHER.fullmatch(whole)
    if match and _known(match["label"], known_labels):
        return replace(
            reading,
            kind=BracketKind.LABEL_NUMBER,
            reason="a known label and a number",
            confidence=0.85,
            labels=(match["label"],),
            number=match["number"],
        )
    groups = [g.strip() for g in text.split(",") if g.strip()]
    labels = tuple(g for g in groups if _known(g, known_labels)) if len(groups) > 1 else ()
    if labels:
        rest = tuple(g for g in groups if g not in labels)
        return replace(
            reading, reason="one part is known as a label", confidence=0.85, labels=labels, notes=rest
        )
    return reading


def _add_featured(draft: Draft, names: str) -> None:
    """Appends the names of a feat. phrase to the credits."""
    featured = [Credit(c.name, Role.FEATURED, c.join) for c in split_credit(names)]
    if len("".join(c.name + c.join for c in featured)) < len(names.strip()):
        # A country, an alias or an unknown one among them is no credit, but was written.
        draft.notes.append(names.strip())
    _append_credits(draft, featured)


def _append_credits(draft: Draft, featured: list[Credit]) -> None:
    """Appends credits behind those already there, joined by feat."""
    if not featured:
        return
    if draft.credits:
        last = draft.credits[-1]
        draft.credits[-1] = Credit(last.name, last.role, " feat. ")
    end = featured[-1]
    draft.credits.extend([*featured[:-1], Credit(end.name, end.role, "")])


_TITLE_FEAT = re.compile(r"(?<=\S)\s+(?:feat\.?|ft\.?|featuring)\s+(?P<names>[^\s].*)$", re.IGNORECASE)
_STRAY_END = re.compile(r"^(?P<before>.*?)(?:\s[-–—]\s*|(?<=\S)\s+)?(?P<label>[^\s\[\](){}][^\[\](){}]*)\]$")


_LOOSE_ENDS = re.compile(r"^(?:[-–—]+\s+)+|(?:\s+[-–—]+|[,;]|\s)+$")


def trim(text: str) -> str:
    """A text without dashes, commas and spaces hanging loose at its ends."""
    text = text.strip()
    if text and (text[0] in "-–—" or text[-1] in "-–—,;"):
        return _LOOSE_ENDS.sub("", text)
    return text


def read_artist(draft: Draft, head: str, protected: Container[str]) -> None:
    """Reads the text before the first separator."""
    head = trim(head)
    names = feat_names(head)
    if names and not head.casefold().startswith("with "):
        # "Feat. X - Title": whom X sings for is not said.
        draft.artist_unknown = True
        draft.notes.append(head)
        _add_featured(draft, names)
        return
    spans = find_brackets(head)
    featured: list[str] = []
    if spans:
        kept = head
        for span in reversed(spans):
            whole = head[span.start : span.end]
            inner = span.text
            if span.start > 0 and inner in words.COUNTRY_TAGS:
                draft.notes.insert(0, inner)
                draft.brackets.insert(0, Bracket(inner, BracketKind.NOTE, "country behind a name", 0.95))
                kept = kept[: span.start].rstrip() + kept[span.end :]
            elif feat_names(inner):
                featured.insert(0, feat_names(inner) or "")
                draft.brackets.insert(
                    0, Bracket(inner, BracketKind.FEAT, "feat. and names behind the artist", 0.95)
                )
                kept = kept[: span.start].rstrip() + kept[span.end :]
            elif (
                span.start > 0
                and span.shape == "("
                and read_round(inner)[0] in (BracketKind.VERSION, BracketKind.REMIX)
                and words.STRONG_VERSION.search(inner)
            ):
                draft.versions.insert(0, read_version(inner, protected))
                draft.brackets.insert(
                    0, Bracket(inner, BracketKind.VERSION, "a version behind the artist", 0.7)
                )
                kept = kept[: span.start].rstrip() + kept[span.end :]
            else:
                draft.brackets.insert(0, Bracket(inner, BracketKind.NAME, "part of the artist's name", 0.9))
            del whole
        head = kept.strip()
    if not head or words.UNKNOWN_ARTIST.fullmatch(head):
        draft.artist_unknown = True
        if head:
            draft.notes.append(head)
        for names in featured:
            _add_featured(draft, names)
        return
    draft.artist = head
    draft.credits.extend(split_credit(head, protected))
    draft.notes.extend(aliases_in(head))
    for names in featured:
        _add_featured(draft, names)
    if not draft.credits:
        # Only unknown names, such as "ID & ID".
        draft.artist, draft.artist_unknown = None, True
        draft.notes.append(head)


def is_plain_title(text: str) -> bool:
    """Whether a title surely holds nothing but its own words, so that `read_title_text` would keep it whole.

    Args:
        text: the title, without the brackets taken out of it.
    """
    return (len(text) > words.UNKNOWN_LENGTH or text[0] not in words.UNKNOWN_STARTS) and not (
        text[0] in "-–— "
        or text[-1] in "-–—,; "
        or ";" in text
        or "eat" in text
        or "EAT" in text
        or "t." in text
        or "T." in text
        or "ft " in text
        or "Ft " in text
        or text[text.rfind(" ") + 1 :].casefold() in words.TRAILING_VERSION_WORDS
    )


def _add_segment(draft: Draft, segment: str) -> None:
    """Sets the part of the show; a second one on the line becomes a note."""
    if draft.segment is None:
        draft.segment = segment
    elif draft.segment != segment:
        draft.notes.append(segment)


def read_title_text(draft: Draft, text: str, protected: Container[str]) -> None:
    """Reads the title's own words, brackets already taken out, and judges whether they name it."""
    text = trim(text)
    match = words.SEGMENT_TRAILING.search(text) if ";" in text else None
    if match:
        _add_segment(draft, match["segment"])
        text = text[: match.start()].strip()
    if "eat" in text or "EAT" in text or "t." in text or "T." in text or "ft " in text or "Ft " in text:
        match = _TITLE_FEAT.search(text)
        in_bracket = match is not None and text.count("(", 0, match.start()) > text.count(
            ")", 0, match.start()
        )
        if match and not in_bracket and not words.STRONG_VERSION.search(match["names"]):
            _add_featured(draft, match["names"])
            text = text[: match.start()]
    last_word = text[text.rfind(" ") + 1 :].casefold()
    match = words.TRAILING_VERSION.search(text) if last_word in words.TRAILING_VERSION_WORDS else None
    if match:
        draft.versions.insert(0, read_version(match["version"], protected))
        text = text[: match.start()].rstrip(" -–—")
    if not text:
        return
    if len(text) <= words.UNKNOWN_LENGTH and words.UNKNOWN_TITLE.fullmatch(text):
        draft.title_unknown = True
        draft.notes.append(text)
        return
    draft.title = text


_SPLIT_VERSION = re.compile(
    r"\[([^\[\]()]*(?:remix|mix|edit|dub|version))\)\s*-\s*([^\[\]()]+)\]$", re.IGNORECASE
)
_SPLIT_PARENT = re.compile(r"\[([^\[\]()]+)\]\s*(\([^()\[\]]+\))\]$")


ROUND_LABEL = re.compile(r"[^()\[\]]*[^\W\d_]{3}[^()\[\]]*\s[-–—]\s+[A-Z][A-Z0-9 .-]*\d[A-Z0-9 .-]*")


def _read_tail(
    draft: Draft, tail: str, known_labels: Container[str], protected: Container[str], *, whole: bool = True
) -> None:
    """Reads everything behind the first separator: title, versions, notes, label.

    Args:
        draft: what is known so far; its artist has been read.
        tail: the text.
        known_labels: label keys.
        protected: names that are one act.
        whole: False for a part of a mashup, which cannot end in "Title - Label Records".
    """
    if tail.endswith(")]"):
        # "[Imprint] (Parent)]" is "[Imprint (Parent)]" with a mark too many.
        tail = _SPLIT_PARENT.sub(r"[\1 \2]", tail)
    elif tail.endswith("]") and ")" in tail:
        # "[Some Remix) - Label]" is "(Some Remix) [Label]" with a mark gone wrong.
        tail = _SPLIT_VERSION.sub(r"(\1) [\2]", tail)
    spans = find_brackets(tail)
    if not spans:
        tail = _take_stray_label(draft, tail, known_labels)
        tail = _take_dashed_end(draft, tail, known_labels, protected) if whole and " " in tail else tail
        read_title_text(draft, tail, protected)
        return
    last_text_end = 0
    position = 0
    gaps: list[tuple[int, int]] = []
    for span in spans:
        if re.search(r"\w", tail[position : span.start]):
            last_text_end = span.start
        gaps.append((position, span.start))
        position = span.end
    end_text = tail[position:]
    title_parts: list[str] = []
    trailing_label: str | None = None
    if re.search(r"\w", end_text):
        # Text behind the last bracket: "[Some Remix] - Toolroom]", "(Part 2) Dispatch]", or more title.
        stripped = end_text.strip(" -–—")
        if end_text.rstrip().endswith("]") and "[" not in end_text:
            trailing_label = stripped.rstrip("])} ").strip()
        elif re.match(r"\s*[-–—]\s", end_text) and spans[-1].shape in "([" and whole:
            trailing_label = stripped
            if not (
                words.COMPANY_END.search(stripped)
                or words.NOTE.fullmatch(stripped)
                or read_round(stripped)[0] in (BracketKind.VERSION, BracketKind.REMIX)
                or (known_labels and _known(stripped, known_labels))
                or spans[-1].shape == "["
            ):
                trailing_label = None
        if trailing_label is None:
            last_text_end = len(tail)
    position = 0
    squares: list[tuple[str, bool]] = []
    for n, span in enumerate(spans):
        title_parts.append(tail[position : span.start])
        position = span.end
        behind_title = span.start >= last_text_end
        inner = span.text
        if span.shape == "[" and (
            behind_title
            or read_square(inner).kind in (BracketKind.LABEL_NUMBER, BracketKind.NOTE, BracketKind.TIME)
        ):
            squares.append((inner, span.broken))
            continue
        if (
            span.shape == "["
            and read_square(inner).kind is BracketKind.LABEL
            and trailing_label is None
            and _text_follows_as_note(tail[span.end :])
        ):
            squares.append((inner, span.broken))
            note = tail[span.end :].strip(" -–—];,")
            draft.notes.append(note)
            end_text = ""
            continue
        kind, reason, confidence = read_round(inner)
        closed_square = span.shape == "(" and tail[span.end - 1] == "]"
        if kind is BracketKind.NAME and n == len(spans) - 1 and behind_title and not squares:
            numbered = ROUND_LABEL.fullmatch(inner)
            if closed_square or numbered:
                squares.append((inner, closed_square))
                continue
        if span.shape in "{" and kind is BracketKind.NAME and behind_title:
            squares.append((inner, True))
            continue
        is_last = n == len(spans) - 1 and behind_title
        if (
            kind is BracketKind.NAME
            and is_last
            and span.shape == "("
            and known_labels
            and not draft.labels
            and not squares
            and _known_round(inner, known_labels)
        ):
            reading = read_square(inner)
            draft.labels.extend(reading.labels or (inner,))
            draft.number = draft.number or reading.number
            draft.notes.extend(reading.notes)
            draft.year = draft.year or reading.year
            draft.label_confidence, draft.label_reason = 0.8, "round bracket at the end, known as a label"
            draft.brackets.append(Bracket(inner, BracketKind.LABEL, draft.label_reason, 0.8))
            continue
        if kind in (BracketKind.VERSION, BracketKind.REMIX):
            draft.versions.append(read_version(inner, protected))
        elif kind is BracketKind.FEAT:
            _add_featured(draft, feat_names(inner) or inner)
        elif kind in (BracketKind.NOTE, BracketKind.TIME):
            draft.notes.append(inner)
        elif kind is BracketKind.YEAR and behind_title:
            if draft.year is None:
                draft.year = int(re.sub(r"\D", "", inner)[-4:])
            else:
                draft.notes.append(inner)
        elif kind is BracketKind.JUNK:
            pass
        elif behind_title and inner in words.COUNTRY_TAGS and inner.isupper():
            kind, reason, confidence = BracketKind.NOTE, "a country", 0.6
            draft.notes.append(inner)
        else:
            kind = BracketKind.NAME
            title_parts.append(tail[span.start : span.end])
        draft.brackets.append(Bracket(inner, kind, reason, confidence))
    if trailing_label is None:
        title_parts.append(end_text)
    text = trim(re.sub(r"\s{2,}", " ", "".join(title_parts)))
    if trailing_label is not None:
        _take_trailing(draft, trailing_label, squares, known_labels, protected)
    for inner, broken in squares:
        take_square(draft, inner, known_labels, broken=broken)
    if text.count(")") != text.count("(") or text.count("]") != text.count("["):
        text = _drop_stray_marks(text)
    if not draft.labels and whole:
        text = _take_stray_label(draft, text, known_labels)
    if whole and " " in text:
        text = _take_dashed_end(draft, text, known_labels, protected)
    read_title_text(draft, text, protected)


def _text_follows_as_note(rest: str) -> bool:
    """Whether the text behind a label is a mark of a file, a year or a note, and no title."""
    rest = rest.strip(" -–—];,")
    return bool(words.NOTE.fullmatch(rest) or re.fullmatch(r"\.\w+|(?:19|20)\d\d|\S+\.\S+/\S+", rest))


def _known_round(inner: str, known_labels: Container[str]) -> bool:
    reading = read_square(inner)
    return any(_known(name, known_labels) for name in (*reading.labels, inner))


def _drop_stray_marks(text: str) -> str:
    """A title without closing marks that close nothing and opening ones that open nothing at its ends."""
    spans = find_brackets(text)
    kept = []
    for n, char in enumerate(text):
        if char in ")]}" and not any(s.start < n < s.end for s in spans):
            continue
        kept.append(char)
    return "".join(kept).rstrip(" ([{").strip()


def _take_trailing(
    draft: Draft,
    text: str,
    squares: list[tuple[str, bool]],
    known_labels: Container[str],
    protected: Container[str],
) -> None:
    """Text behind the last bracket that is a label, a version or a note."""
    kind = read_round(text)[0]
    if words.NOTE.fullmatch(text) or words.LABEL_UNKNOWN.fullmatch(text):
        draft.notes.append(text)
        draft.brackets.append(Bracket(text, BracketKind.NOTE, "a note behind a broken bracket", 0.8))
        return
    if kind in (BracketKind.VERSION, BracketKind.REMIX) and not (known_labels and _known(text, known_labels)):
        draft.versions.append(read_version(text, protected))
        draft.brackets.append(Bracket(text, kind, "a version behind a broken bracket", 0.8))
        return
    # "[Loop] - Rejected]": the first bracket is a note when a label follows it.
    for inner, _ in list(squares):
        reading = read_square(inner)
        if reading.kind is BracketKind.LABEL:
            squares.remove((inner, _))
            draft.notes.append(inner)
            draft.brackets.append(Bracket(inner, BracketKind.NAME, "a bracket before the label", 0.5))
    take_square(draft, text, known_labels, broken=True)


def _take_stray_label(draft: Draft, text: str, known_labels: Container[str]) -> str:
    """A title that ends in "... Label]" without an opening mark, less that label."""
    if not text.endswith("]") or "[" in text:
        return text.rstrip("[({ ") if text.endswith(("[", "(", "{")) else text
    body = text.rstrip("]) ")
    dashes = list(SEPARATOR.finditer(body))
    if dashes:
        label = body[dashes[-1].end() :].strip()
        take_square(draft, label, known_labels, broken=True)
        return body[: dashes[-1].start()].strip()
    if known_labels:
        pieces = body.split(" ")
        for n in range(1, len(pieces)):
            label = " ".join(pieces[n:])
            if _known(label, known_labels):
                take_square(draft, label, known_labels, broken=True)
                return " ".join(pieces[:n])
    return body


def _take_dashed_end(draft: Draft, text: str, known_labels: Container[str], protected: Container[str]) -> str:
    """A title less a version, label or number behind a further dash."""
    spans = find_brackets(text)
    dashes = _outside(SEPARATOR, text, spans)
    if not dashes:
        return text
    end = text[dashes[-1].end() :].strip()
    before = text[: dashes[-1].start()].strip()
    if not end or not before or "[" in end or "(" in end:
        return text
    if words.TITLE_NOTE.fullmatch(end):
        draft.notes.append(end)
        return before
    if words.SQUARE_VERSION.search(end) or (
        words.ALONE_VERSION.search(end) and end.casefold() not in {"intro", "outro"}
    ):
        draft.versions.insert(0, read_version(end, protected))
        return before
    if draft.labels:
        return text
    known = bool(known_labels) and _known(end, known_labels)
    if known or (words.COMPANY_END.search(end) and " " in end):
        reading = read_square(end)
        draft.labels.extend(reading.labels or (end,))
        draft.number = draft.number or reading.number
        draft.notes.extend(reading.notes)
        draft.year = draft.year or reading.year
        draft.label_confidence = 0.8 if known else 0.75
        draft.label_reason = "behind the last dash, " + (
            "known as a label" if known else "ends with a company word"
        )
        return before
    match = re.fullmatch(r"(?P<label>[^\d]*[a-z][^\d]*?)\s+(?P<number>[A-Z]{2,10}[ -]?\d{2,5}[A-Z]?)", end)
    if match:
        draft.labels.append(match["label"])
        draft.number = draft.number or match["number"]
        draft.label_confidence, draft.label_reason = 0.7, "behind the last dash, words and a catalogue number"
        return before
    if re.fullmatch(r"[A-Z]{2,10}[ -]?\d{3,5}[A-Z]?", end):
        draft.number = draft.number or end
        return before
    return text


# ---------------------------------------------------------------------------------------------
# mashups and lines of two tracks

_TITLE_JOINS = (
    _VERSUS,
    re.compile(r"\s+[x×]\s+", re.IGNORECASE),
    re.compile(r"\s+w/\s+", re.IGNORECASE),
    re.compile(r"\s*/\s*"),
    re.compile(r"\s+\+\s+"),
)
_MASHUP_KINDS = frozenset({VersionKind.MASHUP})
_LOOSE_MASHUP_KINDS = frozenset(
    {VersionKind.MASHUP, VersionKind.BOOTLEG, VersionKind.EDIT, VersionKind.REWORK}
)
_TWO_TRACKS = re.compile(r"\s+(?P<join>\+|vs\.?|versus|w/|/|//|(?<=[\])]\s)with)\s+", re.IGNORECASE)


def _cut(pattern: re.Pattern[str], text: str) -> tuple[list[str], list[str]]:
    """Parts of a text between matches outside brackets, and the joins between them."""
    spans = find_brackets(text)
    parts: list[str] = []
    joins: list[str] = []
    position = 0
    for match in _outside(pattern, text, spans):
        parts.append(text[position : match.start()].strip())
        joins.append(match[0])
        position = match.end()
    parts.append(text[position:].strip())
    return parts, joins


def _mashup_from_halves(
    draft: Draft, head: str, tail: str, known_labels: Container[str], protected: Container[str]
) -> bool:
    """Reads "A vs. B - T1 vs. T2" into components; False when the line is no mashup."""
    artists, _ = _cut(_VERSUS, head)
    titles, title_joins = _cut(_VERSUS, tail)
    if (
        len(artists) == 1
        and len(titles) == 1
        and not re.search(r" x |/|mash|dashup|raveup", tail, re.IGNORECASE)
    ):
        return False
    if len(titles) == 1:
        probe = Draft()
        _read_tail(probe, tail, known_labels, protected)
        if not any(v.kind in _MASHUP_KINDS for v in probe.versions):
            return False
        for pattern in _TITLE_JOINS[1:]:
            cut_titles, cut_joins = _cut(pattern, tail)
            cut_artists = artists if len(artists) == len(cut_titles) else _cut(pattern, head)[0]
            if (
                len(cut_titles) > 1
                and len(cut_artists) == len(cut_titles)
                and all(cut_titles)
                and all(cut_artists)
            ):
                artists, titles, title_joins = cut_artists, cut_titles, cut_joins
                break
        else:
            if len(artists) < 2:
                return False
            read_artist(draft, head, protected)
            _read_tail(draft, tail, known_labels, protected)
            draft.components = [Component(a, split_credit(a, protected), None, ()) for a in artists]
            return True
    elif len(artists) != len(titles):
        last = Draft()
        _read_tail(last, titles[-1], known_labels, protected)
        if len(artists) == 1 and not (
            len(titles) > 1 and any(v.kind in _MASHUP_KINDS for v in last.versions)
        ):
            return False
    if not all(titles) or not all(artists):
        return False
    paired = len(artists) == len(titles)
    parts: list[Draft] = []
    for n, title in enumerate(titles):
        part = Draft()
        if paired:
            read_artist(part, artists[n], protected)
        _read_tail(part, title, known_labels, protected, whole=n == len(titles) - 1)
        parts.append(part)
    read_artist(draft, head, protected)
    _merge_parts(draft, parts, title_joins)
    # One bracket at the end labels the mashup, not its last part.
    draft.components = [replace(c, label=None) for c in draft.components]
    return True


def _merge_parts(draft: Draft, parts: list[Draft], joins: Sequence[str]) -> None:
    """Puts the parts of a mashup together; what stands behind the last part belongs to the whole."""
    last = parts[-1]
    draft.versions.extend(last.versions)
    last.versions = []
    for part in parts:
        labels_before = bool(draft.labels)
        draft.labels.extend(x for x in part.labels if x not in draft.labels)
        if part.labels and not labels_before:
            draft.label_confidence, draft.label_reason = part.label_confidence, part.label_reason
        draft.number = draft.number or part.number
        draft.year = draft.year or part.year
        draft.label_reason = draft.label_reason or part.label_reason
        draft.notes.extend(part.notes)
        draft.brackets.extend(b for b in part.brackets if b not in draft.brackets)
        if part.segment:
            _add_segment(draft, part.segment)
        have = {c.name for c in draft.credits}
        _append_credits(draft, [c for c in part.credits if c.name not in have])
        draft.components.append(
            Component(
                part.artist,
                tuple(part.credits),
                part.title,
                tuple(part.versions),
                part.labels[0] if part.labels else None,
            )
        )
    known = [(p.title, join) for p, join in zip(parts, [*joins, ""], strict=True)]
    texts = []
    for n, (title, join) in enumerate(known):
        texts.append((title or "ID") + (join if n < len(known) - 1 else ""))
    if any(p.title for p in parts):
        draft.title = "".join(texts)
    else:
        draft.title_unknown = True


def _two_tracks(
    draft: Draft, body: str, spans: Sequence[Span], known_labels: Container[str], protected: Container[str]
) -> bool:
    """Reads "A - T1 + B - T2" and "A - T1 vs. B - T2"; False when the line holds one track."""
    if len(_outside(SEPARATOR, body, spans)) < 2:
        return False
    pieces: list[str] = []
    joins: list[str] = []
    position = 0
    for match in _outside(_TWO_TRACKS, body, spans):
        left = body[position : match.start()]
        right = body[match.end() :]
        if _outside(SEPARATOR, left, find_brackets(left)) and _outside(
            SEPARATOR, right, find_brackets(right)
        ):
            before_dash = right[: _outside(SEPARATOR, right, find_brackets(right))[0].start()]
            if _outside(_VERSUS, before_dash, find_brackets(before_dash)) and not left.rstrip().endswith(
                ("]", ")")
            ):
                # "A - B vs. C vs. D - T" tells nothing about where the title starts.
                return False
            pieces.append(left.strip())
            joins.append(match[0])
            position = match.end()
    if not pieces:
        return False
    pieces.append(body[position:].strip())
    parts: list[Draft] = []
    for n, piece in enumerate(pieces):
        part = Draft()
        cut = _outside(SEPARATOR, piece, find_brackets(piece))[0]
        read_artist(part, piece[: cut.start()], protected)
        _read_tail(part, piece[cut.end() :], known_labels, protected, whole=n == len(pieces) - 1)
        parts.append(part)
    artists = [p.artist or "ID" for p in parts]
    if any(p.artist for p in parts):
        draft.artist = "".join(a + j for a, j in zip(artists, [*joins, ""], strict=True))
        credits: list[Credit] = []
        for part, join in zip(parts, [*joins, ""], strict=True):
            if part.credits:
                part_credits = list(part.credits)
                end = part_credits[-1]
                credits.extend([*part_credits[:-1], Credit(end.name, end.role, join)])
        if credits:
            credits[-1] = Credit(credits[-1].name, credits[-1].role, "")
        draft.credits.extend(credits)
    else:
        draft.artist_unknown = True
    if not joins[0].strip().casefold().startswith("v"):
        kept = list(parts[-1].versions)
        _merge_parts(draft, parts, joins)
        # Two tracks played together have no version in common: each keeps its own.
        if not any(v.kind in _MASHUP_KINDS for v in kept):
            draft.versions = [v for v in draft.versions if v not in kept]
            draft.components[-1] = replace(draft.components[-1], versions=tuple(kept))
        draft.reason = "two tracks on one line"
    else:
        _merge_parts(draft, parts, joins)
        draft.reason = "mashup of tracks with their own artists"
    return True


# ---------------------------------------------------------------------------------------------
# the line


_PLACE_IN_SEGMENT = re.compile(r"(?P<place>#\d{1,2}):\s+(?=\S)")


def _take_segment(draft: Draft, body: str) -> str:
    """Body less a segment's words at its start."""
    colon = body.find(": ")
    if colon > 0:
        prefix = body[:colon]
        rest = body[colon + 2 :].strip()
        if (
            rest
            and len(prefix) <= 70
            and not re.search(r"[\[\]{}]", prefix)
            and words.is_segment_prefix(prefix)
        ):
            separated = (
                bool(SEPARATOR.search(rest))
                or words.SEGMENT_WORDS.search(prefix)
                or bool(words.UNKNOWN_LINE.fullmatch(rest))
            )
            dashed = SEPARATOR.search(prefix)
            # "Artist - Tune Of The Week: Part" is a title; a dash inside a segment's name needs another behind it.
            named = words.SEGMENT_WORDS.search(prefix) or re.search(r"\bedition\b", prefix, re.IGNORECASE)
            if separated and (not dashed or (named and SEPARATOR.search(rest))):
                draft.segment = prefix.strip()
                match = _PLACE_IN_SEGMENT.match(rest)
                if match:
                    draft.segment += ": " + match["place"]
                    rest = rest[match.end() :]
                return rest
    if " " in body:
        match = words.SEGMENT_NO_COLON.match(body)
        if match and SEPARATOR.search(body, match.end()):
            draft.segment = match["segment"]
            return body[match.end() :]
    return body


def read_body(draft: Draft, body: str, known_labels: Container[str], protected: Container[str]) -> None:
    """Reads a line without its prefixes into the draft."""
    if not re.search(r"\w", body):
        if "?" in body:
            draft.kind, draft.reason = LineKind.UNKNOWN, "a question mark stands for the track"
            draft.artist_unknown = draft.title_unknown = True
        elif body:
            draft.kind, draft.reason = LineKind.JUNK, "signs without a word"
        else:
            draft.kind, draft.reason = LineKind.BLANK, "no text"
        return
    if ":" in body or "eek" in body or "onth" in body or "ear" in body:
        body = _take_segment(draft, body)
    spans = find_brackets(body)
    separators = _outside(SEPARATOR, body, spans)
    loose = False
    if not separators:
        found = _outside(_LOOSE_SEPARATOR, body, spans)
        if len(found) == 1:
            separators, loose = found, True
    if not separators:
        _read_without_separator(draft, body, spans, known_labels, protected)
        return
    separator = separators[0]
    if len(separators) > 1:
        if _two_tracks(draft, body, spans, known_labels, protected):
            return
        for later in separators[1:]:
            if body[: later.start()].casefold() in protected:
                separator = later
    head, tail = body[: separator.start()], body[separator.end() :]
    head = head.strip()
    if not head:
        _read_without_separator(draft, tail.strip(), find_brackets(tail.strip()), known_labels, protected)
        return
    if not re.search(r"[\w?]", tail):
        read_artist(draft, head, protected)
        draft.reason = "an artist and an empty title"
        draft.title_unknown = True
        return
    if _label_instead_of_title(draft, head, tail, known_labels, protected):
        return
    if not _mashup_from_halves(draft, head, tail, known_labels, protected):
        read_artist(draft, head, protected)
        _read_tail(draft, tail, known_labels, protected)
        draft.reason = "artist, dash, title"
        if draft.title is None and not draft.title_unknown:
            _find_title_in_artist(draft, protected)
    else:
        draft.reason = "mashup: acts and titles joined by vs."
    if loose:
        draft.reason += "; the dash lacks a space"


def _find_title_in_artist(draft: Draft, protected: Container[str]) -> None:
    """Takes the title out of a head such as "Artist (Title" or "Artist: Title" when the tail has none."""
    head = draft.artist or ""
    match = re.match(
        r"^(?P<artist>[^(\[]*\S)\s*\((?P<title>[^()]+)$|^(?P<name>[^:]{2,}):\s+(?P<rest>\S.*)$", head
    )
    if not match:
        return
    featured = [c for c in draft.credits if c.role is Role.FEATURED]
    draft.artist = (match["artist"] or match["name"]).strip()
    draft.title = (match["title"] or match["rest"]).strip()
    draft.credits = list(split_credit(draft.artist, protected))
    draft.credits.extend(c for c in featured if c.name not in {d.name for d in draft.credits})
    draft.reason = "artist and title before the dash"


def _label_instead_of_title(
    draft: Draft, head: str, tail: str, known_labels: Container[str], protected: Container[str]
) -> bool:
    """Reads "Title - Some Records", a line without an artist; False for any other line."""
    label = tail.strip()
    if "[" in label or "(" in label or not words.COMPANY_END.search(label) or " " not in label:
        return False
    if (
        len(split_credit(head, protected)) > 1
        or words.UNKNOWN_ARTIST.fullmatch(head)
        or SEPARATOR.search(label)
    ):
        return False
    known = bool(known_labels) and _known(label, known_labels)
    draft.labels.append(label)
    draft.label_confidence = 0.8 if known else 0.6
    draft.label_reason = "behind the dash, " + ("known as a label" if known else "ends with a company word")
    draft.artist_unknown = True
    draft.reason = "title, dash, label; no artist"
    _read_tail(draft, head, known_labels, protected)
    return True


_COLON = re.compile(r"(?<=[^\s\d]):\s+(?=\S)")


def _read_without_separator(
    draft: Draft, body: str, spans: Sequence[Span], known_labels: Container[str], protected: Container[str]
) -> None:
    """Reads a line that has no dash between artist and title."""
    bare = body
    for span in reversed(spans):
        bare = bare[: span.start] + " " + bare[span.end :]
    bare = " ".join(bare.split())
    if words.URL_LINE.fullmatch(body):
        draft.kind, draft.reason = LineKind.JUNK, "a web address"
        draft.notes.append(body)
        return
    if words.SEGMENT_ALONE.fullmatch(body):
        draft.kind, draft.reason = LineKind.SEGMENT, "name of a part of the show, no track"
        own = body.rstrip(" :.")
        draft.segment = f"{draft.segment}: {own}" if draft.segment else own
        return
    if (words.JUNK_LINE.fullmatch(body) and not draft.segment) or (
        not bare and len(spans) == 1 and words.JUNK_LINE.fullmatch(spans[0].text)
    ):
        draft.kind, draft.reason = LineKind.JUNK, "an announcement or a message of a program, no track"
        draft.notes.append(body)
        return
    match = words.ID_VERSION_LINE.fullmatch(bare)
    if words.UNKNOWN_LINE.fullmatch(bare) or match:
        _read_tail(draft, body, known_labels, protected)
        if match and not draft.versions:
            draft.versions.append(read_version(match["version"], protected))
        draft.title = None
        draft.artist_unknown = draft.title_unknown = True
        if bare not in draft.notes:
            draft.notes.append(bare)
        draft.kind, draft.reason = LineKind.UNKNOWN, "the line says the track is not known"
        return
    if not bare:
        # Nothing but brackets: versions and labels are read, and what else there is may be the title.
        _read_tail(draft, body, known_labels, protected)
        draft.artist_unknown = True
        draft.reason = "brackets only"
        return
    colons = _outside(_COLON, body, spans)
    if len(colons) == 1 and not draft.segment:
        left, right = body[: colons[0].start()].strip(), body[colons[0].end() :].strip()
        if 0 < len(left.split()) <= 4 and not re.search(
            r"(?i)\b(?:part|pt|vol|act|chapter|episode|mission|scene|phase)\b|\d$", left
        ):
            read_artist(draft, left, protected)
            _read_tail(draft, right, known_labels, protected)
            draft.reason = "artist, colon, title"
            return
    draft.artist_unknown = True
    draft.reason = "a title without an artist"
    titles, joins = _cut(_VERSUS, body)
    if len(titles) > 1 and all(titles):
        parts = []
        for n, title in enumerate(titles):
            part = Draft()
            _read_tail(part, title, known_labels, protected, whole=n == len(titles) - 1)
            parts.append(part)
        _merge_parts(draft, parts, joins)
        draft.reason = "a mashup known by its titles only"
        return
    _read_tail(draft, body, known_labels, protected)
