"""Whether any baseline beats the model: both answered the same lines, so the difference has an interval of its own.

What the methods are stands in `harness.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enrichment_pipeline.evaluation.harness import MODEL, WITHOUT_OUTSIDE, EvaluationResult
from enrichment_pipeline.evaluation.metrics import Answers, Bootstrap, Flags, Measured

MEASURES = ("hit@1", "hit@10")


@dataclass(frozen=True, slots=True)
class Rival:
    """How far the best baseline is ahead of the model; behind where the number is negative.

    Attributes:
        split: sets asked.
        visibility: what the questions showed.
        measure: hit@1 or hit@10.
        method: the baseline with the highest share.
        ahead: its share less the model's, with the interval of that difference.
    """

    split: str
    visibility: str
    measure: str
    method: str
    ahead: Measured

    @property
    def beats(self) -> bool:
        """Whether it is ahead at all, however little."""
        return (self.ahead.value or 0) > 0


def best_rivals(result: EvaluationResult) -> list[Rival]:
    """The best baseline of every split, visibility and measure; those the model was not asked for are left out."""
    found = []
    for split, visibility in dict.fromkeys((s, v) for s, v, method in result.answers if method == MODEL):
        others = [
            (method, answers)
            for (s, v, method), answers in result.answers.items()
            if (s, v) == (split, visibility) and method not in (MODEL, WITHOUT_OUTSIDE)
        ]
        if others:
            bootstrap = Bootstrap(result.lines[split].sets)
            model = result.answers[split, visibility, MODEL]
            found += [_best(split, visibility, measure, model, others, bootstrap) for measure in MEASURES]
    return found


def _best(
    split: str,
    visibility: str,
    measure: str,
    model: Answers,
    others: Sequence[tuple[str, Answers]],
    bootstrap: Bootstrap,
) -> Rival:
    method, answers = max(others, key=lambda other: int(_right(other[1], measure).sum()))
    difference = _right(answers, measure).astype(float) - _right(model, measure)
    ahead = bootstrap.share(measure, difference, np.ones(difference.size))
    return Rival(split, visibility, measure, method, ahead)


def _right(answers: Answers, measure: str) -> Flags:
    return (answers.rank >= 1) & (answers.rank <= int(measure.removeprefix("hit@")))
