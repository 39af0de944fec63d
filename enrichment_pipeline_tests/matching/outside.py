"""What outside sources say, for tests: rows of external_candidates and external_lookups from a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching.external import title_track_key_sql
from enrichment_pipeline.naming import keys


@dataclass(frozen=True)
class Said:
    """One recording a source names when asked for a title (with a label, where `asked_label` is given)."""

    title: str
    credit: Sequence[str]
    label: str | None = None
    asked_label: str | None = None
    source: str = "musicbrainz"
    version_agrees: bool = True
    similarity: float = 1.0
    recording: str = "r1"


@dataclass(frozen=True)
class Silence:
    """A title that was asked for, with the outcome of a look-up."""

    title: str
    outcome: str
    asked_label: str | None = None


def write_said(lake: Lake, said: Sequence[Said | Silence]) -> None:
    """Replace external_candidates and external_lookups of a lake."""
    candidates = [row for one in said if isinstance(one, Said) for row in _candidates(one)]
    lookups = [_lookup(one) for one in said if isinstance(one, Silence)]
    for table, listed in (("external_candidates", candidates), ("external_lookups", lookups)):
        with lake.connect([]) as con:
            if not listed:
                for file in lake.files(table):
                    file.unlink()
                continue
            con.register("said_rows", pa.Table.from_pylist(listed))
            asked = title_track_key_sql("title_key", "version_key", "label_key")
            query = f"select *, {asked} as track_key, '{BUCKET_KEYS[0]}' as bucket from said_rows"
            lake.write_partitions(con, table, query, column="bucket", partitions=BUCKET_KEYS)


def _asked(title: str, label: str | None) -> dict[str, object]:
    return {
        "title_key": keys.title_key(title),
        "version_key": "",
        "label_key": keys.label_key(label) if label else None,
    }


def _candidates(one: Said) -> list[dict[str, object]]:
    agrees = None
    if one.label and one.asked_label:
        agrees = keys.label_key(one.label) == keys.label_key(one.asked_label)
    return [
        _asked(one.title, one.asked_label)
        | {
            "source": one.source,
            "artist_key": keys.artist_key(artist),
            "artist": artist,
            "credit": " & ".join(one.credit),
            "matched_title": one.title,
            "matched_id": one.recording,
            "title_similarity": one.similarity,
            "version_agrees": one.version_agrees,
            "label": one.label,
            "label_agrees": agrees,
            "release_date": None,
            "url": None,
            "raw_answer_ref": "",
        }
        for artist in one.credit
    ]


def _lookup(one: Silence) -> dict[str, object]:
    return _asked(one.title, one.asked_label) | {
        "source": "musicbrainz",
        "outcome": one.outcome,
        "http_status": None,
        "attempts": 1,
        "asked_at": None if one.outcome in ("off", "quota", "down") else "2024-03-01 12:00:00",
        "next_ask_at": None,
        "reason": "as the test says",
        "raw_answer_refs": [],
        "matched_id": None,
        "isrcs": [],
    }
