"""The simulated pages of Traxsource, in their true structure with content of our own: rows and cells."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.catalogue import Catalogue
from enrichment_pipeline_tests.sources.web.index import words
from enrichment_pipeline_tests.sources.web.pages.writing import duration, number_of
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack

_TRACKS_PER_PAGE = 30


def traxsource_pages(catalogue: Catalogue, evergreens: Catalogue | None = None) -> Starlette:
    """Search and track pages of rows and cells."""
    shop = Shop(catalogue, "traxsource", evergreens=evergreens)

    async def search(request: Request) -> Response:
        found = shop.search(request.query_params.get("term", ""), part=0.8)[:_TRACKS_PER_PAGE]
        rows = "".join(map(_row, found))
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
            "Label": f'<a href="{_link("label", found.label)}">{escape(found.label)}</a>',
            "Released": found.day,
            "Length": duration(found),
            "Genre": "House",
            "BPM": "126",
        }
        table = "".join(f"<tr><td>{name}:</td><td>{value}</td></tr>" for name, value in details.items())
        return HTMLResponse(
            f"<!DOCTYPE html><html><head><title>{escape(found.recording.name)} on Traxsource</title></head><body>"
            f'<div class="trkp-hdr"><h1 class="title">{escape(found.recording.name)}</h1>'
            f'<h1 class="version">{escape(found.mix)}</h1>'
            f'<h1 class="artists">{_artists(found)}</h1></div>'
            f'<table class="tr-det-tbl">{table}</table></body></html>'
        )

    return Starlette(routes=[Route("/search/tracks", search), Route("/track/{number}/{slug}", track)])


def _link(kind: str, name: str) -> str:
    return f"/{kind}/{number_of(kind, name)}/{quote('-'.join(words(name)))}"


def _artists(track: ShopTrack) -> str:
    named = [("com-artists", name) for name in track.artists]
    named += [("com-remixers", name) for name in track.recording.remixers]
    return ", ".join(
        f'<a href="{_link("artist", name)}" class="{kind}">{escape(name)}</a>' for kind, name in named
    )


def _row(track: ShopTrack) -> str:
    link = f"/track/{track.number}/{quote(track.slug)}"
    length = f'<span class="duration">({duration(track)})</span>' if track.length_ms else ""
    return (
        f'<div data-trid="{track.number}" class="trk-row play-trk">'
        '<div class="trk-cell thumb"><img src="https://pictures.invalid/t.jpg" alt=""></div>'
        f'<div class="trk-cell title"><a href="{link}">{escape(track.recording.name)}</a> '
        f'<span class="version">{escape(track.mix)} {length}</span></div>'
        f'<div class="trk-cell artists">{_artists(track)}</div>'
        f'<div class="trk-cell label"><a href="{_link("label", track.label)}">{escape(track.label)}</a></div>'
        '<div class="trk-cell key-bpm">Amin<br>126</div>'
        '<div class="trk-cell genre"><a href="/genre/4/house">House</a></div>'
        f'<div class="trk-cell r-date">{track.day}</div></div>'
    )
