"""Asking Discogs: a search finds releases, the pages of the most promising few say what is on them.

The server's order of results says nothing about rightness: which releases are read is decided by what they are,
and whether a track is the one asked for by our own similarity. How a release page is read stands in `release.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from enrichment_pipeline.labels.decision import SECONDARY_RELEASES, SELF_RELEASED_NAME
from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.sources.discogs.release import (
    Release,
    ReleaseLabel,
    ReleaseTrack,
    plain_name,
    read_release,
    release_kind,
)
from enrichment_pipeline.sources.judging import first_of_each_label, title_outcome, why_none
from enrichment_pipeline.sources.keyed import KeyedSource, Trail, host_policy, key_of, shape_error, why_off
from enrichment_pipeline.sources.outcomes import CredentialsError, SourceError
from enrichment_pipeline.sources.questions import (
    ArtistFinding,
    LabelFinding,
    LookUp,
    TitleQuestion,
    TrackQuestion,
)
from enrichment_pipeline.sources.similarity import (
    SIMILAR_ARTIST,
    SIMILAR_TITLE,
    Likeness,
    artist_similarity,
    likeness,
    read_title,
    title_similarity,
)
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.values import date_of, objects, query_text, text_of, texts

TOKEN_VARIABLE = "ENRICHMENT_DISCOGS_TOKEN"  # noqa: S105 the name, not the token
_URL = "https://api.discogs.com"
# 60 a minute with a token; the window moves, so a little less never meets it.
_PER_SECOND = 50 / 60
_BUDGET = 500
_RESULTS = 50
# A release page costs a request of its own; what is not on the first few is hardly ever on the next.
_MOST_RELEASES = 3
_KIND_NAMES = {"single": "Single", "ep": "EP", "album": "Album", "dj-mix": "DJ mix", None: "a release"}
# A plain 12" is mostly a club single that nobody marked as one: before albums, behind what is marked.
_KIND_ORDER = {"single": 0, "ep": 1, None: 2, "album": 3}
_SECONDARY_ORDER = 4

Params = dict[str, str | int]


class Discogs(KeyedSource):
    """Labels and artists from Discogs; on with ENRICHMENT_DISCOGS_TOKEN.

    Args:
        surroundings: data folder, environment, clock.
        network: what carries requests; None for the real one.

    Raises:
        ValueError: one of its variables holds no number.
    """

    name = "discogs"

    def __init__(self, surroundings: Surroundings, *, network: httpx.BaseTransport | None = None) -> None:
        token = key_of(surroundings, TOKEN_VARIABLE)
        policy = host_policy(
            surroundings,
            self.name,
            variables="DISCOGS",
            url=_URL,
            per_second=_PER_SECOND,
            budget=_BUDGET,
            headers={"Authorization": f"Discogs token={token}"} if token else {},
            verdict=_verdict,
        )
        off_reason = why_off(
            surroundings, "Discogs", TOKEN_VARIABLE, "a personal access token of your Discogs account"
        )
        super().__init__(surroundings, policy, off_reason, network=network)

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Labels of tracks, one look-up per question in their order; see `LabelSource`.

        Raises:
            SourceError: Discogs answers no more.
        """
        return self.one_by_one(questions, self._labels)

    def look_up_titles(self, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
        """Artists of titles, one look-up per question in their order; see `TitleSource`.

        Raises:
            SourceError: Discogs answers no more.
        """
        return self.one_by_one(questions, self._artists)

    # ---- labels --------------------------------------------------------------------------------------

    def _labels(self, question: TrackQuestion, trail: Trail) -> LookUp:
        findings: list[LabelFinding] = []
        likest: list[Likeness] = []
        for release, ref in self._releases(_track_searches(question), question.artists, trail):
            track, alike = _likest_track(question, release)
            if track is None or alike is None:
                continue
            likest.append(alike)
            found = _findings(release, track, alike, ref)
            findings += found
            # A white label ("Not On Label") often goes ahead of the release proper, so it does not end the search.
            if release.kind not in SECONDARY_RELEASES and any(f.label != SELF_RELEASED_NAME for f in found):
                break
        labels = first_of_each_label(findings, label_key)
        passing = [each for each in likest if each.found_by is not None]
        if labels:
            reason = labels[0].reason
        elif passing:
            reason = f"found as {passing[0].found_by} match on a release that names no label"
        else:
            reason = why_none(likest, "release")
        return LookUp(
            question.track_key,
            "hit" if labels else "miss",
            reason,
            trail.asked_at,
            http_status=trail.http_status,
            refs=trail.refs,
            labels=labels,
            matched_id=labels[0].matched_id if labels else None,
        )

    # ---- artists -------------------------------------------------------------------------------------

    def _artists(self, question: TitleQuestion, trail: Trail) -> LookUp:
        findings: dict[str, ArtistFinding] = {}
        for release, ref in self._releases(_title_searches(question), (), trail):
            for track in release.tracks:
                finding = _artist_finding(question, release, track, ref)
                if finding is not None:
                    findings.setdefault(finding.matched_id, finding)
        artists = tuple(findings.values())
        outcome, reason = title_outcome(artists)
        return LookUp(
            question.track_key,
            outcome,
            reason,
            trail.asked_at,
            http_status=trail.http_status,
            refs=trail.refs,
            artists=artists,
        )

    # ---- requests ------------------------------------------------------------------------------------

    def _releases(
        self, searches: Sequence[Params], artists: Sequence[str], trail: Trail
    ) -> Iterator[tuple[Release, str]]:
        """The most promising releases of the first search that finds any, each with the ref of its page."""
        for params in searches:
            answer = trail.add(
                self.client.get("/database/search", {"type": "release", "per_page": _RESULTS, **params})
            )
            promising = most_promising(answer.json().get("results"), artists) if answer.is_found else []
            for release_id in promising[:_MOST_RELEASES]:
                page = trail.add(self.client.get(f"/releases/{release_id}"))
                if page.is_found:  # the search index is older than the catalogue
                    yield read_release(page.json()), page.ref
            if promising:
                return


def most_promising(results: object, artists: Sequence[str] = ()) -> list[int]:
    """Ids of releases in the order in which they are worth reading.

    First those that are likely to be where a track first came out: singles, EPs, then albums, of the artist
    asked for, the earliest year; compilations and the like last. One pressing of each master.

    Args:
        results: of a search.
        artists: names asked for; () where unknown.
    """
    ranked = []
    for result in objects(results):
        release_id = result.get("id")
        if not isinstance(release_id, int) or result.get("type", "release") != "release":
            continue
        credit = text_of(result.get("title")).split(" - ")[0]
        names = [plain_name(name) for name in (credit, *credit.split(" / "), *credit.split(", "))]
        kind = release_kind(
            texts(result.get("format")), is_various=names[0].casefold() in ("various", "various artists")
        )
        year = date_of(result.get("year"))
        rank = (
            kind in SECONDARY_RELEASES,
            bool(artists) and artist_similarity(artists, names) < SIMILAR_ARTIST,
            _KIND_ORDER.get(kind, _SECONDARY_ORDER),
            year.year if year else 9999,
            release_id,
        )
        ranked.append((rank, result.get("master_id") or None))
    masters: set[Any] = set()
    found: list[int] = []
    for rank, master in sorted(ranked, key=lambda each: each[0]):
        if rank[-1] in found or master in masters:
            continue
        found.append(rank[-1])
        masters |= {master} - {None}
    return found


def _verdict(response: httpx.Response, content: bytes) -> SourceError | None:
    if response.status_code == 401:
        return CredentialsError(f"Discogs did not accept {TOKEN_VARIABLE} (401)", http_status=401)
    return shape_error(Discogs.name, response, content, _is_as_promised)


def _is_as_promised(path: str, body: dict[str, Any]) -> bool:
    if path.endswith("/database/search"):
        return isinstance(body.get("results"), list)
    return isinstance(body.get("id"), int) and isinstance(body.get("tracklist", []), list)


def _track_searches(question: TrackQuestion) -> list[Params]:
    """A version is searched for with its name, as it stands in tracklists; then without; then a release so called."""
    artist = query_text(next(iter(question.artists), question.artist))
    title = query_text(question.title)
    searches: list[Params] = [{"artist": artist, "track": title}, {"artist": artist, "release_title": title}]
    if question.version_key and question.version:
        searches.insert(0, {"artist": artist, "track": query_text(question.title, question.version)})
    return searches


def _title_searches(question: TitleQuestion) -> list[Params]:
    title = query_text(question.title, question.version if question.version_key else None)
    searches: list[Params] = [{"track": title}]
    if question.label:
        searches.insert(0, {"track": title, "label": query_text(question.label)})
    return searches


def _likest_track(question: TrackQuestion, release: Release) -> tuple[ReleaseTrack | None, Likeness | None]:
    best: tuple[ReleaseTrack | None, Likeness | None] = (None, None)
    best_rank: tuple[bool, float, bool] | None = None
    for track in release.tracks:
        alike = likeness(question, artists=track.credit.spellings, title=track.title)
        rank = (alike.found_by is not None, alike.artist + alike.title, alike.is_same_version)
        if best_rank is None or rank > best_rank:
            best, best_rank = (track, alike), rank
    return best


def _findings(release: Release, track: ReleaseTrack, alike: Likeness, ref: str) -> list[LabelFinding]:
    if alike.found_by is None:
        return []
    kind = _KIND_NAMES.get(release.kind, release.kind)
    year = f", {release.date.year}" if release.date else ""
    return [
        LabelFinding(
            label=label.name,
            found_by=alike.found_by,
            artist_similarity=alike.artist,
            title_similarity=alike.title,
            version_similarity=alike.version,
            reason=f"found as {alike.found_by} match on {kind}{year}",
            release_kind=release.kind,
            release_date=release.date,
            is_distributor=label.is_distributor,
            url=release.url,
            catalogue_number=label.catalogue_number,
            matched_id=_track_id(release, track),
            raw_answer_ref=ref,
        )
        for label in release.labels
    ]


def _artist_finding(
    question: TitleQuestion, release: Release, track: ReleaseTrack, ref: str
) -> ArtistFinding | None:
    read = read_title(track.title)
    similarity = title_similarity(question.title_key, read.title_key)
    if similarity < SIMILAR_TITLE or not track.credit.artists:
        return None
    label = _label_nearest(question, release.labels)
    return ArtistFinding(
        artist=track.credit.text,
        artists=track.credit.artists,
        title=read.title,
        version=read.version,
        title_similarity=similarity,
        version_agrees=read.version_key == question.version_key,
        label=label.name if label else None,
        label_agrees=label_key(label.name) == question.label_key if label and question.label_key else None,
        matched_id=_track_id(release, track),
        url=release.url,
        release_date=release.date,
        raw_answer_ref=ref,
    )


def _label_nearest(question: TitleQuestion, labels: Sequence[ReleaseLabel]) -> ReleaseLabel | None:
    agreeing = [label for label in labels if label_key(label.name) == question.label_key]
    return next(iter([*agreeing, *labels]), None)


def _track_id(release: Release, track: ReleaseTrack) -> str:
    """Discogs has no ids of recordings: the release and where on it."""
    return f"{release.id}-{track.position or track.title}"
