"""Measured lines weighted to look like the lines whose artist really is unknown.

Hidden artists are those somebody wrote down. Real unknowns are newer, show less, and their titles are played
elsewhere less often. What can be counted for both (`COLUMNS`) is made alike by raking: weights that give every
column the shares it has among the real ones. What shows only in the answer (whose track it is, whether the catalogue
knows the artist) cannot be made alike, and stays a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from enrichment_pipeline.evaluation.harness import MODEL, EvaluationResult
from enrichment_pipeline.evaluation.lines import Lines, describe_lines
from enrichment_pipeline.evaluation.metrics import (
    Answers,
    Bootstrap,
    Flags,
    Floats,
    Integers,
    Measured,
    Thresholds,
    measure_answers,
)
from enrichment_pipeline.evaluation.strata import PLAYS, in_steps
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.splink_model import Model, score_sql
from enrichment_pipeline.matching.train import Band

# Weights above so many times the mean are cut off: a few lines would else speak for all.
CAPS = (3.0, 10.0)
_ROUNDS = 100
_HIDDEN = "not shown"
# Of the later sets on; their lines are compared with each other only, because the catalogue knows less of them.
LATER_FROM = 2019
_YEARS = (
    (0, "no date"), (1900, "until 2009"), (2010, "2010-2012"), (2013, "2013-2014"), (2015, "2015"), (2016, "2016"),
    (2017, "2017"), (2018, "2018"), (2019, "2019"), (2020, "2020 and 2021"),
)  # fmt: skip
# Tracks nobody names, as in `unresolved_tracks`.
_UNKNOWN = "select track_key, null::varchar as label_key from plays where kind in ('track', 'unknown') group by 1 having not bool_or(artist_known)"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The lines whose artist is really unknown, and what the model says of them.

    Attributes:
        lines: what each of them is; counts are those of the train sets, as for measured lines.
        probability: of the first answer, by the train sets alone.
        is_auto: it would be written as an answer.
    """

    lines: Lines
    probability: Floats
    is_auto: Flags


def ask_unknown(con: duckdb.DuckDBPyConnection, model: Model, bands: Mapping[str, Band]) -> Unknown:
    """Ask for the tracks nobody names, with what the train sets know.

    Args:
        con: connection that `board.teach` prepared.
        model: the published model.
        bands: its thresholds by visibility.
    """
    questions.ask_unknown(con, _UNKNOWN)
    lines = describe_lines(con)
    evidence.number_everything(con)
    evidence.gather(con)
    con.execute(
        f"create or replace temp table scored as {score_sql(model, questions.visible(VISIBILITIES[0]))}"
    )
    make_posterior(con, "scored")
    rows = con.execute(
        "select coalesce(probability, 0) as probability from asked join question using (track_id)"
        " left join (select * from posterior where rank = 1) using (question_no) order by track_id, play_id"
    ).fetchnumpy()
    probability = np.asarray(rows["probability"], np.float64)
    least = np.array([bands[shown].auto for shown in _shown(lines)])
    return Unknown(lines, probability, probability >= least)


@dataclass(frozen=True, slots=True)
class Likened:
    """Results of one split with weights, or without.

    Attributes:
        split: sets asked.
        weights: what was made alike, in words.
        effective_lines: how many lines of equal weight are worth as much (Kish); a line that stands for several kinds
            of question counts once.
        measured: every measure, by name.
        largest_gap: of all shares in `COLUMNS` the one that is still farthest from the real ones'; None without weights.
    """

    split: str
    weights: str
    effective_lines: float
    measured: Mapping[str, Measured]
    largest_gap: float | None


@dataclass(frozen=True, slots=True)
class Margin:
    """A kind of line: its share among measured lines, real unknown ones, and measured ones with weights."""

    split: str
    column: str
    kind: str
    measured: float
    real: float
    weighted: float


@dataclass(frozen=True, slots=True)
class _Pile:
    """Every line of a split at every visibility its own text would allow: as many entries as pairs of these."""

    line: Integers
    lines: Lines
    shown: NDArray
    answers: Answers
    thresholds: Thresholds


def _shown(lines: Lines) -> NDArray:
    title, label = lines["has_title"].astype(bool), lines["has_label"].astype(bool)
    return np.select([title & label, title, label], ["title+label", "title", "label"], "none")


COLUMNS: Mapping[str, Callable[[Lines, NDArray], NDArray]] = {
    "what is shown": lambda lines, shown: shown,
    "year of the set": lambda lines, shown: in_steps(lines["year"], _YEARS),
    "plays of the title in the catalogue": lambda lines, shown: np.where(
        np.isin(shown, ["title+label", "title"]), in_steps(lines["title_plays"], PLAYS), _HIDDEN
    ),
    "plays of the label in the catalogue": lambda lines, shown: np.where(
        np.isin(shown, ["title+label", "label"]), in_steps(lines["label_plays"], PLAYS), _HIDDEN
    ),
    "how often the DJ plays himself elsewhere": lambda lines, shown: in_steps(lines["dj_self_plays"], PLAYS),
}

_ORDER = (*(v.name for v in VISIBILITIES), *(words for _, words in (*PLAYS, *_YEARS)), _HIDDEN)


def rake(
    kinds: Sequence[NDArray], targets: Sequence[Mapping[str, float]], *, cap: float, rounds: int = _ROUNDS
) -> Floats:
    """Weights with mean 1 that give each column the shares it should have, as far as the cap allows.

    Args:
        kinds: of each column, the kind of every line.
        targets: of each column, the share every kind should have; kinds that no line is of are left out.
        cap: no weight is larger.
        rounds: how often every column is set right in turn.
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
        weights = np.minimum(weights * weights.size / weights.sum(), cap)
    for _ in range(rounds):
        # what was cut off goes to the others, which may bring some of them to the cap
        weights = np.minimum(weights * weights.size / weights.sum(), cap)
    return np.asarray(weights * weights.size / weights.sum(), np.float64)


def liken(result: EvaluationResult, unknown: Unknown) -> tuple[list[Likened], list[Margin]]:
    """The model's results of every measured split, plain and made alike to the real unknown lines of its time."""
    likened: list[Likened] = []
    margins: list[Margin] = []
    for split, lines in result.lines.items():
        is_later = np.median(lines["year"]) >= LATER_FROM
        real = (unknown.lines["year"] >= LATER_FROM) == is_later
        if not real.any():
            continue
        pile = _pile(result, split)
        shown = _shown(unknown.lines)
        wanted = {name: _shares(column(unknown.lines, shown)[real], None) for name, column in COLUMNS.items()}
        kinds = {name: column(pile.lines, pile.shown) for name, column in COLUMNS.items()}
        plain = (pile.shown == VISIBILITIES[0].name).astype(float)
        everything = result.answers[split, VISIBILITIES[0].name, MODEL]
        thresholds = result.thresholds.get((split, VISIBILITIES[0].name))
        measured = measure_answers(everything, Bootstrap(lines.sets), thresholds)
        likened.append(_likened(split, "none: title and label shown", np.ones(lines.size), measured, None))
        first = next(iter(COLUMNS))
        weightings = [(first, [first], max(CAPS))]
        weightings += [(f"all columns, at most {cap:g} times the mean", list(COLUMNS), cap) for cap in CAPS]
        for words, names, cap in weightings:
            weights = rake([kinds[n] for n in names], [wanted[n] for n in names], cap=cap)
            gaps = {name: _gap(_shares(kinds[name], weights), wanted[name]) for name in names}
            bootstrap = Bootstrap(pile.lines.sets, line_weights=weights)
            measured = measure_answers(pile.answers, bootstrap, pile.thresholds)
            likened.append(
                _likened(
                    split, words, np.bincount(pile.line, weights).astype(float), measured, max(gaps.values())
                )
            )
        for name in COLUMNS:
            before, after = _shares(kinds[name], plain), _shares(kinds[name], weights)
            margins += [
                Margin(
                    split,
                    name,
                    kind,
                    before.get(kind, 0.0),
                    wanted[name].get(kind, 0.0),
                    after.get(kind, 0.0),
                )
                for kind in sorted({*wanted[name], *before}, key=_ORDER.index)
            ]
    return likened, margins


def _likened(
    split: str, words: str, weights: Floats, measured: Sequence[Measured], gap: float | None
) -> Likened:
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    return Likened(split, words, effective, {m.measure: m for m in measured}, gap)


def _shares(kinds: NDArray, weights: Floats | None) -> dict[str, float]:
    names, index = np.unique(kinds, return_inverse=True)
    counts = np.bincount(index, weights=weights, minlength=names.size)
    return {str(name): float(count / counts.sum()) for name, count in zip(names, counts, strict=True)}


def _gap(have: Mapping[str, float], wanted: Mapping[str, float]) -> float:
    return max(abs(have.get(kind, 0.0) - wanted.get(kind, 0.0)) for kind in {*have, *wanted})


def _pile(result: EvaluationResult, split: str) -> _Pile:
    lines = result.lines[split]
    chosen = [np.flatnonzero(_may_show(lines, v)) for v in VISIBILITIES]
    every, sizes = np.concatenate(chosen), [places.size for places in chosen]
    pairs = list(zip(VISIBILITIES, chosen, strict=True))
    # thresholds of a visibility are one number, or one for each line of the split
    cut = [(result.thresholds[split, v.name].take(places), places.size) for v, places in pairs]
    return _Pile(
        line=every,
        lines=Lines(lines.sets[every], {name: values[every] for name, values in lines.columns.items()}),
        shown=np.repeat([v.name for v in VISIBILITIES], sizes),
        answers=Answers.joined([result.answers[split, v.name, MODEL].take(places) for v, places in pairs]),
        thresholds=Thresholds(
            np.concatenate([np.broadcast_to(t.auto, size) for t, size in cut]),
            np.concatenate([np.broadcast_to(t.review, size) for t, size in cut]),
        ),
    )


def _may_show(lines: Lines, visibility: Visibility) -> NDArray:
    may = np.ones(lines.size, bool)
    if visibility.title:
        may &= lines["has_title"].astype(bool)
    if visibility.label:
        may &= lines["has_label"].astype(bool)
    return may
