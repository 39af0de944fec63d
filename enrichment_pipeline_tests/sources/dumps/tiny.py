r"""A core dump written by hand, where every row is there for a reason, and rows of other dumps to build on.

Columns of COPY text stand in the order of the database; `N` is its null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from enrichment_pipeline.sources.dumps.core_tables import NO_LABEL_ID
from enrichment_pipeline_tests.sources.dumps.generate import uuid_of, write_core_dump

N = "\\N"
_AT = "2026-11-01 00:00:00+00"


def recording_id(number: int) -> str:
    return uuid_of(4, number)


def release_id(number: int) -> str:
    return uuid_of(5, number)


def label_id(number: int) -> str:
    return uuid_of(2, number)


def line(*values: object) -> str:
    return "\t".join(map(str, values)) + "\n"


def _recording(number: int, name: str, credit: int, length: object = 300_000, comment: str = "") -> str:
    return line(number, recording_id(number), name, credit, length, comment, 0, _AT, "f")


def _track(number: int, recording: int, medium: int) -> str:
    return line(number, uuid_of(7, number), recording, medium, 1, 1, "as printed", 1, N, 0, _AT, "f")


def _release(number: int, name: str, credit: int, status: object = 1) -> str:
    return line(number, release_id(number), name, credit, number, status, N, N, N, N, "", 0, -1, _AT)


def _label(number: int, gid: str, name: str, kind: object) -> str:
    return line(number, gid, name, *[N] * 7, kind, N, "", 0, _AT, "f")


TINY_TABLES: Mapping[str, Sequence[str]] = {
    "artist_credit": [
        line(1, "Various Artists", 1, 9, _AT, 0, uuid_of(1, 1)),
        line(2, "Mirka Vorn", 1, 9, _AT, 0, uuid_of(1, 2)),
        line(3, "Mirka Vorn feat. Ole \\\\ Sund", 2, 9, _AT, 0, uuid_of(1, 3)),
        line(4, "[unknown]", 1, 9, _AT, 0, uuid_of(1, 4)),
    ],
    "artist_credit_name": [
        line(3, 1, 11, "Ole \\\\ Sund", ""),
        line(1, 0, 1, "Various Artists", ""),
        line(2, 0, 10, "Mirka Vorn", ""),
        line(3, 0, 10, "Mirka Vorn", " feat. "),
        line(4, 0, 12, "[unknown]", ""),
    ],
    "recording": [
        _recording(1, "Glass Harbour (Extended Mix)", 2),
        _recording(2, "Tab\\there\\nand \\\\N", 3, N),
        _recording(3, "Lantern", 2, comment="Sorel Tann remix"),
        _recording(4, "Lantern", 2, comment="part of a DJ-mix"),
        _recording(5, "Never Released", 4),
        _recording(6, "Glass Harbour (Sorel Tann Remix)", 2),
    ],
    "isrc": [line(1, 1, "qzaaa2600002", 0, _AT), line(2, 1, "QZAAA2600001", 0, _AT)],
    "release": [
        _release(1, "Glass Harbour", 2),
        _release(2, "Night Boats", 1),
        _release(3, "Mixed Twice", 2),
        _release(4, "White", 2, 3),
        _release(5, "At Home", 3, N),
    ],
    "release_group": [
        line(n, uuid_of(6, n), "x", 2, kind, "", 0, _AT)
        for n, kind in [(1, 2), (2, 3), (3, 1), (4, 2), (5, N)]
    ],
    "release_group_secondary_type_join": [line(3, 1, _AT), line(3, 8, _AT)],
    "release_label": [
        line(1, 1, 1, "KELP001", _AT),
        line(2, 1, 2, "[none]", _AT),
        line(3, 2, N, "BOAT 7", _AT),
        line(4, 3, 1, N, _AT),
        line(5, 5, 3, "", _AT),
    ],
    "label": [
        _label(1, label_id(1), "Kelp Recordings", 4),
        _label(2, label_id(2), "Big Parcel", 1),
        _label(3, NO_LABEL_ID, "[no label]", N),
    ],
    "medium": [line(n, n, 1, N, "", 0, _AT, 3, uuid_of(3, n)) for n in range(1, 6)],
    "track": [
        _track(1, 1, 1),
        _track(2, 1, 2),
        _track(3, 2, 5),
        _track(4, 3, 4),
        _track(5, 4, 3),
        _track(6, 6, 1),
        _track(7, 6, 1),
    ],
    "release_country": [line(1, 240, 2019, 5, N), line(1, 81, 2019, 4, 30), line(3, 81, 2020, 2, 31)],
    "release_unknown_country": [line(2, 2018, N, N), line(4, N, N, N)],
    "recording_gid_redirect": [line(uuid_of(10, 1), 1, _AT)],
    "release_gid_redirect": [line(uuid_of(11, 1), 1, _AT)],
    "label_gid_redirect": [line(uuid_of(9, 1), 1, _AT)],
    "annotation": [line("not", "read")],
}


def write_tiny(
    folder: Path, changed: Mapping[str, Sequence[str] | None] | None = None, **options: object
) -> Path:
    """The tiny dump; `changed` replaces tables, or leaves them out where None."""
    tables = {**TINY_TABLES, **(changed or {})}
    return write_core_dump(folder, {k: v for k, v in tables.items() if v is not None}, **options)  # type: ignore[arg-type]
