"""Beatport's partner API: tokens that are never seen, many ISRCs a request, and tracks withdrawn one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from enrichment_pipeline.sources.beatport_api import BeatportApi
from enrichment_pipeline.sources.beatport_api.tracks import read_kind, read_track
from enrichment_pipeline.sources.outcomes import (
    BlockedError,
    CredentialsError,
    DownError,
    OffError,
    QuotaError,
    SourceError,
)
from enrichment_pipeline.sources.questions import LookUp, TrackQuestion
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
from enrichment_pipeline_tests.sources.web.server import BEATPORT_REFRESH_TOKEN

LOW_WATER_MARK = track("Ida Merle", "Low Water Mark", isrcs=["gb-zzz-15-00001"])
QUAY_SONG = track("Salt & Ferry", "Quay Song")
TOKEN_PATH = "/auth/o/token/"
TRACKS_PATH = "/catalog/tracks/"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedWeb]:
    with SimulatedWeb(Catalogue.of(WORLD)).running() as web:
        yield web


@pytest.fixture
def web(running: SimulatedWeb) -> SimulatedWeb:
    running.reset()
    return running


def listed(number: int = 1, **changed: Any) -> dict[str, Any]:
    """A track as a list has it."""
    return {
        "id": number,
        "name": "Low Water Mark",
        "mix_name": "Original Mix",
        "slug": "low-water-mark",
        "artists": [{"id": 1, "name": "Ida Merle"}],
        "remixers": [],
        "release": {"id": 10 + number, "name": "Low Water Mark", "label": {"id": 3, "name": "Harbourlight"}},
        "catalog_number": "HL07",
        "isrc": "GBZZZ1500001",
        "publish_date": "2015-06-12",
        "new_release_date": "2015-06-01",
        **changed,
    }


class Partner:
    """A partner API of our own: what it lists, whom it lets in, and what it refuses."""

    def __init__(self, *tracks: dict[str, Any]) -> None:
        self.tracks = list(tracks)
        self.releases: dict[str, dict[str, Any]] = {}
        self.token_answer: Any = None
        self.token_status = 200
        self.refused: set[str] = set()
        self.expired: set[str] = set()
        self.page_size = 100
        self.issued = 0
        self.network = Network(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v")
        if path == TOKEN_PATH:
            return self._token()
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or token in self.expired:
            return httpx.Response(401, json={"detail": f"Invalid token {token}."})
        if path.startswith("/catalog/releases/"):
            page = self.releases.get(path.split("/")[3])
            return httpx.Response(200 if page else 404, json=page or {"detail": "Not found."})
        asked = dict(request.url.params)
        isrcs = set(asked.get("isrc", "").split(",")) - {""}
        if isrcs & self.refused or asked.get("name") in self.refused or "*" in self.refused:
            return httpx.Response(403, json={"detail": "Not allowed."})
        found = [t for t in self.tracks if t["isrc"] in isrcs or asked.get("name", "?") in t["name"]]
        start = (int(asked["page"]) - 1) * self.page_size
        return httpx.Response(
            200,
            json={
                "count": len(found),
                "next": "more" if len(found) > start + self.page_size else None,
                "results": found[start : start + self.page_size],
            },
        )

    def _token(self) -> httpx.Response:
        self.issued += 1
        good = {
            "access_token": f"access-{self.issued}-of-tests",
            "refresh_token": f"refresh-{self.issued}-of-tests",
            "expires_in": 36000,
        }
        return httpx.Response(self.token_status, json=self.token_answer or good)

    def forms(self) -> list[dict[str, str]]:
        """What was sent for tokens."""
        posts = [request for request in self.network.asked if request.method == "POST"]
        return [{k: v[0] for k, v in parse_qs(post.content.decode()).items()} for post in posts]


def look_up(root: Path, partner: Partner, *questions: TrackQuestion, **changed: str) -> list[LookUp]:
    source = BeatportApi(surroundings(root, **changed), network=partner.network)
    try:
        return list(source.look_up(questions or [LOW_WATER_MARK]))
    finally:
        source.close()


# ---- against the simulated web -----------------------------------------------------------------------


def test_labels_by_isrc_and_by_name(web: SimulatedWeb, data: Path) -> None:
    source = BeatportApi(surroundings(data, web.environment()))
    questions = [
        QUAY_SONG,
        LOW_WATER_MARK,
        track("Ida Merle", "Low Water Mark", "DJ Pellworm Remix", isrcs=["GBZZZ1500002", "rubbish"]),
        track("Ida Merle", "Low Water Mark", "Terrace Dub"),
        track("Nobody", "Nowhere", isrcs=["GBZZZ9999999"]),
    ]
    found = {each.track_key: each for each in source.look_up(questions)}
    source.close()
    song, mark, remix, dub, none = (found[question.track_key] for question in questions)
    assert len(found) == len(questions)
    assert [(f.label, f.found_by) for f in song.labels] == [("Slow Pier", "exact")]
    assert {f.label for f in mark.labels} == {"Harbourlight", "Floor Sampler"}
    assert mark.labels[0].found_by == "isrc"
    assert mark.isrcs == ("GBZZZ1500001",)
    assert [(f.label, f.release_date) for f in remix.labels] == [("Pellworm Cuts", date(2016, 3, 1))]
    assert remix.reason == "found by ISRC, 2016"
    assert (dub.outcome, none.outcome) == ("miss", "miss")
    assert "version gate" in dub.reason
    assert none.reason == "no track"
    assert remix.asked_at == NOW
    assert [seen.path for seen in web.requests_to("beatport", "/v4/auth")] == ["/v4" + TOKEN_PATH]
    assert source.requests == len(web.requests_to("beatport"))


def test_offline_the_same_is_said_without_token_or_request(web: SimulatedWeb, data: Path) -> None:
    questions = [LOW_WATER_MARK, QUAY_SONG, track("Nobody", "Nowhere", isrcs=["GBZZZ9999999"])]

    def ask(**changed: str) -> tuple[list[LookUp], int]:
        source = BeatportApi(surroundings(data, web.environment(), **changed))
        found = [*source.look_up(questions), *source.look_up_titles([title("Lantern", label="Wick")])]
        source.close()
        return found, source.requests

    first, requests = ask()
    assert requests > 0
    assert ask() == (first, 0)
    assert ask(OFFLINE="1", BEATPORT_CLIENT_SECRET="") == (first, 0)


def test_titles_name_their_artists(web: SimulatedWeb, data: Path) -> None:
    source = BeatportApi(surroundings(data, web.environment()))
    wick, both, elsewhere, none = source.look_up_titles(
        [
            title("Lantern", label="Wick"),
            title("Lantern"),
            title("Quay Song", label="Another Label"),
            title("Unheard Of"),
        ]
    )
    source.close()
    assert (wick.outcome, [(a.artist, a.label_agrees) for a in wick.artists]) == (
        "hit",
        [("Mira Holt", True)],
    )
    assert (both.outcome, len(both.artists)) == ("ambiguous", 2)
    assert [(a.artist, a.artists, a.label_agrees) for a in elsewhere.artists] == [
        ("Salt & Ferry", ("Salt", "Ferry"), False)
    ]
    assert elsewhere.outcome == none.outcome == "miss"


def test_a_token_that_expired_is_renewed_once(web: SimulatedWeb, data: Path) -> None:
    source = BeatportApi(surroundings(data, web.environment()))
    assert next(source.look_up([QUAY_SONG])).outcome == "hit"
    web.beatport.expire_tokens()
    assert next(source.look_up([LOW_WATER_MARK])).outcome == "hit"
    source.close()
    assert len(web.requests_to("beatport", "/v4/auth")) == 2


def test_a_refresh_token_is_used_up_and_the_next_taken(web: SimulatedWeb, data: Path) -> None:
    environment = {
        **web.environment(),
        "ENRICHMENT_BEATPORT_CLIENT_SECRET": "",
        "ENRICHMENT_BEATPORT_REFRESH_TOKEN": BEATPORT_REFRESH_TOKEN,
    }
    source = BeatportApi(surroundings(data, environment))
    assert source.off_reason is None
    assert next(source.look_up([QUAY_SONG])).outcome == "hit"
    web.beatport.expire_tokens()
    assert next(source.look_up([LOW_WATER_MARK])).outcome == "hit"
    source.close()
    # the token of the environment is used up now, and no other run knows the next one
    later = BeatportApi(surroundings(data / "later", environment))
    with pytest.raises(CredentialsError, match="ENRICHMENT_BEATPORT_REFRESH_TOKEN"):
        next(later.look_up([QUAY_SONG]))
    later.close()


@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [
        ({"kind": "truncated", "times": 1}, ["down", "hit"]),
        ({"kind": "list", "times": 1}, ["down", "hit"]),
        ({"kind": "status", "status": 429, "retry_after": 0, "times": 2}, ["hit", "hit"]),
        ({"kind": "reset", "times": 2}, ["hit", "hit"]),
    ],
)
def test_faults(web: SimulatedWeb, data: Path, fault: dict[str, Any], outcomes: list[str]) -> None:
    web.faults.add("beatport", path="/v4/catalog", **fault)
    source = BeatportApi(surroundings(data, web.environment()))
    assert [each.outcome for each in source.look_up([LOW_WATER_MARK, QUAY_SONG])] == outcomes
    # what was no answer was not kept
    web.faults.clear()
    assert [each.outcome for each in source.look_up([LOW_WATER_MARK, QUAY_SONG])] == ["hit", "hit"]
    source.close()


@pytest.mark.parametrize("path", ["/v4/auth", "/v4/catalog"])
def test_a_host_in_trouble_ends_the_run(web: SimulatedWeb, data: Path, path: str) -> None:
    web.faults.add("beatport", "status", path=path, status=503)
    source = BeatportApi(surroundings(data, web.environment()))
    with pytest.raises(DownError, match="status 503"):
        list(source.look_up([LOW_WATER_MARK, QUAY_SONG]))
    source.close()


def test_no_secret_is_ever_written_or_told(
    web: SimulatedWeb, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    environment = {**web.environment(), "ENRICHMENT_BEATPORT_REFRESH_TOKEN": BEATPORT_REFRESH_TOKEN}
    secrets = [environment["ENRICHMENT_BEATPORT_CLIENT_SECRET"], BEATPORT_REFRESH_TOKEN]
    errors: list[SourceError] = []
    faults: list[dict[str, Any] | None] = [
        {"kind": "status", "status": status, "path": path, "body": " ".join(secrets)}
        for status in (400, 401, 403, 418)
        for path in ("/v4/auth", "/v4/catalog")
    ]
    faults += [
        {"kind": kind, "path": path} for kind in ("reset", "truncated") for path in ("/v4/auth", "/v4")
    ]
    for at, fault in enumerate([*faults, None]):
        web.reset()
        if fault:
            web.faults.add("beatport", **fault)
        source = BeatportApi(surroundings(data / str(at), environment))
        try:
            for each in source.look_up([LOW_WATER_MARK, QUAY_SONG]):
                assert not any(secret in repr(each) for secret in secrets)
        except SourceError as error:
            errors.append(error)
        access = source._token._access
        secrets += [access] if access else []
        source.close()
    assert len(secrets) > 4
    assert len(errors) > 6
    assert not [text for text in told(caplog.records, errors) if any(secret in text for secret in secrets)]
    assert files_with(data, secrets) == []


# ---- tokens ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"BEATPORT_CLIENT_ID": ""}, "set ENRICHMENT_BEATPORT_CLIENT_ID"),
        ({"BEATPORT_CLIENT_SECRET": ""}, "set ENRICHMENT_BEATPORT_CLIENT_SECRET"),
        ({"BEATPORT_REFRESH_TOKEN": "not a token"}, "ENRICHMENT_BEATPORT_REFRESH_TOKEN holds blanks"),
        ({"CONTACT": ""}, "ENRICHMENT_CONTACT"),
    ],
)
def test_what_turns_it_on(data: Path, changed: dict[str, str], named: str) -> None:
    source = BeatportApi(surroundings(data, **changed))
    assert named in str(source.off_reason)
    with pytest.raises(OffError, match=named):
        list(source.look_up([QUAY_SONG]))
    with pytest.raises(OffError):
        list(source.look_up_titles([title("Lantern")]))
    assert not data.exists()


def test_what_is_sent_for_a_token(data: Path) -> None:
    partner = Partner(listed())
    look_up(data / "a", partner)
    look_up(data / "b", partner, BEATPORT_REFRESH_TOKEN="refresh-0-of-tests")
    look_up(data / "c", partner, BEATPORT_REFRESH_TOKEN="refresh-0-of-tests", BEATPORT_CLIENT_SECRET="")
    client = {"client_id": "client-of-tests"}
    secret = {"client_secret": ENVIRONMENT["ENRICHMENT_BEATPORT_CLIENT_SECRET"]}
    refresh = {"grant_type": "refresh_token", "refresh_token": "refresh-0-of-tests"}
    assert partner.forms() == [
        {**client, **secret, "grant_type": "client_credentials"},
        {**client, **secret, **refresh},
        {**client, **refresh},
    ]
    assert partner.network.asked[1].headers["authorization"] == "Bearer access-1-of-tests"


def test_a_token_is_renewed_before_it_runs_out(data: Path) -> None:
    partner = Partner(listed())
    now = [NOW]
    still = surroundings(data)
    source = BeatportApi(
        Surroundings(data, still.environment, lambda: now[0]),
        network=partner.network,
    )
    list(source.look_up([LOW_WATER_MARK]))
    now[0] += timedelta(hours=8)
    list(source.look_up([QUAY_SONG]))
    assert partner.issued == 1
    now[0] += timedelta(hours=1, minutes=30)
    list(source.look_up([track("Tern", "Another")]))
    assert partner.issued == 2
    source.close()


def test_a_token_that_is_never_accepted_turns_it_off(data: Path) -> None:
    partner = Partner(listed())
    partner.expired |= {"access-1-of-tests", "access-2-of-tests"}
    source = BeatportApi(surroundings(data), network=partner.network)
    with pytest.raises(CredentialsError, match="ENRICHMENT_BEATPORT_CLIENT_ID") as caught:
        list(source.look_up([LOW_WATER_MARK]))
    assert "of-tests" not in str(caught.value)
    assert partner.issued == 2
    assert source.off_reason is not None
    source.close()


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (200, {"token_type": "Bearer"}, DownError),
        (200, {"access_token": "two words"}, DownError),
        (200, ["access-of-tests"], DownError),
        (201, {"access_token": "access-of-tests"}, DownError),
        (404, {"detail": "access-of-tests"}, DownError),
        (400, {"error": "invalid_grant", "hint": "access-of-tests"}, CredentialsError),
        (403, {"detail": "access-of-tests"}, CredentialsError),
    ],
)
def test_answers_without_a_token_end_the_run(
    data: Path, status: int, answer: Any, kind: type[SourceError]
) -> None:
    partner = Partner(listed())
    partner.token_status, partner.token_answer = status, answer
    with pytest.raises(kind) as caught:
        look_up(data, partner)
    assert "of-tests" not in "".join(told([], [caught.value]))
    assert partner.issued == 1


# ---- tracks ------------------------------------------------------------------------------------------


def test_many_isrcs_are_one_request(data: Path) -> None:
    questions = [track("Ida Merle", f"Song {n}", isrcs=[f"GBZZZ15{n:05d}"]) for n in range(60)]
    partner = Partner(*(listed(n, name=f"Song {n}", isrc=f"GBZZZ15{n:05d}") for n in range(60)))
    found = look_up(data, partner, *questions)
    assert [each.outcome for each in found] == ["hit"] * 60
    assert partner.network.paths == [TOKEN_PATH, TRACKS_PATH, TRACKS_PATH]
    asked = [dict(request.url.params) for request in partner.network.asked[1:]]
    assert [len(each["isrc"].split(",")) for each in asked] == [50, 10]
    assert {each["per_page"] for each in asked} == {"100"}


def test_further_pages_are_followed(data: Path) -> None:
    partner = Partner(*(listed(n, release={"id": 5, "label": {"name": f"L {n}"}}) for n in range(5)))
    partner.page_size = 2
    (found,) = look_up(data, partner)
    assert {f.label for f in found.labels} == {f"L {n}" for n in range(5)}
    assert partner.network.paths.count(TRACKS_PATH) == 3


def test_one_withdrawn_track_does_not_cost_the_others_their_answer(data: Path) -> None:
    questions = [track("Ida Merle", f"Song {n}", isrcs=[f"GBZZZ15{n:05d}"]) for n in range(20)]
    partner = Partner(*(listed(n, name=f"Song {n}", isrc=f"GBZZZ15{n:05d}") for n in range(20)))
    partner.refused = {"GBZZZ1500013", "Song 13"}
    found = {each.track_key: each for each in look_up(data, partner, *questions)}
    assert [found[q.track_key].outcome for q in questions] == ["hit"] * 13 + ["down"] + ["hit"] * 6
    withdrawn = found[questions[13].track_key]
    assert (withdrawn.http_status, withdrawn.reason) == (403, "Beatport: restricted or withdrawn (403)")
    assert len(partner.network.asked) < 15
    again = {each.track_key: each for each in look_up(data, Partner(), *questions, OFFLINE="1")}
    for question in questions:
        kept, then = again[question.track_key], found[question.track_key]
        assert kept == then or (kept.outcome, then.outcome) == ("off", "down")


def test_a_host_that_refuses_everything_is_left_alone(data: Path) -> None:
    partner = Partner()
    partner.refused = {"*"}
    questions = [track("Ida Merle", f"Song {n}", isrcs=[f"GBZZZ15{n:05d}"]) for n in range(40)]
    with pytest.raises(BlockedError, match="refuses whatever is asked") as caught:
        look_up(data, partner, *questions)
    assert caught.value.until == NOW + timedelta(days=1)
    assert len(partner.network.asked) < 20
    with pytest.raises(BlockedError, match="left alone"):
        look_up(data, partner, QUAY_SONG)


def test_a_challenge_page_is_blocked_and_no_withdrawn_track(web: SimulatedWeb, data: Path) -> None:
    web.faults.add("beatport", "challenge", path="/v4/catalog")
    source = BeatportApi(surroundings(data, web.environment()))
    with pytest.raises(BlockedError):
        list(source.look_up([QUAY_SONG]))
    source.close()


def test_an_isrc_of_another_track_is_not_believed(data: Path) -> None:
    wrong = listed(artists=[{"name": "Somebody"}], name="Something Else")
    (found,) = look_up(data, Partner(wrong))
    assert (found.outcome, found.reason) == ("miss", "no track")
    # one name that agrees is enough: titles of an ISRC are spelled in many ways
    (found,) = look_up(data / "b", Partner(listed(mix_name="Extended Mix", name="Low Water Mark (Part One)")))
    assert [f.found_by for f in found.labels] == ["isrc"]


def test_the_version_stands_apart_and_is_a_gate(data: Path) -> None:
    partner = Partner(
        listed(1, isrc=None, mix_name="DJ Pellworm Remix", remixers=[{"name": "DJ Pellworm"}]),
        listed(2, isrc=None, mix_name="Extended Mix"),
    )
    remix = track("Ida Merle", "Low Water Mark", "DJ Pellworm Remix")
    by_remix, by_original = look_up(data, partner, remix, track("Ida Merle", "Low Water Mark"))
    assert (by_remix.matched_id, by_original.matched_id) == ("1", "2")
    assert by_remix.labels[0].catalogue_number == "HL07"
    assert by_remix.labels[0].url == "https://www.beatport.com/track/low-water-mark/1"


@pytest.mark.parametrize(
    ("mix", "remixers", "version"),
    [
        ("Remix", ["DJ Pellworm"], "DJ Pellworm Remix"),
        ("Extended Remix", ["Salt", "Tern"], "Salt & Tern Extended Remix"),
        ("DJ Pellworm Remix", ["DJ Pellworm"], "DJ Pellworm Remix"),
        ("Original Mix", ["DJ Pellworm"], "Original Mix"),
        ("Remix", [], "Remix"),
        ("", ["DJ Pellworm"], None),
    ],
)
def test_a_bare_remix_gets_its_remixers(mix: str, remixers: list[str], version: str | None) -> None:
    named = [{"name": name} for name in remixers]
    assert read_track(listed(mix_name=mix, remixers=named), "").mix_name == version


def test_releases_that_only_print_it_again_come_last(data: Path) -> None:
    partner = Partner(
        listed(1, release={"id": 20, "label": {"name": "Floor Sampler"}}, new_release_date="2014-01-01"),
        listed(2, release={"id": 21, "label": {"name": "Big Floor"}}, new_release_date="2014-06-01"),
        listed(3, release={"id": 22, "label": {"name": "Withdrawn"}}, new_release_date="2019-06-01"),
        listed(4),
    )
    partner.releases = {
        "20": {"id": 20, "type": {"id": 2, "name": "Compilation"}},
        "21": {"id": 21, "artists": [{"name": f"Act {n}"} for n in range(5)]},
        "14": {"id": 14, "type": {"name": "Release"}, "artists": [{"name": "Ida Merle"}]},
    }
    (found,) = look_up(data, partner)
    assert [(f.label, f.release_kind) for f in found.labels] == [
        ("Harbourlight", None),
        ("Withdrawn", None),
        ("Floor Sampler", "compilation"),
        ("Big Floor", "various artists"),
    ]
    assert found.matched_id == "4"


def test_rare_shapes_of_tracks() -> None:
    empty = read_track(
        {"id": 5, "artists": None, "release": "Low Water Mark", "isrc": "no", "mix_name": None}, ""
    )
    assert (empty.id, empty.label, empty.isrc, empty.mix_name, empty.artists) == ("5", None, None, None, ())
    assert read_track(listed(release={"id": 1, "label": None}), "").label is None
    assert read_track(listed(new_release_date=None), "").date == date(2015, 6, 12)
    assert read_kind({"type": "EP"}) == "ep"
    assert read_kind({"type": None, "artists": None}) is None


def test_a_track_without_a_label_is_found_and_still_a_miss(data: Path) -> None:
    (found,) = look_up(data, Partner(listed(release={"id": 1})))
    assert (found.outcome, found.reason) == ("miss", "found, but no label is named with it")


def test_the_budget_counts_tokens_too(data: Path) -> None:
    partner = Partner(listed())
    with pytest.raises(QuotaError, match="budget of 1"):
        look_up(data, partner, BEATPORT_BUDGET="1")
    assert partner.network.paths == [TOKEN_PATH]


def test_it_is_paced_at_one_a_second_whatever_is_wished(data: Path) -> None:
    environment = {**ENVIRONMENT, "ENRICHMENT_BEATPORT_PER_SECOND": "50"}
    del environment["ENRICHMENT_BEATPORT_URL"]
    public = BeatportApi(Surroundings(data, environment, lambda: NOW))
    assert public.client.policy.per_second == 1.0
    named = {**environment, "ENRICHMENT_BEATPORT_URL": "https://api.beatport.com/v4/"}
    assert BeatportApi(Surroundings(data, named, lambda: NOW)).client.policy.per_second == 1.0


@pytest.mark.parametrize("text", ["x" * 5000, '"+-&&||!(){}[]^~*?:\\/,', "🦀 \ud800 \x00 title"])
def test_odd_titles_break_nothing(web: SimulatedWeb, data: Path, text: str) -> None:
    source = BeatportApi(surroundings(data, web.environment()))
    assert [f.outcome for f in source.look_up([track("Ida Merle", text)])] == ["miss"]
    assert [f.outcome for f in source.look_up_titles([title(text)])] == ["miss"]
    source.close()
