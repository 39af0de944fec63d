"""A lake of the real sample in a folder of its own: what `enrich run` makes up to the model, without its reports.

Always made anew from the published files, so that figures are those of this program and of nothing a reader has under
`data/`: other tracklists, older tables, answers of outside sources, verdicts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.inputs import load_sample, some_sets, write_inbox
from enrichment_pipeline.evaluation.store import ingest_folder, learn, split_sets_of
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.matching.splits import BENCHMARK_FILE
from enrichment_pipeline.tracklists.sample import SampleChecksumError, SampleUnavailableError

# As in `LakeResource`: half of what a whole run may take.
MEMORY_LIMIT = "1GB"


class NoSampleError(Exception):
    """The sample cannot be had, so that there is nothing the targets speak of; the text says why."""


def read_lake(folder: Path, *, lines: int | None, say: Callable[[str], None]) -> Lake:
    """Read the sample into a new lake, up to the catalogue, and place its sets in the benchmark's splits.

    Args:
        folder: a new one.
        lines: about so many of the sample's lines, in whole sets; None takes all.
        say: takes words about what is being done.

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


def learned_lake(folder: Path, *, lines: int | None, say: Callable[[str], None]) -> Lake:
    """The same, with a model learned from its train sets.

    Raises:
        NoSampleError: the sample is neither here nor can it be fetched.
        ValueError: so few lines that nothing can be learned from them.
    """
    lake = read_lake(folder, lines=lines, say=say)
    say("learning from the train sets ...")
    learn(lake)
    return lake
