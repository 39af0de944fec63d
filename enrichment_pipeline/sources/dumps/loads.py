"""Loads the dumps the environment names, each once: which variable names which, and what is new.

The loaders themselves know nothing of variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.canonical import load_canonical
from enrichment_pipeline.sources.dumps.core import load_core_dump
from enrichment_pipeline.sources.dumps.discogs import load_discogs
from enrichment_pipeline.sources.dumps.download import http_download
from enrichment_pipeline.sources.dumps.loaded import loaded_dump, note_loaded
from enrichment_pipeline.sources.dumps.release_json import load_release_json
from enrichment_pipeline.sources.dumps.report import DumpReport
from enrichment_pipeline.sources.surroundings import CONTACT_VARIABLE, Surroundings

MUSICBRAINZ_VARIABLE = "ENRICHMENT_MUSICBRAINZ_DUMP"
CANONICAL_VARIABLE = "ENRICHMENT_MUSICBRAINZ_CANONICAL"
DISCOGS_VARIABLE = "ENRICHMENT_DISCOGS_DUMP"


@dataclass(frozen=True, slots=True)
class DumpLoad:
    """What became of one dump: a report where it was loaded now, and words in any case."""

    words: str
    report: DumpReport | None = None


def _musicbrainz(place: str) -> Callable[..., DumpReport]:
    # the JSON dump of releases and the core dump fill the same table; its address says which it is
    name = place.rstrip("/").rsplit("/", 1)[-1]
    return load_release_json if "json-dumps" in place or name.startswith("release.tar") else load_core_dump


_LOADERS: dict[str, tuple[str, Callable[[str], Callable[..., DumpReport]]]] = {
    "mb_track_labels": (MUSICBRAINZ_VARIABLE, _musicbrainz),
    "mb_canonical": (CANONICAL_VARIABLE, lambda place: load_canonical),
    "discogs_track_labels": (DISCOGS_VARIABLE, lambda place: load_discogs),
}


def load_dump(lake: Lake, table: str, surroundings: Surroundings, *, again: bool = False) -> DumpLoad:
    """Load the dump a table is made of, where one is named and it is not the one loaded last.

    An address is loaded once and then left alone until `again`; a path is loaded anew when it is another.

    Args:
        lake: tables.
        table: mb_track_labels, mb_canonical or discogs_track_labels.
        surroundings: environment and clock.
        again: load it even if the same place was loaded before, e.g. for this month's dump.

    Raises:
        DumpError: it cannot be loaded; the message says why and what to do.
        KeyError: no such table.
    """
    variable, loader_of = _LOADERS[table]
    place = surroundings.get(variable)
    before = loaded_dump(lake, table)
    if place is None:
        if before is not None:
            return DumpLoad(
                f"{before.rows:,} rows of {before.dumped_at:%Y-%m-%d} stand; {variable} is not set"
            )
        return DumpLoad(f"off: set {variable} to the folder or address of the dump")
    if before is not None and before.asked_for == place and not again:
        return DumpLoad(f"{before.rows:,} rows of {before.dumped_at:%Y-%m-%d} are loaded already")
    if surroundings.offline and place.startswith("http"):
        return DumpLoad(f"off: offline, and {variable} is an address")
    if surroundings.contact is None and place.startswith("http"):
        return DumpLoad(f"off: set {CONTACT_VARIABLE}; who downloads a dump says who they are")
    report = loader_of(place)(lake, place, download=http_download(surroundings.user_agent))
    note_loaded(lake, report, asked_for=place, now=surroundings.now())
    broken = f", {report.broken_count:,} rows set aside" if report.broken_count else ""
    return DumpLoad(f"{report.rows:,} rows loaded in {report.seconds:.0f} s{broken}", report)


def dumps_to_load(lake: Lake, surroundings: Surroundings) -> list[str]:
    """Tables whose dump is named by the environment and was not loaded from there yet."""
    wanted = []
    for table, (variable, _) in _LOADERS.items():
        place, before = surroundings.get(variable), loaded_dump(lake, table)
        if place is not None and (before is None or before.asked_for != place):
            wanted.append(table)
    return wanted
