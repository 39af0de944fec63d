"""Asking a site: when it is off, how it is asked, and that its silence is never taken for a miss."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic
from traceback import format_exception
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from enrichment_pipeline.sources.outcomes import (
    BlockedError,
    DownError,
    OffError,
    QuotaError,
    SourceError,
)
from enrichment_pipeline.sources.questions import LookUp
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.web.pages import FoundTrack
from enrichment_pipeline.sources.web.scrape import (
    SILENT_PAGES,
    ChangedPageError,
    WebPages,
    web_sources,
)
from enrichment_pipeline.sources.web.settings import SITES_VARIABLE, SiteSettings
from enrichment_pipeline.sources.web.site import Fields, Pick, Probe, Rows, Search, Site
from enrichment_pipeline.sources.web.sites import BANDCAMP, BEATPORT, JUNO, SITES, TRAXSOURCE
from enrichment_pipeline_tests.sources.web_pages import shop_pages as pages
from enrichment_pipeline_tests.sources.web_pages.asked import (
    Answerer,
    Clock,
    Shops,
    question,
    surroundings,
)

KNOWN_GOOD = [pages.traxsource_row(900 + n, "Show Me Love", artists=("Robin S",)) for n in range(3)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def around(tmp_path: Path, clock: Clock) -> Surroundings:
    return surroundings(tmp_path, clock)


def html(text: str, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={"Content-Type": "text/html", **headers}, text=text)


def traxsource(*rows: str) -> Answerer:
    """A shop with the best-known track and these."""

    def answer(request: httpx.Request) -> httpx.Response:
        term = parse_qs(urlsplit(str(request.url)).query)["term"][0]
        return html(pages.traxsource(*(KNOWN_GOOD if "Show Me Love" in term else rows)))

    return answer


def asked(source: WebPages, *titles: str) -> list[LookUp]:
    return list(source.look_up([question(title=title, key=title) for title in titles]))


def take(into: list[LookUp], answers: Iterable[LookUp]) -> None:
    """All answers there are before it raises."""
    for answer in answers:
        into.append(answer)


# ---- on and off --------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_off_unless_switched_on_by_name(site: Site, tmp_path: Path, clock: Clock) -> None:
    around = Surroundings(tmp_path, {"ENRICHMENT_CONTACT": "tests@example.org"}, clock)
    source = WebPages(site, around, network=Shops(traxsource()))
    assert source.off_reason is not None
    assert f"add {site.name} to {SITES_VARIABLE}" in source.off_reason
    with pytest.raises(OffError, match=SITES_VARIABLE):
        asked(source, "Lantern Ferry")
    assert source.requests == 0


@pytest.mark.parametrize("wanted", ["traxsource", " Traxsource ; beatport", "bandcamp,traxsource,"])
def test_switched_on(wanted: str, tmp_path: Path, clock: Clock) -> None:
    around = surroundings(tmp_path, clock, ENRICHMENT_WEB_SITES=wanted)
    assert WebPages(TRAXSOURCE, around).off_reason is None


def test_beatport_is_switched_on_by_the_name_of_the_shop_too(tmp_path: Path, clock: Clock) -> None:
    around = surroundings(tmp_path, clock, ENRICHMENT_WEB_SITES="beatport")
    assert WebPages(BEATPORT, around).off_reason is None


def test_a_slip_in_the_list_of_sites_is_named(tmp_path: Path, clock: Clock) -> None:
    around = surroundings(tmp_path, clock, ENRICHMENT_WEB_SITES="traxsorce,bandcamp")
    reason = WebPages(TRAXSOURCE, around).off_reason
    assert reason is not None
    assert "it names traxsorce, which is none of the sites" in reason


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ENRICHMENT_CONTACT", "", "set ENRICHMENT_CONTACT"),
        ("ENRICHMENT_TRAXSOURCE_BUDGET", "many", "ENRICHMENT_TRAXSOURCE_BUDGET='many'"),
        ("ENRICHMENT_TRAXSOURCE_PER_SECOND", "0", "ENRICHMENT_TRAXSOURCE_PER_SECOND=0"),
        ("ENRICHMENT_WEB_TRAXSOURCE_URL", "traxsource.test", "an http or https address"),
        ("ENRICHMENT_WEB_TRAXSOURCE_URL", "http://[half", "ENRICHMENT_WEB_TRAXSOURCE_URL: an http"),
        ("ENRICHMENT_WEB_TRAXSOURCE_URL", "https://me:secret@traxsource.test", "without a password"),
        ("ENRICHMENT_WEB_TRAXSOURCE_PROBE", "Show Me Love", '"artist - title" is meant'),
        ("ENRICHMENT_PROXIES", "http://ok.test:1,ftp://me:secret@x", "ENRICHMENT_PROXIES: exit 2"),
    ],
)
def test_a_setting_that_is_wrong_switches_off_and_says_so(
    variable: str, value: str, words: str, tmp_path: Path, clock: Clock
) -> None:
    reason = WebPages(TRAXSOURCE, surroundings(tmp_path, clock, **{variable: value})).off_reason
    assert reason is not None
    assert words in reason
    assert "secret" not in reason


def test_juno_is_off_without_an_archive(tmp_path: Path, clock: Clock) -> None:
    reason = WebPages(JUNO, surroundings(tmp_path, clock, ENRICHMENT_WEB_JUNO_URL="")).off_reason
    assert reason is not None
    assert "closed on 2026-06-01" in reason
    assert "set ENRICHMENT_WEB_JUNO_URL" in reason


def test_all_sites_in_order(tmp_path: Path, clock: Clock) -> None:
    sources = web_sources(surroundings(tmp_path, clock, ENRICHMENT_PROXIES="no address"))
    assert [source.name for source in sources] == ["beatport_web", "traxsource", "juno", "bandcamp"]
    assert all("ENRICHMENT_PROXIES" in (source.off_reason or "") for source in sources)


@pytest.mark.parametrize(
    ("site", "address", "seconds"),
    [
        (BEATPORT, "", 5),
        (TRAXSOURCE, "", 10),
        (BANDCAMP, "", 5),
        (JUNO, "https://archive.example/juno", 5),
        (JUNO, "http://127.0.0.1:9/juno", 0.001),
        (TRAXSOURCE, "http://127.0.0.1:9", 0.001),
    ],
)
def test_pace(site: Site, address: str, seconds: float, tmp_path: Path, clock: Clock) -> None:
    """A public host, the archive of a closed shop too, is never asked faster than its site says."""
    around = surroundings(tmp_path, clock, **{site.url_variable: address})
    policy = SiteSettings(site, around).policy()
    assert 1 / policy.per_second == pytest.approx(seconds)
    assert policy.obeys_robots
    assert policy.budget == 60


# ---- asking ------------------------------------------------------------------------------------------


def test_traxsource(around: Surroundings) -> None:
    shop = Shops(traxsource(pages.traxsource_row()))
    source = WebPages(TRAXSOURCE, around, network=shop)
    (answer,) = asked(source, "Lantern Ferry")
    assert (answer.outcome, answer.reason) == (
        "hit",
        "found as exact match on Traxsource: Harbourlight, 2015-03-09",
    )
    (finding,) = answer.labels
    assert finding.url == "http://traxsource.test/track/51/lantern-ferry"
    assert (finding.raw_answer_ref,) == answer.refs
    assert answer.http_status == 200
    assert answer.matched_id == "51"
    assert shop.asked == [
        "/search/tracks?term=Robin+S+Show+Me+Love",
        "/search/tracks?term=DJ+Pellworm+Lantern+Ferry",
    ]
    assert source.requests == 3  # robots.txt among them
    assert all("tests@example.org" in r.headers["user-agent"] for r in shop.requests)


def test_beatport_says_isrc_and_catalogue_number(around: Surroundings) -> None:
    known = [pages.beatport_item(n, "One More Time", artists=("Daft Punk",)) for n in range(3)]

    def answer(request: httpx.Request) -> httpx.Response:
        return html(pages.beatport(*(known if "Daft" in str(request.url) else [pages.beatport_item()])))

    (found,) = asked(WebPages(BEATPORT, around, network=Shops(answer)), "Lantern Ferry")
    assert found.isrcs == ("QZTST1500041",)
    assert found.labels[0].catalogue_number == "HBL026"
    assert found.labels[0].url == "http://beatport.test/track/-/41"


def test_a_near_spelling_teaches_no_identifier(around: Surroundings) -> None:
    known = [pages.beatport_item(n, "One More Time", artists=("Daft Punk",)) for n in range(3)]

    def answer(request: httpx.Request) -> httpx.Response:
        return html(pages.beatport(*(known if "Daft" in str(request.url) else [pages.beatport_item()])))

    (found,) = asked(WebPages(BEATPORT, around, network=Shops(answer)), "Lantern Ferrys")
    assert (found.outcome, found.labels[0].found_by, found.isrcs) == ("hit", "fuzzy", ())


def test_juno_below_the_prefix_of_an_archive(around: Surroundings) -> None:
    known = pages.juno_item('<a href="/x">DAFT PUNK</a>', tracks=("One More Time - (5:20)",))
    shop = Shops(lambda r: html(pages.juno(known if "Daft" in str(r.url) else pages.juno_item())))
    (found,) = asked(WebPages(JUNO, around, network=shop), "Lantern Ferry")
    assert [f.label for f in found.labels] == ["Harbourlight"]
    assert shop.asked[1].startswith("/web/2026/juno.test/search/?")
    assert "q%5Ball%5D%5B%5D=DJ+Pellworm+Lantern+Ferry" in shop.asked[1]
    assert shop.requests[0].url == "http://localhost/robots.txt"


KIOSK = Site(
    name="kiosk",
    key="KIOSK",
    title="Kiosk",
    address="https://kiosk.example",
    per_second=1 / 5,
    search=Search("/find", {"for": "{query}"}),
    rows=Rows("json", "songs"),
    fields=Fields(title=(Pick("name"),), artists=(Pick("by"),), label=(Pick("imprint"),), url=(Pick("at"),)),
    probe=Probe("DJ Pellworm", "Lantern Ferry", results=1),
)


def test_a_new_site_is_one_value(tmp_path: Path, clock: Clock) -> None:
    songs = [{"name": "Lantern Ferry", "by": "DJ Pellworm", "imprint": "Harbourlight", "at": "/song/1"}]
    around = surroundings(
        tmp_path,
        clock,
        ENRICHMENT_WEB_SITES="kiosk",
        ENRICHMENT_WEB_KIOSK_URL="http://kiosk.test",
        ENRICHMENT_KIOSK_PER_SECOND="1000",
    )
    network = Shops(lambda request: httpx.Response(200, json={"songs": songs}))
    (answer,) = asked(WebPages(KIOSK, around, network=network), "Lantern Ferry")
    assert [(f.label, f.url) for f in answer.labels] == [("Harbourlight", "http://kiosk.test/song/1")]


def test_the_same_question_costs_nothing_the_second_time(around: Surroundings, clock: Clock) -> None:
    shop = Shops(traxsource(pages.traxsource_row()))
    first = asked(WebPages(TRAXSOURCE, around, network=shop), "Lantern Ferry", "Salt")
    count = len(shop.requests)
    again = WebPages(TRAXSOURCE, around, network=shop)
    assert asked(again, "Lantern Ferry", "Salt") == first
    assert len(shop.requests) == count
    assert again.requests == 0


def test_offline_answers_are_the_same(tmp_path: Path, clock: Clock) -> None:
    shop = Shops(traxsource(pages.traxsource_row()))
    first = asked(WebPages(TRAXSOURCE, surroundings(tmp_path, clock), network=shop), "Lantern Ferry", "Salt")
    clock.time += timedelta(days=300)
    offline = surroundings(tmp_path, clock, ENRICHMENT_OFFLINE="1", ENRICHMENT_CONTACT="")
    source = WebPages(TRAXSOURCE, offline, network=Shops(lambda r: pytest.fail("asked although offline")))
    assert asked(source, "Lantern Ferry", "Salt") == first
    with pytest.raises(OffError, match="never asked before"):
        asked(source, "Margin Notes")


def test_nothing_asked_of_a_question_without_words(around: Surroundings) -> None:
    shop = Shops(traxsource())
    wordless = replace(question(), title="\x01", artists=("\x00",))
    answers = list(WebPages(TRAXSOURCE, around, network=shop).look_up([wordless]))
    assert [(a.outcome, a.reason, a.asked_at) for a in answers] == [
        ("miss", "nothing in it can be searched for", None)
    ]


def test_no_questions_no_requests(around: Surroundings) -> None:
    shop = Shops(traxsource())
    assert list(WebPages(TRAXSOURCE, around, network=shop).look_up([])) == []
    assert shop.requests == []


@pytest.mark.parametrize(
    "title", ['Salt (One) [Two] "Three"', "Salt 🌊", "x" * 5_000, "a && b || !c {d}", "%00&term=y"]
)
def test_titles_that_break_queries(title: str, around: Surroundings) -> None:
    shop = Shops(traxsource())
    (answer,) = asked(WebPages(TRAXSOURCE, around, network=shop), title)
    assert answer.outcome == "miss"
    assert len(parse_qs(urlsplit(shop.asked[1]).query)["term"]) == 1


def test_the_budget_is_kept_and_says_so(tmp_path: Path, clock: Clock) -> None:
    shop = Shops(traxsource(pages.traxsource_row()))
    around = surroundings(tmp_path, clock, ENRICHMENT_TRAXSOURCE_BUDGET="4")
    source = WebPages(TRAXSOURCE, around, network=shop)
    answers: list[LookUp] = []
    with pytest.raises(QuotaError, match="budget of 4 requests"):
        take(answers, source.look_up([question(title=t, key=t) for t in ("a", "b", "c", "d")]))
    assert len(shop.requests) == 4
    assert source.requests == 4


# ---- silence is no miss ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (pages.traxsource(), r"'\.trk-row\[data-trid\]' found 0 results for the known-good query 'Robin S Show Me Love'"),
        (pages.traxsource(*KNOWN_GOOD[:2]), "found 2 results"),
        (pages.traxsource(*KNOWN_GOOD).replace("trk-row", "row"), "found 0 results"),
        (pages.traxsource(*KNOWN_GOOD).replace("trk-cell artists", "by"), r"'\.trk-cell\.artists.*\(artists\) found nothing in 3"),
        (pages.traxsource(*KNOWN_GOOD).replace("trk-cell label", "imprint"), r"'\.trk-cell\.label a'.*\(label\) found nothing"),
        (pages.traxsource(*[pages.traxsource_row(n) for n in range(9)]), "none of the 9 results .* is that track"),
        ("", "found 0 results"),
    ],
    ids=["empty", "too few", "rows renamed", "artists renamed", "labels renamed", "shows anything", "empty body"],
)  # fmt: skip
def test_a_changed_site_is_down_before_anything_is_asked(page: str, words: str, around: Surroundings) -> None:
    shop = Shops(lambda request: html(page))
    source = WebPages(TRAXSOURCE, around, network=shop)
    with pytest.raises(ChangedPageError, match=words) as error:
        asked(source, "Lantern Ferry")
    assert "Traxsource has changed its pages" in error.value.reason
    assert isinstance(error.value, DownError)
    assert error.value.outcome == "down"
    assert len(shop.asked) == 1


def test_a_search_that_moved_is_a_changed_site(around: Surroundings) -> None:
    source = WebPages(TRAXSOURCE, around, network=Shops(lambda request: html("gone", 404)))
    with pytest.raises(ChangedPageError, match=r"/search/tracks is not there any more \(404\)"):
        asked(source, "Lantern Ferry")


def test_a_changed_site_is_not_asked_again_within_the_hour(around: Surroundings, clock: Clock) -> None:
    shop = Shops(lambda request: html(pages.traxsource()))
    for _ in range(3):
        with pytest.raises(ChangedPageError):
            asked(WebPages(TRAXSOURCE, around, network=shop), "Lantern Ferry")
    assert len(shop.asked) == 1
    clock.time += timedelta(hours=2)
    shop.answer = traxsource(pages.traxsource_row())
    (answer,) = asked(WebPages(TRAXSOURCE, around, network=shop), "Lantern Ferry")
    assert answer.outcome == "hit"


def test_another_known_good_query(tmp_path: Path, clock: Clock) -> None:
    shop = Shops(lambda request: html(pages.traxsource(pages.traxsource_row())))
    around = surroundings(tmp_path, clock, ENRICHMENT_WEB_TRAXSOURCE_PROBE="DJ Pellworm - Lantern Ferry")
    (answer,) = asked(WebPages(TRAXSOURCE, around, network=shop), "Lantern Ferry")
    assert answer.outcome == "hit"


class Changing:
    """A shop that has nothing but the best-known track, and changes its pages after some requests."""

    def __init__(self, good: int, *, back_after: int | None = None) -> None:
        self.good, self.back_after, self.count = good, back_after, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        if self.count > self.good and (self.back_after is None or self.count <= self.back_after):
            return html("<html><body>all new</body></html>")
        return traxsource()(request)


TITLES = [f"Salt {n}" for n in range(SILENT_PAGES + 2)]


def test_a_site_that_changes_during_a_run_gives_no_misses(around: Surroundings) -> None:
    """The known-good query was well before the first question; ten empty pages later it is asked again."""
    shop = Changing(good=3)
    source = WebPages(TRAXSOURCE, around, network=Shops(shop))
    answers: list[LookUp] = []
    with pytest.raises(ChangedPageError, match="known-good query"):
        take(answers, source.look_up([question(title=t, key=t) for t in TITLES]))
    assert answers == []
    assert shop.count == 1 + SILENT_PAGES + 1


def test_a_site_found_changed_is_not_asked_again_in_this_run(around: Surroundings) -> None:
    """The next questions of a run come in another call."""
    shop = Changing(good=3)
    source = WebPages(TRAXSOURCE, around, network=Shops(shop))
    for _ in range(3):
        with pytest.raises(ChangedPageError):
            asked(source, *TITLES)
    assert shop.count == 1 + SILENT_PAGES + 1


def test_pages_of_a_changed_site_are_not_believed_later(around: Surroundings, clock: Clock) -> None:
    """Else the pages kept while it was broken would be misses as soon as it is well."""
    shop = Shops(Changing(good=3, back_after=2 + SILENT_PAGES))
    with pytest.raises(ChangedPageError):
        asked(WebPages(TRAXSOURCE, around, network=shop), *TITLES)
    clock.time += timedelta(days=1)
    before = len(shop.asked)
    answers = asked(WebPages(TRAXSOURCE, around, network=shop), *TITLES)
    assert [a.outcome for a in answers] == ["miss"] * len(TITLES)
    # ten pages are asked for again, two for the first time, and the known-good query
    assert len(shop.asked) - before >= SILENT_PAGES + 3


def test_a_run_that_truly_finds_nothing_is_a_run_of_misses(around: Surroundings) -> None:
    shop = Shops(traxsource())
    answers = asked(WebPages(TRAXSOURCE, around, network=shop), *TITLES)
    assert [a.track_key for a in answers] == TITLES
    assert {a.outcome for a in answers} == {"miss"}
    assert shop.asked.count("/search/tracks?term=Robin+S+Show+Me+Love") == 2
    count = len(shop.asked)
    asked(WebPages(TRAXSOURCE, around, network=shop), *TITLES)
    assert len(shop.asked) == count


def test_empty_pages_wait_for_a_full_one(around: Surroundings) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        found = "Salt" not in str(request.url)
        return traxsource(*([pages.traxsource_row()] if found else []))(request)

    source = WebPages(TRAXSOURCE, around, network=Shops(answer))
    order = [a.track_key for a in asked(source, "Salt 1", "Salt 2", "Lantern Ferry", "Salt 3")]
    assert order == ["Salt 1", "Salt 2", "Lantern Ferry", "Salt 3"]


def test_one_page_that_cannot_be_read_is_down_for_its_question_only(around: Surroundings) -> None:
    broken = pages.traxsource(pages.traxsource_row()).replace("trk-cell title", "new")

    def answer(request: httpx.Request) -> httpx.Response:
        return html(broken) if "Salt" in str(request.url) else traxsource(pages.traxsource_row())(request)

    shop = Shops(answer)
    first, second = asked(WebPages(TRAXSOURCE, around, network=shop), "Salt", "Lantern Ferry")
    assert (first.outcome, second.outcome) == ("down", "hit")
    assert "'.trk-cell.title a'" in first.reason
    # it is asked for anew next time, not read again
    asked(WebPages(TRAXSOURCE, around, network=shop), "Salt", "Lantern Ferry")
    assert shop.asked.count("/search/tracks?term=DJ+Pellworm+Salt") == 2


def test_a_broken_page_does_not_let_the_empty_ones_before_it_go(around: Surroundings) -> None:
    """Only a page with results shows that the site is well."""
    broken = pages.traxsource(pages.traxsource_row()).replace("trk-cell title", "new")

    def answer(request: httpx.Request) -> httpx.Response:
        words = str(request.url)
        if "Margin" in words:
            return html(broken)
        return html("no", 403) if "Soot" in words else traxsource()(request)

    source = WebPages(TRAXSOURCE, around, network=Shops(answer))
    answers: list[LookUp] = []
    with pytest.raises(BlockedError):
        take(answers, source.look_up([question(title=t, key=t) for t in ("Salt", "Margin Notes", "Soot")]))
    assert [(a.track_key, a.outcome) for a in answers] == [("Margin Notes", "down")]


def test_three_such_pages_in_a_row_are_a_changed_site(around: Surroundings) -> None:
    broken = pages.traxsource(pages.traxsource_row()).replace("trk-cell title", "new")

    def answer(request: httpx.Request) -> httpx.Response:
        return traxsource()(request) if "Show" in str(request.url) else html(broken)

    source = WebPages(TRAXSOURCE, around, network=Shops(answer))
    answers: list[LookUp] = []
    with pytest.raises(ChangedPageError, match="3 pages in a row"):
        take(answers, source.look_up([question(title=t, key=t) for t in "abcdef"]))
    assert [a.outcome for a in answers] == ["down", "down"]


def test_a_refused_question_is_down_for_itself_only(around: Surroundings) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return (
            html("bad query", 400)
            if "Salt" in str(request.url)
            else traxsource(pages.traxsource_row())(request)
        )

    first, second = asked(WebPages(TRAXSOURCE, around, network=Shops(answer)), "Salt", "Lantern Ferry")
    assert (first.outcome, first.http_status, second.outcome) == ("down", 400, "hit")


# ---- weather -----------------------------------------------------------------------------------------

DATALESS = "<!DOCTYPE html><html><head><title>Beatport</title></head><body><div id='app'></div></body></html>"
BLOCKS = [
    ("403 with its header", TRAXSOURCE, lambda r: html("no", 403, **{"cf-mitigated": "challenge"})),
    ("403 Just a moment", TRAXSOURCE, lambda r: html(pages.CHALLENGE, 403)),
    ("503 Just a moment", TRAXSOURCE, lambda r: html(pages.CHALLENGE, 503)),
    ("200 Just a moment", TRAXSOURCE, lambda r: html(pages.CHALLENGE)),
    (
        "200 Turnstile",
        TRAXSOURCE,
        lambda r: html('<html><body><div class="cf-turnstile"></div></body></html>'),
    ),
    ("403 plain", TRAXSOURCE, lambda r: html("forbidden", 403)),
    ("451", TRAXSOURCE, lambda r: html("not for you", 451)),
    ("200 without the data", BEATPORT, lambda r: html(DATALESS)),
    ("HTML for JSON", BANDCAMP, lambda r: html(pages.CHALLENGE)),
    (
        "another host",
        TRAXSOURCE,
        lambda r: httpx.Response(302, headers={"Location": "https://elsewhere.test/"}),
    ),
]


@pytest.mark.parametrize(("site", "answer"), [b[1:] for b in BLOCKS], ids=[b[0] for b in BLOCKS])
def test_a_block_closes_the_site_for_a_day(
    site: Site, answer: Answerer, around: Surroundings, clock: Clock
) -> None:
    shop = Shops(answer)
    with pytest.raises(BlockedError) as error:
        asked(WebPages(site, around, network=shop), "Lantern Ferry")
    assert error.value.outcome == "blocked"
    assert error.value.until is not None
    assert error.value.until - clock.time > timedelta(hours=23)
    count = len(shop.requests)
    clock.time += timedelta(hours=20)
    with pytest.raises(BlockedError, match="left alone until"):
        asked(WebPages(site, around, network=shop), "Lantern Ferry")
    assert len(shop.requests) == count


def test_a_guarded_newsletter_form_is_no_block(around: Surroundings) -> None:
    form = '<form><div class="cf-turnstile"></div></form>'

    def answer(request: httpx.Request) -> httpx.Response:
        plain = traxsource(pages.traxsource_row())(request).text
        return html(plain.replace("<body>", f"<body>{form}"))

    (found,) = asked(WebPages(TRAXSOURCE, around, network=Shops(answer)), "Lantern Ferry")
    assert found.outcome == "hit"


@pytest.mark.parametrize(
    "answer",
    [
        lambda r: html("busy", 503),
        lambda r: html("slow down", 429, **{"Retry-After": "900"}),
        lambda r: html("broken", 500),
    ],
    ids=["503", "429 for long", "500"],
)
def test_trouble_is_down(answer: Answerer, around: Surroundings) -> None:
    with pytest.raises(DownError) as error:
        asked(WebPages(TRAXSOURCE, around, network=Shops(answer)), "Lantern Ferry")
    assert not isinstance(error.value, ChangedPageError)


def test_a_lost_connection_is_down(around: Surroundings) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    with pytest.raises(DownError, match="ReadError"):
        asked(WebPages(TRAXSOURCE, around, network=Shops(answer)), "Lantern Ferry")


def test_empty_pages_before_a_block_are_asked_again(around: Surroundings, clock: Clock) -> None:
    """A host about to refuse robots may have shown empty pages already."""

    def answer(request: httpx.Request) -> httpx.Response:
        return html("no", 403) if "Margin" in str(request.url) else traxsource()(request)

    shop = Shops(answer)
    with pytest.raises(BlockedError):
        asked(WebPages(TRAXSOURCE, around, network=shop), "Salt", "Margin Notes")
    clock.time += timedelta(days=2)
    asked(WebPages(TRAXSOURCE, around, network=shop), "Salt")
    assert shop.asked.count("/search/tracks?term=DJ+Pellworm+Salt") == 2


def test_robots_txt_is_obeyed(around: Surroundings) -> None:
    shop = Shops(traxsource(pages.traxsource_row()), robots="User-agent: *\nDisallow: /search\n")
    with pytest.raises(BlockedError, match=r"robots\.txt does not allow /search/tracks"):
        asked(WebPages(TRAXSOURCE, around, network=shop), "Lantern Ferry")
    assert shop.asked == []


def test_the_pace_robots_txt_asks_for_is_kept(around: Surroundings) -> None:
    arrived: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        arrived.append(monotonic())
        return traxsource(pages.traxsource_row())(request)

    shop = Shops(answer, robots="User-agent: *\nCrawl-delay: 0.4\n")
    asked(WebPages(TRAXSOURCE, around, network=shop), "Lantern Ferry")
    assert len(arrived) == 2
    assert arrived[1] - arrived[0] >= 0.4


# ---- pages of tracks ---------------------------------------------------------------------------------


class Bandcamp:
    """The search of Bandcamp, and pages of accounts."""

    def __init__(self, *results: dict[str, object], page: httpx.Response | None = None) -> None:
        self.results = results
        self.page = page or html(pages.bandcamp_track())
        self.searched: list[dict[str, object]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            # a response object is read once; every request gets its own
            return httpx.Response(self.page.status_code, headers=self.page.headers, content=self.page.content)
        body = json.loads(request.content)
        self.searched.append(body)
        known = pages.bandcamp_result(title="Kerala", artist="Bonobo")
        return httpx.Response(
            200, text=pages.bandcamp(*([known] if "Kerala" in body["search_text"] else self.results))
        )


OWN = "http://bandcamp.test/harbourlight/track/lantern-ferry"


def test_bandcamp_label_is_the_account(around: Surroundings) -> None:
    shop = Bandcamp(
        pages.bandcamp_result(url=OWN), pages.bandcamp_result(72, artist="Somebody Else", url=OWN + "2")
    )
    network = Shops(shop)
    source = WebPages(BANDCAMP, around, network=network)
    (answer,) = asked(source, "Lantern Ferry")
    assert answer.outcome == "hit"
    assert [(f.label, f.url) for f in answer.labels] == [("Harbourlight", OWN)]
    assert answer.isrcs == ("QZTST1500041",)
    assert len(answer.refs) == 2
    assert answer.labels[0].raw_answer_ref == answer.refs[1]
    assert shop.searched[1] == {
        "search_text": "Lantern Ferry",
        "search_filter": "t",
        "full_page": False,
        "fan_id": None,
    }
    assert network.asked[2:] == ["/harbourlight/track/lantern-ferry"]
    assert source.requests == len(network.requests)


def test_bandcamp_own_account_is_no_label(around: Surroundings) -> None:
    page = html(pages.bandcamp_track(account="DJ Pellworm", artist=None))
    source = WebPages(BANDCAMP, around, network=Shops(Bandcamp(pages.bandcamp_result(url=OWN), page=page)))
    (answer,) = asked(source, "Lantern Ferry")
    assert (answer.outcome, answer.labels) == ("miss", ())
    assert "no label is concluded" in answer.reason


def test_search_and_pages_share_one_budget(tmp_path: Path, clock: Clock) -> None:
    network = Shops(Bandcamp(pages.bandcamp_result(url=OWN)))
    source = WebPages(
        BANDCAMP, surroundings(tmp_path, clock, ENRICHMENT_BANDCAMP_BUDGET="4"), network=network
    )
    with pytest.raises(QuotaError, match="bandcamp: the budget of 4 requests"):
        asked(source, "Lantern Ferry")
    assert source.requests == len(network.requests) == 4


def test_a_page_that_names_another_track(around: Surroundings) -> None:
    page = html(pages.bandcamp_track(artist="Somebody Else"))
    source = WebPages(BANDCAMP, around, network=Shops(Bandcamp(pages.bandcamp_result(url=OWN), page=page)))
    (answer,) = asked(source, "Lantern Ferry")
    assert (answer.outcome, answer.reason) == (
        "miss",
        "found on Bandcamp, but its own page names another track",
    )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://elsewhere.test/track/x", "stands at another host, which is not asked"),
        ("https://harbourlight.bandcamp.com/track/x", "stands at another host, which is not asked"),
        ("http://bandcamp.test@elsewhere.test/track/x", "stands at another host, which is not asked"),
        ("https://127.0.0.1/track/x", "stands at another host, which is not asked"),
    ],
)
def test_pages_of_other_hosts_are_not_asked(url: str, words: str, around: Surroundings) -> None:
    """What a page links to must not choose whom we ask; a mirror must not lead to the public host either."""
    network = Shops(Bandcamp(pages.bandcamp_result(url=url)))
    (answer,) = asked(WebPages(BANDCAMP, around, network=network), "Lantern Ferry")
    assert (answer.outcome, answer.labels) == ("miss", ())
    assert words in answer.reason
    assert {r.url.host for r in network.requests} == {"bandcamp.test"}


def test_search_and_pages_of_accounts_share_one_pace(tmp_path: Path, clock: Clock) -> None:
    arrived: list[float] = []
    shop = Bandcamp(pages.bandcamp_result(url=OWN))

    def answer(request: httpx.Request) -> httpx.Response:
        arrived.append(monotonic())
        return shop(request)

    around = surroundings(tmp_path, clock, ENRICHMENT_BANDCAMP_PER_SECOND="5")
    asked(WebPages(BANDCAMP, around, network=Shops(answer)), "Lantern Ferry")
    assert len(arrived) == 3
    assert min(b - a for a, b in pairwise(arrived)) >= 0.2


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (html("gone", 404), "its page is gone (404)"),
        (
            httpx.Response(301, headers={"Location": "https://harbourlight.test/x"}),
            "its page moved to another host",
        ),
        (html("no such", 410), "status 410"),
    ],
    ids=["404", "moved", "410"],
)
def test_a_page_that_cannot_be_had_is_told_and_closes_nothing(
    page: httpx.Response, words: str, around: Surroundings
) -> None:
    network = Shops(Bandcamp(pages.bandcamp_result(url=OWN), page=page))
    source = WebPages(BANDCAMP, around, network=network)
    answers = asked(source, "Lantern Ferry", "Salt")
    assert [a.outcome for a in answers] == ["miss", "miss"]
    assert words in answers[0].reason


def test_robots_txt_of_one_account_concerns_its_pages_only(around: Surroundings) -> None:
    network = Shops(
        Bandcamp(pages.bandcamp_result(url=OWN)), robots="User-agent: *\nDisallow: /harbourlight/\n"
    )
    answers = asked(WebPages(BANDCAMP, around, network=network), "Lantern Ferry", "Salt")
    assert [a.outcome for a in answers] == ["miss", "miss"]
    assert "robots.txt does not allow /harbourlight/track/lantern-ferry" in answers[0].reason


def test_a_bot_check_on_one_account_closes_the_whole_site(around: Surroundings) -> None:
    network = Shops(Bandcamp(pages.bandcamp_result(url=OWN), page=html(pages.CHALLENGE, 403)))
    with pytest.raises(BlockedError, match="bot check"):
        asked(WebPages(BANDCAMP, around, network=network), "Lantern Ferry")
    count = len(network.requests)
    with pytest.raises(BlockedError, match="left alone"):
        asked(WebPages(BANDCAMP, around, network=network), "Margin Notes")
    assert len(network.requests) == count


def test_a_page_of_a_track_built_anew_is_down(around: Surroundings) -> None:
    network = Shops(Bandcamp(pages.bandcamp_result(url=OWN), page=html("<html><body>new</body></html>")))
    (answer,) = asked(WebPages(BANDCAMP, around, network=network), "Lantern Ferry")
    assert answer.outcome == "down"
    assert "(label) found nothing on the page of a track" in answer.reason
    asked(WebPages(BANDCAMP, around, network=network), "Lantern Ferry")
    assert network.asked.count("/harbourlight/track/lantern-ferry") == 2


def test_accounts_of_the_public_site_are_asked_at_their_own_hosts(tmp_path: Path, clock: Clock) -> None:
    """All at the one pace of the site, and nobody else's host."""
    around = surroundings(tmp_path, clock, ENRICHMENT_WEB_BANDCAMP_URL="")
    settings = SiteSettings(BANDCAMP, around)
    opened = settings.page_of(
        pages_track("https://harbourlight.bandcamp.com/track/lantern-ferry?from=search#x")
    )
    assert opened is not None
    policy, path = opened
    assert policy.base_url == "https://harbourlight.bandcamp.com"
    assert policy.pace_name == "bandcamp"
    assert policy.name == "bandcamp-harbourlight.bandcamp.com"
    assert path == "/track/lantern-ferry?from=search"
    for other in (
        "http://harbourlight.bandcamp.com/track/x",
        "https://bandcamp.com.elsewhere.test/track/x",
        "https://notbandcamp.com/track/x",
        "https://me@x.bandcamp.com/track/x",
        "https://x.bandcamp.com:8443/track/x",
    ):
        assert settings.page_of(pages_track(other)) is None


def pages_track(url: str) -> FoundTrack:
    return FoundTrack("Lantern Ferry", ("DJ Pellworm",), url=url)


# ---- secrets -----------------------------------------------------------------------------------------


def test_no_secret_in_errors_or_logs(tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The pool is asked for real here: both exits are closed doors on this machine."""
    around = surroundings(
        tmp_path, clock, ENRICHMENT_PROXIES="http://me:hush-hush@127.0.0.1:9,http://you:mum@127.0.0.1:9"
    )
    caplog.set_level(logging.DEBUG)
    source = WebPages(TRAXSOURCE, around)
    try:
        with pytest.raises(SourceError) as error:
            asked(source, "Lantern Ferry")
    finally:
        source.close()
    told = f"{error.value.reason} {error.value!r} {''.join(format_exception(error.value))} {caplog.text} {source._carrier()!r}"
    assert "none of the 2 exits" in told
    assert "hush-hush" not in told
    assert "mum@" not in told
