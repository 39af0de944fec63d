"""The simulated search box and track pages of Bandcamp, in their true structure with content of our own."""

from __future__ import annotations

import json
from datetime import date
from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, credit_text
from enrichment_pipeline_tests.sources.web.index import words
from enrichment_pipeline_tests.sources.web.pages.writing import MONTHS, in_script, number_of
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack


def bandcamp_pages(catalogue: Catalogue, evergreens: Catalogue | None = None) -> Starlette:
    """The autocomplete search and track pages.

    The real pages live on one host per account; here the account is the first part of the path.
    """
    shop = Shop(catalogue, "bandcamp", once=True, evergreens=evergreens)

    async def autocomplete(request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
            text = str(asked["search_text"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": True, "error_message": "bad request"}, status_code=400)
        base = str(request.base_url).rstrip("/")
        # Only names are searched: artist and title in one string find nothing.
        found = shop.search(text, field="title")[:20] if asked.get("search_filter") in ("t", "", None) else []
        results = [
            {
                "type": "t",
                "id": track.number,
                "art_id": None,
                "img": None,
                "name": track.recording.title,
                "band_id": number_of("band", track.label),
                "band_name": credit_text(track.recording.credit),
                "album_name": track.release.title if len(track.release.tracks) > 1 else None,
                "album_id": None,
                "item_url_root": f"{base}/{_account(track)}",
                "item_url_path": f"{base}{_track_path(track)}",
            }
            for track in found
        ]
        return JSONResponse(
            {"auto": {"results": results, "stat_params_for_tag": "", "time_ms": 3}, "tag": {}}
        )

    async def track(request: Request) -> Response:
        number = request.path_params["slug"].rpartition("-")[2]
        found = shop.track(number)
        if found is None or _account(found) != request.path_params["account"]:
            return HTMLResponse(
                "<html><title>Sorry, that something isn't here</title></html>", status_code=404
            )
        return _page(found, str(request.url))

    return Starlette(
        routes=[
            Route("/api/bcsearch_public_api/1/autocomplete_elastic", autocomplete, methods=["POST"]),
            Route("/{account}/track/{slug}", track),
        ]
    )


def _account(track: ShopTrack) -> str:
    return "".join(words(track.label)) or "account"


def _track_path(track: ShopTrack) -> str:
    return f"/{quote(_account(track))}/track/{quote(track.slug)}-{track.number}"


def _page(track: ShopTrack, url: str) -> Response:
    artist = credit_text(track.recording.credit)
    day = date.fromisoformat(track.day)
    when = f"{day.day:02d} {MONTHS[day.month - 1]} {day.year} 00:00:00 GMT"
    is_own_account = artist == track.label
    tralbum = {
        "current": {
            "title": track.recording.title,
            "isrc": track.isrc if track.number % 2 else None,
            "upc": None,
            "release_date": when,
            "publish_date": when,
            "artist": None if is_own_account else artist,
            "band_id": number_of("band", track.label),
            "type": "track",
            "id": track.number,
        },
        "artist": artist,
        "item_type": "track",
        "url": url,
        "trackinfo": [
            {"title": track.recording.title, "duration": (track.length_ms or 0) / 1000, "track_num": None}
        ],
    }
    band = {"id": number_of("band", track.label), "name": track.label}
    linked = {
        "@type": "MusicRecording",
        "@context": "https://schema.org",
        "@id": url,
        "name": track.recording.title,
        "datePublished": when,
        "byArtist": {"@type": "MusicGroup", "name": artist},
        "publisher": {"@type": "MusicGroup", "name": track.label},
    }
    return HTMLResponse(
        f"<!DOCTYPE html><html><head><title>{escape(track.recording.title)} | {escape(track.label)}</title>"
        f'<script type="application/ld+json">{in_script(linked)}</script>'
        f'<script type="text/javascript" src="/b.js" data-tralbum="{escape(json.dumps(tralbum))}" '
        f'data-band="{escape(json.dumps(band))}"></script></head><body><h2 class="trackTitle">'
        f"{escape(track.recording.title)}</h2></body></html>"
    )
