"""Measured lines weighted to look like the lines whose artist really is unknown.

Hidden artists are those somebody wrote down. Real unknowns are newer, show less, and their titles are played
elsewhere less often. What can be counted for both (`COLUMNS`) is made alike by raking: weights that give every
column the shares it has among the real ones. What shows only in the answer (whose track it is, whether the catalogue
knows the artist) cannot be made alike, and stays a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from enrichment_pipeline.evaluation.raking import effective_count, largest_gap, rake, shares
from enrichment_pipeline.evaluation.strata import PLAYS, in_steps
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.splink_model import Model, score_sql
from enrichment_pipeline.matching.train import Band

# Weights above so many times the mean are cut off: a few lines would else speak for all.
CAPS = (3.0, 10.0)
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


def liken(result: EvaluationResult, unknown: Unknown) -> tuple[list[Likened], list[Margin]]:
    """The model's results of every measured split, plain and made alike to the real unknown lines of its time.

    Raises:
        ValueError: there are so few lines that none is like the real ones.
    """
    likened: list[Likened] = []
    margins: list[Margin] = []
    real_shown = _shown(unknown.lines)
    for split, lines in result.lines.items():
        is_later = np.median(lines["year"]) >= LATER_FROM
        real = (unknown.lines["year"] >= LATER_FROM) == is_later
        if not real.any():
            continue
        wanted = {name: shares(column(unknown.lines, real_shown)[real]) for name, column in COLUMNS.items()}
        pile = _pile(result, split)
        likened.append(_plain(result, split))
        first, cap = next(iter(COLUMNS)), max(CAPS)
        found, weights = _weighted(split, first, pile, {first: wanted[first]}, cap)
        likened.append(found)
        for cap in CAPS:
            words = f"all columns, at most {cap:g} times the mean"
            found, weights = _weighted(split, words, pile, wanted, cap)
            likened.append(found)
        margins += _margins(split, pile, wanted, weights)
    return likened, margins


def _plain(result: EvaluationResult, split: str) -> Likened:
    """Everything shown, every line alike: what stands in all other tables."""
    shown, lines = VISIBILITIES[0].name, result.lines[split]
    answers, thresholds = result.answers[split, shown, MODEL], result.thresholds.get((split, shown))
    measured = measure_answers(answers, Bootstrap(lines.sets), thresholds)
    words = "nothing; title and label shown"
    return Likened(split, words, float(lines.size), {m.measure: m for m in measured}, None)


def _weighted(
    split: str, words: str, pile: _Pile, wanted: Mapping[str, Mapping[str, float]], cap: float
) -> tuple[Likened, Floats]:
    kinds = {name: COLUMNS[name](pile.lines, pile.shown) for name in wanted}
    weights = rake(list(kinds.values()), list(wanted.values()), cap=cap)
    bootstrap = Bootstrap(pile.lines.sets, line_weights=weights)
    measured = measure_answers(pile.answers, bootstrap, pile.thresholds)
    by_line = np.bincount(pile.line, weights).astype(np.float64)
    gap = max(largest_gap(shares(kinds[name], weights), wanted[name]) for name in wanted)
    found = Likened(split, words, effective_count(by_line), {m.measure: m for m in measured}, gap)
    return found, weights


def _margins(
    split: str, pile: _Pile, wanted: Mapping[str, Mapping[str, float]], weights: Floats
) -> list[Margin]:
    plain = (pile.shown == VISIBILITIES[0].name).astype(np.float64)
    margins = []
    for name, real in wanted.items():
        kinds = COLUMNS[name](pile.lines, pile.shown)
        before, after = shares(kinds, plain), shares(kinds, weights)
        margins += [
            Margin(split, name, kind, before.get(kind, 0.0), real.get(kind, 0.0), after.get(kind, 0.0))
            for kind in sorted({*real, *before}, key=_ORDER.index)
        ]
    return margins


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
