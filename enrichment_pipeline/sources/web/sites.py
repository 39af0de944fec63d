"""The sites that are known, in the order they are asked.

Selectors and paths are facts about pages as they were last seen (2026); when a site changes its pages, its
probe says so, and this is the one file to mend.
"""

from __future__ import annotations

from enrichment_pipeline.sources.web.site import Detail, Fields, Pick, Probe, Rows, Search, Site

# The search page holds its data as JSON. The label stands with each track; on a release of several labels they
# differ.
BEATPORT = Site(
    name="beatport_web",
    key="BEATPORT",
    title="Beatport",
    address="https://www.beatport.com",
    per_second=1 / 5,
    search=Search("/search", {"q": "{query}"}),
    rows=Rows("script", "tracks.data", script="script#__NEXT_DATA__"),
    fields=Fields(
        title=(Pick("track_name"), Pick("name")),
        artists=(
            Pick("artists[artist_type_name=Artist].artist_name"),
            Pick("artists.artist_name"),
            Pick("artists.name"),
        ),
        mix=(Pick("mix_name"),),
        remixers=(Pick("artists[artist_type_name=Remixer].artist_name"), Pick("remixers.name")),
        label=(Pick("label.label_name"), Pick("release.label.name")),
        release=(Pick("release.release_name"), Pick("release.name")),
        # the day it came out; publish_date is when the shop got it, years later for old tracks
        release_date=(Pick("release_date"), Pick("new_release_date"), Pick("publish_date")),
        catalogue_number=(Pick("catalog_number"),),
        isrc=(Pick("isrc"),),
        duration=(Pick("length"), Pick("length_ms")),
        track_id=(Pick("track_id"), Pick("id")),
    ),
    probe=Probe("Daft Punk", "One More Time", results=3),
    url_template="/track/-/{track_id}",
    date_formats=("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"),
    duration_unit=0.001,
)

# Rows by their class alone: what they stand in was renamed before.
TRAXSOURCE = Site(
    name="traxsource",
    key="TRAXSOURCE",
    title="Traxsource",
    address="https://www.traxsource.com",
    per_second=1 / 10,
    search=Search("/search/tracks", {"term": "{query}"}),
    rows=Rows("html", ".trk-row[data-trid]"),
    fields=Fields(
        title=(Pick(".trk-cell.title a"), Pick(".trk-cell.title", without=".version")),
        artists=(
            Pick(".trk-cell.artists a.com-artists"),
            Pick(".trk-cell.artists a"),
            Pick(".trk-cell.artists"),
        ),
        remixers=(Pick(".trk-cell.artists a.com-remixers"),),
        mix=(Pick(".trk-cell.title .version", without=".duration"),),
        label=(Pick(".trk-cell.label a"), Pick(".trk-cell.label")),
        release_date=(Pick(".trk-cell.r-date", pattern=r"(\d{4}-\d{2}-\d{2})"),),
        url=(Pick(".trk-cell.title a", attribute="href"),),
        duration=(Pick(".duration", pattern=r"(\d+(?::\d\d)+)"),),
        track_id=(Pick("", attribute="data-trid"),),
    ),
    probe=Probe("Robin S", "Show Me Love", results=3),
)

# A result is a release with its tracks below it. The shop closed on 2026-06-01; archived pages stay readable.
JUNO = Site(
    name="juno",
    key="JUNO",
    title="Juno Download",
    address=None,
    off_hint="the shop closed on 2026-06-01, and only an archive of its pages can be asked",
    per_second=1 / 5,
    search=Search(
        "/search/", {"q[all][]": "{query}", "solrorder": "relevancy", "items_per_page": "50"}, most_brackets=0
    ),
    rows=Rows("html", "div.jd-listing-item", parts="div.jd-listing-tracklist div.col"),
    fields=Fields(
        title=(
            # Artist - "Title" - (6:12) 124 BPM
            Pick("", of_part=True, pattern=r'"(.+)"'),
            Pick("", of_part=True, pattern=r"^(.+?)\s*-\s*\(\d+:\d\d"),
            Pick("", of_part=True, pattern=r"^(.+?)\s*(?:\(\d+:\d\d.*)?$"),
            Pick("a.juno-title"),
        ),
        artists=(
            Pick("", of_part=True, pattern=r'^(.+?)\s*-\s*"'),
            Pick(".juno-artist a"),
            Pick(".juno-artist"),
        ),
        release=(Pick("a.juno-title"),),
        release_artists=(Pick(".juno-artist"),),
        label=(Pick("a.juno-label"),),
        # number, date and genres stand in lines of one element, and the number may be missing
        release_date=(Pick("div.text-sm", pattern=r"\b(\d{1,2} [A-Z][a-z]{2} \d{2})\b"),),
        catalogue_number=(
            Pick(
                "div.text-sm",
                pattern=r"^(?!\d{1,2} [A-Z][a-z]{2} \d{2}\b)(.+?)\s+\d{1,2} [A-Z][a-z]{2} \d{2}\b",
            ),
        ),
        url=(Pick("a.juno-title", attribute="href"),),
        duration=(Pick("", of_part=True, pattern=r"\((\d+:\d\d)\)"),),
    ),
    probe=Probe("Daft Punk", "One More Time", results=1),
    date_formats=("%d %b %y",),
    various=frozenset({"various", "various artists", "va"}),
)

# The search of the site's own search box gives titles and artists; who published a track stands on its page.
BANDCAMP = Site(
    name="bandcamp",
    key="BANDCAMP",
    title="Bandcamp",
    address="https://bandcamp.com",
    per_second=1 / 5,
    search=Search(
        "/api/bcsearch_public_api/1/autocomplete_elastic",
        json_body={"search_text": "{query}", "search_filter": "t", "full_page": False, "fan_id": None},
        # with the artist in the same words it may find nothing
        words="{title} {version}",
    ),
    rows=Rows("json", "auto.results[type=t]"),
    fields=Fields(
        title=(Pick("name"),),
        artists=(Pick("band_name"),),
        release=(Pick("album_name"),),
        url=(Pick("item_url_path"),),
        track_id=(Pick("id"),),
    ),
    detail=Detail(
        Fields(
            title=(Pick("[data-tralbum]", attribute="data-tralbum", path="current.title"),),
            artists=(
                Pick("[data-tralbum]", attribute="data-tralbum", path="current.artist"),
                Pick("[data-tralbum]", attribute="data-tralbum", path="artist"),
            ),
            label=(
                Pick('script[type="application/ld+json"]', path="publisher.name"),
                Pick("[data-band]", attribute="data-band", path="name"),
            ),
            release_date=(
                Pick("[data-tralbum]", attribute="data-tralbum", path="current.release_date"),
                Pick("[data-tralbum]", attribute="data-tralbum", path="current.publish_date"),
            ),
            isrc=(Pick("[data-tralbum]", attribute="data-tralbum", path="current.isrc"),),
            duration=(Pick("[data-tralbum]", attribute="data-tralbum", path="trackinfo.duration"),),
        ),
        domain="bandcamp.com",
    ),
    probe=Probe("Bonobo", "Kerala", results=1),
    date_formats=("%d %b %Y %H:%M:%S GMT", "%Y-%m-%d"),
    label_is_account=True,
)

SITES: tuple[Site, ...] = (BEATPORT, TRAXSOURCE, JUNO, BANDCAMP)
