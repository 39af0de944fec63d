"""Questions, surroundings and small answers that the tests of MusicBrainz share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from enrichment_pipeline.naming.keys import artist_key, label_key
from enrichment_pipeline.sources.questions import LookUp, TitleQuestion, TrackQuestion
from enrichment_pipeline.sources.similarity import read_title
from enrichment_pipeline.sources.surroundings import Surroundings

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def surroundings(root: Path, environment: Mapping[str, str] | None = None) -> Surroundings:
    settings = {
        "ENRICHMENT_CONTACT": "tests@example.org",
        "ENRICHMENT_MUSICBRAINZ_URL": "http://mb.example/ws/2",
        "ENRICHMENT_MUSICBRAINZ_PER_SECOND": "1000",
        **(environment or {}),
    }
    return Surroundings(root, settings, lambda: NOW)


def track(
    artist: str,
    title: str,
    version: str | None = None,
    *,
    artists: Sequence[str] = (),
    isrcs: Sequence[str] = (),
) -> TrackQuestion:
    read = read_title(f"{title} ({version})" if version else title)
    names = tuple(artists) or (artist,)
    return TrackQuestion(
        track_key="|".join((artist, title, version or "")),
        artist=artist,
        artists=names,
        artist_keys=tuple(artist_key(name) for name in names),
        title=title,
        title_key=read.title_key,
        version=version,
        version_key=read.version_key,
        isrcs=tuple(isrcs),
    )


def untitled(title: str, version: str | None = None, label: str | None = None) -> TitleQuestion:
    read = read_title(f"{title} ({version})" if version else title)
    return TitleQuestion(
        track_key="|".join((title, version or "", label or "")),
        title=title,
        title_key=read.title_key,
        version=version,
        version_key=read.version_key,
        label=label,
        label_key=label_key(label) if label else None,
    )


def by_key(answers: Iterable[LookUp]) -> dict[str, LookUp]:
    found = list(answers)
    assert len({answer.track_key for answer in found}) == len(found)
    return {answer.track_key: answer for answer in found}


def credit(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "joinphrase": " & " if name != names[-1] else "",
            "artist": {"id": f"artist-{name}", "name": name},
        }
        for name in names
    ]


def recording(mbid: str, title: str, artist: str = "Ida Merle", **details: Any) -> dict[str, Any]:
    return {"id": mbid, "title": title, "artist-credit": credit(artist), "score": 100, **details}


def release(mbid: str, label: str | None = "Harbourlight", **details: Any) -> dict[str, Any]:
    return {
        "id": mbid,
        "title": "Low Water",
        "status": "Official",
        "date": "2015-06-01",
        "release-group": {"primary-type": "Single"},
        "label-info": [{"label": {"id": f"label-{label}", "name": label}}] if label else [],
        **details,
    }


class Service:
    """A scripted MusicBrainz: a function says what a query finds; requests are remembered."""

    def __init__(
        self, find: Callable[[str, httpx.QueryParams], httpx.Response | list[dict[str, Any]]]
    ) -> None:
        self._find = find
        self.asked: list[tuple[str, httpx.QueryParams]] = []

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        entity = request.url.path.rpartition("/")[2]
        self.asked.append((entity, request.url.params))
        found = self._find(entity, request.url.params)
        return found if isinstance(found, httpx.Response) else page(entity, found)


def page(entity: str, rows: Sequence[dict[str, Any]], count: int | None = None) -> httpx.Response:
    number = len(rows) if count is None else count
    return httpx.Response(200, content=json.dumps({"count": number, "offset": 0, f"{entity}s": list(rows)}))
