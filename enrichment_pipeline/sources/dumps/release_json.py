"""The MusicBrainz JSON release dump: one release a line as the web service shows it, into `mb_track_labels`.

Bigger and slower than the core dump, and the way out when the core dump's layout has changed. Tags, genres and
ratings, which are not CC0, stand in the same lines; only the fields named here are ever taken out.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.archives import damage_named, tar_members
from enrichment_pipeline.sources.dumps.core import TABLE
from enrichment_pipeline.sources.dumps.download import Download
from enrichment_pipeline.sources.dumps.loading import DEFAULT_MEMORY_LIMIT, loading
from enrichment_pipeline.sources.dumps.partial_dates import earliest_day
from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError, DumpReport
from enrichment_pipeline.sources.dumps.rows import RowWriter, finish

_ARCHIVE = re.compile(r"^release\.tar(?:\.(?:bz2|gz|xz|zst))?$")
_MEMBER = "mbdump/release"
_VARIOUS_ARTISTS_ID = "89ad4ac3-39f7-470e-963a-56509c546377"
_MIXES = frozenset({"dj-mix", "mixtape/street"})
_PRIMARY_KINDS = frozenset({"single", "ep", "album"})


def load_release_json(
    lake: Lake,
    place: str | Path,
    *,
    download: Download | None = None,
    sha256: str | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> DumpReport:
    """Replace `mb_track_labels` by what the JSON release dump says.

    Arguments, result and exceptions are those of `load_core_dump`; the archive is `release.tar.xz`. The dump does
    not say which ids were merged, nor anything about recordings on no release.
    """
    dumped_at = None
    with loading(
        lake, TABLE, place, _ARCHIVE, download=download, sha256=sha256, memory_limit=memory_limit, clock=clock
    ) as load:
        path = load.archive.path
        writer = RowWriter(load.con, load.folder)
        is_found = False
        with damage_named(path):
            for name, stream in tar_members(path):
                if name == "TIMESTAMP":
                    dumped_at = stream.read(1000).decode("utf-8", "replace").strip()
                elif name == _MEMBER:
                    is_found = True
                    for number, line in enumerate(stream, start=1):
                        _take(writer, load.broken, number, line)
        if not is_found:
            raise DumpError(f"{path}: has no {_MEMBER}; is it release.tar.xz of the JSON dumps?")
        writer.flush()
        return load.report(TABLE, finish(lake, load.con, writer.target, TABLE), dumped_at=dumped_at)


def _take(writer: RowWriter, broken: BrokenRows, number: int, line: bytes) -> None:
    try:
        rows = list(release_rows(json.loads(line)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        words = f"no release as the web service shows it: {type(error).__name__} {error}"
        broken.add(_MEMBER, number, words, line[:1000].decode("utf-8", "replace").strip())
    else:
        writer.add(rows)


def release_rows(release: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of one release document: a row per recording and label.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is no release document.
    """
    group = release.get("release-group") or {}
    dates = [release.get("date"), *(event.get("date") for event in release.get("release-events") or [])]
    days = [day for day in map(earliest_day, dates) if day]
    on_release = {
        "release_id": _text(release["id"]),
        "release_title": _text(release["title"]),
        "release_kind": _kind(release, group),
        "status": _text_or_none(release.get("status")),
        "release_date": min(days, default=None),
    }
    labels = [_label(info) for info in release.get("label-info") or []] or [_label({})]
    for medium in release.get("media") or []:
        pregap = [medium["pregap"]] if medium.get("pregap") else []
        for track in [*pregap, *(medium.get("tracks") or [])]:
            recording = track["recording"]
            credit = recording.get("artist-credit") or track.get("artist-credit") or []
            on_recording = {
                "recording_id": _text(recording["id"]),
                "title": _text(recording["title"]),
                "comment": _text_or_none(recording.get("disambiguation")),
                "artist_credit": "".join(part["name"] + (part.get("joinphrase") or "") for part in credit),
                "artists": [part["name"] for part in credit],
                "length_ms": _length(recording.get("length")),
                "isrcs": sorted({isrc.upper() for isrc in recording.get("isrcs") or []}),
                "merged_from": [],
            }
            for label in labels:
                yield {**on_recording, **on_release, **label}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _length(value: object) -> int | None:
    if value is not None and not (isinstance(value, int) and 0 <= value < 1 << 31):
        raise TypeError(f"{value!r} is no length in milliseconds")
    return value


def _label(info: Mapping[str, Any]) -> dict[str, Any]:
    label = info.get("label") or {}
    kind = label.get("type")
    return {
        "label_id": _text_or_none(label.get("id")),
        "label": _text_or_none(label.get("name")),
        "catalogue_number": _text_or_none(info.get("catalog-number")),
        "is_distributor": None if kind is None else kind == "Distributor",
    }


def _kind(release: Mapping[str, Any], group: Mapping[str, Any]) -> str:
    secondary = {kind.casefold() for kind in group.get("secondary-types") or []}
    artists = {(part.get("artist") or {}).get("id") for part in release.get("artist-credit") or []}
    primary = (group.get("primary-type") or "").casefold()
    if release.get("status") == "Bootleg":
        return "bootleg"
    if secondary & _MIXES:
        return "dj-mix"
    if "compilation" in secondary:
        return "compilation"
    if _VARIOUS_ARTISTS_ID in artists:
        return "various artists"
    return primary if primary in _PRIMARY_KINDS else "other"
