"""The simulated pages of Beatport, in their true structure with content of our own: data as JSON in a script."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.catalogue import Catalogue
from enrichment_pipeline_tests.sources.web.pages.writing import in_script, number_of
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack

_TRACKS_PER_PAGE = 15


def beatport_pages(catalogue: Catalogue, evergreens: Catalogue | None = None) -> Starlette:
    """Search and track pages with their data in `__NEXT_DATA__`."""
    shop = Shop(catalogue, "beatport", evergreens=evergreens)

    async def search_all(request: Request) -> Response:
        text = request.query_params.get("q", "")
        if text.count("(") > 1:
            return HTMLResponse("<html><title>Forbidden</title></html>", status_code=403)
        found = [_item(track) for track in shop.search(text, part=0.6)[:_TRACKS_PER_PAGE]]
        kinds: dict[str, object] = {
            name: {"data": []} for name in ("artists", "releases", "labels", "charts")
        }
        other: dict[str, object] = {
            "state": {"data": {"locale": "en"}, "status": "success"},
            "queryKey": ["settings"],
        }
        queries = [other, _query({"tracks": {"data": found}, **kinds}, ["search-all", {"q": text}])]
        return _next_page("Beatport: search", "/search", queries)

    async def search_tracks(request: Request) -> Response:
        text = request.query_params.get("q", "")
        page = request.query_params.get("page", "1")
        start = (max(int(page), 1) - 1) * _TRACKS_PER_PAGE if page.isascii() and page.isdigit() else 0
        found = shop.search(text, part=0.6)[start : start + _TRACKS_PER_PAGE]
        data = {"data": [_item(track) for track in found], "total": len(found)}
        return _next_page("Beatport: tracks", "/search/tracks", [_query(data, ["search-tracks"])])

    async def track(request: Request) -> Response:
        found = shop.track(request.path_params["number"])
        if found is None:
            return HTMLResponse("<html><title>Page not found</title></html>", status_code=404)
        data = {
            "id": found.number,
            "name": found.recording.name,
            "mix_name": found.mix,
            "artists": [{"id": number_of("artist", name), "name": name} for name in found.artists],
            "remixers": [
                {"id": number_of("artist", name), "name": name} for name in found.recording.remixers
            ],
            "release": {
                "id": number_of("release", found.release.id),
                "name": found.release.title,
                "label": {"id": number_of("label", found.label), "name": found.label},
            },
            "isrc": found.isrc,
            "catalog_number": found.catalogue_number,
            "length_ms": found.length_ms,
            "publish_date": found.day,
            "new_release_date": found.day,
        }
        return _next_page("Beatport: track", "/track/[slug]/[id]", [_query(data, ["track"])])

    return Starlette(
        routes=[
            Route("/search", search_all),
            Route("/search/tracks", search_tracks),
            Route("/track/{slug}/{number}", track),
        ]
    )


def _query(data: object, key: list[object]) -> dict[str, object]:
    return {"state": {"data": data, "status": "success"}, "queryKey": key, "queryHash": json.dumps(key)}


def _next_page(title: str, page: str, queries: list[dict[str, object]]) -> Response:
    data = {
        "props": {"pageProps": {"dehydratedState": {"mutations": [], "queries": queries}}, "__N_SSP": True},
        "page": page,
        "buildId": "simulated",
    }
    return HTMLResponse(
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><div id='__next'></div>"
        f'<script id="__NEXT_DATA__" type="application/json">{in_script(data)}</script></body></html>'
    )


def _item(track: ShopTrack) -> dict[str, object]:
    is_remix = bool(track.recording.remixers)
    return {
        "track_id": track.number,
        # The title of a remix sometimes holds the mix name already.
        "track_name": f"{track.recording.name} ({track.mix})"
        if is_remix and track.number % 2
        else track.recording.name,
        "mix_name": track.mix,
        "artists": [
            {"artist_id": number_of("artist", name), "artist_name": name, "artist_type_name": kind}
            for kind, names in (("Artist", track.artists), ("Remixer", track.recording.remixers))
            for name in names
        ],
        "bpm": 126,
        "key_name": "A Minor",
        "length": track.length_ms,
        "isrc": track.isrc,
        "catalog_number": track.catalogue_number,
        "genre": [{"genre_id": 5, "genre_name": "House"}],
        "sub_genre": None,
        "label": {"label_id": number_of("label", track.label), "label_name": track.label},
        "release": {
            "release_id": number_of("release", track.release.id),
            "release_name": track.release.title,
            "release_image_uri": "https://pictures.invalid/1400x1400/r.jpg",
            "release_image_dynamic_uri": "https://pictures.invalid/{w}x{h}/r.jpg",
        },
        "track_image_uri": "https://pictures.invalid/1500x250/wave.png",
        "publish_date": f"{track.day}T00:00:00",
        "release_date": f"{track.day}T00:00:00",
        "price": {"code": "USD", "symbol": "$", "value": 1.49, "display": "$1.49"},
        "score": 100.0,
    }
