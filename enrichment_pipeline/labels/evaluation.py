"""Hidden label: take a line's label away, ask the plays of the training sets for it, compare.

The catalogue is built from training sets alone: plays, spellings of artists and of labels. The rest of the
hidden line's own set stays visible, as it is when a real line lacks its label. An answer is right when its
key is that of the hidden label, spellings aside: two keys are one label where the plays of all sets together
teach so (`catalogue.labels`). Only the judge knows those; the answers are found with what training sets teach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from enrichment_pipeline.catalogue.keys import make_key_table
from enrichment_pipeline.catalogue.labels import learn_labels
from enrichment_pipeline.catalogue.names import learn_names
from enrichment_pipeline.labels.calibration import ask_hidden, measure, scored_sql, write_rows
from enrichment_pipeline.labels.decision import ACCEPT_AT, is_self_released
from enrichment_pipeline.labels.evidence import gather_candidates, hear_witnesses
from enrichment_pipeline.labels.levels import BASE, EXACT, HABIT, KINDS, SIZE, Kind
from enrichment_pipeline.naming import keys

VISIBILITY = "hidden label"
TRAIN = "train"
_RESAMPLES = 1000
_DOMINANT_PLAYS, _DOMINANT_SHARE = 3, 0.6
_METHODS: dict[str, tuple[Kind, ...]] = {
    "track_labels": KINDS,
    "track_labels without the line's set": (EXACT, BASE, HABIT, SIZE),
}


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One number of the evaluation with its 95 % interval over resampled sets."""

    split: str
    visibility: str
    method: str
    measure: str
    value: float
    low: float
    high: float


_PLAYS = """
create or replace temp table every_play as
select p.* exclude (label_key, artist_keys), n.key as label_key, s.split
from plays p join {split_of_set} s using (set_key) left join hidden_label_names n on n.text = p.label;
create or replace temp view teaching_play as select * from every_play where split = 'train' and artist_known;
"""
_RESOLVED = """
create or replace temp table first_act as
select play_id, coalesce(a.artist_keys, []) as artist_keys from every_play left join acts_of_parts a using (artist_parts)
"""
_LABELLED = """
create or replace temp table resolved_play as
select e.* exclude (label_key), coalesce(a.act_key, e.label_key) as label_key, f.artist_keys
from every_play e join first_act f using (play_id) left join label_aliases a on a.alias_key = e.label_key;
create or replace temp table label_witness as
select play_id, set_key, set_group, set_year, artist_keys, title_key, version_key, label_key from resolved_play
where split = 'train' and label_key is not null and artist_known and title_known and coalesce(len(components), 0) < 2;
create or replace temp table label_set_line as select set_key, label_key from resolved_play where label_key is not null;
create or replace temp table hidden_line as
select play_id, set_key, split, label_key as truth, artist_keys, title_key, version_key, set_year, artist_known and title_known as is_asked
from resolved_play where split in (select unnest($splits)) and label_key is not null;
"""
_QUESTIONS = """
create or replace temp table label_question as
select play_id as question_id, null::varchar as own_group, set_year as year, artist_keys, title_key, version_key, truth
from hidden_line where is_asked;
create or replace temp table label_question_line as
select play_id as question_id, set_key, truth as own_label from hidden_line;
"""


def teach_labels(
    con: duckdb.DuckDBPyConnection, splits: Sequence[str], *, split_of_set: str = "set_split"
) -> None:
    """Let the training sets alone teach, and hide the labels of the other splits' lines.

    Makes `label_witness`, `label_set_line` and `hidden_line(play_id, set_key, split, truth, ...)`.

    Args:
        con: connection with the view plays.
        splits: splits whose labels are hidden.
        split_of_set: name of a relation (set_key, split) in which training sets are "train".
    """
    make_key_table(
        con,
        "hidden_label_names",
        "select label from plays",
        lambda t: "" if is_self_released(t) else keys.label_key(t),
    )
    con.execute(_PLAYS.format(split_of_set=split_of_set))
    learn_names(con, "teaching_play")
    con.execute(_RESOLVED)
    learn_labels(con, "every_play")
    con.execute("create or replace temp table judged_label as select alias_key, act_key from label_aliases")
    learn_labels(con, "teaching_play")
    *first, last = [part for part in _LABELLED.split(";\n") if part.strip()]
    for statement in first:
        con.execute(statement)
    con.execute(last.rstrip(";\n"), {"splits": list(splits)})


def evaluate_hidden_label(
    con: duckdb.DuckDBPyConnection,
    *,
    splits: Sequence[str],
    split_of_set: str = "set_split",
    seed: int = 0,
) -> list[LabelScore]:
    """Coverage and accuracy of every method on every split, with intervals.

    Args:
        con: connection with the view plays.
        splits: splits to measure.
        split_of_set: name of a relation (set_key, split) in which training sets are "train".
        seed: of the resampled sets.

    Returns:
        Rows for coverage (share of labelled lines that get an answer), accuracy (share of the answers that
        are right) and their product.
    """
    methods = _answer(con, _METHODS, splits, split_of_set)
    for name, query in _BASELINES.items():
        table = f"answer_{len(methods)}"
        con.execute(f"create or replace temp table {table} as {query}")
        methods[name] = table
    return [
        score
        for split in splits
        for name, table in methods.items()
        for score in _scores(con, split, name, table, seed)
    ]


def internal_answers(
    con: duckdb.DuckDBPyConnection, *, splits: Sequence[str], split_of_set: str = "set_split"
) -> str:
    """What text and catalogue answer to the hidden labels, for a measure that goes on from there.

    Arguments are those of `evaluate_hidden_label`.

    Returns:
        Name of a temp table (play_id, label_key) of the accepted answers. `hidden_line` holds the lines with their
        `truth`, `judged_label` the spellings by which an answer is judged.
    """
    return _answer(con, {"track_labels": KINDS}, splits, split_of_set)["track_labels"]


def _answer(
    con: duckdb.DuckDBPyConnection,
    kinds_of_method: Mapping[str, tuple[Kind, ...]],
    splits: Sequence[str],
    split_of_set: str,
) -> dict[str, str]:
    """Answer by every method; returns the temp table of each."""
    teach_labels(con, splits, split_of_set=split_of_set)
    hear_witnesses(con)
    ask_hidden(con)
    measured = {name: (kinds, measure(con, kinds)) for name, kinds in kinds_of_method.items()}
    con.execute(_QUESTIONS)
    gather_candidates(con)
    methods: dict[str, str] = {}
    for name, (kinds, rows) in measured.items():
        methods[name] = f"answer_{len(methods)}"
        write_rows(con, rows)
        con.execute(f"create or replace temp table {methods[name]} as {_decided(kinds)}")
    return methods


def _decided(kinds: tuple[Kind, ...]) -> str:
    return f"""
    select question_id as play_id, label_key from ({scored_sql(kinds)}) where confidence >= {ACCEPT_AT}
    qualify row_number() over (partition by question_id order by confidence desc, label_key) = 1
    """


_BASELINES = {
    "same track elsewhere": "select question_id as play_id, arg_max(label_key, (exact_plays, label_key)) as label_key"
    " from label_support where exact_first group by 1",
    "same base title": "select question_id as play_id, arg_max(label_key, (coalesce(exact_plays, 0), coalesce(base_plays, 0), label_key)) as label_key"
    " from label_support where exact_first or base_sets is not null group by 1",
    "artist dominant label": "select question_id as play_id, arg_max(label_key, (habit_plays, label_key)) as label_key from label_support"
    f" where habit_plays is not null group by 1 having max(habit_plays) >= {_DOMINANT_PLAYS}"
    f" and max(habit_plays) >= {_DOMINANT_SHARE} * arg_max(habit_total, (habit_plays, label_key))",
    "artist most frequent label": "select question_id as play_id, arg_max(label_key, (habit_plays, label_key)) as label_key"
    " from label_support where habit_plays is not null group by 1",
}


def _scores(
    con: duckdb.DuckDBPyConnection, split: str, method: str, table: str, seed: int
) -> list[LabelScore]:
    per_set = con.execute(
        "select count(*), count(a.label_key),"
        " coalesce(count_if(coalesce(x.act_key, a.label_key) = coalesce(y.act_key, h.truth)), 0)"
        f" from hidden_line h left join {table} a using (play_id)"
        " left join judged_label x on x.alias_key = a.label_key left join judged_label y on y.alias_key = h.truth"
        " where h.split = $split group by h.set_key order by h.set_key",
        {"split": split},
    ).fetchall()
    if not per_set:
        return []
    counts = np.array(per_set, dtype=float)
    totals = counts.sum(axis=0)
    # a resample is how often each set is drawn, so all of them are one matrix product
    drawn = np.random.default_rng(seed).multinomial(
        len(counts), np.full(len(counts), 1 / len(counts)), _RESAMPLES
    )
    resampled = drawn @ counts
    result = []
    for name, top, bottom in (("coverage", 1, 0), ("accuracy", 2, 1), ("coverage_times_accuracy", 2, 0)):
        values = resampled[:, top] / np.maximum(resampled[:, bottom], 1)
        low, high = (float(v) for v in np.quantile(values, (0.025, 0.975)))
        value = float(totals[top] / max(totals[bottom], 1))
        result.append(LabelScore(split, VISIBILITY, method, name, value, low, high))
    return result


def register_splits(con: duckdb.DuckDBPyConnection, split_of_set: dict[str, str]) -> None:
    """Make temp table `set_split(set_key, split)`."""
    rows = sorted(split_of_set.items())
    con.register(
        "set_split_rows",
        pa.table(
            {
                "set_key": pa.array([r[0] for r in rows], pa.string()),
                "split": pa.array([r[1] for r in rows], pa.string()),
            }
        ),
    )
    con.execute("create or replace temp table set_split as select * from set_split_rows")
    con.unregister("set_split_rows")
