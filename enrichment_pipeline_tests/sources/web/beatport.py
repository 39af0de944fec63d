"""The simulated Beatport v4 API for partners: OAuth2 tokens and the catalogue behind them."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qs, unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from enrichment_pipeline.naming.keys import fold
from enrichment_pipeline_tests.sources.web.asking import Answerer, Handler, whole_number
from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, Credit, Release, credit_text, mbid
from enrichment_pipeline_tests.sources.web.index import words
from enrichment_pipeline_tests.sources.web.pace import Clock
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack

_FIRST_RELEASE = 4_000_000
_MOST_PER_PAGE = 150


class Beatport:
    """The service over the tracks that Beatport sells.

    Args:
        catalogue: the world.
        client_id: the one partner that is let in.
        client_secret: his secret.
        refresh_token: a refresh token he already holds.
        token_seconds: how long an access token is good.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        token_seconds: float,
        clock: Clock,
    ) -> None:
        self._shop = Shop(catalogue, "beatport")
        releases = dict.fromkeys(track.release.id for track in self._shop.tracks)
        self._release_numbers = {release_id: n for n, release_id in enumerate(releases, start=_FIRST_RELEASE)}
        self._releases = {
            n: catalogue.releases[release_id] for release_id, n in self._release_numbers.items()
        }
        labels = dict.fromkeys(track.label for track in self._shop.tracks)
        self._label_numbers = {name: n for n, name in enumerate(labels, start=1)}
        self._artist_numbers: dict[str, int] = {}
        for track in self._shop.tracks:
            for name in (*track.artists, *track.recording.remixers):
                self._artist_numbers.setdefault(name, len(self._artist_numbers) + 1)
        self._first_tracks = {track.release.id: track for track in reversed(self._shop.tracks)}
        self._client = (client_id, client_secret)
        self._first_refresh_token = refresh_token
        self._token_seconds = token_seconds
        self._clock = clock
        self._good_until: dict[str, float] = {}
        self._refresh_tokens = {refresh_token}
        self._issued = 0
        handlers = {
            "/catalog/tracks/": self._tracks,
            "/catalog/tracks/store/{isrc}/": self._track_by_isrc,
            "/catalog/tracks/{number}/": self._track,
            "/catalog/releases/": self._release_list,
            "/catalog/releases/{number}/": self._release,
            "/catalog/releases/{number}/tracks/": self._release_tracks,
            "/catalog/labels/": self._labels,
            "/catalog/search/": self._search,
        }
        self.app = Starlette(
            routes=[
                Route("/v4/auth/o/token/", self._token, methods=["POST"]),
                *(Route("/v4" + path, self._answered(handler)) for path, handler in handlers.items()),
            ],
            exception_handlers={404: _no_route},
        )

    def expire_tokens(self) -> None:
        """All access tokens given out are good no more; refresh tokens stay."""
        self._good_until.clear()

    def reset(self) -> None:
        """Forget all tokens given out."""
        self._good_until.clear()
        self._refresh_tokens = {self._first_refresh_token}

    # -- tokens ------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        form = {
            name: values[0]
            for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()
        }
        client = _basic_auth(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        grant = form.get("grant_type", "")
        if grant == "client_credentials":
            if client != self._client:
                return JSONResponse({"error": "invalid_client"}, status_code=401)
        elif grant == "refresh_token":
            if client[0] != self._client[0]:
                return JSONResponse({"error": "invalid_client"}, status_code=401)
            if form.get("refresh_token") not in self._refresh_tokens:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            # A refresh token is good once; the answer carries the next.
            self._refresh_tokens.discard(form["refresh_token"])
        else:
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        self._issued += 1
        access, refresh = mbid("access", str(self._issued)), mbid("refresh", str(self._issued))
        self._good_until[access] = self._clock() + self._token_seconds
        self._refresh_tokens.add(refresh)
        return JSONResponse(
            {
                "access_token": access,
                "refresh_token": refresh,
                "expires_in": int(self._token_seconds),
                "scope": "app:external",
                "token_type": "Bearer",
            }
        )

    def _answered(self, handler: Handler) -> Answerer:
        async def answer(request: Request) -> Response:
            kind, _, token = request.headers.get("authorization", "").partition(" ")
            if kind.lower() != "bearer" or not token:
                detail = "Authentication credentials were not provided."
                return JSONResponse({"detail": detail}, status_code=401)
            if self._good_until.get(token, 0.0) <= self._clock():
                return JSONResponse({"detail": "Invalid or expired token."}, status_code=401)
            return handler(request)

        return answer

    # -- catalogue ---------------------------------------------------------------------------

    def _tracks(self, request: Request) -> Response:
        asked = request.query_params
        found = self._shop.tracks
        if asked.get("isrc"):
            wanted = dict.fromkeys(isrc.strip().upper() for isrc in asked["isrc"].split(","))
            found = [track for isrc in wanted for track in self._shop.by_isrc.get(isrc, [])]
        elif asked.get("name") or asked.get("artist_name"):
            # The index narrows; the filters below decide.
            found = self._shop.search(f"{asked.get('name', '')} {asked.get('artist_name', '')}")
        found = [track for track in found if _matches(track, dict(asked))]
        return _page(request, [self._shape(track) for track in found])

    def _track_by_isrc(self, request: Request) -> Response:
        found = self._shop.by_isrc.get(request.path_params["isrc"].upper())
        return JSONResponse(self._shape(found[0])) if found else _not_found()

    def _track(self, request: Request) -> Response:
        track = self._shop.track(request.path_params["number"])
        return JSONResponse(self._shape(track)) if track else _not_found()

    def _search(self, request: Request) -> Response:
        text = request.query_params.get("q", "")
        kind = request.query_params.get("type", "")
        per_page = _per_page(request)
        found = self._shop.search(text, part=0.6)
        answer: dict[str, object] = {}
        if kind in ("", "tracks"):
            answer["tracks"] = [self._shape(track) for track in found[:per_page]]
        if kind in ("", "releases"):
            numbers = dict.fromkeys(self._release_numbers[track.release.id] for track in found)
            answer["releases"] = [self._release_shape(number) for number in list(numbers)[:per_page]]
        return JSONResponse(answer)

    def _release_list(self, request: Request) -> Response:
        asked = request.query_params
        found = [
            number
            for number, release in self._releases.items()
            if (not asked.get("upc") or release.barcode in asked["upc"].split(","))
            and (not asked.get("catalog_number") or _catalogue_number(release) == asked["catalog_number"])
        ]
        return _page(request, [self._release_shape(number) for number in found])

    def _release(self, request: Request) -> Response:
        number = whole_number(request.path_params["number"], -1)
        return JSONResponse(self._release_shape(number)) if number in self._releases else _not_found()

    def _release_tracks(self, request: Request) -> Response:
        release = self._releases.get(whole_number(request.path_params["number"], -1))
        if release is None:
            return _not_found()
        tracks = [track for track in self._shop.tracks if track.release.id == release.id]
        return _page(request, [self._shape(track) for track in tracks])

    def _labels(self, request: Request) -> Response:
        exact, part = request.query_params.get("name_exact"), fold(request.query_params.get("name", ""))
        found = [
            {**self._label_shape(name), "enabled": True, "created": "2010-01-01T00:00:00", "updated": None}
            for name in self._label_numbers
            if (exact is None or name.casefold() == exact.casefold()) and part in fold(name)
        ]
        return _page(request, found)

    def _shape(self, track: ShopTrack) -> dict[str, object]:
        length = track.length_ms
        minutes, seconds = divmod((length or 0) // 1000, 60)
        number = self._release_numbers[track.release.id]
        return {
            "id": track.number,
            "name": track.recording.name,
            "mix_name": track.mix,
            "slug": track.slug,
            "artists": [self._artist(name) for name in track.artists],
            "remixers": [self._artist(name) for name in track.recording.remixers],
            "release": {
                "id": number,
                "name": track.release.title,
                "slug": "-".join(words(track.release.title)),
                "label": self._label_shape(track.label),
            },
            "catalog_number": track.catalogue_number,
            "isrc": track.isrc,
            "bpm": 126,
            "key": {"id": 8, "name": "A Minor", "camelot_number": 8, "camelot_letter": "A"},
            "genre": {"id": 5, "name": "House", "slug": "house"},
            "sub_genre": None,
            "length": f"{minutes}:{seconds:02d}" if length else None,
            "length_ms": length,
            "publish_date": track.day,
            "new_release_date": track.day,
            "exclusive": False,
            "pre_order": False,
            "is_available_for_streaming": True,
            "url": f"https://api.beatport.com/v4/catalog/tracks/{track.number}/",
        }

    def _artist(self, name: str) -> dict[str, object]:
        number = self._artist_numbers[name]
        url = f"https://api.beatport.com/v4/catalog/artists/{number}/"
        return {"id": number, "name": name, "slug": "-".join(words(name)), "url": url}

    def _label_shape(self, name: str) -> dict[str, object]:
        return {"id": self._label_numbers[name], "name": name, "slug": "-".join(words(name))}

    def _release_shape(self, number: int) -> dict[str, object]:
        release = self._releases[number]
        first = self._first_tracks[release.id]
        artists = dict.fromkeys(name for track in release.tracks for name in _names(track.recording.credit))
        return {
            "id": number,
            "name": release.title,
            "slug": "-".join(words(release.title)),
            "artists": [self._artist(name) for name in artists],
            "remixers": [],
            "label": self._label_shape(first.label),
            "catalog_number": first.catalogue_number,
            "upc": release.barcode or None,
            "publish_date": first.day,
            "new_release_date": first.day,
            "track_count": len(release.tracks),
        }


def _names(credit: Credit) -> list[str]:
    return [part.name for part in credit]


def _matches(track: ShopTrack, asked: dict[str, str]) -> bool:
    texts = {
        "name": track.recording.name,
        "mix_name": track.mix,
        "artist_name": credit_text(track.recording.credit),
        "label_name": track.label,
        "release_name": track.release.title,
    }
    if any(fold(asked[name]) not in fold(text) for name, text in texts.items() if asked.get(name)):
        return False
    if asked.get("label_name_exact") and asked["label_name_exact"].casefold() != track.label.casefold():
        return False
    if asked.get("catalog_number") and asked["catalog_number"] != track.catalogue_number:
        return False
    low, _, high = asked.get("publish_date", "").partition(":")
    return (not low or track.day >= low) and (not high or track.day <= high)


def _catalogue_number(release: Release) -> str | None:
    return next((i.catalogue_number for i in release.label_infos if i.catalogue_number), None)


def _basic_auth(request: Request) -> tuple[str, str] | None:
    kind, _, sent = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(sent, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(client_id), unquote(secret)


def _per_page(request: Request) -> int:
    return min(max(whole_number(request.query_params.get("per_page"), 10), 1), _MOST_PER_PAGE)


def _page(request: Request, found: list[dict[str, object]]) -> Response:
    per_page, page = _per_page(request), max(whole_number(request.query_params.get("page"), 1), 1)
    pages = max(-(-len(found) // per_page), 1)
    if page > pages:
        return JSONResponse({"detail": "Invalid page."}, status_code=404)
    return JSONResponse(
        {
            "count": len(found),
            "next": str(request.url.include_query_params(page=page + 1)) if page < pages else None,
            "previous": str(request.url.include_query_params(page=page - 1)) if page > 1 else None,
            "page": f"{page}/{pages}",
            "per_page": per_page,
            "results": found[(page - 1) * per_page : page * per_page],
        }
    )


def _not_found() -> Response:
    return JSONResponse({"detail": "Not found."}, status_code=404)


async def _no_route(_: Request, __: Exception) -> Response:
    return _not_found()
