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

from enrichment_pipeline.evaluation import baselines, em, set_methods
from enrichment_pipeline.evaluation import learned as learned_methods
from enrichment_pipeline.evaluation.board import (
    Board,
    Outside,
    ask_split,
    asked_outside,
    fetch,
    rank,
    teach,
    visible_proposals,
)
from enrichment_pipeline.evaluation.lines import Lines, describe_lines
from enrichment_pipeline.evaluation.metrics import (
    RESAMPLES,
    SEED,
    Answers,
    Bootstrap,
    Flags,
    Measured,
    Thresholds,
    measure_answers,
)
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.external import outside_kind
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.splink_model import Model, score_sql
from enrichment_pipeline.matching.train import Band, masked_proposals

SPLITS = ("dev", "test", "heldout_2019plus")
MODEL = "splink_model"
# The same model where it sees nothing of outside sources; measured where they answered for any question.
WITHOUT_OUTSIDE = "splink_model_without_outside"
QUICK_METHODS: tuple[str, ...] = (MODEL, *baselines.CONTEXT_METHODS, *baselines.PROPOSAL_METHODS)
SET_METHODS = ("set_knn", "ease")
EM_METHODS = ("splink_em", "splink_em_posterior")
SUPERVISED_METHODS = ("logit", "gradient_boosting")
ALL_METHODS: tuple[str, ...] = (*QUICK_METHODS, *SET_METHODS, *EM_METHODS, *SUPERVISED_METHODS)

# Masked tracks the trained baselines see: enough for both (the logit needs 1,500), and some seconds each.
_MASKED_FOR_BOOSTING = 3_000
_MASKED_FOR_EM = 1_000
_RIVALS_ORDER = "order by md5('rivals' || play_id)"


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
        thresholds: of the bands the model's answers fall into, by split and visibility.
        lines: what kind of line each question of a split is about, by split.
        notes: what a method says of itself beyond measures, by method.
        seconds: by step.
    """

    rows: list[Row] = field(default_factory=list)
    answers: dict[tuple[str, str, str], Answers] = field(default_factory=dict)
    thresholds: dict[tuple[str, str], Thresholds] = field(default_factory=dict)
    lines: dict[str, Lines] = field(default_factory=dict)
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
    most_sets: int | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationResult:
    """Measure methods on sets the catalogue does not know.

    Args:
        con: connection with the views plays, set_splits, masked_tracks, external_candidates and
            external_lookups; temp tables of the matcher are made on it.
        model: the published model.
        bands: its thresholds by visibility.
        splits: which splits to ask; one without a known line gives no row.
        visibilities: what the questions may show.
        methods: names out of `ALL_METHODS`.
        most_sets: of each split, drawn by md5; None asks all of them.
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
    learned = _learn(con, model, methods, result, seed)
    for split in splits:
        with result.timed("evidence"):
            board = ask_split(con, split, most_sets=most_sets)
            if board is None:
                continue
            result.lines[split] = describe_lines(con)
        bootstrap = Bootstrap(board.sets, resamples=resamples, seed=seed)
        run = _SplitRun(con, model, bands, split, board, methods, result, bootstrap, learned)
        run.ask_context_methods(visibilities)
        for visibility in visibilities:
            run.ask(visibility)
    return result


@dataclass(slots=True)
class _Learned:
    """What was learned from the train sets before any split was asked."""

    sets: set_methods.SetModels | None = None
    em: Model | None = None
    boosting: learned_methods.Boosting | None = None


def _learn(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    methods: Sequence[str],
    result: EvaluationResult,
    seed: int,
) -> _Learned:
    learned = _Learned()
    if set(SET_METHODS) & set(methods):
        with result.timed("learn sets"):
            learned.sets = set_methods.learn_sets(con, with_regression="ease" in methods)
    wants_em = bool(set(EM_METHODS) & set(methods))
    wants_boosting = "gradient_boosting" in methods
    if not wants_em and not wants_boosting:
        return learned
    count = _MASKED_FOR_BOOSTING if wants_boosting else _MASKED_FOR_EM
    with result.timed("masked evidence"):
        questions.ask_hidden(
            con,
            f"play_id in (select play_id from masked_tracks {_RIVALS_ORDER} limit {count})",
        )
        evidence.number_everything(con)
        evidence.gather(con)
        con.execute(f"create or replace temp table masked_proposal as {masked_proposals()}")
    if wants_em:
        with result.timed("learn splink_em"):
            few = (
                "select * from masked_proposal where question_no in (select question_no from question"
                f" where track_id in (select play_id from masked_tracks {_RIVALS_ORDER} limit {_MASKED_FOR_EM}))"
            )
            trained = em.train_em(con, few, seed=seed)
            learned.em = trained.model
            result.notes["splink_em"] = trained.notes()
    if wants_boosting:
        with result.timed("learn gradient_boosting"):
            masked = "select * from masked_proposal"
            query = learned_methods.shortlist_query(masked, f"({score_sql(model, masked)})")
            learned.boosting = learned_methods.train_boosting(
                *learned_methods.features_of(con, query), seed=seed
            )
    con.execute("drop table masked_proposal")
    return learned


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
    learned: _Learned

    def ask_context_methods(self, visibilities: Sequence[Visibility]) -> None:
        """Methods that see neither title nor label: asked once, written at every visibility."""
        context = baselines.Context(self.con, self.board)
        for name, method in baselines.CONTEXT_METHODS.items():
            if name not in self.methods:
                continue
            with self.result.timed(name):
                answers = method(context)
            self._take_everywhere(visibilities, name, answers)
        sets = self.learned.sets
        if sets is None:
            return
        with self.result.timed("set questions"):
            asked = set_methods.read_questions(self.con, self.board, sets)
        for name, of_sets in (("set_knn", set_methods.set_knn), ("ease", set_methods.ease)):
            if name in self.methods:
                with self.result.timed(name):
                    answers = of_sets(sets, asked)
                self._take_everywhere(visibilities, name, answers)

    def ask(self, visibility: Visibility) -> None:
        """Everything that depends on what the questions show."""
        outside = asked_outside(self.con, self.board, visibility)
        if MODEL in self.methods and outside.answered.any():
            with self.result.timed(WITHOUT_OUTSIDE):
                self._score(questions.visible(visibility, outside=False))
                answers = self._ask_model(visibility, WITHOUT_OUTSIDE, outside)
                recall = self.bootstrap.share("candidate_recall", answers.rank > 0, np.ones(self.board.size))
                self._write(visibility.name, WITHOUT_OUTSIDE, [recall])
                self._write_outside(visibility, WITHOUT_OUTSIDE, answers, outside)
        with self.result.timed(MODEL):
            self._score(questions.visible(visibility))
            if MODEL in self.methods:
                answers = self._ask_model(visibility, MODEL, outside)
                self._write_facts(visibility, answers)
                if outside.answered.any():
                    self._write_outside(visibility, MODEL, answers, outside)
        shown = {name for name in ("title", "label") if getattr(visibility, name)}
        if self.learned.em is not None:
            self._ask_em(visibility, self.learned.em)
        if "logit" in self.methods:
            with self.result.timed("logit"):
                self._ask_logit(visibility)
        if self.learned.boosting is not None:
            with self.result.timed("gradient_boosting"):
                self._ask_boosting(visibility, self.learned.boosting)
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

    def _score(self, shown: str) -> None:
        self.con.execute(f"create or replace temp table scored as {score_sql(self.model, shown)}")

    def _ask_model(self, visibility: Visibility, method: str, outside: Outside) -> Answers:
        make_posterior(self.con, "scored", visibility=visibility, outside=method == MODEL)
        answers = read_posterior(self.con, self.board)
        # a row per candidate each: what follows would else spill to disk
        for table in ("own_mass", "sharing", "together", "posterior"):
            self.con.execute(f"drop table if exists {table}")
        thresholds = self._thresholds(visibility.name, method, outside.named)
        self._take(visibility.name, method, answers, thresholds)
        if method == MODEL and thresholds is not None:
            self.result.thresholds[self.split, visibility.name] = thresholds
        return answers

    def _thresholds(self, visibility: str, method: str, named_outside: Flags) -> Thresholds | None:
        band = self.bands.get(visibility)
        other = self.bands.get(outside_kind(visibility))
        # thresholds of lines that nobody outside names say nothing of what the others are worth without
        if band is None or (other is not None and method == WITHOUT_OUTSIDE):
            return None
        other = other or band
        return Thresholds(
            np.where(named_outside, other.auto, band.auto), np.where(named_outside, other.review, band.review)
        )

    def _write_facts(self, visibility: Visibility, answers: Answers) -> None:
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

    def _write_outside(self, visibility: Visibility, method: str, answers: Answers, outside: Outside) -> None:
        """What the answered questions alone come to: with few of them asked, the others drown the difference."""
        every = np.ones(self.board.size)
        in_ten = (answers.rank >= 1) & (answers.rank <= 10)
        self._write(
            visibility.name,
            method,
            [
                self.bootstrap.share("outside_answered", outside.answered, every),
                self.bootstrap.share("outside_named", outside.named, outside.answered),
                self.bootstrap.share("outside_named_right", outside.right, outside.answered),
                self.bootstrap.share(
                    "hit@1_outside_answered", answers.is_hit & outside.answered, outside.answered
                ),
                self.bootstrap.share("hit@10_outside_answered", in_ten & outside.answered, outside.answered),
            ],
        )

    def _ask_em(self, visibility: Visibility, model: Model) -> None:
        with self.result.timed("splink_em"):
            query = score_sql(model, questions.visible(visibility))
            pairs = fetch(self.con, query, ("match_weight",))
            weight = pairs["match_weight"].astype(np.float64)
            certainties = {
                "splink_em": em.match_probability(weight),
                "splink_em_posterior": learned_methods.softmax(pairs.question, weight * np.log(2)),
            }
            for name, sure in certainties.items():
                if name in self.methods:
                    answers = rank(self.board, pairs, weight, certainty=sure, is_probability=True)
                    self._take(visibility.name, name, answers)

    def _ask_logit(self, visibility: Visibility) -> None:
        query = learned_methods.levels_query(questions.visible(visibility))
        proposals = fetch(self.con, query, learned_methods.LEVEL_COLUMNS)
        self._take(visibility.name, "logit", learned_methods.logit(self.board, self.model, proposals))

    def _ask_boosting(self, visibility: Visibility, trained: learned_methods.Boosting) -> None:
        query = learned_methods.shortlist_query(questions.visible(visibility), "scored")
        proposals = fetch(self.con, query)
        _, _, features = learned_methods.features_of(self.con, query)
        answers = learned_methods.boosting(self.board, trained, proposals, features)
        self._take(visibility.name, "gradient_boosting", answers)

    def _take_everywhere(self, visibilities: Sequence[Visibility], method: str, answers: Answers) -> None:
        with self.result.timed("intervals"):
            measured = measure_answers(answers, self.bootstrap)
        for visibility in visibilities:
            self.result.answers[self.split, visibility.name, method] = answers
            self._write(visibility.name, method, measured)

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
_POSTERIOR_TOP = "select question_no, artist_no, probability, p_none from posterior where rank = 1"


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
    artist, probability, p_none = np.full(board.size, -1), np.zeros(board.size), np.ones(board.size)
    artist[index] = top["artist_no"]
    probability[index] = top["probability"]
    p_none[index] = top["p_none"]
    first = artist == board.first_artist
    return Answers(place, exact, first, answered, probability, is_probability=True, p_none=p_none)
