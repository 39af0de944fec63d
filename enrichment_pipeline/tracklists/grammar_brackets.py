"""Brackets: finding them on a line, and reading one as a label, a number, a version or a note.

Each reader here sees the text of one bracket alone; what place on the line says about it is for
`grammar.py`.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache

from enrichment_pipeline.tracklists import grammar_words as words
from enrichment_pipeline.tracklists.grammar_credits import split_credit, strip_country_tags
from enrichment_pipeline.tracklists.line import BracketKind, Role, Version, VersionKind

_MARK = re.compile(r"[\[\](){}]")
_CLOSES = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Span:
    """One outermost bracket of a text: where it stands, its shape and its inner text."""

    start: int
    end: int  # behind the closing mark, or where the bracket was taken to end
    shape: str  # "(", "[" or "{"
    text: str
    broken: bool  # a mark was missing or of another shape


def find_brackets(text: str) -> list[Span]:
    """Outermost brackets of a text, tolerant of missing and mixed up marks.

    A bracket that is never closed ends before the next one, or with the text. A closing mark without
    an opening one is no bracket and stays in the text.

    Args:
        text: a cleaned line or a part of one.
    """
    marks = list(_MARK.finditer(text))
    if not marks:
        return []
    if len(marks) == 2:
        a, b = marks
        if a[0] in "([{" and _CLOSES.get(b[0]) == a[0]:
            return [Span(a.start(), b.end(), a[0], text[a.end() : b.start()].strip(), False)]
    stack: list[tuple[int, str]] = []
    pairs: list[tuple[int, int, str, bool]] = []
    for n, mark in enumerate(marks):
        sign = mark[0]
        if sign in "([{":
            stack.append((mark.start(), sign))
            continue
        wanted = _CLOSES[sign]
        if not stack:
            continue
        if stack[-1][1] == wanted:
            start, shape = stack.pop()
            pairs.append((start, mark.end(), shape, False))
        elif any(shape == wanted for _, shape in stack):
            while stack[-1][1] != wanted:
                stack.pop()
            start, shape = stack.pop()
            pairs.append((start, mark.end(), shape, True))
        else:
            # A foreign closing mark: "[Some Dub) [Label]" closes, "(Wex 10] Remix)" does not.
            own = {"(": ")", "[": "]", "{": "}"}[stack[-1][1]]
            later = next((m[0] for m in marks[n + 1 :] if m[0] == own or m[0] in "([{"), None)
            if later != own:
                start, shape = stack.pop()
                pairs.append((start, mark.end(), shape, True))
    starts = sorted(p[0] for p in pairs)
    for start, shape in stack:
        following = next((s for s in starts if s > start), None)
        opened = next((s for s, _ in stack if s > start), None)
        end = min(x for x in (following, opened, len(text)) if x is not None)
        pairs.append((start, end, shape, True))
    pairs.sort()
    spans: list[Span] = []
    behind = 0
    for start, end, shape, broken in pairs:
        if start < behind:
            continue
        inner = text[start + 1 : end]
        if broken:
            inner = inner.strip().rstrip(
                ")]}" if inner.count("(") < inner.count(")") or not {"(", "["} & set(inner) else "]}"
            )
            if inner.count("(") == inner.count(")") == 0:
                inner = re.sub(r"[\[\]{}]", "", inner)
        else:
            inner = inner[:-1]
        spans.append(Span(start, end, shape, inner.strip(" -–—\t"), broken))
        behind = end
    return spans


@dataclass(frozen=True, slots=True)
class SquareReading:
    """What the text of one square bracket says, taken alone."""

    kind: BracketKind
    reason: str
    confidence: float
    labels: tuple[str, ...] = ()
    number: str | None = None
    year: int | None = None
    notes: tuple[str, ...] = ()
    self_released: bool = False


_TIME = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?|\d{1,2}['’]\d{2}(?:''|\"|”)?|\d+ ?min")
_YEAR_ONLY = re.compile(r"(?:c\.? ?)?(?P<year>19[4-9]\d|20[0-3]\d)")
_YEAR_END = re.compile(r"(?:[,;]\s*|\s+\()(?:c\.? ?)?(?P<year>19[4-9]\d|20[0-3]\d)\)?$")
_YEAR_START = re.compile(r"^(?P<year>19[4-9]\d|20[0-3]\d)[,;]\s*")
_YEAR_SPACE_END = re.compile(r"(?<=[A-Za-z.!'\d)])\s+(?P<year>19[6-9]\d|20[0-2]\d)$")
_DASH = re.compile(r"\s+[-–—]+\s*|\s*[-–—]+\s+")
_SLASH = re.compile(
    r"\s+[/|]\s*|\s*/\s+|\s+[x×]\s+(?=[^\W\d_]{3})"
    # Without spaces only between two longer words: "Ultra/Mau5trap" is two labels, "I/Y" and "20/20" one.
    r"|(?<=[\w' ]{3}[\w'])/(?=[^\W\d_][\w ]{3})|(?<=^free)/|/(?=(?:free|white|promo)$)",
    re.IGNORECASE,
)
_SLASH_NAMES = frozenset({"in / rotation", "odd / even", "i / y", "a / v", "and / or"})
_PARENT = re.compile(r"\s*\((?P<inner>[^()]*)\)?\s*$")
_CODE = r"(?=[^\s]*\d)[A-Z0-9#][A-Za-z0-9.#&_/+'-]*"
_WORDS_THEN_CODE = re.compile(
    r"^(?P<label>.*[a-z!'.)\d].*?)[\s:_]+[-–]?(?P<number>"
    r"[A-Z][A-Z&.#-]{1,12}[ _-]?\d{2,6}(?:[-./]\d{1,4})?[A-Z]{0,4}"
    r"|#?0\d{1,4}[A-Z]{0,3}"
    r"|[A-Z]{1,8}-\d{1,4}|\d{2,4} ?(?:LP|EP|CD|D|R))$"
)
_NUMBER_ALONE = re.compile(
    r"#?[A-Za-z][A-Za-z&.#+'’-]{1,20}?[ _-]?(?:0\d{1,5}|\d{3,7}|(?<=[A-Z]{2})\d{2})"
    r"(?:[-./]\d{1,4})?[A-Za-z]{0,4}(?:\.\d)?"
    r"|\d{5,13}(?:[- ]\d{1,4}){0,2}|\d{3,} \d{3,}(?:-\d)?"
)
_CAPS_NUMBER = re.compile(r"[A-Z][A-Z.&-]{1,9}[ _-](?:[A-Z]{1,4}[ _-]?)?\d{1,5}[A-Z]{0,3}|[A-Z]{1,6}\d{3,5}")
_NUMERIC_LABELS = frozenset({"555-5555"})
_CODE_FIRST = re.compile(r"[A-Z]{2,}[ -]?\d{3,}[A-Z]{0,2}")
_HAS_WORD = re.compile(r"[^\W\d_]{2}")
_COMMA_NAMES = re.compile(
    r",\s*(?:inc|ltd|llc|u\.?s\.?a?|kid!?|say it|say what|b\d|the)\b|^(?:play it|tomorrow is now)\b",
    re.IGNORECASE,
)
_SIDE = re.compile(r"[A-H]{1,2}\d?")
_FEAT = re.compile(r"^(?:feat\.?|ft\.?|featuring|w/|with)\s+(?P<names>.+)$", re.IGNORECASE)


def feat_names(text: str) -> str | None:
    """The names of a bracket such as "feat. Dwele"; None for any other text.

    Args:
        text: text of a bracket.
    """
    match = _FEAT.match(text)
    return match["names"] if match else None


def _year(text: str) -> int | None:
    match = _YEAR_ONLY.fullmatch(text)
    return int(match["year"]) if match else None


def _read_names(text: str) -> tuple[list[str], list[str], str | None]:
    """Labels, notes and the code in round brackets of the label half of a bracket."""
    parts = (
        [text]
        if text.casefold() in _SLASH_NAMES
        else [p for p in (s.strip(" ,;/") for s in _SLASH.split(text)) if p]
    )
    labels: list[str] = []
    notes: list[str] = []
    code: str | None = None
    for part in parts:
        if words.NOTE.fullmatch(part) and (len(parts) > 1 or not words.COMPANY_END.search(part)):
            notes.append(part)
            continue
        match = words.LABEL_TAIL_NOTE.search(part)
        if match:
            notes.append(match["note"])
            part = part[: match.start()].rstrip(" ,;(")
        match = words.LABEL_HEAD_NOTE.match(part)
        if match:
            notes.append(match["note"])
            part = part[match.end() :]
        match = _PARENT.search(part)
        if match and match.start() > 0:
            inner = match["inner"].strip()
            outer = part[: match.start()].strip()
            if inner in words.COUNTRY_TAGS or words.NOTE.fullmatch(inner) or inner.isdigit():
                notes.append(inner)
                part = outer
            elif inner and re.fullmatch(r"[A-Z0-9 &.-]*\d[A-Z0-9 &.-]*", inner):
                code, part = inner, outer
            elif inner and part.count("(") == 1 and re.search(r"\s\($|\s\(", part[: match.start("inner")]):
                labels.append(outer)
                part = inner
        part = part.strip(" ,;")
        if part.count(")") > part.count("(") and part.endswith(")"):
            part = part[:-1].rstrip()
        if part:
            labels.append(part)
    return list(dict.fromkeys(labels)), notes, code


# "Label - CAT 001, 1990" in its plain shape, which is most of what stands in square brackets with a dash.
_LABEL_AND_NUMBER = re.compile(
    r"(?P<label>[^/|()\[\]{},;×–—-]{2,}) - (?!(?:19|20)\d\d(?:,|$))"
    r"(?P<number>(?:[A-Z]{1,12}[ ._-]?)?\d{1,7}[A-Z]{0,4})(?:, (?P<year>(?:19[4-9]|20[0-3])\d))?"
)


def _is_label_of_plain_words(text: str) -> bool:
    """Whether a bracket is made of words that are only ever met in names, two letters at least."""
    if len(text) < 3:
        return False
    return all(word.isalpha() and word.lower() not in words.TELLING_WORDS for word in text.split(" "))


@lru_cache(maxsize=20_000)
def _is_plain_label(text: str) -> bool:
    """Whether the text before the dash is one label's name and nothing else."""
    return (
        text == text.strip()
        and not words.NOTE.fullmatch(text)
        and not words.LABEL_UNKNOWN.fullmatch(text)
        and not words.SELF_RELEASED.fullmatch(text)
        and not _FEAT.match(text)
        and not _SIDE.fullmatch(text)
        and not _CODE_FIRST.fullmatch(text)
        and _read_names(text) == ([text], [], None)
    )


@lru_cache(maxsize=100_000)
def read_square(text: str) -> SquareReading:
    """Reading of a square bracket that stands behind a title, without any knowledge of labels.

    Args:
        text: the text inside the bracket.

    Returns:
        Its kind with reason and confidence, and the labels, number, year and notes it holds.
    """
    text = text.strip(" -–—,;")
    match = _LABEL_AND_NUMBER.fullmatch(text)
    if match and _is_plain_label(match["label"]):
        year_text = match["year"]
        return SquareReading(
            BracketKind.LABEL_NUMBER,
            "label and catalogue number",
            0.97,
            labels=(match["label"],),
            number=match["number"],
            year=int(year_text) if year_text else None,
        )
    if _is_label_of_plain_words(text):
        reason = "square bracket at the end, no version word"
        return SquareReading(BracketKind.LABEL, reason, 0.93, labels=(text,))
    if not re.search(r"\w", text):
        if "?" in text:
            return SquareReading(
                BracketKind.NOTE, "a question mark: label said to be unknown", 0.95, notes=(text,)
            )
        return SquareReading(BracketKind.JUNK, "no letter or digit inside", 0.9)
    if _TIME.fullmatch(text):
        return SquareReading(BracketKind.TIME, "a time or duration", 0.95)
    year = _year(text)
    if year is not None:
        return SquareReading(BracketKind.YEAR, "a year alone", 0.8, year=year)
    if words.SELF_RELEASED.fullmatch(text):
        return SquareReading(
            BracketKind.NOTE, "self-released: there is no label", 0.95, notes=(text,), self_released=True
        )
    if words.LABEL_UNKNOWN.fullmatch(text):
        return SquareReading(BracketKind.NOTE, "label said to be unknown", 0.9, notes=(text,))
    if words.NOTE.fullmatch(text):
        return SquareReading(
            BracketKind.NOTE, "a word about the copy played, not a label", 0.95, notes=(text,)
        )
    if _FEAT.match(text):
        return SquareReading(BracketKind.FEAT, "feat. and names", 0.95)
    if words.SEGMENT_ALONE.fullmatch(text) and not words.LABEL_TAIL_NOTE.search(text):
        return SquareReading(BracketKind.NOTE, "name of a part of the show", 0.9, notes=(text,))
    parts = [p for p in (s.strip(" ,;") for s in _DASH.split(text)) if p]
    if len(parts) > 1:
        return _read_dashed(text, parts)
    if (
        words.SQUARE_VERSION.search(text) or words.VERSION_START.search(text)
    ) and not _VERSION_LIKE_LABEL.match(text):
        confident = 0.6 if re.search(r"\bdub$", text, re.IGNORECASE) else 0.9
        return SquareReading(BracketKind.VERSION, "ends with a version word", confident)
    return _read_plain(text)


# Labels whose names end or start like a version.
_VERSION_LIKE_LABEL = re.compile(
    r"(?:live at robert johnson|dispatch dub|imperial dub(?: \d+)?|hot mix)$", re.IGNORECASE
)


def _read_dashed(text: str, parts: list[str]) -> SquareReading:
    """A bracket of the form "Label - rest"."""
    left, right = parts[0], parts[-1]
    notes: list[str] = list(parts[1:-1])
    year: int | None = None
    match = _YEAR_END.search(right)
    if match:
        year, right = int(match["year"]), right[: match.start()].strip()
    elif _year(right) is not None and len(parts) > 1:
        # Now and then it is a catalogue number, but four digits of a year behind the dash mostly are one.
        return _with_names(left, None, _year(right), notes, "label and year", 0.85)
    left_is_note = bool(words.NOTE.fullmatch(left))
    right_is_note = bool(words.NOTE.fullmatch(right)) or bool(words.LABEL_UNKNOWN.fullmatch(right))
    if left_is_note and right_is_note:
        return SquareReading(
            BracketKind.NOTE, "words about the copy played", 0.9, notes=(left, *notes, right), year=year
        )
    if left_is_note and (_NUMBER_ALONE.fullmatch(right) or _CAPS_NUMBER.fullmatch(right)):
        return SquareReading(
            BracketKind.NUMBER, "a number behind a note", 0.8, number=right, year=year, notes=(left, *notes)
        )
    if left_is_note:
        return _with_names(right, None, year, [left, *notes], "label behind a note", 0.75)
    # "ID" is a label when its own catalogue number follows: "[ID - ID 1006]".
    own_number = right.casefold().startswith(left.casefold())
    if words.LABEL_UNKNOWN.fullmatch(left) and not own_number:
        return SquareReading(
            BracketKind.NUMBER,
            "label unknown, a number behind it",
            0.7,
            number=None if right_is_note else right,
            year=year,
            notes=(left, *notes, *((right,) if right_is_note else ())),
        )
    if right_is_note:
        return _with_names(left, None, year, [*notes, right], "label with a note", 0.9)
    if not re.search(r"\d", right):
        if words.SQUARE_VERSION.search(right) and not right.isupper():
            return SquareReading(BracketKind.VERSION, "ends with a version word", 0.6)
        if _CODE_FIRST.fullmatch(left):
            return _with_names(right, left, year, notes, "catalogue number before the label", 0.75)
        if not (right.isupper() or re.fullmatch(r"\S*[A-Z]{2,}\S*|[IVX]+|\S*-\S*", right)):
            return _with_names(left, None, year, [*notes, right], "label with words behind a dash", 0.7)
    elif _CODE_FIRST.fullmatch(left) and re.search(r"[a-z]{3}", right) and not re.search(r"\d{2}", right):
        return _with_names(right, left, year, notes, "catalogue number before the label", 0.75)
    if _SIDE.fullmatch(left) and re.search(r"[a-z]{2} ", right):
        return SquareReading(BracketKind.NOTE, "a side of a record", 0.5, notes=(text,))
    return _with_names(left, right, year, notes, "label and catalogue number", 0.97)


def _with_names(
    label_text: str, number: str | None, year: int | None, notes: list[str], reason: str, confidence: float
) -> SquareReading:
    label_notes: list[str] = []
    code: str | None = None
    if number is not None and re.search(r"\b(?:inc|ltd|co)\b\.?", label_text, re.IGNORECASE):
        labels = [label_text]
    else:
        labels, label_notes, code = _read_names(label_text)
    prefix = labels[-1] if number is not None and len(labels) == 2 else ""
    if prefix.isalpha() and prefix.isupper() and len(prefix) <= 4 and f"({prefix})" in label_text:
        # "Ovum (OVM) - 244": the letters before the number, not a second label.
        labels, code = labels[:1], prefix
    if code:
        number = f"{code} {number}" if number and code != number else code
    found = (*label_notes, *notes)
    if not labels:
        if number:
            return SquareReading(
                BracketKind.NUMBER,
                "a catalogue number without a label",
                0.7,
                number=number,
                year=year,
                notes=found,
            )
        return SquareReading(BracketKind.NOTE, "words about the copy played", 0.8, year=year, notes=found)
    kind = BracketKind.LABEL_NUMBER if number else BracketKind.LABEL
    return SquareReading(
        kind, reason, confidence, labels=tuple(labels), number=number, year=year, notes=found
    )


def _read_plain(text: str) -> SquareReading:
    """A bracket without a dash: label, number, or both run together."""
    year: int | None = None
    notes: list[str] = []
    match = _YEAR_START.match(text)
    if match:
        year, text = int(match["year"]), text[match.end() :]
    match = _YEAR_END.search(text) or _YEAR_SPACE_END.search(text)
    if match and match.start() > 0:
        if year is not None:
            notes.append(str(year))
        year, text = int(match["year"]), text[: match.start()].strip(" ,;")
    with_year = " and year" if year is not None else ""
    if words.NOTE.fullmatch(text):
        return SquareReading(
            BracketKind.NOTE,
            "a word about the copy played, not a label",
            0.9,
            year=year,
            notes=(text, *notes),
        )
    if words.SQUARE_VERSION.search(text) and not _VERSION_LIKE_LABEL.match(text):
        return SquareReading(
            BracketKind.VERSION, "ends with a version word", 0.8, year=year, notes=tuple(notes)
        )
    if text.casefold() in _NUMERIC_LABELS:
        return SquareReading(BracketKind.LABEL, "a label named by a number", 0.9, labels=(text,), year=year)
    if text.isdigit() or not _HAS_WORD.search(text):
        digits = sum(c.isdigit() for c in text)
        if digits == len(text) and len(text) == 1:
            return SquareReading(BracketKind.NOTE, "one digit alone", 0.5, notes=(text, *notes), year=year)
        if digits >= 5:
            return SquareReading(
                BracketKind.NUMBER,
                "digits alone, too long for a label",
                0.8,
                number=text,
                year=year,
                notes=tuple(notes),
            )
        if _SIDE.fullmatch(text) and digits:
            return SquareReading(BracketKind.NOTE, "a side of a record", 0.6, notes=(text, *notes), year=year)
        confidence = 0.8
        return SquareReading(
            BracketKind.LABEL,
            "short name or number in a square bracket at the end" + with_year,
            confidence,
            labels=(text,),
            year=year,
            notes=tuple(notes),
        )
    match = _WORDS_THEN_CODE.match(text)
    if (
        match
        and _HAS_WORD.search(match["label"])
        and not re.fullmatch(r"(?i)(?:vol|pt|part|no|the)\.?", match["label"])
    ):
        return _with_names(
            match["label"].strip(" ,-"),
            match["number"],
            year,
            notes,
            "label words and a catalogue number",
            0.85,
        )
    if _NUMBER_ALONE.fullmatch(text) or _CAPS_NUMBER.fullmatch(text):
        return SquareReading(
            BracketKind.NUMBER,
            "letters and digits like a catalogue number",
            0.7,
            number=text,
            year=year,
            notes=tuple(notes),
        )
    if text.count(",") > 1:
        first = text.split(",")[0]
        if words.SQUARE_VERSION.search(first) or words.VERSION_START.search(first):
            return SquareReading(
                BracketKind.VERSION, "starts with a version", 0.7, year=year, notes=tuple(notes)
            )
        return _with_names(text, None, year, notes, "several commas inside: label, or release and label", 0.5)
    comma = [p.strip() for p in text.split(",")]
    if len(comma) == 2 and all(comma):
        if words.RELEASE_WORD.search(comma[0]):
            return _with_names(comma[1], None, year, [comma[0], *notes], "release, then label", 0.8)
        if words.NOTE.fullmatch(comma[1]):
            return _with_names(comma[0], None, year, [comma[1], *notes], "label with a note", 0.9)
        if words.NOTE.fullmatch(comma[0]):
            return _with_names(comma[1], None, year, [comma[0], *notes], "label behind a note", 0.8)
        if not _COMMA_NAMES.search(text):
            return _with_names(
                comma[1], None, year, [comma[0], *notes], "behind a comma: release, then label", 0.65
            )
        return _with_names(text, None, year, notes, "a comma inside the name of the label", 0.7)
    confidence = 0.93
    reason = "square bracket at the end, no version word" + with_year
    if re.search(r"\d{2,}$", text):
        confidence, reason = 0.7, "square bracket at the end; the number behind it may be a catalogue number"
    elif words.RELEASE_WORD.search(text) and not words.COMPANY_END.search(text):
        found = (text, *notes)
        return SquareReading(
            BracketKind.NOTE, "name of a release, not of a label", 0.7, year=year, notes=found
        )
    return _with_names(text, None, year, notes, reason, confidence)


# ---------------------------------------------------------------------------------------------
# versions


def _kind_of(text: str) -> VersionKind:
    for kind, pattern in words.KIND_PATTERNS:
        if pattern.search(text):
            return VersionKind(kind)
    return VersionKind.OTHER


def _is_descriptive(name: str) -> bool:
    return all(
        w.strip("\"'().,!").casefold() in words.DESCRIPTORS
        or not w.strip("\"'().,!#")
        or w.strip("#'().").isdigit()
        for w in name.split()
    )


def _remixer_text(text: str, kind: VersionKind) -> str:
    """The part of a version's text that names its maker; "" when none does."""
    match = words.REMIX_BY.search(text)
    if match:
        return match["name"]
    first = words.FIRST_VERSION_WORD.search(text)
    head = text[: first.start()] if first else text
    possessive = words.POSSESSIVE.search(head)
    if possessive:
        # "Carl Craig's Paperclip People Mix": the owner made it, whatever the kind.
        head = head[: possessive.start()]
    elif kind.value not in words.MAKER_KINDS:
        return ""
    head = head.strip(" -–_(&.,")
    if head.endswith(("'s", "’s")):
        head = head[:-2]
    while True:
        shorter = words.TRAILING_YEAR.sub("", head).rstrip(" -–_(,")
        last = shorter.rsplit(" ", 1)
        safe = len(last) == 2 and last[1].strip("\"'()").casefold() in words.SAFE_DESCRIPTORS
        if safe or (len(last) == 2 and " " in last[0] and _is_descriptive(last[1]) and not last[1].isdigit()):
            shorter = last[0].rstrip(" -–_(,&")
        if shorter == head:
            break
        head = shorter
    return "" if _is_descriptive(head) else head


# Beginnings of all version words: most words of a name begin otherwise and need no pattern.
_VERSION_STARTS = (
    *(
        "mash",
        "smash",
        "dash",
        "rave",
        "blend",
        "mega",
        "boot",
        "a",
        "ins",
        "dub",
        "beatl",
        "re",
        "rmx",
        "mini",
    ),
    *(
        "inter",
        "flip",
        "ruff",
        "de",
        "treat",
        "mod",
        "vari",
        "upd",
        "over",
        "edit",
        "dj",
        "ext",
        "cut",
        "tool",
    ),
    *("v", "mix", "wee", "log", "d-", "disk", "take", "rub", "blast"),
)


@lru_cache(maxsize=50_000)
def _tells_of_version(word: str) -> bool:
    """Whether one word belongs to what a version is called, and so may not be part of a name."""
    lowered = word.casefold()
    if not word.isalpha() or lowered in words.DESCRIPTORS or lowered.endswith(("pella", "pela")):
        return True
    return lowered.startswith(_VERSION_STARTS) and words.FIRST_VERSION_WORD.search(word) is not None


_REMIX_KINDS = frozenset({VersionKind.REMIX, VersionKind.REWORK, VersionKind.BOOTLEG, VersionKind.MASHUP})
_PLAIN_KINDS = {
    "Remix": VersionKind.REMIX,
    "Rework": VersionKind.REWORK,
    "Bootleg": VersionKind.BOOTLEG,
    "Edit": VersionKind.EDIT,
    "Dub": VersionKind.DUB,
    "Mix": VersionKind.OTHER,
}


@lru_cache(maxsize=100_000)
def _plain_version(text: str) -> tuple[str, VersionKind] | None:
    """Name and kind of "Some Name Remix", where every word before the last belongs to the name."""
    name, space, last = text.rpartition(" ")
    kind = _PLAIN_KINDS.get(last)
    if kind is None or not space or _FEAT.match(text):
        return None
    for word in name.split(" "):
        if word != "&" and (_tells_of_version(word) or word.casefold() in ("by", "live", "feat", "ft")):
            return None
    return name, kind


def _makers(name: str, protected: Container[str] = words.DEFAULT_PROTECTED) -> tuple[str, ...]:
    """Names of who made a version; other names of one of them are no second maker."""
    return tuple(c.name for c in split_credit(name, protected) if c.role is not Role.ALIAS)


@lru_cache(maxsize=100_000)
def _read_version(text: str) -> Version:
    plain = _plain_version(text)
    if plain:
        name, kind = plain
        return Version(text, kind, _makers(name) if kind.value in words.MAKER_KINDS else ())
    kind = _kind_of(text)
    name = _remixer_text(text, kind)
    if name:
        name = strip_country_tags(
            re.sub(r"(?<=\w)[\])}](?=\s|$)", "", name) if not re.search(r"[\[(]", name) else name
        )[0]
    return Version(text, kind, _makers(name) if name else ())


def read_version(text: str, protected: Container[str] = words.DEFAULT_PROTECTED) -> Version:
    """A version mark with its kind and the names of its makers.

    Args:
        text: text such as "Adam Beyer Remix", already known to be a version.
        protected: names that are one act, as for `split_credit`.

    Returns:
        The version. `remixers` is () where the words name nobody, or somebody unknown ("ID Remix").
    """
    version = _read_version(text)
    if protected is words.DEFAULT_PROTECTED or len(version.remixers) < 2:
        return version
    name = strip_country_tags(_remixer_text(text, version.kind))[0]
    return Version(text, version.kind, _makers(name, protected))


_BEHIND_VERSION = re.compile(r"\s+(?:feat\.?|ft\.?|[-–—])\s+", re.IGNORECASE)


@lru_cache(maxsize=100_000)
def read_round(text: str) -> tuple[BracketKind, str, float]:
    """Kind of a round bracket behind a title, with reason and confidence.

    Args:
        text: the text inside the bracket.
    """
    text = text.strip()
    plain = _plain_version(text)
    if plain:
        if plain[1] in _REMIX_KINDS and _read_version(text).remixers:
            return BracketKind.REMIX, "names who remixed it", 0.97
        return BracketKind.VERSION, "ends with a version word", 0.93
    if not re.search(r"\w", text):
        return BracketKind.JUNK, "no letter or digit inside", 0.7
    if _FEAT.match(text) and not words.STRONG_VERSION.search(text):
        return BracketKind.FEAT, "feat. and names", 0.95
    if _TIME.fullmatch(text):
        return BracketKind.TIME, "a time or duration", 0.8
    if _year(text) is not None:
        return BracketKind.YEAR, "a year alone", 0.7
    if words.TITLE_NOTE.fullmatch(text):
        return BracketKind.NOTE, "a word about the copy played", 0.9
    if words.ALONE_VERSION.search(text) or words.VERSION_START.search(text):
        return BracketKind.VERSION, "words of a version", 0.85
    # "X Remix feat. Y", "X Remix - Vocal": what follows the version word does not undo it.
    first = _BEHIND_VERSION.split(text)[0]
    if words.STRONG_VERSION.search(text) or (first != text and words.STRONG_VERSION.search(first)):
        kind = _kind_of(text)
        if kind in _REMIX_KINDS and _read_version(text).remixers:
            return BracketKind.REMIX, "names who remixed it", 0.97
        return BracketKind.VERSION, "ends with a version word", 0.93
    return BracketKind.NAME, "part of the title: no word of version, note or feature", 0.8
