"""Tiny lakes for tests: sets written as text lines, read by the real readers and grammar."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from enrichment_pipeline.catalogue.build import build_catalogue
from enrichment_pipeline.ingest.labels import write_parsed_labels
from enrichment_pipeline.ingest.plays import write_raw_tracks
from enrichment_pipeline.ingest.staging import stage_inbox
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.columns import parse_to_arrow


@dataclass(frozen=True)
class SetLines:
    """One set: its lines, who played it when, and its style tags."""

    lines: Sequence[str]
    date: str = "2018-05-12"
    dj: str = "Mira Vole"
    genres: str = ""


def fill_lake(lake: Lake, sets: Mapping[str, SetLines | Sequence[str]]) -> None:
    """Ingest sets given by id and build the catalogue."""
    inbox = lake.root / "test_inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for set_id, given in sets.items():
        played = given if isinstance(given, SetLines) else SetLines(given)
        _write(inbox / f"{set_id}.csv", set_id, played)
    stage_inbox(lake, inbox)
    months = sorted({"1980-01-01", *(f"{_date(s)[:7]}-01" for s in sets.values())})
    write_raw_tracks(lake, months, last_month="2030-01-01")
    write_parsed_labels(lake, months, parse_to_arrow)
    build_catalogue(lake)


def _date(given: SetLines | Sequence[str]) -> str:
    return given.date if isinstance(given, SetLines) else SetLines(given).date


def _write(path: Path, set_id: str, played: SetLines) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["set_id", "set_name", "dj", "date", "position", "text", "genres"])
        for position, line in enumerate(played.lines, start=1):
            rows.writerow([set_id, f"Night {set_id}", played.dj, played.date, position, line, played.genres])


def rows(lake: Lake, query: str, tables: Sequence[str]) -> list[tuple]:
    """Result of a query over these tables."""
    with lake.connect(tables) as con:
        return con.execute(query).fetchall()
