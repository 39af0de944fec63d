"""Learning the weights by self-supervision: hide known artists, gather evidence without them, fit, measure bands.

Weights come from masked tracks of the teaching sets (each asked without its own set); bands come from the
dev sets, which teach nothing. Test and later sets are not looked at here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb
import numpy as np

from enrichment_pipeline.matching import evidence, external, logit, questions, spelling
from enrichment_pipeline.matching.comparisons import COMPARISONS, Comparison
from enrichment_pipeline.matching.current import current_path, model_path, use_model
from enrichment_pipeline.matching.gate import Score, Verdict, judge
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.splink_model import Model, blank_settings, score_sql, with_weights

# Measured on dev of the real sample: 1,500 masked tracks give stable weights, 12,000 steady the rare levels, 20,000 and
# more make the surest answers surer (share of lines at .985: .314 instead of .306) and change hit@1 by .001.
MASKED_TRACKS = 20_000
# Evidence of 12,000 lines fits into the memory a run may take; whole sets are asked, so parts differ a little in size.
_ASKED_AT_ONCE = 10_000
# Of five masked tracks two are asked with all that is known, one each with less; weights of rare situations
# (label only, nothing) need enough cases of their own.
_VISIBILITY_BY_DIGIT = (0, 0, 1, 2, 3)
AUTO_PRECISION = 0.985
# The next sets, not these, must hold the precision: in 19 of 20 cases as many new lines shall be right as often. Their
# share differs from that of dev by the errors of both, hence the root of two; a threshold chosen at the point is right less
# often elsewhere, and a wrong answer is worse than a missing one. Lines of one set are wrong together: over resampled dev
# sets the error of the auto band's precision is 1.13 times that of as many lone lines.
_CONFIDENCE_Z = 1.645 * 1.13 * 2**0.5
_FEWEST_AUTO = 40
# Below this nothing is learned of outside sources: a few dozen answers would set weights that write answers down.
FEWEST_NAMED_OUTSIDE = 200
# What the question of a verdict counts for in learning, beside 1 of a masked line: it is about a track that really was
# unknown, and masked lines only resemble those. Chosen, not measured: there are too few verdicts yet. The gate judges
# the model that comes of it as any other.
VERDICT_WEIGHT = 5.0
VERDICT_WEIGHT_VARIABLE = "ENRICHMENT_VERDICT_WEIGHT"
REVIEW_PRECISION = 0.5


@dataclass(frozen=True, slots=True)
class Band:
    """Thresholds of one kind of question, on the probability of a question's first answer.

    Attributes:
        auto: least probability that is written as an answer; above 1 where no threshold was precise enough.
        review: least probability worth a person's look; below it the track cools down.
        auto_precision: share right among dev answers at or above `auto`.
        auto_coverage: share of dev questions at or above `auto`.
        questions: dev questions asked.
    """

    auto: float
    review: float
    auto_precision: float | None
    auto_coverage: float
    questions: int


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with the bands measured for it and how it was learned.

    Attributes:
        model: the model.
        bands: thresholds by kind of question: a visibility, or `external.outside_kind` of one.
        masked: masked tracks it learned from.
        dev: dev questions the bands were measured on.
        iterations: of the fit.
        log_loss: nats a question.
        named_outside: masked tracks for whose title outside sources name somebody.
        dev_named_outside: dev questions of which the same holds.
        score: how it answers the dev questions that show title and label.
        score_in_use: the same of the model in use; None where there is none, its comparisons are others, or it
            learned from a verdict that does not stand any more.
        verdicts: entries of the ledger it learned from, in order.
    """

    model: Model
    bands: Mapping[str, Band]
    masked: int
    dev: int
    iterations: int
    log_loss: float
    named_outside: int
    dev_named_outside: int
    score: Score
    score_in_use: Score | None = None
    verdicts: tuple[str, ...] = ()


# Whole sets are masked, not lines here and there: evidence is gathered per set, so 12,000 lines of 600 sets cost a
# quarter of 12,000 lines of 3,000, and a dev set is asked whole as well.
MASKED = f"""
with line as (
    select play_id, set_key, set_group, track_key, bucket, cast('0x' || substr(md5(play_id), 9, 4) as integer) % 5 as digit
    from plays join set_splits using (set_key) where artist_known and artist_verdict is null and split = 'train'
), running as (
    select set_group, sum(count(*)) over (order by md5('mask' || set_group) rows unbounded preceding) - count(*) as before
    from line group by set_group
)
select line.* exclude (digit),
    ['title+label', 'title', 'label', 'none'][1 + {list(_VISIBILITY_BY_DIGIT)}[1 + digit]] as visibility
from line join running using (set_group) where before < $masked
"""


def choices(
    con: duckdb.DuckDBPyConnection,
    proposals: str,
    comparisons: Sequence[Comparison] = COMPARISONS,
    *,
    verdict_weight: float = 1.0,
) -> logit.Choices:
    """Levels of proposals as `logit.Choices`; alike candidates of a question become one row with a count.

    Args:
        con: connection with the proposals.
        proposals: query with question_no, is_truth and the proposal columns.
        comparisons: whose levels to take.
        verdict_weight: what the question of a verdict counts for; every other counts for 1.
    """
    decided = f"question_no in (select question_no from question where {questions.VERDICT_QUESTION})"
    levels = ", ".join(f"cast({c.sql()} as tinyint) as l{i}" for i, c in enumerate(comparisons))
    rows = con.execute(
        f"select question_no, is_truth, {levels}, count(*)::double as times, {decided} as is_decided"
        f" from ({proposals}) group by all order by all"
    ).fetchnumpy()
    return logit.Choices(
        levels=np.stack([np.asarray(rows[f"l{i}"]) for i in range(len(comparisons))], axis=1).astype(
            np.int16
        ),
        sizes=tuple(len(c.levels) for c in comparisons),
        questions=np.asarray(rows["question_no"]).astype(np.int64),
        right=np.asarray(rows["is_truth"]).astype(bool),
        times=np.asarray(rows["times"]).astype(float),
        weights=np.where(np.asarray(rows["is_decided"]).astype(bool), verdict_weight, 1.0),
    )


def fit_model(
    con: duckdb.DuckDBPyConnection, proposals: str, *, verdict_weight: float = VERDICT_WEIGHT
) -> tuple[Model, logit.Weights, int]:
    """Fit the logit to proposals and store it as a splink model; also the weights and number of questions."""
    return fit_choices(choices(con, proposals, verdict_weight=verdict_weight))


def fit_choices(
    learned_from: logit.Choices, comparisons: Sequence[Comparison] = COMPARISONS
) -> tuple[Model, logit.Weights, int]:
    """Fit the logit to choices and store it as a splink model; also the weights and number of questions.

    Args:
        learned_from: levels of candidates.
        comparisons: those of the choices, in their order.
    """
    weights = logit.fit(learned_from)
    total = learned_from.times.sum()
    shares = [
        np.bincount(learned_from.levels[:, i], weights=learned_from.times, minlength=size) / total
        for i, size in enumerate(learned_from.sizes)
    ]
    told = replace(weights, levels=centred(weights.levels, shares, comparisons))
    return with_weights(blank_settings(comparisons), told, shares), weights, int(learned_from.starts.size)


def centred(
    weights: Sequence[np.ndarray],
    shares: Sequence[np.ndarray],
    comparisons: Sequence[Comparison] = COMPARISONS,
) -> tuple[np.ndarray, ...]:
    """The same scores, told so that each comparison speaks for itself.

    A comparison told apart by whether the candidate has the title holds, in all its levels for those who have it, a share of
    what the title itself is worth: the fit cannot tell where it belongs. Here it goes to comparison `title`, and the
    average candidate of either kind is at 0 elsewhere. No candidate's score changes.

    Args:
        weights: of each comparison, by level number.
        shares: of all candidates, by level number.
        comparisons: whose they are; without `title` among them there is nowhere to move a share, and nothing moves.
    """
    kinds = [np.array([level.of_titled for level in reversed(c.levels)], dtype=object) for c in comparisons]
    told = [np.array(w, float) for w in weights]
    title = next((i for i, c in enumerate(comparisons) if c.name == "title"), None)
    if title is None:
        return tuple(told)
    for i in range(len(told)):
        if i == title:
            continue
        for kind in (True, False):
            of_kind = kinds[i] == kind
            if shares[i][of_kind].sum() > 0:
                average = float(np.average(told[i][of_kind], weights=shares[i][of_kind]))
                told[i][of_kind] -= average
                told[title][kinds[title] == kind] += average
    return tuple(told)


_TEACHING = "set_key in (select set_key from set_splits where split = 'train')"


def ask_masked(con: duckdb.DuckDBPyConnection) -> None:
    """Gather evidence for `masked_tracks` and for tracks people decided; needs the views that `train` needs."""
    questions.teach(con, _TEACHING)
    _ask_part(con, 0, 1)


def _ask_part(con: duckdb.DuckDBPyConnection, part: int, parts: int) -> None:
    """Gather evidence for one part of the masked tracks, whole sets at a time; the last has the decided tracks too."""
    mine = f"cast('0x' || substr(md5(set_group), 1, 4) as integer) % {parts} = {part}"
    questions.ask_hidden(con, f"play_id in (select play_id from masked_tracks where {mine})")
    if part == parts - 1:
        # sets that measure teach nothing, verdicts in them neither
        questions.ask_decided_too(con, _TEACHING)
    evidence.number_everything(con)
    evidence.gather(con)
    spelling.judge(con)


def _parts(con: duckdb.DuckDBPyConnection) -> int:
    masked = con.execute("select count(*) from masked_tracks").fetchall()[0][0]
    return max(1, -(-masked // _ASKED_AT_ONCE))


def _learn(
    con: duckdb.DuckDBPyConnection, fewest_named_outside: int, verdict_weight: float
) -> tuple[logit.Choices, int, bool]:
    """What the masked tracks show, how many of them outside sources name somebody for, and whether that is enough.

    Masked tracks are asked some at a time, or their evidence would not fit into memory.
    """
    questions.teach(con, _TEACHING)
    parts = _parts(con)
    heard = " or ".join(
        f"exists (from {table})" for table in ("external_candidates", "songstats_dj_supports")
    )
    named_outside = supported = 0
    is_asked = False
    if con.execute(f"select {heard}").fetchall()[0][0]:
        for part in range(parts):
            _ask_part(con, part, parts)
            named_outside += _named_outside(con, masked_proposals())
            supported += _asked_with(con, "title_support is not null", masked_proposals())
        # of several parts only the last one's evidence is still there
        is_asked = parts == 1
    learns_outside = named_outside >= fewest_named_outside
    shown = masked_proposals(outside=learns_outside, supports=supported >= fewest_named_outside)
    found = []
    for part in range(parts):
        if not is_asked:
            _ask_part(con, part, parts)
        found.append(choices(con, spelling.judged(shown), verdict_weight=verdict_weight))
    return logit.joined(found), named_outside, learns_outside


def masked_proposals(*, outside: bool = True, supports: bool = True) -> str:
    """A query of what each masked track may show, by the visibility it was given; a decided one shows all it has.

    Args:
        outside: whether what outside sources say is shown.
        supports: whether Songstats' counts are shown.
    """
    parts = [
        questions.visible(v, outside=outside, supports=supports)
        + " and question_no in (select question_no from question join masked_tracks m on m.play_id = track_id"
        + f" where visibility = '{v.name}')"
        for v in VISIBILITIES
    ]
    decided = f"question_no in (select question_no from question where {questions.VERDICT_QUESTION})"
    parts.append(questions.visible(VISIBILITIES[0], outside=outside, supports=supports) + f" and {decided}")
    return " union all ".join(parts)


def train(
    con: duckdb.DuckDBPyConnection,
    *,
    fewest_named_outside: int = FEWEST_NAMED_OUTSIDE,
    in_use: tuple[Model, Mapping[str, Band]] | None = None,
    in_use_verdicts: Sequence[str] = (),
    verdict_weight: float = VERDICT_WEIGHT,
) -> Trained:
    """Learn a model from masked tracks and from what people decided, and measure its bands on dev.

    Args:
        con: connection with the views plays, set_splits, masked_tracks, external_candidates, external_lookups and
            songstats_dj_supports.
        fewest_named_outside: masked tracks for whose title outside sources must name somebody, or Songstats a
            count; with fewer, what they say weighs nothing.
        in_use: model and bands that are used now; they are asked the same dev questions.
        in_use_verdicts: entries of the ledger that model learned from. Where one of them does not stand any more, the
            model must go, and is compared with nothing.
        verdict_weight: what the question of a verdict counts for beside 1 of a masked track.

    Raises:
        ValueError: there is nothing to learn from.
    """
    learned_choices, named_outside, learns_outside = _learn(con, fewest_named_outside, verdict_weight)
    model, weights, masked = fit_choices(learned_choices)
    learned_from = _verdicts_asked(con)
    questions.ask_hidden(con, "set_key in (select set_key from set_splits where split = 'dev')")
    evidence.number_everything(con)
    evidence.gather(con)
    spelling.judge(con)
    asked = con.execute("select count(*) from asked_question").fetchall()[0][0]
    bands: dict[str, Band] = {}
    for v in VISIBILITIES:
        bands |= _bands(con, model, v, asked, apart=learns_outside)
    score = _score(con, model, bands, asked)
    score_in_use = None
    standing = {row[0] for row in con.execute("select distinct artist_verdict from plays").fetchall()}
    if in_use is not None and standing.issuperset(in_use_verdicts):
        same = in_use[0].model_hash == model.model_hash
        score_in_use = score if same else _score_of_others(con, in_use[0], in_use[1], asked)
    return Trained(
        model,
        bands,
        masked,
        asked,
        weights.iterations,
        weights.log_loss,
        named_outside,
        _named_outside(con, questions.visible(VISIBILITIES[0])),
        score,
        score_in_use,
        learned_from,
    )


def _verdicts_asked(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Entries of the ledger whose tracks are among the questions, in order."""
    rows = con.execute(
        "select distinct artist_verdict from plays where play_id in"
        f" (select play_id from asked where {questions.VERDICT_QUESTION}) order by 1"
    ).fetchall()
    return tuple(entry for (entry,) in rows)


def _score_of_others(
    con: duckdb.DuckDBPyConnection, model: Model, bands: Mapping[str, Band], asked: int
) -> Score | None:
    """The score of a model learned earlier; None where its comparisons are not those of this program."""
    if not model.is_of_this_program or set(bands) < {v.name for v in VISIBILITIES}:
        return None
    try:
        return _score(con, model, bands, asked)
    except duckdb.BinderException:
        # a level that reads evidence which is gathered no more
        return None


def _score(con: duckdb.DuckDBPyConnection, model: Model, bands: Mapping[str, Band], asked: int) -> Score:
    """How a model answers the dev questions that are asked at the moment, title and label shown."""
    shown = VISIBILITIES[0]
    rows = _first_answers(con, model, shown)
    probability, right = np.asarray(rows["probability"], float), np.asarray(rows["is_right"], bool)
    named = np.asarray(rows["is_named"], bool)
    outside = bands.get(external.outside_kind(shown.name), bands[shown.name])
    written = probability >= np.where(named, outside.auto, bands[shown.name].auto)
    return Score(
        questions=asked,
        hit_at_1=float(right.sum()) / asked if asked else 0.0,
        auto_precision=float(right[written].mean()) if written.any() else None,
    )


def _first_answers(
    con: duckdb.DuckDBPyConnection, model: Model, visibility: Visibility
) -> dict[str, np.ndarray]:
    """The first answer to each question: its probability, whether it is right, whether outside sources name somebody."""
    con.execute(f"create or replace temp table scored as {score_sql(model, questions.visible(visibility))}")
    make_posterior(con, "scored", visibility=visibility)
    named = external.named_outside_sql(shows_label=visibility.label)
    return con.execute(
        f"select probability, r.artist_no is not null as is_right, question_no in ({named}) as is_named"
        " from posterior left join right_artist r using (question_no, artist_no) where rank = 1"
    ).fetchnumpy()


def _named_outside(con: duckdb.DuckDBPyConnection, proposals: str) -> int:
    return _asked_with(con, "external_best > 0", proposals)


def _asked_with(con: duckdb.DuckDBPyConnection, condition: str, proposals: str) -> int:
    """Questions for which some proposal meets a condition."""
    return int(
        con.execute(f"select count(distinct question_no) from ({proposals}) where {condition}").fetchall()[0][
            0
        ]
    )


def _bands(
    con: duckdb.DuckDBPyConnection, model: Model, visibility: Visibility, asked: int, *, apart: bool
) -> dict[str, Band]:
    """Thresholds of a visibility; questions for whose title outside sources name somebody stand apart on request.

    Real tracks are all asked for outside, dev lines only in part: one threshold for both would be that of lines
    nobody was asked about.
    """
    rows = _first_answers(con, model, visibility)
    probability, right = np.asarray(rows["probability"], float), np.asarray(rows["is_right"], bool)
    if not (apart and visibility.title):
        return {visibility.name: band_of(probability, right, asked)}
    is_named = np.asarray(rows["is_named"], bool)
    named = external.named_outside_sql(shows_label=visibility.label)
    count = int(con.execute(f"select count(*) from ({named})").fetchall()[0][0])
    plain = band_of(probability[~is_named], right[~is_named], asked - count)
    named_band = band_of(probability[is_named], right[is_named], count)
    if named_band.auto > 1 >= plain.auto:
        # too few are asked to prove it: then the precision itself must reach it, above what is proven elsewhere
        named_band = band_of(probability[is_named], right[is_named], count, confidence=0.0, least=plain.auto)
    return {visibility.name: plain, external.outside_kind(visibility.name): named_band}


def band_of(
    probability: np.ndarray,
    right: np.ndarray,
    asked: int,
    *,
    confidence: float = _CONFIDENCE_Z,
    least: float = 0.0,
) -> Band:
    """Thresholds from first answers: the lowest whose precision holds, with a standard error to spare.

    Args:
        probability: of each first answer.
        right: whether it was right.
        asked: questions asked, those without an answer included.
        confidence: standard errors to spare.
        least: no auto threshold is below this.
    """
    order = np.argsort(-probability, kind="stable")
    probability, right = probability[order], right[order]
    count = np.arange(1, right.size + 1)
    precision = np.cumsum(right) / count if right.size else np.zeros(0)
    # Agresti-Coull: the plain error is 0 where all are right, which is when there are few
    adjusted = (np.cumsum(right) + 2) / (count + 4) if right.size else np.zeros(0)
    lower = precision - confidence * np.sqrt(adjusted * (1 - adjusted) / (count + 4))
    safe = np.flatnonzero((lower >= AUTO_PRECISION) & (count >= _FEWEST_AUTO) & (probability >= least))
    if safe.size == 0:
        # a small set of questions proves nothing at .985: nothing is written as an answer
        auto, cut = 1.01, 0
    else:
        cut = int(safe[-1]) + 1
        auto = float(probability[cut - 1])
    # least probability from which on answers are right at least every other time
    window = max(25, right.size // 100)
    review = auto
    for start in range(cut, max(right.size - window, cut), window):
        if right[start : start + window].mean() < REVIEW_PRECISION:
            break
        review = float(probability[min(start + window, right.size) - 1])
    return Band(
        auto=auto,
        review=min(review, 0.5 if auto > 1 else review),
        auto_precision=float(precision[cut - 1]) if cut else None,
        auto_coverage=cut / asked if asked else 0.0,
        questions=asked,
    )


def save(trained: Trained, folder: Path) -> tuple[Path, Verdict]:
    """Write the model and its bands, and use it from now on if it passes the gate; every model file is kept.

    Returns:
        Path of the model file, `artist_model-<hash>.json`, and the gate's verdict.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = model_path(folder, trained.model.model_hash)
    _replace(path, trained.model.text)
    bands = {name: asdict(band) for name, band in trained.bands.items()}
    _replace(path.with_suffix(".bands.json"), json.dumps(bands, indent=2, sort_keys=True))
    _replace(path.with_suffix(".verdicts.json"), json.dumps(trained.verdicts))
    verdict = judge(trained.score, trained.score_in_use, least_auto_precision=AUTO_PRECISION)
    if verdict.is_used:
        use_model(folder, trained.model.model_hash)
    return path, verdict


def load_current(folder: Path) -> tuple[Model, dict[str, Band]]:
    """The model in use, with its bands.

    Raises:
        FileNotFoundError: no model was trained yet; says how to.
    """
    path = current_path(folder)
    if path is None:
        raise FileNotFoundError(f"no model in {folder}: materialize splink_model (or `enrich run`) first")
    bands = {
        name: Band(**values)
        for name, values in json.loads(path.with_suffix(".bands.json").read_text()).items()
    }
    return Model.load(path), bands


def verdicts_of(path: Path) -> tuple[str, ...]:
    """Entries of the ledger a model learned from; () for a model from before there were any."""
    file = path.with_suffix(".verdicts.json")
    return tuple(json.loads(file.read_text())) if file.exists() else ()


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text)
    draft.replace(path)
