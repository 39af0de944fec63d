"""What is measured on: whole sets of the real sample until a number of lines is reached, else the example."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from enrichment_pipeline.tracklists.sample import SampleChecksumError, SampleUnavailableError, fetch_sample

Sets = Sequence[dict[str, Any]]


def load_sample(cache: Path) -> tuple[Sets, str]:
    """The sets of the real sample, and words about where they come from.

    Args:
        cache: folder the sample is kept in.

    Raises:
        SampleUnavailableError: it is not there and cannot be fetched.
        SampleChecksumError: what was fetched is something else.
    """
    result = fetch_sample(cache)
    with gzip.open(result.path, "rt", encoding="utf-8") as file:
        return json.load(file), f"The real sample: {result.words}."


def read_sample(cache: Path) -> tuple[Sets | None, str]:
    """The same where the example will do as well: no sets, and words why, where the sample cannot be had."""
    try:
        return load_sample(cache)
    except (SampleUnavailableError, SampleChecksumError) as error:
        return None, f"No sample ({error}): the small invented example is measured instead."


def some_sets(sets: Sets, lines: int) -> Sets:
    """Whole sets until there are at least `lines` lines; all of them where there are fewer.

    The order is by hash of the id, so that a part is like the whole and the same in every run.
    """
    chosen: list[dict[str, Any]] = []
    count = 0
    for one in sorted(sets, key=lambda one: hashlib.md5(str(one["id"]).encode()).hexdigest()):
        if count >= lines:
            break
        chosen.append(one)
        count += len(one["tracklist"])
    return chosen


def line_count(sets: Iterable[dict[str, Any]]) -> int:
    """Lines of all sets."""
    return sum(len(one["tracklist"]) for one in sets)


def write_inbox(sets: Sets, folder: Path) -> None:
    """Write sets as a file of the djmix layout into a new inbox."""
    folder.mkdir(parents=True)
    with gzip.open(folder / "sets.json.gz", "wt", encoding="utf-8", compresslevel=1) as file:
        json.dump(sets, file, ensure_ascii=False)
