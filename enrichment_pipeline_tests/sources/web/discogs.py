"""The simulated Discogs API: database search, releases, labels; rate headers and names as Discogs writes them."""

from __future__ import annotations

import itertools

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.asking import Answerer, Handler, whole_number
from enrichment_pipeline_tests.sources.web.catalogue import (
    NO_LABEL,
    Catalogue,
    Credit,
    Recording,
    Release,
    credit_text,
    share,
)
from enrichment_pipeline_tests.sources.web.index import FieldOf, SearchIndex, code, keyword, words
from enrichment_pipeline_tests.sources.web.lucene import Group, Leaf, Occur
from enrichment_pipeline_tests.sources.web.pace import MovingWindow

_FIRST_NUMBER = 2_000_000
_WORD_FIELDS = ("title", "release_title", "artist", "track", "label")
_KINDS = {"Single": ["Single"], "EP": ["EP"], "Album": ["Album"]}


class Discogs:
    """The service over the releases that Discogs knows.

    Args:
        catalogue: the world.
        token: the one personal token that is let in.
        window: what refuses requests that come too fast.
        limit_shown: requests a minute that the headers tell.
    """

    def __init__(self, catalogue: Catalogue, *, token: str, window: MovingWindow, limit_shown: int) -> None:
        self._releases = catalogue.known_to("discogs")
        self._token = token
        self._window = window
        self._limit_shown = limit_shown
        labels = itertools.chain.from_iterable(map(_labels, self._releases))
        self._label_numbers = {
            name: n for n, name in enumerate(dict.fromkeys(n for n, _ in labels), start=5_000)
        }
        self._label_numbers |= {"Not On Label": 1818}
        artists = (part.artist for release in self._releases for part in _all_credits(release))
        names = dict.fromkeys(artist.discogs_name for artist in artists)
        self._artist_numbers = {
            name: 194 if name == "Various" else n for n, name in enumerate(names, start=9_000)
        }
        self._index = SearchIndex(_FIELDS, self._releases, default_fields=["all"])
        self.app = Starlette(
            routes=[
                Route("/database/search", self._answered(self._search)),
                Route("/releases/{number}", self._answered(self._release)),
                Route("/labels/{number}", self._answered(self._label)),
            ],
            exception_handlers={404: _no_route},
        )

    def _answered(self, handler: Handler) -> Answerer:
        async def answer(request: Request) -> Response:
            if not request.headers.get("user-agent", "").strip():
                return JSONResponse({"message": "Please send a User-Agent."}, status_code=403)
            if not self._window.admits():
                response: Response = JSONResponse(
                    {"message": "You are making requests too quickly."}, status_code=429
                )
            else:
                response = handler(request)
            used = self._window.used
            response.headers["X-Discogs-Ratelimit"] = str(self._limit_shown)
            response.headers["X-Discogs-Ratelimit-Used"] = str(used)
            response.headers["X-Discogs-Ratelimit-Remaining"] = str(max(self._limit_shown - used, 0))
            return response

        return answer

    def forget(self) -> None:
        """Forget the requests of the last minute."""
        self._window.forget()

    def _has_token(self, request: Request) -> bool:
        sent = request.headers.get("authorization", "")
        return sent == f"Discogs token={self._token}" or request.query_params.get("token") == self._token

    def _search(self, request: Request) -> Response:
        if not self._has_token(request):
            return JSONResponse(
                {"message": "You must authenticate to access this resource."}, status_code=401
            )
        asked = request.query_params
        per_page = min(max(whole_number(asked.get("per_page"), 50), 1), 100)
        page = max(whole_number(asked.get("page"), 1), 1)
        found = self._found(request) if asked.get("type", "release") in ("release", "all", "") else []
        pages = max(-(-len(found) // per_page), 1)
        if page > pages:
            message = f"Page {page} is outside of valid range. Only {pages} pages exist."
            return JSONResponse({"message": message}, status_code=404)
        shown = [self._found_shape(at) for at in found[(page - 1) * per_page : page * per_page]]
        pagination: dict[str, object] = {
            "page": page,
            "pages": pages,
            "per_page": per_page,
            "items": len(found),
            "urls": {}
            if page == pages
            else {
                "last": str(request.url.include_query_params(page=pages)),
                "next": str(request.url.include_query_params(page=page + 1)),
            },
        }
        return JSONResponse({"pagination": pagination, "results": shown})

    def _found(self, request: Request) -> list[int]:
        asked = request.query_params
        must: Occur = "must"
        clauses = [
            (must, Leaf("term", word, field))
            for name, field in (("q", "all"), *((n, n) for n in _WORD_FIELDS))
            for word in words(asked.get(name, ""))
        ]
        clauses += [
            (must, Leaf("term", asked[name], name))
            for name in ("catno", "barcode", "year", "format", "country")
            if asked.get(name, "").strip()
        ]
        return [at for at, _ in self._index.search(Group(tuple(clauses)))] if clauses else []

    def _found_shape(self, at: int) -> dict[str, object]:
        release = self._releases[at]
        number = at + _FIRST_NUMBER
        labels = _labels(release)
        # Artists carry their number in brackets here too, and the title glues both together.
        title = f"{_discogs_credit(release.credit)} - {release.title}"
        return {
            "country": _country(release),
            "year": release.date[:4],
            "format": [_medium(release), *_descriptions(release)],
            "label": list(dict.fromkeys(name for name, _ in labels)),
            "type": "release",
            "genre": ["Electronic"],
            "style": ["House"],
            "id": number,
            "barcode": [release.barcode] if release.barcode else [],
            "user_data": {"in_wantlist": False, "in_collection": False},
            "master_id": 0,
            "master_url": None,
            "uri": f"/release/{number}",
            "catno": labels[0][1],
            "title": title,
            "thumb": "",
            "cover_image": "",
            "resource_url": f"https://api.discogs.com/releases/{number}",
            "community": {"want": 3, "have": 5},
            "format_quantity": 1,
            "formats": [{"name": _medium(release), "qty": "1", "descriptions": _descriptions(release)}],
        }

    def _release(self, request: Request) -> Response:
        at = whole_number(request.path_params["number"], -1) - _FIRST_NUMBER
        if not 0 <= at < len(self._releases):
            return JSONResponse({"message": "Release not found."}, status_code=404)
        release = self._releases[at]
        number = at + _FIRST_NUMBER
        shape = {
            "id": number,
            "status": "Accepted",
            "year": whole_number(release.date[:4], 0),
            "resource_url": f"https://api.discogs.com/releases/{number}",
            "uri": f"https://www.discogs.com/release/{number}",
            "artists": self._artists(release.credit),
            "artists_sort": credit_text(release.credit),
            "labels": [self._label_shape(name, catno) for name, catno in _labels(release)],
            "series": [],
            "companies": [
                self._company(info.label.name)
                for info in release.label_infos
                if info.label is not None and info.label.type == "Distributor"
            ],
            "formats": [{"name": _medium(release), "qty": "1", "descriptions": _descriptions(release)}],
            "data_quality": "Needs Vote",
            "format_quantity": 1,
            "title": release.title,
            "country": _country(release),
            "identifiers": [{"type": "Barcode", "value": release.barcode}] if release.barcode else [],
            "genres": ["Electronic"],
            "styles": ["House"],
            "tracklist": self._tracklist(release),
            "extraartists": [],
        }
        if release.date:
            # An unknown month or day is 00 here.
            parts = release.date.split("-")
            shape["released"] = release.date if len(parts) != 2 else f"{release.date}-00"
            shape["released_formatted"] = release.date
        return JSONResponse(shape)

    def _tracklist(self, release: Release) -> list[dict[str, object]]:
        is_collection = bool(release.secondary_types)
        tracks = [
            self._track(track.recording, _position(release, n), with_artists=is_collection)
            for n, track in enumerate(release.tracks)
        ]
        if "DJ-mix" in release.secondary_types:
            # One long track with the pieces inside.
            return [
                {"position": "", "type_": "heading", "title": "The Night", "duration": ""},
                {
                    "position": "1",
                    "type_": "index",
                    "title": f"{release.title} (Continuous)",
                    "duration": "74:00",
                    "sub_tracks": tracks,
                },
            ]
        return tracks

    def _track(self, recording: Recording, position: str, *, with_artists: bool) -> dict[str, object]:
        title = f"{recording.name} ({recording.version})" if recording.version else recording.name
        minutes, seconds = divmod((recording.length_ms or 0) // 1000, 60)
        shape: dict[str, object] = {
            "position": position,
            "type_": "track",
            "title": title,
            "duration": f"{minutes}:{seconds:02d}" if recording.length_ms else "",
        }
        if with_artists:
            shape["artists"] = self._artists(recording.credit)
        if recording.remixers:
            shape["extraartists"] = [self._artist(name, "", "Remix") for name in recording.remixers]
        return shape

    def _artists(self, credit: Credit) -> list[dict[str, object]]:
        return [self._artist(part.artist.discogs_name, part.join.strip(), "", part.name) for part in credit]

    def _artist(self, name: str, join: str, role: str, as_written: str = "") -> dict[str, object]:
        number = self._artist_numbers.get(name, 1)
        is_other = as_written and as_written != name.removesuffix(" (2)") and name != "Various"
        return {
            "name": name,
            "anv": as_written if is_other else "",
            "join": join,
            "role": role,
            "tracks": "",
            "id": number,
            "resource_url": f"https://api.discogs.com/artists/{number}",
        }

    def _label_shape(self, name: str, catno: str) -> dict[str, object]:
        number = self._label_numbers[name]
        return {
            "name": name,
            "catno": catno,
            "entity_type": "1",
            "entity_type_name": "Label",
            "id": number,
            "resource_url": f"https://api.discogs.com/labels/{number}",
        }

    def _company(self, name: str) -> dict[str, object]:
        return {"name": name, "catno": "", "entity_type": "9", "entity_type_name": "Distributed By", "id": 77}

    def _label(self, request: Request) -> Response:
        number = whole_number(request.path_params["number"], -1)
        names = [name for name, known in self._label_numbers.items() if known == number]
        if not names:
            return JSONResponse({"message": "Label not found."}, status_code=404)
        return JSONResponse(
            {
                "id": number,
                "name": names[0],
                "profile": "",
                "resource_url": f"https://api.discogs.com/labels/{number}",
                "uri": f"https://www.discogs.com/label/{number}",
                "releases_url": f"https://api.discogs.com/labels/{number}/releases",
                "data_quality": "Needs Vote",
                "sublabels": [],
                "urls": [],
            }
        )


def _labels(release: Release) -> list[tuple[str, str]]:
    """(label, catalogue number) as Discogs writes them; distributors are companies there and no labels."""
    shown = [
        (info.label.name, info.catalogue_number or "none")
        for info in release.label_infos
        if info.label is not None and info.label.type != "Distributor" and info.label.name != NO_LABEL
    ]
    # One label in twenty has a namesake and carries a number.
    numbered = [(f"{name} (2)" if share("label namesake", name) < 0.05 else name, no) for name, no in shown]
    return numbered or [(f"Not On Label ({credit_text(release.credit)} Self-released)", "none")]


def _all_credits(release: Release) -> Credit:
    return (*release.credit, *(part for track in release.tracks for part in track.recording.credit))


def _discogs_credit(credit: Credit) -> str:
    return "".join(part.artist.discogs_name + part.join for part in credit)


def _medium(release: Release) -> str:
    return {"Digital Media": "File", "CD": "CD"}.get(release.format, "Vinyl")


def _descriptions(release: Release) -> list[str]:
    kinds = ["Compilation"] if "Compilation" in release.secondary_types else _KINDS[release.primary_type]
    first = {"File": ["MP3", "320 kbps"], "Vinyl": ['12"', "33 ⅓ RPM"]}.get(_medium(release), [])
    mixed = ["Mixed"] if "DJ-mix" in release.secondary_types else []
    status = {"Bootleg": ["Unofficial Release"], "Promotion": ["Promo"]}.get(release.status, [])
    return [*first, *kinds, *mixed, *status]


def _country(release: Release) -> str:
    return {"XW": "Worldwide", "XE": "Europe", "GB": "UK", "DE": "Germany"}.get(
        release.country, release.country
    )


def _position(release: Release, at: int) -> str:
    return f"{'ABCD'[at // 2 % 4]}{at % 2 + 1}" if _medium(release) == "Vinyl" else str(at + 1)


async def _no_route(_: Request, __: Exception) -> Response:
    return JSONResponse({"message": "The requested resource was not found."}, status_code=404)


def _title(release: Release) -> str:
    return f"{credit_text(release.credit)} - {release.title}"


def _artists_of(release: Release) -> list[str]:
    return [credit_text(release.credit), *(credit_text(track.recording.credit) for track in release.tracks)]


def _titles_of(release: Release) -> list[str]:
    return [track.recording.title for track in release.tracks]


def _everything(release: Release) -> list[str]:
    labels = [text for label in _labels(release) for text in label]
    return [_title(release), *_titles_of(release), *_artists_of(release), *labels]


_FIELDS: dict[str, FieldOf[Release]] = {
    "title": FieldOf(words, lambda release: [_title(release)]),
    "release_title": FieldOf(words, lambda release: [release.title]),
    "artist": FieldOf(words, _artists_of),
    "track": FieldOf(words, _titles_of),
    "label": FieldOf(words, lambda release: [name for name, _ in _labels(release)]),
    "all": FieldOf(words, _everything),
    "catno": FieldOf(code, lambda release: [catno for _, catno in _labels(release)]),
    "barcode": FieldOf(code, lambda release: [release.barcode] if release.barcode else []),
    "year": FieldOf(keyword, lambda release: [release.date[:4]]),
    "format": FieldOf(keyword, lambda release: [_medium(release), *_descriptions(release)]),
    "country": FieldOf(keyword, lambda release: [_country(release)]),
}
