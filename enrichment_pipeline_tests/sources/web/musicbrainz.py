"""The simulated MusicBrainz web service: searches, lookups, browses, and the gateway before them.

Rules of `inc`, limits and errors are those of the real server; JSON only (without `fmt=json` or an
Accept header it answers XML, as the real one does, with nothing in it).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web import musicbrainz_shapes as shapes
from enrichment_pipeline_tests.sources.web.asking import Answerer, Handler, whole_number
from enrichment_pipeline_tests.sources.web.catalogue import (
    Catalogue,
    Label,
    Recording,
    Release,
    mbid,
)
from enrichment_pipeline_tests.sources.web.index import SearchIndex, words
from enrichment_pipeline_tests.sources.web.lucene import QuerySyntaxError, parse
from enrichment_pipeline_tests.sources.web.musicbrainz_fields import (
    LABEL_FIELDS,
    RELEASE_FIELDS,
    first_date,
    recording_fields,
)
from enrichment_pipeline_tests.sources.web.pace import Gateway

_HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_NAMELESS_AGENT = re.compile(
    r"(python-(requests|httpx|urllib3?)|java|libwww-perl|curl|wget|go-http-client)\b.*", re.I
)
_MOST_LOOKUP_RELEASES, _MOST_BROWSE_TRACKS = 25, 500
_MOST_URLS = 100

_COMMON = {"aliases", "annotation", "tags", "genres", "ratings", "user-tags", "user-genres", "user-ratings"}
_LOOKUP_INC = {
    "recording": _COMMON
    | {"artists", "releases", "artist-credits", "isrcs", "release-groups", "discids", "media"},
    "isrc": _COMMON | {"artists", "releases", "artist-credits", "isrcs"},
    "release": _COMMON
    | {"artists", "labels", "recordings", "release-groups", "artist-credits", "discids", "media", "isrcs"}
    | {"collections"},
    "label": _COMMON | {"releases", "discids", "media", "artist-credits"},
    "url": set(),
}
_BROWSE_INC = {
    "recording": _COMMON | {"artist-credits", "isrcs"},
    "release": _COMMON
    | {"artist-credits", "labels", "recordings", "discids", "release-groups", "media", "mediums", "isrcs"},
    "label": _COMMON,
}
_RELATIONS = {
    f"{entity}-rels"
    for entity in ("artist", "label", "recording", "release", "release-group", "url", "work", "work-level")
} | {"recording-level-rels"}
_NEEDS_RELEASES = {"release-groups", "discids", "media"}
_STATUSES = {"official", "promotion", "bootleg", "pseudo-release", "withdrawn", "cancelled"}
_TYPES = {"single", "ep", "album", "broadcast", "other", "compilation", "dj-mix", "live", "remix"}


class _BadRequestError(Exception):
    """The server answers 400 with this text."""


class MusicBrainz:
    """The service over the releases that MusicBrainz knows.

    Args:
        catalogue: the world.
        gateway: what refuses requests that come too fast.
        sends_retry_after: whether a refusal says how long to wait.
    """

    def __init__(self, catalogue: Catalogue, gateway: Gateway, *, sends_retry_after: bool) -> None:
        self._catalogue = catalogue
        self.gateway = gateway
        self._sends_retry_after = sends_retry_after
        self._releases = {release.id: release for release in catalogue.known_to("musicbrainz")}
        self._recordings: dict[str, Recording] = {}
        self._releases_of: dict[str, list[Release]] = {}
        self._by_isrc: dict[str, list[Recording]] = {}
        self._labels: dict[str, Label] = {}
        for release in self._releases.values():
            for track in release.tracks:
                self._recordings[track.recording.id] = track.recording
                self._releases_of.setdefault(track.recording.id, []).append(release)
            for info in release.label_infos:
                if info.label is not None:
                    self._labels[info.label.id] = info.label
        for recording in self._recordings.values():
            self._releases_of[recording.id].sort(key=lambda release: (release.date or "9999", release.id))
            for isrc in recording.isrcs:
                self._by_isrc.setdefault(isrc, []).append(recording)
        self.urls = {
            f"https://www.beatport.com/release/{_slug(release.title)}/{number}": release
            for number, release in enumerate(self._releases.values(), start=1_000_000)
            if "beatport" in release.known_to
        }
        self._found_recordings = list(self._recordings.values())
        self._found_releases = list(self._releases.values())
        self._found_labels = list(self._labels.values())
        self._indexes: dict[str, SearchIndex[Any]] = {
            "recording": SearchIndex(
                recording_fields(self._releases_of, catalogue.old_id),
                self._found_recordings,
                default_fields=["recording"],
            ),
            "release": SearchIndex(RELEASE_FIELDS, self._found_releases, default_fields=["release"]),
            "label": SearchIndex(LABEL_FIELDS, self._found_labels, default_fields=["label", "alias"]),
        }
        self.app = Starlette(
            routes=[
                Route("/ws/2/isrc/{id}", self._answered(self._isrc)),
                Route("/ws/2/recording/{id}", self._answered(self._recording)),
                Route("/ws/2/release/{id}", self._answered(self._release)),
                Route("/ws/2/label/{id}", self._answered(self._label)),
                Route("/ws/2/url/{id}", self._answered(self._url_by_id)),
                Route("/ws/2/url", self._answered(self._url)),
                Route("/ws/2/{entity:str}", self._answered(self._search_or_browse)),
                Route("/ws/2/{entity:str}/", self._answered(self._search_or_browse)),
            ]
        )

    def _answered(self, handler: Handler) -> Answerer:
        """The handler behind the gateway, with the server's errors.

        The wrapper is a coroutine so that Starlette runs it in the loop and not in a thread of its own.
        """

        async def answer(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            if not _wants_json(request):
                body = '<?xml version="1.0"?><metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#"/>'
                return Response(body, media_type="application/xml")
            try:
                response = handler(request)
            except _BadRequestError as error:
                response = _error(400, str(error))
            response.headers.update(self.gateway.headers)
            return response

        return answer

    def _refusal(self, request: Request) -> Response | None:
        agent = request.headers.get("user-agent", "").strip()
        if not agent or _NAMELESS_AGENT.fullmatch(agent):
            text = "Your User-Agent does not say who you are: send application/version ( contact )\n"
            return PlainTextResponse(text, status_code=403)
        if self.gateway.admits():
            return None
        headers = self.gateway.headers
        if self._sends_retry_after:
            headers["Retry-After"] = str(int(self.gateway.seconds_until_open) + 1)
        text = (
            "Your requests are exceeding the allowable rate limit. "
            "Please see http://wiki.musicbrainz.org/XMLWebService for more information."
        )
        return JSONResponse({"error": text}, status_code=503, headers=headers)

    # -- lookups -----------------------------------------------------------------------------

    def _first_date(self, recording: Recording) -> str:
        return first_date(self._releases_of[recording.id])

    def _current(self, entity_id: str) -> str:
        if not _MBID.fullmatch(entity_id.lower()):
            raise _BadRequestError("Invalid mbid.")
        return self._catalogue.merged.get(entity_id.lower(), entity_id.lower())

    def _recording(self, request: Request) -> Response:
        inc = _inc(request, "recording", _LOOKUP_INC)
        recording = self._recordings.get(self._current(request.path_params["id"]))
        if recording is None:
            return _not_found()
        return JSONResponse(self._recording_with_releases(recording, inc, request))

    def _recording_with_releases(self, recording: Recording, inc: set[str], request: Request) -> shapes.Json:
        shape = shapes.recording(recording, inc, self._first_date(recording))
        if "releases" in inc:
            releases = _filtered(self._releases_of[recording.id], request)[:_MOST_LOOKUP_RELEASES]
            shape["releases"] = [
                shapes.release(
                    release,
                    inc - {"labels", "recordings"},
                    tracks=[track for track in release.tracks if track.recording.id == recording.id],
                )
                for release in releases
            ]
        return shape

    def _isrc(self, request: Request) -> Response:
        isrc = request.path_params["id"].upper()
        inc = _inc(request, "isrc", _LOOKUP_INC)
        if not _ISRC.fullmatch(isrc):
            return _error(400, "Invalid isrc.")
        recordings = self._by_isrc.get(isrc)
        if not recordings:
            return _not_found()
        shown = [self._recording_with_releases(recording, inc, request) for recording in recordings]
        return JSONResponse({"isrc": isrc, "recordings": shown})

    def _release(self, request: Request) -> Response:
        inc = _inc(request, "release", _LOOKUP_INC)
        release = self._releases.get(self._current(request.path_params["id"]))
        return _not_found() if release is None else JSONResponse(shapes.release(release, inc))

    def _label(self, request: Request) -> Response:
        inc = _inc(request, "label", _LOOKUP_INC)
        label = self._labels.get(self._current(request.path_params["id"]))
        return _not_found() if label is None else JSONResponse(shapes.label(label, inc))

    def _url_by_id(self, request: Request) -> Response:
        inc = _inc(request, "url", _LOOKUP_INC)
        wanted = self._current(request.path_params["id"])
        found = [url for url in self.urls if mbid("url", url) == wanted]
        return JSONResponse(self._url_shape(found[0], inc)) if found else _not_found()

    def _url(self, request: Request) -> Response:
        inc = _inc(request, "url", _LOOKUP_INC)
        asked = request.query_params.getlist("resource")
        if not asked:
            return _error(400, "No resource given.")
        if len(asked) == 1:
            return JSONResponse(self._url_shape(asked[0], inc)) if asked[0] in self.urls else _not_found()
        found = [self._url_shape(url, inc) for url in asked[:_MOST_URLS] if url in self.urls]
        return JSONResponse({"url-count": len(found), "url-offset": 0, "urls": found})

    def _url_shape(self, url: str, inc: set[str]) -> shapes.Json:
        shape: shapes.Json = {"id": mbid("url", url), "resource": url}
        if any(name.endswith("-rels") for name in inc):
            shape["relations"] = []
        if "release-rels" in inc:
            release = shapes.release(self.urls[url], set())
            shape["relations"] = [
                {
                    "type": "purchase for download",
                    "type-id": mbid("link", "purchase for download"),
                    "direction": "backward",
                    "target-type": "release",
                    "attributes": [],
                    "attribute-values": {},
                    "attribute-ids": {},
                    "source-credit": "",
                    "target-credit": "",
                    "begin": None,
                    "end": None,
                    "ended": False,
                    "release": release,
                }
            ]
        return shape

    # -- search and browse -------------------------------------------------------------------

    def _search_or_browse(self, request: Request) -> Response:
        entity = request.path_params["entity"]
        if entity not in self._indexes:
            return _not_found()
        if "query" in request.query_params:
            return self._search(entity, request)
        browses = {
            "release": self._browse_releases,
            "recording": self._browse_recordings,
            "label": self._browse_labels,
        }
        return browses[entity](request)

    def _search(self, entity: str, request: Request) -> Response:
        query = request.query_params["query"].strip()
        if not query:
            return _error(
                400,
                "Must specify a least one parameter other than 'fmt', 'limit', 'offset' or empty 'query' for this query.",
            )
        if request.query_params.get("dismax") == "true":
            query = _as_dismax(query, entity)
        try:
            hits = self._indexes[entity].search(parse(query))
        except QuerySyntaxError as error:
            return _error(400, f"Unable to parse search:{error}")
        limit = whole_number(request.query_params.get("limit"), 25)
        # Not clamped like a browse: more than a hundred is as good as nothing said.
        limit = limit if 1 <= limit <= 100 else 25
        offset = whole_number(request.query_params.get("offset"), 0)
        shown = [self._found(entity, at, score) for at, score in hits[offset : offset + limit]]
        return JSONResponse(
            {"created": "2026-11-01T00:00:00.000Z", "count": len(hits), "offset": offset, f"{entity}s": shown}
        )

    def _found(self, entity: str, at: int, score: int) -> shapes.Json:
        if entity == "release":
            return shapes.found_release(self._found_releases[at], score)
        if entity == "label":
            return shapes.found_label(self._found_labels[at], score)
        recording = self._found_recordings[at]
        shown_id = self._catalogue.old_id.get(recording.id, recording.id)
        releases = self._releases_of[recording.id]
        return shapes.found_recording(recording, shown_id, score, releases, self._first_date(recording))

    def _browse_releases(self, request: Request) -> Response:
        inc = _inc(request, "release", _BROWSE_INC)
        linked, wanted = self._linked(
            request, ("recording", "label", "artist", "track_artist", "release-group")
        )
        if linked == "recording":
            known = wanted in self._recordings
            releases = self._releases_of.get(wanted, [])
        elif linked == "label":
            known = wanted in self._labels
            releases = [
                r
                for r in self._found_releases
                if any(i.label and i.label.id == wanted for i in r.label_infos)
            ]
        elif linked == "release-group":
            releases = [r for r in self._found_releases if r.group_id == wanted]
            known = bool(releases)
        else:
            known = wanted in self._catalogue.artists
            releases = [
                r for r in self._found_releases if _is_by(r, wanted, on_track=linked == "track_artist")
            ]
        if not known:
            return _not_found()
        chosen = _filtered(releases, request)
        offset, limit = whole_number(request.query_params.get("offset"), 0), _browse_limit(request)
        page = chosen[offset : offset + limit]
        if "recordings" in inc:
            page = _within_tracks(page)
        shown = [shapes.release(release, inc) for release in page]
        return JSONResponse({"release-count": len(chosen), "release-offset": offset, "releases": shown})

    def _browse_recordings(self, request: Request) -> Response:
        inc = _inc(request, "recording", _BROWSE_INC)
        linked, wanted = self._linked(request, ("artist", "release"))
        if linked == "release":
            if wanted not in self._releases:
                return _not_found()
            recordings = [track.recording for track in self._releases[wanted].tracks]
        else:
            if wanted not in self._catalogue.artists:
                return _not_found()
            recordings = [r for r in self._found_recordings if any(c.artist.id == wanted for c in r.credit)]
        offset, limit = whole_number(request.query_params.get("offset"), 0), _browse_limit(request)
        page = recordings[offset : offset + limit]
        shown = [shapes.recording(recording, inc, self._first_date(recording)) for recording in page]
        return JSONResponse(
            {"recording-count": len(recordings), "recording-offset": offset, "recordings": shown}
        )

    def _browse_labels(self, request: Request) -> Response:
        inc = _inc(request, "label", _BROWSE_INC)
        _, wanted = self._linked(request, ("release",))
        if wanted not in self._releases:
            return _not_found()
        labels = [info.label for info in self._releases[wanted].label_infos if info.label is not None]
        shown = [shapes.label(label, inc) for label in labels]
        return JSONResponse({"label-count": len(labels), "label-offset": 0, "labels": shown})

    def _linked(self, request: Request, allowed: Sequence[str]) -> tuple[str, str]:
        given = [name for name in allowed if name in request.query_params]
        if len(given) != 1:
            raise _BadRequestError(
                "The given parameters do not match any available query type for this resource."
            )
        return given[0], self._current(request.query_params[given[0]])


def _is_by(release: Release, artist_id: str, *, on_track: bool) -> bool:
    credits_seen = [track.recording.credit for track in release.tracks] if on_track else [release.credit]
    return any(part.artist.id == artist_id for credit in credits_seen for part in credit)


def _within_tracks(releases: Sequence[Release]) -> list[Release]:
    """The first releases with about 500 tracks together, one at least: no page shows more."""
    kept: list[Release] = []
    seen = 0
    for release in releases:
        if kept and seen + len(release.tracks) > _MOST_BROWSE_TRACKS:
            break
        kept.append(release)
        seen += len(release.tracks)
    return kept


def _filtered(releases: Sequence[Release], request: Request) -> list[Release]:
    statuses = _choices(request, "status", _STATUSES)
    types = _choices(request, "type", _TYPES)
    return [
        release
        for release in releases
        if (not statuses or release.status.lower() in statuses)
        and (
            not types
            or types & {release.primary_type.lower(), *(name.lower() for name in release.secondary_types)}
        )
    ]


def _choices(request: Request, name: str, known: set[str]) -> set[str]:
    chosen = {choice.lower() for choice in request.query_params.get(name, "").split("|") if choice}
    unknown = chosen - known
    if unknown:
        raise _BadRequestError(f"{min(unknown)} is not a recognized release {name}.")
    return chosen


def _inc(request: Request, resource: str, allowed: Mapping[str, set[str]]) -> set[str]:
    given = request.query_params.getlist("inc")
    if len(given) > 1:
        raise _BadRequestError(
            "Inc arguments must be combined with a space, but you provided multiple parameters"
        )
    inc = {name for name in re.split(r"[+\s]+", given[0] if given else "") if name}
    for name in sorted(inc):
        if name not in allowed[resource] | _RELATIONS:
            raise _BadRequestError(f"{name} is not a valid inc parameter for the {resource} resource.")
    if resource == "recording" and allowed is _LOOKUP_INC and inc & _NEEDS_RELEASES and "releases" not in inc:
        raise _BadRequestError(
            f"{min(inc & _NEEDS_RELEASES)} is not a valid option for the inc parameter for the recording resource "
            "unless you specify one of the following other inc parameters: releases"
        )
    return {"media" if name == "mediums" else name for name in inc}


def _browse_limit(request: Request) -> int:
    return min(max(whole_number(request.query_params.get("limit"), 25), 1), 100)


def _wants_json(request: Request) -> bool:
    return request.query_params.get("fmt") == "json" or "application/json" in request.headers.get(
        "accept", ""
    )


def _as_dismax(text: str, entity: str) -> str:
    """Free text as words of which any may match, in name or artist."""
    bare = " ".join(words(text)) or "*:*"
    return f"{entity}:({bare}) artist:({bare})" if entity != "label" else f"label:({bare}) alias:({bare})"


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text, "help": _HELP}, status_code=status)


def _not_found() -> Response:
    return _error(404, "Not Found")


def _slug(text: str) -> str:
    return "-".join(words(text))
