"""Lucene text: nothing written in a title may become syntax, and each clause knows what it brings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.sources.musicbrainz import query
from enrichment_pipeline.sources.musicbrainz.answers import Recording, read_page
from enrichment_pipeline_tests.sources.musicbrainz.helpers import recording, release
from enrichment_pipeline_tests.sources.web.lucene import Group, Leaf, parse

NASTY = [
    "AC/DC",
    'What is Love?  [12" Mix]',
    "NOT AND OR",
    "a AND",
    "OR",
    "TO",
    "back\\slash\\",
    '"',
    '\\"',
    "(((",
    "title:love",
    "^2 ~1 *?",
    "&& || !",
    "[1 TO 5}",
    "🔥🔥",
    "???",
    "...",
    "tab\tand\nline\x00nul",
    "half a pair \ud83d",
    "word " * 1000,
    "w" * 5000,
    "/regex/",
    "-minus +plus",
    "Ünïcödé №1",
    "東京",
]


def leaves(node: Group | Leaf) -> list[Leaf]:
    return [node] if isinstance(node, Leaf) else [leaf for _, each in node.clauses for leaf in leaves(each)]


def clauses_of(title: str, artist: str) -> list[query.Clause]:
    made = [
        query.exact_clause(title, artist),
        query.loose_clause(title, (artist, title)),
        query.title_clause(title, artist),
        query.release_clause(title, artist),
    ]
    return [clause for clause in made if clause is not None]


@pytest.mark.parametrize("title", NASTY)
@pytest.mark.parametrize("artist", ["Ida Merle", 'The "Band" (UK)', "!!!", "a\x00b"])
def test_nothing_written_becomes_syntax(title: str, artist: str) -> None:
    for clause in clauses_of(title, artist):
        parsed = parse(clause.text)
        assert {leaf.kind for leaf in leaves(parsed)} <= {"phrase", "term", "fuzzy"}
        assert {leaf.field for leaf in leaves(parsed)} <= {
            "recording",
            "artistname",
            "artist",
            "release",
            "label",
        }
        assert query.encoded_length(clause.text) < query.LONGEST_QUERY


@given(title=st.text(max_size=400), artist=st.text(max_size=150))
def test_any_text_makes_a_query_that_can_be_read(title: str, artist: str) -> None:
    for clause in clauses_of(title, artist):
        text = query.any_of([clause, clause])
        assert {leaf.kind for leaf in leaves(parse(text))} <= {"phrase", "term", "fuzzy"}
        assert query.encoded_length(clause.text) > 0  # no half character that cannot be sent
        assert not re.search(r"[\x00-\x1f]", clause.text)


@given(title=st.text(min_size=1, max_size=300))
def test_a_phrase_says_the_title_as_it_is_written(title: str) -> None:
    cleaned = query.cleaned(title, 10_000)
    (leaf,) = leaves(parse(f"recording:{query.phrase(cleaned)}"))
    assert leaf.text == cleaned


def test_a_long_title_is_cut_between_words() -> None:
    cut = query.cleaned("seven words " * 100, query.LONGEST_TITLE)
    assert len(cut) <= query.LONGEST_TITLE
    assert cut.split()[-1] in ("seven", "words")
    assert query.cleaned("w" * 5000, 200) == "w" * 200


def test_blank_names_ask_nothing() -> None:
    assert query.exact_clause(" \x00", "Ida Merle") is None
    assert query.exact_clause("Low Water", " ") is None
    assert query.loose_clause("???", ("Ida Merle",)) is None
    assert query.title_clause("\n", None) is None
    assert query.release_clause("", "Harbourlight") is None


def test_titles_of_signs_are_asked_alone() -> None:
    signs, words = query.exact_clause("???", "Ida Merle"), query.exact_clause("Low Water", "Ida Merle")
    assert signs is not None
    assert signs.is_alone
    assert words is not None
    assert not words.is_alone


def test_isrcs_that_are_none_are_not_asked() -> None:
    given = ("GB-ABC-15-12345", "gbabc1512345", "GBABC15123", "", "USUS11600001")
    assert query.valid_isrcs(given) == ("GBABC1512345", "USUS11600001")


def test_values_of_one_field_name_it_once() -> None:
    joined = query.by_field("isrc")([query.isrc_clause("USUS11600001"), query.isrc_clause("GBABC1512345")])
    assert joined == 'isrc:("USUS11600001" OR "GBABC1512345")'


@pytest.mark.parametrize(
    ("title", "artist", "is_exact", "is_loose"),
    [
        ("Low Water", "Ida Merle", True, True),
        ("LOW WATER (Pellworm remix)", "Ida Merle", True, True),
        ("Low High Water", "Ida Merle", False, True),
        ("Low Watter", "Ida Merle", False, True),
        ("Low Wattter", "Ida Merle", False, False),
        ("Low Water", "Ida  Merles", False, True),
        ("Low Water", "Idamerle", False, True),
        ("Low Water", "Ida Pellworm", False, False),
        ("Lowwater", "Ida Merle", False, False),
    ],
)
def test_a_clause_knows_what_it_brings(title: str, artist: str, is_exact: bool, is_loose: bool) -> None:
    (item,) = read_page({"recordings": [recording("r", title, artist)]}, "recording").items
    assert isinstance(item, Recording)
    exact, loose = (
        query.exact_clause("Low Water", "Ida Merle"),
        query.loose_clause("Low Water", ("Ida Merle",)),
    )
    assert exact is not None
    assert loose is not None
    assert exact.brings(item) is is_exact
    assert loose.brings(item) is is_loose


def test_clauses_bring_nothing_of_another_kind() -> None:
    (item,) = read_page({"releases": [release("r")]}, "release").items
    for clause in clauses_of("Low Water", "Ida Merle")[:3]:
        assert not clause.brings(item)
    assert not query.isrc_clause("GBABC1512345").brings(item)
    assert query.id_clause("r").brings(item)
    on_label = query.release_clause("low water", "harbourlight")
    assert on_label is not None
    assert on_label.brings(item)
