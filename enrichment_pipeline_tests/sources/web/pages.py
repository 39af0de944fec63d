"""The simulated shop pages: Beatport, Traxsource, Juno (as archived) and Bandcamp.

Structure as the real pages have it, content of our own. Only what a reader of search and track pages meets.
"""

from __future__ import annotations

import json
from datetime import date
from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, credit_text, mbid
from enrichment_pipeline_tests.sources.web.index import words
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack

_BEATPORT_PER_PAGE = 15
_TRAXSOURCE_PER_PAGE = 30
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _number_of(*names: str) -> int:
    return int(mbid(*names)[:7], 16)


def _duration(track: ShopTrack) -> str:
    minutes, seconds = divmod((track.length_ms or 0) // 1000, 60)
    return f"{minutes}:{seconds:02d}"


# -- Beatport ------------------------------------------------------------------------------------


def beatport_pages(catalogue: Catalogue, evergreens: Catalogue | None = None) -> Starlette:
    """Search and track pages with their data in `__NEXT_DATA__`."""
    shop = Shop(catalogue, "beatport", evergreens=evergreens)

    async def search_all(request: Request) -> Response:
        text = request.query_params.get("q", "")
        if text.count("(") > 1:
            return HTMLResponse("<html><title>Forbidden</title></html>", status_code=403)
        found = [_beatport_item(track) for track in shop.search(text, part=0.6)[:_BEATPORT_PER_PAGE]]
        kinds: dict[str, object] = {
            name: {"data": []} for name in ("artists", "releases", "labels", "charts")
        }
        other: dict[str, object] = {
            "state": {"data": {"locale": "en"}, "status": "success"},
            "queryKey": ["settings"],
        }
        queries = [other, _beatport_query({"tracks": {"data": found}, **kinds}, ["search-all", {"q": text}])]
        return _next_page("Beatport: search", "/search", queries)

    async def search_tracks(request: Request) -> Response:
        text = request.query_params.get("q", "")
        page = request.query_params.get("page", "1")
        start = (max(int(page), 1) - 1) * _BEATPORT_PER_PAGE if page.isascii() and page.isdigit() else 0
        found = shop.search(text, part=0.6)[start : start + _BEATPORT_PER_PAGE]
        data = {"data": [_beatport_item(track) for track in found], "total": len(found)}
        return _next_page("Beatport: tracks", "/search/tracks", [_beatport_query(data, ["search-tracks"])])

    async def track(request: Request) -> Response:
        found = shop.track(request.path_params["number"])
        if found is None:
            return HTMLResponse("<html><title>Page not found</title></html>", status_code=404)
        data = {
            "id": found.number,
            "name": found.recording.name,
            "mix_name": found.mix,
            "artists": [{"id": _number_of("artist", name), "name": name} for name in found.artists],
            "remixers": [
                {"id": _number_of("artist", name), "name": name} for name in found.recording.remixers
            ],
            "release": {
                "id": _number_of("release", found.release.id),
                "name": found.release.title,
                "label": {"id": _number_of("label", found.label), "name": found.label},
            },
            "isrc": found.isrc,
            "catalog_number": found.catalogue_number,
            "length_ms": found.length_ms,
            "publish_date": found.day,
            "new_release_date": found.day,
        }
        return _next_page("Beatport: track", "/track/[slug]/[id]", [_beatport_query(data, ["track"])])

    return Starlette(
        routes=[
            Route("/search", search_all),
            Route("/search/tracks", search_tracks),
            Route("/track/{slug}/{number}", track),
        ]
    )


def _beatport_query(data: object, key: list[object]) -> dict[str, object]:
    return {"state": {"data": data, "status": "success"}, "queryKey": key, "queryHash": json.dumps(key)}


def _next_page(title: str, page: str, queries: list[dict[str, object]]) -> Response:
    data = {
        "props": {"pageProps": {"dehydratedState": {"mutations": [], "queries": queries}}, "__N_SSP": True},
        "page": page,
        "buildId": "simulated",
    }
    # A "<" inside the script must not end it, which the real framework takes care of too.
    script = json.dumps(data).replace("<", "\\u003c")
    return HTMLResponse(
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><div id='__next'></div>"
        f'<script id="__NEXT_DATA__" type="application/json">{script}</script></body></html>'
    )


def _beatport_item(track: ShopTrack) -> dict[str, object]:
    is_remix = bool(track.recording.remixers)
    return {
        "track_id": track.number,
        # The title of a remix sometimes holds the mix name already.
        "track_name": f"{track.recording.name} ({track.mix})"
        if is_remix and track.number % 2
        else track.recording.name,
        "mix_name": track.mix,
        "artists": [
            {"artist_id": _number_of("artist", name), "artist_name": name, "artist_type_name": kind}
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
        "label": {"label_id": _number_of("label", track.label), "label_name": track.label},
        "release": {
            "release_id": _number_of("release", track.release.id),
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


# -- Traxsource ----------------------------------------------------------------------------------


def traxsource_pages(catalogue: Catalogue, evergreens: Catalogue | None = None) -> Starlette:
    """Search and track pages of rows and cells."""
    shop = Shop(catalogue, "traxsource", evergreens=evergreens)

    async def search(request: Request) -> Response:
        found = shop.search(request.query_params.get("term", ""), part=0.8)[:_TRAXSOURCE_PER_PAGE]
        rows = "".join(map(_traxsource_row, found))
        head = (
            '<div class="trk-row hdr"><div class="trk-cell thumb"></div><div class="trk-cell title">Title</div>'
            '<div class="trk-cell artists">Artists</div><div class="trk-cell label">Label</div></div>'
        )
        empty = "" if found else '<div class="no-results">No results found</div>'
        return HTMLResponse(
            "<!DOCTYPE html><html><head><title>Search Results on Traxsource</title></head><body>"
            f'<div class="search-list-cont"><div class="trk-list">{head}{rows}</div>{empty}</div></body></html>'
        )

    async def track(request: Request) -> Response:
        found = shop.track(request.path_params["number"])
        if found is None:
            return HTMLResponse("<html><title>Not found</title></html>", status_code=404)
        details = {
            "Label": f'<a href="{_traxsource_link("label", found.label)}">{escape(found.label)}</a>',
            "Released": found.day,
            "Length": _duration(found),
            "Genre": "House",
            "BPM": "126",
        }
        table = "".join(f"<tr><td>{name}:</td><td>{value}</td></tr>" for name, value in details.items())
        return HTMLResponse(
            f"<!DOCTYPE html><html><head><title>{escape(found.recording.name)} on Traxsource</title></head><body>"
            f'<div class="trkp-hdr"><h1 class="title">{escape(found.recording.name)}</h1>'
            f'<h1 class="version">{escape(found.mix)}</h1>'
            f'<h1 class="artists">{_traxsource_artists(found)}</h1></div>'
            f'<table class="tr-det-tbl">{table}</table></body></html>'
        )

    return Starlette(routes=[Route("/search/tracks", search), Route("/track/{number}/{slug}", track)])


def _traxsource_link(kind: str, name: str) -> str:
    return f"/{kind}/{_number_of(kind, name)}/{quote('-'.join(words(name)))}"


def _traxsource_artists(track: ShopTrack) -> str:
    named = [("com-artists", name) for name in track.artists]
    named += [("com-remixers", name) for name in track.recording.remixers]
    return ", ".join(
        f'<a href="{_traxsource_link("artist", name)}" class="{kind}">{escape(name)}</a>'
        for kind, name in named
    )


def _traxsource_row(track: ShopTrack) -> str:
    link = f"/track/{track.number}/{quote(track.slug)}"
    length = f'<span class="duration">({_duration(track)})</span>' if track.length_ms else ""
    return (
        f'<div data-trid="{track.number}" class="trk-row play-trk">'
        '<div class="trk-cell thumb"><img src="https://pictures.invalid/t.jpg" alt=""></div>'
        f'<div class="trk-cell title"><a href="{link}">{escape(track.recording.name)}</a> '
        f'<span class="version">{escape(track.mix)} {length}</span></div>'
        f'<div class="trk-cell artists">{_traxsource_artists(track)}</div>'
        f'<div class="trk-cell label"><a href="{_traxsource_link("label", track.label)}">{escape(track.label)}</a></div>'
        '<div class="trk-cell key-bpm">Amin<br>126</div>'
        '<div class="trk-cell genre"><a href="/genre/4/house">House</a></div>'
        f'<div class="trk-cell r-date">{track.day}</div></div>'
    )


# -- Juno, as archived ---------------------------------------------------------------------------


def juno_pages(catalogue: Catalogue, evergreens: Catalogue | None = None) -> Starlette:
    """Search pages of releases; the same page answers below an archive's prefix."""
    shop = Shop(catalogue, "juno", evergreens=evergreens)

    async def search(request: Request) -> Response:
        asked = request.query_params
        text = asked.get("q[all][]") or asked.get("q") or ""
        most = asked.get("items_per_page", "50")
        releases: dict[str, list[ShopTrack]] = {}
        for track in shop.search(text, part=0.8):
            releases.setdefault(track.release.id, []).append(track)
        shown = list(releases.values())[: int(most) if most.isascii() and most.isdigit() else 50]
        items = "".join(map(_juno_item, shown))
        return HTMLResponse(
            "<!DOCTYPE html><html><head><title>Juno Download search</title></head><body>"
            f'<div class="product-list jd-listing">{items}</div></body></html>'
        )

    return Starlette(routes=[Route("/search/", search), Route("/{archive:path}/search/", search)])


def _juno_item(tracks: list[ShopTrack]) -> str:
    first = tracks[0]
    artists = " / ".join(f'<a href="/artists/{quote(n)}/">{escape(n.upper())}</a>' for n in first.artists)
    if first.release.secondary_types:
        artists = "VARIOUS"
    day = date.fromisoformat(first.day)
    # Two lines instead of three where there is no catalogue number.
    lines = [
        *([escape(first.catalogue_number)] if first.catalogue_number else []),
        f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year % 100:02d}",
        "Deep House / Techno",
    ]
    listed = "".join(
        f'<div class="row"><div class="col">{escape(credit_text(t.recording.credit))} - &quot;'
        f"{escape(t.recording.name)}{escape(f' ({t.recording.version})' if t.recording.version else '')}&quot;"
        f' - ({_duration(t)}) <span class="bpm-value">126 BPM</span></div></div>'
        for t in tracks
    )
    release = first.release
    return (
        '<div class="row gutters-sm jd-listing-item" data-ua_location="release">'
        f'<div class="col juno-artist">{artists}</div>'
        f'<div class="col"><a class="juno-title" href="/products/{quote(first.slug)}/{first.number}-02/">'
        f"{escape(release.title)}</a></div>"
        f'<div class="col"><a class="juno-label" href="/labels/{quote(first.label)}/">{escape(first.label)}</a></div>'
        f'<div class="col text-sm">{"<br>".join(lines)}</div>'
        f'<div class="jd-listing-tracklist">{listed}</div></div>'
    )


# -- Bandcamp ------------------------------------------------------------------------------------


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
                "band_id": _number_of("band", track.label),
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
        return _bandcamp_page(found, str(request.url))

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


def _bandcamp_page(track: ShopTrack, url: str) -> Response:
    artist = credit_text(track.recording.credit)
    day = date.fromisoformat(track.day)
    when = f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year} 00:00:00 GMT"
    is_own_account = artist == track.label
    tralbum = {
        "current": {
            "title": track.recording.title,
            "isrc": track.isrc if track.number % 2 else None,
            "upc": None,
            "release_date": when,
            "publish_date": when,
            "artist": None if is_own_account else artist,
            "band_id": _number_of("band", track.label),
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
    band = {"id": _number_of("band", track.label), "name": track.label}
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
        f'<script type="application/ld+json">{_script(linked)}</script>'
        f'<script type="text/javascript" src="/b.js" data-tralbum="{escape(json.dumps(tralbum))}" '
        f'data-band="{escape(json.dumps(band))}"></script></head><body><h2 class="trackTitle">'
        f"{escape(track.recording.title)}</h2></body></html>"
    )


def _script(data: object) -> str:
    return json.dumps(data).replace("<", "\\u003c")


# -- robots.txt ----------------------------------------------------------------------------------


def robots(text: str | None) -> Response:
    """The robots.txt of a host; None for none."""
    return PlainTextResponse("not found", status_code=404) if text is None else PlainTextResponse(text)
