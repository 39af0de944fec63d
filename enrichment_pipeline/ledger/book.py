"""Keeping the ledger: entries are added, one file per run that decided something, and none is ever changed.

Two who write at once write two files; a run that is tried again adds to its own what it lacks. What counts of all
this stands in `rule.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.entries import Entry, LedgerError
from enrichment_pipeline.ledger.rule import STANDING, make_tables

TABLE = "ledger"
# a run id becomes the name of a file
_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_SHORTEST_BEGINNING = 4
_RUNS_NAMED = 5

_RUNS = """
select run_id, any_value(kind order by kind) as kind, count(*) as entries,
    count(*) filter (entry_id not in (select entry_id from standing)) as undone
from ledger group by run_id order by max(decided_at) desc, run_id
"""


def append(lake: Lake, entries: Sequence[Entry]) -> int:
    """Add entries of one run to the ledger; returns how many were new.

    Args:
        lake: where the ledger is kept.
        entries: all of one run; those the run has already written stay as they are.

    Raises:
        ValueError: entries of several runs, or a run id that cannot name a file.
    """
    runs = {entry.run_id for entry in entries}
    if not runs:
        return 0
    if len(runs) > 1:
        raise ValueError(f"entries of one run are meant, not of {len(runs)}: {', '.join(sorted(runs))}")
    run_id = runs.pop()
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"run id {run_id!r}: letters, digits, '.', '_' and '-' are meant")
    rows = {entry.entry_id: entry.row() for entry in entries}
    with lake.connect([TABLE]) as con:
        before = con.sql("select * from ledger where run_id = $run", params={"run": run_id}).to_arrow_table()
        kept = {row["entry_id"]: row for row in before.to_pylist()}
        new = {entry_id: row for entry_id, row in rows.items() if entry_id not in kept}
        if new:
            lake.write_rows(con, TABLE, [*kept.values(), *new.values()], partition=run_id)
    return len(new)


@dataclass(frozen=True, slots=True)
class Tally:
    """How much the ledger holds: all entries, verdicts in force, answers rejected, and answers of the matcher."""

    entries: int
    named: int
    rejected: int
    answered: int

    def numbers(self) -> dict[str, int]:
        """What counts, in words."""
        return {
            "verdicts in force that name an artist": self.named,
            "answers rejected by people": self.rejected,
            "answers of the matcher not taken back": self.answered,
        }


def tally(lake: Lake) -> Tally:
    """Count the ledger."""
    with lake.connect([TABLE]) as con:
        make_tables(con)
        names = (TABLE, "verdict_named", "answer_rejected", "answer_noted")
        return Tally(*(int(con.execute(f"select count(*) from {n}").fetchall()[0][0]) for n in names))


def find_run(lake: Lake, wanted: str) -> str:
    """The id of a run in the ledger by its beginning.

    Args:
        lake: where the ledger is kept.
        wanted: a run id, or at least four characters it begins with.

    Raises:
        LedgerError: no run, or several; says which there are.
    """
    with lake.connect([TABLE]) as con:
        con.execute(f"create temp table standing as {STANDING}")
        runs = con.execute(_RUNS).fetchall()
    ids = [run for run, *_ in runs]
    if wanted in ids:
        return wanted
    if not ids:
        raise LedgerError(f"no run {wanted!r}: the ledger is empty")
    found = [run for run in ids if len(wanted) >= _SHORTEST_BEGINNING and run.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise LedgerError(f"{len(found)} runs begin with {wanted!r}: {', '.join(found[:_RUNS_NAMED])}")
    latest = ", ".join(ids[:_RUNS_NAMED])
    raise LedgerError(f"no run {wanted!r} in the ledger; the latest are {latest} (`enrich ledger` shows all)")
