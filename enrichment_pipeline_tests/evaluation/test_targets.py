"""Targets, rivals and kinds of lines: what is compared with what, and that nothing is counted twice."""

from __future__ import annotations

import numpy as np
import pytest

from enrichment_pipeline.evaluation import harness, store
from enrichment_pipeline.evaluation.harness import MODEL, EvaluationResult, Row
from enrichment_pipeline.evaluation.lines import NOT_THERE, Lines
from enrichment_pipeline.evaluation.metrics import Answers
from enrichment_pipeline.evaluation.rivals import best_rivals
from enrichment_pipeline.evaluation.strata import OTHER, PLAYS, STRATA, in_steps, strata_of
from enrichment_pipeline.evaluation.targets import TARGETS, goals_of, judge
from enrichment_pipeline.lake.lake import Lake


@pytest.fixture(scope="module")
def result(trained_lake: Lake) -> EvaluationResult:
    return store.measure_lake(trained_lake, splits=["test"], methods=harness.QUICK_METHODS)


def row(measure: str, value: float | None, split: str = "test", shown: str = "title+label") -> Row:
    return Row(split, shown, MODEL, measure, value, None, None)


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("hit@1", 0.46, "met"),
        ("hit@1", 0.4537, "missed by 0.006"),
        ("hit@1", 0.4597, "missed by less than 0.001"),
        ("auto_precision", None, "nothing to measure"),
        ("ece", 0.016, "met"),
        ("ece", 0.025, "missed by 0.005"),
    ],
)
def test_a_target_is_met_or_missed_by_so_much(measure: str, value: float | None, words: str) -> None:
    found = {(v.target.split, v.target.visibility, v.target.measure): v for v in judge([row(measure, value)])}
    assert found["test", "title+label", measure].words == words


def test_every_target_has_a_verdict_and_none_stands_twice() -> None:
    verdicts = judge([])
    assert [v.target for v in verdicts] == list(TARGETS)
    assert {v.words for v in verdicts} == {"not measured"}
    assert len({(t.split, t.visibility, t.measure) for t in TARGETS}) == len(TARGETS)


def test_targets_ask_for_what_is_measured(result: EvaluationResult) -> None:
    """A target on a measure nobody makes would be "not measured" for ever."""
    measured = {(r.visibility, r.method, r.measure) for r in result.rows}
    assert {(t.visibility, t.method, t.measure) for t in TARGETS} <= measured


def test_goals_of_a_table() -> None:
    assert goals_of("test", "title") == {"hit@1": 0.38, "hit@10": 0.47}
    assert goals_of("test", "none") == {}


# ---- rivals ---------------------------------------------------------------------------------------------


def answers(rank: list[int]) -> Answers:
    ranks = np.array(rank)
    return Answers(ranks, ranks, ranks == 1, ranks > 0)


def test_the_best_baseline_is_named_with_what_it_is_ahead() -> None:
    lines = Lines(np.arange(4), {})
    got = EvaluationResult(
        lines={"test": lines},
        answers={
            ("test", "none", MODEL): answers([1, 0, 0, 2]),
            ("test", "none", "popularity"): answers([0, 0, 0, 3]),
            ("test", "none", "ease"): answers([1, 1, 0, 0]),
        },
    )
    first, ten = best_rivals(got)
    assert (first.method, first.measure, first.ahead.value, first.beats) == ("ease", "hit@1", 0.25, True)
    assert (ten.method, ten.measure, ten.ahead.value, ten.beats) == ("ease", "hit@10", 0.0, False)


def test_every_visibility_has_a_rival(result: EvaluationResult) -> None:
    rivals = best_rivals(result)
    assert len(rivals) == 8
    for rival in rivals:
        theirs = result.value("test", rival.visibility, rival.method, rival.measure) or 0
        ours = result.value("test", rival.visibility, MODEL, rival.measure) or 0
        assert rival.ahead.value == pytest.approx(theirs - ours)


# ---- lines and strata -----------------------------------------------------------------------------------


def test_lines_are_those_of_the_questions(result: EvaluationResult) -> None:
    lines = result.lines["test"]
    assert lines.size == result.value("test", "title", MODEL, "questions")
    facts = {"dj_is_artist_share": lines["is_dj"], "artist_in_catalogue": lines["artist_plays"] > 0}
    for measure, flags in facts.items():
        assert result.value("test", "title", MODEL, measure) == pytest.approx(flags.mean())
    assert (lines["label_plays"][~lines["has_label"]] == NOT_THERE).all()
    assert (lines["label_plays"][lines["has_label"]] >= 0).all()


def test_kinds_of_line_add_up_to_all_lines(result: EvaluationResult) -> None:
    for what, told_apart in STRATA.items():
        kinds = told_apart(result.lines["test"])
        assert kinds.size == result.lines["test"].size, what
    own = [s for s in strata_of(result, "test", "title+label") if s.what == "artist in the catalogue"]
    whole = result.value("test", "title+label", MODEL, "hit@1")
    assert sum(s.share for s in own) == pytest.approx(1)
    assert sum(s.share * (s.measured["hit@1"].value or 0) for s in own) == pytest.approx(whole)


def test_numbers_in_steps() -> None:
    got = in_steps(np.array([NOT_THERE, 0, 1, 2, 5, 6, 20, 21, 999]), PLAYS)
    assert got.tolist() == ["0", "0", "1", "2-5", "2-5", "6-20", "6-20", "more than 20", "more than 20"]


def test_small_classes_are_put_together() -> None:
    names = [f"style {n}" for n in range(12) for _ in range(n + 1)] + [""]
    lines = Lines(np.arange(len(names)), {"class": np.array(names)})
    got = set(STRATA["main class of the set"](lines).tolist())
    assert OTHER in got
    assert "style 11" in got
    assert "style 0" not in got
