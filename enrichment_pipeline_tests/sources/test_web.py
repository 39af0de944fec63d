"""The simulated web, asked by plain httpx: it must behave like the real services."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedTrack, SimulatedWeb
from enrichment_pipeline_tests.sources.web.catalogue import NO_LABEL_ID, mbid, track_key
from enrichment_pipeline_tests.sources.web.server import ROBOTS, TRAXSOURCE_ROBOTS_WITH_DELAY

AGENT = {"User-Agent": "simulated-tests/1.0 ( tests@example.org )"}
OWN = SimulatedTrack(
    "Ida Merle & Kettle feat. Salt",
    "Hollow Bell",
    label="Low Orchard",
    distributor="Overland Distribution",
    date="2015-06-01",
    isrc="GBABC1500001",
    catalogue_number="LOW 17",
    supports=(57, 131),
    has_merged_id=True,
)
TRACKS = [
    OWN,
    SimulatedTrack(OWN.artist, OWN.title, label="Sampler House", kind="compilation", date="2017-09"),
    SimulatedTrack(OWN.artist, OWN.title, label="Night Ferry", kind="dj-mix", date="2018"),
    SimulatedTrack(OWN.artist, OWN.title, label="White", kind="bootleg", date=""),
    SimulatedTrack(
        OWN.artist,
        OWN.title,
        "Quillon Sabre Remix",
        label="Tin Owl",
        remixers=("Quillon Sabre",),
        supports=(0, 0),
    ),
    SimulatedTrack("Søren Vågdal", "Fjordlys", label=None, isrc="NOABC1500002", length_ms=None),
    SimulatedTrack("Zoë Brannock", "Ebbe", label="Küste", label_is_missing=True, catalogue_number="K 9"),
    SimulatedTrack("Osk Brindle", "Only Here", label="Ferrous Garden", known_to=frozenset({"traxsource"})),
]
RECORDING = mbid("recording", track_key(OWN.artist, OWN.title))
OLD_RECORDING = mbid("recording", "old", track_key(OWN.artist, OWN.title))


class Clock:
    """A clock that goes on only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedWeb]:
    with SimulatedWeb(Catalogue.of(TRACKS)).running() as web:
        yield web


@pytest.fixture
def web(running: SimulatedWeb) -> SimulatedWeb:
    running.reset()
    return running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(headers=AGENT, timeout=5) as client:
        yield client


Ask = Callable[..., httpx.Response]


@pytest.fixture
def musicbrainz(web: SimulatedWeb, client: httpx.Client) -> Ask:
    base = web.environment()["ENRICHMENT_MUSICBRAINZ_URL"]

    def ask(path: str, **parameters: Any) -> httpx.Response:
        return client.get(f"{base}/{path}", params={"fmt": "json", **parameters})

    return ask


# -- MusicBrainz ---------------------------------------------------------------------------------


def test_a_release_browse_carries_the_labels(musicbrainz: Ask) -> None:
    answer = musicbrainz(
        "release",
        recording=RECORDING,
        inc="labels media release-groups artist-credits",
        status="official",
        limit=100,
    ).json()
    assert answer["release-count"] == 3
    assert answer["release-offset"] == 0
    first = answer["releases"][0]
    assert first["date"] == "2015-06-01"
    assert first["release-group"]["primary-type"] == "Single"
    assert {info["label"]["name"] for info in first["label-info"]} == {"Low Orchard", "Overland Distribution"}
    assert "LOW 17" in {info["catalog-number"] for info in first["label-info"]}
    assert [credit["joinphrase"] for credit in first["artist-credit"]] == [" & ", " feat. ", ""]
    assert first["media"][0]["track-count"] == 1
    assert "tracks" not in first["media"][0]
    kinds = [release["release-group"]["secondary-types"] for release in answer["releases"]]
    assert kinds == [[], ["Compilation"], ["Compilation", "DJ-mix"]]


def test_without_a_status_the_bootleg_comes_too(musicbrainz: Ask) -> None:
    answer = musicbrainz("release", recording=RECORDING).json()
    assert [release["status"] for release in answer["releases"]].count("Bootleg") == 1
    assert "label-info" not in answer["releases"][0]


def test_a_merged_id_answers_with_the_new_one(musicbrainz: Ask) -> None:
    """The search index lags behind and shows the old id; a client has to take the id from the body."""
    found = musicbrainz("recording", query="isrc:GBABC1500001").json()["recordings"]
    assert [hit["id"] for hit in found] == [OLD_RECORDING]
    assert musicbrainz(f"recording/{OLD_RECORDING}").json()["id"] == RECORDING
    assert musicbrainz("release", recording=OLD_RECORDING).json()["release-count"] == 4


def test_an_isrc_gives_recordings_and_no_labels(musicbrainz: Ask) -> None:
    answer = musicbrainz("isrc/GBABC1500001", inc="artist-credits+releases").json()
    assert answer["isrc"] == "GBABC1500001"
    (recording,) = answer["recordings"]
    assert recording["id"] == RECORDING
    assert recording["video"] is False
    assert recording["first-release-date"] == "2015-06-01"
    assert len(recording["releases"]) == 4
    assert "label-info" not in recording["releases"][0]


@pytest.mark.parametrize(
    ("path", "parameters", "status", "text"),
    [
        (
            "isrc/GBABC1500001",
            {"inc": "labels"},
            400,
            "labels is not a valid inc parameter for the isrc resource.",
        ),
        (
            f"recording/{RECORDING}",
            {"inc": "labels"},
            400,
            "labels is not a valid inc parameter for the recording",
        ),
        (f"recording/{RECORDING}", {"inc": "media"}, 400, "unless you specify"),
        ("release", {"recording": RECORDING, "inc": "artists"}, 400, "artists is not a valid inc parameter"),
        ("release", {"recording": RECORDING, "inc": ["labels", "media"]}, 400, "multiple parameters"),
        ("release", {"recording": RECORDING, "status": "gone"}, 400, "not a recognized release status"),
        ("release", {"recording": "no id"}, 400, "Invalid mbid."),
        ("release", {}, 400, "do not match any available query type"),
        ("release", {"recording": mbid("nothing")}, 404, "Not Found"),
        (f"recording/{mbid('nothing')}", {}, 404, "Not Found"),
        ("isrc/GBABC9999999", {}, 404, "Not Found"),
        ("isrc/nonsense", {}, 400, "Invalid isrc."),
        ("recording", {"query": " "}, 400, "Must specify"),
        ("recording", {"query": "recording:(open"}, 400, "Unable to parse search"),
        ("nothing", {"query": "x"}, 404, "Not Found"),
    ],
)
def test_what_musicbrainz_refuses(
    musicbrainz: Ask, path: str, parameters: dict[str, Any], status: int, text: str
) -> None:
    answer = musicbrainz(path, **parameters)
    assert answer.status_code == status
    assert text in answer.json()["error"]


def test_search_hits_are_shaped_as_the_search_server_has_them(musicbrainz: Ask) -> None:
    answer = musicbrainz("recording", query=r"recording:(hollow bell \(quillon sabre remix\))").json()
    assert set(answer) == {"created", "count", "offset", "recordings"}
    best, second = answer["recordings"][:2]
    assert (best["title"], best["score"]) == ("Hollow Bell (Quillon Sabre remix)", 100)
    assert second["score"] < 100
    assert "isrcs" not in best
    release = best["releases"][0]
    assert release["release-group"]["primary-type"] == "Single"
    assert "label-info" not in release
    nothing_of_length = musicbrainz("recording", query="fjordlys").json()["recordings"][0]
    assert "length" not in nothing_of_length
    assert musicbrainz("recording", query="label:harbourlight").json()["count"] == 0


def test_a_release_search_carries_labels_unasked(musicbrainz: Ask) -> None:
    releases = musicbrainz("release", recording=RECORDING).json()["releases"]
    ids = " OR ".join(f'"{release["id"]}"' for release in releases)
    found = musicbrainz("release", query=f"reid:({ids})", limit=100).json()
    assert found["count"] == len(releases) == 4
    assert all(hit["label-info"] for hit in found["releases"])


def test_no_label_and_no_label_known_are_told_apart(musicbrainz: Ask) -> None:
    self_released = musicbrainz("release", query="release:fjordlys").json()["releases"][0]
    assert self_released["label-info"] == [{"label": {"id": NO_LABEL_ID, "name": "[no label]"}}]
    missing = musicbrainz("release", query="release:ebbe").json()["releases"][0]
    assert missing["label-info"] == [{"catalog-number": "K 9"}]
    looked_up = musicbrainz(f"release/{missing['id']}", inc="labels").json()
    assert looked_up["label-info"] == [{"catalog-number": "K 9", "label": None}]


def test_limits_of_search_browse_and_lookup(client: httpx.Client) -> None:
    many = [SimulatedTrack("Ida Merle", "Resin", label=f"L {n}", date=f"{1890 + n}") for n in range(120)]
    with SimulatedWeb(Catalogue.of(many)).running() as web:
        base = f"{web.url('musicbrainz')}/ws/2"
        recording = mbid("recording", many[0].key)

        def sizes(path: str, **parameters: Any) -> int:
            answer = client.get(f"{base}/{path}", params={"fmt": "json", **parameters}).json()
            return len(answer["releases"])

        assert sizes("release", query="resin", limit=100) == 100
        assert sizes("release", query="resin", limit=101) == 25  # silently
        assert sizes("release", query="resin") == 25
        assert sizes("release", query="resin", limit=100, offset=100) == 20
        assert sizes("release", recording=recording) == 25
        assert sizes("release", recording=recording, limit=500) == 100  # clamped
        assert sizes("release", recording=recording, limit=100, offset=100) == 20
        assert sizes(f"recording/{recording}", inc="releases") == 25  # cut


def test_browsing_by_label_release_and_artist(musicbrainz: Ask) -> None:
    label = musicbrainz("label", query="low orchard").json()["labels"][0]
    assert musicbrainz("release", label=label["id"]).json()["release-count"] == 1
    looked_up = musicbrainz(f"label/{label['id']}", inc="aliases+url-rels").json()
    assert musicbrainz(f"label/{mbid('label', 'old', 'loworchard')}").json()["id"] == label["id"]
    assert "Low Orchard Records" in {alias["name"] for alias in looked_up["aliases"]}
    release = musicbrainz("release", label=label["id"], inc="recordings").json()["releases"][0]
    assert release["media"][0]["tracks"][0]["recording"]["id"] == RECORDING
    assert musicbrainz("recording", release=release["id"]).json()["recording-count"] == 1
    assert musicbrainz("label", release=release["id"]).json()["label-count"] == 2
    assert musicbrainz("recording", artist=mbid("artist", "idamerle")).json()["recording-count"] == 2


def test_urls_one_and_many(musicbrainz: Ask, web: SimulatedWeb) -> None:
    known = next(iter(web.musicbrainz.urls))
    one = musicbrainz("url", resource=known, inc="release-rels").json()
    assert one["resource"] == known
    assert one["relations"][0]["release"]["title"] == "Hollow Bell"
    many = musicbrainz("url", resource=[known, "https://nowhere.invalid/"]).json()
    assert (many["url-count"], len(many["urls"])) == (1, 1)
    assert musicbrainz("url", resource="https://nowhere.invalid/").status_code == 404


def test_json_only_when_asked_for(musicbrainz: Ask, web: SimulatedWeb, client: httpx.Client) -> None:
    answer = client.get(f"{web.url('musicbrainz')}/ws/2/recording/{RECORDING}")
    assert answer.headers["content-type"].startswith("application/xml")


@pytest.mark.parametrize("agent", ["", "python-httpx/0.28.1", "python-requests/2.32"])
def test_a_nameless_agent_is_sent_away(web: SimulatedWeb, agent: str) -> None:
    answer = httpx.get(
        f"{web.url('musicbrainz')}/ws/2/recording?query=a&fmt=json", headers={"User-Agent": agent}
    )
    assert answer.status_code == 403


def test_the_gateway_refuses_everything_until_the_tried_rate_falls(client: httpx.Client) -> None:
    """Whoever retries at speed stays out for good: a client must slow down, not hammer."""
    clock = Clock()
    web = SimulatedWeb(
        Catalogue.of(TRACKS), musicbrainz_per_second=1.0, musicbrainz_retry_after=True, clock=clock
    )
    with web.running():
        url = f"{web.url('musicbrainz')}/ws/2/recording?query=bell&fmt=json"

        def statuses(count: int, every_seconds: float) -> list[int]:
            seen = []
            for _ in range(count):
                clock.now += every_seconds
                seen.append(client.get(url).status_code)
            return seen

        assert statuses(20, 1.0) == [200] * 20  # the allowed pace, for ever
        clock.now += 60
        assert statuses(3, 0.0) == [200] * 3  # a small burst
        assert statuses(20, 0.5) == [503] * 20  # twice as fast: nothing is answered, not every second one
        refused = client.get(url)
        assert "exceeding the allowable rate limit" in refused.json()["error"]
        assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(refused.headers)
        clock.now += int(refused.headers["retry-after"])
        assert client.get(url).status_code == 200
        assert [seen.status for seen in web.requests_to("musicbrainz")][-2:] == [503, 200]


# -- Songstats -----------------------------------------------------------------------------------


@pytest.fixture
def songstats(web: SimulatedWeb, client: httpx.Client) -> Ask:
    settings = web.environment()

    def ask(path: str, **parameters: Any) -> httpx.Response:
        key = {"apikey": settings["ENRICHMENT_SONGSTATS_KEY"]}
        return client.get(f"{settings['ENRICHMENT_SONGSTATS_URL']}/{path}", params=parameters, headers=key)

    return ask


def test_songstats_counts_distinct_objects(songstats: Ask, web: SimulatedWeb, client: httpx.Client) -> None:
    wrong = client.get(f"{web.url('songstats')}/enterprise/v1/status", headers={"apikey": "wrong"})
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Invalid Api Key")
    for path in ("tracks/info", "tracks/stats", "tracks/activities"):
        assert songstats(path, isrc="GBABC1500001").status_code == 200
    missing = songstats("tracks/info", isrc="GBABC9999999")
    assert (missing.status_code, missing.json()) == (404, {"result": "error", "message": "Track not found. "})
    status = songstats("status").json()["status"]
    assert status["current_month_total_requested_objects"] == 1
    assert status["current_month_total_bill"] == "0.10"
    assert status["current_month_total_requests"] == 5


def test_songstats_tells_none_from_zero_in_links_only(songstats: Ask) -> None:
    def links_and_numbers(**track: str) -> tuple[set[str], dict[str, int]]:
        info = songstats("tracks/info", **track).json()["track_info"]
        stats = songstats("tracks/stats", source="tracklist", **track).json()["stats"]
        return {link["source"] for link in info["links"]}, stats[0]["data"]

    links, numbers = links_and_numbers(isrc="GBABC1500001")
    assert "tracklist" in links
    assert numbers == {"unique_support": 57, "total_support": 131}
    links, numbers = links_and_numbers(isrc="NOABC1500002")
    assert "tracklist" not in links
    assert numbers == {"unique_support": 0, "total_support": 0}
    remix = songstats("tracks/search", q="hollow bell quillon sabre remix").json()["results"][0]
    assert remix["title"] == "Hollow Bell (Quillon Sabre remix)"
    links, numbers = links_and_numbers(songstats_track_id=remix["songstats_track_id"])
    assert "tracklist" in links
    assert numbers["unique_support"] == 0


def test_songstats_search_takes_an_isrc_and_gives_the_nearest_thing(songstats: Ask) -> None:
    by_isrc = songstats("tracks/search", q="GBABC1500001").json()["results"]
    assert [hit["title"] for hit in by_isrc] == ["Hollow Bell"]
    near = songstats("tracks/search", q="Ida Merle Hollow Bell Nobody Remix").json()["results"]
    assert near
    activities = songstats("tracks/activities", isrc="GBABC1500001", source="tracklist", limit=5).json()[
        "activities"
    ]
    assert len(activities) == 5
    assert activities[0]["source"] == "tracklist"


def test_songstats_quota_stands_for_new_objects_only(client: httpx.Client) -> None:
    with SimulatedWeb(Catalogue.of(TRACKS), songstats_objects_per_month=1).running() as web:
        settings = web.environment()
        headers = {"apikey": settings["ENRICHMENT_SONGSTATS_KEY"]}
        url = f"{settings['ENRICHMENT_SONGSTATS_URL']}/tracks/info"

        def ask(isrc: str) -> int:
            return client.get(url, params={"isrc": isrc}, headers=headers).status_code

        assert [ask("GBABC1500001"), ask("NOABC1500002"), ask("GBABC1500001")] == [200, 429, 200]


# -- Discogs -------------------------------------------------------------------------------------


def test_discogs_needs_a_token_to_search_and_shows_its_pace(web: SimulatedWeb, client: httpx.Client) -> None:
    settings = web.environment()
    url = f"{settings['ENRICHMENT_DISCOGS_URL']}/database/search"
    refused = client.get(url, params={"track": "hollow bell"})
    assert refused.status_code == 401
    token = {"Authorization": f"Discogs token={settings['ENRICHMENT_DISCOGS_TOKEN']}"}
    found = client.get(
        url, params={"type": "release", "artist": "ida merle", "track": "hollow bell"}, headers=token
    )
    limit = int(found.headers["x-discogs-ratelimit"])
    assert found.headers["x-discogs-ratelimit-remaining"] == str(limit - 2)
    answer = found.json()
    assert answer["pagination"]["items"] == 5
    labels = {label for hit in answer["results"] for label in hit["label"]}
    assert {"Low Orchard", "Sampler House"} <= labels
    assert "Overland Distribution" not in labels  # distributors are companies there
    first = next(hit for hit in answer["results"] if hit["catno"] == "LOW 17")
    assert re.fullmatch(
        r"Ida Merle( \(2\))? & Kettle( \(2\))? feat. Salt( \(2\))? - Hollow Bell", first["title"]
    )
    release = client.get(f"{settings['ENRICHMENT_DISCOGS_URL']}/releases/{first['id']}").json()
    assert release["labels"][0]["catno"] == "LOW 17"
    assert release["companies"][0]["name"] == "Overland Distribution"
    assert release["released"] == "2015-06-01"
    assert release["tracklist"][0] == {
        "position": "1",
        "type_": "track",
        "title": "Hollow Bell",
        "duration": "6:30",
    }
    assert client.get(f"{settings['ENRICHMENT_DISCOGS_URL']}/releases/1").json() == {
        "message": "Release not found."
    }


def test_discogs_writes_self_released_and_index_tracks_its_own_way(
    web: SimulatedWeb, client: httpx.Client
) -> None:
    settings = web.environment()
    base = settings["ENRICHMENT_DISCOGS_URL"]
    token = {"Authorization": f"Discogs token={settings['ENRICHMENT_DISCOGS_TOKEN']}"}

    def releases(**asked: str) -> list[dict[str, Any]]:
        hits = client.get(f"{base}/database/search", params=asked, headers=token).json()["results"]
        return [client.get(f"{base}/releases/{hit['id']}").json() for hit in hits]

    (alone,) = releases(track="fjordlys")
    assert alone["labels"][0]["name"] == "Not On Label (Søren Vågdal Self-released)"
    assert alone["labels"][0]["catno"] == "none"
    assert alone["tracklist"][0]["duration"] == ""
    (mix,) = releases(label="night ferry")
    assert [track["type_"] for track in mix["tracklist"]] == ["heading", "index"]
    assert mix["tracklist"][1]["sub_tracks"][0]["title"] == "Hollow Bell"
    assert mix["artists"][0]["name"] == "Various"
    assert mix["released"] == "2018"


def test_discogs_stops_who_asks_too_often(client: httpx.Client) -> None:
    clock = Clock()
    with SimulatedWeb(Catalogue.of(TRACKS), discogs_per_minute=3, clock=clock).running() as web:
        url = f"{web.url('discogs')}/labels/1818"
        assert [client.get(url).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        clock.now += 61
        assert client.get(url).headers["x-discogs-ratelimit-remaining"] == "2"


# -- Beatport API --------------------------------------------------------------------------------


def test_beatport_tokens_are_given_expire_and_are_renewed(client: httpx.Client) -> None:
    clock = Clock()
    with SimulatedWeb(Catalogue.of(TRACKS), beatport_token_seconds=600, clock=clock).running() as web:
        settings = web.environment()
        base = settings["ENRICHMENT_BEATPORT_URL"]
        who = {
            "client_id": settings["ENRICHMENT_BEATPORT_CLIENT_ID"],
            "client_secret": settings["ENRICHMENT_BEATPORT_CLIENT_SECRET"],
        }

        def token(**form: str) -> httpx.Response:
            return client.post(f"{base}/auth/o/token/", data=form)

        def status(access: str) -> int:
            asked = {"isrc": "GBABC1500001,NOABC1500002"}
            headers = {"Authorization": f"Bearer {access}"}
            return client.get(f"{base}/catalog/tracks/", params=asked, headers=headers).status_code

        assert token(grant_type="client_credentials", client_id="x", client_secret="y").status_code == 401
        assert token(grant_type="password", **who).json() == {"error": "unsupported_grant_type"}
        given = token(grant_type="client_credentials", **who).json()
        assert (given["expires_in"], given["token_type"]) == (600, "Bearer")
        assert status(given["access_token"]) == 200
        assert status("made up") == 401
        clock.now += 601
        assert status(given["access_token"]) == 401
        renewed = token(grant_type="refresh_token", refresh_token=given["refresh_token"], **who).json()
        assert status(renewed["access_token"]) == 200
        again = token(grant_type="refresh_token", refresh_token=given["refresh_token"], **who)
        assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_beatport_catalogue(web: SimulatedWeb, client: httpx.Client) -> None:
    settings = web.environment()
    base = settings["ENRICHMENT_BEATPORT_URL"]
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["ENRICHMENT_BEATPORT_CLIENT_ID"],
        "client_secret": settings["ENRICHMENT_BEATPORT_CLIENT_SECRET"],
    }
    access = client.post(f"{base}/auth/o/token/", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {access}"}

    def ask(path: str, **asked: Any) -> Any:
        return client.get(f"{base}/catalog/{path}", params=asked, headers=headers).json()

    page = ask("tracks/", isrc="GBABC1500001,NOABC1500002", per_page=2)
    assert set(page) == {"count", "next", "previous", "page", "per_page", "results"}
    assert page["count"] == 4
    assert len(page["results"]) == 2
    assert "page=2" in page["next"]
    track = page["results"][0]
    assert (track["name"], track["mix_name"]) == ("Hollow Bell", "Original Mix")
    assert track["release"]["label"]["name"] == "Low Orchard"
    assert "label" not in track
    remix = ask("tracks/", name="hollow bell", mix_name="quillon", artist_name="ida merle")["results"]
    assert [found["remixers"][0]["name"] for found in remix] == ["Quillon Sabre"]
    assert ask("tracks/", name="hollow bell", label_name_exact="Tin Owl")["count"] == 1
    assert ask("tracks/", name="hollow bell", publish_date="2016-01-01:2017-12-31")["count"] == 1
    assert ask("tracks/store/NOABC1500002/")["release"]["label"]["name"] == "Søren Vågdal"  # self-released
    assert ask("search/", q="ida merle hollow bell", type="tracks")["tracks"][0]["id"] == track["id"]
    assert ask(f"tracks/{track['id']}/") == track
    assert ask(f"releases/{track['release']['id']}/tracks/")["results"] == [track]
    assert ask("labels/", name_exact="low orchard")["results"][0]["name"] == "Low Orchard"
    assert ask("tracks/1/") == {"detail": "Not found."}


# -- pages ---------------------------------------------------------------------------------------


def test_beatport_search_page(web: SimulatedWeb, client: httpx.Client) -> None:
    url = f"{web.environment()['ENRICHMENT_WEB_BEATPORT_URL']}/search"

    def tracks(text: str) -> list[dict[str, Any]]:
        page = BeautifulSoup(client.get(url, params={"q": text}).text, "lxml")
        data = json.loads(page.select_one("script#__NEXT_DATA__").string)
        queries = data["props"]["pageProps"]["dehydratedState"]["queries"]
        (found,) = [q["state"]["data"]["tracks"]["data"] for q in queries if "tracks" in q["state"]["data"]]
        return found

    first = tracks("Ida Merle Hollow Bell")[0]
    assert (first["track_name"], first["mix_name"]) == ("Hollow Bell", "Original Mix")
    assert first["label"]["label_name"] == "Low Orchard"
    assert [artist["artist_type_name"] for artist in first["artists"]] == ["Artist"] * 3
    assert tracks("something that nobody sells") == []
    assert len(tracks("Daft Punk One More Time")) >= 3  # every shop has what everybody knows
    assert client.get(url, params={"q": "a (b) (c)"}).status_code == 403


def test_traxsource_search_and_track_page(web: SimulatedWeb, client: httpx.Client) -> None:
    base = web.environment()["ENRICHMENT_WEB_TRAXSOURCE_URL"]
    page = BeautifulSoup(
        client.get(f"{base}/search/tracks", params={"term": "osk brindle only here"}).text, "lxml"
    )
    (row,) = page.select(".trk-row[data-trid]")
    assert row.select_one(".trk-cell.label").get_text(strip=True) == "Ferrous Garden"
    assert row.select_one(".trk-cell.r-date").get_text() == "2015-06-01"
    link = row.select_one(".trk-cell.title a")["href"]
    track = BeautifulSoup(client.get(f"{base}{link}").text, "lxml")
    assert (
        track.select_one("table.tr-det-tbl td:-soup-contains('Label:') + td").get_text() == "Ferrous Garden"
    )
    nothing = BeautifulSoup(client.get(f"{base}/search/tracks", params={"term": "zzz"}).text, "lxml")
    assert nothing.select(".trk-row[data-trid]") == []
    assert nothing.select(".search-list-cont")


def test_juno_search_page(web: SimulatedWeb, client: httpx.Client) -> None:
    base = web.environment()["ENRICHMENT_WEB_JUNO_URL"]
    asked = {"q[all][]": "ida merle hollow bell", "solrorder": "relevancy", "items_per_page": "50"}
    for path in ("/search/", "/web/20260401/http://juno.invalid/search/"):
        page = BeautifulSoup(client.get(f"{base}{path}", params=asked).text, "lxml")
        items = page.select("div.jd-listing-item")
        own = next(i for i in items if i.select_one("a.juno-label").get_text() == "Low Orchard")
        assert list(own.select_one("div.text-sm").stripped_strings)[:2] == ["LOW 17", "01 Jun 15"]
        listed = own.select_one("div.jd-listing-tracklist div.col").get_text()
        assert listed == 'Ida Merle & Kettle feat. Salt - "Hollow Bell" - (6:30) 126 BPM'


def test_bandcamp_search_and_track_page(web: SimulatedWeb, client: httpx.Client) -> None:
    base = web.environment()["ENRICHMENT_WEB_BANDCAMP_URL"]
    url = f"{base}/api/bcsearch_public_api/1/autocomplete_elastic"

    def search(text: str) -> list[dict[str, Any]]:
        asked = {"search_text": text, "search_filter": "t", "full_page": False, "fan_id": None}
        return client.post(url, json=asked).json()["auto"]["results"]

    assert search("ida merle hollow bell") == []  # artist and title in one string
    hit = search("fjordlys")[0]
    assert hit["band_name"] == "Søren Vågdal"
    page = BeautifulSoup(client.get(hit["item_url_path"]).text, "lxml")
    script = page.select_one("script[data-tralbum]")
    assert script is not None
    tralbum, band = json.loads(str(script["data-tralbum"])), json.loads(str(script["data-band"]))
    assert tralbum["current"]["artist"] is None  # his own account
    assert band["name"] == "Søren Vågdal"
    assert tralbum["current"]["release_date"] == "01 Jun 2015 00:00:00 GMT"
    own = next(h for h in search("hollow bell") if h["name"] == "Hollow Bell")
    page = BeautifulSoup(client.get(own["item_url_path"]).text, "lxml")
    linked = json.loads(page.select_one('script[type="application/ld+json"]').string)
    assert linked["publisher"]["name"] == "Low Orchard"
    assert client.get(f"{base}/nobody/track/nothing-1").status_code == 404


def test_robots_txt_of_each_host(web: SimulatedWeb, client: httpx.Client) -> None:
    assert client.get(f"{web.url('bandcamp')}/robots.txt").text == ROBOTS["bandcamp"]
    assert client.get(f"{web.url('discogs')}/robots.txt").status_code == 404
    assert web.requests_to("bandcamp") == []
    told = {"traxsource": TRAXSOURCE_ROBOTS_WITH_DELAY, "juno": ""}
    with SimulatedWeb(Catalogue.of([]), robots_txt=told).running() as other:
        assert "Crawl-delay: 10" in client.get(f"{other.url('traxsource')}/robots.txt").text
        assert client.get(f"{other.url('juno')}/robots.txt").status_code == 404


# -- faults --------------------------------------------------------------------------------------


@pytest.fixture
def bell(web: SimulatedWeb) -> str:
    return f"{web.url('musicbrainz')}/ws/2/recording?query=bell&fmt=json"


def test_a_status_with_and_without_retry_after(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    web.faults.add("musicbrainz", "status", status=429, times=1)
    web.faults.add("musicbrainz", "status", status=503, retry_after=2, times=1)
    web.faults.add("musicbrainz", "status", status=503, retry_after=60, as_date=True, times=1)
    web.faults.add("musicbrainz", "status", status=401, times=1)
    answers = [client.get(bell) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [429, 503, 503, 401, 200]
    assert [answer.headers.get("retry-after") for answer in answers[:2]] == [None, "2"]
    assert answers[2].headers["retry-after"].endswith("GMT")
    assert [seen.fault for seen in web.requests] == ["status"] * 4 + [""]


def test_a_fault_strikes_its_host_and_paths_only(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    web.faults.add("musicbrainz", "status", status=500, path="/ws/2/release")
    assert client.get(bell).status_code == 200
    assert client.get(f"{web.url('musicbrainz')}/ws/2/release?query=bell&fmt=json").status_code == 500
    assert client.get(f"{web.url('discogs')}/labels/1818").status_code == 200
    web.faults.clear("discogs")
    assert client.get(f"{web.url('musicbrainz')}/ws/2/release?query=bell&fmt=json").status_code == 500
    web.faults.clear()
    assert client.get(f"{web.url('musicbrainz')}/ws/2/release?query=bell&fmt=json").status_code == 200


def test_a_fault_can_wait_for_some_requests(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    web.faults.add("musicbrainz", "status", status=500, after=2, times=1)
    assert [client.get(bell).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_connection_is_reset(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    web.faults.add("musicbrainz", "reset", times=1)
    with pytest.raises(httpx.ReadError):
        client.get(bell)
    assert client.get(bell).status_code == 200
    assert [(seen.status, seen.fault) for seen in web.requests] == [(0, "reset"), (200, "")]


def test_a_body_that_ends_too_early(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    web.faults.add("musicbrainz", "cut_off", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(bell)
    web.faults.add("musicbrainz", "truncated", times=1)
    with pytest.raises(json.JSONDecodeError):
        client.get(bell).json()


def test_a_slow_body_takes_its_time(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    web.faults.add("musicbrainz", "slow", seconds=0.3, times=1)
    began = time.monotonic()
    assert client.get(bell).status_code == 200
    assert time.monotonic() - began >= 0.25
    with pytest.raises(ValueError, match="30 s at most"):
        web.faults.add("musicbrainz", "slow", seconds=31)


def test_a_stopping_web_does_not_wait_for_slow_bodies() -> None:
    web = SimulatedWeb(Catalogue.of(TRACKS))
    with httpx.Client(headers=AGENT) as client:
        with web.running():
            web.faults.add("musicbrainz", "slow", seconds=30)
            with client.stream("GET", f"{web.url('musicbrainz')}/ws/2/label?query=a&fmt=json") as answer:
                next(answer.iter_raw())
            began = time.monotonic()
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("kind", "status", "holds"),
    [
        ("html", 200, "Back soon"),
        ("list", 200, "[{"),
        ("challenge", 403, "<title>Just a moment...</title>"),
        ("empty_page", 200, '<div id="app"></div>'),
        ("changed_markup", 200, "card-imprint"),
    ],
)
def test_wrong_pages(
    web: SimulatedWeb, client: httpx.Client, bell: str, kind: Any, status: int, holds: str
) -> None:
    web.faults.add("musicbrainz", kind)
    answer = client.get(bell)
    assert answer.status_code == status
    assert holds in answer.text
    assert (answer.headers.get("cf-mitigated") == "challenge") == (kind == "challenge")


def test_a_redirect_leads_to_another_host(web: SimulatedWeb, client: httpx.Client, bell: str) -> None:
    """Not only to another port: a client that looks at names alone must notice too."""
    web.faults.add("musicbrainz", "redirect", times=2)
    answer = client.get(bell)
    assert answer.status_code == 302
    assert answer.next_request is not None
    assert answer.next_request.url.host == "localhost"
    assert web.requests_to("elsewhere") == []
    client.get(bell, follow_redirects=True)
    assert len(web.requests_to("elsewhere")) == 1


@pytest.mark.parametrize("kind", ["huge", "gzip_bomb"])
def test_bodies_over_ten_megabytes(web: SimulatedWeb, client: httpx.Client, bell: str, kind: Any) -> None:
    web.faults.add("musicbrainz", kind)
    read = 0
    with client.stream("GET", bell) as answer:
        for piece in answer.iter_bytes():
            read += len(piece)
    assert read > 10_000_000
    # Who goes away in the middle must not disturb the next.
    with client.stream("GET", bell) as answer:
        next(answer.iter_bytes())
    web.faults.clear()
    assert client.get(bell).status_code == 200


# -- the web itself ------------------------------------------------------------------------------


def test_requests_are_recorded_without_secrets(web: SimulatedWeb, client: httpx.Client) -> None:
    settings = web.environment()
    began = time.monotonic()
    client.get(
        f"{settings['ENRICHMENT_SONGSTATS_URL']}/status",
        headers={"apikey": settings["ENRICHMENT_SONGSTATS_KEY"]},
    )
    client.get(
        f"{web.url('discogs')}/database/search",
        params={"q": "a b", "token": settings["ENRICHMENT_DISCOGS_TOKEN"]},
    )
    status, search = web.requests
    assert (status.host, status.method, status.path, status.status) == (
        "songstats",
        "GET",
        "/enterprise/v1/status",
        200,
    )
    assert status.headers["apikey"] == "***"
    assert status.headers["user-agent"] == AGENT["User-Agent"]
    assert search.query == "q=a+b&token=***"
    assert began <= status.arrived_at <= search.arrived_at <= time.monotonic()


def test_a_request_line_that_is_too_long(web: SimulatedWeb, client: httpx.Client) -> None:
    answer = client.get(f"{web.url('discogs')}/database/search", params={"q": "x" * 9000})
    assert answer.status_code == 414


def test_it_starts_fast_stops_and_starts_again(client: httpx.Client) -> None:
    web = SimulatedWeb(Catalogue.of(TRACKS))
    for _ in range(2):
        with web.running():
            url = web.url("discogs")
            assert client.get(f"{url}/labels/1818").status_code == 200
        with pytest.raises(httpx.ConnectError):
            client.get(f"{url}/labels/1818")
    began = time.perf_counter()
    with SimulatedWeb(Catalogue.of(TRACKS)).running():
        took = time.perf_counter() - began
    # 0.3 s on a quiet machine; tests run beside others.
    assert took < 1.5


def test_every_setting_of_the_pipeline_is_there(web: SimulatedWeb) -> None:
    settings = web.environment()
    urls = {name: value for name, value in settings.items() if name.endswith("_URL")}
    assert len(set(urls.values())) == len(urls) == 8
    assert all(value.startswith("http://127.0.0.1:") for value in urls.values())
    assert settings["ENRICHMENT_WEB_SITES"] == "beatport,traxsource,juno,bandcamp"


def test_another_process_reaches_it_by_address_alone(web: SimulatedWeb) -> None:
    asks = (
        "import httpx, os; url = os.environ['ENRICHMENT_MUSICBRAINZ_URL'];"
        "answer = httpx.get(url + '/recording?query=fjordlys&fmt=json', headers={'User-Agent': 'other/1 (x)'});"
        "print(answer.json()['count'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", asks], env={**os.environ, **web.environment()}, capture_output=True, text=True
    )
    assert said.stdout.strip() == "1"
    assert [seen.headers["user-agent"] for seen in web.requests] == ["other/1 (x)"]
