"""The monthly release dump of Discogs (CC0): XML read release by release, into `discogs_track_labels`.

The file comes from outside: entities and document types are refused. One release is in memory at a time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.archives import damage_named, open_stream
from enrichment_pipeline.sources.dumps.download import Download
from enrichment_pipeline.sources.dumps.loading import DEFAULT_MEMORY_LIMIT, loading
from enrichment_pipeline.sources.dumps.partial_dates import earliest_day
from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError, DumpReport
from enrichment_pipeline.sources.dumps.rows import RowWriter, finish

TABLE = "discogs_track_labels"
_ARCHIVE = re.compile(r"^discogs_\d{8}_releases\.xml(?:\.gz)?$")
_STAMP = re.compile(r"discogs_(\d{8})_")
# Discogs numbers artists and labels of one name, and marks a name that varies.
_NUMBERED = re.compile(r"\s*\(\d+\)\s*$")
_STARRED = re.compile(r"\*+\s*$")
# More artists than this made a compilation, whatever the release calls itself.
_ARTISTS_OF_ONE_RELEASE = 4
_DURATION = re.compile(r"^(?:(\d+):)?(\d+):(\d{2})$")
# What the descriptions of the formats say, first that applies.
_KINDS = (
    ("bootleg", {"unofficial release"}),
    ("dj-mix", {"mixed"}),
    ("compilation", {"compilation", "sampler"}),
)
_SINGLE_ARTIST_KINDS = (
    ("single", {"single", "maxi-single"}),
    ("ep", {"ep"}),
    ("album", {"album", "lp", "mini-album"}),
)


def load_discogs(
    lake: Lake,
    place: str | Path,
    *,
    download: Download | None = None,
    sha256: str | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> DumpReport:
    """Replace `discogs_track_labels` by a release dump of Discogs.

    Arguments, result and exceptions are those of `load_core_dump`; the file is `discogs_YYYYMMDD_releases.xml.gz`,
    its checksum stands in `discogs_YYYYMMDD_CHECKSUM.txt`, its date in its name. An entity, a document type or XML
    that ends early is a `DumpError`.
    """
    with loading(
        lake, TABLE, place, _ARCHIVE, download=download, sha256=sha256, memory_limit=memory_limit, clock=clock
    ) as load:
        path = load.archive.path
        writer = RowWriter(load.con, load.folder)
        with damage_named(path), open_stream(path) as stream:
            for number, release in enumerate(_releases(stream, path), start=1):
                _take(writer, load.broken, number, release)
        writer.flush()
        stamp = _STAMP.search(load.archive.place)
        counts = finish(lake, load.con, writer.target, TABLE)
        return load.report(TABLE, counts, dumped_at=stamp[1] if stamp else None)


def _releases(stream: IO[bytes], path: Path) -> Iterator[Element]:
    try:
        events = iterparse(
            stream, events=("start", "end"), forbid_dtd=True, forbid_entities=True, forbid_external=True
        )
        root: Element | None = None
        depth = 0
        for event, element in events:
            if event == "start":
                root = element if root is None else root
                depth += 1
                continue
            depth -= 1
            if depth == 1 and element.tag == "release" and root is not None:
                yield element
                root.clear()  # else every release stays in memory
    except ParseError as error:
        raise DumpError(f"{path}: no well-formed XML ({error}); fetch it again") from error
    except DefusedXmlException as error:
        raise DumpError(
            f"{path}: holds {type(error).__name__}, which a Discogs dump has none of; it is not read"
        ) from error


def _take(writer: RowWriter, broken: BrokenRows, number: int, release: Element) -> None:
    """The rows of one release; the line of a broken one is its number in the file."""
    if not (release.get("id") or "").isdigit():
        broken.add("releases.xml", number, f"release without a number: id={release.get('id')!r}", "")
        return
    writer.add(list(release_rows(release)))


def release_rows(release: Element) -> Iterator[dict[str, Any]]:
    """Rows of one `<release>`: a row per track and label."""
    number = release.get("id") or ""
    artists = _artists(release)
    on_release = {
        "release_id": number,
        "release_title": _text(release, "title"),
        "release_kind": _kind(release, artists),
        "status": release.get("status"),
        "release_date": earliest_day(_text(release, "released")),
    }
    found = {
        (label.get("id"), label.get("name"), label.get("catno")): None
        for label in release.findall("labels/label")
    }
    labels = [
        # companies that only sell or press a release stand in another list of the dump
        {
            "label_id": id_,
            "label": _clean(name or "") or None,
            "catalogue_number": catno,
            "is_distributor": False,
        }
        for id_, name, catno in found
    ] or [{"label_id": None, "label": None, "catalogue_number": None, "is_distributor": None}]
    for place, track in enumerate(_tracks(release), start=1):
        credited = _artists(track) or artists
        on_track = {
            "recording_id": f"{number}-{place}",
            "title": _text(track, "title"),
            "comment": None,
            "artist_credit": "".join(shown + join for _, shown, join in credited).strip(" ,") or None,
            "artists": [name for name, _, _ in credited],
            "length_ms": _length_ms(_text(track, "duration")),
            "isrcs": [],
            "merged_from": [],
        }
        if on_track["title"]:
            for label in labels:
                yield {**on_track, **on_release, **label}


def _tracks(release: Element) -> Iterator[Element]:
    """Tracks in order: those inside an index track instead of it, headings left out."""
    listed = release.findall("tracklist/track")
    has_positions = any(_text(track, "position") for track in listed)
    for track in listed:
        inside = track.findall("sub_tracks/track")
        kind = _text(track, "type_")
        if inside:
            yield from inside
        elif kind == "heading":
            continue
        elif kind or not has_positions or _text(track, "position") or _text(track, "duration"):
            yield track


def _artists(element: Element) -> list[tuple[str, str, str]]:
    """Name, name as this release writes it, and what joins it to the next, of each artist."""
    found = []
    listed = element.findall("artists/artist")
    for place, artist in enumerate(listed, start=1):
        name = _clean(_text(artist, "name"))
        if not name:
            continue
        join = _text(artist, "join")
        is_last = place == len(listed)
        joined = "" if is_last else (", " if join in ("", ",") else f" {join} ")
        found.append((name, _clean(_text(artist, "anv")) or name, joined))
    return found


def _kind(release: Element, artists: list[tuple[str, str, str]]) -> str:
    descriptions = {
        (description.text or "").strip().casefold()
        for description in release.findall("formats/format/descriptions/description")
    }
    for kind, words in _KINDS:
        if descriptions & words:
            return kind
    names = {name.casefold() for name, _, _ in artists}
    if len(names) > _ARTISTS_OF_ONE_RELEASE or names & {"various", "various artists"}:
        return "various artists"
    return next((kind for kind, words in _SINGLE_ARTIST_KINDS if descriptions & words), "other")


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _clean(name: str) -> str:
    return _NUMBERED.sub("", _STARRED.sub("", name.strip())).strip()


def _length_ms(duration: str) -> int | None:
    match = _DURATION.match(duration)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000
