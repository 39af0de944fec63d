"""Conditional logit with a "none of these" alternative, over levels: pure numbers, no tables.

The model gives candidate c of a question the score S_c = sum of its levels' weights, and "none of these"
the score b; p_c = exp(S_c) / (exp(b) + sum exp S). A question may have several right candidates (both
names of "A & B"): its likelihood is the sum of their probabilities, or that of "none" when no candidate
is right. This is what EM cannot do here: see `docs/matching.md` for what EM finds instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

# A longer memory and a looser end than scipy's own: 12.7 s for 19.0 s on 12,000 questions, log loss equal to 1e-5.
_OPTIONS = {"maxcor": 30, "ftol": 1e-7}

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Choices:
    """Candidates of all questions, alike ones put together.

    Attributes:
        levels: shape (rows, comparisons), the level of each comparison, 0 .. sizes[i]-1.
        sizes: number of levels of each comparison.
        questions: shape (rows,), ascending question numbers.
        right: shape (rows,), whether the row's candidates are right.
        times: shape (rows,), how many candidates the row stands for.
        weights: shape (rows,), how often the row's question counts, equal over its rows; None counts each once.
    """

    levels: NDArray[np.int16]
    sizes: tuple[int, ...]
    questions: Integers
    right: NDArray[np.bool_]
    times: Floats
    weights: Floats | None = None

    def __post_init__(self) -> None:
        """Check that rows are grouped by question, on which every sum rests.

        Raises:
            ValueError: questions are not in ascending order.
        """
        if np.any(np.diff(self.questions) < 0):
            raise ValueError("rows must be in ascending order of question")

    @property
    def starts(self) -> Integers:
        """First row of each question."""
        return np.r_[0, np.flatnonzero(np.diff(self.questions)) + 1].astype(np.int64)

    def design(self) -> csr_matrix:
        """One column per level of each comparison, a one where the row is at that level."""
        offsets = np.r_[0, np.cumsum(self.sizes)[:-1]]
        columns = (self.levels.astype(np.int32) + offsets.astype(np.int32)).ravel()
        width = self.levels.shape[1]
        rows = np.arange(self.levels.shape[0] + 1, dtype=np.int64) * width
        return csr_matrix(
            (np.ones(columns.size), columns, rows), shape=(self.levels.shape[0], int(sum(self.sizes)))
        )


def joined(parts: Sequence[Choices]) -> Choices:
    """The questions of several parts as one; their numbers go on where those of the part before end.

    Args:
        parts: one at least, of the same comparisons.
    """
    if len(parts) == 1:
        return parts[0]
    numbers = []
    after = 0
    for part in parts:
        numbers.append(part.questions + after)
        after = int(numbers[-1].max(initial=after)) + 1
    weighted = any(part.weights is not None for part in parts)
    return Choices(
        levels=np.concatenate([part.levels for part in parts]),
        sizes=parts[0].sizes,
        questions=np.concatenate(numbers),
        right=np.concatenate([part.right for part in parts]),
        times=np.concatenate([part.times for part in parts]),
        weights=np.concatenate([np.ones(p.times.size) if p.weights is None else p.weights for p in parts])
        if weighted
        else None,
    )


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted weights in nats: one per level of each comparison, and that of "none of these"."""

    levels: tuple[Floats, ...]
    none: float
    iterations: int
    log_loss: float  # mean negative log likelihood of a question, penalty excluded


# Of more questions than this every eighth is fitted first: from where these end the whole needs half the steps.
_MANY_QUESTIONS = 8_000
_FIRST_SHARE = 8


def _start(choices: Choices, penalty: float) -> Floats:
    """Where the search begins: at nought, or for many questions at the weights of some of them."""
    numbers = choices.questions[choices.starts]
    if numbers.size <= _MANY_QUESTIONS:
        return np.zeros(int(sum(choices.sizes)) + 1)
    chosen = np.isin(choices.questions, numbers[::_FIRST_SHARE])
    some = fit(
        replace(
            choices,
            levels=choices.levels[chosen],
            questions=choices.questions[chosen],
            right=choices.right[chosen],
            times=choices.times[chosen],
            weights=None if choices.weights is None else choices.weights[chosen],
        ),
        penalty=penalty,
    )
    return np.r_[np.concatenate(some.levels), some.none]


def fit(choices: Choices, *, penalty: float = 2.0, most_iterations: int = 400) -> Weights:
    """Weights of greatest penalised likelihood.

    A comparison that is at one level throughout says nothing that "none of these" does not: its weights are 0.

    Args:
        choices: candidates of the questions to learn from.
        penalty: half of it times the squared weights is added to the loss; keeps rare levels near 0.
        most_iterations: of L-BFGS.

    Raises:
        ValueError: there is no question to learn from.
    """
    if choices.questions.size == 0:
        raise ValueError("no masked track has a candidate: there is nothing to learn from")
    differs = [bool(np.any(column != column[0])) for column in choices.levels.T]
    told = replace(
        choices,
        levels=choices.levels[:, differs],
        sizes=tuple(size for size, varies in zip(choices.sizes, differs, strict=True) if varies),
    )
    design = told.design()
    transposed = design.T.tocsr()
    starts = choices.starts
    lengths = np.diff(np.r_[starts, choices.questions.size])
    right = choices.right * choices.times
    answerable = np.add.reduceat(right, starts) > 0
    counts = np.ones(starts.size) if choices.weights is None else choices.weights[starts]

    def loss(values: Floats) -> tuple[float, Floats]:
        weights, none = values[:-1], values[-1]
        score = design @ weights
        top = np.maximum(np.maximum.reduceat(score, starts), none)
        mass = np.exp(score - np.repeat(top, lengths)) * choices.times
        none_mass = np.exp(none - top)
        total = np.add.reduceat(mass, starts) + none_mass
        right_mass = np.where(answerable, np.add.reduceat(mass * choices.right, starts), none_mass)
        value = float((counts * (np.log(total) - np.log(right_mass))).sum())
        probability = mass / np.repeat(total, lengths)
        target = mass * choices.right / np.repeat(np.where(answerable, right_mass, 1.0), lengths)
        gradient = transposed @ (np.repeat(counts, lengths) * (probability - target))
        none_gradient = (counts * (none_mass / total - ~answerable)).sum()
        value += 0.5 * penalty * float(weights @ weights)
        return value, np.r_[gradient + penalty * weights, none_gradient]

    start = _start(told, penalty)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options=_OPTIONS | {"maxiter": most_iterations}
    )
    weights = found.x[:-1]
    learned = iter(np.split(weights, np.cumsum(told.sizes)[:-1]))
    plain = float(found.fun) - 0.5 * penalty * float(weights @ weights)
    return Weights(
        levels=tuple(
            next(learned) if varies else np.zeros(size)
            for size, varies in zip(choices.sizes, differs, strict=True)
        ),
        none=float(found.x[-1]),
        iterations=int(found.nit),
        log_loss=plain / float(counts.sum()),
    )
