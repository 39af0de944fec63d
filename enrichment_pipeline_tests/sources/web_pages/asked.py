"""Questions, a scripted network and a clock, for tests that look something up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.questions import TrackQuestion
from enrichment_pipeline.sources.similarity import read_title
from enrichment_pipeline.sources.surroundings import Surroundings

Answerer = Callable[[httpx.Request], httpx.Response]


def question(
    artist: str = "DJ Pellworm",
    title: str = "Lantern Ferry",
    version: str | None = None,
    *,
    key: str = "",
    isrcs: tuple[str, ...] = (),
) -> TrackQuestion:
    read = read_title(title, version)
    return TrackQuestion(
        track_key=key or f"{artist}|{title}|{version}",
        artist=artist,
        artists=(artist,),
        artist_keys=(keys.artist_key(artist),),
        title=read.title,
        title_key=read.title_key,
        version=version,
        version_key=read.version_key,
        isrcs=isrcs,
    )


@dataclass
class Clock:
    """A clock that goes on by itself, a little with each look."""

    time: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)
    step: timedelta = timedelta(milliseconds=1)

    def __call__(self) -> datetime:
        self.time += self.step
        return self.time


@dataclass
class Shops(httpx.BaseTransport):
    """A network of one host that answers by what is asked; robots.txt allows everything where not said.

    Args:
        answer: of every request but robots.txt.
        robots: text of robots.txt; None for none.
    """

    answer: Answerer
    robots: str | None = None
    requests: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if request.url.path == "/robots.txt":
            return httpx.Response(404) if self.robots is None else httpx.Response(200, text=self.robots)
        return self.answer(request)

    @property
    def asked(self) -> list[str]:
        """Paths with query of everything but robots.txt."""
        return [r.url.raw_path.decode() for r in self.requests if r.url.path != "/robots.txt"]


def surroundings(root: Path, clock: Callable[[], datetime], **environment: str) -> Surroundings:
    """Surroundings in which every site is switched on."""
    return Surroundings(
        root,
        {
            "ENRICHMENT_CONTACT": "tests@example.org",
            "ENRICHMENT_WEB_SITES": "beatport_web,traxsource,juno,bandcamp",
            "ENRICHMENT_WEB_BEATPORT_URL": "http://beatport.test",
            "ENRICHMENT_WEB_TRAXSOURCE_URL": "http://traxsource.test",
            "ENRICHMENT_WEB_JUNO_URL": "http://localhost/web/2026/juno.test",
            "ENRICHMENT_WEB_BANDCAMP_URL": "http://bandcamp.test",
            "ENRICHMENT_BEATPORT_WEB_PER_SECOND": "1000",
            "ENRICHMENT_TRAXSOURCE_PER_SECOND": "1000",
            "ENRICHMENT_JUNO_PER_SECOND": "1000",
            "ENRICHMENT_BANDCAMP_PER_SECOND": "1000",
            **environment,
        },
        clock,
    )
