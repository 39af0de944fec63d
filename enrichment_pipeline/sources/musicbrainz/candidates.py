"""From recordings and releases to artists that may have made a title.

Pure. How likely each of them is, the matcher says; here only what MusicBrainz knows is put in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from enrichment_pipeline.naming.credits import is_spelling_of
from enrichment_pipeline.naming.keys import artist_key, label_key
from enrichment_pipeline.sources.musicbrainz.answers import CreditedArtist, Recording, Release
from enrichment_pipeline.sources.musicbrainz.findings import version_comment
from enrichment_pipeline.sources.questions import ArtistFinding, TitleQuestion
from enrichment_pipeline.sources.similarity import SIMILAR_TITLE, read_title, title_similarity

# More artists than this made the title: which one is meant cannot be told by the title.
MOST_ARTISTS = 20
# Fewer letters without a label would bring half the catalogue.
SHORTEST_TITLE = 4
# Releases bear the name of their lead track, with what kind of release it is after it.
_RELEASE_WORDS = re.compile(r"\s*(?:[-–]\s*)?\b(?:e\.?p\.?|single)\s*$", re.IGNORECASE)
_SIDES = re.compile(r"\s+/\s+|\s*\|\s*")
_WEB = "https://musicbrainz.org"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding with what it is ordered by."""

    finding: ArtistFinding
    score: int

    @property
    def rank(self) -> tuple[object, ...]:
        """The likeliest first; the server's score only tells those apart that are else alike."""
        finding = self.finding
        return (
            finding.label_agrees is not True,
            not finding.version_agrees,
            -finding.title_similarity,
            -self.score,
            finding.matched_id,
        )


def from_release(question: TitleQuestion, release: Release, ref: str) -> Candidate | None:
    """The artist of a release that bears the title and is on the label of the question; None for any other."""
    label = agreeing_label(question, [info.name for info in release.labels])
    if label is None or not _is_somebody(release.credit, release.artists):
        return None
    sides = [release.title, *_SIDES.split(release.title)]
    read = [read_title(_RELEASE_WORDS.sub("", side) or side) for side in sides if side.strip()]
    if not read:
        return None
    best = max(read, key=lambda side: title_similarity(question.title_key, side.title_key))
    alike = title_similarity(question.title_key, best.title_key)
    if alike < SIMILAR_TITLE:
        return None
    finding = ArtistFinding(
        artist=release.credit,
        artists=_names(release.artists),
        title=best.title,
        version=best.version,
        title_similarity=alike,
        version_agrees=best.version_key == question.version_key,
        label=label,
        label_agrees=True,
        matched_id=release.id,
        url=f"{_WEB}/release/{release.id}",
        release_date=release.date,
        raw_answer_ref=ref,
    )
    return Candidate(finding, release.score)


def from_recording(
    question: TitleQuestion, recording: Recording, labels: Sequence[str], ref: str
) -> Candidate | None:
    """The artist of a recording that bears the title; None for another title.

    Args:
        question: title whose artist is wanted.
        recording: a hit.
        labels: labels of its releases, likeliest first; empty where not asked.
        ref: content hash of the answer.
    """
    if not _is_somebody(recording.credit, recording.artists):
        return None
    read = read_title(recording.title, version_comment(recording))
    alike = title_similarity(question.title_key, read.title_key)
    if alike < SIMILAR_TITLE:
        return None
    agreeing = agreeing_label(question, labels)
    finding = ArtistFinding(
        artist=recording.credit,
        artists=_names(recording.artists),
        title=read.title,
        version=read.version,
        title_similarity=alike,
        version_agrees=read.version_key == question.version_key,
        label=agreeing or (labels[0] if labels else None),
        label_agrees=None if question.label_key is None or not labels else agreeing is not None,
        matched_id=recording.id,
        url=f"{_WEB}/recording/{recording.id}",
        release_date=recording.first_date,
        raw_answer_ref=ref,
    )
    return Candidate(finding, recording.score)


def agreeing_label(question: TitleQuestion, labels: Iterable[str]) -> str | None:
    """The first label that is the question's, spelled a little otherwise at most."""
    if question.label_key is None:
        return None
    wanted = question.label_key
    return next((name for name in labels if name and is_spelling_of(label_key(name), wanted)), None)


def distinct(candidates: Iterable[Candidate]) -> tuple[ArtistFinding, ...]:
    """The likeliest finding of each artist and version, likeliest first."""
    best: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        finding = candidate.finding
        key = (
            artist_key(finding.artist),
            read_title(f"x ({finding.version})").version_key if finding.version else "",
        )
        if key not in best or candidate.rank < best[key].rank:
            best[key] = candidate
    return tuple(candidate.finding for candidate in sorted(best.values(), key=lambda c: c.rank))


def how_many_artists(findings: Iterable[ArtistFinding]) -> int:
    """How many different artists are named."""
    return len({artist_key(finding.artist) for finding in findings})


def promising(question: TitleQuestion, recordings: Iterable[Recording]) -> list[Recording]:
    """Recordings that bear the title, those of the version asked for first: whose labels are worth asking."""
    found = [
        (candidate, r) for r in recordings if (candidate := from_recording(question, r, (), "")) is not None
    ]
    return [recording for _, recording in sorted(found, key=lambda pair: pair[0].rank)]


def labels_of(recording: Recording, releases: Mapping[str, Release], ids: Sequence[str]) -> list[str]:
    """Names of the labels of a recording's releases, in the order of the ids."""
    listed = {release.id for release in recording.releases}
    named = (
        info.name for i in ids if i in listed and i in releases for info in releases[i].labels if info.name
    )
    return list(dict.fromkeys(named))


def _is_somebody(credit: str, artists: Sequence[CreditedArtist]) -> bool:
    # MusicBrainz writes what is no artist in brackets: [unknown], [dialogue]
    is_special = credit.startswith("[") and credit.endswith("]")
    return bool(credit) and not is_special and credit.casefold() != "various artists" and bool(artists)


def _names(artists: Sequence[CreditedArtist]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(artist.credited_as for artist in artists if artist.credited_as))
