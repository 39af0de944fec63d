"""`enrich ledger` and `enrich revert`: what was decided and by whom, and undoing a run of it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enrichment_pipeline.ledger.entries import Entry
    from enrichment_pipeline.ledger.history import Line

OK, FAILED = 0, 1
_SHOWN = 40
_KEY_SHOWN = 12


def add_ledger_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after `enrich ledger`."""
    parser.add_argument(
        "track", metavar="TRACK", nargs="?", default="", help="a track key, or the beginning of one"
    )
    parser.add_argument("--all", action="store_true", help=f"every entry, not only the latest {_SHOWN}")


def add_revert_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after `enrich revert`."""
    parser.add_argument("wanted", metavar="RUN", help="a run of `enrich ledger`, or the beginning of its id")
    parser.add_argument("--by", metavar="WHO", help="who undoes it (default: the user's name)")
    parser.add_argument("--note", metavar="TEXT", help="why")
    parser.add_argument(
        "--record-only",
        action="store_true",
        help="write it down only; `enrich review --apply` then does the rest",
    )


def ledger(arguments: argparse.Namespace) -> int:
    """Print the entries, the latest first; returns the exit code."""
    from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root
    from enrichment_pipeline.ledger.history import history

    try:
        lines = history(Lake(data_root()), arguments.track.strip())
    except OutdatedTableError as error:
        print(error, file=sys.stderr)
        return FAILED
    if not lines:
        print(
            "The ledger is empty." if not arguments.track else f"The ledger has nothing of {arguments.track}."
        )
        return OK
    shown = lines if arguments.all else lines[:_SHOWN]
    print("\n".join(history_lines(shown)))
    if len(lines) > len(shown):
        print(f"... and {len(lines) - len(shown):,} earlier entries: --all")
    return OK


def history_lines(lines: list[Line]) -> list[str]:
    """Entries by run: who decided what, and what became of it."""
    found: list[str] = []
    run = None
    for line in lines:
        if line.run_id != run:
            run = line.run_id
            found.append(f"{run}  {line.decided_at:%Y-%m-%d %H:%M} UTC, {line.who or 'the matcher'}")
        sure = "" if line.probability is None else f" {line.probability:.3f}"
        note = f"; {line.note}" if line.note else ""
        found.append(f"  {line.kind}: {line.artist}{sure} [{line.status}]{note}")
        found.append(f"    {line.track_key[:_KEY_SHOWN]}  {line.line}")
    return found


def revert(arguments: argparse.Namespace) -> int:
    """Undo a run, say what was undone, and bring the tables back; returns the exit code."""
    from enrichment_pipeline.cli_review import session
    from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root
    from enrichment_pipeline.ledger.book import append, find_run
    from enrichment_pipeline.ledger.entries import LedgerError
    from enrichment_pipeline.ledger.review import entries_to_revert

    lake = Lake(data_root())
    try:
        run = find_run(lake, arguments.wanted.strip())
        entries = entries_to_revert(lake, run, session(lake, "revert", arguments.by), arguments.note)
        append(lake, entries)
    except (LedgerError, OutdatedTableError, ValueError) as error:
        print(error, file=sys.stderr)
        return FAILED
    for line in undone_lines(entries):
        print(line)
    print(f"Undid {len(entries):,} of run {run}, as run {entries[0].run_id}.")
    if arguments.record_only:
        print("`enrich review --apply` brings the tables back; so does the next `enrich run`.")
        return OK
    return _bring_back(entries, data_was_named=arguments.data is not None)


def undone_lines(entries: list[Entry]) -> list[str]:
    """What was undone, a line an entry."""
    return [f"{e.track_key[:_KEY_SHOWN]}  {e.line or ''}  {e.artist}" for e in entries]


def _bring_back(entries: list[Entry], *, data_was_named: bool) -> int:
    from enrichment_pipeline.cli_run import AFTER_ANSWERS, AFTER_VERDICTS, follow
    from enrichment_pipeline.ledger.entries import BY_MATCHER

    # what the matcher said was evidence for nothing: only its own answers are made anew
    only_answers = all(entry.generation == BY_MATCHER for entry in entries)
    return follow(AFTER_ANSWERS if only_answers else AFTER_VERDICTS, data_was_named=data_was_named)
