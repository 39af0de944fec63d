"""Songstats: nothing paid for before it is known to be the track, None is not 0, and the month has an end."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrichment_pipeline.sources.outcomes import (
    CredentialsError,
    DownError,
    OffError,
    QuotaError,
    SourceError,
)
from enrichment_pipeline.sources.questions import LookUp, TrackQuestion
from enrichment_pipeline.sources.songstats import Songstats, SongstatsSpending
from enrichment_pipeline.sources.songstats.objects import ObjectCount
from enrichment_pipeline.sources.songstats.shapes import (
    read_activities,
    read_info,
    read_results,
    read_supports,
)
from enrichment_pipeline.sources.surroundings import Surroundings
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

LOW_WATER_MARK = track("Ida Merle", "Low Water Mark", isrcs=["GBZZZ1500001"])
REMIX = track("Ida Merle", "Low Water Mark", "DJ Pellworm Remix")
QUAY_SONG = track("Salt & Ferry", "Quay Song")
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedWeb]:
    with SimulatedWeb(Catalogue.of(WORLD)).running() as web:
        yield web


@pytest.fixture
def web(running: SimulatedWeb) -> SimulatedWeb:
    running.reset()
    return running


def info(track_id: str = "abc", **changed: Any) -> dict[str, Any]:
    """What is told of a track."""
    return {
        "songstats_track_id": track_id,
        "title": "Low Water Mark",
        "release_date": "2015-06-01",
        "site_url": f"https://songstats.invalid/{track_id}",
        "artists": [{"name": "Ida Merle", "songstats_artist_id": "x"}],
        "labels": [{"name": "Harbourlight"}],
        "distributors": [{"name": "Big Boats"}],
        "links": [
            {"source": "spotify", "isrc": "GBZZZ1500001"},
            {"source": "tracklist", "url": "https://t.invalid"},
        ],
        **changed,
    }


class Account:
    """An account of our own at Songstats: its tracks, and what it answers instead where told so."""

    def __init__(self, *tracks: dict[str, Any]) -> None:
        self.tracks = {each["songstats_track_id"]: each for each in tracks}
        self.by_isrc = {link["isrc"]: each for each in tracks for link in each["links"] if "isrc" in link}
        self.stats: dict[str, Any] = {"unique_support": 57, "total_support": 131}
        self.activities: list[Any] = []
        self.instead: dict[str, httpx.Response | Exception] = {}
        self.network = Network(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v")
        other = self.instead.get(path)
        if isinstance(other, Exception):
            raise other
        if other is not None:
            return httpx.Response(other.status_code, headers=other.headers, content=other.content)
        asked = dict(request.url.params)
        if path == "/status":
            content: dict[str, Any] = {"status": {"current_month_total_requested_objects": 7}}
        elif path == "/tracks/search":
            content = {
                "results": [{k: v for k, v in t.items() if k != "links"} for t in self.tracks.values()]
            }
        else:
            found = self.tracks.get(asked.get("songstats_track_id", "")) or self.by_isrc.get(
                asked.get("isrc", "")
            )
            if found is None:
                return httpx.Response(404, json={"result": "error", "message": "Track not found. "})
            content = {
                "/tracks/info": {"track_info": found},
                "/tracks/stats": {"stats": [{"source": "tracklist", "data": self.stats}]},
                "/tracks/activities": {"activities": self.activities},
            }[path]
        return httpx.Response(200, json={"result": "success", "message": "Data Retrieved.", **content})


def look_up(root: Path, account: Account, *questions: TrackQuestion, **changed: str) -> list[LookUp]:
    source = Songstats(surroundings(root, **changed), network=account.network)
    try:
        return list(source.look_up(questions or [LOW_WATER_MARK]))
    finally:
        source.close()


def spent(root: Path, month: str = "2026-11") -> int:
    return Songstats(surroundings(root)).spent(month).objects


# ---- against the simulated web -----------------------------------------------------------------------


def test_supports_and_labels_in_one_go(web: SimulatedWeb, data: Path) -> None:
    source = Songstats(surroundings(data, web.environment()))
    dub, nobody = track("Ida Merle", "Low Water Mark", "Terrace Dub"), track("Nobody", "Nowhere")
    questions = [LOW_WATER_MARK, REMIX, QUAY_SONG, dub, nobody]
    found = list(source.look_up(questions))
    mark, remix, song, no_dub, none = found
    assert [each.track_key for each in found] == [question.track_key for question in questions]

    assert mark.reason == "found by ISRC, supported by 12 DJs"
    assert [(f.label, f.found_by, f.release_date) for f in mark.labels] == [
        ("Harbourlight", "isrc", date(2015, 6, 1))
    ]
    assert mark.isrcs == ("GBZZZ1500001",)
    assert mark.extra["songstats_track_id"] == mark.matched_id
    assert (mark.extra["unique_support"], mark.extra["total_support"]) == (12, 30)
    assert mark.extra["is_on_tracklists"] is True
    assert len(mark.extra["activities"]) == 12
    assert set(mark.extra["activities"][0]) == {"date", "text", "url"}

    # not on tracklists is not known, on tracklists without a support is none
    assert remix.reason == "found as exact match, not on tracklists"
    assert (remix.extra["is_on_tracklists"], remix.extra["unique_support"]) == (False, None)
    assert (song.extra["is_on_tracklists"], song.extra["unique_support"]) == (True, 0)
    assert song.labels[0].label == "Slow Pier"

    assert (no_dub.outcome, none.outcome) == ("miss", "miss")
    assert "version gate" in no_dub.reason
    assert not no_dub.extra
    assert mark.asked_at == NOW
    # each found track is one object; what was only searched for is none
    assert source.spent() == SongstatsSpending(3, 100, 0.3)
    assert len(web.songstats.asked_objects) == 3
    assert len(web.requests_to("songstats", "/enterprise/v1/status")) == 1
    assert source.requests == len(web.requests_to("songstats"))
    source.close()


def test_what_is_kept_costs_nothing(web: SimulatedWeb, data: Path) -> None:
    questions = [LOW_WATER_MARK, REMIX, track("Nobody", "Nowhere")]

    def ask(**changed: str) -> tuple[list[LookUp], int]:
        source = Songstats(surroundings(data, web.environment(), **changed))
        found = [*source.look_up(questions), *source.look_up_titles([title("Lantern")])]
        source.close()
        return found, source.requests

    first, requests = ask()
    assert requests > 0
    assert ask() == (first, 0)
    assert ask(SONGSTATS_OBJECTS="0") == (first, 0)
    assert ask(OFFLINE="1", SONGSTATS_KEY="") == (first, 0)
    assert spent(data) == 2


def test_titles_are_searched_for_and_never_paid_for(web: SimulatedWeb, data: Path) -> None:
    source = Songstats(surroundings(data, web.environment()))
    both, remix, none = source.look_up_titles(
        [title("Lantern", label="Wick"), title("Low Water Mark", "DJ Pellworm Remix"), title("Unheard Of")]
    )
    assert (both.outcome, sorted(a.artist for a in both.artists)) == (
        "ambiguous",
        ["Mira Holt", "Otto Brand"],
    )
    assert {(a.label, a.label_agrees) for a in both.artists} == {(None, None)}
    assert remix.outcome == "hit"
    assert [a.artist for a in remix.artists if a.version_agrees] == ["Ida Merle"]
    assert (none.outcome, none.artists) == ("miss", ())
    assert source.spent().objects == 0
    assert web.songstats.asked_objects == set()
    source.close()


def test_the_check(web: SimulatedWeb, data: Path) -> None:
    source = Songstats(surroundings(data, web.environment()))
    assert source.check().is_ok
    assert source.check().words.startswith("Songstats accepts the key; by its own count 0 objects")
    assert source.requests == 1
    assert source.spent().objects == 0
    source.close()

    without = Songstats(surroundings(data / "b", web.environment(), SONGSTATS_KEY=""))
    assert not without.check().is_ok
    assert "set ENRICHMENT_SONGSTATS_KEY" in without.check().words
    assert without.requests == 0

    wrong = Songstats(surroundings(data / "c", web.environment(), SONGSTATS_KEY="another-key"))
    assert not wrong.check().is_ok
    assert wrong.check().words == "Songstats did not accept ENRICHMENT_SONGSTATS_KEY: Invalid Api Key (401)"
    with pytest.raises(CredentialsError, match="Invalid Api Key"):
        next(wrong.look_up([LOW_WATER_MARK]))
    assert wrong.off_reason is not None
    assert wrong.spent().objects == 0
    wrong.close()


def test_the_quota_of_the_account_is_no_miss(running: SimulatedWeb, data: Path) -> None:
    small = SimulatedWeb(Catalogue.of(WORLD), songstats_objects_per_month=1)
    with small.running():
        source = Songstats(surroundings(data, small.environment()))
        answers = source.look_up([LOW_WATER_MARK, REMIX])
        assert next(answers).outcome == "hit"
        with pytest.raises(QuotaError, match="Monthly object limit reached") as caught:
            next(answers)
        assert caught.value.until == DECEMBER
        # it was refused, so it was not billed
        assert source.spent().objects == 1
        source.close()


@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [
        ({"kind": "truncated", "times": 1}, ["down", "hit"]),
        ({"kind": "html", "times": 1}, ["down", "hit"]),
        ({"kind": "list", "times": 1}, ["down", "hit"]),
        ({"kind": "status", "status": 429, "retry_after": 0, "times": 2}, ["hit", "hit"]),
        ({"kind": "reset", "times": 2}, ["hit", "hit"]),
    ],
)
@pytest.mark.parametrize("route", ["info", "stats", "activities"])
def test_faults(
    web: SimulatedWeb, data: Path, route: str, fault: dict[str, Any], outcomes: list[str]
) -> None:
    web.faults.add("songstats", path=f"/enterprise/v1/tracks/{route}", **fault)
    source = Songstats(surroundings(data, web.environment()))
    assert [each.outcome for each in source.look_up([LOW_WATER_MARK, REMIX])] == outcomes
    web.faults.clear()
    assert [each.outcome for each in source.look_up([LOW_WATER_MARK, REMIX])] == ["hit", "hit"]
    # asked twice, counted once
    assert source.spent().objects == 2
    source.close()


def test_steady_refusals_end_the_run(web: SimulatedWeb, data: Path) -> None:
    web.faults.add("songstats", "status", path="/enterprise/v1/tracks", status=429)
    source = Songstats(surroundings(data, web.environment()))
    with pytest.raises(DownError, match="status 429 after 5 tries"):
        list(source.look_up([LOW_WATER_MARK, REMIX]))
    assert source.requests == 6
    assert source.spent().objects == 0
    source.close()


def test_no_secret_is_ever_written_or_told(
    web: SimulatedWeb, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = web.environment()["ENRICHMENT_SONGSTATS_KEY"]
    said = f'{{"result": "error", "message": "what is {secret}?"}}'
    errors: list[SourceError] = []
    faults: list[dict[str, Any] | None] = [
        {"kind": "status", "status": status, "path": f"/enterprise/v1/{path}", "body": said}
        for status in (200, 400, 401, 429)
        for path in ("status", "tracks")
    ]
    faults += [{"kind": "reset"}, {"kind": "truncated"}, {"kind": "redirect"}, None]
    for at, fault in enumerate(faults):
        web.reset()
        if fault:
            web.faults.add("songstats", **fault)
        source = Songstats(surroundings(data / str(at), web.environment()))
        try:
            assert all(secret not in repr(each) for each in source.look_up([LOW_WATER_MARK, REMIX]))
        except SourceError as error:
            errors.append(error)
        assert secret not in source.check().words
        source.close()
    assert len(errors) == 6
    assert not [text for text in told(caplog.records, errors) if secret in text]
    assert files_with(data, [secret]) == []


# ---- what is paid for --------------------------------------------------------------------------------


def test_the_cap_ends_the_run_and_the_next_month_opens_it(data: Path) -> None:
    account = Account(info(), info("def", title="Quay Song", artists=[{"name": "Salt"}], links=[]))
    song = track("Salt", "Quay Song")
    source = Songstats(surroundings(data, SONGSTATS_OBJECTS="1"), network=account.network)
    answers = source.look_up([LOW_WATER_MARK, song])
    assert next(answers).outcome == "hit"
    with pytest.raises(QuotaError, match="ENRICHMENT_SONGSTATS_OBJECTS") as caught:
        next(answers)
    source.close()
    assert (caught.value.outcome, caught.value.until) == ("quota", DECEMBER)
    assert account.network.paths.count("/tracks/info") == 1

    later = Surroundings(
        data, {**surroundings(data).environment, "ENRICHMENT_SONGSTATS_OBJECTS": "1"}, lambda: DECEMBER
    )
    source = Songstats(later, network=account.network)
    assert next(source.look_up([song])).outcome == "hit"
    assert (source.spent().objects, source.spent("2026-11").objects) == (1, 1)
    source.close()


def test_the_price_is_told(data: Path) -> None:
    look_up(data, Account(info()))
    assert Songstats(surroundings(data)).spent() == SongstatsSpending(1, 100, 0.1)
    dear = Songstats(surroundings(data, SONGSTATS_PRICE="0.25", SONGSTATS_OBJECTS="7"))
    assert dear.spent("2026-11") == SongstatsSpending(1, 7, 0.25)
    assert dear.spent("2026-10") == SongstatsSpending(0, 7, 0.0)


def test_many_isrcs_of_one_track_are_one_object(data: Path) -> None:
    links = [{"source": "spotify", "isrc": "GBZZZ1500001"}, {"source": "deezer", "isrc": "GBZZZ1500009"}]
    account = Account(info(links=links))
    other = track("Ida Merle", "Low Water Mark (Remastered)", isrcs=["GBZZZ1500009"])
    by_name = track("Ida Merle", "Low Water Mark")
    found = look_up(data, account, LOW_WATER_MARK, other, by_name, SONGSTATS_OBJECTS="2")
    assert [each.outcome for each in found] == ["hit"] * 3
    assert {each.isrcs for each in found} == {("GBZZZ1500001", "GBZZZ1500009")}
    assert spent(data) == 1


def test_an_unknown_isrc_may_be_billed_and_is_asked_once(data: Path) -> None:
    account = Account(info(links=[]))
    unknown = track("Ida Merle", "Low Water Mark", isrcs=["GBZZZ7700001"])
    (found,) = look_up(data, account, unknown)
    assert (found.outcome, found.labels[0].found_by) == ("hit", "exact")
    assert look_up(data, account, unknown) == [found]
    assert account.network.paths.count("/tracks/info") == 2
    assert spent(data) == 2


@pytest.mark.parametrize(
    ("instead", "counted"),
    [
        (httpx.Response(429), 0),
        (httpx.Response(503), 0),
        (httpx.Response(401), 0),
        (httpx.Response(422), 0),
        (httpx.Response(200, content=b"{half"), 1),
        (httpx.ReadTimeout("slow"), 1),
    ],
)
def test_what_was_surely_not_billed_is_not_counted(
    data: Path, instead: httpx.Response | Exception, counted: int
) -> None:
    account = Account(info())
    account.instead["/tracks/info"] = instead
    source = Songstats(surroundings(data), network=account.network)
    with contextlib.suppress(SourceError):
        list(source.look_up([LOW_WATER_MARK]))
    assert source.spent().objects == counted
    source.close()


def test_a_spent_budget_counts_no_object(data: Path) -> None:
    with pytest.raises(QuotaError, match="budget of 1"):
        look_up(data, Account(info()), SONGSTATS_BUDGET="1")
    assert spent(data) == 0


def test_processes_together_never_pass_the_cap(tmp_path: Path) -> None:
    def take(at: int) -> bool:
        try:
            return ObjectCount(tmp_path / "state" / "songstats.db", 10).take(f"track:{at % 20}", "info", NOW)
        except QuotaError:
            return False

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(take, range(80)))
    assert taken == ObjectCount(tmp_path / "state" / "songstats.db", 10).objects("2026-11") == 10


def test_december_is_followed_by_january(tmp_path: Path) -> None:
    count = ObjectCount(tmp_path / "songstats.db", 0)
    with pytest.raises(QuotaError) as caught:
        count.take("track:a", "info", datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert caught.value.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert count.objects("2027-01") == 0


# ---- rare shapes -------------------------------------------------------------------------------------


def test_what_turns_it_on(data: Path) -> None:
    source = Songstats(surroundings(data, SONGSTATS_KEY=""))
    assert "set ENRICHMENT_SONGSTATS_KEY" in str(source.off_reason)
    with pytest.raises(OffError, match="ENRICHMENT_SONGSTATS_KEY"):
        list(source.look_up([LOW_WATER_MARK]))
    assert source.spent().objects == 0
    assert "ENRICHMENT_CONTACT" in str(Songstats(surroundings(data, CONTACT="")).off_reason)
    assert not data.exists()


def test_the_key_goes_into_the_header_and_requests_in_this_order(data: Path) -> None:
    account = Account(info())
    look_up(data, account)
    assert account.network.paths == ["/status", "/tracks/info", "/tracks/stats", "/tracks/activities"]
    assert {r.headers["apikey"] for r in account.network.asked} == {ENVIRONMENT["ENRICHMENT_SONGSTATS_KEY"]}
    asked = [dict(request.url.params) for request in account.network.asked]
    assert asked[1] == {"isrc": "GBZZZ1500001", "with_links": "true"}
    assert asked[2] == {"songstats_track_id": "abc", "source": "tracklist"}


def test_the_nearest_thing_is_not_the_track(data: Path) -> None:
    account = Account(
        info("a", title="Low Water Mark (Terrace Dub)", links=[]),
        info("b", artists=[{"name": "Somebody Else"}], links=[]),
    )
    (found,) = look_up(data, account, track("Ida Merle", "Low Water Mark"))
    assert (found.outcome, found.reason) == ("miss", "2 search results, none passes the version gate")
    assert account.network.paths == ["/status", "/tracks/search"]
    assert spent(data) == 0


def test_an_isrc_of_another_track_is_not_believed(data: Path) -> None:
    wrong = info("w", title="Something Else", artists=[{"name": "Somebody"}])
    (found,) = look_up(data, Account(wrong))
    assert found.outcome == "miss"
    assert found.reason.startswith(
        "the track of its ISRC has another artist and title; 1 search result, none"
    )


def test_a_found_track_without_label_is_a_hit(data: Path) -> None:
    (found,) = look_up(data, Account(info(labels=[], distributors=None)))
    assert (found.outcome, found.labels) == ("hit", ())
    assert found.reason == "found by ISRC, supported by 57 DJs, no label named"


def test_a_found_track_of_which_no_more_is_known_is_a_miss(data: Path) -> None:
    account = Account(info(links=[]))
    account.instead["/tracks/info"] = httpx.Response(
        404, json={"result": "error", "message": "Track not found. "}
    )
    (found,) = look_up(data, account, track("Ida Merle", "Low Water Mark"))
    assert (found.outcome, found.reason) == ("miss", "found by search, but nothing more is known of it")
    assert (found.http_status, found.asked_at) == (404, NOW)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"result": "error", "message": "Something broke."}, "down", "Something broke."),
        ({"result": "success"}, "down", "another shape"),
        ({"result": "success", "track_info": []}, "down", "another shape"),
        ({"result": "error", "message": "Track not found. "}, "miss", "no search result"),
    ],
)
def test_errors_in_an_envelope_with_200(data: Path, body: dict[str, Any], kind: str, words: str) -> None:
    account = Account()
    account.instead["/tracks/info"] = httpx.Response(200, json=body)
    (found,) = look_up(data, account)
    assert found.outcome == kind
    assert words in found.reason


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (200, {"result": "error", "message": "Invalid Api Key"}, CredentialsError, "Invalid Api Key"),
        (403, {"result": "error", "message": "Plan too small"}, CredentialsError, "Plan too small"),
        (402, {"result": "error", "message": "Pay first"}, QuotaError, "Pay first"),
        (429, {"result": "error", "message": "Quota exceeded"}, QuotaError, "Quota exceeded"),
    ],
)
def test_what_is_about_the_account_ends_the_run(
    data: Path, status: int, body: dict[str, Any], kind: type[SourceError], words: str
) -> None:
    account = Account(info())
    account.instead["/tracks/search"] = httpx.Response(status, json=body)
    with pytest.raises(kind, match=words):
        look_up(data, account, REMIX)


def test_an_account_that_may_not_see_its_state_still_sees_tracks(data: Path) -> None:
    account = Account(info())
    account.instead["/status"] = httpx.Response(410, json={"result": "error", "message": "Gone"})
    (found,) = look_up(data, account)
    assert found.outcome == "hit"


@pytest.mark.parametrize(
    ("data_of_stats", "is_there", "expected"),
    [
        ({"unique_support": 57, "total_support": 131}, True, (57, 131)),
        ({"unique_support_total": 57, "total_support_total": "131"}, True, (57, 131)),
        ({"unique_support": 0, "total_support": 0}, True, (0, 0)),
        ({"unique_support": 0, "total_support": 0}, False, (None, None)),
        ({"unique_support": 4}, False, (4, None)),
        ({"unique_support": None, "unique_support_total": 3}, True, (3, None)),
        ({"unique_support": True, "total_support": -2}, True, (None, None)),
        ({}, True, (None, None)),
        (None, True, (None, None)),
    ],
)
def test_none_is_not_zero(
    data_of_stats: Any, is_there: bool, expected: tuple[int | None, int | None]
) -> None:
    body = {
        "stats": [
            {"source": "spotify", "data": {"unique_support": 9}},
            {"source": "tracklist", "data": data_of_stats},
        ]
    }
    supports = read_supports(body, is_on_tracklists=is_there)
    assert (supports.unique, supports.total) == expected


def test_activities_are_ordered_and_only_those_of_tracklists() -> None:
    def one(day: Any, text: str, source: str = "tracklist", url: Any = None) -> dict[str, Any]:
        return {"source": source, "activity_date": day, "activity_text": text, "activity_url": url}

    body = {
        "activities": [
            one("2016-02-01", " Supported by Tern ", url="https://t.invalid/2"),
            one("2016-01-01", "Supported by Salt"),
            one("2016-01-01", "Supported by Salt"),
            one("2016-01-01", "Added to a playlist", source="spotify"),
            one(None, "Supported by somebody"),
            "rubbish",
        ]
    }
    assert read_activities(body) == [
        {"date": None, "text": "Supported by somebody", "url": None},
        {"date": "2016-01-01", "text": "Supported by Salt", "url": None},
        {"date": "2016-02-01", "text": " Supported by Tern ", "url": "https://t.invalid/2"},
    ]
    assert read_activities({"activities": None}) == []


def test_labels_that_are_also_distributors() -> None:
    found = read_info(
        {"track_info": info(labels=[{"name": "Harbourlight"}, {"name": "BIG BOATS"}, {"name": " "}])}
    )
    assert found is not None
    assert found.labels == (("Harbourlight", False), ("BIG BOATS", True))


def test_search_results_without_isrc_id_or_artists() -> None:
    bare = {"songstats_track_id": "b", "title": "Bare", "artists": None}
    body = {"results": [{"title": "no id"}, bare, bare, None]}
    assert [(each.id, each.isrcs, each.artists) for each in read_results(body)] == [("b", (), ())]
    assert read_info({"track_info": {"title": "no id"}}) is None


@pytest.mark.parametrize("text", ["x" * 5000, '"+-&&||!(){}[]^~*?:\\/', "🦀 \ud800 \x00 title"])
def test_odd_titles_break_nothing(web: SimulatedWeb, data: Path, text: str) -> None:
    source = Songstats(surroundings(data, web.environment()))
    assert [f.outcome for f in source.look_up([track("Ida Merle", text)])] == ["miss"]
    assert [f.outcome for f in source.look_up_titles([title(text)])] == ["miss"]
    source.close()
