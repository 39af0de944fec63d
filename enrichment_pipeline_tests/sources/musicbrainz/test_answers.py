"""Answers of the web service with all their gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from enrichment_pipeline.sources.musicbrainz import answers
from enrichment_pipeline.sources.musicbrainz.answers import Recording, Release
from enrichment_pipeline.sources.outcomes import DownError
from enrichment_pipeline_tests.sources.musicbrainz.helpers import credit, recording, release


def read_release(**details: Any) -> Release:
    (item,) = answers.read_page({"releases": [release("r", **details)]}, "release").items
    assert isinstance(item, Release)
    return item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-06-01", date(2015, 6, 1)),
        ("2015-06", date(2015, 6, 1)),
        ("2015", date(2015, 1, 1)),
        ("", None),
        (None, None),
        ("2015-02-30", None),
        ("????-05", None),
        ("0000", None),
        (2015, None),
    ],
)
def test_dates_may_be_partial(text: Any, expected: date | None) -> None:
    assert answers.partial_date(text) == expected


@pytest.mark.parametrize("text", ["[none]", "", "  ", None, "None"])
def test_no_catalogue_number_in_many_words(text: Any) -> None:
    assert answers.catalogue_number(text) is None


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        ({}, "single"),
        ({"release-group": {"primary-type": "EP"}}, "ep"),
        ({"release-group": {"primary-type": "Album", "secondary-types": ["Remix"]}}, "album"),
        ({"release-group": {"primary-type": "Album", "secondary-types": ["Compilation"]}}, "compilation"),
        (
            {"release-group": {"primary-type": "Album", "secondary-types": ["Compilation", "DJ-mix"]}},
            "dj-mix",
        ),
        ({"release-group": {"primary-type": "Album", "secondary-types": ["Mixtape/Street"]}}, "dj-mix"),
        ({"release-group": {"primary-type": "Broadcast"}}, None),
        ({"release-group": {"primary-type": None, "secondary-types": None}}, None),
        ({"release-group": None}, None),
        ({"status": "Bootleg"}, "bootleg"),
        ({"artist-credit": credit("Various Artists")}, "various artists"),
        (
            {"artist-credit": [{"name": "Diverse", "artist": {"id": answers.VARIOUS_ARTISTS_ID}}]},
            "various artists",
        ),
    ],
)
def test_kinds_of_releases(details: dict[str, Any], kind: str | None) -> None:
    assert read_release(**details).kind == kind


def test_label_or_number_may_be_null() -> None:
    infos = [
        {"catalog-number": "HL 001", "label": None},
        {"catalog-number": "[none]", "label": {"id": "a", "name": "Harbourlight", "type": "Imprint"}},
        {"label": {"id": "b", "name": "Overland"}},
        None,
    ]
    read = read_release(**{"label-info": infos}).labels
    assert [(i.name, i.catalogue_number, i.kind) for i in read] == [
        ("", "HL 001", None),
        ("Harbourlight", None, "Imprint"),
        ("Overland", None, None),
    ]
    assert read_release(**{"label-info": None}).labels == ()


def test_a_recording_with_nothing_but_names() -> None:
    rows: list[Any] = [
        recording("a", "Low Water", length=None, releases=None, isrcs=[{"id": "gbabc1512345"}], score="97"),
        {"id": "b", "title": ""},
        {"title": "no id"},
        "no object",
        {"id": "c", "title": "Low Water", "artist-credit": [{"artist": {"name": "Ida"}}, {"name": "Salt"}]},
    ]
    page = answers.read_page({"count": 70, "recordings": rows}, "recording")
    assert page.count == 70
    first, second = page.items
    assert isinstance(first, Recording)
    assert isinstance(second, Recording)
    assert (first.isrcs, first.releases, first.score) == (("GBABC1512345",), (), 97)
    assert second.artist_names == ("IdaSalt", "Ida", "Salt")


@pytest.mark.parametrize("body", [[], {}, {"recordings": None}, "text", None])
def test_another_shape_is_no_answer(body: Any) -> None:
    with pytest.raises(DownError):
        answers.read_page(body, "recording")


@pytest.mark.parametrize(
    ("path", "status", "content", "is_refused"),
    [
        ("recording?query=x", 200, b'{"count": 0, "recordings": []}', False),
        ("recording?query=x", 200, b'{"count": 0, "releases": []}', True),
        ("recording?query=x", 200, b"[]", True),
        ("recording?query=x", 200, b"{half", False),
        ("recording?query=x", 404, b"{}", True),
        ("release?recording=x", 404, b"{}", False),
        ("recording?query=x", 503, b"{}", False),
    ],
)
def test_what_is_kept_as_an_answer(path: str, status: int, content: bytes, is_refused: bool) -> None:
    request = httpx.Request("GET", f"http://mb.example/ws/2/{path}")
    response = httpx.Response(status, request=request)
    assert (answers.verdict(response, content) is not None) is is_refused


@pytest.mark.parametrize(
    ("kind", "expected"), [("Distributor", True), ("Imprint", False), (None, None), ("Holding", True)]
)
def test_distributors_are_known_by_their_type(kind: str | None, expected: bool | None) -> None:
    assert answers.is_distributing(kind) is expected
