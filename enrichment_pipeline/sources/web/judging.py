"""Which of the tracks a site shows is the one asked for, and what that says of its label. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from enrichment_pipeline.labels.decision import SELF_RELEASED_NAME, is_self_released
from enrichment_pipeline.naming import keys
from enrichment_pipeline.naming.credits import is_spelling_of
from enrichment_pipeline.sources.judging import is_same_by_isrc
from enrichment_pipeline.sources.outcomes import Outcome
from enrichment_pipeline.sources.questions import FoundBy, LabelFinding, TrackQuestion
from enrichment_pipeline.sources.similarity import SIMILAR_ARTIST, SIMILAR_TITLE, Likeness, likeness
from enrichment_pipeline.sources.web.pages import FoundTrack
from enrichment_pipeline.sources.web.site import Site

_RANK: dict[FoundBy, int] = {"isrc": 0, "exact": 1, "fuzzy": 2}


@dataclass(frozen=True, slots=True)
class Match:
    """A track that is the one asked for, how it was found, and the kept answer that says so."""

    track: FoundTrack
    found_by: FoundBy
    likeness: Likeness
    ref: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the tracks shown come to: hit, miss or ambiguous, why, and the labels."""

    outcome: Outcome
    reason: str
    labels: tuple[LabelFinding, ...] = ()


def matches(question: TrackQuestion, tracks: Sequence[FoundTrack], ref: str) -> list[Match]:
    """Those that are the track asked for, best first; near spellings only where no equal one is there.

    Args:
        question: the track asked for.
        tracks: what the site shows, in its order.
        ref: kept answer they stand in.
    """
    found = []
    for track in tracks:
        alike = likeness(question, artists=_names(track), title=track.title, mix=track.version)
        is_code_equal = track.isrc is not None and track.isrc in question.isrcs
        by: FoundBy | None = "isrc" if is_code_equal and is_same_by_isrc(alike) else alike.found_by
        if by is not None:
            found.append(Match(track, by, alike, ref))
    found.sort(key=lambda match: _RANK[match.found_by])  # stable: the site's own order decides between equals
    sure = [match for match in found if match.found_by != "fuzzy"]
    return sure or found


def judge(
    site: Site, question: TrackQuestion, tracks: Sequence[FoundTrack], found: Sequence[Match]
) -> Judgement:
    """What is known of the label.

    Args:
        site: where it was looked up.
        question: the track asked for.
        tracks: all the site shows, for the reason in words.
        found: those of them that are the track, with what their own pages added.
    """
    if not found:
        return Judgement("miss", _why_none(question, tracks))
    how = f"found as {found[0].found_by} match on {site.title}"
    labels: dict[str, LabelFinding] = {}
    for match in sorted(found, key=_order):
        label = _label(site, match.track)
        if label is not None:
            labels.setdefault(keys.label_key(label), _finding(site, match, label))
    if not labels:
        if any(match.track.label for match in found):
            return Judgement(
                "miss", f"{how}, but published by the artist's own account: no label is concluded"
            )
        return Judgement("miss", f"{how}, but no label stands there")
    findings = tuple(labels.values())
    if len(findings) > 1 and found[0].found_by == "fuzzy":
        named = ", ".join(finding.label for finding in findings)
        return Judgement("ambiguous", f"{len(found)} near matches on {site.title} name {named}", findings)
    return Judgement("hit", "; ".join(finding.reason for finding in findings), findings)


def is_the_track(track: FoundTrack, artist: str, title: str) -> bool:
    """Whether a track is the known-good one, in whichever version."""
    key = keys.title_key(title)
    question = TrackQuestion("", artist, (artist,), (keys.artist_key(artist),), title, key)
    alike = likeness(question, artists=_names(track), title=track.title, mix=track.version)
    return alike.artist >= SIMILAR_ARTIST and alike.title >= SIMILAR_TITLE


def _names(track: FoundTrack) -> tuple[str, ...]:
    return (", ".join(track.artists), *track.artists)


def _why_none(question: TrackQuestion, tracks: Sequence[FoundTrack]) -> str:
    if not tracks:
        return "no results"
    count = f"{len(tracks)} candidate{'s' if len(tracks) > 1 else ''}"
    alike = [likeness(question, artists=_names(t), title=t.title, mix=t.version) for t in tracks]
    same_title = [a for a in alike if a.title >= SIMILAR_TITLE]
    if any(a.artist >= SIMILAR_ARTIST for a in same_title):
        return f"{count}, none passes the version gate"
    return f"{count}, none by this artist" if same_title else f"{count}, none of this title"


def _order(match: Match) -> tuple[int, bool, date]:
    return _RANK[match.found_by], match.track.is_on_compilation, match.track.release_date or date.max


def _label(site: Site, track: FoundTrack) -> str | None:
    if not track.label:
        return None
    if site.label_is_account and any(_is_own_account(track.label, name) for name in _names(track)):
        return None
    return SELF_RELEASED_NAME if is_self_released(track.label) else track.label


def _is_own_account(account: str, artist: str) -> bool:
    """Whether an account is the artist's: the same name, "... Music", or a spelling of it."""
    one, other = keys.artist_key(account), keys.artist_key(artist)
    return (
        one == other
        or keys.label_key(account) == keys.label_key(artist)
        or is_spelling_of(one, other)
        or is_spelling_of(other, one)
    )


def _finding(site: Site, match: Match, label: str) -> LabelFinding:
    track, alike = match.track, match.likeness
    when = f", {track.release_date}" if track.release_date else ""
    return LabelFinding(
        label=label,
        found_by=match.found_by,
        artist_similarity=alike.artist,
        title_similarity=alike.title,
        version_similarity=alike.version,
        reason=f"found as {match.found_by} match on {site.title}: {label}{when}",
        release_kind="compilation" if track.is_on_compilation else None,
        release_date=track.release_date,
        url=track.url,
        catalogue_number=track.catalogue_number,
        matched_id=track.track_id or track.url,
        raw_answer_ref=match.ref,
    )
