"""`enrich cooldown`: what waits and until when, and a person's wishes. The queue itself stands in `cooldown`."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enrichment_pipeline.cooldown.report import QueueReport
    from enrichment_pipeline.cooldown.requests import Kind
    from enrichment_pipeline.lake.lake import Lake

OK, FAILED = 0, 1
_SHOWN_WEEKS = 12
_LONGEST_BAR = 40
_WORDS = {
    "off": "off: only sources that are off could answer; see `enrich doctor`.",
    "not asked": "not asked: nobody can be asked about a mashup, or a line without a title, or it was not yet its turn.",
}
_HOW_TO_FILL = "the cool-down queue is empty: materialize cooldown_queue, or run `enrich run`"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after `enrich cooldown`."""
    parser.set_defaults(wish=None)
    wishes = parser.add_subparsers(metavar="ask | revive")
    ask = wishes.add_parser("ask", help="ask about a track at the next run, whatever its time")
    ask.add_argument("track", metavar="TRACK", help="a track key, or the beginning of one")
    ask.set_defaults(wish="ask", all_exhausted=False)
    revive = wishes.add_parser("revive", help="give an exhausted track all its attempts again")
    whose = revive.add_mutually_exclusive_group(required=True)
    whose.add_argument("track", metavar="TRACK", nargs="?", help="a track key, or the beginning of one")
    whose.add_argument("--all-exhausted", action="store_true", help="every track that is exhausted")
    revive.set_defaults(wish="revive")


def cooldown(arguments: argparse.Namespace) -> int:
    """Print the queue, or write a wish down; returns the exit code."""
    from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root

    lake = Lake(data_root())
    try:
        return _show(lake) if arguments.wish is None else _take(lake, arguments)
    except (OutdatedTableError, ValueError) as error:
        print(error, file=sys.stderr)
        return FAILED


def _take(lake: Lake, arguments: argparse.Namespace) -> int:
    from enrichment_pipeline.cooldown.requests import EVERY_TRACK
    from enrichment_pipeline.sources.surroundings import Surroundings

    now = Surroundings(lake.root).now()
    if arguments.all_exhausted:
        return _wish(lake, EVERY_TRACK, arguments.wish, now, "Every exhausted track")
    found = _tracks_like(lake, arguments.track)
    if len(found) != 1:
        what = "no track begins" if not found else f"{len(found):,} tracks begin"
        print(f"{what} with {arguments.track!r} in the cool-down queue", file=sys.stderr)
        return FAILED
    key, state = found[0]
    if state == "resolved":
        print(f"track {key} is resolved: nothing of it is wanted", file=sys.stderr)
        return FAILED
    if arguments.wish == "revive" and state != "exhausted":
        print(f"Track {key} is {state}, not exhausted: it is asked, and keeps its attempts.")
    return _wish(lake, key, arguments.wish, now, f"Track {key}")


def _wish(lake: Lake, key: str, kind: Kind, at: datetime, who: str) -> int:
    from enrichment_pipeline.cooldown.requests import Wish, append_wish

    append_wish(lake, Wish(at, key, kind))
    print(f"{who} will be asked in the next run (`enrich run`, or a run of its bucket in the UI).")
    return OK


def _tracks_like(lake: Lake, beginning: str) -> list[tuple[str, str]]:
    with lake.connect(["cooldown_queue"]) as con:
        rows = con.execute(
            "select track_key, state from cooldown_queue where starts_with(track_key, $key) order by 1",
            {"key": beginning},
        ).fetchall()
    return [(key, state) for key, state in rows]


def _show(lake: Lake) -> int:
    from enrichment_pipeline.cooldown.report import queue_report

    report = queue_report(lake)
    print("\n".join(report_lines(report)) if report.states else _HOW_TO_FILL)
    return OK


def report_lines(report: QueueReport) -> list[str]:
    """The queue in lines: by state and reason, due by week, and the fullest day."""
    lines = [f"{sum(n for *_, n in report.states):,} tracks in the cool-down queue", ""]
    for state, reason, count in report.states:
        # of who left, why it once waited tells nothing
        why = "" if state == "resolved" else f"  {reason}"
        lines.append(f"  {state:<10}{count:>10,}{why}")
    waiting = {reason for state, reason, _ in report.states if state == "waiting"}
    lines += ["", *(words for reason, words in _WORDS.items() if reason in waiting)]
    if report.weeks:
        most = max(n for _, n in report.weeks)
        lines += ["", "Due in the week of"]
        for week, count in report.weeks[:_SHOWN_WEEKS]:
            bar = "#" * max(round(count / most * _LONGEST_BAR), 1)
            lines.append(f"  {week}{count:>10,}  {bar}")
        if len(report.weeks) > _SHOWN_WEEKS:
            rest = sum(n for _, n in report.weeks[_SHOWN_WEEKS:])
            lines.append(f"  later     {rest:>10,}  until the week of {report.weeks[-1][0]}")
    return [*lines, "", f"Herd index: {report.herd.words()}"]
