"""The questions of one split as numbers: what is right, which set each belongs to, who is proposed.

Reads the temp tables that `matching.questions` and `matching.evidence` leave on a connection. No method
and no measure stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from enrichment_pipeline.evaluation.metrics import Answers, Flags, Floats, Integers
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.questions import Visibility
from enrichment_pipeline.matching.spelling import judge

_QUESTIONS = """
with known as (select distinct artist_no from fact),
truth as (
    select t.question_no, bool_or(known.artist_no is not null) as is_known, bool_or(dj.dj_no is not null) as is_dj
    from question_truth t left join known using (artist_no)
    left join question_dj dj on dj.question_no = t.question_no and dj.dj_no = t.artist_no
    group by 1
)
select question_no, dense_rank() over (order by set_key) as set_no, n.no as first_artist, is_known, is_dj
from (select question_no, min(a.set_key) as set_key, min_by(a.truth[1], a.play_id) as key
      from asked a join question using (track_id) group by 1)
join artist_no n using (key) join truth using (question_no)
order by question_no
"""


@dataclass(frozen=True, slots=True)
class Board:
    """Questions 1..n of a split, each an entry of every array.

    Attributes:
        sets: set number.
        first_artist: number of the credit's first artist.
        in_catalogue: a teaching play names one of the credit's artists.
        is_dj_line: the DJ of the set is one of the credit's artists.
    """

    sets: Integers
    first_artist: Integers
    in_catalogue: Flags
    is_dj_line: Flags

    @property
    def size(self) -> int:
        """How many questions there are."""
        return int(self.sets.size)


@dataclass(frozen=True, slots=True)
class Proposals:
    """Candidates of all questions, grouped by question in ascending order.

    Attributes:
        question: index of the question, from 0.
        artist: number of the candidate.
        is_right: right, other spellings included.
        is_exact: right, by equal key.
        columns: further columns by name.
    """

    question: Integers
    artist: Integers
    is_right: Flags
    is_exact: Flags
    columns: Mapping[str, NDArray]

    def __getitem__(self, name: str) -> NDArray:
        """A further column."""
        return self.columns[name]


def teach(con: duckdb.DuckDBPyConnection) -> None:
    """Let the train sets teach names and facts, and no others."""
    questions.teach(con, "set_key in (select set_key from set_splits where split = 'train')")


def ask_split(con: duckdb.DuckDBPyConnection, split: str, *, most_sets: int | None = None) -> Board | None:
    """Hide every known artist of a split, each on its own line, and gather the evidence.

    Args:
        con: connection that `teach` prepared, with the view set_splits.
        split: name of the split.
        most_sets: so many sets are drawn by md5 where the split has more; None takes all.

    Returns:
        The questions, or None when the split has none.
    """
    con.execute("create or replace temp table measured_set (set_key varchar)")
    con.execute(
        "insert into measured_set select set_key from set_splits where split = $split"
        " order by md5('measured' || set_key), set_key limit $most",
        {"split": split, "most": most_sets},
    )
    return ask_lines(con, "set_key in (select set_key from measured_set)")


def ask_lines(con: duckdb.DuckDBPyConnection, hidden: str, *, track: str = "play_id") -> Board | None:
    """Hide the artists of some lines and gather the evidence.

    Args:
        con: connection that `teach` prepared.
        hidden: SQL condition over `canonical_play`: which lines.
        track: SQL expression; lines for which it is the same are asked as one track, and its set is the first of theirs.

    Returns:
        The questions, or None when there is no such line.
    """
    questions.ask_hidden(con, hidden, track=track)
    if con.execute("select count(*) from asked").fetchall()[0][0] == 0:
        return None
    evidence.number_everything(con)
    evidence.gather(con)
    judge(con)
    rows = con.execute(_QUESTIONS).fetchnumpy()
    return Board(
        sets=np.asarray(rows["set_no"], np.int64),
        first_artist=np.asarray(rows["first_artist"], np.int64),
        in_catalogue=np.asarray(rows["is_known"], bool),
        is_dj_line=np.asarray(rows["is_dj"], bool),
    )


def fetch(con: duckdb.DuckDBPyConnection, query: str, columns: Sequence[str] = ()) -> Proposals:
    """Candidates of a query with question_no, artist_no and the named columns."""
    listed = "".join(f", p.{name}" for name in columns)
    rows = con.execute(
        "select p.question_no, p.artist_no, r.artist_no is not null as is_right, coalesce(r.is_exact, false) as is_exact"
        f"{listed} from ({query}) p left join right_artist r using (question_no, artist_no)"
        " order by p.question_no, p.artist_no"
    ).fetchnumpy()
    return Proposals(
        question=np.asarray(rows["question_no"], np.int64) - 1,
        artist=np.asarray(rows["artist_no"], np.int64),
        is_right=np.asarray(rows["is_right"], bool),
        is_exact=np.asarray(rows["is_exact"], bool),
        columns={name: _plain(rows[name]) for name in columns},
    )


def visible_proposals(
    con: duckdb.DuckDBPyConnection, visibility: Visibility, columns: Sequence[str]
) -> Proposals:
    """The candidates a visibility leaves without any outside source, with the named evidence columns."""
    return fetch(con, questions.visible(visibility, outside=False), columns)


_OUTSIDE = """
select question_no, t.external_best > 0 as is_named, coalesce(bool_or(r.artist_no is not null), false) as is_right
from external_total t left join by_external b using (question_no, shows_label)
left join right_artist r using (question_no, artist_no)
where shows_label = $shows_label group by all
"""


@dataclass(frozen=True, slots=True)
class Outside:
    """What outside sources said of each question, at one visibility.

    Attributes:
        answered: some source answered, if only that it knows nobody.
        named: somebody was named.
        right: a right artist was among those named.
    """

    answered: Flags
    named: Flags
    right: Flags


def asked_outside(con: duckdb.DuckDBPyConnection, board: Board, visibility: Visibility) -> Outside:
    """Which questions outside sources answered; none where the title is hidden."""
    answered, named, right = (np.zeros(board.size, bool) for _ in range(3))
    if visibility.title:
        rows = con.execute(_OUTSIDE, {"shows_label": visibility.label}).fetchnumpy()
        index = np.asarray(rows["question_no"], np.int64) - 1
        answered[index] = True
        named[index] = np.ma.filled(rows["is_named"], False)
        right[index] = np.ma.filled(rows["is_right"], False)
    return Outside(answered, named, right)


def _plain(values: NDArray) -> NDArray:
    if isinstance(values, np.ma.MaskedArray):
        if values.dtype.kind in "iu":
            return values.filled(0)
        return values.filled(np.nan) if values.dtype.kind == "f" else values.filled(False)
    return values


def rank(
    board: Board,
    proposals: Proposals,
    score: Floats,
    *,
    certainty: Floats | None = None,
    is_probability: bool = False,
) -> Answers:
    """Answers of a method that gives every candidate a score; minus infinity means "not proposed".

    Ties go to the smaller artist number, which is the alphabet: the same in every run.

    Args:
        board: the questions.
        proposals: candidates.
        score: of each candidate.
        certainty: of each candidate, where the method says how sure it is.
        is_probability: whether that is meant as a probability.
    """
    n = board.size
    kept = np.flatnonzero(score > -np.inf)
    question, score, artist = proposals.question[kept], score[kept], proposals.artist[kept]
    right, exact = proposals.is_right[kept], proposals.is_exact[kept]
    empty = np.zeros(n, np.int64)
    if kept.size == 0:
        return Answers(empty, empty, empty.astype(bool), empty.astype(bool), None, is_probability)
    starts = np.r_[0, np.flatnonzero(np.diff(question)) + 1]
    asked = question[starts]
    lengths = np.diff(np.r_[starts, question.size])
    first = _first_best(score, starts, lengths)
    top_artist = np.full(n, -1)
    top_artist[asked] = artist[first]
    answered = np.zeros(n, bool)
    answered[asked] = True
    sure: Floats | None = None
    if certainty is not None:
        sure = np.zeros(n)
        sure[asked] = certainty[kept][first]
    return Answers(
        rank=_place(n, score, right, starts, lengths, asked),
        exact_rank=_place(n, score, exact, starts, lengths, asked),
        names_first_artist=top_artist == board.first_artist,
        answered=answered,
        certainty=sure,
        is_probability=is_probability,
    )


def _first_best(score: Floats, starts: Integers, lengths: Integers) -> Integers:
    best = np.repeat(np.maximum.reduceat(score, starts), lengths)
    places = np.where(score == best, np.arange(score.size), score.size)
    return np.minimum.reduceat(places, starts)


def _place(
    n: int, score: Floats, right: Flags, starts: Integers, lengths: Integers, asked: Integers
) -> Integers:
    """Place of the best right candidate of each question, from 1; 0 where none is right."""
    of_right = np.where(right, score, -np.inf)
    first = _first_best(of_right, starts, lengths)
    has_right = np.logical_or.reduceat(right, starts)
    best = np.repeat(score[first], lengths)
    position = np.arange(score.size)
    ahead = (score > best) | ((score == best) & (position < np.repeat(first, lengths)))
    places = np.zeros(n, np.int64)
    places[asked] = np.where(has_right, 1 + np.add.reduceat(ahead.astype(np.int64), starts), 0)
    return places
