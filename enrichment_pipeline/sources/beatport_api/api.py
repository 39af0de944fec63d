"""Asking Beatport's partner API: tracks by ISRC, many at a time, then by artist and name.

How a token is had stands in `token.py`, how a track is read in `tracks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx

from enrichment_pipeline.labels.decision import SECONDARY_RELEASES
from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.sources.beatport_api.token import (
    CLIENT_ID,
    BeatportToken,
    token_verdict,
    why_no_token,
)
from enrichment_pipeline.sources.beatport_api.tracks import (
    BeatportTrack,
    artist_finding,
    earliest_first,
    label_finding,
    read_kind,
    read_track,
    track_likeness,
)
from enrichment_pipeline.sources.http.answers import Answer
from enrichment_pipeline.sources.judging import first_of_each_label, is_same_by_isrc, title_outcome, why_none
from enrichment_pipeline.sources.keyed import KeyedSource, Trail, host_policy, shape_error
from enrichment_pipeline.sources.outcomes import (
    BlockedError,
    CredentialsError,
    OffError,
    RefusedError,
    SourceError,
)
from enrichment_pipeline.sources.questions import (
    FoundBy,
    LookUp,
    TitleQuestion,
    TrackQuestion,
)
from enrichment_pipeline.sources.similarity import (
    Likeness,
)
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.values import isrcs_of, objects, query_text

_URL = "https://api.beatport.com/v4"
_PER_SECOND = 1.0
_BUDGET = 500
_TRACKS = "/catalog/tracks/"
_PAGE = 100
# A popular ISRC is on a dozen compilations; more pages than this are not worth a request each.
_MOST_PAGES = 5
# A batch of ISRCs that fits in an address.
_BATCH = 50
# Where labels disagree, the page of each release costs a request; the earliest few decide.
_MOST_RELEASES = 4
# Some recordings carry a dozen; one of the first is nearly always the one sold.
_MOST_ISRCS = 3
# A track can be withdrawn; this many refusals with nothing answered in between are about us, not about tracks.
_REFUSALS_IN_A_ROW = 5

Found = tuple[BeatportTrack, Likeness, FoundBy]


class BeatportApi(KeyedSource):
    """Labels and artists from Beatport's partner API; on only with own credentials.

    They are ENRICHMENT_BEATPORT_CLIENT_ID with ENRICHMENT_BEATPORT_CLIENT_SECRET or with
    ENRICHMENT_BEATPORT_REFRESH_TOKEN.

    Args:
        surroundings: data folder, environment, clock.
        network: what carries requests; None for the real one.

    Raises:
        ValueError: one of its variables holds no number.
    """

    name = "beatport_api"

    def __init__(self, surroundings: Surroundings, *, network: httpx.BaseTransport | None = None) -> None:
        policy = host_policy(
            surroundings,
            self.name,
            variables="BEATPORT",
            url=_URL,
            per_second=_PER_SECOND,
            budget=_BUDGET,
            verdict=_verdict,
        )
        super().__init__(surroundings, policy, why_no_token(surroundings), network=network)
        self._token = BeatportToken(surroundings, self.client)
        self._refusals = 0

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Labels of tracks; see `LabelSource`.

        Those found by ISRC come first in each batch, then the others, which are asked for by name.

        Raises:
            SourceError: Beatport answers no more.
        """
        self.require_on()
        for start in range(0, len(questions), _BATCH):
            batch = questions[start : start + _BATCH]
            by_isrc = [question for question in batch if _isrcs(question)]
            trails = {question.track_key: Trail() for question in batch}
            found: set[str] = set()
            for look_up in self._by_isrcs(by_isrc, trails):
                found.add(look_up.track_key)
                yield look_up
            rest = [question for question in batch if question.track_key not in found]

            def by_name(question: TrackQuestion, trail: Trail, so_far: dict[str, Trail] = trails) -> LookUp:
                trail.answers += so_far[question.track_key].answers
                return self._by_name(question, trail)

            yield from self.one_by_one(rest, by_name)

    def look_up_titles(self, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
        """Artists of titles, one look-up per question in their order; see `TitleSource`.

        Raises:
            SourceError: Beatport answers no more.
        """
        return self.one_by_one(questions, self._artists)

    # ---- labels --------------------------------------------------------------------------------------

    def _by_isrcs(self, questions: Sequence[TrackQuestion], trails: dict[str, Trail]) -> Iterator[LookUp]:
        """Those of the questions that are found by ISRC, and those that alone could not be answered."""
        if not questions:
            return
        isrcs = sorted({isrc for question in questions for isrc in _isrcs(question)})
        asked = Trail()
        try:
            tracks = self._tracks({"isrc": ",".join(isrcs)}, asked, is_one=len(questions) == 1)
        except SourceError as error:
            is_refused = isinstance(error, RefusedError)
            # Offline, a list that was refused then is one that was never answered: the same way is gone again.
            if not is_refused and not (isinstance(error, OffError) and self.surroundings.offline):
                for question in questions:
                    yield self.unanswered(question.track_key, asked, error)
            elif len(questions) > 1:
                # One withdrawn track refuses the whole list; halves tell which, and the others are answered.
                middle = len(questions) // 2
                yield from self._by_isrcs(questions[:middle], trails)
                yield from self._by_isrcs(questions[middle:], trails)
            return  # refused alone: its name can still be asked for
        for question in questions:
            trail = trails[question.track_key]
            trail.answers += asked.answers
            wanted = set(_isrcs(question))
            mine = [track for track in tracks if track.isrc in wanted]
            judged = [(track, track_likeness(question, track)) for track in mine]
            same = [(track, alike) for track, alike in judged if is_same_by_isrc(alike)]
            if any(track.label for track, _ in same):
                try:
                    found = self._hit(question, trail, [(track, alike, "isrc") for track, alike in same])
                except SourceError as error:
                    found = self.unanswered(question.track_key, trail, error)
                yield found

    def _by_name(self, question: TrackQuestion, trail: Trail) -> LookUp:
        artist = query_text(next(iter(question.artists), question.artist))
        tracks = self._tracks({"artist_name": artist, "name": query_text(question.title)}, trail)
        judged = [(track, track_likeness(question, track)) for track in tracks]
        same: list[Found] = [
            (track, alike, alike.found_by) for track, alike in judged if alike.found_by is not None
        ]
        if any(track.label for track, _, _ in same):
            return self._hit(question, trail, same)
        reason = (
            "found, but no label is named with it"
            if same
            else why_none([alike for _, alike in judged], "track")
        )
        return LookUp(
            question.track_key,
            "miss",
            reason,
            trail.asked_at,
            http_status=trail.http_status,
            refs=trail.refs,
        )

    def _hit(
        self,
        question: TrackQuestion,
        trail: Trail,
        same: Sequence[Found],
    ) -> LookUp:
        """A track that was found: exact before fuzzy, then the earliest release, which is the one it came out on."""
        ranked = sorted(
            self._with_kinds(same, trail),
            key=lambda each: (
                each[2] == "fuzzy",
                each[0].kind in SECONDARY_RELEASES,
                *earliest_first(each[0]),
            ),
        )
        findings = first_of_each_label(
            [label_finding(track, alike, by) for track, alike, by in ranked if track.label], label_key
        )
        isrcs = {track.isrc for track, _, by in ranked if track.isrc and by != "fuzzy"}
        return LookUp(
            question.track_key,
            "hit",
            findings[0].reason,
            trail.asked_at,
            http_status=trail.http_status,
            refs=trail.refs,
            labels=findings,
            matched_id=findings[0].matched_id,
            isrcs=tuple(sorted(isrcs)),
        )

    def _with_kinds(self, same: Sequence[Found], trail: Trail) -> list[Found]:
        """Where several labels sell the track, what kind its earliest releases are: some only print it again."""
        if len({label_key(track.label) for track, _, _ in same if track.label}) < 2:
            return list(same)
        releases = dict.fromkeys(
            track.release_id for track in sorted((track for track, _, _ in same), key=earliest_first)
        )
        kinds = {}
        for release_id in [each for each in releases if each][:_MOST_RELEASES]:
            try:
                page = trail.add(self._get(f"/catalog/releases/{release_id}/", {}))
            except RefusedError:
                continue  # withdrawn: its kind stays unknown
            kinds[release_id] = read_kind(page.json()) if page.is_found else None
        return [(replace(track, kind=kinds.get(track.release_id)), alike, by) for track, alike, by in same]

    # ---- artists -------------------------------------------------------------------------------------

    def _artists(self, question: TitleQuestion, trail: Trail) -> LookUp:
        by_title = {"name": query_text(question.title)}
        tracks: list[BeatportTrack] = []
        if question.label:
            tracks = self._tracks({**by_title, "label_name_exact": query_text(question.label)}, trail)
        if not tracks:
            tracks = self._tracks(by_title, trail)
        findings = [artist_finding(question, track) for track in sorted(tracks, key=earliest_first)]
        artists = tuple(finding for finding in findings if finding is not None)
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

    def _tracks(self, params: dict[str, str], trail: Trail, *, is_one: bool = True) -> list[BeatportTrack]:
        """The tracks of a search, all of its first pages; `is_one` says that it is about one question."""
        found: list[BeatportTrack] = []
        for page in range(1, _MOST_PAGES + 1):
            try:
                answer = trail.add(self._get(_TRACKS, {**params, "page": page, "per_page": _PAGE}))
            except RefusedError as error:
                self._count_refusal(error, is_one)
                raise
            self._refusals = 0
            body = answer.json() if answer.is_found else {}
            found += [read_track(each, answer.ref) for each in objects(body.get("results"))]
            if not body.get("next"):
                break
        return found

    def _get(self, path: str, params: dict[str, str | int]) -> Answer:
        """One answer; a token that is not accepted any more is renewed once."""
        try:
            return self.client.get(path, params, headers=self._token.headers)
        except CredentialsError as error:
            if not self._token.is_held:
                raise  # it was the token request that was refused
            self._token.forget()
            try:
                return self.client.get(path, params, headers=self._token.headers)
            except CredentialsError:
                raise error from None

    def _count_refusal(self, error: RefusedError, is_one: bool) -> None:
        self._refusals += is_one and error.http_status == 403
        if self._refusals >= _REFUSALS_IN_A_ROW:
            reason = (
                f"Beatport refuses whatever is asked ({error.http_status}): ask Beatport what {CLIENT_ID} may"
            )
            until = self.client.hosts.blocked(self.client.policy.pace_name, reason, self.surroundings.now())
            raise BlockedError(reason, http_status=error.http_status, until=until) from None


def _verdict(response: httpx.Response, content: bytes) -> SourceError | None:
    """What a status means here: a refusal by JSON is about one track, and of a token nothing may be shown."""
    if response.request.method == "POST":
        return token_verdict(response)
    if response.status_code == 401:
        return CredentialsError(
            f"Beatport does not accept the token it gave for {CLIENT_ID} (401)", http_status=401
        )
    if response.status_code == 403 and "json" in response.headers.get("content-type", ""):
        return RefusedError("Beatport: restricted or withdrawn (403)", http_status=403)
    return shape_error(BeatportApi.name, response, content, _is_as_promised)


def _is_as_promised(path: str, body: dict[str, Any]) -> bool:
    return isinstance(body.get("results"), list) if path.endswith(_TRACKS) else "id" in body


def _isrcs(question: TrackQuestion) -> tuple[str, ...]:
    return isrcs_of(question.isrcs)[:_MOST_ISRCS]
