"""Asking Songstats about a track: who it is, then how many DJs played it, within what may be spent.

Its search returns the nearest thing it has, so nothing is asked (and paid) of a track before our own similarity
has said that it is the one meant. How answers are read stands in `shapes.py`, what is billed in `objects.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.sources.http.answers import Answer
from enrichment_pipeline.sources.judging import first_of_each_label, is_same_by_isrc, title_outcome, why_none
from enrichment_pipeline.sources.keyed import KeyedSource, Trail, host_policy, key_of, shape_error, why_off
from enrichment_pipeline.sources.outcomes import (
    CredentialsError,
    DownError,
    QuotaError,
    RefusedError,
    SourceError,
)
from enrichment_pipeline.sources.questions import (
    ArtistFinding,
    FoundBy,
    LabelFinding,
    LookUp,
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
from enrichment_pipeline.sources.songstats.objects import ObjectCount, SongstatsSpending, month_of, next_month
from enrichment_pipeline.sources.songstats.shapes import (
    TRACKLISTS,
    FoundTrack,
    TrackInfo,
    is_known,
    read_activities,
    read_info,
    read_results,
    read_supports,
)
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.values import date_of, isrcs_of, query_text, text_of

KEY_VARIABLE = "ENRICHMENT_SONGSTATS_KEY"
OBJECTS_VARIABLE = "ENRICHMENT_SONGSTATS_OBJECTS"
PRICE_VARIABLE = "ENRICHMENT_SONGSTATS_PRICE"
_URL = "https://api.songstats.com/enterprise/v1"
_PER_SECOND = 2.0
_BUDGET = 300
_OBJECTS = 100
# What the one account whose bill is public paid for an object.
_PRICE = 0.10
# Counts grow slowly and cost money; shorter than the first wait after a miss, so that asking again does ask.
_MAX_AGE = timedelta(days=25)
# An unknown ISRC may be billed like a known one.
_MOST_ISRCS = 2
_RESULTS = 20
_TITLE_RESULTS = 50
_ACTIVITIES = 100
_LISTS = {"/tracks/search": "results", "/tracks/stats": "stats", "/tracks/activities": "activities"}
_OBJECTS_OF = {"/tracks/info": "track_info", "/status": "status"}


@dataclass(frozen=True, slots=True)
class SongstatsCheck:
    """Whether Songstats can be asked, and in words what it says or what to do."""

    is_ok: bool
    words: str


class Songstats(KeyedSource):
    """DJ supports and labels from Songstats; on with ENRICHMENT_SONGSTATS_KEY.

    Args:
        surroundings: data folder, environment, clock.
        network: what carries requests; None for the real one.

    Raises:
        ValueError: one of its variables holds no number.
    """

    name = "songstats"

    def __init__(self, surroundings: Surroundings, *, network: httpx.BaseTransport | None = None) -> None:
        key = key_of(surroundings, KEY_VARIABLE)

        def verdict(response: httpx.Response, content: bytes) -> SourceError | None:
            return _verdict(surroundings, response, content)

        policy = host_policy(
            surroundings,
            self.name,
            variables="SONGSTATS",
            url=_URL,
            per_second=_PER_SECOND,
            budget=_BUDGET,
            headers={"apikey": key} if key else {},
            max_age=_MAX_AGE,
            verdict=verdict,
        )
        off_reason = why_off(surroundings, "Songstats", KEY_VARIABLE, "the key Songstats gave you")
        super().__init__(surroundings, policy, off_reason, network=network)
        cap = int(surroundings.number(OBJECTS_VARIABLE, _OBJECTS))
        self._price = surroundings.number(PRICE_VARIABLE, _PRICE)
        self._count = ObjectCount(surroundings.root / "state" / "songstats.db", cap)
        self._check: SongstatsCheck | None = None

    def spent(self, month: str | None = None) -> SongstatsSpending:
        """What was asked for in a month and about what it costs.

        Args:
            month: "2026-11"; the present one by default.
        """
        objects = self._count.objects(month or month_of(self.surroundings.now()))
        return SongstatsSpending(objects, self._count.cap, round(objects * self._price, 2))

    def check(self) -> SongstatsCheck:
        """The Songstats check: asks for the state of the account, once a run and without cost.

        Without a key it says which variable to set, with a wrong one what was answered.
        """
        if self._check is None:
            try:
                self.require_on()
                self._check = SongstatsCheck(True, self._status())
            except SourceError as error:
                self._check = SongstatsCheck(False, error.reason)
        return self._check

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Supports and labels of tracks, one look-up per question in their order; see `LabelSource`.

        A track that is found is a hit, whether or not a label is named. `extra` holds songstats_track_id,
        unique_support and total_support (None where unknown), is_on_tracklists, activities.

        Raises:
            SourceError: Songstats answers no more, or the paid objects of the month are used up.
        """
        return self.one_by_one(questions, self._track)

    def look_up_titles(self, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
        """Artists of titles by what the search says alone, which is free; see `TitleSource`.

        Labels stand only in what is paid for, so none is told.

        Raises:
            SourceError: Songstats answers no more.
        """
        return self.one_by_one(questions, self._artists)

    # ---- one track -----------------------------------------------------------------------------------

    def _track(self, question: TrackQuestion, trail: Trail) -> LookUp:
        why: list[str] = []
        for isrc in isrcs_of(question.isrcs)[:_MOST_ISRCS]:
            answer = self._of_object(
                "/tracks/info", f"isrc:{isrc}", {"isrc": isrc, "with_links": "true"}, trail
            )
            info = _info(answer)
            if info is None:
                continue
            self._count.name(f"isrc:{isrc}", _object(info.track.id), answer.asked_at)
            alike = _likeness(question, info.track)
            if is_same_by_isrc(alike):
                return self._found(question, info, alike, "isrc", answer, trail)
            why.append("the track of its ISRC has another artist and title")
        results = self._search(query_text(question.artist, question.title, question.version), _RESULTS, trail)
        judged = [(track, _likeness(question, track)) for track in results]
        same = [(alike.found_by, track, alike) for track, alike in judged if alike.found_by is not None]
        if not same:
            why.append(why_none([alike for _, alike in judged], "search result"))
        else:
            # only the likest: each further one would be paid for
            found_by, track, alike = min(same, key=lambda each: (each[0] == "fuzzy", -each[2].title))
            one = {"songstats_track_id": track.id, "with_links": "true"}
            answer = self._of_object("/tracks/info", _object(track.id), one, trail)
            info = _info(answer)
            if info is not None:
                return self._found(question, info, alike, found_by, answer, trail)
            why.append("found by search, but nothing more is known of it")
        return LookUp(
            question.track_key,
            "miss",
            "; ".join(why),
            trail.asked_at,
            http_status=trail.http_status,
            refs=trail.refs,
        )

    def _found(
        self,
        question: TrackQuestion,
        info: TrackInfo,
        alike: Likeness,
        found_by: FoundBy,
        answer: Answer,
        trail: Trail,
    ) -> LookUp:
        """Everything else of a track that was found: the object is paid for, so it is asked in the same month."""
        track = info.track
        one = {"songstats_track_id": track.id, "source": TRACKLISTS}
        stats = self._of_object("/tracks/stats", _object(track.id), one, trail)
        activities = self._of_object(
            "/tracks/activities", _object(track.id), {**one, "limit": _ACTIVITIES}, trail
        )
        supports = read_supports(_body(stats), is_on_tracklists=info.is_on_tracklists)
        labels = first_of_each_label(
            [
                LabelFinding(
                    label=label,
                    found_by=found_by,
                    artist_similarity=alike.artist,
                    title_similarity=alike.title,
                    version_similarity=alike.version,
                    reason=_how(found_by),
                    release_date=date_of(info.release_date),
                    is_distributor=is_distributor,
                    url=track.url,
                    matched_id=track.id,
                    raw_answer_ref=answer.ref,
                )
                for label, is_distributor in info.labels
            ],
            label_key,
        )
        return LookUp(
            question.track_key,
            "hit",
            f"{_how(found_by)}, {_played(supports.unique, info.is_on_tracklists)}"
            + ("" if labels else ", no label named"),
            trail.asked_at,
            http_status=trail.http_status,
            refs=trail.refs,
            labels=labels,
            matched_id=track.id,
            isrcs=track.isrcs,
            extra={
                "songstats_track_id": track.id,
                "unique_support": supports.unique,
                "total_support": supports.total,
                "is_on_tracklists": info.is_on_tracklists,
                "activities": read_activities(_body(activities)),
            },
        )

    # ---- one title -----------------------------------------------------------------------------------

    def _artists(self, question: TitleQuestion, trail: Trail) -> LookUp:
        version = question.version if question.version_key else None
        results = self._search(query_text(question.title, version), _TITLE_RESULTS, trail)
        ref = trail.answers[-1].ref
        findings = [_artist_finding(question, track, ref) for track in results]
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

    def _search(self, query: str, limit: int, trail: Trail) -> list[FoundTrack]:
        answer = trail.add(
            self.client.get("/tracks/search", {"q": query, "limit": limit}, headers=self._first_check)
        )
        return read_results(_body(answer))

    def _of_object(self, path: str, asked_as: str, params: Mapping[str, str | int], trail: Trail) -> Answer:
        """Ask for something of an object, which is counted only where the network really is asked."""
        is_new = False
        now = self.surroundings.now()

        def count() -> Mapping[str, str]:
            nonlocal is_new
            self._first_check()
            is_new = self._count.take(asked_as, path, now)
            return {}

        try:
            return trail.add(self.client.get(path, params, headers=count))
        except SourceError as error:
            # an answer that was cut off may have been billed; a refusal, or what was never sent, was not
            may_be_billed = isinstance(error, DownError) and error.http_status in (None, 200)
            if is_new and not may_be_billed:
                self._count.give_back(asked_as, now)
            raise

    def _first_check(self) -> Mapping[str, str]:
        """Before the first request of a run: is the key good?

        Raises:
            SourceError: it is not, or the host is in trouble.
        """
        if self._check is None:
            try:
                self._check = SongstatsCheck(True, self._status())
            except RefusedError as error:
                # an account that may not see its own state may still see tracks
                self._check = SongstatsCheck(False, error.reason)
        return {}

    def _status(self) -> str:
        status = _body(self.client.get("/status", max_age=timedelta(0))).get("status")
        status = status if isinstance(status, dict) else {}
        objects = text_of(status.get("current_month_total_requested_objects")) or "?"
        bill = text_of(status.get("current_month_total_bill")) or "?"
        return f"Songstats accepts the key; by its own count {objects} objects this month, bill {bill}"


def _verdict(surroundings: Surroundings, response: httpx.Response, content: bytes) -> SourceError | None:
    """Errors come in an envelope, with a status of their own or with 200; their words are handed on."""
    status = response.status_code
    try:
        body = json.loads(content)
    except (UnicodeDecodeError, ValueError):
        body = None
    message = text_of(body.get("message")).strip() if isinstance(body, dict) else ""
    message = surroundings.scrub(message)[:200]
    if status == 401 or (status == 403 and isinstance(body, dict)):
        return CredentialsError(
            f"Songstats did not accept {KEY_VARIABLE}: {message or 'no reason given'} ({status})",
            http_status=status,
        )
    if status == 429 and any(word in message.casefold() for word in ("month", "quota")):
        return QuotaError(
            f"Songstats: {message} (429)", http_status=429, until=next_month(surroundings.now())
        )
    if status == 402:
        return QuotaError(
            f"Songstats wants to be paid first: {message or 'no reason given'} (402)", http_status=402
        )
    if status != 200 or is_known(body) or not isinstance(body, dict):
        return shape_error(Songstats.name, response, content, _is_as_promised)
    if "not found" in message.casefold():
        return None
    if "api key" in message.casefold():
        return CredentialsError(f"Songstats did not accept {KEY_VARIABLE}: {message}", http_status=401)
    return DownError(f"Songstats answered an error: {message or 'no reason given'}", http_status=200)


def _is_as_promised(path: str, body: dict[str, Any]) -> bool:
    for end, name in _LISTS.items():
        if path.endswith(end):
            return isinstance(body.get(name), list)
    for end, name in _OBJECTS_OF.items():
        if path.endswith(end):
            return isinstance(body.get(name), dict)
    return True


def _body(answer: Answer) -> dict[str, Any]:
    """The envelope of an answer; {} where what was asked for is not known."""
    body = answer.json() if answer.is_found else {}
    return body if is_known(body) else {}


def _info(answer: Answer) -> TrackInfo | None:
    return read_info(_body(answer))


def _object(track_id: str) -> str:
    return f"track:{track_id}"


def _likeness(question: TrackQuestion, track: FoundTrack) -> Likeness:
    return likeness(question, artists=track.spellings, title=track.title)


def _how(found_by: FoundBy) -> str:
    return "found by ISRC" if found_by == "isrc" else f"found as {found_by} match"


def _played(djs: int | None, is_on_tracklists: bool) -> str:
    if djs is None:
        return "supports unknown" if is_on_tracklists else "not on tracklists"
    return f"supported by {djs} DJ{'' if djs == 1 else 's'}"


def _artist_finding(question: TitleQuestion, track: FoundTrack, ref: str) -> ArtistFinding | None:
    read = read_title(track.title)
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
        label=None,
        label_agrees=None,
        matched_id=track.id,
        url=track.url,
        raw_answer_ref=ref,
    )
