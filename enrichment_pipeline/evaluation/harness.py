"""The evaluation: hide every known artist of a split, ask every method, measure.

Leave-out is that of the matcher itself (`matching.questions`): only train sets teach, and a hidden line
is no evidence for itself. Tables and files are written in `store.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import numpy as np

from enrichment_pipeline.evaluation import baselines
from enrichment_pipeline.evaluation.board import Board, ask_split, teach, visible_proposals
from enrichment_pipeline.evaluation.metrics import (
    RESAMPLES,
    SEED,
    Answers,
    Bootstrap,
    Measured,
    Thresholds,
    measure_answers,
)
from enrichment_pipeline.matching import questions
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.splink_model import Model, score_sql
from enrichment_pipeline.matching.train import Band

SPLITS = ("dev", "test", "heldout_2019plus")
MODEL = "splink_model"
QUICK_METHODS: tuple[str, ...] = (MODEL, *baselines.CONTEXT_METHODS, *baselines.PROPOSAL_METHODS)
ALL_METHODS: tuple[str, ...] = QUICK_METHODS


class UnknownMethodError(ValueError):
    """A method was asked for that there is not; the text names those there are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number of the evaluation, as in table match_evaluation."""

    split: str
    visibility: str
    method: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    model_hash: str | None = None


@dataclass(slots=True)
class EvaluationResult:
    """All numbers, the answers plots are drawn from, and what each step took.

    Attributes:
        rows: every measure of every method.
        answers: by split, visibility and method.
        notes: what a method says of itself beyond measures, by method.
        seconds: by step.
    """

    rows: list[Row] = field(default_factory=list)
    answers: dict[tuple[str, str, str], Answers] = field(default_factory=dict)
    notes: dict[str, dict[str, float | str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def value(self, split: str, visibility: str, method: str, measure: str) -> float | None:
        """One number; None when it is not there or has no value."""
        wanted = (split, visibility, method, measure)
        return next(
            (r.value for r in self.rows if (r.split, r.visibility, r.method, r.measure) == wanted), None
        )

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of the block to a step's seconds."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


def evaluate(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    bands: Mapping[str, Band],
    *,
    splits: Sequence[str] = SPLITS,
    visibilities: Sequence[Visibility] = VISIBILITIES,
    methods: Sequence[str] = ALL_METHODS,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationResult:
    """Measure methods on sets the catalogue does not know.

    Args:
        con: connection with the views plays, set_splits and masked_tracks; temp tables of the matcher are
            made on it.
        model: the published model.
        bands: its thresholds by visibility.
        splits: which splits to ask; one without a known line gives no row.
        visibilities: what the questions may show.
        methods: names out of `ALL_METHODS`.
        resamples: of the bootstrap.
        seed: of the bootstrap and of what is drawn to train a baseline.

    Raises:
        UnknownMethodError: a method's name is not one of `ALL_METHODS`.
    """
    unknown = set(methods) - set(ALL_METHODS)
    if unknown:
        raise UnknownMethodError(
            f"no such method: {', '.join(sorted(unknown))}; there are {', '.join(ALL_METHODS)}"
        )
    result = EvaluationResult()
    with result.timed("names"):
        teach(con)
    for split in splits:
        with result.timed("evidence"):
            board = ask_split(con, split)
        if board is None:
            continue
        run = _SplitRun(
            con,
            model,
            bands,
            split,
            board,
            methods,
            result,
            Bootstrap(board.sets, resamples=resamples, seed=seed),
        )
        run.ask_context_methods(visibilities)
        for visibility in visibilities:
            run.ask(visibility)
    return result


@dataclass(slots=True)
class _SplitRun:
    """One split: the connection on which it was asked, and where its numbers go."""

    con: duckdb.DuckDBPyConnection
    model: Model
    bands: Mapping[str, Band]
    split: str
    board: Board
    methods: Sequence[str]
    result: EvaluationResult
    bootstrap: Bootstrap

    def ask_context_methods(self, visibilities: Sequence[Visibility]) -> None:
        """Methods that see neither title nor label: asked once, written at every visibility."""
        context = baselines.Context(self.con, self.board)
        for name, method in baselines.CONTEXT_METHODS.items():
            if name not in self.methods:
                continue
            with self.result.timed(name):
                answers = method(context)
                for visibility in visibilities:
                    self._take(visibility.name, name, answers)

    def ask(self, visibility: Visibility) -> None:
        """Everything that depends on what the questions show."""
        if MODEL in self.methods:
            with self.result.timed(MODEL):
                self._ask_model(visibility)
        shown = {name for name in ("title", "label") if getattr(visibility, name)}
        wanted = [
            (name, method)
            for name, (method, looks_at) in baselines.PROPOSAL_METHODS.items()
            if name in self.methods and (not looks_at or looks_at & shown)
        ]
        if wanted:
            with self.result.timed("proposals"):
                proposals = visible_proposals(self.con, visibility, baselines.COLUMNS)
            for name, method in wanted:
                with self.result.timed(name):
                    self._take(visibility.name, name, method(self.board, proposals))

    def _ask_model(self, visibility: Visibility) -> None:
        shown = questions.visible(visibility)
        self.con.execute(f"create or replace temp table scored as {score_sql(self.model, shown)}")
        make_posterior(self.con, "scored", shows_title=visibility.title)
        answers = read_posterior(self.con, self.board)
        band = self.bands.get(visibility.name)
        thresholds = Thresholds(band.auto, band.review) if band else None
        self._take(visibility.name, MODEL, answers, thresholds)
        every = np.ones(self.board.size)
        line = self.board.is_dj_line
        self._write(
            visibility.name,
            MODEL,
            [
                self.bootstrap.share("artist_in_catalogue", self.board.in_catalogue, every),
                self.bootstrap.share("candidate_recall", answers.rank > 0, every),
                self.bootstrap.share("hit@1_dj_is_artist", answers.is_hit & line, line),
                self.bootstrap.share("dj_is_artist_share", line, every),
                self.bootstrap.count("questions", every),
                Measured("sets", float(self.bootstrap.set_count), None, None),
            ],
        )

    def _take(
        self, visibility: str, method: str, answers: Answers, thresholds: Thresholds | None = None
    ) -> None:
        self.result.answers[self.split, visibility, method] = answers
        with self.result.timed("intervals"):
            self._write(visibility, method, measure_answers(answers, self.bootstrap, thresholds))

    def _write(self, visibility: str, method: str, measured: Sequence[Measured]) -> None:
        model_hash = self.model.model_hash if method == MODEL else None
        self.result.rows += [
            Row(self.split, visibility, method, m.measure, m.value, m.low, m.high, model_hash)
            for m in measured
        ]


_POSTERIOR_PLACES = """
select r.question_no, min(p.rank) as place, min(p.rank) filter (r.is_exact) as exact_place
from posterior p join right_artist r using (question_no, artist_no) group by 1
"""
_POSTERIOR_TOP = "select question_no, artist_no, probability from posterior where rank = 1"


def read_posterior(con: duckdb.DuckDBPyConnection, board: Board) -> Answers:
    """Answers as the temp table `posterior` has them."""
    place, exact = np.zeros(board.size, np.int64), np.zeros(board.size, np.int64)
    rows = con.execute(_POSTERIOR_PLACES).fetchnumpy()
    index = np.asarray(rows["question_no"], np.int64) - 1
    place[index] = np.ma.filled(rows["place"], 0)
    exact[index] = np.ma.filled(rows["exact_place"], 0)
    top = con.execute(_POSTERIOR_TOP).fetchnumpy()
    index = np.asarray(top["question_no"], np.int64) - 1
    answered = np.zeros(board.size, bool)
    answered[index] = True
    artist, probability = np.full(board.size, -1), np.zeros(board.size)
    artist[index] = top["artist_no"]
    probability[index] = top["probability"]
    return Answers(place, exact, artist == board.first_artist, answered, probability, is_probability=True)
