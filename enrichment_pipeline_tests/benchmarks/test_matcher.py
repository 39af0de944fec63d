"""The benchmark of rules and comparisons: counts that add up, and a comparison that is really left out."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from benchmarks import matcher
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import logit
from enrichment_pipeline.matching.comparisons import COMPARISONS


def test_rules_are_counted_once_a_question() -> None:
    con = duckdb.connect()
    con.execute(
        "create table proposal as select * from (values (1, 7, ['title', 'same set']), (1, 8, ['same set']), (2, 7, ['title']),"
        " (3, 9, ['same set'])) t(question_no, artist_no, rules)"
    )
    con.execute(
        "create table right_artist as select * from (values (1, 7), (2, 7)) t(question_no, artist_no)"
    )
    lines = list(matcher.rule_lines(con, 4))
    assert lines[2:] == [
        "| all together | 1.0 | 0.500 | - |",
        "| title | 0.5 | 0.500 | 0.250 |",
        "| same set | 0.8 | 0.250 | 0.000 |",
    ]


def test_a_comparison_left_out_is_gone_and_the_others_stay() -> None:
    choices = logit.Choices(
        levels=np.array([[0, 1, 2], [1, 0, 0]], np.int16),
        sizes=(2, 3, 4),
        questions=np.array([1, 1]),
        right=np.array([True, False]),
        times=np.ones(2),
    )
    left = matcher.without(choices, 1)
    assert left.sizes == (2, 4)
    assert left.levels.tolist() == [[0, 2], [1, 0]]


def test_both_tables_are_printed_for_a_finished_lake(
    trained_lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert matcher.main(["--lake", str(trained_lake.root)]) == 0
    printed = capsys.readouterr().out
    assert "| all together |" in printed
    assert "| nothing |" in printed
    left_out = [c.name for c in COMPARISONS if f"| `{c.name}` |" in printed]
    assert "title" in left_out
    # nothing was said outside, so there is nothing to leave out
    assert "external" not in left_out
