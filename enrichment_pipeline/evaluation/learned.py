"""Supervised rivals of the model on the same evidence: its own logit in plain numpy, and gradient boosting.

The logit must give the model's numbers; boosting may use what ordered levels cannot express, and shows
what that is worth. Both see masked tracks of the train sets and nothing of what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from enrichment_pipeline.evaluation.board import Board, Proposals, rank
from enrichment_pipeline.evaluation.metrics import Answers, Flags, Floats, Integers
from enrichment_pipeline.matching.comparisons import COMPARISONS, PROPOSAL_COLUMNS
from enrichment_pipeline.matching.splink_model import Model

LEVEL_COLUMNS = tuple(f"level_{i}" for i in range(len(COMPARISONS)))
# Trees are slow to ask, and what stands behind the first thirty by the model's weights is hardly ever right.
_SHORTLIST = 30
_TREES = 60
_LEAVES = 16
# OpenMP threads wait for each other by spinning: on a busy machine two took forty times as long as one.
_TREE_THREADS = 1


def levels_query(proposals: str) -> str:
    """A query of proposals with the level of each comparison."""
    levels = ", ".join(
        f"cast({c.sql()} as tinyint) as {name}" for name, c in zip(LEVEL_COLUMNS, COMPARISONS, strict=True)
    )
    return f"select question_no, artist_no, {levels} from ({proposals})"


def logit_bits(model: Model, proposals: Proposals) -> Floats:
    """Each candidate's score against "none of these" in bits: the sum of its levels' weights and the prior."""
    score = np.full(proposals.question.size, model.prior_weight)
    for column, weights in zip(LEVEL_COLUMNS, model.level_weights().values(), strict=True):
        # settings list the highest level first
        score += np.array([bits for _, bits in reversed(weights)])[proposals[column].astype(np.int64)]
    return score


def softmax(question: Integers, score: Floats) -> Floats:
    """Probability of each candidate among those of its question and "none of these", which has score 0 (nats).

    Args:
        question: of each candidate, ascending.
        score: of each candidate, in nats.
    """
    if question.size == 0:
        return np.zeros(0)
    starts = np.r_[0, np.flatnonzero(np.diff(question)) + 1]
    lengths = np.diff(np.r_[starts, question.size])
    top = np.maximum(np.maximum.reduceat(score, starts), 0.0)
    mass = np.exp(score - np.repeat(top, lengths))
    total = np.add.reduceat(mass, starts) + np.exp(-top)
    return mass / np.repeat(total, lengths)


def logit(board: Board, model: Model, proposals: Proposals) -> Answers:
    """The model's own weights from numpy: each candidate alone, without what artists of one credit share."""
    nats = logit_bits(model, proposals) * np.log(2)
    probability = softmax(proposals.question, nats)
    return rank(board, proposals, nats, certainty=probability, is_probability=True)


@dataclass(frozen=True, slots=True)
class Boosting:
    """Gradient boosting over the evidence columns, drawn to probabilities per question.

    Attributes:
        trees: the classifier of single pairs.
        slope: by which its log-odds are multiplied ...
        none: ... before this, the log-odds of "none of these", is taken off.
    """

    trees: HistGradientBoostingClassifier
    slope: float
    none: float

    def score(self, features: NDArray[np.float32]) -> Floats:
        """Score of each candidate against "none of these", in nats."""
        return self.slope * _log_odds(self.trees, features) - self.none


def _log_odds(trees: HistGradientBoostingClassifier, features: NDArray[np.float32]) -> Floats:
    with threadpool_limits(limits=_TREE_THREADS, user_api="openmp"):
        return np.asarray(trees.decision_function(features), np.float64) if len(features) else np.zeros(0)


def shortlist_query(proposals: str, scored: str) -> str:
    """Of each question the proposals that the model's weights put first.

    Args:
        proposals: query of all of them.
        scored: relation with question_no, artist_no, match_weight.
    """
    # the window sorts two numbers a row, not all of the evidence
    return (
        f"with chosen as (select question_no, artist_no from {scored}"
        " qualify row_number() over (partition by question_no order by match_weight desc, artist_no)"
        f" <= {_SHORTLIST}) select shown.* from ({proposals}) shown semi join chosen using (question_no, artist_no)"
    )


def features_of(
    con: duckdb.DuckDBPyConnection, proposals: str
) -> tuple[Integers, Flags, NDArray[np.float32]]:
    """Question numbers, truth and evidence columns of proposals, in order of question and artist."""
    listed = ", ".join(f"cast({c} as float) as {c}" for c in PROPOSAL_COLUMNS)
    rows = con.execute(
        f"select question_no, is_truth, {listed} from ({proposals}) order by question_no, artist_no"
    ).fetchnumpy()
    features = np.empty((rows["question_no"].size, len(PROPOSAL_COLUMNS)), np.float32)
    for i, name in enumerate(PROPOSAL_COLUMNS):
        features[:, i] = np.ma.filled(rows.pop(name), np.nan)
    return np.asarray(rows["question_no"], np.int64), np.asarray(rows["is_truth"], bool), features


def train_boosting(
    question: Integers, is_truth: Flags, features: NDArray[np.float32], *, seed: int
) -> Boosting | None:
    """Learn from masked tracks; every fifth question sets slope and "none", the others grow the trees.

    Args:
        question: question number of each candidate, ascending.
        is_truth: whether the candidate is right.
        features: evidence columns.
        seed: of what is drawn.

    Returns:
        The model, or None when there is not one right and one wrong candidate to learn from.
    """
    for_scale = question % 5 == 0
    grown = ~for_scale
    if not is_truth[grown].any() or is_truth[grown].all() or not for_scale.any():
        return None
    trees = HistGradientBoostingClassifier(
        max_iter=_TREES, max_leaf_nodes=_LEAVES, learning_rate=0.15, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    with threadpool_limits(limits=_TREE_THREADS, user_api="openmp"):
        seen = features[grown]
        # trees cannot bin a column without a single value (few plays, no two titles alike)
        trees.fit(np.where(np.isnan(seen).all(axis=0), np.float32(0), seen), is_truth[grown])
    slope, none = _scale(question[for_scale], is_truth[for_scale], _log_odds(trees, features[for_scale]))
    return Boosting(trees, slope, none)


def _scale(question: Integers, is_truth: Flags, log_odds: Floats) -> tuple[float, float]:
    starts = np.r_[0, np.flatnonzero(np.diff(question)) + 1]
    has_right = np.add.reduceat(is_truth.astype(np.int64), starts) > 0

    def loss(values: NDArray[np.float64]) -> float:
        probability = softmax(question, values[0] * log_odds - values[1])
        right = np.add.reduceat(probability * is_truth, starts)
        none = 1 - np.add.reduceat(probability, starts)
        return -float(np.log(np.maximum(np.where(has_right, right, none), 1e-12)).mean())

    found = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    return float(found.x[0]), float(found.x[1])


def boosting(board: Board, trained: Boosting, proposals: Proposals, features: NDArray[np.float32]) -> Answers:
    """Answers of gradient boosting, with probabilities per question."""
    score = trained.score(features)
    probability = softmax(proposals.question, score)
    return rank(board, proposals, score, certainty=probability, is_probability=True)
