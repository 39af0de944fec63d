"""A track as Beatport's API lists it, read, and what it says of a question. Pure; asking stands in `api.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrichment_pipeline.naming.keys import fold, label_key
from enrichment_pipeline.sources.questions import (
    ArtistFinding,
    FoundBy,
    LabelFinding,
    TitleQuestion,
    TrackQuestion,
)
from enrichment_pipeline.sources.similarity import (
    SIMILAR_TITLE,
    Likeness,
    likeness,
    read_title,
    title_similarity,
)
from enrichment_pipeline.sources.values import date_of, isrcs_of, text_of, texts

_KINDS = {
    "single": "single",
    "ep": "ep",
    "album": "album",
    "compilation": "compilation",
    "mix": "dj-mix",
    "dj mix": "dj-mix",
}
_REMIX = re.compile(r"\b(?:remix|rework|edit|dub|refix|bootleg)\b", re.IGNORECASE)
# More acts than this on one release: it gathers what came out elsewhere.
_MOST_ARTISTS = 4


@dataclass(frozen=True, slots=True)
class BeatportTrack:
    """One track as Beatport lists it; its label is that of its release.

    `kind` is of the release, as `LabelFinding.release_kind`: only the page of the release tells it.
    """

    id: str
    name: str
    mix_name: str | None
    artists: tuple[str, ...]
    label: str | None
    catalogue_number: str | None
    isrc: str | None
    date: date | None
    url: str
    ref: str
    release_id: str
    kind: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """Names of its artists, the whole credit among them."""
        return (*self.artists, " & ".join(self.artists))


def read_track(track: dict[str, Any], ref: str) -> BeatportTrack:
    """A track of a list, with the ref of the answer it stands in; what is missing is absent."""
    release = track.get("release")
    release = release if isinstance(release, dict) else {}
    label = release.get("label")
    track_id = text_of(track.get("id"))
    isrcs = isrcs_of([track.get("isrc")])
    slug = text_of(track.get("slug")) or "track"
    return BeatportTrack(
        id=track_id,
        name=text_of(track.get("name")),
        mix_name=_mix_name(track),
        artists=tuple(texts(track.get("artists"), "name")),
        label=text_of(label.get("name")).strip() or None if isinstance(label, dict) else None,
        catalogue_number=text_of(track.get("catalog_number")).strip() or None,
        isrc=isrcs[0] if isrcs else None,
        date=date_of(track.get("new_release_date")) or date_of(track.get("publish_date")),
        url=f"https://www.beatport.com/track/{slug}/{track_id}",
        ref=ref,
        release_id=text_of(release.get("id")),
    )


def _mix_name(track: dict[str, Any]) -> str | None:
    """The version; a bare "Remix" gets the names of those who made it, which stand apart."""
    mix = text_of(track.get("mix_name")).strip()
    remixers = texts(track.get("remixers"), "name")
    is_bare = _REMIX.search(mix) and not any(fold(name) in fold(mix) for name in remixers)
    return f"{' & '.join(remixers)} {mix}" if remixers and is_bare else mix or None


def read_kind(release: dict[str, Any]) -> str | None:
    """Kind of a release by its page; None where that does not say ("Release" may be a single or an album)."""
    said = release.get("type")
    name = text_of(said.get("name") if isinstance(said, dict) else said).strip().casefold()
    kind = _KINDS.get(name)
    artists = set(texts(release.get("artists"), "name"))
    return kind if kind or len(artists) <= _MOST_ARTISTS else "various artists"


def track_likeness(question: TrackQuestion, track: BeatportTrack) -> Likeness:
    """How alike a track is to the one asked for."""
    return likeness(question, artists=track.spellings, title=track.name, mix=track.mix_name)


def earliest_first(track: BeatportTrack) -> tuple[str, str]:
    """Order by date, unknown dates last, then by id."""
    return str(track.date or "9999"), track.id.rjust(20, "0")


def label_finding(track: BeatportTrack, alike: Likeness, found_by: FoundBy) -> LabelFinding:
    """What a track that was found says of the label; its label must be known."""
    how = "found by ISRC" if found_by == "isrc" else f"found as {found_by} match"
    return LabelFinding(
        label=track.label or "",
        found_by=found_by,
        artist_similarity=alike.artist,
        title_similarity=alike.title,
        version_similarity=alike.version,
        reason=f"{how}, {track.date.year}" if track.date else how,
        release_kind=track.kind,
        release_date=track.date,
        url=track.url,
        catalogue_number=track.catalogue_number,
        matched_id=track.id,
        raw_answer_ref=track.ref,
    )


def artist_finding(question: TitleQuestion, track: BeatportTrack) -> ArtistFinding | None:
    """What a track says of who made the title asked for; None where its title is another."""
    read = read_title(track.name, track.mix_name)
    similarity = title_similarity(question.title_key, read.title_key)
    if similarity < SIMILAR_TITLE or not track.artists:
        return None
    return ArtistFinding(
        artist=" & ".join(track.artists),
        artists=track.artists,
        title=read.title,
        version=read.version,
        title_similarity=similarity,
        version_agrees=read.version_key == question.version_key,
        label=track.label,
        label_agrees=label_key(track.label) == question.label_key
        if track.label and question.label_key
        else None,
        matched_id=track.id,
        url=track.url,
        release_date=track.date,
        raw_answer_ref=track.ref,
    )
