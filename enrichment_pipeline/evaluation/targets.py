"""What the matcher is to reach: numbers set before it was built, as data, and whether results reach them.

Where they come from: the benchmark of the real sample (`SOURCE`), with its fixed split by whole set. They say
nothing of other tracklists or another split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enrichment_pipeline.evaluation.harness import MODEL, Row

SOURCE = "targets of the project's benchmark on the published sample, set before building"
HIDDEN_LABEL = "hidden label"
LABEL_METHOD = "track_labels"


@dataclass(frozen=True, slots=True)
class Target:
    """One number to reach.

    Attributes:
        split: sets it is measured on.
        visibility: what the questions show, or `HIDDEN_LABEL`.
        measure: as in table match_evaluation.
        goal: at least so much, or at most where `is_most`.
        is_most: less is better.
    """

    split: str
    visibility: str
    measure: str
    goal: float
    is_most: bool = False

    @property
    def method(self) -> str:
        """The method that is to reach it."""
        return LABEL_METHOD if self.visibility == HIDDEN_LABEL else MODEL


_TEST, _LATER = "test", "heldout_2019plus"
TARGETS: tuple[Target, ...] = (
    Target(_TEST, "title+label", "hit@1", 0.46),
    Target(_TEST, "title+label", "hit@10", 0.58),
    Target(_TEST, "title+label", "auto_precision", 0.985),
    Target(_TEST, "title+label", "auto_coverage", 0.25),
    Target(_TEST, "title+label", "ece", 0.02, is_most=True),
    Target(_TEST, "title", "hit@1", 0.38),
    Target(_TEST, "title", "hit@10", 0.47),
    Target(_TEST, "label", "hit@1", 0.19),
    Target(_TEST, "label", "hit@10", 0.38),
    Target(_LATER, "title+label", "hit@1", 0.20),
    Target(_LATER, "title+label", "hit@10", 0.30),
    Target(_LATER, "title+label", "auto_precision", 0.97),
    Target(_LATER, "title+label", "auto_coverage", 0.06),
    Target(_LATER, "title", "hit@1", 0.13),
    Target(_LATER, "title", "hit@10", 0.19),
    Target(_LATER, "label", "hit@1", 0.12),
    Target(_LATER, "label", "hit@10", 0.22),
    Target(_TEST, HIDDEN_LABEL, "coverage", 0.33),
    Target(_TEST, HIDDEN_LABEL, "accuracy", 0.92),
    Target(_LATER, HIDDEN_LABEL, "coverage", 0.09),
    Target(_LATER, HIDDEN_LABEL, "accuracy", 0.88),
)


def goals_of(split: str, visibility: str) -> dict[str, float]:
    """Goals of one table of the evaluation, by measure; empty where none were set."""
    return {t.measure: t.goal for t in TARGETS if (t.split, t.visibility) == (split, visibility)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what was measured.

    Attributes:
        target: what was to be reached.
        row: what was measured, with its interval; None where nothing was.
    """

    target: Target
    row: Row | None

    @property
    def missed_by(self) -> float | None:
        """How far the result is from the target; 0 where it is met, None where there is no result."""
        if self.row is None or self.row.value is None:
            return None
        distance = self.row.value - self.target.goal
        return max(distance if self.target.is_most else -distance, 0.0)

    @property
    def words(self) -> str:
        """Met, missed by how much, or why there is no result."""
        missed = self.missed_by
        if missed is None:
            return "not measured" if self.row is None else "nothing to measure"
        if missed == 0:
            return "met"
        return f"missed by {missed:.3f}" if missed >= 0.0005 else "missed by less than 0.001"


def judge(rows: Sequence[Row]) -> list[Verdict]:
    """Every target beside its result, in the order of `TARGETS`."""
    by_key = {(r.split, r.visibility, r.method, r.measure): r for r in rows}
    return [Verdict(t, by_key.get((t.split, t.visibility, t.method, t.measure))) for t in TARGETS]
