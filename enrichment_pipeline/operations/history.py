"""The table `operations`: a snapshot is appended each time, the oldest ones are let go.

Which measures there are stands in `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from enrichment_pipeline.lake.lake import Lake, rows_as_arrow
from enrichment_pipeline.operations.kinds import KINDS, Measure

TABLE = "operations"
# A year of daily snapshots, with some to spare; about 100 rows each.
MOST_SNAPSHOTS = 400

Key = tuple[str, str, str]
Series = Sequence[tuple[datetime, float]]


@dataclass(frozen=True)
class History:
    """Earlier values by (area, subject, name), oldest first, and the times of all snapshots."""

    moments: Sequence[datetime] = ()
    series: Mapping[Key, Series] = field(default_factory=dict)

    def values(self, area: str, subject: str, name: str) -> Series:
        """Time and value of one measure, oldest first; times at which it was not measured are left out."""
        return self.series.get((area, subject, name), ())

    def usual(self, area: str, subject: str, name: str) -> float | None:
        """The median of all earlier values; None where there are none."""
        values = [value for _, value in self.values(area, subject, name)]
        return median(values) if values else None


def read_history(lake: Lake, *, before: datetime | None = None) -> History:
    """All kept snapshots, or those from before a time (UTC)."""
    with lake.connect([TABLE]) as con:
        rows = con.execute(
            f"select made_at, area, subject, measure, value from {TABLE}"
            " where $before is null or made_at < $before order by made_at, area, subject, measure",
            {"before": _plain(before) if before else None},
        ).fetchall()
    series: dict[Key, list[tuple[datetime, float]]] = {}
    for made_at, area, subject, name, value in rows:
        series.setdefault((area, subject, name), []).append((made_at.replace(tzinfo=UTC), value))
    return History(sorted({row[0].replace(tzinfo=UTC) for row in rows}), series)


def latest_snapshot(lake: Lake) -> tuple[datetime | None, list[Measure]]:
    """The last snapshot and its time; measures of an earlier version that are no more are left out."""
    with lake.connect([TABLE]) as con:
        rows = con.execute(
            f"select made_at, area, subject, measure, value, words from {TABLE}"
            f" where made_at = (select max(made_at) from {TABLE}) order by all"
        ).fetchall()
    measures = [
        Measure(row[1], row[2], row[3], row[4], row[5] or "") for row in rows if (row[1], row[3]) in KINDS
    ]
    return (rows[0][0].replace(tzinfo=UTC) if rows else None), measures


def append_snapshot(
    lake: Lake, measures: Sequence[Measure], made_at: datetime, *, most: int = MOST_SNAPSHOTS
) -> int:
    """Add a snapshot; one of the same time is replaced.

    Args:
        lake: where the table is.
        measures: the snapshot.
        made_at: now.
        most: snapshots to keep, this one among them.

    Returns:
        Rows the table has then.
    """
    at = _plain(made_at)
    rows = [
        {
            "made_at": at,
            "area": measure.area,
            "subject": measure.subject,
            "measure": measure.name,
            "value": measure.value,
            "unit": measure.kind.unit,
            "words": measure.words or None,
        }
        for measure in measures
    ]
    with lake.connect([TABLE]) as con:
        con.register("snapshot", rows_as_arrow(con, TABLE, rows))
        con.execute("create temp table moment as select cast($at as timestamp) as now", {"at": at})
        return lake.write(
            con,
            TABLE,
            f"select * from snapshot union all by name select * from {TABLE} where made_at in ("
            f"select distinct made_at from {TABLE} where made_at <> (select now from moment)"
            f" order by made_at desc limit {max(0, most - 1)})",
        )


def _plain(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
