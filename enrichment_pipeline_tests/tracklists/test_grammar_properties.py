"""What holds for every line, however odd: nothing raised, nothing lost, nothing invented."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrichment_pipeline.tracklists.grammar import (
    Reader,
    parse_line,
    parse_many,
    render,
    same_reading,
    split_credit,
)
from enrichment_pipeline.tracklists.grammar_text import REPAIR_NOTES, clean, repair_mojibake
from enrichment_pipeline.tracklists.line import LineKind, ParsedLine

_GOLDEN = [
    json.loads(line)["line"] or ""
    for line in (Path(__file__).parent / "golden_lines.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]

_NAMES = st.sampled_from(
    [
        "Ada Moss",
        "Ben Ruhl",
        "ID",
        "?",
        "Unknown",
        "Ø [Phase]",
        "W&W",
        "AC/DC",
        "Above & Beyond",
        "X",
        "808 State",
        "&ME",
    ]
)
_TITLES = st.sampled_from(
    [
        "Lantern",
        "Sun",
        "ID",
        "?",
        "Untitled",
        "2 H.B.",
        "Right Here, Right Now",
        "(I Want) More",
        "Lantern VIP",
        "A1",
    ]
)
_BRACKETS = st.sampled_from(
    ["", " [Harbour]", " [Harbour - HB 041, 1990]", " (Ada Remix)", " (Original Mix)", " [UNRELEASED]", " (feat. Cem)", " [3:45]",
     " [Harbour / Seawall]", " (USA)", " [Dub]", " [?]", " [", ")", " [Harbour}", " (Love Song)", " [HB 003]", " {x}"]
)  # fmt: skip
_JOINS = st.sampled_from(
    [" & ", ", ", " vs. ", " x ", " feat. ", " pres. ", " + ", " / ", " w/ ", " - ", " aka "]
)
_PREFIXES = st.sampled_from(
    [
        "",
        "[12:00] ",
        "[??] ",
        "12. ",
        "+ ",
        "w/ ",
        "* ",
        "01 - ",
        "Tune Of The Week: ",
        "[5] + ",
        "1:02:03 ",
        "(07) ",
    ]
)
_LINES = st.builds(
    "".join,
    st.tuples(_PREFIXES, _NAMES, st.one_of(st.just(""), _JOINS), st.one_of(st.just(""), _NAMES),
              st.sampled_from([" - ", " – ", " -", ""]), _TITLES, st.one_of(st.just(""), _JOINS),
              st.one_of(st.just(""), _TITLES), _BRACKETS, _BRACKETS, _BRACKETS),
)  # fmt: skip
_SCRAPS = st.lists(
    st.one_of(
        _NAMES, _TITLES, _BRACKETS, _JOINS, _PREFIXES,
        st.sampled_from(["[", "]", "(", ")", " - ", "Remix", " vs ", "&amp;", "<b>", "''", "[[", "]]", "Ã˜", "\u200b", "\u00a0", "ID", ":", ";", "_-_", "feat.", "\u2028"]),
        st.text(max_size=4),
    ),
    max_size=10,
).map("".join)  # fmt: skip
_ANY_LINE = st.one_of(st.text(max_size=80), _LINES, _SCRAPS, st.sampled_from(_GOLDEN))

_JOIN_WORDS = frozenset(
    {"feat", "ft", "featuring", "with", "w", "pres", "presents", "vs", "versus", "aka", "and", "x"}
)

_many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w", text))


def _fields(parsed: ParsedLine) -> list[str]:
    """Every text a reading holds, one per piece of the line."""
    texts = [parsed.cue, parsed.number, parsed.segment, parsed.artist, parsed.title, parsed.catalogue_number]
    texts += [str(parsed.year) if parsed.year is not None else None, *parsed.labels, *parsed.notes]
    texts += [c.name + c.join for c in parsed.credits]
    texts += [v.text for v in parsed.versions]
    texts += [b.text for b in parsed.brackets]
    for part in parsed.components:
        texts += [part.artist, part.title, part.label, *(v.text for v in part.versions)]
    return [t for t in texts if t]


@_many
@given(_ANY_LINE)
def test_never_raises_and_keeps_the_raw_text(line):
    parsed = parse_line(line)
    assert parsed.raw == line
    assert isinstance(parsed.kind, LineKind)
    assert 0.0 <= parsed.label_confidence <= 1.0
    assert (parsed.label is None) == (not parsed.labels)
    assert (parsed.label is None) == (parsed.label_confidence == 0.0)
    assert parsed.reason
    assert all(0.0 <= b.confidence <= 1.0 and b.reason for b in parsed.brackets)
    assert len(parsed.components) != 1
    assert all(c.name.strip() for c in parsed.credits)
    if parsed.credits:
        assert parsed.credits[-1].join == ""
    if parsed.artist is None:
        assert parsed.artist_unknown or parsed.kind in (LineKind.SEGMENT, LineKind.JUNK, LineKind.BLANK)


@given(st.text(alphabet=st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF), max_size=5))
def test_half_characters_do_not_raise(line):
    assert parse_line(line + " - a [b]").raw == line + " - a [b]"


@_many
@given(_ANY_LINE)
def test_nothing_is_invented(line):
    """Each word of a name stands in the cleaned line, in the order of the line."""
    cleaned = clean(line)[0]
    parsed = parse_line(line)
    for name in (parsed.artist, parsed.title):
        if name and not parsed.components:
            position = 0
            for char in re.findall(r"\w", name):
                position = cleaned.find(char, position) + 1
                assert position, (name, cleaned)
    for label in parsed.labels:
        assert label in cleaned or _words(label) <= _words(cleaned)
    for credit in parsed.credits:
        assert _words(credit.name) <= _words(cleaned)


@_many
@given(_ANY_LINE)
def test_nothing_is_lost(line):
    """Every word of the cleaned line is in some field, join words aside: those the roles tell."""
    cleaned = clean(line)[0]
    parsed = parse_line(line)
    held = "\n".join(_fields(parsed))
    missing = [w for w in re.findall(r"\w+", cleaned) if w not in held and w.casefold() not in _JOIN_WORDS]
    assert not missing, (missing, parsed)


@_many
@given(_ANY_LINE)
def test_written_lines_say_the_same_again(line):
    parsed = parse_line(line)
    written = render(parsed)
    again = parse_line(written)
    assert same_reading(again, parsed)
    assert render(again) == written


@_many
@given(_ANY_LINE)
def test_the_shortcut_says_what_the_long_way_says(line):
    known = frozenset({"harbour", "seawall"})
    assert Reader().read(line) == parse_line(line)
    assert Reader(known_labels=known).read(line) == parse_line(line, known_labels=known)


@_many
@given(st.lists(_ANY_LINE, min_size=2, max_size=8))
def test_what_was_read_before_changes_nothing(lines):
    """What a reader remembers of one line must not colour the next."""
    reader = Reader()
    assert [reader.read(line) for line in lines] == [parse_line(line) for line in lines]


def test_a_title_remembered_with_its_bracket_is_not_taken_for_one_without():
    lines = ["Ada - Sun (Love Song)", "Ada - Sun (Love Song) (X Remix) [Harbour]", "Ada - Sun (X Remix)"]
    for order in (lines, lines[::-1]):
        assert parse_many(order) == [parse_line(line) for line in order]


@_many
@given(st.one_of(st.text(max_size=60), _SCRAPS))
def test_cleaning_twice_changes_nothing(line):
    cleaned, repairs = clean(line)
    assert clean(cleaned) == (cleaned, ())
    assert set(repairs) <= REPAIR_NOTES


@given(st.text(alphabet=st.characters(min_codepoint=0xA1, max_codepoint=0x17F), max_size=12))
def test_mojibake_of_any_latin_text_is_repaired(text):
    """Text garbled by the wrong encoding comes back, unless it looked garbled to begin with."""
    garbled = text.encode("utf-8").decode("latin-1")
    if repair_mojibake(text) == text:
        repaired = repair_mojibake(garbled)
        assert repaired == text or repaired != garbled or text.isascii()


@_many
@given(_ANY_LINE)
def test_credits_keep_every_letter(line):
    """A credit without brackets is its names and joins in order."""
    text = " ".join(re.sub(r"[()\[\]]", " ", clean(line)[0]).split())
    credits = split_credit(text)
    assert _words("".join(c.name + c.join for c in credits)) <= _words(text)


def test_many_lines_are_read_in_order():
    lines = [*_GOLDEN, None, *reversed(_GOLDEN)]
    assert parse_many(lines) == [parse_line(line) for line in lines]


@pytest.mark.parametrize("line", _GOLDEN[:40])
def test_reading_is_deterministic(line):
    assert parse_line(line) == parse_line(line)
