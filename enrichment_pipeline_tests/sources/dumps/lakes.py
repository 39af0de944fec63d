"""Dump tables made of a few rows, written as a loader would write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.rows import RowWriter, finish

_ROW: Mapping[str, Any] = {
    "recording_id": "rec",
    "title": "Glass Harbour",
    "comment": None,
    "artist_credit": "Mirka Vorn",
    "artists": ["Mirka Vorn"],
    "length_ms": None,
    "isrcs": [],
    "release_id": "rel",
    "release_title": "Glass Harbour EP",
    "release_kind": "ep",
    "status": "Official",
    "release_date": dt.date(2019, 5, 1),
    "label_id": None,
    "label": "Kelp Recordings",
    "catalogue_number": "KELP001",
    "is_distributor": None,
    "merged_from": [],
}


def lake_of(folder: Path, rows: Sequence[Mapping[str, Any]], table: str = "mb_track_labels") -> Lake:
    """A lake with one dump table; what a row does not say is the one above."""
    lake = Lake(folder / "data")
    work = folder / "work"
    work.mkdir()
    with lake.connect([]) as con:
        writer = RowWriter(con, work)
        for row in rows:
            writer.add([{**_ROW, **row}])
        writer.flush()
        finish(lake, con, writer.target, table)
    return lake


def left_over(lake: Lake) -> list[str]:
    """Files and folders that loading has left outside the lake's tables, locks not counted."""
    return [path.name for path in (lake.root / "dumps").glob("*/*") if path.name != ".lock"]
