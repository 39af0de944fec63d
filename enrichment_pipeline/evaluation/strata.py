"""Results told apart by the kind of line: the DJ's own tracks, years, known and unknown artists, and so on.

Which kinds there are is data (`STRATA`); what a line is comes from `lines.py`, measures from `metrics.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enrichment_pipeline.evaluation.harness import MODEL, EvaluationResult
from enrichment_pipeline.evaluation.lines import Lines
from enrichment_pipeline.evaluation.metrics import Bootstrap, Measured, measure_answers

# With fewer lines, or lines of fewer sets, an interval says nothing, and neither does the number.
FEWEST_LINES, FEWEST_SETS = 30, 5
OTHER = "other"
# So many main classes have a line of their own.
_CLASSES = 8


@dataclass(frozen=True, slots=True)
class Stratum:
    """Results on the lines of one kind.

    Attributes:
        split: sets asked.
        visibility: what the questions showed.
        what: by what lines are told apart.
        kind: the kind of these.
        lines: how many there are.
        share: of all lines of the split.
        measured: every measure, by name.
    """

    split: str
    visibility: str
    what: str
    kind: str
    lines: int
    share: float
    measured: Mapping[str, Measured]


def in_steps(numbers: NDArray, steps: tuple[tuple[int, str], ...]) -> NDArray:
    """Words for numbers: those of the last step a number reaches; steps ascend, the first is the least there is."""
    places = np.searchsorted([least for least, _ in steps], numbers, side="right") - 1
    return np.array([words for _, words in steps])[np.maximum(places, 0)]


PLAYS = ((0, "0"), (1, "1"), (2, "2-5"), (6, "6-20"), (21, "more than 20"))
YEARS = (
    (0, "no date"), (1900, "until 2009"), (2010, "2010-2012"), (2013, "2013"), (2014, "2014"), (2015, "2015"),
    (2016, "2016"), (2017, "2017"), (2018, "2018"), (2019, "2019"), (2020, "2020 and 2021"),
)  # fmt: skip


def _own_track(lines: Lines) -> NDArray:
    return np.where(lines["is_dj"], "the DJ's own track", "another's track")


def _plays_himself(lines: Lines) -> NDArray:
    plays = in_steps(lines["dj_self_plays"], PLAYS)
    return np.where(
        lines["is_dj"],
        np.char.add("own, plays himself elsewhere: ", plays),
        np.char.add("another's, DJ plays himself elsewhere: ", plays),
    )


def _class(lines: Lines) -> NDArray:
    classes = np.where(lines["class"] == "", "none named", lines["class"]).astype(str)
    names, counts = np.unique(classes, return_counts=True)
    largest = names[np.lexsort((names, -counts))][:_CLASSES]
    return np.where(np.isin(classes, largest), classes, OTHER)


STRATA: Mapping[str, Callable[[Lines], NDArray]] = {
    "DJ is the artist": _own_track,
    "how often the DJ plays himself elsewhere": _plays_himself,
    "artist in the catalogue": lambda lines: np.where(lines["artist_plays"] > 0, "known", "unknown"),
    "plays of the artist in the catalogue": lambda lines: in_steps(lines["artist_plays"], PLAYS),
    "year of the set": lambda lines: in_steps(lines["year"], YEARS),
    "version": lambda lines: lines["version"],
    "main class of the set": _class,
}


def strata_of(result: EvaluationResult, split: str, visibility: str) -> list[Stratum]:
    """The model's results on every kind of line that has enough of them, in the order of `STRATA`."""
    answers, lines = result.answers[split, visibility, MODEL], result.lines[split]
    thresholds = result.thresholds.get((split, visibility))
    found = []
    for what, told_apart in STRATA.items():
        kinds = told_apart(lines).astype(str)
        for kind in _in_order(kinds):
            chosen = kinds == kind
            count = int(chosen.sum())
            if count < FEWEST_LINES or np.unique(lines.sets[chosen]).size < FEWEST_SETS:
                continue
            measured = measure_answers(
                answers.take(chosen),
                Bootstrap(lines.sets[chosen]),
                None if thresholds is None else thresholds.take(chosen),
            )
            by_name = {m.measure: m for m in measured}
            found.append(Stratum(split, visibility, what, kind, count, count / lines.size, by_name))
    return found


def _in_order(kinds: NDArray) -> list[str]:
    """Kinds as steps have them, then by alphabet; what is left over last."""
    steps = [words for _, words in (*PLAYS, *YEARS)]

    def place(kind: str) -> tuple[bool, str, int, str]:
        head, _, tail = kind.rpartition(": ")
        # own tracks before others'
        return (
            kind == OTHER,
            "" if head.startswith("own") else head,
            steps.index(tail) if tail in steps else -1,
            kind,
        )

    return sorted(set(kinds.tolist()), key=place)
