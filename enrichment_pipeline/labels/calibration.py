"""How sure each kind of label evidence is, measured on labels that are known and were hidden.

Every play that names its label is asked as if it did not; only plays of other set groups may answer. What
comes out is a table of levels and of combinations of levels, each with how often it was right.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from enrichment_pipeline.labels import numbers
from enrichment_pipeline.labels.evidence import gather_candidates, hear_witnesses
from enrichment_pipeline.labels.levels import ANY_CANDIDATE, KINDS, Kind

Row = tuple[str, str, int, int, float | None, float | None, float]

TOGETHER = "together"
CONSTANT = "any candidate"
# A combination seen n times is believed with weight n against what its parts say together with this weight.
_PRIOR_CASES = 20.0
_LEVEL_PRIOR_CASES = 5.0
_RIDGE = 1.0
_MAX_STEPS = 50
_CONVERGED = 1e-7

_HIDDEN = """
create or replace temp table label_question as
select play_id as question_id, set_group as own_group, set_year as year, artist_keys, title_key, version_key, label_key as truth
from label_witness;
create or replace temp table label_question_line as
select play_id as question_id, set_key, label_key as own_label from label_witness;
"""


def scored_sql(kinds: tuple[Kind, ...] = KINDS, *, calibration: str = "label_calibration") -> str:
    """SQL: `label_candidate` with `confidence`: of its combination of levels, or of its parts where that is new.

    Args:
        kinds: the kinds with which the calibration was made.
        calibration: relation of it.
    """
    name = " || '; ' || ".join(f"c.{kind.column}" for kind in kinds)
    parts = " ".join(
        f"left join {calibration} w_{kind.column} on w_{kind.column}.kind = '{kind.name}' and w_{kind.column}.support = c.{kind.column}"
        for kind in kinds
    )
    log_odds = " + ".join(f"coalesce(w_{kind.column}.weight, 0)" for kind in kinds)
    return f"""
select c.*, coalesce(seen.confidence, 1 / (1 + exp(-(nothing.weight + {log_odds})))) as confidence
from label_candidate c left join {calibration} seen on seen.kind = '{TOGETHER}' and seen.support = {name}
join {calibration} nothing on nothing.kind = '{TOGETHER}' and nothing.support = '{CONSTANT}' {parts}
"""


def calibrate(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `label_calibration`: every kind of evidence, and what texts say.

    Args:
        con: connection with `label_witness` (play_id, set_key, set_group, set_year, artist_keys, title_key,
            version_key, label_key, label_confidence, catalogue_key), `label_set_line(set_key, label_key)` and
            `bracket_label`.
    """
    hear_witnesses(con)
    ask_hidden(con)
    title_rows = _title_rows(con)
    rows = measure(con) + title_rows + _bracket_rows(con, title_rows[0][-1]) + _number_rows(con)
    write_rows(con, rows)


def ask_hidden(con: duckdb.DuckDBPyConnection) -> None:
    """Make `label_candidate` for every witness as if its own label, and its set group, were unknown.

    Needs what `hear_witnesses` made.
    """
    con.execute(_HIDDEN)
    gather_candidates(con)


def measure(con: duckdb.DuckDBPyConnection, kinds: tuple[Kind, ...] = KINDS) -> list[Row]:
    """Rows (kind, support, n, right, expected, weight, confidence) of levels and of their combinations.

    Rows of a kind say how often a label with that level was right, whatever else spoke for it; rows of
    kind "together" say it of a combination of levels. `expected` is what the parts say together: a logistic
    regression on levels; `weight` its log-odds; `confidence` the measured share drawn towards it, the more
    the fewer cases there are.

    Args:
        con: connection on which `ask_hidden` has run.
        kinds: evidence that may be used.
    """
    columns = ", ".join(kind.column for kind in kinds)
    cells = con.execute(
        f"select {columns}, count(*), count_if(label_key = truth) from label_candidate"
        f" join label_question using (question_id) group by {columns} order by {columns}"
    ).fetchall()
    return _together_rows(cells, kinds)


def write_rows(con: duckdb.DuckDBPyConnection, rows: list[Row], *, name: str = "label_calibration") -> None:
    """Make temp table `name` of calibration rows."""
    names = ("kind", "support", "n", "right", "expected", "weight", "confidence")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.float64(), pa.float64(), pa.float64())
    table = pa.table(
        {n: pa.array([r[i] for r in rows], t) for i, (n, t) in enumerate(zip(names, types, strict=True))}
    )
    con.register(f"{name}_rows", table)
    con.execute(f"create or replace temp table {name} as select * from {name}_rows")
    con.unregister(f"{name}_rows")


def shrunken(right: float, n: float, prior: float, prior_cases: float) -> float:
    """Share right among n, drawn towards `prior` as if that had been seen `prior_cases` times."""
    return (right + prior_cases * prior) / (n + prior_cases)


def fit_log_odds(design: np.ndarray, n: np.ndarray, right: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression on counted cells, drawn towards `prior` by a ridge.

    Args:
        design: cells × columns, of 0 and 1.
        n: cases in each cell.
        right: cases among them that were right.
        prior: weights where nothing is measured.
    """
    weights = prior.astype(float)
    penalty = np.full(design.shape[1], _RIDGE)
    for _ in range(_MAX_STEPS):
        p = _sigmoid(design @ weights)
        gradient = design.T @ (right - n * p) - penalty * (weights - prior)
        curvature = (design * (n * p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        # a full Newton step can overshoot from far away
        weights += np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < _CONVERGED:
            break
    return weights


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _together_rows(cells: list[tuple], kinds: tuple[Kind, ...]) -> list[Row]:
    n = np.array([cell[-2] for cell in cells], dtype=float)
    right = np.array([cell[-1] for cell in cells], dtype=float)
    places = {
        (k, words): 1 + i
        for i, (k, words) in enumerate((k, v.words) for k, kind in enumerate(kinds) for v in kind.all_levels)
    }
    levels = {(k, v.words): v for k, kind in enumerate(kinds) for v in kind.all_levels}
    prior = np.array([ANY_CANDIDATE, *(level.log_odds for level in levels.values())])
    design = np.zeros((len(cells), 1 + len(places)))
    design[:, 0] = 1.0
    for row, cell in enumerate(cells):
        for k in range(len(kinds)):
            design[row, places[k, cell[k]]] = 1.0
    weights = fit_log_odds(design, n, right, prior)
    overall = float(right.sum() / n.sum()) if n.sum() else 0.0
    rows: list[Row] = []
    for (k, words), place in places.items():
        cases, hits = float(design[:, place] @ n), float(design[:, place] @ right)
        confidence = shrunken(hits, cases, levels[k, words].share, _LEVEL_PRIOR_CASES)
        rows.append((kinds[k].name, words, int(cases), int(hits), None, float(weights[place]), confidence))
    rows.append((TOGETHER, CONSTANT, int(n.sum()), int(right.sum()), None, float(weights[0]), overall))
    expected = _sigmoid(design @ weights)
    log_odds = design @ weights
    for row, cell in enumerate(cells):
        confidence = shrunken(float(right[row]), float(n[row]), float(expected[row]), _PRIOR_CASES)
        support = "; ".join(cell[:-2])
        rows.append(
            (
                TOGETHER,
                support,
                int(n[row]),
                int(right[row]),
                float(expected[row]),
                float(log_odds[row]),
                confidence,
            )
        )
    return rows


TITLE, BRACKET, NUMBER = "title", "title bracket", "catalogue number"
ONE_SET, TWO_SETS, MORE_SETS, MOST_SETS, SETS_DISAGREE, DOUBTFUL = (
    "one set",
    "two sets agree",
    "three sets and more, all agree",
    "most sets",
    "sets disagree",
    "one set, doubtful bracket",
)
# How often a hidden bracket agreed with the others in the training sets of the real sample: where few plays are
# to be measured, what is measured starts from there.
_AGREEMENT_SHARES = {
    ONE_SET: 0.91,
    TWO_SETS: 0.96,
    MORE_SETS: 0.975,
    MOST_SETS: 0.83,
    SETS_DISAGREE: 0.48,
    DOUBTFUL: 0.88,
}
# What the grammar gives for brackets that may be something else than a label.
DOUBTFUL_BELOW = 0.85

_AGREEMENT = f"""
with answer as (
    select question_id, arg_max(label_key, (exact_sets, exact_plays, label_key)) as label_key,
        max(exact_sets) as sets, any_value(exact_total) as total
    from label_support where exact_first group by 1
)
select case when w.label_confidence < {DOUBTFUL_BELOW} and a.sets = a.total then '{DOUBTFUL}'
        when a.total = 1 then '{ONE_SET}' when a.sets = a.total and a.total = 2 then '{TWO_SETS}'
        when a.sets = a.total then '{MORE_SETS}' when a.sets >= 0.6 * a.total then '{MOST_SETS}'
        else '{SETS_DISAGREE}' end as support,
    count(*), count_if(a.label_key = q.truth)
from answer a join label_question q using (question_id) join label_witness w on w.play_id = a.question_id
group by 1
"""


def _title_rows(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """How sure the text's own label is, by how many sets name it.

    Two brackets agree when both are right, so one is right as often as the root of the agreement of two;
    a label that k sets name agrees with a hidden one as often as both are right.
    """
    seen = {support: (int(n), int(right)) for support, n, right in con.execute(_AGREEMENT).fetchall()}
    n, right = seen.get(ONE_SET, (0, 0))
    one = float(np.sqrt(shrunken(right, n, _AGREEMENT_SHARES[ONE_SET], _LEVEL_PRIOR_CASES)))
    rows: list[Row] = [(TITLE, ONE_SET, n, right, None, None, one)]
    for support in _AGREEMENT_SHARES:
        if support == ONE_SET:
            continue
        n, right = seen.get(support, (0, 0))
        agreement = shrunken(right, n, _AGREEMENT_SHARES[support], _LEVEL_PRIOR_CASES)
        rows.append((TITLE, support, n, right, None, None, min(agreement / one, 0.999)))
    return rows


_BRACKET_AGREEMENT = """
select count(*), coalesce(count_if(b.label_key = w.label_key), 0)
from bracket_label b join (
    select artist_keys[1] as artist_key, title_key, version_key, mode(label_key) as label_key
    from label_witness group by all
) w on w.artist_key = b.artist_keys[1] and w.title_key = b.title_key and w.version_key = b.version_key
"""


def _bracket_rows(con: duckdb.DuckDBPyConnection, one_bracket: float) -> list[Row]:
    """How sure a bracket is that is a label by its words alone: agreement with the track's label elsewhere."""
    n, right = (int(value) for value in con.execute(_BRACKET_AGREEMENT).fetchall()[0])
    agreement = shrunken(right, n, one_bracket * one_bracket, _LEVEL_PRIOR_CASES)
    return [(BRACKET, "closes the line", n, right, None, None, min(agreement / one_bracket, 0.999))]


_NUMBER_AGREEMENT = """
select support, count(*), coalesce(count_if(label_key = truth), 0) from hidden_number group by 1
"""


def _number_rows(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """How sure the label behind a catalogue number is, by who else has numbers of that form."""
    numbers.hide_numbered_labels(con)
    seen = {support: (int(n), int(right)) for support, n, right in con.execute(_NUMBER_AGREEMENT).fetchall()}
    return [
        (NUMBER, s, n, right, None, None, shrunken(right, n, share, _LEVEL_PRIOR_CASES))
        for s, share in numbers.SHARES.items()
        for n, right in [seen.get(s, (0, 0))]
    ]
