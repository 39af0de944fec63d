"""What is typed into a search box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.sources.web.queries import LONGEST_QUERY, fill, query_words
from enrichment_pipeline.sources.web.site import Search

SEARCH = Search("/search", {"q": "{query}"})


@pytest.mark.parametrize(
    ("artists", "title", "version", "words"),
    [
        (("DJ Pellworm",), "Lantern Ferry", None, "DJ Pellworm Lantern Ferry"),
        (("Ida", "Merle"), "Salt", "Quillon Sabre Remix", "Ida Merle Salt Quillon Sabre Remix"),
        (("A", "B", "C", "D"), "Salt", None, "A B C Salt"),
        (("Ida",), "Salt (Part 1)", None, "Ida Salt (Part 1)"),
        (("Ida",), "Salt (Part 1) (Live)", None, "Ida Salt (Part 1) Live"),
        (("Ida",), "Salt [One] {Two} (Three)", None, "Ida Salt (One) Two Three"),
        (("Ida",), "Salt ((One))", None, "Ida Salt (One)"),
        (("Ida",), "Salt (One", None, "Ida Salt One"),
        (("Ida",), "Salt) (One", None, "Ida Salt One"),
        (("Ida",), "\x00Salt\nFerry\ud800", None, "Ida Salt Ferry"),
        (("Ida",), "{title}", None, "Ida (title)"),
        ((), "", None, ""),
    ],
)
def test_words(artists: tuple[str, ...], title: str, version: str | None, words: str) -> None:
    assert query_words(SEARCH, artists, title, version).replace("( ", "(").replace(" )", ")") == words


def test_a_site_that_bears_no_brackets_gets_none() -> None:
    search = Search("/", words="{title}", most_brackets=0)
    assert query_words(search, ("Ida",), "Salt (Part 1)", None) == "Salt Part 1"


def test_a_long_title_is_cut_between_words() -> None:
    words = query_words(SEARCH, ("Ida",), "lantern " * 700, None)
    assert len(words) <= LONGEST_QUERY
    assert words.endswith("lantern")
    assert len(query_words(SEARCH, ("Ida",), "x" * 5_000, None)) <= LONGEST_QUERY


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_makes_a_query_that_can_be_sent(artist: str, title: str) -> None:
    words = query_words(SEARCH, (artist,), title, None)
    words.encode()
    assert len(words) <= LONGEST_QUERY
    assert words.count("(") == words.count(")") <= 1


def test_the_words_stand_wherever_the_site_wants_them() -> None:
    body = {"search_text": "{query}", "filter": {"q": "a {query}"}, "full_page": False, "fan_id": None}
    assert fill(body, 'sa"lt') == {
        "search_text": 'sa"lt',
        "filter": {"q": 'a sa"lt'},
        "full_page": False,
        "fan_id": None,
    }
