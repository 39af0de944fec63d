"""Ranking candidates: places, ties, and lines nobody was proposed for."""

from __future__ import annotations

import numpy as np
import pytest

from enrichment_pipeline.evaluation.board import Board, Proposals, rank
from enrichment_pipeline.evaluation.learned import softmax


def _board(size: int, first: list[int] | None = None) -> Board:
    no = np.zeros(size, bool)
    return Board(np.arange(size), np.array(first or [1] * size), no, no)


def _proposals(question: list[int], artist: list[int], right: list[int]) -> Proposals:
    flags = np.array(right, bool)
    return Proposals(np.array(question), np.array(artist), flags, flags, {})


def test_the_best_right_candidate_has_the_place() -> None:
    got = rank(_board(1), _proposals([0] * 4, [1, 2, 3, 4], [0, 1, 0, 1]), np.array([9.0, 1.0, 7.0, 5.0]))
    assert got.rank.tolist() == [3]


def test_equal_scores_go_to_the_smaller_number() -> None:
    proposals = _proposals([0, 0, 0], [1, 2, 3], [0, 1, 0])
    got = rank(_board(1, [1]), proposals, np.zeros(3))
    assert got.rank.tolist() == [2]
    assert got.names_first_artist.tolist() == [True]


def test_a_candidate_that_is_not_proposed_is_no_answer() -> None:
    got = rank(_board(2), _proposals([0, 1], [1, 1], [1, 1]), np.array([-np.inf, 1.0]))
    assert got.rank.tolist() == [0, 1]
    assert got.answered.tolist() == [False, True]


def test_a_question_without_candidates_is_a_miss() -> None:
    got = rank(
        _board(3), _proposals([2], [1], [1]), np.array([1.0]), certainty=np.array([0.7]), is_probability=True
    )
    assert got.rank.tolist() == [0, 0, 1]
    assert got.certainty is not None
    assert got.certainty.tolist() == [0.0, 0.0, 0.7]


def test_nobody_proposed_anywhere() -> None:
    got = rank(_board(2), _proposals([], [], []), np.zeros(0))
    assert got.rank.tolist() == [0, 0]
    assert not got.answered.any()


def test_softmax_leaves_room_for_none() -> None:
    got = softmax(np.array([0, 0, 1]), np.array([0.0, 0.0, np.log(3.0)]))
    assert got == pytest.approx([1 / 3, 1 / 3, 3 / 4])


def test_softmax_bears_any_score() -> None:
    assert softmax(np.array([0, 0]), np.array([900.0, -900.0])) == pytest.approx([1.0, 0.0])
