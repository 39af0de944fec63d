"""Levels told apart by the title: each candidate is at one of its kind, and telling them by themselves changes no score."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import evidence, questions, train
from enrichment_pipeline.matching.comparisons import COMPARISONS, Comparison
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.store import EXTERNAL_TABLES
from enrichment_pipeline_tests.catalogue.lakes import fill_lake

_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
_TOLD_APART = [c for c in COMPARISONS if any(level.of_titled is not None for level in c.levels)]


def test_the_title_and_what_depends_on_it_are_told_apart() -> None:
    assert "title" in [c.name for c in _TOLD_APART]
    for comparison in _TOLD_APART:
        assert {level.of_titled for level in comparison.levels} == {True, False}


@pytest.mark.parametrize("comparison", _TOLD_APART, ids=lambda c: c.name)
def test_candidates_with_and_without_the_title_share_no_level(
    trained_lake: Lake, comparison: Comparison
) -> None:
    with trained_lake.connect(_VIEWS) as con:
        train.ask_masked(con)
        rows = con.execute(
            f"select distinct {comparison.sql()}, title_n > 0 or root_n > 0 from ({train.masked_proposals()})"
        ).fetchall()
    assert len(rows) > 1
    for level, has_title in rows:
        assert comparison.levels[len(comparison.levels) - 1 - level].of_titled is has_title


def test_centred_weights_give_every_candidate_the_same_score() -> None:
    rng = np.random.default_rng(5)
    weights = [rng.normal(size=len(c.levels)) for c in COMPARISONS]
    shares = [rng.dirichlet(np.ones(len(c.levels))) for c in COMPARISONS]
    told = train.centred(weights, shares)
    kinds = [[level.of_titled for level in reversed(c.levels)] for c in COMPARISONS]
    for has_title in (True, False):
        at = [
            rng.choice([i for i, kind in enumerate(levels) if kind in (has_title, None)]) for levels in kinds
        ]
        before = sum(w[i] for w, i in zip(weights, at, strict=True))
        after = sum(w[i] for w, i in zip(told, at, strict=True))
        assert after == pytest.approx(before)
    for comparison, levels, share, told_weights in zip(COMPARISONS, kinds, shares, told, strict=True):
        if comparison.name != "title":
            for kind in (True, False):
                of_kind = np.array([k is kind for k in levels])
                assert np.sum(told_weights[of_kind] * share[of_kind]) == pytest.approx(0)


# ---- spellings of one name ------------------------------------------------------------------------------

# no two lines share title and label, so that nothing is learned of the names themselves
_SETS = {
    "a": ["Aitor Ronda - Quiet Harbour [Deep Label]", "Cara Voss - Low Tide [Deep Label]"],
    "b": ["Aitor Ronda - Quiet Harbour [Wide Label]"],
    "c": ["Altor Ronda - Quiet Harbour [Third Label]", "Cara Voss - Quiet Harbour [Fourth Label]"],
}


@contextmanager
def _gathered(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = Lake(folder / "data", threads=1)
    fill_lake(lake, _SETS)
    with lake.connect(_VIEWS) as con:
        questions.teach(con, "true")
        questions.ask_hidden(con, "set_key like '%a' and title_key = 'quietharbour'")
        evidence.number_everything(con)
        evidence.gather(con)
        yield con


@pytest.mark.parametrize("visibility", VISIBILITIES[:2], ids=lambda v: v.name)
def test_spellings_of_one_name_are_one_answer(tmp_path: Path, visibility: Visibility) -> None:
    with _gathered(tmp_path) as con:
        con.execute(
            "create or replace temp table scored as select question_no, artist_no, 2.0 as match_weight"
            f" from ({questions.visible(visibility)}) where title_n > 0"
        )
        make_posterior(con, "scored", visibility=visibility)
        found = dict(
            con.execute("select key, probability from posterior join artist_no on no = artist_no").fetchall()
        )
        own = con.execute("select distinct own_probability from posterior").fetchall()[0][0]
    assert set(found) == {"aitorronda", "altorronda", "caravoss"}
    assert found["aitorronda"] == found["altorronda"] == pytest.approx(2 * own)
    assert found["caravoss"] == pytest.approx(own)


def test_the_names_of_candidates_who_do_not_show_the_title_are_not_joined(tmp_path: Path) -> None:
    hidden = next(v for v in VISIBILITIES if not v.title)
    with _gathered(tmp_path) as con:
        con.execute(
            "create or replace temp table scored as select question_no, artist_no, 2.0 as match_weight from proposal"
        )
        make_posterior(con, "scored", visibility=hidden)
        apart = con.execute(
            "select bool_and(probability = round(own_probability, 12)) from posterior"
        ).fetchall()
    assert apart == [(True,)]
