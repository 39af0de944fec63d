"""Discogs: releases chosen by what they are, tracks by likeness, and faults told as what they are."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrichment_pipeline.labels.decision import SELF_RELEASED_NAME
from enrichment_pipeline.sources.discogs import Discogs
from enrichment_pipeline.sources.discogs.api import most_promising
from enrichment_pipeline.sources.discogs.release import plain_name, read_release, release_kind
from enrichment_pipeline.sources.outcomes import (
    CredentialsError,
    DownError,
    OffError,
    QuotaError,
    SourceError,
)
from enrichment_pipeline.sources.questions import LookUp
from enrichment_pipeline_tests.sources.keyed import (
    ENVIRONMENT,
    NOW,
    WORLD,
    Network,
    files_with,
    surroundings,
    title,
    told,
    track,
)
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedWeb

LOW_WATER_MARK = track("Ida Merle", "Low Water Mark")


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedWeb]:
    with SimulatedWeb(Catalogue.of(WORLD)).running() as web:
        yield web


@pytest.fixture
def web(running: SimulatedWeb) -> SimulatedWeb:
    running.reset()
    return running


def page(number: int = 1, **changed: Any) -> dict[str, Any]:
    """The page of a release with one track."""
    return {
        "id": number,
        "title": "Low Water Mark",
        "artists": [{"name": "Ida Merle", "anv": "", "join": ""}],
        "labels": [{"name": "Harbourlight", "catno": "HL 07", "entity_type_name": "Label"}],
        "companies": [],
        "formats": [{"name": "Vinyl", "descriptions": ['12"', "Single"]}],
        "released": "2015-06-00",
        "year": 2015,
        "uri": f"https://discogs.invalid/release/{number}",
        "tracklist": [{"position": "A1", "type_": "track", "title": "Low Water Mark"}],
        **changed,
    }


def pages(*releases: dict[str, Any], results: list[dict[str, Any]] | None = None) -> Network:
    """A network on which every search finds these releases."""
    by_path = {f"/v/releases/{release['id']}": release for release in releases}
    found = results if results is not None else [{"id": r["id"], "type": "release"} for r in releases]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v/database/search":
            return httpx.Response(200, json={"pagination": {}, "results": found})
        release = by_path.get(request.url.path)
        return httpx.Response(200 if release else 404, json=release or {"message": "Release not found."})

    return Network(answer)


def look_up(root: Path, network: Network, question: Any = LOW_WATER_MARK) -> LookUp:
    source = Discogs(surroundings(root), network=network)
    try:
        return next(source.look_up([question]))
    finally:
        source.close()


# ---- against the simulated web -----------------------------------------------------------------------


def test_labels_come_from_the_single_and_not_from_a_sampler(web: SimulatedWeb, data: Path) -> None:
    source = Discogs(surroundings(data, web.environment()))
    questions = [
        LOW_WATER_MARK,
        track("Ida Merle", "Low Water Mark", "DJ Pellworm Remix"),
        track("Salt & Ferry", "Quay Song"),
        track("Tern", "Nobody Owns This"),
        track("Ida Merle", "Low Water Mark", "Terrace Dub"),
        track("Nobody", "Nowhere"),
    ]
    found = list(source.look_up(questions))
    source.close()
    assert [look_up.track_key for look_up in found] == [question.track_key for question in questions]
    assert [(f.outcome, f.labels[0].label if f.labels else None) for f in found] == [
        ("hit", "Harbourlight"),
        ("hit", "Pellworm Cuts"),
        ("hit", "Slow Pier"),
        ("hit", SELF_RELEASED_NAME),
        ("miss", None),
        ("miss", None),
    ]
    first = found[0].labels[0]
    assert found[0].reason == first.reason == "found as exact match on Single, 2015"
    assert (first.release_kind, first.release_date, first.found_by) == ("single", date(2015, 6, 1), "exact")
    assert first.raw_answer_ref in found[0].refs
    assert found[0].asked_at == NOW
    assert "version gate" in found[4].reason
    assert found[5].reason == "no release"
    assert source.requests == len(web.requests_to("discogs"))


def test_a_second_run_and_an_offline_one_ask_nothing_and_say_the_same(web: SimulatedWeb, data: Path) -> None:
    def ask(**changed: str) -> tuple[list[LookUp], int]:
        source = Discogs(surroundings(data, web.environment(), **changed))
        found = list(source.look_up([LOW_WATER_MARK, track("Salt & Ferry", "Quay Song")]))
        found += source.look_up_titles([title("Lantern", label="Wick")])
        source.close()
        return found, source.requests

    first, requests = ask()
    assert requests > 0
    assert ask() == (first, 0)
    assert ask(OFFLINE="1") == (first, 0)
    # what is kept is good without a key too
    assert ask(OFFLINE="1", DISCOGS_TOKEN="") == (first, 0)


def test_offline_a_question_never_asked_is_off_and_the_others_are_answered(
    web: SimulatedWeb, data: Path
) -> None:
    song, never = track("Salt & Ferry", "Quay Song"), track("Tern", "Nobody Owns This")
    source = Discogs(surroundings(data, web.environment()))
    asked = list(source.look_up([LOW_WATER_MARK, song]))
    source.close()
    offline = Discogs(surroundings(data, web.environment(), OFFLINE="1"))
    first, missing, last = offline.look_up([LOW_WATER_MARK, never, song])
    assert [first, last] == asked
    assert (missing.outcome, missing.asked_at) == ("off", None)
    assert "ENRICHMENT_OFFLINE" in missing.reason


def test_titles_name_their_artists(web: SimulatedWeb, data: Path) -> None:
    source = Discogs(surroundings(data, web.environment()))
    questions = [
        title("Lantern", label="Wick"),
        title("Lantern"),
        title("Lantern", "Terrace Dub"),
        title("Quay Song", label="Another Label"),
        title("Unheard Of"),
    ]
    with_label, both, dub, elsewhere, none = source.look_up_titles(questions)
    source.close()
    assert (with_label.outcome, [a.artist for a in with_label.artists]) == ("hit", ["Mira Holt"])
    assert with_label.artists[0].label_agrees is True
    assert (both.outcome, sorted(a.artist for a in both.artists)) == (
        "ambiguous",
        ["Mira Holt", "Otto Brand"],
    )
    assert both.artists[0].label_agrees is None
    assert dub.outcome == "miss"
    assert not any(a.version_agrees for a in dub.artists)
    assert elsewhere.outcome == "miss"
    assert [(a.artists, a.label_agrees) for a in elsewhere.artists] == [(("Salt", "Ferry"), False)]
    assert (none.outcome, none.artists) == ("miss", ())


@pytest.mark.parametrize("kind", ["truncated", "html", "list", "cut_off"])
def test_rubbish_costs_one_question_its_answer_and_is_not_kept(
    web: SimulatedWeb, data: Path, kind: Any
) -> None:
    web.faults.add("discogs", kind, times=1 if kind != "cut_off" else 5)
    source = Discogs(surroundings(data, web.environment()))
    found = source.look_up([LOW_WATER_MARK, track("Salt & Ferry", "Quay Song")])
    if kind == "cut_off":  # a broken connection, which was tried again: the host is in trouble
        with pytest.raises(DownError):
            next(found)
    else:
        bad, good = found
        assert (bad.outcome, bad.http_status, bad.labels) == ("down", 200, ())
        assert good.outcome == "hit"
    web.faults.clear()
    assert next(source.look_up([LOW_WATER_MARK])).outcome == "hit"
    source.close()


def test_a_refusal_for_now_is_waited_out(web: SimulatedWeb, data: Path) -> None:
    web.faults.add("discogs", "status", status=429, retry_after=0, times=2)
    web.faults.add("discogs", "reset", times=1)
    source = Discogs(surroundings(data, web.environment()))
    assert next(source.look_up([LOW_WATER_MARK])).outcome == "hit"
    assert source.requests == 5
    source.close()


def test_steady_refusals_end_the_run_as_down(web: SimulatedWeb, data: Path) -> None:
    web.faults.add("discogs", "status", status=429)
    source = Discogs(surroundings(data, web.environment()))
    with pytest.raises(DownError, match="status 429") as caught:
        list(source.look_up([LOW_WATER_MARK, track("Tern", "Nobody Owns This")]))
    source.close()
    assert caught.value.outcome == "down"


def test_a_token_that_is_not_accepted_turns_it_off(web: SimulatedWeb, data: Path) -> None:
    source = Discogs(surroundings(data, web.environment(), DISCOGS_TOKEN="another-token"))
    with pytest.raises(CredentialsError, match="ENRICHMENT_DISCOGS_TOKEN"):
        next(source.look_up([LOW_WATER_MARK]))
    assert "did not accept" in str(source.off_reason)
    with pytest.raises(OffError):
        next(source.look_up([LOW_WATER_MARK]))
    assert source.requests == 1
    source.close()


def test_no_secret_is_ever_written_or_told(
    web: SimulatedWeb, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = web.environment()["ENRICHMENT_DISCOGS_TOKEN"]
    errors: list[SourceError] = []
    faults: list[dict[str, Any] | None] = [
        {"kind": "status", "status": 401, "body": f"what is {secret}?"},
        {"kind": "status", "status": 400, "body": f"what is {secret}?"},
        {"kind": "status", "status": 503},
        {"kind": "reset"},
        {"kind": "truncated"},
        {"kind": "redirect"},
        None,
    ]
    for at, fault in enumerate(faults):
        web.reset()
        if fault:
            web.faults.add("discogs", **fault)
        source = Discogs(surroundings(data / str(at), web.environment()))
        try:
            assert all(secret not in repr(look_up) for look_up in source.look_up([LOW_WATER_MARK]))
        except SourceError as error:
            errors.append(error)
        source.close()
    assert len(errors) == 4
    assert not [text for text in told(caplog.records, errors) if secret in text]
    assert files_with(data, [secret]) == []


# ---- rare shapes -------------------------------------------------------------------------------------


def test_what_turns_it_on(data: Path) -> None:
    without = Discogs(surroundings(data, DISCOGS_TOKEN=" "))
    assert "set ENRICHMENT_DISCOGS_TOKEN" in str(without.off_reason)
    with pytest.raises(OffError, match="ENRICHMENT_DISCOGS_TOKEN"):
        list(without.look_up([LOW_WATER_MARK]))
    broken = Discogs(surroundings(data, DISCOGS_TOKEN="two words\nand a line"))
    assert "ENRICHMENT_DISCOGS_TOKEN holds blanks" in str(broken.off_reason)
    assert "two words" not in str(broken.off_reason)
    assert "ENRICHMENT_CONTACT" in str(Discogs(surroundings(data, CONTACT="")).off_reason)
    assert Discogs(surroundings(data)).off_reason is None
    assert not data.exists()


def test_the_token_goes_into_the_header_and_the_budget_is_kept(data: Path) -> None:
    network = pages(page())
    source = Discogs(surroundings(data, DISCOGS_BUDGET="1"), network=network)
    with pytest.raises(QuotaError, match="budget of 1"):
        list(source.look_up([LOW_WATER_MARK]))
    source.close()
    token = ENVIRONMENT["ENRICHMENT_DISCOGS_TOKEN"]
    assert network.asked[0].headers["authorization"] == f"Discogs token={token}"
    assert "type=release" in str(network.asked[0].url)


def test_namesakes_and_stars_are_no_part_of_names() -> None:
    assert [plain_name(n) for n in ("Orbit (2)", "Orbit*", "Orbit* (13)", " Orbit ", "Orbit (Live)")] == [
        "Orbit",
        "Orbit",
        "Orbit",
        "Orbit",
        "Orbit (Live)",
    ]


@pytest.mark.parametrize(
    ("descriptions", "is_various", "kind"),
    [
        (['12"', "Maxi-Single"], False, "single"),
        (["EP", "Promo"], False, "ep"),
        (["LP", "Album"], False, "album"),
        (["Album", "Compilation"], False, "compilation"),
        (["Compilation", "Mixed"], False, "dj-mix"),
        (["Single", "Unofficial Release"], False, "bootleg"),
        (["EP"], True, "various artists"),
        (["Compilation"], True, "compilation"),
        (['12"', "White Label"], False, None),
        ([], False, None),
    ],
)
def test_kinds_of_releases(descriptions: list[str], is_various: bool, kind: str | None) -> None:
    assert release_kind(descriptions, is_various=is_various) == kind


def test_sub_tracks_headings_and_credits_of_tracks() -> None:
    release = read_release(
        page(
            artists=[{"name": "Various"}],
            tracklist=[
                {"type_": "heading", "title": "Side One", "position": ""},
                {
                    "type_": "index",
                    "title": "Tides",
                    "position": "A1",
                    "artists": [{"name": "Orbit (2)", "anv": "Orbit*", "join": "Feat."}, {"name": "Salt"}],
                    "sub_tracks": [{"type_": "track", "title": "Ebb", "position": "A1.a"}],
                },
                {
                    "type_": "track",
                    "title": "Flow",
                    "position": "A2",
                    "artists": [
                        {"name": "Ida Merle", "join": ","},
                        {"name": "Tern", "join": "vs"},
                        {"name": "Salt"},
                    ],
                },
                {"type_": "track", "title": "Nobody's", "position": "A3"},
                {"type_": "track", "title": None, "position": "A4"},
                "rubbish",
            ],
        )
    )
    assert [(t.position, t.title, t.credit.artists, t.credit.text) for t in release.tracks] == [
        ("A1", "Tides", ("Orbit",), "Orbit Feat. Salt"),
        ("A1.a", "Ebb", ("Orbit",), "Orbit Feat. Salt"),
        ("A2", "Flow", ("Ida Merle", "Tern", "Salt"), "Ida Merle, Tern vs Salt"),
        ("A3", "Nobody's", (), ""),
    ]
    assert release.kind == "various artists"


def test_more_than_four_artists_are_various() -> None:
    tracks = [{"type_": "track", "title": f"T{n}", "artists": [{"name": f"Act {n}"}]} for n in range(5)]
    assert read_release(page(tracklist=tracks)).kind == "various artists"
    assert read_release(page(tracklist=tracks[:4])).kind == "single"


def test_labels_distributors_and_catalogue_numbers() -> None:
    release = read_release(
        page(
            labels=[
                {"name": "Harbourlight (2)", "catno": "HL 07"},
                {"name": "Harbourlight (2)", "catno": "HL07CD"},
                {"name": "Big Boats", "catno": "none"},
                {"name": "Not On Label (Ida Merle Self-released)", "catno": "none"},
                {"name": "", "catno": "X"},
            ],
            companies=[
                {"name": "Big Boats", "entity_type_name": "Distributed By"},
                {"name": "Only A Distributor", "entity_type_name": "Distributed By"},
                {"name": "Harbourlight (2)", "entity_type_name": "Published By"},
            ],
        )
    )
    assert [(each.name, each.catalogue_number, each.is_distributor) for each in release.labels] == [
        ("Harbourlight", "HL 07", False),
        ("Big Boats", None, True),
        (SELF_RELEASED_NAME, None, False),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"released": "2002-02-18"}, date(2002, 2, 18)),
        ({"released": "2002-02-00"}, date(2002, 2, 1)),
        ({"released": "", "year": 1987}, date(1987, 1, 1)),
        ({"released": "?", "year": 0}, None),
        ({"released": None, "year": None}, None),
        ({"released": "2002-02-31", "year": 2002}, date(2002, 1, 1)),
    ],
)
def test_dates(changed: dict[str, Any], expected: date | None) -> None:
    assert read_release(page(**changed)).date == expected


def test_a_page_of_nonsense_is_read_as_empty() -> None:
    release = read_release(
        {
            "id": 7,
            "tracklist": "x",
            "labels": [None, 3],
            "artists": {},
            "formats": [{"descriptions": [1, None]}],
        }
    )
    assert (release.labels, release.tracks, release.kind, release.date) == ((), (), None, None)


def test_which_releases_are_read_first() -> None:
    def result(number: int, text: str, year: str, *form: str, **more: Any) -> dict[str, Any]:
        return {"id": number, "title": text, "year": year, "format": list(form), "type": "release", **more}

    results = [
        result(1, "Various - Floor Sampler", "2001", "CD", "Compilation"),
        result(2, "Ida Merle - Long Player", "2014", "Vinyl", "LP", "Album"),
        result(3, "Ida Merle - Low Water Mark", "2016", "Vinyl", '12"', "Single"),
        result(4, "Ida Merle* - Low Water Mark", "2015", "Vinyl", '12"', "Single", master_id=9),
        result(5, "Ida Merle - Low Water Mark", "2015", "File", "Single", master_id=9),
        result(6, "Ida Merle - Tides", "", "Vinyl", "EP"),
        result(7, "Somebody Else - Cover", "2000", "Single"),
        result(8, "Ida Merle - Low Water Mark", "2010", "Vinyl", '12"'),
        {"id": 9, "type": "master", "title": "Ida Merle - Low Water Mark"},
        {"title": "no id"},
        result(3, "Ida Merle - Low Water Mark", "2016", "Vinyl", '12"', "Single"),
    ]
    assert most_promising(results, ["Ida Merle"]) == [4, 3, 6, 8, 2, 7, 1]
    assert most_promising(list(reversed(results)), ["Ida Merle"]) == [4, 3, 6, 8, 2, 7, 1]
    assert most_promising("nonsense") == []


def test_at_most_three_pages_are_read(data: Path) -> None:
    releases = [page(n, tracklist=[{"type_": "track", "title": f"Another {n}"}]) for n in range(1, 9)]
    network = pages(*releases)
    found = look_up(data, network)
    assert network.paths == ["/database/search", "/releases/1", "/releases/2", "/releases/3"]
    assert (found.outcome, found.reason) == ("miss", "3 releases, none has this artist and title")


def test_a_white_label_does_not_hide_the_release_proper(data: Path) -> None:
    white = page(1, labels=[{"name": "Not On Label (Ida Merle)", "catno": "none"}], released="2014")
    network = pages(white, page(2), page(3))
    found = look_up(data, network)
    assert [f.label for f in found.labels] == [SELF_RELEASED_NAME, "Harbourlight"]
    assert network.paths[-1] == "/releases/2"


def test_a_sampler_alone_is_told_as_one_and_a_deleted_page_is_passed_over(data: Path) -> None:
    sampler = page(2, formats=[{"descriptions": ["Compilation"]}])
    found = look_up(data, pages(sampler, results=[{"id": 1}, {"id": 2}]))
    assert [(f.label, f.release_kind) for f in found.labels] == [("Harbourlight", "compilation")]
    assert found.reason == "found as exact match on compilation, 2015"


def test_a_release_without_labels_is_found_and_still_a_miss(data: Path) -> None:
    found = look_up(data, pages(page(labels=[])))
    assert (found.outcome, found.labels) == ("miss", ())
    assert found.reason == "found as exact match on a release that names no label"


def test_the_next_search_is_asked_only_where_the_one_before_found_nothing(data: Path) -> None:
    network = pages(results=[])
    remix = track("Ida Merle", "Low Water Mark", "DJ Pellworm Remix")
    assert look_up(data, network, remix).reason == "no release"
    assert [
        dict(r.url.params).get("track") or dict(r.url.params)["release_title"] for r in network.asked
    ] == [
        "Low Water Mark DJ Pellworm Remix",
        "Low Water Mark",
        "Low Water Mark",
    ]


@pytest.mark.parametrize("text", ["x" * 5000, '"+-&&||!(){}[]^~*?:\\/', "🦀 \ud800 \x00 title", "Ünïcødé ЯК"])
def test_odd_titles_break_nothing(web: SimulatedWeb, data: Path, text: str) -> None:
    source = Discogs(surroundings(data, web.environment()))
    assert [f.outcome for f in source.look_up([track("Ida Merle", text)])] == ["miss"]
    assert [f.outcome for f in source.look_up_titles([title(text)])] == ["miss"]
    source.close()


def test_a_question_refused_by_itself_does_not_stop_the_others(data: Path) -> None:
    good = pages(page())

    def answer(request: httpx.Request) -> httpx.Response:
        if "Refused" in str(request.url):
            return httpx.Response(422, json={"message": "no"})
        return good.handler(request)  # type: ignore[return-value]

    source = Discogs(surroundings(data), network=Network(answer))
    refused, found = source.look_up([track("Ida Merle", "Refused"), LOW_WATER_MARK])
    source.close()
    assert (refused.outcome, refused.http_status) == ("down", 422)
    assert found.outcome == "hit"
