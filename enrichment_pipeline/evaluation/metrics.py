"""Measures of one method's answers, each with a 95 % interval from resampling whole sets.

Numbers in, numbers out: which lines were asked and who answered them is not known here. All shares are
over all lines asked; a line without any candidate is a miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

ECE_BINS = 10
# What a method that says so should be held to, whatever its bands are.
_SURE = 0.9
COVERAGES_PERCENT = (5, 10, 15, 20, 25, 30)
# 300 resamples give the ends of a 95 % interval to about a tenth of its width.
RESAMPLES = 300
SEED = 20190101


@dataclass(frozen=True, slots=True)
class Answers:
    """What one method answered, one entry per question.

    Attributes:
        rank: place of the first right candidate in the method's list, from 1; 0 where none is right.
        exact_rank: the same where only equal keys count as right, not other spellings of them.
        names_first_artist: the first answer is the credit's first artist.
        answered: the method gave any answer.
        certainty: of the first answer, higher is surer; 0 where there is none. None when the method has none.
        is_probability: certainty is meant as the probability that the first answer is right.
        p_none: probability that no candidate is right; 1 where there is none. None when the method has none.
    """

    rank: Integers
    exact_rank: Integers
    names_first_artist: Flags
    answered: Flags
    certainty: Floats | None = None
    is_probability: bool = False
    p_none: Floats | None = None

    @property
    def is_hit(self) -> Flags:
        """Whether the first answer is right."""
        return self.rank == 1

    @property
    def probability(self) -> Floats:
        """Of the first answer, 0 where there is none; for methods whose certainty is a probability.

        Raises:
            ValueError: the method has no certainty.
        """
        if self.certainty is None:
            raise ValueError("this method does not say how sure it is")
        return np.clip(np.where(self.answered, self.certainty, 0.0), 0.0, 1.0)

    def take(self, chosen: NDArray) -> Answers:
        """The answers to some of the questions.

        Args:
            chosen: flags over the questions, or their places.
        """
        return Answers(
            self.rank[chosen],
            self.exact_rank[chosen],
            self.names_first_artist[chosen],
            self.answered[chosen],
            None if self.certainty is None else self.certainty[chosen],
            self.is_probability,
            None if self.p_none is None else self.p_none[chosen],
        )

    @staticmethod
    def joined(parts: Sequence[Answers]) -> Answers:
        """Answers of one method to several lots of questions, one after the other."""

        def all_or_none(values: Sequence[Floats | None]) -> Floats | None:
            there = [v for v in values if v is not None]
            return np.concatenate(there) if len(there) == len(values) else None

        return Answers(
            np.concatenate([p.rank for p in parts]),
            np.concatenate([p.exact_rank for p in parts]),
            np.concatenate([p.names_first_artist for p in parts]),
            np.concatenate([p.answered for p in parts]),
            all_or_none([p.certainty for p in parts]),
            all(p.is_probability for p in parts),
            all_or_none([p.p_none for p in parts]),
        )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least probability of the bands auto and review: one for all questions, or one each."""

    auto: float | Floats
    review: float | Floats

    def take(self, chosen: NDArray) -> Thresholds:
        """Those of some of the questions."""
        return Thresholds(
            self.auto if isinstance(self.auto, float) else self.auto[chosen],
            self.review if isinstance(self.review, float) else self.review[chosen],
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure with its interval; None where there was nothing to measure."""

    measure: str
    value: float | None
    low: float | None
    high: float | None


class Bootstrap:
    """Resamples whole sets: lines of one set share DJ, style and neighbours, so they are no independent draws.

    Args:
        sets: set number of each question, any integers.
        resamples: how many.
        seed: of the resampling; the same seed gives the same intervals.
        line_weights: how much each question counts; None counts all alike. They are taken as given: the intervals
            do not tell of what is uncertain about them.
    """

    def __init__(
        self,
        sets: Integers,
        *,
        resamples: int = RESAMPLES,
        seed: int = SEED,
        line_weights: Floats | None = None,
    ) -> None:
        _, self.set_index = np.unique(sets, return_inverse=True)
        self.set_count = int(self.set_index.max()) + 1 if self.set_index.size else 0
        share = np.full(self.set_count, 1 / max(self.set_count, 1))
        draws = np.random.default_rng(seed).multinomial(self.set_count, share, size=resamples)
        self.weights: Floats = draws.astype(np.float64)
        self.line_weights: Floats = np.ones(self.set_index.size) if line_weights is None else line_weights

    def sums(self, values: NDArray) -> Floats:
        """Weighted sum of `values` in each set."""
        weights = np.asarray(values, dtype=np.float64) * self.line_weights
        return np.bincount(self.set_index, weights=weights, minlength=self.set_count).astype(np.float64)

    def share(self, measure: str, part: NDArray, whole: NDArray) -> Measured:
        """Ratio of two sums over questions."""
        parts, wholes = self.sums(part), self.sums(whole)
        total = wholes.sum()
        if total == 0:
            return Measured(measure, None, None, None)
        drawn = self.weights @ wholes
        ratios = (self.weights @ parts)[drawn > 0] / drawn[drawn > 0]
        return Measured(measure, float(parts.sum() / total), *_interval(ratios))

    def count(self, measure: str, values: NDArray) -> Measured:
        """A plain total, without weights; a count has no interval here."""
        return Measured(measure, float(np.sum(values)), None, None)


def _interval(samples: Floats) -> tuple[float | None, float | None]:
    if samples.size == 0:
        return None, None
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(low), float(high)


def expected_calibration_error(
    bootstrap: Bootstrap, probability: Floats, is_hit: Flags, measure: str = "ece"
) -> Measured:
    """Mean distance of probability and share right in ten bins of equal width, weighted by questions."""
    if bootstrap.line_weights.sum() == 0:
        return Measured(measure, None, None, None)
    place = np.minimum((probability * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    cells = bootstrap.set_index * ECE_BINS + place
    size = bootstrap.set_count * ECE_BINS
    gap = np.bincount(cells, weights=(probability - is_hit) * bootstrap.line_weights, minlength=size)
    by_set = gap.reshape(bootstrap.set_count, ECE_BINS)
    questions = bootstrap.sums(np.ones(probability.size))

    gaps, drawn = np.abs(bootstrap.weights @ by_set).sum(axis=-1), bootstrap.weights @ questions
    value = float(np.abs(by_set.sum(axis=0)).sum() / questions.sum())
    return Measured(measure, value, *_interval(gaps[drawn > 0] / drawn[drawn > 0]))


def precision_at_coverage(
    bootstrap: Bootstrap, certainty: Floats, answered: Flags, is_hit: Flags, percents: Sequence[int]
) -> list[Measured]:
    """Share right among the surest answers that make up so many percent of all questions.

    Each resample is cut anew at its own most certain answers. None where fewer are answered at all.
    """
    order = np.lexsort((np.arange(certainty.size), -certainty, ~answered))
    hits = is_hit[order].astype(np.float32)
    counts = np.cumsum(bootstrap.line_weights[order])
    answered_count = float(bootstrap.line_weights[answered].sum())
    # single precision holds counts exactly, and this is the largest array of an evaluation
    weight = bootstrap.weights.astype(np.float32)[:, bootstrap.set_index[order]]
    weight *= bootstrap.line_weights[order].astype(np.float32)
    asked = weight.sum(axis=1)
    drawn = np.cumsum(weight, axis=1)
    right = np.cumsum(weight * hits, axis=1)
    points = np.cumsum(is_hit[order] * bootstrap.line_weights[order])
    found = []
    for percent in percents:
        measure = f"precision_at_{percent}%"
        last = int(np.searchsorted(counts, counts[-1] * percent / 100)) if counts.size else 0
        if counts.size == 0 or counts[last] > answered_count:
            found.append(Measured(measure, None, None, None))
            continue
        place = np.array(
            [np.searchsorted(row, share * percent / 100) for row, share in zip(drawn, asked, strict=True)]
        )
        place = np.minimum(place, certainty.size - 1)
        rows = np.arange(place.size)
        total = drawn[rows, place]
        samples = right[rows, place][total > 0] / total[total > 0]
        found.append(Measured(measure, float(points[last] / counts[last]), *_interval(samples)))
    return found


def measure_answers(
    answers: Answers, bootstrap: Bootstrap, thresholds: Thresholds | None = None
) -> list[Measured]:
    """Every measure a method's answers allow.

    Args:
        answers: of one method at one visibility.
        bootstrap: over the sets of the questions.
        thresholds: of the bands, where the method's probabilities are published in bands.
    """
    every = np.ones(answers.rank.size)
    in_ten = (answers.rank >= 1) & (answers.rank <= 10)
    reciprocal = np.divide(1.0, answers.rank, out=np.zeros(answers.rank.size), where=answers.rank > 0)
    found = [
        bootstrap.share("hit@1", answers.is_hit, every),
        bootstrap.share("hit@1_exact_key", answers.exact_rank == 1, every),
        bootstrap.share("hit@1_first_artist", answers.names_first_artist, every),
        bootstrap.share("hit@10", in_ten, every),
        bootstrap.share("mrr", reciprocal, every),
        bootstrap.share("answered", answers.answered, every),
    ]
    if answers.certainty is not None:
        found += precision_at_coverage(
            bootstrap, answers.certainty, answers.answered, answers.is_hit, COVERAGES_PERCENT
        )
    if answers.certainty is None or not answers.is_probability:
        return found
    probability = answers.probability
    is_sure = probability >= _SURE
    found += [
        bootstrap.share("hit@1_expected", probability, every),
        expected_calibration_error(bootstrap, probability, answers.is_hit),
        bootstrap.share("brier", (probability - answers.is_hit) ** 2, every),
        bootstrap.share("precision_p>=0.9", answers.is_hit & is_sure, is_sure),
        bootstrap.share("coverage_p>=0.9", is_sure, every),
    ]
    if answers.p_none is not None:
        # "none of these" is right where no candidate is
        is_none = answers.rank == 0
        found += [
            bootstrap.share("none_true", is_none, every),
            bootstrap.share("none_expected", answers.p_none, every),
            expected_calibration_error(bootstrap, answers.p_none, is_none, "none_ece"),
            bootstrap.share("none_brier", (answers.p_none - is_none) ** 2, every),
        ]
    if thresholds is not None:
        is_auto = answers.answered & (probability >= thresholds.auto)
        is_review = answers.answered & ~is_auto & (probability >= thresholds.review)
        found += [
            bootstrap.share("auto_precision", answers.is_hit & is_auto, is_auto),
            bootstrap.share("auto_precision_exact_key", (answers.exact_rank == 1) & is_auto, is_auto),
            bootstrap.share("auto_coverage", is_auto, every),
            bootstrap.share("review_precision", answers.is_hit & is_review, is_review),
            bootstrap.share("review_coverage", is_review, every),
            bootstrap.share("abstained", ~is_auto & ~is_review, every),
        ]
    return found


def coverage_curve(answers: Answers, *, points: int = 200) -> tuple[Floats, Floats]:
    """Coverage and precision as the threshold is lowered, for a plot; empty without certainties."""
    if answers.certainty is None or not answers.answered.any():
        return np.zeros(0), np.zeros(0)
    order = np.argsort(-answers.certainty[answers.answered], kind="stable")
    hits = np.cumsum(answers.is_hit[answers.answered][order])
    counts = np.arange(1, hits.size + 1)
    # the first few answers are noise on a plot
    taken = np.unique(np.linspace(min(19, hits.size - 1), hits.size - 1, points).astype(int))
    return counts[taken] / answers.rank.size, hits[taken] / counts[taken]


def reliability(answers: Answers) -> list[tuple[float, float, int]]:
    """Mean probability, share right and number of questions of each bin that has any."""
    if answers.certainty is None or not answers.is_probability:
        return []
    probability = answers.probability
    place = np.minimum((probability * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    found = []
    for bin_no in range(ECE_BINS):
        inside = place == bin_no
        if inside.any():
            found.append(
                (
                    float(probability[inside].mean()),
                    float(answers.is_hit[inside].mean()),
                    int(inside.sum()),
                )
            )
    return found
