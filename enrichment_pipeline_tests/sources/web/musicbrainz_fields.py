"""The fields of the simulated MusicBrainz search, as the real server documents them.

What a field holds of a recording, release or label; how fields are searched is the affair of `index.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from enrichment_pipeline_tests.sources.web.catalogue import (
    Credit,
    Label,
    Recording,
    Release,
    credit_text,
    mbid,
)
from enrichment_pipeline_tests.sources.web.index import FieldOf, code, keyword, words, words_with_accents


def first_date(releases: Iterable[Release]) -> str:
    """The earliest date of some releases; "" where none has any."""
    return min((release.date for release in releases if release.date), default="")


def recording_fields(
    releases_of: Mapping[str, Sequence[Release]], shown_ids: Mapping[str, str]
) -> dict[str, FieldOf[Recording]]:
    """Fields of the recording search. There is none for labels.

    Args:
        releases_of: releases by the id of a recording on them.
        shown_ids: ids that the index still has of before a merge, by the id of now.
    """

    def of_releases(read: Callable[[Release], Iterable[str]]) -> Callable[[Recording], list[str]]:
        return lambda recording: [text for r in releases_of[recording.id] for text in read(r)]

    def positions(recording: Recording) -> list[str]:
        releases = releases_of[recording.id]
        return [str(t.position) for r in releases for t in r.tracks if t.recording.id == recording.id]

    def track_ids(recording: Recording) -> list[str]:
        return [mbid("track", release.id, recording.id) for release in releases_of[recording.id]]

    return {
        **_credit_fields(lambda recording: recording.credit),
        "recording": FieldOf(words, lambda recording: [recording.title]),
        "recordingaccent": FieldOf(words_with_accents, lambda recording: [recording.title]),
        # The index lags behind: it has the ids of before a merge.
        "rid": FieldOf(keyword, lambda r: [shown_ids.get(r.id, r.id)]),
        "isrc": FieldOf(code, lambda recording: recording.isrcs),
        "alias": FieldOf(words, lambda _: []),
        "comment": FieldOf(words, lambda recording: [recording.disambiguation]),
        "dur": FieldOf(keyword, lambda r: [] if r.length_ms is None else [str(r.length_ms)]),
        "qdur": FieldOf(keyword, lambda r: [] if r.length_ms is None else [str(r.length_ms // 2000)]),
        "video": FieldOf(keyword, lambda recording: ["true" if recording.video else "false"]),
        "firstreleasedate": FieldOf(keyword, lambda r: list(_date_forms(first_date(releases_of[r.id])))),
        "tid": FieldOf(keyword, track_ids),
        "tnum": FieldOf(keyword, positions),
        "number": FieldOf(keyword, positions),
        "position": FieldOf(keyword, lambda _: ["1"]),
        "release": FieldOf(words, of_releases(lambda release: [release.title])),
        **{
            name: FieldOf(keyword, of_releases(read))
            for name, read in {**_KEYWORDS_OF_RELEASE, "tracksrelease": _track_count}.items()
        },
    }


def _track_count(release: Release) -> list[str]:
    return [str(len(release.tracks))]


_KEYWORDS_OF_RELEASE: dict[str, Callable[[Release], Iterable[str]]] = {
    "reid": lambda release: [release.id],
    "rgid": lambda release: [release.group_id],
    "date": lambda release: _date_forms(release.date),
    "country": lambda release: [release.country],
    "format": lambda release: [release.format],
    "status": lambda release: [release.status],
    "primarytype": lambda release: [release.primary_type],
    "secondarytype": lambda release: release.secondary_types,
    "type": lambda release: [release.primary_type, *release.secondary_types],
    "tracks": _track_count,
}


def _credit_fields(credit: Callable[[Any], Credit]) -> dict[str, FieldOf[Any]]:
    return {
        "artist": FieldOf(words, lambda document: [credit_text(credit(document))]),
        "artistname": FieldOf(words, lambda document: [part.artist.name for part in credit(document)]),
        "creditname": FieldOf(words, lambda document: [part.name for part in credit(document)]),
        "arid": FieldOf(keyword, lambda document: [part.artist.id for part in credit(document)]),
    }


def _labels_of(release: Release) -> list[Label]:
    return [info.label for info in release.label_infos if info.label is not None]


def _listed(read: Callable[[Release], Iterable[str]]) -> Callable[[Release], list[str]]:
    return lambda release: list(read(release))


RELEASE_FIELDS: dict[str, FieldOf[Release]] = {
    **_credit_fields(lambda release: release.credit),
    **{name: FieldOf(keyword, _listed(read)) for name, read in _KEYWORDS_OF_RELEASE.items()},
    "release": FieldOf(words, lambda release: [release.title]),
    "releaseaccent": FieldOf(words_with_accents, lambda release: [release.title]),
    "label": FieldOf(words, lambda release: [label.name for label in _labels_of(release)]),
    "laid": FieldOf(keyword, lambda release: [label.id for label in _labels_of(release)]),
    "catno": FieldOf(code, lambda r: [i.catalogue_number for i in r.label_infos if i.catalogue_number]),
    "barcode": FieldOf(code, lambda release: [release.barcode] if release.barcode else []),
    "mediums": FieldOf(keyword, lambda _: ["1"]),
    "lang": FieldOf(keyword, lambda _: ["eng"]),
    "script": FieldOf(keyword, lambda _: ["latn"]),
    "quality": FieldOf(keyword, lambda _: ["normal"]),
    **{name: FieldOf(keyword, lambda _: []) for name in ("asin", "packaging", "comment", "alias")},
}
LABEL_FIELDS: dict[str, FieldOf[Label]] = {
    "label": FieldOf(words, lambda label: [label.name]),
    "labelaccent": FieldOf(words_with_accents, lambda label: [label.name]),
    "sortname": FieldOf(words, lambda label: [label.name]),
    "alias": FieldOf(words, lambda label: label.aliases),
    "laid": FieldOf(keyword, lambda label: [label.id]),
    "type": FieldOf(keyword, lambda label: [label.type]),
    **{name: FieldOf(keyword, lambda _: []) for name in ("country", "code", "comment")},
}


def _date_forms(date: str) -> Iterator[str]:
    parts = date.split("-") if date else []
    return ("-".join(parts[:length]) for length in range(1, len(parts) + 1))
