"""Whether a newly learned model takes the place of the one in use: both are asked the same dev questions.

A model that is worse on the sets nobody learned from answers nobody, however new it is. Pure: measuring stands in
`train.py`, the pointer in `current.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

# Share of dev questions answered right first that a new model may lose: noise of the draw, not a fault.
HIT_TOLERANCE = 0.005
# With fewer dev questions a single one decides; the model that knows the present plays is then taken.
FEWEST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Score:
    """How a model answers the dev questions that show title and label.

    Attributes:
        questions: asked.
        hit_at_1: share whose first answer is right.
        auto_precision: share right of those written as answers; None where none is.
    """

    questions: int
    hit_at_1: float
    auto_precision: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the new model is used, and why."""

    is_used: bool
    words: str


def judge(
    new: Score,
    current: Score | None,
    *,
    least_auto_precision: float,
    tolerance: float = HIT_TOLERANCE,
    fewest_questions: int = FEWEST_QUESTIONS,
) -> Verdict:
    """Decide.

    Args:
        new: of the model just learned.
        current: of the model in use, on the same questions; None where there is none or it cannot be asked.
        least_auto_precision: what is written as an answer must be right so often on dev.
        tolerance: share of first answers the new model may lose.
        fewest_questions: with fewer, nothing is proven against the new one.
    """
    if current is None:
        return Verdict(True, "used: there is no model to compare with")
    against = f"right first on dev {new.hit_at_1:.3f}, the model in use {current.hit_at_1:.3f}"
    if new.questions < fewest_questions:
        return Verdict(True, f"used: {new.questions:,} dev questions prove nothing against it; {against}")
    if new.auto_precision is not None and new.auto_precision < least_auto_precision:
        what = f"what it would write as answers is right in {new.auto_precision:.3f} of the cases on dev"
        return Verdict(False, f"not used: {what}, {least_auto_precision:.3f} are asked for; {against}")
    if new.hit_at_1 < current.hit_at_1 - tolerance:
        return Verdict(False, f"not used: worse by more than {tolerance:.3f}; {against}")
    return Verdict(True, f"used: {against}")
