"""The simulated pages of Juno as archives have them, in their true structure with content of our own."""

from __future__ import annotations

from datetime import date
from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, credit_text
from enrichment_pipeline_tests.sources.web.pages.writing import MONTHS, duration
from enrichment_pipeline_tests.sources.web.shops import Shop, ShopTrack


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
        items = "".join(map(_item, shown))
        return HTMLResponse(
            "<!DOCTYPE html><html><head><title>Juno Download search</title></head><body>"
            f'<div class="product-list jd-listing">{items}</div></body></html>'
        )

    return Starlette(routes=[Route("/search/", search), Route("/{archive:path}/search/", search)])


def _item(tracks: list[ShopTrack]) -> str:
    first = tracks[0]
    artists = " / ".join(f'<a href="/artists/{quote(n)}/">{escape(n.upper())}</a>' for n in first.artists)
    if first.release.secondary_types:
        artists = "VARIOUS"
    day = date.fromisoformat(first.day)
    # Two lines instead of three where there is no catalogue number.
    lines = [
        *([escape(first.catalogue_number)] if first.catalogue_number else []),
        f"{day.day:02d} {MONTHS[day.month - 1]} {day.year % 100:02d}",
        "Deep House / Techno",
    ]
    listed = "".join(
        f'<div class="row"><div class="col">{escape(credit_text(t.recording.credit))} - &quot;'
        f"{escape(t.recording.name)}{escape(f' ({t.recording.version})' if t.recording.version else '')}&quot;"
        f' - ({duration(t)}) <span class="bpm-value">126 BPM</span></div></div>'
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
