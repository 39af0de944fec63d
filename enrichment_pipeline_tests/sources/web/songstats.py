"""The simulated Songstats enterprise API: counts of DJ supports, billed by distinct objects a month."""

from __future__ import annotations

from functools import cached_property

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.asking import Answerer, Handler, whole_number
from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, mbid
from enrichment_pipeline_tests.sources.web.pace import MovingWindow
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack

_BASE = "/enterprise/v1"
_PRICE_PER_OBJECT = 0.10
_PLATFORMS = (
    "spotify",
    "apple_music",
    "amazon",
    "deezer",
    "youtube",
    "shazam",
    "beatport",
    "traxsource",
    "tracklist",
)
_DJS = ("Noctuary Nine", "Copper Hollis", "Ida Merle", "Quillon Sabre")


class Songstats:
    """The service over the tracks that Songstats knows.

    Args:
        catalogue: the world.
        key: the one key that is let in.
        objects_per_month: distinct tracks that may be asked about; None for no end.
        pace: what refuses requests that come too fast.
    """

    def __init__(
        self, catalogue: Catalogue, *, key: str, objects_per_month: int | None, pace: MovingWindow
    ) -> None:
        self._shop = Shop(catalogue, "songstats", once=True)
        self._key = key
        self._most_objects = objects_per_month
        self._pace = pace
        self.asked_objects: set[str] = set()
        self.requests = 0
        routes = {
            "/status": self._status,
            "/tracks/search": self._search,
            "/tracks/info": self._info,
            "/tracks/stats": self._stats,
            "/tracks/activities": self._activities,
        }
        self.app = Starlette(
            routes=[Route(_BASE + path, self._answered(handler)) for path, handler in routes.items()],
            exception_handlers={404: _no_route},
        )

    @cached_property
    def _by_id(self) -> dict[str, ShopTrack]:
        return {_track_id(track): track for track in self._shop.tracks}

    def reset(self) -> None:
        """A new month."""
        self.asked_objects.clear()
        self.requests = 0

    def _answered(self, handler: Handler) -> Answerer:
        async def answer(request: Request) -> Response:
            if request.headers.get("apikey") != self._key:
                return _error(401, "Invalid Api Key")
            if not self._pace.admits():
                return JSONResponse(
                    {"result": "error", "message": "Too many requests."},
                    status_code=429,
                    headers={"Retry-After": "1"},
                )
            self.requests += 1
            return handler(request)

        return answer

    def _status(self, _: Request) -> Response:
        objects = len(self.asked_objects)
        status = {
            "current_month_total_requests": self.requests,
            "current_month_total_requested_objects": objects,
            "current_month_total_bill": f"{objects * _PRICE_PER_OBJECT:.2f}",
            "previous_month_total_requests": 0,
            "previous_month_total_requested_objects": 0,
            "previous_month_total_bill": "0.00",
        }
        return _success(status=status)

    def _search(self, request: Request) -> Response:
        text = request.query_params.get("q", "").strip()
        if not text:
            return _error(400, "Missing parameter: q")
        by_isrc = self._shop.by_isrc.get(text.upper())
        # The nearest thing, however far it is: half of the words suffice.
        found = by_isrc or self._shop.search(text, part=0.5)
        offset, limit = (
            whole_number(request.query_params.get("offset"), 0),
            min(whole_number(request.query_params.get("limit"), 10), 50),
        )
        return _success(results=[_core(track) for track in found[offset : offset + limit]])

    def _info(self, request: Request) -> Response:
        track = self._asked_for(request)
        if isinstance(track, Response):
            return track
        info = {
            **_core(track),
            "distributors": [{"name": name} for name in _distributors(track)],
            "genres": ["House"],
            "links": _links(track),
            "collaborators": [
                {
                    "name": name,
                    "roles": ["Producer"],
                    "songstats_collaborator_id": mbid("collaborator", name)[:8],
                }
                for name in track.artists
            ],
        }
        analysis = [{"key": "key", "value": "A minor"}, {"key": "tempo", "value": "126"}]
        return _success(track_info=info, audio_analysis=analysis)

    def _stats(self, request: Request) -> Response:
        track = self._asked_for(request)
        if isinstance(track, Response):
            return track
        asked = [name for name in request.query_params.get("source", "all").split(",") if name]
        platforms = _PLATFORMS if "all" in asked else tuple(asked)
        stats = [{"source": name, "data": _numbers(track, name)} for name in platforms]
        return _success(stats=stats, track_info=_core(track))

    def _activities(self, request: Request) -> Response:
        track = self._asked_for(request)
        if isinstance(track, Response):
            return track
        source = request.query_params.get("source", "all")
        unique = track.recording.supports[0] if track.recording.supports else 0
        lines = [
            {
                "source": "tracklist",
                "activity_text": f"Supported by {_DJS[at % len(_DJS)]} @ Night Shift {at + 1:03d}",
                "activity_type": "dj_support",
                "activity_date": track.day,
                "activity_url": f"https://tracklists.invalid/{track.number}/{at}",
                "activity_avatar": "https://pictures.invalid/a.jpg",
                "activity_tier": 1 + at % 4,
            }
            for at in range(unique if source in ("all", "tracklist") else 0)
        ]
        offset, limit = (
            whole_number(request.query_params.get("offset"), 0),
            min(whole_number(request.query_params.get("limit"), 25), 100),
        )
        return _success(activities=lines[offset : offset + limit], track_info=_core(track))

    def _asked_for(self, request: Request) -> ShopTrack | Response:
        """The track asked for, counted as an object; or the answer that there is none or no more quota."""
        asked = request.query_params
        if "isrc" in asked:
            track = next(iter(self._shop.by_isrc.get(asked["isrc"].upper(), [])), None)
        elif "songstats_track_id" in asked:
            track = self._by_id.get(asked["songstats_track_id"])
        elif "spotify_track_id" in asked or "apple_music_track_id" in asked:
            track = None
        else:
            return _error(400, "Missing parameter: one of songstats_track_id, spotify_track_id, isrc")
        if track is None:
            return _error(404, "Track not found. ")
        track_id = _track_id(track)
        is_new = track_id not in self.asked_objects
        if is_new and self._most_objects is not None and len(self.asked_objects) >= self._most_objects:
            return _error(429, "Monthly object limit reached.")
        self.asked_objects.add(track_id)
        return track


def _track_id(track: ShopTrack) -> str:
    return mbid("songstats", track.recording.id)[:8]


def _core(track: ShopTrack) -> dict[str, object]:
    return {
        "songstats_track_id": _track_id(track),
        "avatar": "https://pictures.invalid/t.jpg",
        "title": track.recording.title,
        "release_date": track.day,
        "site_url": f"https://songstats.invalid/track/{_track_id(track)}",
        "artists": [
            {"name": name, "songstats_artist_id": mbid("songstats artist", name)[:8]}
            for name in track.artists
        ],
        "labels": [{"name": track.label, "songstats_label_id": mbid("songstats label", track.label)[:8]}],
    }


def _distributors(track: ShopTrack) -> list[str]:
    labels = [info.label for info in track.release.label_infos if info.label is not None]
    return [label.name for label in labels if label.type == "Distributor"]


def _links(track: ShopTrack) -> list[dict[str, str]]:
    """Where the track is; 1001Tracklists only where supports were counted, and never with an ISRC."""
    links = [
        {
            "source": name,
            "external_id": f"{name}{track.number}",
            "url": f"https://{name}.invalid/{track.number}",
        }
        | ({"isrc": track.isrc} if track.isrc else {})
        for name in ("spotify", *(["beatport"] if "beatport" in track.release.known_to else []))
    ]
    if track.recording.supports is not None:
        external = f"{track.number:x}"
        links.append(
            {
                "source": "tracklist",
                "external_id": external,
                "url": f"https://tracklists.invalid/track/{external}/",
            }
        )
    return links


def _numbers(track: ShopTrack, platform: str) -> dict[str, int]:
    """Counts of one platform: zeroes also where the track is not there, as the real service has it."""
    if platform == "tracklist":
        unique, total = track.recording.supports or (0, 0)
        return {"unique_support": unique, "total_support": total}
    if platform in ("beatport", "traxsource"):
        is_there = platform in track.release.known_to
        return {"charts_total": 3 if is_there else 0, "dj_charts_total": 2 if is_there else 0}
    return {"streams_total": 1000 if platform == "spotify" else 0, "playlists_total": 0}


def _success(**content: object) -> Response:
    return JSONResponse({"result": "success", "message": "Data Retrieved.", **content})


def _error(status: int, message: str) -> Response:
    return JSONResponse({"result": "error", "message": message}, status_code=status)


async def _no_route(_: Request, __: Exception) -> Response:
    return _error(404, "Route not found.")
