"""The baseline ladder: simpler ways to answer the same questions, from popularity to a weighted vote.

Each takes a `Context` (a connection on which a split was asked) and answers all its questions. What a
method must not see is not there: a question's own line is left out of its set in every one of them, and
the catalogue is the train sets. Methods that are trained stand in `learned.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np

from enrichment_pipeline.evaluation.board import Board, Proposals, fetch, rank
from enrichment_pipeline.evaluation.metrics import Answers, Floats

# Evidence columns the methods below look at.
COLUMNS = (
    "title_n", "title_artists", "version_n", "version_artists", "title_label_n", "version_label_n", "label_n",
    "label_plays", "dj_n", "is_dj", "set_n", "gap", "artist_n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """A split that was asked: the connection with its temp tables, and its questions."""

    con: duckdb.DuckDBPyConnection
    board: Board


FromContext = Callable[[Context], Answers]
FromProposals = Callable[[Board, Proposals], Answers]

_POPULARITY = """
with plays as (select artist_no, count(*) as n from fact group by 1),
ranked as (select artist_no, row_number() over (order by n desc, artist_no) as place from plays)
select r.question_no, min(place) as place, min(place) filter (r.is_exact) as exact_place
from right_artist r join ranked using (artist_no) group by 1 order by 1
"""
_MOST_PLAYED = "select artist_no from fact group by 1 order by count(*) desc, artist_no limit 1"


def popularity(context: Context) -> Answers:
    """The artists the catalogue knows, most played first: the same list for every question."""
    board = context.board
    rows = context.con.execute(_POPULARITY).fetchnumpy()
    most_played = context.con.execute(_MOST_PLAYED).fetchall()
    place, exact = np.zeros(board.size, np.int64), np.zeros(board.size, np.int64)
    index = np.asarray(rows["question_no"], np.int64) - 1
    place[index] = np.ma.filled(rows["place"], 0)
    exact[index] = np.ma.filled(rows["exact_place"], 0)
    top = most_played[0][0] if most_played else -1
    return Answers(place, exact, board.first_artist == top, np.full(board.size, top >= 0))


# How often artists stood next to each other in train sets; the question's own line is no neighbour.
_NEIGHBOURS = """
with line as (
    select set_key, play_id, position, n.no as artist_no
    from (select *, unnest(artist_keys) as key from known_play) join artist_no n using (key)
), beside as (
    select a.artist_no, b.artist_no as with_no, count(*) as n
    from line a join line b on a.set_key = b.set_key and abs(a.position - b.position) = 1
    where a.artist_no <> b.artist_no group by all
), neighbour as (
    select distinct q.question_no, s.artist_no as with_no
    from question_line q join set_line s on s.set_key = q.set_key and abs(s.position - q.position) = 1
    anti join asked_line h on h.question_no = q.question_no and h.play_id = s.play_id
)
select question_no, artist_no, sum(n)::double as score
from neighbour join beside using (with_no) group by all
"""


def neighbours_together(context: Context) -> Answers:
    """Artists who stood next to this line's neighbours in other sets, most often first."""
    proposals = fetch(context.con, _NEIGHBOURS, ("score",))
    return rank(context.board, proposals, proposals["score"].astype(np.float64))


def _where(condition: np.ndarray, score: np.ndarray) -> Floats:
    return np.where(condition, score.astype(np.float64), -np.inf)


def dj_is_artist(board: Board, proposals: Proposals) -> Answers:
    """The DJ of the set; of several the one played most."""
    return rank(board, proposals, _where(proposals["is_dj"], proposals["artist_n"]))


def elsewhere_in_set(board: Board, proposals: Proposals) -> Answers:
    """Artists on other lines of the same set: most lines first, then the nearest."""
    score = 1000.0 * proposals["set_n"] - proposals["gap"]
    return rank(board, proposals, _where(proposals["set_n"] > 0, score))


def label_only(board: Board, proposals: Proposals) -> Answers:
    """Artists of the label by plays on it; its share of the label's plays is taken for the probability."""
    share = proposals["label_n"] / np.maximum(proposals["label_plays"], 1)
    score = _where(proposals["label_n"] > 0, proposals["label_n"])
    return rank(board, proposals, score, certainty=share, is_probability=True)


def title_lookup(board: Board, proposals: Proposals) -> Answers:
    """The artist of the title where the catalogue knows the title under one name only."""
    is_unique = (proposals["title_n"] > 0) & (proposals["title_artists"] == 1)
    times = proposals["title_n"].astype(np.float64)
    return rank(board, proposals, _where(is_unique, times), certainty=times)


# Written down once, looked at never again: the floor, not an anchor.
_TITLE_AND_LABEL, _UNIQUE_TITLE, _TITLE, _VERSION = 6.0, 4.0, 2.0, 1.0
_LABEL_SHARE, _IS_DJ, _DJ_PLAYS, _IN_SET = 4.0, 1.5, 0.5, 0.3


def hand_weighted_vote(board: Board, proposals: Proposals) -> Answers:
    """Title, label, DJ and set, each with a weight guessed once."""
    p = proposals
    has_title = p["title_n"] > 0
    score = (
        _TITLE_AND_LABEL * (p["title_label_n"] > 0)
        + _UNIQUE_TITLE * (has_title & (p["title_artists"] == 1))
        + _TITLE * has_title / np.sqrt(np.maximum(p["title_artists"], 1))
        + _VERSION * (p["version_n"] > 0)
        + _LABEL_SHARE * p["label_n"] / np.maximum(p["label_plays"], 1)
        + _IS_DJ * p["is_dj"]
        + _DJ_PLAYS * np.log1p(p["dj_n"])
        + _IN_SET * (p["set_n"] > 0)
    )
    return rank(board, proposals, score, certainty=score)


# Context methods see neither title nor label, so that their answers hold at every visibility.
CONTEXT_METHODS: Mapping[str, FromContext] = {
    "popularity": popularity,
    "neighbours_together": neighbours_together,
}
# By method: what it looks at ("title", "label" or both); a visibility that shows nothing of it has no row.
PROPOSAL_METHODS: Mapping[str, tuple[FromProposals, frozenset[str]]] = {
    "dj_is_artist": (dj_is_artist, frozenset()),
    "elsewhere_in_set": (elsewhere_in_set, frozenset()),
    "label_only": (label_only, frozenset({"label"})),
    "title_lookup": (title_lookup, frozenset({"title"})),
    "hand_weighted_vote": (hand_weighted_vote, frozenset()),
}
