"""From recordings and their releases to the labels of a track: matching, choosing, and why.

Pure: questions and read answers in, findings out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from enrichment_pipeline.labels.decision import (
    SECONDARY_RELEASES,
    SELF_RELEASED_NAME,
    is_self_released,
    release_order,
)
from enrichment_pipeline.naming.keys import artist_key, label_key
from enrichment_pipeline.sources.musicbrainz.answers import (
    NO_LABEL_ID,
    Recording,
    Release,
    ReleaseLabel,
    is_distributing,
)
from enrichment_pipeline.sources.questions import FoundBy, LabelFinding, TrackQuestion
from enrichment_pipeline.sources.similarity import (
    SIMILAR_ARTIST,
    SIMILAR_TITLE,
    Likeness,
    likeness,
)

# A track that is on more releases than this is on compilations; its own label is among the first.
MOST_RELEASES = 12
MOST_FINDINGS = 12
# Comments tell versions apart ("extended mix") but hold anything else too ("Berlin session, track 3").
_VERSION_COMMENT = re.compile(
    r"\b(?:mix|remix|edit|version|dub|live|instrumental|acoustic|rework|vip|bootleg|mashup|a ?cap+ell?a)\b",
    re.IGNORECASE,
)
_WEB = "https://musicbrainz.org"


@dataclass(frozen=True, slots=True)
class Match:
    """A recording that is the track asked for, and how it was found."""

    recording: Recording
    likeness: Likeness
    found_by: FoundBy


def like(question: TrackQuestion, recording: Recording) -> Likeness:
    """How alike a recording is to the track asked for; its comment counts where it names a version."""
    return likeness(
        question, artists=recording.artist_names, title=recording.title, mix=version_comment(recording)
    )


def version_comment(recording: Recording) -> str | None:
    """The comment of a recording where it names a version."""
    return recording.comment if _VERSION_COMMENT.search(recording.comment) else None


def match_by_name(question: TrackQuestion, recording: Recording) -> Match | None:
    """The recording as a match by title, artist and version; None for another track."""
    alike = like(question, recording)
    return None if alike.found_by is None else Match(recording, alike, alike.found_by)


def match_by_isrc(question: TrackQuestion, recording: Recording) -> Match | None:
    """The recording as a match by its ISRC.

    ISRCs are given to wrong tracks at times: the version must be the same and title or artist alike.
    """
    alike = like(question, recording)
    is_alike = alike.title >= SIMILAR_TITLE or alike.artist >= SIMILAR_ARTIST
    return Match(recording, alike, "isrc") if is_alike and alike.is_same_version else None


def is_other_version(question: TrackQuestion, recording: Recording) -> bool:
    """Whether the recording is the track asked for in another version."""
    alike = like(question, recording)
    return not alike.is_same_version and alike.artist >= SIMILAR_ARTIST and alike.title >= SIMILAR_TITLE


def surest(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Matches by ISRC or equal names where there are any, else those of similar spelling; ordered by id.

    Beside "Sunday Morning Pt. 1" itself, a recording that is only like it is "Pt. 2".
    """
    found = sorted(matches, key=lambda match: match.recording.id)
    exact = tuple(match for match in found if match.found_by != "fuzzy")
    return exact or tuple(found)


def releases_to_ask(matches: Sequence[Match], listed: Mapping[str, Sequence[Release]]) -> tuple[str, ...]:
    """Ids of the releases that say the label of a track: the likeliest to have brought it out first.

    Args:
        matches: recordings of the track.
        listed: releases of each recording, by its id.
    """
    releases = {release.id: release for match in matches for release in listed[match.recording.id]}
    best = sorted(
        (r for r in releases.values() if not r.is_pseudo), key=lambda r: (*_rank(r.kind, r.date), r.id)
    )
    return tuple(release.id for release in best[:MOST_RELEASES])


def label_findings(
    matches: Sequence[Match],
    release_ids: Mapping[str, Sequence[str]],
    releases: Mapping[str, Release],
    *,
    label_kinds: Mapping[str, str | None],
    refs: Mapping[str, str],
) -> tuple[LabelFinding, ...]:
    """The labels of a track, one finding each, the likeliest first.

    Args:
        matches: recordings of the track.
        release_ids: ids of the releases of each recording, by its id.
        releases: releases with their labels, by id.
        label_kinds: types of labels, by id, where known from elsewhere.
        refs: content hash of the answer in which each release stood, by its id.
    """
    best: dict[str, tuple[tuple[object, ...], LabelFinding]] = {}
    for match in matches:
        for release_id in release_ids[match.recording.id]:
            release = releases.get(release_id)
            for info in release.labels if release else ():
                if release is None or not info.name:
                    continue
                # of a label that stands alone nobody asked, so what is known by chance is not said either
                kind = (info.kind or label_kinds.get(info.id)) if len(release.labels) > 1 else None
                finding = _finding(match, release, info, is_distributing(kind), refs.get(release_id, ""))
                key = label_key(finding.label)
                rank = (
                    *_rank(finding.release_kind, finding.release_date),
                    finding.is_distributor is True,
                    match.found_by == "fuzzy",
                    key,
                    release_id,
                    match.recording.id,
                )
                if key not in best or rank < best[key][0]:
                    best[key] = rank, finding
    return tuple(finding for _, finding in sorted(best.values(), key=lambda pair: pair[0])[:MOST_FINDINGS])


def namesakes(
    question: TrackQuestion, labels_of: Mapping[str, frozenset[str]], matches: Sequence[Match]
) -> int:
    """How many different artists of one name made the track on labels of their own; 0 where there is no doubt.

    Args:
        question: the track asked for.
        labels_of: keys of the labels of each recording, by its id.
        matches: recordings of the track.
    """
    labels_of_artist: dict[frozenset[str], set[str]] = {}
    asked = {artist_key(name) for name in (question.artist, *question.artists)} | set(question.artist_keys)
    for match in matches:
        artists = match.recording.artists
        named = frozenset(
            a.id for a in artists if asked & {artist_key(a.name), artist_key(a.credited_as)} and a.id
        )
        identity = named or frozenset(a.id for a in artists)
        labels_of_artist.setdefault(identity, set()).update(labels_of[match.recording.id])
    with_labels = [(who, labels) for who, labels in labels_of_artist.items() if labels]
    apart = sum(
        all(not who & other and not labels & theirs for other, theirs in with_labels if other != who)
        for who, labels in with_labels
    )
    return apart if apart > 1 else 0


def _finding(
    match: Match, release: Release, info: ReleaseLabel, is_distributor: bool | None, ref: str
) -> LabelFinding:
    is_own = info.id == NO_LABEL_ID or is_self_released(info.name)
    return LabelFinding(
        label=SELF_RELEASED_NAME if is_own else info.name,
        found_by=match.found_by,
        artist_similarity=match.likeness.artist,
        title_similarity=match.likeness.title,
        version_similarity=match.likeness.version,
        reason=_reason(match, release),
        release_kind=release.kind,
        release_date=release.date,
        is_distributor=False if is_own else is_distributor,
        url=f"{_WEB}/release/{release.id}",
        catalogue_number=info.catalogue_number,
        matched_id=match.recording.id,
        raw_answer_ref=ref,
    )


def _reason(match: Match, release: Release) -> str:
    how = "by ISRC" if match.found_by == "isrc" else f"as {match.found_by} match"
    kind = {"ep": "EP", "dj-mix": "DJ mix"}.get(release.kind or "", release.kind or "release")
    year = f", {release.date.year}" if release.date else ""
    return f"found {how} on {kind}{year}"


def _rank(kind: str | None, when: date | None) -> tuple[object, ...]:
    return kind in SECONDARY_RELEASES, release_order(kind), when or date.max
