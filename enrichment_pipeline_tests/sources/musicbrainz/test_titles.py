"""From a scripted service to artists that may have made a title."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrichment_pipeline.sources.musicbrainz.source import MusicBrainz
from enrichment_pipeline.sources.questions import LookUp, TitleQuestion
from enrichment_pipeline_tests.sources.musicbrainz.helpers import (
    Service,
    credit,
    page,
    recording,
    release,
    surroundings,
    untitled,
)


def single(mbid: str, title: str, artist: str, label: str = "Harbourlight") -> dict[str, Any]:
    return release(mbid, label, title=title, **{"artist-credit": credit(artist)})


def asked(
    root: Path, service: Service, *questions: TitleQuestion, environment: Mapping[str, str] | None = None
) -> list[LookUp]:
    with closing(MusicBrainz(surroundings(root, environment), network=service.transport())) as source:
        return list(source.look_up_titles(questions))


class World:
    """Releases by title and label, releases by id, recordings."""

    def __init__(
        self,
        *,
        singles: list[dict[str, Any]] | None = None,
        recordings: list[dict[str, Any]] | None = None,
        releases: list[dict[str, Any]] | None = None,
        count: int | None = None,
    ) -> None:
        self._singles, self._recordings, self._releases = singles or [], recordings or [], releases or []
        self._count = count
        self.service = Service(self._find)

    def _find(self, entity: str, params: httpx.QueryParams) -> httpx.Response:
        if entity == "recording":
            return page(entity, self._recordings, self._count)
        return page(entity, self._releases if params["query"].startswith("reid:") else self._singles)

    def ask(self, tmp_path: Path, *questions: TitleQuestion) -> list[LookUp]:
        return asked(tmp_path, self.service, *questions)


@pytest.mark.parametrize(
    "title", ["Low Water", "Low Water EP", "low water - Single", "Other Side / Low Water"]
)
def test_a_single_on_the_label_names_the_artist(tmp_path: Path, title: str) -> None:
    world = World(singles=[single("r1", title, "Ida Merle")])
    (answer,) = world.ask(tmp_path, untitled("Low Water", label="Harbourlight Records"))
    assert (answer.outcome, answer.reason) == ("hit", "1 artist with that title on Harbourlight")
    (finding,) = answer.artists
    assert (finding.artist, finding.artists, finding.title_similarity) == ("Ida Merle", ("Ida Merle",), 1.0)
    assert (finding.label, finding.label_agrees, finding.version_agrees) == ("Harbourlight", True, True)
    assert (finding.matched_id, finding.release_date) == ("r1", date(2015, 6, 1))
    assert finding.raw_answer_ref in answer.refs
    assert len(world.service.asked) == 1


@pytest.mark.parametrize(
    "row",
    [
        single("r1", "Low Water", "Various Artists"),
        single("r1", "Low Water", "[unknown]"),
        single("r1", "Low Water", "Ida Merle", "Harbourlight Trax Germany"),
        single("r1", "Low Water Rising", "Ida Merle"),
    ],
)
def test_releases_that_do_not_name_the_artist(tmp_path: Path, row: dict[str, Any]) -> None:
    (answer,) = World(singles=[row]).ask(tmp_path, untitled("Low Water", label="Harbourlight"))
    assert (answer.outcome, answer.reason) == ("miss", "no recording of that title")


def test_else_recordings_whose_releases_are_on_the_label(tmp_path: Path) -> None:
    album = {"id": "r1", "title": "Tides", "status": "Official", "release-group": {"primary-type": "Album"}}
    other = {**album, "id": "r2"}
    world = World(
        recordings=[
            recording("a", "Low Water", "Salt", releases=[other]),
            recording("b", "Low Water", "Ida Merle", releases=[album]),
            recording("c", "High Water", "Nobody", releases=[album]),
        ],
        releases=[release("r1", "Harbourlight"), release("r2", "Keel")],
    )
    (answer,) = world.ask(tmp_path, untitled("Low Water", label="Harbourlight"))
    assert answer.outcome == "hit"
    assert [(f.artist, f.label, f.label_agrees) for f in answer.artists] == [
        ("Ida Merle", "Harbourlight", True),
        ("Salt", "Keel", False),
    ]


def test_none_of_them_on_the_label(tmp_path: Path) -> None:
    listed = {"id": "r1", "title": "Tides", "status": "Official"}
    world = World(
        recordings=[recording("a", "Low Water", "Salt", releases=[listed])], releases=[release("r1", "Keel")]
    )
    (answer,) = world.ask(tmp_path, untitled("Low Water", label="Harbourlight"))
    assert (answer.outcome, answer.reason) == (
        "ambiguous",
        "1 artist with that title, none of them on Harbourlight",
    )
    assert answer.artists[0].artist == "Salt"


def test_by_title_alone_the_version_is_a_flag_and_no_veto(tmp_path: Path) -> None:
    world = World(
        recordings=[
            recording("a", "Low Water", "Salt"),
            recording("b", "Low Water (Pellworm remix)", "Ida Merle"),
            recording("c", "Low Water (Pellworm remix)", "Ida Merle", score=90),
        ]
    )
    (answer,) = world.ask(tmp_path, untitled("Low Water", "Pellworm Remix"))
    assert answer.outcome == "hit"
    assert [(f.artist, f.version_agrees, f.label_agrees) for f in answer.artists] == [
        ("Ida Merle", True, None),
        ("Salt", False, None),
    ]
    assert answer.matched_id == "b"
    assert world.service.asked[0][1]["query"] == '+recording:"Low Water" recording:"Pellworm Remix"^2'


def test_titles_of_many_artists_are_ambiguous(tmp_path: Path) -> None:
    rows = [recording(f"r{n:02d}", "Low Water", f"Artist {n}", score=100 - n) for n in range(30)]
    (answer,) = World(recordings=rows, count=5000).ask(tmp_path, untitled("Low Water"))
    assert (answer.outcome, answer.reason) == ("ambiguous", "more than 20 artists have that title")
    assert [f.artist for f in answer.artists] == [f"Artist {n}" for n in range(20)]


def test_titles_too_short_are_not_asked(tmp_path: Path) -> None:
    world = World()
    (answer,) = world.ask(tmp_path, untitled("Sun"))
    assert (answer.outcome, answer.reason) == ("ambiguous", "too common a title to ask")
    assert (answer.asked_at, world.service.asked) == (None, [])
    on_label = World(singles=[single("r1", "Sun", "Ida Merle")])
    (answer,) = on_label.ask(tmp_path, untitled("Sun", label="Harbourlight"))
    assert answer.outcome == "hit"


def test_nothing_found(tmp_path: Path) -> None:
    (answer,) = World(recordings=[recording("a", "High Low Water Mark")]).ask(tmp_path, untitled("Low Water"))
    assert (answer.outcome, answer.reason) == ("miss", "1 recordings hold these words, none has that title")
    (answer,) = World().ask(tmp_path, untitled("\x00\x00\x00\x00"))
    assert answer.outcome in ("miss", "ambiguous")


def test_a_refused_title_harms_no_other(tmp_path: Path) -> None:
    def find(entity: str, params: httpx.QueryParams) -> Any:
        if "Cursed" in params["query"]:
            return httpx.Response(400, json={"error": "Unable to parse search"})
        return [recording("a", "Low Water")]

    first, second = asked(tmp_path, Service(find), untitled("Cursed Title"), untitled("Low Water"))
    assert (first.outcome, first.http_status, second.outcome) == ("down", 400, "hit")
