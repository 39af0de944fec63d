"""Baselines that know only which artists share a set: nearest sets, and item-item regression (EASE).

A question's set is the artists on its other lines; the hidden line is not among them. Answers are artists
of three or more train sets: a rarer one says nothing about others, and the matrix stays small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

from enrichment_pipeline.evaluation.board import Board
from enrichment_pipeline.evaluation.metrics import Answers, Integers

FEWEST_SETS = 3
NEAREST_SETS = 50
# Both chosen on dev of the real sample: 50 and 800 lose less than .003 hit@10.
RIDGE = 200.0
_CHUNK = 1000

Floats32 = NDArray[np.float32]

_MEMBERS = """
select distinct set_key, key from (select set_key, unnest(artist_keys) as key from known_play)
"""
_RIGHT_KEYS = """
select r.question_no, n.key, r.is_exact from right_artist r join artist_no n on n.no = r.artist_no
order by 1, 2
"""
_OTHER_LINES = """
select p.question_no, n.key from proposal p join artist_no n on n.no = p.artist_no where p.set_n > 0 order by 1, 2
"""
_FIRST_ARTISTS = "select n.key from asked a join question q using (track_id) join artist_no n on n.key = a.truth[1] order by q.question_no"


@dataclass(frozen=True, slots=True)
class SetModels:
    """The train sets as a matrix of sets by artists, and the regression learned from it.

    Attributes:
        items: column of each artist key.
        sets: a one where the artist is in the set.
        precision: inverse of the ridge-regularised Gram matrix, or None when it is not wanted.
    """

    items: dict[str, int]
    sets: csr_matrix
    precision: Floats32 | None


def learn_sets(
    con: duckdb.DuckDBPyConnection, *, with_regression: bool, fewest_sets: int = FEWEST_SETS
) -> SetModels:
    """Learn from the plays that may teach (`known_play`).

    Args:
        con: connection that `matching.questions.teach` prepared.
        with_regression: whether EASE is wanted too; it takes some seconds.
        fewest_sets: artists in fewer train sets are left out.
    """
    # known_play alone: which sets are measured does not show here
    rows = con.execute(_MEMBERS + " order by 1, 2").fetchall()
    counts: dict[str, int] = {}
    for _, key in rows:
        counts[key] = counts.get(key, 0) + 1
    items = {key: i for i, key in enumerate(sorted(k for k, n in counts.items() if n >= fewest_sets))}
    set_index = {key: i for i, key in enumerate(sorted({set_key for set_key, _ in rows}))}
    kept = [(set_index[s], items[k]) for s, k in rows if k in items]
    sets = csr_matrix(
        (np.ones(len(kept), np.float32), ([s for s, _ in kept], [k for _, k in kept])),
        shape=(len(set_index), len(items)),
    )
    return SetModels(items, sets, _precision(sets) if with_regression and items else None)


def _precision(sets: csr_matrix) -> Floats32:
    """(X'X + ridge)^-1 by way of the smaller matrix of sets (Woodbury)."""
    gram = (sets @ sets.T).toarray()
    gram[np.diag_indices_from(gram)] += RIDGE
    solved = cho_solve(
        cho_factor(gram, overwrite_a=True, check_finite=False), sets.toarray(), check_finite=False
    )
    precision = -np.asarray(sets.T @ solved.astype(np.float32), dtype=np.float32)
    precision[np.diag_indices_from(precision)] += 1
    return precision / np.float32(RIDGE)


@dataclass(frozen=True, slots=True)
class SetQuestions:
    """The questions of a split for these methods.

    Attributes:
        others: questions by artists, a one where the artist is on another line of the question's set.
        right_question: question of each right answer that is an item.
        right_item: its item.
        right_is_exact: whether its key is equal.
        first_item: item of the credit's first artist, -1 where it is none.
    """

    others: csr_matrix
    right_question: Integers
    right_item: Integers
    right_is_exact: NDArray[np.bool_]
    first_item: Integers


def read_questions(con: duckdb.DuckDBPyConnection, board: Board, models: SetModels) -> SetQuestions:
    """The questions that stand on a connection, over the models' items."""
    items = models.items
    others = [(q - 1, items[k]) for q, k in con.execute(_OTHER_LINES).fetchall() if k in items]
    right = [(q - 1, items[k], e) for q, k, e in con.execute(_RIGHT_KEYS).fetchall() if k in items]
    first = [items.get(row[0], -1) for row in con.execute(_FIRST_ARTISTS).fetchall()]
    return SetQuestions(
        others=csr_matrix(
            (np.ones(len(others), np.float32), ([q for q, _ in others], [i for _, i in others])),
            shape=(board.size, len(items)),
        ),
        right_question=np.array([q for q, _, _ in right], np.int64),
        right_item=np.array([i for _, i, _ in right], np.int64),
        right_is_exact=np.array([e for _, _, e in right], bool),
        first_item=np.array(first, np.int64),
    )


def set_knn(models: SetModels, asked: SetQuestions) -> Answers:
    """Artists of the most similar train sets (cosine, rare artists weigh more)."""
    in_sets = np.asarray(models.sets.sum(axis=0)).ravel()
    rarity = np.log((1 + models.sets.shape[0]) / (1 + in_sets)).astype(np.float32)
    weighted = models.sets.multiply(rarity).tocsr()
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).ravel()
    weighted = weighted.multiply((1 / np.maximum(length, 1e-9))[:, None]).tocsr()
    kept = min(NEAREST_SETS, models.sets.shape[0])

    def score(others: csr_matrix) -> Floats32:
        similar = (others.multiply(rarity).tocsr() @ weighted.T).toarray()
        nearest = np.argpartition(-similar, kept - 1, axis=1)[:, :kept]
        weight = np.take_along_axis(similar, nearest, axis=1)
        rows = np.repeat(np.arange(nearest.shape[0]), kept)
        chosen = csr_matrix((weight.ravel(), (rows, nearest.ravel())), shape=similar.shape)
        return np.asarray((chosen @ models.sets).toarray(), np.float32)

    return _answer(models, asked, score)


def ease(models: SetModels, asked: SetQuestions) -> Answers:
    """Item-item ridge regression on set co-occurrence; an artist never speaks for itself.

    Raises:
        ValueError: the models were learned without the regression.
    """
    precision = models.precision
    if precision is None:
        raise ValueError("EASE needs the regression; learn_sets(with_regression=True)")
    diagonal = np.diag(precision).copy()

    def score(others: csr_matrix) -> Floats32:
        own = others.multiply(diagonal).toarray()
        return np.asarray(-((others @ precision) - own) / diagonal, np.float32)

    return _answer(models, asked, score)


def _answer(models: SetModels, asked: SetQuestions, score: Callable[[csr_matrix], Floats32]) -> Answers:
    n = asked.first_item.size
    place, exact = np.zeros(n, np.int64), np.zeros(n, np.int64)
    top = np.full(n, -2)
    answered = np.zeros(n, bool)
    if not models.items:
        return Answers(place, exact, answered.copy(), answered)
    for start in range(0, n, _CHUNK):
        stop = min(start + _CHUNK, n)
        scores = score(asked.others[start:stop])
        best = scores.argmax(axis=1)
        # a set of which no artist is known says nothing
        has_any = scores.max(axis=1) > 0
        answered[start:stop] = has_any
        top[start:stop] = np.where(has_any, best, -2)
        mine = (asked.right_question >= start) & (asked.right_question < stop)
        for question, item, is_exact in zip(
            asked.right_question[mine], asked.right_item[mine], asked.right_is_exact[mine], strict=True
        ):
            row = scores[question - start]
            if row[item] <= 0:
                continue
            at = 1 + int((row > row[item]).sum()) + int((row[:item] == row[item]).sum())
            place[question] = at if place[question] == 0 else min(place[question], at)
            if is_exact:
                exact[question] = at if exact[question] == 0 else min(exact[question], at)
    return Answers(place, exact, top == asked.first_item, answered)
