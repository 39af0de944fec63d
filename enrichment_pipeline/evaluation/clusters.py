"""The same unknown in several sets: what it is worth to ask for it once, with all its contexts.

Known tracks with title and label that stand in two or more of the held-out sets are hidden in all of them. In use
such lines, `ID - Title [Label]`, are one track (`catalogue.plays`), and so they are here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from enrichment_pipeline.evaluation.board import Board, ask_lines, teach
from enrichment_pipeline.evaluation.harness import read_posterior
from enrichment_pipeline.evaluation.metrics import (
    Answers,
    Bootstrap,
    Integers,
    Measured,
    Thresholds,
    measure_answers,
)
from enrichment_pipeline.evaluation.strata import in_steps
from enrichment_pipeline.matching import questions
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.splink_model import Model, score_sql
from enrichment_pipeline.matching.train import Band

ONE_BY_ONE, TOGETHER, NAMED = "one by one", "as one track", "as one track, and one further set names it"
ALL, OTHERS = "all", "all but that set's"
_CONTEXTS = ((2, "in 2 sets"), (3, "in 3 to 5 sets"), (6, "in 6 or more sets"))

# A track is what its lines say without the artist. Where two artists have such a track nobody could tell which is asked.
_CLUSTERS = """
create or replace temp table cluster_line as
with line as (
    select play_id, set_group, artist_keys, md5(title_key || '|' || coalesce(version_key, '') || '|' || label_key) as cluster
    from canonical_play join set_splits using (set_key)
    where split in (select unnest($splits)) and len(artist_keys) > 0 and title_key is not null and label_key is not null
), chosen as (
    select cluster, count(distinct set_group) as contexts from line group by 1
    having count(distinct set_group) > 1 and count(distinct artist_keys[1]) = 1
)
select play_id, cluster, contexts,
    row_number() over (partition by cluster order by md5('names' || set_group), set_group, play_id) = 1 as is_first,
    set_group = first_value(set_group) over (partition by cluster order by md5('names' || set_group), set_group, play_id) as is_of_first_set
from line join chosen using (cluster)
"""
_AS_ONE = "(select cluster from cluster_line c where c.play_id = canonical_play.play_id)"


@dataclass(frozen=True, slots=True)
class Asked:
    """Results of one way to ask, over lines; intervals are over resampled tracks.

    Attributes:
        way: how the lines were asked.
        kind: which of them.
        tracks: how many tracks the lines are of.
        lines: how many lines.
        measured: every measure, by name.
    """

    way: str
    kind: str
    tracks: int
    lines: int
    measured: Mapping[str, Measured]


def ask_clusters(
    con: duckdb.DuckDBPyConnection, model: Model, band: Band, *, splits: Sequence[str]
) -> list[Asked]:
    """Ask for tracks of several held-out sets line by line, as one track, and as one track that a further set names.

    Args:
        con: connection with the lake's views, set_splits among them.
        model: the published model.
        band: its thresholds where title and label are shown.
        splits: held-out sets the tracks are taken from.

    Returns:
        Results of the first two ways over all lines, and over those of tracks in 2, in 3 to 5, and in more sets; of the
        third over the lines of all sets but the one that names the track. Empty where no track stands in two sets.
    """
    teach(con)
    con.execute(_CLUSTERS, {"splits": list(splits)})
    all_lines = "play_id in (select play_id from cluster_line)"
    alone = _ask(con, model, all_lines, track="play_id")
    if alone is None:
        return []
    together = _ask(con, model, all_lines, track=_AS_ONE)
    rows = con.execute("select cluster, contexts from cluster_line order by play_id").fetchnumpy()
    cluster = np.unique(rows["cluster"].astype(str), return_inverse=True)[1].astype(np.int64)
    contexts = in_steps(np.asarray(rows["contexts"], np.int64), _CONTEXTS)
    found = []
    for kind in (ALL, *(words for _, words in _CONTEXTS)):
        chosen = np.flatnonzero((contexts == kind) | (kind == ALL))
        for way, answers in ((ONE_BY_ONE, alone), (TOGETHER, together)):
            if chosen.size and answers is not None:
                found.append(_measured(way, kind, answers.take(chosen), cluster[chosen], band))
    others = "select play_id, cluster from cluster_line where not is_of_first_set"
    named = _named(con, model, others)
    if named is not None:
        of_others = con.execute(f"select cluster from ({others}) order by play_id").fetchnumpy()["cluster"]
        number = np.unique(of_others.astype(str), return_inverse=True)[1].astype(np.int64)
        found.append(_measured(NAMED, OTHERS, named, number, band))
    return found


def _named(con: duckdb.DuckDBPyConnection, model: Model, others: str) -> Answers | None:
    questions.teach(
        con,
        "set_key in (select set_key from set_splits where split = 'train')"
        " or play_id in (select play_id from cluster_line where is_first)",
    )
    return _ask(con, model, f"play_id in (select play_id from ({others}))", track=_AS_ONE)


def _ask(con: duckdb.DuckDBPyConnection, model: Model, hidden: str, *, track: str) -> Answers | None:
    """Answers in the order of play_id, one a line, however they were asked."""
    board: Board | None = ask_lines(con, hidden, track=track)
    if board is None:
        return None
    con.execute(
        f"create or replace temp table scored as {score_sql(model, questions.visible(VISIBILITIES[0]))}"
    )
    make_posterior(con, "scored")
    rows = con.execute(
        "select question_no from asked join question using (track_id) order by play_id"
    ).fetchnumpy()
    return read_posterior(con, board).take(np.asarray(rows["question_no"], np.int64) - 1)


def _measured(way: str, kind: str, answers: Answers, cluster: Integers, band: Band) -> Asked:
    measured = measure_answers(answers, Bootstrap(cluster), Thresholds(band.auto, band.review))
    tracks = int(np.unique(cluster).size)
    return Asked(way, kind, tracks, int(cluster.size), {m.measure: m for m in measured})
