"""The conditional logit: it finds the weights that made the choices, and several right answers share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from enrichment_pipeline.matching import logit
from enrichment_pipeline.matching.logit import Choices


def _choices(
    levels: list[list[int]], sizes: tuple[int, ...], questions: list[int], right: list[bool]
) -> Choices:
    return Choices(
        levels=np.array(levels, np.int16),
        sizes=sizes,
        questions=np.array(questions, np.int64),
        right=np.array(right, bool),
        times=np.ones(len(questions)),
    )


def test_it_finds_the_weights_that_made_the_choices() -> None:
    draw = np.random.default_rng(5)
    true_weights, none = np.array([0.0, 1.5, 3.0]), 1.0
    count, candidates = 6000, 5
    levels = draw.integers(0, 3, (count, candidates))
    score = np.concatenate([true_weights[levels], np.full((count, 1), none)], axis=1)
    chosen = (score + draw.gumbel(size=score.shape)).argmax(axis=1)
    right = np.arange(candidates)[None, :] == chosen[:, None]
    found = logit.fit(
        Choices(
            levels=levels.reshape(-1, 1).astype(np.int16),
            sizes=(3,),
            questions=np.repeat(np.arange(count), candidates),
            right=right.ravel(),
            times=np.ones(count * candidates),
        ),
        penalty=0.01,
    )
    weights = found.levels[0]
    # a constant added to all levels and to "none" changes nothing
    assert np.diff(weights) == pytest.approx(np.diff(true_weights), abs=0.12)
    assert found.none - weights[0] == pytest.approx(none, abs=0.2)


def test_right_candidates_of_one_question_share_its_likelihood() -> None:
    """Two right answers of one credit: the model may put the mass on either, so two of two cost nothing."""
    both = logit.fit(_choices([[1], [1]] * 50, (2,), [q for q in range(50) for _ in range(2)], [True] * 100))
    assert both.log_loss < 0.05


def test_a_comparison_that_never_differs_weighs_nothing_and_changes_nothing() -> None:
    levels, questions = [[1], [0], [1], [0]], [0, 0, 1, 1]
    right = [True, False, True, False]
    alone = logit.fit(_choices(levels, (2,), questions, right))
    beside = logit.fit(_choices([[2, *row] for row in levels], (4, 2), questions, right))
    assert beside.levels[0].tolist() == [0.0] * 4
    assert beside.levels[1].tolist() == alone.levels[0].tolist()
    assert beside.none == alone.none
    nothing = logit.fit(_choices([[1]] * 4, (3,), questions, right))
    assert nothing.levels[0].tolist() == [0.0] * 3


def test_alike_candidates_count_as_often_as_they_stand_for() -> None:
    levels, questions, right = [[1], [0], [0], [0]], [0, 0, 0, 0], [True, False, False, False]
    packed = Choices(
        levels=np.array([[1], [0]], np.int16),
        sizes=(2,),
        questions=np.array([0, 0], np.int64),
        right=np.array([True, False]),
        times=np.array([1.0, 3.0]),
    )
    plain, counted = logit.fit(_choices(levels, (2,), questions, right)), logit.fit(packed)
    assert counted.none == pytest.approx(plain.none, abs=1e-4)
    assert counted.levels[0] == pytest.approx(plain.levels[0], abs=1e-4)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="nothing to learn from"):
        logit.fit(_choices([], (2,), [], []))


def test_questions_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="ascending"):
        _choices([[0], [0]], (2,), [1, 0], [True, False])


def test_the_penalty_draws_weights_to_zero() -> None:
    chosen = _choices([[1], [0]] * 40, (2,), [q for q in range(40) for _ in range(2)], [True, False] * 40)
    loose, tight = logit.fit(chosen, penalty=0.1), logit.fit(chosen, penalty=50.0)
    assert abs(tight.levels[0]).max() < abs(loose.levels[0]).max()


def test_a_question_that_counts_twice_is_two_questions() -> None:
    """The weight of a verdict's question must mean what it says."""
    levels, right = [[1], [0], [0], [1]], [True, False, True, False]
    counted = _choices(levels, (2,), [0, 0, 1, 1], right)
    weighed = replace(counted, weights=np.array([2.0, 2.0, 1.0, 1.0]))
    doubled = _choices([*levels[:2], *levels], (2,), [0, 0, 1, 1, 2, 2], [*right[:2], *right])
    one, other = logit.fit(weighed), logit.fit(doubled)
    assert one.levels[0] == pytest.approx(other.levels[0], abs=1e-4)
    assert one.none == pytest.approx(other.none, abs=1e-4)
    assert one.log_loss == pytest.approx(other.log_loss, abs=1e-6)
    assert logit.fit(replace(counted, weights=np.ones(4))).levels[0] == pytest.approx(
        logit.fit(counted).levels[0]
    )
