"""`enrich evaluate`: measure the answers on held-out sets, of this lake or of another split or other tracklists."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enrichment_pipeline.evaluation.store import SplitUse
    from enrichment_pipeline.lake.lake import Lake

# As in `LakeResource`: half of what a whole run may take.
_MEMORY_LIMIT = "1GB"
_SHOWN_IDS = 5


class _CannotMeasureError(Exception):
    """There is nothing to measure, or not what was asked for; the text says what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `enrich evaluate`."""
    parser.add_argument(
        "--split",
        choices=("dev", "test", "heldout_2019plus", "all"),
        default="all",
        help="which sets to ask (default: all three)",
    )
    parser.add_argument(
        "--splits",
        type=Path,
        metavar="FILE",
        help="another split: CSV with set_id and split (train, dev, test, heldout_2019plus, exclude); catalogue and"
        " weights are then learned anew from its train sets, in a temporary folder",
    )
    parser.add_argument(
        "--input",
        type=Path,
        metavar="DIR",
        help="other tracklists: they are read and learned from in a temporary folder",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers as a list of rows")
    parser.add_argument(
        "--quick", action="store_true", help="without EM, gradient boosting and the other trained baselines"
    )


def evaluate(arguments: argparse.Namespace) -> int:
    """Measure, print tables, write JSON; 0 when there are numbers, 1 when not, 2 for arguments that cannot be."""
    from enrichment_pipeline.lake.lake import OutdatedTableError

    for option in ("splits", "input"):
        path: Path | None = getattr(arguments, option)
        if path is not None and not (path.is_dir() if option == "input" else path.is_file()):
            what = "folder" if option == "input" else "file"
            print(f"--{option} {path}: there is no such {what}", file=sys.stderr)
            return 2
    if arguments.json is not None and not arguments.json.resolve().parent.is_dir():
        print(f"--json {arguments.json}: its folder does not exist", file=sys.stderr)
        return 2
    try:
        return _measure(arguments)
    except (_CannotMeasureError, OutdatedTableError) as error:
        print(str(error), file=sys.stderr)
        return 1


def _measure(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline.evaluation import harness, report, store
    from enrichment_pipeline.matching.splits import BENCHMARK_FILE

    splits = harness.SPLITS if arguments.split == "all" else (arguments.split,)
    methods = harness.QUICK_METHODS if arguments.quick else harness.ALL_METHODS
    split_file = arguments.splits or Path(os.environ.get("ENRICHMENT_SPLITS", "") or BENCHMARK_FILE)
    with _lake_to_measure(arguments, split_file) as lake:
        try:
            result = store.measure_lake(lake, splits=splits, methods=methods)
        except FileNotFoundError as error:
            raise _CannotMeasureError(f"{error}; or name tracklists with --input DIR") from error
    if not any(row.method == harness.MODEL for row in result.rows):
        raise _CannotMeasureError(f"no line with a known artist in {', '.join(splits)}: nothing was measured")
    # targets are those of the benchmark's split of the real sample, and say nothing of other lines
    is_benchmark = arguments.splits is None and arguments.input is None
    print(report.text_report(result, with_targets=is_benchmark), end="")
    if arguments.json is not None:
        report.write_json(result.rows, arguments.json)
        print(f"\n{len(result.rows):,} rows: {arguments.json}")
    return 0


@contextmanager
def _lake_to_measure(arguments: argparse.Namespace, split_file: Path) -> Iterator[Lake]:
    from enrichment_pipeline.lake.lake import Lake, data_root

    own = Lake(data_root(), memory_limit=_MEMORY_LIMIT)
    if arguments.splits is None and arguments.input is None:
        if not own.files("plays"):
            raise _CannotMeasureError(
                f"no plays in {own.root}: `enrich run` first, or name tracklists with --input DIR"
            )
        yield own
        return
    with tempfile.TemporaryDirectory(prefix="enrich-evaluate-") as folder:
        lake = Lake(Path(folder), memory_limit=_MEMORY_LIMIT)
        _build(lake, own, arguments.input, split_file)
        yield lake


def _build(lake: Lake, own: Lake, tracklists: Path | None, split_file: Path) -> None:
    from enrichment_pipeline.evaluation import store
    from enrichment_pipeline.matching.splits import SplitFileError

    try:
        if tracklists is not None:
            _say(f"reading {tracklists} ...")
            built = store.ingest_folder(lake, tracklists, today=datetime.now(UTC).date())
            _say(f"  {built.files:,} files, {built.plays:,} lines, {built.rejected:,} rejected rows")
            if built.plays == 0:
                raise _CannotMeasureError(f"no line could be read in {tracklists}; see `enrich run --input`")
        else:
            store.borrow_plays(own, lake)
        _say(f"learning from the train sets of {split_file.name} ...")
        store.split_sets_of(lake, split_file)
        _say_use(store.split_use(lake, split_file), split_file)
        store.learn(lake)
    except SplitFileError as error:
        raise _CannotMeasureError(str(error)) from error
    except FileNotFoundError as error:
        raise _CannotMeasureError(
            f"{error}: `enrich run` first, or name tracklists with --input DIR"
        ) from error
    except ValueError as error:
        raise _CannotMeasureError(f"{split_file}: {error}") from error


def _say_use(use: SplitUse, split_file: Path) -> None:
    lines = ", ".join(f"{name} {count:,}" for name, count in use.lines_by_split.items())
    _say(f"  lines with a known artist: {lines or 'none'}")
    if use.unknown_ids:
        shown = ", ".join(use.unknown_ids[:_SHOWN_IDS]) + (
            " ..." if len(use.unknown_ids) > _SHOWN_IDS else ""
        )
        _say(
            f"  {len(use.unknown_ids):,} of {use.named:,} set ids of {split_file} are in no tracklist: {shown}"
        )
    if len(use.unknown_ids) == use.named:
        raise _CannotMeasureError(
            f"{split_file} names no set of these tracklists; are its set ids those of the source?"
        )
    if use.unnamed_sets:
        _say(
            f"  {use.unnamed_sets:,} sets are not named by {split_file}: they are split by a hash of their id"
        )


def _say(words: str) -> None:
    # progress is not a result: it stays out of what is piped on
    print(words, file=sys.stderr, flush=True)
