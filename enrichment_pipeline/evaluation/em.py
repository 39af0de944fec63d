"""Splink exactly as its manual says, unsupervised: a diagnostic beside the model, never a publisher.

u from random pairs, a prior from deterministic matches, m by expectation maximisation, one session per
blocking rule with the comparisons of that rule left out; then the pair's own match_probability. All of it
on a connection and linkers of its own that are thrown away: an exception inside EM leaves a linker with
comparisons missing (splink 5.0.0). Why it fails on this problem stands in `docs/matching.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from enrichment_pipeline.evaluation.metrics import Floats
from enrichment_pipeline.matching.comparisons import PLAIN_COMPARISONS, PROPOSAL_COLUMNS, Comparison
from enrichment_pipeline.matching.splink_model import Model, blank_settings, make_linker

# One session per blocking rule that brings candidates; splink leaves out of a session every comparison
# that looks at a column of its rule.
SESSIONS: Mapping[str, str] = {
    "title": "l.artist_no = r.artist_no and l.title_n > 0",
    "label": "l.artist_no = r.artist_no and l.label_n > 0",
    "dj": "l.artist_no = r.artist_no and l.dj_n > 0",
}
# Pairs so alike that hardly any is wrong, and the share of all matches they are taken to be.
_DETERMINISTIC = "version_label_n > 0 and version_artists = 1"
_DETERMINISTIC_RECALL = 0.2
_RANDOM_QUESTIONS = 400
_RANDOM_ARTISTS = 400
# What splink itself takes for a level that never occurred in training.
_NOT_OBSERVED = 1e-6
# splink's own default first. A level that dies out ends EM with an exception; the way around it that a user
# has is to stop earlier.
_ITERATIONS = (25, 8, 3)

_ARTIST_LEVEL = ("artist_n", "artist_sets", "first_year", "last_year")
_EMPTY_WHEN_UNSEEN = (
    "title_gap",
    "root_gap",
    "label_gap",
    "artist_gap",
    "title_support",
    "gap",
    "gap_before",
    "gap_after",
    "co_rank",
)


@dataclass(frozen=True, slots=True)
class EmTraining:
    """What EM found.

    Attributes:
        model: weights as splink publishes them; None when no session ran through.
        prior: probability that a question and a random artist match, from deterministic matches.
        iterations: most of a session; fewer than splink's 25 where EM would not run through.
        lambdas: by session, the share of matches EM believes in among the pairs of its rule.
        true_shares: by session, the share that is right.
        failed: by session, splink's own words.
    """

    model: Model | None
    prior: float
    iterations: int
    lambdas: Mapping[str, float]
    true_shares: Mapping[str, float]
    failed: Mapping[str, str]

    def notes(self) -> dict[str, float | str]:
        """The same as flat numbers and words."""
        found: dict[str, float | str] = {
            "prior_of_random_pair": self.prior,
            "most_iterations": float(self.iterations),
        }
        for name, value in self.lambdas.items():
            found[f"lambda_{name}"] = value
            found[f"true_share_{name}"] = self.true_shares[name]
        return found | {f"failed_{name}": words for name, words in self.failed.items()}


def train_em(
    con: duckdb.DuckDBPyConnection,
    proposals: str,
    *,
    seed: int,
    comparisons: Sequence[Comparison] = PLAIN_COMPARISONS,
) -> EmTraining:
    """Run splink's unsupervised training on proposals; `is_truth` is only counted, for the report.

    Args:
        con: connection with the tables of `evidence.gather`.
        proposals: query over proposals to learn from.
        seed: of what is drawn for random pairs.
        comparisons: not told apart by the title: EM takes levels that depend on each other for what they have in common.
    """
    columns = ", ".join(PROPOSAL_COLUMNS)
    rows = con.sql(
        f"select question_no, artist_no, is_truth, {columns} from ({proposals}) order by question_no, artist_no"
    ).to_arrow_table()
    artists = con.sql(
        "select artist_no, count(*)::int as artist_n, count(distinct group_no)::int as artist_sets,"
        " min(set_year)::int as first_year, max(set_year)::int as last_year from fact group by 1 order by 1"
    ).to_arrow_table()
    if rows.num_rows == 0 or artists.num_rows == 0:
        return EmTraining(None, 0.0, 0, {}, {}, {})
    own = duckdb.connect()
    try:
        own.register("learned_rows", rows)
        own.execute("create table learned as select * from learned_rows")
        own.unregister("learned_rows")
        own.register("artist_rows", artists)
        own.execute("create table artist as select * from artist_rows")
        own.unregister("artist_rows")
        return _train(own, seed, comparisons)
    finally:
        own.close()


def _train(own: duckdb.DuckDBPyConnection, seed: int, comparisons: Sequence[Comparison]) -> EmTraining:
    settings = blank_settings(comparisons)
    prior = _prior(own)
    settings["probability_two_random_records_match"] = prior
    _make_random_pairs(own, seed)
    settings = _with_u(own, settings, seed)
    shares = {
        name: float(
            own.execute(f"select avg(is_truth::int) from learned l where {_left_only(rule)}").fetchall()[0][0]
            or 0
        )
        for name, rule in SESSIONS.items()
    }
    for iterations in _ITERATIONS:
        # on a linker that has not seen the failure
        found = _run_sessions(own, settings, SESSIONS, iterations)
        if not found.failed:
            break
    else:
        found = _run_sessions(
            own,
            settings,
            {n: r for n, r in SESSIONS.items() if n not in found.failed},
            iterations,
            found.failed,
        )
    return EmTraining(
        found.model, prior, iterations, found.lambdas, {n: shares[n] for n in found.lambdas}, found.failed
    )


def _left_only(rule: str) -> str:
    return rule.removeprefix("l.artist_no = r.artist_no and ")


def _prior(own: duckdb.DuckDBPyConnection) -> float:
    matches, asked, known = own.execute(
        f"select count(*) filter ({_DETERMINISTIC}), count(distinct question_no), (select count(*) from artist) from learned"
    ).fetchall()[0]
    return float(min(max(matches / _DETERMINISTIC_RECALL / (asked * known), 1e-9), 0.5))


def _make_random_pairs(own: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Questions by artists drawn at random, with the evidence each pair has: mostly none.

    A column that is the same for all candidates of a question is the question's; artists have columns of
    their own; whatever else a pair was not proposed with is 0, false or empty.
    """
    differs = ", ".join(
        f"max({c} is not null)::bool and count(distinct {c}) > 1 as {c}" for c in PROPOSAL_COLUMNS
    )
    flags = own.execute(
        "select "
        + ", ".join(f"bool_or({c})" for c in PROPOSAL_COLUMNS)
        + f" from (select question_no, {differs} from learned group by question_no)"
    ).fetchall()[0]
    is_pair_level = dict(zip(PROPOSAL_COLUMNS, flags, strict=True))
    types = {row[0]: row[1] for row in own.execute("describe learned").fetchall()}
    chosen = []
    for column in PROPOSAL_COLUMNS:
        if column in _ARTIST_LEVEL:
            chosen.append(f"coalesce(p.{column}, a.{column}) as {column}")
        elif column in _EMPTY_WHEN_UNSEEN:
            chosen.append(f"p.{column}")
        elif is_pair_level[column]:
            unseen = "false" if types[column] == "BOOLEAN" else "0"
            chosen.append(f"coalesce(p.{column}, {unseen}) as {column}")
        else:
            chosen.append(f"q.{column}")
    constant = ", ".join(f"any_value({c}) as {c}" for c in PROPOSAL_COLUMNS)
    own.execute(
        "create table random_pair as"
        f" with q as (select question_no, {constant} from learned group by 1 order by hash(question_no + {int(seed)}), 1 limit {_RANDOM_QUESTIONS}),"
        f" a as (select * from artist order by hash(artist_no + {int(seed)}), artist_no limit {_RANDOM_ARTISTS})"
        # one profile for all: each random pair is then counted once, whatever splink samples
        f" select row_number() over (order by q.question_no, a.artist_no)::int as question_no, 0 as artist_no, {', '.join(chosen)}"
        " from q cross join a left join learned p on p.question_no = q.question_no and p.artist_no = a.artist_no"
    )


def _with_u(own: duckdb.DuckDBPyConnection, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    linker = make_linker(own, Model(settings), "select * from random_pair")
    pairs = own.execute("select count(*) from random_pair").fetchall()[0][0]
    linker.training.estimate_u_using_random_sampling(
        max_pairs=2 * pairs, seed=seed, min_count_per_level=None, num_chunks=1
    )
    found = linker.misc.save_model_to_json()
    for comparison in found["comparisons"]:
        for level in comparison["comparison_levels"]:
            # in so many random pairs not once: half a pair
            level.setdefault("u_probability", 0.5 / pairs)
    return dict(found)


@dataclass(frozen=True, slots=True)
class _Sessions:
    model: Model | None
    lambdas: Mapping[str, float]
    failed: Mapping[str, str]


def _run_sessions(
    own: duckdb.DuckDBPyConnection,
    settings: dict[str, Any],
    sessions: Mapping[str, str],
    iterations: int,
    failed: Mapping[str, str] | None = None,
) -> _Sessions:
    """Run sessions on one linker; those that raise are named in the result, whose model is then of no use.

    Args:
        own: connection with the rows to learn from.
        settings: with u and prior.
        sessions: to run.
        iterations: most of each session.
        failed: earlier failures to carry on, when the sessions named there are left out.
    """
    linker = make_linker(
        own,
        Model(json.loads(json.dumps({**settings, "max_iterations": iterations}))),
        "select * from learned",
    )
    lambdas: dict[str, float] = {}
    raised: dict[str, str] = {}
    for name, rule in sessions.items():
        try:
            session = linker.training.estimate_parameters_using_expectation_maximisation(rule)
        # splink raises its own and plain exceptions when a level dies out or a block is empty
        except Exception as error:
            raised[name] = " ".join(str(error).split(". ")[0].split())[:120]
            linker = make_linker(own, Model(json.loads(json.dumps(settings))), "select * from learned")
        else:
            lambdas[name] = float(session.core_model_settings.probability_two_random_records_match)
    if raised:
        return _Sessions(None, lambdas, {**(failed or {}), **raised})
    if not lambdas:
        return _Sessions(None, {}, failed or {})
    saved = linker.misc.save_model_to_json()
    for comparison in saved["comparisons"]:
        levels = comparison["comparison_levels"]
        is_untrained = not any("m_probability" in level for level in levels)
        for level in levels:
            level.setdefault("u_probability", _NOT_OBSERVED)
            # a comparison that every session left out says nothing; a level that never came up is splink's 1e-6
            level.setdefault("m_probability", level["u_probability"] if is_untrained else _NOT_OBSERVED)
    return _Sessions(Model(json.loads(json.dumps(saved))), lambdas, failed or {})


def match_probability(match_weight: Floats) -> Floats:
    """A pair's own probability as splink publishes it: 2^w / (1 + 2^w)."""
    return np.asarray(1 / (1 + np.exp2(-np.clip(match_weight, -1000, 1000))), np.float64)
