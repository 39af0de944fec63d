"""`enrich review`: what waits for a person, and recording what the person decides. The rules stand in `ledger`."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enrichment_pipeline.lake.lake import Lake
    from enrichment_pipeline.ledger.entries import Entry
    from enrichment_pipeline.ledger.review import Reviewed, Session

OK, FAILED, WRONG_USE = 0, 1, 2
_SHOWN = 20
_OTHERS_SHOWN = 4
_KEY_SHOWN = 12
_APPLY = "`enrich review --apply` makes all tables follow; so does the next `enrich run`."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after `enrich review`."""
    parser.add_argument(
        "track",
        metavar="TRACK",
        nargs="?",
        help="a track key, the beginning of one, or words of a line; without it, list what waits",
    )
    verdict = parser.add_mutually_exclusive_group()
    verdict.add_argument("--accept", action="store_true", help="the answer is right")
    verdict.add_argument("--reject", action="store_true", help="it is wrong; it is not proposed again")
    verdict.add_argument("--artist", metavar="NAME", help="this is who made it")
    verdict.add_argument(
        "--export", type=Path, metavar="FILE.csv", help="write the list for a person to fill"
    )
    verdict.add_argument("--import", dest="sheet", type=Path, metavar="FILE.csv", help="record a filled list")
    verdict.add_argument(
        "--apply",
        action="store_true",
        help="make all tables follow what was decided, without reading files anew",
    )
    parser.add_argument("--by", metavar="WHO", help="who decides (default: the user's name)")
    parser.add_argument("--note", metavar="TEXT", help="why")
    parser.add_argument("--all", action="store_true", help=f"list all that wait, not only the first {_SHOWN}")


def review(arguments: argparse.Namespace) -> int:
    """List, show, record, export, import or apply; returns the exit code."""
    from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root
    from enrichment_pipeline.ledger.entries import LedgerError

    decides = arguments.accept or arguments.reject or arguments.artist is not None
    if decides and not arguments.track:
        print("which TRACK? `enrich review` lists those that wait", file=sys.stderr)
        return WRONG_USE
    if arguments.track and (arguments.export or arguments.sheet or arguments.apply):
        print("TRACK goes with --accept, --reject or --artist only", file=sys.stderr)
        return WRONG_USE
    lake = Lake(data_root())
    try:
        if arguments.apply:
            return _apply(lake, data_was_named=arguments.data is not None)
        if arguments.sheet:
            return _import(lake, arguments)
        if arguments.export:
            return _export(lake, arguments.export)
        if arguments.track:
            return _one(lake, arguments, decides=decides)
        return _list(lake, everything=arguments.all)
    except (OutdatedTableError, LedgerError, ValueError) as error:
        print(error, file=sys.stderr)
        return FAILED


def session(lake: Lake, what: str, who: str | None) -> Session:
    """A sitting that starts now, under a run id of its own.

    Args:
        lake: whose clock counts.
        what: review or revert.
        who: the person; None takes the user's name.

    Raises:
        ValueError: nobody can be named.
    """
    from enrichment_pipeline.ledger.entries import new_run_id
    from enrichment_pipeline.ledger.review import Session
    from enrichment_pipeline.sources.surroundings import Surroundings

    now = Surroundings(lake.root).now()
    return Session(new_run_id(what, now, secrets.token_hex(3)), _person(who), now)


def _person(who: str | None) -> str:
    if who is not None and who.strip():
        return who.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise ValueError("this machine does not say who you are: --by WHO") from error


def _list(lake: Lake, *, everything: bool) -> int:
    from enrichment_pipeline.ledger.review import tracks_behind, tracks_to_review

    if not lake.files("tracks"):
        print(f"no tracks in {lake.root}: `enrich run` first", file=sys.stderr)
        return FAILED
    waiting = tracks_to_review(lake)
    for track in waiting if everything else waiting[:_SHOWN]:
        print("\n".join(track_lines(track)))
    if not waiting:
        print("No track waits for a person.")
    elif len(waiting) > _SHOWN and not everything:
        print(f"... and {len(waiting) - _SHOWN:,} more: --all, or --export FILE.csv")
    if waiting:
        print(
            f"\n{len(waiting):,} wait, the surest first. `enrich review TRACK --accept | --reject | --artist NAME`"
        )
    if behind := tracks_behind(lake):
        print(f"{behind:,} decided since the tables were made. {_APPLY}")
    return OK


def track_lines(track: Reviewed) -> list[str]:
    """A track with answer, evidence and other candidates, in words."""
    played = f"{track.plays} {'play' if track.plays == 1 else 'plays'}"
    lines = [
        f"{track.track_key[:_KEY_SHOWN]}  {track.line}  ({played}{f', {track.label}' if track.label else ''})"
    ]
    if track.is_named:
        return [*lines, "    its lines name the artist themselves"]
    if track.answer is None:
        return [*lines, "    nobody is proposed"]
    sure = "" if track.probability is None else f" {track.probability:.3f}"
    rejected = ", rejected since" if track.is_rejected else ""
    lines.append(f"    {track.answer}{sure} ({track.band or 'not asked'}{rejected})")
    if track.reason:
        lines.append(f"    {track.reason}")
    lines += [f"    + {words}" for words in track.evidence]
    if track.others:
        shown = ", ".join(f"{name} {p:.3f}" for name, p in track.others[:_OTHERS_SHOWN])
        lines.append(f"    others: {shown}")
    return lines


def _one(lake: Lake, arguments: argparse.Namespace, *, decides: bool) -> int:
    from enrichment_pipeline.cli_explain import find_tracks
    from enrichment_pipeline.ledger.review import accept, name_artist, reject, tracks_by_key

    with lake.connect(["plays", "raw_tracks"]) as con:
        found = find_tracks(con, arguments.track.strip())
    if len(found) != 1:
        if not found:
            print(f"no track has the key {arguments.track!r}, and no line holds these words", file=sys.stderr)
        else:
            print("several tracks; name one by its key:", file=sys.stderr)
        for key, text, _ in found:
            print(f"  {key[:_KEY_SHOWN]}  {text}", file=sys.stderr)
        return FAILED
    track = tracks_by_key(lake, [found[0][0]])[found[0][0]]
    if not decides:
        print("\n".join(track_lines(track)))
        return OK
    sitting = session(lake, "review", arguments.by)
    if arguments.artist is not None:
        entry = name_artist(lake, track, arguments.artist, sitting, arguments.note)
    else:
        entry = (accept if arguments.accept else reject)(track, sitting, arguments.note)
    return _record(lake, [entry])


def _export(lake: Lake, target: Path) -> int:
    from enrichment_pipeline.ledger.review import tracks_to_review
    from enrichment_pipeline.ledger.sheet import ARTIST, NOTE, VERDICT, write_sheet

    rows = write_sheet(tracks_to_review(lake), target)
    print(
        f"{target}: {rows:,} tracks. Fill {VERDICT} with accept or reject, or {ARTIST} with a name; {NOTE} as you like."
    )
    print(f"Then: enrich review --import {target}")
    return OK


def _import(lake: Lake, arguments: argparse.Namespace) -> int:
    from enrichment_pipeline.ledger.sheet import read_sheet

    read = read_sheet(lake, arguments.sheet, session(lake, "review", arguments.by))
    for bad in read.bad:
        print(bad.words(), file=sys.stderr)
    left = [f"{len(read.bad):,} rows cannot be used"] * bool(read.bad)
    left += [f"{read.unchanged:,} stand already"] * bool(read.unchanged)
    left += [f"{read.empty:,} left empty"] * bool(read.empty)
    if left:
        print("; ".join(left))
    if not read.entries:
        print("Nothing to record.")
        return FAILED if read.bad else OK
    recorded = _record(lake, read.entries)
    return FAILED if read.bad else recorded


def _record(lake: Lake, entries: Sequence[Entry]) -> int:
    from enrichment_pipeline.ledger.book import append
    from enrichment_pipeline.ledger.review import is_already_so

    new = [e for e, so in zip(entries, is_already_so(lake, entries), strict=True) if not so]
    if not new:
        print("That stands already; nothing was recorded.")
        return OK
    append(lake, new)
    for entry in new:
        what = "is by" if entry.kind == "verdict accept" else "is not by"
        print(f"{entry.track_key[:_KEY_SHOWN]}  {entry.line}  {what} {entry.artist}, says {entry.who}")
    run = new[0].run_id
    print(f"Recorded {len(new):,} as run {run}; `enrich revert {run}` undoes it.\n{_APPLY}")
    return OK


def _apply(lake: Lake, *, data_was_named: bool) -> int:
    from enrichment_pipeline.cli_run import AFTER_VERDICTS, follow

    if not lake.files("tracks"):
        print(f"no tracks in {lake.root}: `enrich run` first", file=sys.stderr)
        return FAILED
    return follow(AFTER_VERDICTS, data_was_named=data_was_named)
