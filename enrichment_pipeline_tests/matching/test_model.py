"""Model, posterior, training and answers over a small invented world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import evidence, questions, resolve, train
from enrichment_pipeline.matching.comparisons import COMPARISONS, PROPOSAL_COLUMNS
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.splink_model import Model, predict, score_sql
from enrichment_pipeline.matching.store import EXTERNAL_TABLES, models_folder
from enrichment_pipeline.matching.train import Band, band_of

_TITLE_AND_LABEL, _TITLE, _LABEL, _NONE = VISIBILITIES


@pytest.fixture
def model(trained_lake: Lake) -> Model:
    return train.load_current(models_folder(trained_lake))[0]


@pytest.fixture
def asked(trained_lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which the test sets were asked."""
    with trained_lake.connect(
        ["plays", "set_splits", "masked_tracks", "artists", "dj_profiles", "tracks", *EXTERNAL_TABLES]
    ) as con:
        questions.teach(con, "set_key in (select set_key from set_splits where split = 'train')")
        questions.ask_hidden(con, "set_key in (select set_key from set_splits where split = 'test')")
        evidence.number_everything(con)
        evidence.gather(con)
        yield con


# ---- scores ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", VISIBILITIES, ids=lambda v: v.name)
def test_the_plain_query_gives_splinks_own_match_weights(
    asked: duckdb.DuckDBPyConnection, model: Model, visibility: questions.Visibility
) -> None:
    """Bulk measurement must measure what predict() answers with."""
    shown = questions.visible(visibility)
    table = predict(asked, model, shown)
    rows, differing = asked.execute(
        f"select count(*), count(*) filter (abs(s.match_weight - q.match_weight) > 1e-9)"
        f" from {table} s join ({score_sql(model, shown)}) q using (question_no, artist_no)"
    ).fetchall()[0]
    assert differing == 0
    assert rows == asked.execute(f"select count(*) from ({shown})").fetchall()[0][0] > 1000


def test_every_level_of_every_comparison_has_a_weight(model: Model) -> None:
    weights = model.level_weights()
    assert {name: len(levels) for name, levels in weights.items()} == {
        c.name: len(c.levels) for c in COMPARISONS
    }
    assert all(np.isfinite(bits) for levels in weights.values() for _, bits in levels)


def test_comparisons_name_proposal_columns_only(asked: duckdb.DuckDBPyConnection) -> None:
    columns = {row[0] for row in asked.execute("describe proposal").fetchall()}
    assert set(PROPOSAL_COLUMNS) <= columns
    for comparison in COMPARISONS:
        low, high = asked.execute(
            f"select min({comparison.sql()}), max({comparison.sql()}) from proposal"
        ).fetchall()[0]
        assert 0 <= low <= high < len(comparison.levels)


def test_equal_models_are_equal_files(model: Model, trained_lake: Lake) -> None:
    path = models_folder(trained_lake) / f"artist_model-{model.model_hash}.json"
    assert path.read_text() == model.text
    assert Model.load(path).model_hash == model.model_hash


# ---- visibilities ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "empty"),
    [
        (_TITLE, ["has_label", "label_n", "label_gap", "title_label_n", "number_n"]),
        (
            _LABEL,
            [
                "has_title",
                "title_n",
                "title_labelled_n",
                "title_gap",
                "root_gap",
                "title_artists",
                "remixer_n",
            ],
        ),
        (_NONE, ["has_title", "has_label", "title_n", "label_n", "label_plays", "is_remixer"]),
    ],
    ids=lambda value: value.name if isinstance(value, questions.Visibility) else "",
)
def test_what_is_hidden_is_not_counted(
    asked: duckdb.DuckDBPyConnection, visibility: questions.Visibility, empty: list[str]
) -> None:
    sums = ", ".join(f"coalesce(sum({name}::int), 0)" for name in empty)
    assert asked.execute(f"select {sums} from ({questions.visible(visibility)})").fetchall()[0] == (0,) * len(
        empty
    )


def test_a_candidate_that_only_a_hidden_fact_brings_is_gone(asked: duckdb.DuckDBPyConnection) -> None:
    left = asked.execute(
        f"select count(*) from ({questions.visible(_NONE)}) where not from_context"
    ).fetchall()[0][0]
    assert left == 0
    assert asked.execute("select count(*) from proposal where not from_context").fetchall()[0][0] > 0


# ---- posterior ------------------------------------------------------------------------------------------


def test_candidates_and_none_share_one_mass(asked: duckdb.DuckDBPyConnection, model: Model) -> None:
    asked.execute(f"create temp table scored as {score_sql(model, questions.visible(_TITLE_AND_LABEL))}")
    make_posterior(asked, "scored")
    worst = asked.execute(
        "select max(abs(total - 1)) from (select sum(own_probability) + any_value(p_none) as total from posterior group by question_no)"
    ).fetchall()[0][0]
    assert worst < 1e-9
    odd = asked.execute(
        "select count(*) from posterior where probability < own_probability - 1e-12 or probability > 1 - p_none + 1e-12"
    ).fetchall()[0][0]
    assert odd == 0
    ranks = asked.execute(
        "select count(*) from (select question_no from posterior group by 1 having count(*) <> max(rank) or count(distinct rank) <> count(*))"
    ).fetchall()[0][0]
    assert ranks == 0


def test_probability_is_two_to_the_weight_against_none(asked: duckdb.DuckDBPyConnection) -> None:
    asked.execute(
        "create temp table scored as select question_no, artist_no, rn - 2.0 as match_weight from"
        " (select *, row_number() over (partition by question_no order by artist_no) as rn from proposal where question_no = 1)"
        " where rn <= 3"
    )
    make_posterior(asked, "scored")
    # weights -1, 0, 1: masses .5, 1, 2 beside 1 for none
    got = asked.execute(
        "select match_weight, own_probability, p_none from posterior order by match_weight"
    ).fetchall()
    assert [row[1] for row in got] == pytest.approx([0.5 / 4.5, 1 / 4.5, 2 / 4.5])
    assert got[0][2] == pytest.approx(1 / 4.5)


def test_no_weight_is_too_large_for_a_probability(asked: duckdb.DuckDBPyConnection) -> None:
    asked.execute(
        "create temp table scored as select question_no, artist_no, 5000.0 - artist_no as match_weight from proposal"
    )
    make_posterior(asked, "scored")
    low, high = asked.execute("select min(probability), max(probability) from posterior").fetchall()[0]
    assert 0 <= low <= high <= 1


# ---- bands ----------------------------------------------------------------------------------------------


def _band(right: list[bool], asked: int | None = None) -> Band:
    probability = np.linspace(0.999, 0.001, len(right))
    return band_of(probability, np.array(right, bool), asked if asked is not None else len(right))


def test_right_answers_make_an_auto_band() -> None:
    band = _band([True] * 500 + [False] * 500)
    assert band.auto_precision == pytest.approx(1.0, abs=0.02)
    assert 0.4 < band.auto_coverage <= 0.52
    assert 0.45 < band.auto < 0.6


def test_a_few_right_answers_prove_nothing() -> None:
    band = _band([True] * 30)
    assert band.auto > 1
    assert band.auto_coverage == 0
    assert band.auto_precision is None
    assert band.review <= 0.5


def test_a_precision_just_reached_is_not_enough() -> None:
    """The threshold needs a standard error to spare, or it overshoots on other sets."""
    band = _band(([True] * 67 + [False]) * 20)
    assert band.auto > 1


def test_shares_are_of_all_questions() -> None:
    assert _band([True] * 500, asked=1000).auto_coverage == pytest.approx(0.5)


def test_no_answer_at_all_gives_no_band() -> None:
    band = band_of(np.zeros(0), np.zeros(0, bool), 0)
    assert band.auto > 1
    assert band.auto_coverage == 0


def test_review_lies_below_auto() -> None:
    band = _band([True] * 600 + [True, True, False] * 100 + [False] * 300)
    assert band.review < band.auto <= 1


# ---- training -------------------------------------------------------------------------------------------


def test_masked_tracks_come_from_train_sets_at_every_visibility(trained_lake: Lake) -> None:
    with trained_lake.connect(["masked_tracks", "set_splits"]) as con:
        splits = con.execute(
            "select distinct split from masked_tracks join set_splits using (set_key)"
        ).fetchall()
        shown = {row[0] for row in con.execute("select distinct visibility from masked_tracks").fetchall()}
    assert splits == [("train",)]
    assert shown == {v.name for v in VISIBILITIES}


def test_without_a_model_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="materialize splink_model"):
        train.load_current(tmp_path)


def test_training_twice_gives_the_same_model(trained_lake: Lake, model: Model) -> None:
    with trained_lake.connect(["plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES]) as con:
        assert train.train(con).model.model_hash == model.model_hash


# ---- answers --------------------------------------------------------------------------------------------


@pytest.fixture
def answered(
    trained_lake: Lake, model: Model
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[dict[str, object]]]]:
    """The lines nobody names, answered; rows of `resolved`."""
    bands = train.load_current(models_folder(trained_lake))[1]
    unnamed = "select track_key, null::varchar as label_key from tracks where not artist_known"
    with trained_lake.connect(["plays", "artists", "dj_profiles", "tracks", *EXTERNAL_TABLES]) as con:
        resolve.propose(con, model, unnamed, run_id="r1")
        resolve.answer(con, model, bands, unnamed, "candidates", run_id="r1")
        rows = con.sql("select * from resolved order by track_key").to_arrow_table().to_pylist()
        yield con, rows


def test_every_asked_track_gets_one_answer(
    answered: tuple[duckdb.DuckDBPyConnection, list[dict[str, object]]], trained_lake: Lake
) -> None:
    con, rows = answered
    asked = con.execute("select count(*) from tracks where not artist_known").fetchall()[0][0]
    assert len(rows) == asked > 3
    assert {row["band"] for row in rows} <= {"auto", "review", "none"}
    assert all(row["reason"] and row["run_id"] == "r1" for row in rows)


def test_a_title_one_artist_has_is_answered_with_him(
    answered: tuple[duckdb.DuckDBPyConnection, list[dict[str, object]]],
) -> None:
    """The world's "ID - title" lines hide titles that other sets name."""
    con, rows = answered
    named = dict(
        con.execute(
            "select t.track_key, list(distinct k.artist_keys[1]) from tracks t join tracks k"
            " on k.title_key = t.title_key and k.artist_known where not t.artist_known group by 1"
        ).fetchall()
    )
    unique = [row for row in rows if len(named.get(row["track_key"], [])) == 1]
    right = [row for row in unique if row["artist_key"] == named[row["track_key"]][0]]
    assert len(right) >= 0.8 * len(unique) > 2


def test_candidates_carry_what_explains_them(
    answered: tuple[duckdb.DuckDBPyConnection, list[dict[str, object]]], model: Model
) -> None:
    con, _ = answered
    rows = con.execute(
        "select rank, match_weight, levels, rules, probability, p_none from candidates"
    ).fetchall()
    weights = {
        (name, len(levels) - 1 - i): bits
        for name, levels in model.level_weights().items()
        for i, (_, bits) in enumerate(levels)
    }
    assert {row[0] for row in rows} <= set(range(1, resolve.KEPT_CANDIDATES + 1))
    for _, match_weight, levels, rules, probability, p_none in rows:
        total = model.prior_weight + sum(weights[entry["comparison"], entry["level"]] for entry in levels)
        assert total == pytest.approx(match_weight, abs=1e-6)
        assert rules
        assert 0 <= probability <= 1 - p_none + 1e-9
