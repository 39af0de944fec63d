"""Which sets teach, which tune, which measure: by whole set, near-duplicates together."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path

SPLITS = ("train", "dev", "test", "heldout_2019plus", "exclude")
BENCHMARK_FILE = Path(__file__).with_name("djmix_splits.csv")
_TENTHS = {0: "dev", 1: "test"}


class SplitFileError(ValueError):
    """A split file cannot be used; the text names file, line and reason."""


def read_splits(path: Path) -> dict[str, str]:
    """Split of each set id, from a CSV with columns set_id and split.

    Raises:
        SplitFileError: a column is missing, or a line names a split that is not one of `SPLITS`.
        FileNotFoundError: there is no such file.
    """
    found: dict[str, str] = {}
    with path.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        if not {"set_id", "split"} <= set(reader.fieldnames or ()):
            raise SplitFileError(f"{path}: needs the columns set_id and split, has {reader.fieldnames}")
        for row in reader:
            if row["split"] not in SPLITS:
                raise SplitFileError(
                    f"{path}, line {reader.line_num}: split {row['split']!r} is none of {', '.join(SPLITS)}"
                )
            found[row["set_id"]] = row["split"]
    return found


def split_by_rule(set_group: str) -> str:
    """Split of a set no file names: of ten groups eight teach, one tunes, one measures, by md5."""
    return _TENTHS.get(hashlib.md5(set_group.encode()).digest()[0] % 10, "train")


def split_sets(sets: Iterable[tuple[str, str, str]], named: dict[str, str]) -> list[tuple[str, str, str]]:
    """Split of every set.

    Args:
        sets: (set_key, set_id, set_group).
        named: split by set id, from `read_splits`.

    Returns:
        (set_key, split, reason): a set named by the file is where it says; a near-duplicate of a set
        that is held out is excluded, so that it cannot teach what its double measures.
    """
    rows = list(sets)
    placed = {key: named.get(set_id) or split_by_rule(group) for key, set_id, group in rows}
    held: dict[str, str] = {}
    for key, _, group in rows:
        if placed[key] not in ("train", "exclude"):
            held.setdefault(group, placed[key])
    result = []
    for key, set_id, group in rows:
        reason = "split file" if set_id in named else "by md5 of its group"
        split = placed[key]
        if split == "train" and group in held:
            split, reason = "exclude", f"near-duplicate of a set held out for {held[group]}"
        result.append((key, split, reason))
    return result
