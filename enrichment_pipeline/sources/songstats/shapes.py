"""Answers of Songstats, read: tracks, counts of supports, what happened on tracklists. Pure.

A zero does not say that nobody played a track: counts of a platform on which the track is not are zero as well.
Whether it is there at all stands in its links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.sources.values import isrcs_of, objects, text_of, texts

# What Songstats calls 1001Tracklists.
TRACKLISTS = "tracklist"


@dataclass(frozen=True, slots=True)
class FoundTrack:
    """A track as a search finds it; `isrcs` are often missing there."""

    id: str
    title: str
    artists: tuple[str, ...]
    isrcs: tuple[str, ...]
    url: str | None

    @property
    def spellings(self) -> tuple[str, ...]:
        """Names of its artists, the whole credit among them."""
        return (*self.artists, " & ".join(self.artists))


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What `/tracks/info` says: labels with whether each is also its distributor."""

    track: FoundTrack
    labels: tuple[tuple[str, bool], ...]
    release_date: str
    is_on_tracklists: bool


@dataclass(frozen=True, slots=True)
class Supports:
    """DJs who played a track, and plays; None where that is not known, which is not 0."""

    unique: int | None
    total: int | None


def read_results(body: dict[str, Any]) -> list[FoundTrack]:
    """Tracks of a search, in its order, each once."""
    found: dict[str, FoundTrack] = {}
    for result in objects(body.get("results")):
        track = _track(result)
        if track.id:
            found.setdefault(track.id, track)
    return list(found.values())


def read_info(body: dict[str, Any]) -> TrackInfo | None:
    """The track of `/tracks/info`; None where the answer holds none."""
    info = body.get("track_info")
    if not isinstance(info, dict) or not text_of(info.get("songstats_track_id")):
        return None
    links = objects(info.get("links"))
    distributors = {label_key(name) for name in texts(info.get("distributors"), "name")}
    labels = dict.fromkeys(name.strip() for name in texts(info.get("labels"), "name"))
    return TrackInfo(
        _track(info),
        tuple((name, label_key(name) in distributors) for name in labels),
        text_of(info.get("release_date")),
        any(text_of(link.get("source")) == TRACKLISTS for link in links),
    )


def read_supports(body: dict[str, Any], *, is_on_tracklists: bool) -> Supports:
    """Counts of `/tracks/stats`; a zero of a track that is not on tracklists is None."""
    for stats in objects(body.get("stats")):
        data = stats.get("data")
        if stats.get("source") == TRACKLISTS and isinstance(data, dict):
            return Supports(
                _count(data, "unique_support", is_on_tracklists),
                _count(data, "total_support", is_on_tracklists),
            )
    return Supports(None, None)


def read_activities(body: dict[str, Any]) -> list[dict[str, str | None]]:
    """What happened on tracklists, by date: `date`, `text` and `url` in Songstats' own words."""
    found = {
        (
            text_of(each.get("activity_date")),
            text_of(each.get("activity_text")),
            text_of(each.get("activity_url")) or None,
        )
        for each in objects(body.get("activities"))
        if each.get("source", TRACKLISTS) == TRACKLISTS
    }
    ordered = sorted(found, key=lambda each: tuple(part or "" for part in each))
    return [{"date": day or None, "text": text, "url": url} for day, text, url in ordered]


def is_known(body: Any) -> bool:
    """Whether an answer is about something Songstats knows; "Track not found. " comes with 404 or with 200."""
    return isinstance(body, dict) and text_of(body.get("result")) != "error"


def _track(track: dict[str, Any]) -> FoundTrack:
    links = objects(track.get("links"))
    return FoundTrack(
        text_of(track.get("songstats_track_id")).strip(),
        text_of(track.get("title")),
        tuple(name.strip() for name in texts(track.get("artists"), "name")),
        tuple(sorted(isrcs_of([track.get("isrc"), *(link.get("isrc") for link in links)]))),
        text_of(track.get("site_url")) or None,
    )


def _count(data: dict[str, Any], name: str, is_on_tracklists: bool) -> int | None:
    """A count under either spelling of its name: tracks have it plain, artists with `_total`."""
    for key in (name, f"{name}_total"):
        value = text_of(data.get(key)).strip()
        if value.isdigit():
            count = int(value)
            return count if count or is_on_tracklists else None
    return None
