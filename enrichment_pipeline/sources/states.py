"""How every source answered so far, counted over the look-up tables: for terminal, checks and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enrichment_pipeline.labels.sources import OUTSIDE_LOOKUPS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.outcomes import ANSWERED

LOOKUP_TABLES: tuple[str, ...] = (*OUTSIDE_LOOKUPS, "external_lookups")


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source in one look-up table: tracks by outcome, and the latest reason of each outcome."""

    table: str
    source: str
    outcomes: Mapping[str, int]
    reasons: Mapping[str, str]

    @property
    def is_off(self) -> bool:
        """Nothing was ever asked because it is not switched on."""
        return set(self.outcomes) == {"off"}

    @property
    def is_ill(self) -> bool:
        """Some tracks could not be asked because it is down or blocked."""
        return bool({"down", "blocked"} & set(self.outcomes))

    @property
    def share_found(self) -> float | None:
        """Of the tracks it said something about, the share it found; None before that."""
        answered = sum(self.outcomes.get(outcome, 0) for outcome in ANSWERED)
        return self.outcomes.get("hit", 0) / answered if answered else None

    def words(self) -> str:
        """In one line: counts, share found, and why the rest is silent."""
        if self.is_off:
            return f"off: {self.reasons['off']}"
        counts = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(self.outcomes.items()))
        share = "" if self.share_found is None else f"; found {self.share_found:.0%} of those answered"
        silent = [self.reasons[o] for o in ("down", "blocked", "quota") if o in self.reasons]
        return counts + share + (f" ({'; '.join(silent)})" if silent else "")


def source_states(lake: Lake, tables: Sequence[str] = LOOKUP_TABLES) -> list[SourceState]:
    """The states of all sources that have look-ups, in the order of the tables, then by name."""
    states = []
    with lake.connect(tables) as con:
        for table in tables:
            rows = con.execute(
                f"select source, outcome, count(*), arg_max(reason, coalesce(asked_at, '1970-01-01'::timestamp))"
                f" from {table} group by all order by all"
            ).fetchall()
            for source in sorted({row[0] for row in rows}):
                mine = [row for row in rows if row[0] == source]
                states.append(
                    SourceState(table, source, {r[1]: r[2] for r in mine}, {r[1]: r[3] for r in mine})
                )
    return states
