"""What the tests of the sources with a key share: questions, a world, a network of our own, and a hunt for secrets."""

from __future__ import annotations

import gzip
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.questions import TitleQuestion, TrackQuestion
from enrichment_pipeline.sources.similarity import read_title
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline_tests.sources.web import SimulatedTrack

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENVIRONMENT = {
    "ENRICHMENT_CONTACT": "tests@example.org",
    "ENRICHMENT_DISCOGS_TOKEN": "discogs-token-of-tests",
    "ENRICHMENT_BEATPORT_CLIENT_ID": "client-of-tests",
    "ENRICHMENT_BEATPORT_CLIENT_SECRET": "beatport-secret-of-tests",
    "ENRICHMENT_SONGSTATS_KEY": "songstats-key-of-tests",
    **{
        f"ENRICHMENT_{name}_URL": f"http://{name.lower()}.invalid/v"
        for name in ("DISCOGS", "BEATPORT", "SONGSTATS")
    },
}
# The pace is the client's affair and has its own tests; here it would only make the tests slow.
FAST = {f"ENRICHMENT_{name}_PER_SECOND": "1000" for name in ("DISCOGS", "BEATPORT", "SONGSTATS")}

WORLD = (
    SimulatedTrack(
        "Ida Merle", "Low Water Mark", label="Harbourlight", isrc="GBZZZ1500001", supports=(12, 30)
    ),
    SimulatedTrack(
        "Ida Merle",
        "Low Water Mark",
        "DJ Pellworm Remix",
        label="Pellworm Cuts",
        isrc="GBZZZ1500002",
        date="2016-03",
    ),
    SimulatedTrack(
        "Ida Merle",
        "Low Water Mark",
        label="Floor Sampler",
        kind="compilation",
        date="2014",
        isrc="GBZZZ1500001",
    ),
    SimulatedTrack("Salt & Ferry", "Quay Song", label="Slow Pier", distributor="Big Boats", supports=(0, 0)),
    SimulatedTrack("Tern", "Nobody Owns This", label=None),
    SimulatedTrack("Mira Holt", "Lantern", label="Wick", date="2009"),
    SimulatedTrack("Otto Brand", "Lantern", label="Tallow", date="2011"),
)

Handler = Callable[[httpx.Request], httpx.Response]


def surroundings(root: Path, environment: Mapping[str, str] | None = None, **changed: str) -> Surroundings:
    """Surroundings with a clock that stands; `changed` variables are named without ENRICHMENT_, "" unsets."""
    named = {f"ENRICHMENT_{name}": value for name, value in changed.items()}
    return Surroundings(root, {**(environment or ENVIRONMENT), **FAST, **named}, lambda: NOW)


def track(artist: str, title: str, version: str | None = None, *, isrcs: Sequence[str] = ()) -> TrackQuestion:
    """A question for the label of a track."""
    read = read_title(f"{title} ({version})" if version else title)
    names = tuple(artist.split(" & "))
    return TrackQuestion(
        f"{artist} - {title} ({version})",
        artist,
        names,
        tuple(map(keys.artist_key, names)),
        title,
        keys.title_key(title),
        version,
        read.version_key,
        tuple(isrcs),
    )


def title(text: str, version: str | None = None, *, label: str | None = None) -> TitleQuestion:
    """A question for who made a title."""
    read = read_title(f"{text} ({version})" if version else text)
    return TitleQuestion(
        f"? - {text} ({version}) [{label}]",
        text,
        keys.title_key(text),
        version,
        read.version_key,
        label,
        keys.label_key(label) if label else None,
    )


class Network(httpx.MockTransport):
    """A network of one handler that notes what was asked, as "GET /path?query"."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(handler)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return super().handle_request(request)

    @property
    def paths(self) -> list[str]:
        """Paths asked, without what all share."""
        return [request.url.path.removeprefix("/v") for request in self.asked]


def files_with(folder: Path, secrets: Sequence[str]) -> list[str]:
    """Files below a folder, packed ones unpacked, that hold one of these texts."""
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        found += [f"{path.name}: {secret}" for secret in secrets if secret.encode() in content]
    return found


def told(records: Sequence[logging.LogRecord], errors: Sequence[BaseException]) -> Iterator[str]:
    """Everything that log records and errors, with what caused them, could show to a reader."""
    for record in records:
        yield f"{record.getMessage()} {record.args!r} {record.exc_text}"
    for error in errors:
        yield "".join(traceback.format_exception(error)) + repr(vars(error))
