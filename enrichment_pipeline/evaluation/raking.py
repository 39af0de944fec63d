"""Raking: weights that give the columns of one lot of lines the shares they have in another.

Numbers in, numbers out; which lines and columns stands in `reality.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from enrichment_pipeline.evaluation.metrics import Floats

_ROUNDS = 100


def rake(
    kinds: Sequence[NDArray], targets: Sequence[Mapping[str, float]], *, cap: float, rounds: int = _ROUNDS
) -> Floats:
    """Weights with mean 1 that give each column the shares it should have, as far as the cap allows.

    Args:
        kinds: of each column, the kind of every line.
        targets: of each column, the share every kind should have; kinds that no line is of are left out.
        cap: no weight is larger.
        rounds: how often every column is set right in turn.

    Raises:
        ValueError: no line is wanted, by one column or by all of them together.
    """
    weights = np.ones(kinds[0].size)
    columns = []
    for column, target in zip(kinds, targets, strict=True):
        names, index = np.unique(column, return_inverse=True)
        wanted = np.array([target.get(str(name), 0.0) for name in names])
        if wanted.sum() == 0:
            raise ValueError(f"no line is of any kind that is wanted: {', '.join(target)}")
        columns.append((index, wanted / wanted.sum()))
    for _ in range(rounds):
        for index, wanted in columns:
            share = np.bincount(index, weights=weights, minlength=wanted.size) / weights.sum()
            factor = np.divide(wanted, share, out=np.zeros(wanted.size), where=share > 0)
            weights = weights * factor[index]
            if not weights.any():
                raise ValueError("no line is of a kind that is wanted in every column")
        weights = np.minimum(weights * weights.size / weights.sum(), cap)
    for _ in range(rounds):
        # what was cut off goes to the others, which may bring some of them to the cap
        weights = np.minimum(weights * weights.size / weights.sum(), cap)
    return np.asarray(weights * weights.size / weights.sum(), np.float64)


def shares(kinds: NDArray, weights: Floats | None = None) -> dict[str, float]:
    """The share of every kind among lines, each counted by its weight."""
    names, index = np.unique(kinds, return_inverse=True)
    counts = np.bincount(index, weights=weights, minlength=names.size)
    return {str(name): float(count / counts.sum()) for name, count in zip(names, counts, strict=True)}


def largest_gap(have: Mapping[str, float], wanted: Mapping[str, float]) -> float:
    """How far the share of any kind is from the wanted one, at most."""
    return max(abs(have.get(kind, 0.0) - wanted.get(kind, 0.0)) for kind in {*have, *wanted})


def effective_count(weights: Floats) -> float:
    """How many lines of equal weight are worth as much as these (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
