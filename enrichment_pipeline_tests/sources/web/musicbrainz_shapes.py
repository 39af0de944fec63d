"""Catalogue values in the JSON shapes of MusicBrainz WS/2.

Lookups and browses write every key, null where unknown; search hits leave unknown keys out, as the
search server does. Keys carry hyphens.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from enrichment_pipeline_tests.sources.web.catalogue import (
    Credit,
    Label,
    LabelInfo,
    Recording,
    Release,
    Track,
    mbid,
)

Json = dict[str, Any]
_STATUS_IDS = {name: mbid("status", name) for name in ("Official", "Promotion", "Bootleg", "Pseudo-Release")}
_AREAS = {"XW": "[Worldwide]", "XE": "Europe", "GB": "United Kingdom", "DE": "Germany", "US": "United States"}


def artist_credit(credit: Credit) -> list[Json]:
    """`artist-credit` of a lookup or browse."""
    return [
        {
            "name": part.name,
            "joinphrase": part.join,
            "artist": {
                "id": part.artist.id,
                "name": part.artist.name,
                "sort-name": part.artist.sort_name,
                "disambiguation": part.artist.disambiguation,
                "type": None,
                "type-id": None,
                "country": None,
            },
        }
        for part in credit
    ]


def label_infos(infos: Sequence[LabelInfo]) -> list[Json]:
    """`label-info` of a lookup or browse; label or number may be null."""
    return [
        {
            "catalog-number": info.catalogue_number,
            "label": None if info.label is None else _label_core(info.label),
        }
        for info in infos
    ]


def _label_core(label: Label) -> Json:
    return {
        "id": label.id,
        "name": label.name,
        "sort-name": label.name,
        "disambiguation": "",
        "label-code": None,
        "type": label.type,
        "type-id": mbid("label-type", label.type),
    }


def label(value: Label, inc: Container[str]) -> Json:
    """A label by lookup or browse."""
    shape = {
        **_label_core(value),
        "area": None,
        "country": None,
        "ipis": [],
        "isnis": [],
        "life-span": {"begin": None, "end": None, "ended": False},
    }
    if "aliases" in inc:
        shape["aliases"] = [
            {
                "name": alias,
                "sort-name": alias,
                "type": "Search hint",
                "type-id": mbid("alias-type", "Search hint"),
                "locale": None,
                "primary": None,
                "begin": None,
                "end": None,
                "ended": False,
            }
            for alias in value.aliases
        ]
    if "url-rels" in inc:
        shape["relations"] = []
    return shape


def recording(value: Recording, inc: Container[str], first_date: str) -> Json:
    """A recording by lookup or browse, without its releases."""
    shape: Json = {
        "id": value.id,
        "title": value.title,
        "length": value.length_ms,
        "disambiguation": value.disambiguation,
        "video": value.video,
        "first-release-date": first_date,
    }
    if "artist-credits" in inc or "artists" in inc:
        shape["artist-credit"] = artist_credit(value.credit)
    if "isrcs" in inc:
        shape["isrcs"] = list(value.isrcs)
    if "aliases" in inc:
        shape["aliases"] = []
    return shape


def release(value: Release, inc: Container[str], *, tracks: Sequence[Track] | None = None) -> Json:
    """A release.

    Args:
        value: the release.
        inc: what was asked for.
        tracks: tracks to show on the medium; None for as `inc` says.
    """
    event = {"date": value.date, "area": _area(value.country)}
    shape: Json = {
        "id": value.id,
        "title": value.title,
        "status": value.status,
        "status-id": _STATUS_IDS[value.status],
        "quality": "normal",
        "disambiguation": "",
        "packaging": None,
        "packaging-id": None,
        "text-representation": {"language": "eng", "script": "Latn"},
        "barcode": value.barcode,
    }
    if value.date or value.country:
        shape |= {"date": value.date, "country": value.country, "release-events": [event]}
    if "artist-credits" in inc or "artists" in inc:
        shape["artist-credit"] = artist_credit(value.credit)
    if "labels" in inc:
        shape["label-info"] = label_infos(value.label_infos)
    if "release-groups" in inc:
        shape["release-group"] = release_group(value, inc)
    shown = value.tracks if "recordings" in inc and tracks is None else tracks
    if "media" in inc or "recordings" in inc:
        medium: Json = {
            "id": mbid("medium", value.id),
            "position": 1,
            "title": "",
            "format": value.format,
            "format-id": mbid("format", value.format),
            "track-count": len(value.tracks),
        }
        if shown is not None:
            medium["track-offset"] = 0 if len(shown) == len(value.tracks) else shown[0].position - 1
            medium["tracks"] = [_track(track, value, inc) for track in shown]
        shape["media"] = [medium]
    if any(name.endswith("-rels") for name in ("url-rels", "recording-rels") if name in inc):
        shape["relations"] = []
    return shape


def release_group(value: Release, inc: Container[str]) -> Json:
    """The release group of a release."""
    shape: Json = {
        "id": value.group_id,
        "title": value.title,
        "primary-type": value.primary_type,
        "primary-type-id": mbid("type", value.primary_type),
        "secondary-types": list(value.secondary_types),
        "secondary-type-ids": [mbid("type", name) for name in value.secondary_types],
        "first-release-date": value.date,
        "disambiguation": "",
    }
    if "artist-credits" in inc:
        shape["artist-credit"] = artist_credit(value.credit)
    return shape


def _track(track: Track, on: Release, inc: Container[str]) -> Json:
    shape: Json = {
        "id": track.id,
        "position": track.position,
        "number": str(track.position),
        "title": track.recording.title,
        "length": track.recording.length_ms,
    }
    if "artist-credits" in inc:
        shape["artist-credit"] = artist_credit(track.recording.credit)
    if "recordings" in inc:
        shape["recording"] = recording(track.recording, inc, on.date)
    return shape


def _area(country: str) -> Json:
    name = _AREAS.get(country, country)
    return {
        "id": mbid("area", country),
        "name": name,
        "sort-name": name,
        "disambiguation": "",
        "iso-3166-1-codes": [country],
        "type": None,
        "type-id": None,
    }


# -- search hits ---------------------------------------------------------------------------------


def _found_credit(credit: Credit) -> list[Json]:
    return [
        {
            "name": part.name,
            **({"joinphrase": part.join} if part.join else {}),
            "artist": {
                "id": part.artist.id,
                "name": part.artist.name,
                "sort-name": part.artist.sort_name,
                **({"disambiguation": part.artist.disambiguation} if part.artist.disambiguation else {}),
            },
        }
        for part in credit
    ]


def _found_group(value: Release) -> Json:
    return {
        "id": value.group_id,
        "type-id": mbid("type", value.primary_type),
        "primary-type-id": mbid("type", value.primary_type),
        "title": value.title,
        "primary-type": value.primary_type,
        **({"secondary-types": list(value.secondary_types)} if value.secondary_types else {}),
    }


def _found_core(value: Release) -> Json:
    area: Json = {"id": mbid("area", value.country), "name": _AREAS.get(value.country, value.country)}
    area |= {"sort-name": area["name"], "iso-3166-1-codes": [value.country]}
    return {
        "id": value.id,
        "status-id": _STATUS_IDS[value.status],
        "count": 1,
        "title": value.title,
        "status": value.status,
        "artist-credit": _found_credit(value.credit),
        "release-group": _found_group(value),
        "date": value.date,
        "country": value.country,
        "release-events": [{"date": value.date, "area": area}],
        "track-count": len(value.tracks),
    }


def found_recording(
    value: Recording, shown_id: str, score: int, releases: Sequence[Release], first_date: str
) -> Json:
    """A hit of the recording search; `shown_id` is the id that the index still has."""
    shape: Json = {"id": shown_id, "score": score, "title": value.title}
    if value.length_ms is not None:
        shape["length"] = value.length_ms
    if value.disambiguation:
        shape["disambiguation"] = value.disambiguation
    shape |= {"video": True if value.video else None, "artist-credit": _found_credit(value.credit)}
    if first_date:
        shape["first-release-date"] = first_date
    if releases:
        shape["releases"] = [
            {**_found_core(item), "media": [_found_medium(item, value)]} for item in releases
        ]
    if value.isrcs:
        shape["isrcs"] = list(value.isrcs)
    return shape


def _found_medium(on: Release, value: Recording) -> Json:
    track = next(track for track in on.tracks if track.recording.id == value.id)
    return {
        "position": 1,
        "format": on.format,
        "track": [
            {
                "id": track.id,
                "number": str(track.position),
                "title": value.title,
                **({} if value.length_ms is None else {"length": value.length_ms}),
            }
        ],
        "track-count": len(on.tracks),
        "track-offset": track.position - 1,
    }


def found_release(value: Release, score: int) -> Json:
    """A hit of the release search: it carries labels and barcode without being asked."""
    core = _found_core(value)
    shape: Json = {"id": core.pop("id"), "score": score, **core}
    if value.barcode is not None:
        shape["barcode"] = value.barcode
    infos: list[Json] = []
    for info in value.label_infos:
        found: Json = {}
        if info.catalogue_number is not None:
            found["catalog-number"] = info.catalogue_number
        if info.label is not None:
            found["label"] = {"id": info.label.id, "name": info.label.name}
        infos.append(found)
    if infos:
        shape["label-info"] = infos
    shape["media"] = [{"format": value.format, "disc-count": 0, "track-count": len(value.tracks)}]
    return shape


def found_label(value: Label, score: int) -> Json:
    """A hit of the label search."""
    shape: Json = {
        "id": value.id,
        "type": value.type,
        "type-id": mbid("label-type", value.type),
        "score": score,
        "name": value.name,
        "sort-name": value.name,
        "life-span": {"ended": None},
    }
    if value.aliases:
        shape["aliases"] = [{"name": alias, "sort-name": alias, "type": None} for alias in value.aliases]
    return shape
