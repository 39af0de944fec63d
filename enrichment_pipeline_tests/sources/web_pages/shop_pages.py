"""Pages as the shops build them, with invented content: what the readers are tested on."""

from __future__ import annotations

import json
from html import escape
from typing import Any

CHALLENGE = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    "<noscript>Enable JavaScript and cookies to continue</noscript>"
    '<script>window._cf_chl_opt = {cType: "managed"};</script></body></html>'
)


def beatport_item(
    number: int = 41,
    title: str = "Lantern Ferry",
    mix: str = "Original Mix",
    artists: tuple[str, ...] = ("DJ Pellworm",),
    remixers: tuple[str, ...] = (),
    label: str | None = "Harbourlight",
    **more: Any,
) -> dict[str, Any]:
    credits = [("Artist", name) for name in artists] + [("Remixer", name) for name in remixers]
    return {
        "track_id": number,
        "track_name": title,
        "mix_name": mix,
        "artists": [
            {"artist_id": at, "artist_name": name, "artist_type_name": kind}
            for at, (kind, name) in enumerate(credits)
        ],
        "length": 372_000,
        "isrc": "QZTST1500041",
        "catalog_number": "HBL026",
        "label": None if label is None else {"label_id": 7, "label_name": label},
        "release": {"release_id": 8, "release_name": "Lantern Ferry EP"},
        "publish_date": "2019-02-02T00:00:00",
        "release_date": "2015-03-09T00:00:00",
        **more,
    }


def next_data(data: object) -> str:
    script = data if isinstance(data, str) else json.dumps(data).replace("<", "\\u003c")
    return (
        "<!DOCTYPE html><html><head><title>Beatport</title></head><body><div id='__next'></div>"
        f'<script id="__NEXT_DATA__" type="application/json">{script}</script></body></html>'
    )


def beatport(*items: dict[str, Any]) -> str:
    """A result page; the query with the tracks is not the first of its queries."""
    kinds = {name: {"data": []} for name in ("artists", "releases", "labels", "charts")}
    queries = [
        {"state": {"data": {"locale": "en"}}, "queryKey": ["settings"]},
        {"state": {"data": {"tracks": {"data": list(items)}, **kinds}}, "queryKey": ["search-all"]},
    ]
    return next_data({"props": {"pageProps": {"dehydratedState": {"queries": queries}}}, "page": "/search"})


def traxsource_row(
    number: int = 51,
    title: str = "Lantern Ferry",
    version: str = "Original Mix",
    artists: tuple[str, ...] = ("DJ Pellworm",),
    label: str = "Harbourlight",
    day: str = "2015-03-09",
) -> str:
    names = ", ".join(f'<a href="/artist/1/x" class="com-artists">{escape(name)}</a>' for name in artists)
    return f"""
      <div data-trid="{number}" class="trk-row play-trk">
        <div class="trk-cell thumb"><a href="/title/9/x"><img src="/t.jpg"></a></div>
        <div class="trk-cell title"><a href="/track/{number}/lantern-ferry">{escape(title)}</a>
          <span class="version">{escape(version)} <span class="duration">(6:12)</span></span></div>
        <div class="trk-cell artists">{names}</div>
        <div class="trk-cell label"><a href="/label/3/x">{escape(label)}</a></div>
        <div class="trk-cell key-bpm">Amin<br>126</div><div class="trk-cell genre"><a href="/g">House</a></div>
        <div class="trk-cell r-date">{day}</div>
      </div>"""


def traxsource(*rows: str, around: str = "search-list-cont") -> str:
    head = '<div class="trk-row hdr"><div class="trk-cell title">Title</div></div>'
    return (
        "<!DOCTYPE html><html><head><title>Search Results on Traxsource</title></head>"
        f'<body><div class="{around}">{head}{"".join(rows)}</div></body></html>'
    )


def juno_item(
    artist: str = '<a href="/artists/x/">DJ PELLWORM</a>',
    title: str = "Lantern Ferry EP",
    label: str = "Harbourlight",
    lines: tuple[str, ...] = ("HBL 026", "09 Mar 15", "Deep House / Techno"),
    tracks: tuple[str, ...] = ("Lantern Ferry - (6:12)",),
) -> str:
    listed = "".join(
        f'<div class="row"><div class="col">{track} <span class="bpm-value">124 BPM</span></div></div>'
        for track in tracks
    )
    return (
        f'<div class="row jd-listing-item"><div class="col juno-artist">{artist}</div>'
        f'<div class="col"><a class="juno-title" href="/products/lantern-ferry-ep/61-02/">{title}</a></div>'
        f'<div class="col"><a class="juno-label" href="/labels/x/">{label}</a></div>'
        f'<div class="text-sm">{"<br>".join(lines)}</div>'
        f'<div class="jd-listing-tracklist">{listed}</div></div>'
    )


def juno(*items: str) -> str:
    return f"<!DOCTYPE html><html><body><div class='jd-listing'>{''.join(items)}</div></body></html>"


def bandcamp_result(
    number: int = 71,
    title: str = "Lantern Ferry",
    artist: str = "DJ Pellworm",
    url: str = "https://harbourlight.bandcamp.com/track/lantern-ferry",
    **more: Any,
) -> dict[str, Any]:
    return {
        "type": "t", "id": number, "name": title, "band_id": 5, "band_name": artist, "album_name": None,
        "item_url_path": url, **more,
    }  # fmt: skip


def bandcamp(*results: dict[str, Any]) -> str:
    return json.dumps({"auto": {"results": list(results), "time_ms": 3}, "tag": {}})


def bandcamp_track(
    account: str | None = "Harbourlight",
    artist: str | None = "DJ Pellworm",
    title: str = "Lantern Ferry",
    isrc: str | None = "QZ-TST-15-00041",
) -> str:
    tralbum = {
        "current": {
            "title": title, "isrc": isrc, "artist": artist, "release_date": "09 Mar 2015 00:00:00 GMT",
            "publish_date": "01 Feb 2019 10:11:12 GMT", "band_id": 5,
        },
        "artist": artist or account,
        "trackinfo": [{"title": title, "duration": 372.5}],
    }  # fmt: skip
    linked = {"@type": "MusicRecording", "publisher": {"@type": "MusicGroup", "name": account}}
    return (
        f'<!DOCTYPE html><html><head><script type="application/ld+json">{json.dumps(linked)}</script>'
        f'<script src="/b.js" data-tralbum="{escape(json.dumps(tralbum))}" '
        f'data-band="{escape(json.dumps({"name": account}))}"></script></head><body></body></html>'
    )
