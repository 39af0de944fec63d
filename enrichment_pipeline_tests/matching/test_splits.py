"""Splits: what a file says holds, the rest follows a rule, and no double of a held-out set teaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from enrichment_pipeline.matching.splits import (
    BENCHMARK_FILE,
    SPLITS,
    SplitFileError,
    read_splits,
    split_by_rule,
    split_sets,
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "s.csv", "\ufeffset_id,split,grp\na,train,1\nb,test,2\n")
    assert read_splits(file) == {"a": "train", "b": "test"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,split\na,train\n", "needs the columns set_id and split"),
        ("", "needs the columns set_id and split"),
        ("set_id,split\na,train\nb,tset\n", r"s\.csv, line 3: split 'tset' is none of"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SplitFileError, match=reason):
        read_splits(write(tmp_path / "s.csv", text))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_splits(tmp_path / "none.csv")


def test_the_benchmarks_own_file_holds_every_split() -> None:
    assert set(read_splits(BENCHMARK_FILE).values()) == set(SPLITS)


def test_named_sets_are_where_the_file_says() -> None:
    rows = split_sets([("x:a", "a", "x:a"), ("x:b", "b", "x:b")], {"a": "heldout_2019plus", "b": "train"})
    assert [(key, split) for key, split, _ in rows] == [("x:a", "heldout_2019plus"), ("x:b", "train")]


def test_a_double_of_a_held_out_set_teaches_nothing() -> None:
    rows = split_sets([("x:a", "a", "x:a"), ("x:b", "b", "x:a")], {"a": "test", "b": "train"})
    assert rows[1] == ("x:b", "exclude", "near-duplicate of a set held out for test")


def test_doubles_nobody_names_stay_together() -> None:
    rows = split_sets([("x:a", "a", "x:a"), ("x:b", "b", "x:a")], {})
    assert rows[0][1] == rows[1][1] == split_by_rule("x:a")


def test_the_rule_keeps_four_of_five_to_learn_from() -> None:
    found = [split_by_rule(f"x:{n}") for n in range(2000)]
    assert 0.75 < found.count("train") / 2000 < 0.85
    assert 0.07 < found.count("dev") / 2000 < 0.13
    assert 0.07 < found.count("test") / 2000 < 0.13
