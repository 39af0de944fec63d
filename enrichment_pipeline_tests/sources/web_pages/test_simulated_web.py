"""All four sites against the simulated web: over a real network of this machine, with bad weather."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from enrichment_pipeline.sources.outcomes import BlockedError, DownError, SourceError
from enrichment_pipeline.sources.questions import LookUp
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.web.scrape import ChangedPageError, WebPages, web_sources
from enrichment_pipeline.sources.web.site import Site
from enrichment_pipeline.sources.web.sites import BANDCAMP, BEATPORT, JUNO, SITES, TRAXSOURCE
from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, SimulatedTrack
from enrichment_pipeline_tests.sources.web.server import SimulatedWeb
from enrichment_pipeline_tests.sources.web_pages.asked import Clock, question

CATALOGUE = Catalogue.of(
    [
        SimulatedTrack("Mira Vole", "Lantern Ferry", label="Harbourlight", date="2015-03-01"),
        SimulatedTrack(
            "Mira Vole",
            "Lantern Ferry",
            "Zoë Brannock Remix",
            label="Tin Owl",
            date="2016-03-01",
            remixers=("Zoë Brannock",),
        ),
        SimulatedTrack("Quillon Sabre", "Margin Notes", label=None, date="2014-01-01"),
    ]
)
QUESTIONS = [
    question("Mira Vole", "Lantern Ferry", key="original"),
    question("Mira Vole", "Lantern Ferry", "Zoë Brannock Remix", key="remix"),
    question("Mira Vole", "Lantern Ferry", "Kjell Remix", key="other remix"),
    question("Nobody At All", "Nothing There", key="unknown"),
    question("Nobody", 'Salt (One) [Two] "Three" && \\ 🌊', key="signs"),
    question("Nobody", "x" * 5_000, key="long"),
]
PAGES = ("beatport_web", "traxsource", "juno", "bandcamp")


@pytest.fixture(scope="module")
def web() -> Iterator[SimulatedWeb]:
    with SimulatedWeb(CATALOGUE).running() as running:
        yield running


@pytest.fixture(autouse=True)
def fair_weather(web: SimulatedWeb) -> Iterator[None]:
    """Leaves no fault behind for the next test."""
    yield
    web.faults.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def around(web: SimulatedWeb, root: Path, clock: Clock, **more: str) -> Surroundings:
    fast = {f"ENRICHMENT_{name.upper()}_PER_SECOND": "1000" for name in PAGES}
    return Surroundings(root, {**web.environment(), **fast, **more}, clock)


def answers_of(source: WebPages) -> dict[str, LookUp]:
    try:
        return {answer.track_key: answer for answer in source.look_up(QUESTIONS)}
    finally:
        source.close()


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_every_site_answers(site: Site, web: SimulatedWeb, tmp_path: Path, clock: Clock) -> None:
    source = WebPages(site, around(web, tmp_path, clock))
    assert source.off_reason is None
    answers = answers_of(source)
    assert {key: answer.outcome for key, answer in answers.items()} == {
        "original": "hit",
        "remix": "hit",
        "other remix": "miss",
        "unknown": "miss",
        "signs": "miss",
        "long": "miss",
    }
    assert [f.label for f in answers["original"].labels] == ["Harbourlight"]
    assert [f.label for f in answers["remix"].labels] == ["Tin Owl"]
    assert str(answers["original"].labels[0].release_date) == "2015-03-01"
    assert answers["unknown"].reason == "no results"


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_a_second_run_asks_nothing_and_offline_is_equal(
    site: Site, web: SimulatedWeb, tmp_path: Path, clock: Clock
) -> None:
    first = answers_of(WebPages(site, around(web, tmp_path, clock)))
    count = len(web.requests)
    again = WebPages(site, around(web, tmp_path, clock))
    assert (answers_of(again), again.requests) == (first, 0)
    clock.time += timedelta(days=400)
    offline = WebPages(site, around(web, tmp_path, clock, ENRICHMENT_OFFLINE="1"))
    assert answers_of(offline) == first
    assert len(web.requests) == count


def test_bandcamp_self_released_is_not_concluded(web: SimulatedWeb, tmp_path: Path, clock: Clock) -> None:
    source = WebPages(BANDCAMP, around(web, tmp_path, clock))
    (answer,) = source.look_up([question("Quillon Sabre", "Margin Notes")])
    source.close()
    assert (answer.outcome, answer.labels) == ("miss", ())
    assert "the artist's own account" in answer.reason


FAULTS: list[tuple[str, Site, str, dict[str, object], type[SourceError]]] = [
    ("bot check", TRAXSOURCE, "challenge", {}, BlockedError),
    ("bot check of Beatport", BEATPORT, "challenge", {}, BlockedError),
    ("bot check of an API", BANDCAMP, "challenge", {}, BlockedError),
    ("no data", BEATPORT, "empty_page", {}, BlockedError),
    ("changed data", BEATPORT, "changed_markup", {}, BlockedError),
    ("changed rows", TRAXSOURCE, "changed_markup", {}, ChangedPageError),
    ("changed list", JUNO, "changed_markup", {}, ChangedPageError),
    ("empty page", TRAXSOURCE, "empty_page", {}, ChangedPageError),
    ("busy", TRAXSOURCE, "status", {"status": 503}, DownError),
    ("busy for long", TRAXSOURCE, "status", {"status": 429, "retry_after": 900}, DownError),
    ("reset", TRAXSOURCE, "reset", {}, DownError),
    ("half a body", TRAXSOURCE, "cut_off", {}, DownError),
    ("half a document", BANDCAMP, "truncated", {}, DownError),
    ("HTML for JSON", BANDCAMP, "html", {}, DownError),
    ("a list for an object", BANDCAMP, "list", {}, ChangedPageError),
    ("too long", TRAXSOURCE, "huge", {}, DownError),
    ("packed too well", TRAXSOURCE, "gzip_bomb", {}, DownError),
    ("another host", TRAXSOURCE, "redirect", {}, BlockedError),
]


@pytest.mark.parametrize(
    ("site", "kind", "more", "error"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_bad_weather_is_never_a_miss(
    site: Site,
    kind: str,
    more: dict[str, object],
    error: type[SourceError],
    web: SimulatedWeb,
    tmp_path: Path,
    clock: Clock,
) -> None:
    if kind == "redirect":
        more = {"location": web.url("elsewhere")}
    web.faults.add(site.name, kind, path=site.search.path, **more)  # type: ignore[arg-type]
    with pytest.raises(error) as raised:
        answers_of(WebPages(site, around(web, tmp_path, clock)))
    web.faults.clear()
    assert raised.value.outcome in ("down", "blocked")
    assert (error is DownError) == (type(raised.value) is DownError)
    assert web.requests_to("elsewhere") == []
    # once the weather has passed and the pause is over, all is as if nothing had been
    clock.time += timedelta(days=2)
    answers = answers_of(WebPages(site, around(web, tmp_path, clock)))
    assert answers["original"].outcome == "hit"


def test_sites_in_the_order_of_asking(web: SimulatedWeb, tmp_path: Path, clock: Clock) -> None:
    sources = web_sources(around(web, tmp_path, clock))
    assert [(s.name, s.off_reason) for s in sources] == [(name, None) for name in PAGES]
