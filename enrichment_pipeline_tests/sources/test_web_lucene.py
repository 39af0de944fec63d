"""The query syntax and the index of the simulated MusicBrainz search."""

from __future__ import annotations

import pytest

from enrichment_pipeline_tests.sources.web.index import FieldOf, SearchIndex, code, keyword, words
from enrichment_pipeline_tests.sources.web.lucene import MOST_CLAUSES, QuerySyntaxError, parse

TRACKS = [
    {
        "recording": ["Hollow Bell"],
        "artist": ["Ida Merle"],
        "isrc": ["GBABC1500001"],
        "date": ["2015", "2015-06"],
    },
    {
        "recording": ["Hollow Bell (Quillon Sabre remix)"],
        "artist": ["Ida Merle"],
        "isrc": [],
        "date": ["2016"],
    },
    {
        "recording": ["Bell Tower"],
        "artist": ["Zoë Brannock & Kettle"],
        "isrc": ["GBABC1500003"],
        "date": ["2020"],
    },
    {"recording": ["AC/DC Hollow"], "artist": ["!!!"], "isrc": [], "date": []},
]


@pytest.fixture(scope="module")
def index() -> SearchIndex[dict[str, list[str]]]:
    analysers = {"recording": words, "artist": words, "isrc": code, "date": keyword}
    fields = {
        name: FieldOf(analyse, lambda track, name=name: track[name]) for name, analyse in analysers.items()
    }
    return SearchIndex(fields, TRACKS, default_fields=["recording"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("hollow bell", {0, 1, 2, 3}, id="words are joined by OR"),
        pytest.param("hollow AND bell", {0, 1}, id="AND"),
        pytest.param("hollow && bell", {0, 1}, id="AND in signs"),
        pytest.param("+hollow -remix bell", {0, 3}, id="plus and minus"),
        pytest.param("hollow NOT bell", {3}, id="NOT"),
        pytest.param('"hollow bell"', {0, 1}, id="phrase"),
        pytest.param('"bell hollow"', set(), id="a phrase has an order"),
        pytest.param('"hollow quillon"~1', {1}, id="a phrase with a gap"),
        pytest.param("recording:(hollow bell) AND artist:(ida merle)", {0, 1}, id="field of a group"),
        pytest.param('isrc:("GBABC1500001" OR "GBABC1500003")', {0, 2}, id="list of phrases"),
        pytest.param("isrc:gbabc1500001", {0}, id="codes without case"),
        pytest.param(r"recording:(ac\/dc)", {3}, id="escaped slash"),
        pytest.param(
            r"recording:(bell \(quillon sabre remix\)) AND artist:merle", {0, 1}, id="escaped brackets"
        ),
        pytest.param("artist:zoe", {2}, id="accents do not count"),
        pytest.param('artist:"zoe brannock and kettle"', {2}, id="and is &"),
        pytest.param(r"artist:\!\!\!", {3}, id="a name of signs"),
        pytest.param("recording:and", set(), id="a small and is a word"),
        pytest.param("hol*", {0, 1, 3}, id="wildcard"),
        pytest.param("hallow~1", {0, 1, 3}, id="fuzzy"),
        pytest.param("date:[2015 TO 2016]", {0, 1}, id="range"),
        pytest.param("date:{2015 TO 2020]", {0, 1, 2}, id="open range holds 2015-06"),
        pytest.param("date:[2017 TO *]", {2}, id="endless range"),
        pytest.param("label:harbourlight", set(), id="unknown field"),
        pytest.param("hollow AND label:harbourlight", set(), id="unknown field that must match"),
        pytest.param("*:*", {0, 1, 2, 3}, id="everything"),
        pytest.param(r"hollow \-", {0, 1, 3}, id="a sign alone is dropped"),
        pytest.param(r"hollow AND \(", {0, 1, 3}, id="a required sign alone is dropped"),
        pytest.param("tower^3 bell", {0, 1, 2}, id="boost"),
    ],
)
def test_what_a_query_finds(index: SearchIndex[dict[str, list[str]]], query: str, found: set[int]) -> None:
    assert {at for at, _ in index.search(parse(query))} == found


@pytest.mark.parametrize(
    "query",
    [
        "hollow (",
        "hollow )",
        "()",
        '"hollow',
        "AND hollow",
        "hollow AND",
        "hey!",
        "recording:",
        "a:b:c",
        "ac/dc",
        "[2015",
        "what is love?^",
        "trailing \\",
    ],
)
def test_what_cannot_be_read(query: str) -> None:
    """A client that forgets to escape must be told, as by the real server, and not be helped."""
    with pytest.raises(QuerySyntaxError):
        parse(query)


def test_too_many_clauses_are_refused() -> None:
    parse(" ".join("w" for _ in range(MOST_CLAUSES)))
    with pytest.raises(QuerySyntaxError, match="too many boolean clauses"):
        parse(" ".join("w" for _ in range(MOST_CLAUSES + 1)))


def test_scores_are_relative_to_the_best_hit(index: SearchIndex[dict[str, list[str]]]) -> None:
    """100 proves nothing: of a remix that is not there the original is the best hit."""
    hits = index.search(parse(r"recording:(bell tower \(midfielder remix\))"))
    assert hits[0] == (2, 100)
    assert 0 < hits[-1][1] < 100
    assert index.search(parse("nothing")) == []
