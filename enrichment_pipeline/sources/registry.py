"""Every outside source: what it gives, what turns it on, its pace, its cost and its terms.

The README's table, `enrich doctor` and the assets read it from here; how each is asked stands in its module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from enrichment_pipeline.labels.sources import OUTSIDE
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.questions import Source
from enrichment_pipeline.sources.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source as a person wants to know it; texts are Markdown.

    `table` is the evidence table it writes to; `make` builds it. `titles` says that it can also be asked who
    made a title.
    """

    name: str
    table: str
    gives: str
    turned_on_by: str
    pace: str
    cost: str
    terms: str
    make: Callable[[Lake, Surroundings], Source]
    titles: bool = False


def _musicbrainz(lake: Lake, surroundings: Surroundings) -> Source:
    from enrichment_pipeline.sources.musicbrainz.source import MusicBrainz

    return MusicBrainz(surroundings)


def _discogs(lake: Lake, surroundings: Surroundings) -> Source:
    from enrichment_pipeline.sources.discogs import Discogs

    return Discogs(surroundings)


def _beatport(lake: Lake, surroundings: Surroundings) -> Source:
    from enrichment_pipeline.sources.beatport_api import BeatportApi

    return BeatportApi(surroundings)


def _songstats(lake: Lake, surroundings: Surroundings) -> Source:
    from enrichment_pipeline.sources.songstats import Songstats

    return Songstats(surroundings)


def _dump(name: str, table: str, variable: str) -> Callable[[Lake, Surroundings], Source]:
    def make(lake: Lake, surroundings: Surroundings) -> Source:
        from enrichment_pipeline.sources.dump_source import DumpSource

        canonical = "mb_canonical" if table == "mb_track_labels" else None
        return DumpSource(lake, name=name, table=table, variable=variable, canonical=canonical)

    return make


def _page(site: str) -> Callable[[Lake, Surroundings], Source]:
    def make(lake: Lake, surroundings: Surroundings) -> Source:
        from enrichment_pipeline.sources.web.scrape import web_sources

        return next(page for page in web_sources(surroundings) if page.name == site)

    return make


# In the order of asking: what is free, open and fast first; what costs money or patience last.
SOURCES: tuple[SourceEntry, ...] = (
    SourceEntry(
        "musicbrainz_dump",
        "musicbrainz_labels",
        "labels, ISRCs and artists of 35 million recordings, in bulk",
        "`ENRICHMENT_MUSICBRAINZ_DUMP`",
        "this machine's",
        "free",
        "core data CC0",
        _dump("musicbrainz_dump", "mb_track_labels", "ENRICHMENT_MUSICBRAINZ_DUMP"),
        titles=True,
    ),
    SourceEntry(
        "musicbrainz",
        "musicbrainz_labels",
        "labels, ISRCs, artists of a title",
        "`ENRICHMENT_CONTACT`",
        "1 request/s; many tracks a request",
        "free",
        "core data CC0; true User-Agent with contact",
        _musicbrainz,
        titles=True,
    ),
    SourceEntry(
        "discogs_dump",
        "partner_labels",
        "labels and catalogue numbers, in bulk",
        "`ENRICHMENT_DISCOGS_DUMP`",
        "this machine's",
        "free",
        "CC0",
        _dump("discogs_dump", "discogs_track_labels", "ENRICHMENT_DISCOGS_DUMP"),
        titles=True,
    ),
    SourceEntry(
        "discogs",
        "partner_labels",
        "labels, catalogue numbers, artists of a title",
        "`ENRICHMENT_DISCOGS_TOKEN`",
        "50 requests/min",
        "free with an account",
        "API terms; images and prices are not taken",
        _discogs,
        titles=True,
    ),
    SourceEntry(
        "beatport_api",
        "partner_labels",
        "labels, ISRCs, dates of dance music",
        "`ENRICHMENT_BEATPORT_CLIENT_ID` with `ENRICHMENT_BEATPORT_CLIENT_SECRET` or `ENRICHMENT_BEATPORT_REFRESH_TOKEN`",
        "1 request/s",
        "by agreement",
        "for partners, with own credentials only",
        _beatport,
        titles=True,
    ),
    SourceEntry(
        "songstats",
        "songstats_labels",
        "DJ supports, labels, ISRCs",
        "`ENRICHMENT_SONGSTATS_KEY`",
        "2 requests/s",
        "about 0.10 EUR a track and month; at most `ENRICHMENT_SONGSTATS_OBJECTS` (100) a month",
        "licence; never handed on to MusicBrainz",
        _songstats,
        titles=True,
    ),
    SourceEntry(
        "beatport_web",
        "scraped_labels",
        "labels, dates",
        "`beatport` in `ENRICHMENT_WEB_SITES`",
        "1 page/5 s",
        "free",
        "guarded against robots since May 2026: recorded as blocked, not gone round",
        _page("beatport_web"),
    ),
    SourceEntry(
        "traxsource",
        "scraped_labels",
        "labels, dates",
        "`traxsource` in `ENRICHMENT_WEB_SITES`",
        "1 page/10 s, and its robots.txt",
        "free",
        "robots.txt and terms of the shop",
        _page("traxsource"),
    ),
    SourceEntry(
        "juno",
        "scraped_labels",
        "labels, dates, from archived pages",
        "`juno` in `ENRICHMENT_WEB_SITES`, and `ENRICHMENT_WEB_JUNO_URL`",
        "1 page/5 s",
        "free",
        "the shop closed on 2026-06-01: an archive's address is needed",
        _page("juno"),
    ),
    SourceEntry(
        "bandcamp",
        "scraped_labels",
        "labels that sell other artists",
        "`bandcamp` in `ENRICHMENT_WEB_SITES`",
        "1 page/5 s",
        "free",
        "terms of use; no public API",
        _page("bandcamp"),
    ),
)


def markdown_table() -> str:
    """The sources as the README shows them."""
    lines = [
        "| source | tier | gives | turned on by | pace | cost | terms |",
        "|---|---|---|---|---|---|---|",
    ]
    tiers = {tables.evidence: tables.tier[0] for tables in OUTSIDE}
    for entry in SOURCES:
        cells = (
            f"`{entry.name}`",
            tiers[entry.table],
            entry.gives,
            entry.turned_on_by,
            entry.pace,
            entry.cost,
            entry.terms,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def label_sources(table: str, lake: Lake, surroundings: Surroundings) -> list[Source]:
    """The sources that write to an evidence table, in the order of asking."""
    return [entry.make(lake, surroundings) for entry in SOURCES if entry.table == table]


def title_sources(lake: Lake, surroundings: Surroundings) -> list[Source]:
    """The sources that can be asked who made a title, in the order of asking."""
    return [entry.make(lake, surroundings) for entry in SOURCES if entry.titles]


def states(lake: Lake, surroundings: Surroundings) -> Sequence[tuple[SourceEntry, str | None]]:
    """Every source with why it is off; None where it is on."""
    found: list[tuple[SourceEntry, Any]] = []
    for entry in SOURCES:
        source = entry.make(lake, surroundings)
        found.append((entry, source.off_reason))
        source.close()
    return found
