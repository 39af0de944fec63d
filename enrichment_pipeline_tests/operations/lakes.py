"""Small lakes for the monitoring: rows of a table with what the test does not name filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.sources.surroundings import Surroundings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_FILLED = {"VARCHAR": "", "BIGINT": 1, "INTEGER": 1, "DOUBLE": 0.5, "BOOLEAN": False}


def put(lake: Lake, table: str, *rows: Mapping[str, object]) -> None:
    """Write rows into the first partition of a table; required columns not named get a plain value."""
    spec = TABLES[table]
    full = []
    for number, row in enumerate(rows):
        filled = {
            c.name: [] if c.type.endswith("[]") else _FILLED.get(c.type) for c in spec.columns if c.required
        }
        full.append({**filled, **({"track_key": f"t{number}", "bucket": "00"}), **row})
    names = set(spec.column_names)
    with lake.connect([]) as con:
        lake.write_rows(
            con,
            table,
            [{k: v for k, v in row.items() if k in names} for row in full],
            partition="00" if spec.partitioned_by == "bucket" else None,
        )


def around(root: Path, **environment: str) -> Surroundings:
    return Surroundings(root, environment, lambda: NOW)
