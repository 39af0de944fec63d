"""A lake of the real sample in a folder of its own: what `enrich run` makes up to the model, without its reports.

Always made anew from the published files, so that figures are those of this program and of nothing a reader has under
`data/`: other tracklists, older tables, answers of outside sources, verdicts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.inputs import load_sample, some_sets, write_inbox
from enrichment_pipeline.evaluation.store import ingest_folder, learn, split_sets_of
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.matching.splits import BENCHMARK_FILE
from enrichment_pipeline.tracklists.sample import SampleChecksumError, SampleUnavailableError

# As in `LakeResource`: half of what a whole run may take.
MEMORY_LIMIT = "1GB"


class NoSampleError(Exception):
    """The sample cannot be had, so that there is nothing the targets speak of; the text says why."""


def say(words: str) -> None:
    """Tell of progress, which is no result: it stays out of what is piped on."""
    print(words, file=sys.stderr, flush=True)


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write what was measured as JSON."""
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_lake(folder: Path, *, lines: int | None = None) -> Lake:
    """Read the sample into a new lake, up to the catalogue, and place its sets in the benchmark's splits.

    Args:
        folder: a new one.
        lines: about so many of the sample's lines, in whole sets; None takes all.

    Raises:
        NoSampleError: the sample is neither here nor can it be fetched.
    """
    try:
        sets, words = load_sample(data_root() / "sample")
    except (SampleUnavailableError, SampleChecksumError) as error:
        raise NoSampleError(
            f"No sample ({error}): the targets speak of it, so there is nothing to measure."
        ) from error
    say(words)
    inbox = folder / "inbox"
    write_inbox(sets if lines is None else some_sets(sets, lines), inbox)
    lake = Lake(folder / "data", memory_limit=MEMORY_LIMIT)
    built = ingest_folder(lake, inbox, today=datetime.now(UTC).date())
    say(f"{built.plays:,} lines read")
    split_sets_of(lake, BENCHMARK_FILE)
    return lake


def learned_lake(folder: Path, *, lines: int | None = None) -> Lake:
    """The same, with a model learned from its train sets.

    Raises:
        NoSampleError: the sample is neither here nor can it be fetched.
        ValueError: so few lines that nothing can be learned from them.
    """
    lake = read_lake(folder, lines=lines)
    say("learning from the train sets ...")
    learn(lake)
    return lake
