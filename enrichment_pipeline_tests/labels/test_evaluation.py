"""The hidden-label harness: right numbers on lakes small enough to count by hand, and no leak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.labels.calibration import fit_log_odds, shrunken
from enrichment_pipeline.labels.evaluation import evaluate_hidden_label, register_splits, teach_labels
from enrichment_pipeline_tests.catalogue.lakes import fill_lake

TRAIN_A = [f"Marlow - Tune {n} [Quay]" for n in range(4)]
TRAIN_B = [f"Marlow - Tune {n} [Quay]" for n in range(2)] + ["Voss - Song [Pier]"]


def splits_of(lake, by_id):
    with lake.connect(["raw_tracks"]) as con:
        keys = con.execute("select distinct set_key, set_id from raw_tracks").fetchall()
    return {key: by_id[set_id] for key, set_id in keys}


def scores(lake, by_id, splits=("test",), seed=0):
    with lake.connect(["plays"]) as con:
        register_splits(con, splits_of(lake, by_id))
        found = evaluate_hidden_label(con, splits=splits, seed=seed)
    return {(s.split, s.method, s.measure): s for s in found}


def test_coverage_and_accuracy_as_counted_by_hand(lake):
    hidden = ["Marlow - Tune 0 [Quay]", "Marlow - Tune 1 [Dock]", "Ennis - New [Quay]", "Gable - None"]
    fill_lake(lake, {"a": TRAIN_A, "b": TRAIN_B, "t": hidden})
    found = scores(lake, {"a": "train", "b": "train", "t": "test"})
    for method in ("same track elsewhere", "track_labels"):
        assert found["test", method, "coverage"].value == pytest.approx(2 / 3), method
        assert found["test", method, "accuracy"].value == pytest.approx(1 / 2), method
        assert found["test", method, "coverage_times_accuracy"].value == pytest.approx(1 / 3), method
    assert {s.visibility for s in found.values()} == {"hidden label"}


def test_a_label_planted_in_a_held_out_set_is_not_known(lake):
    """The planted track stands in two held-out sets, labelled: neither may help the other."""
    planted = "Ennis - Planted [Hidden Quay]"
    fill_lake(
        lake,
        {"a": TRAIN_A, "b": TRAIN_B, "t": [planted, "Voss - X [Pier]"], "u": [planted, "Voss - Y [Pier]"]},
    )
    by_id = {"a": "train", "b": "train", "t": "test", "u": "dev"}
    with lake.connect(["plays"]) as con:
        register_splits(con, splits_of(lake, by_id))
        teach_labels(con, ["test", "dev"])
        known = con.execute("select count(*) from label_witness where label_key = 'hiddenquay'").fetchall()
    assert known == [(0,)]
    found = scores(lake, by_id, splits=("test", "dev"))
    for split in ("test", "dev"):
        assert found[split, "same track elsewhere", "coverage"].value == 0
    by_id["u"] = "train"
    assert scores(lake, by_id)["test", "same track elsewhere", "coverage"].value == 0.5, (
        "a train set does help"
    )


def test_spellings_seen_in_held_out_sets_alone_do_not_help_to_answer(lake):
    often = [f"Oskar Mulrow - Tune {n} [Moonquay]" for n in range(6)]
    fill_lake(lake, {"a": often, "b": ["Voss - One [Pier]"], "t": ["Oscar Mulrow - Tune 1 [Moonquay]"]})
    by_id = {"a": "train", "b": "train", "t": "test"}
    assert scores(lake, by_id)["test", "same track elsewhere", "coverage"].value == 0


def test_a_slip_of_the_hidden_label_is_no_error_of_the_answer(lake):
    often = [f"Oskar Mulrow - Tune {n} [Moonquay]" for n in range(6)]
    fill_lake(lake, {"a": often, "t": ["Oskar Mulrow - Tune 1 [Monquay]", "Oskar Mulrow - Tune 2 [Mill]"]})
    found = scores(lake, {"a": "train", "t": "test"})
    assert found["test", "same track elsewhere", "accuracy"].value == 0.5


def test_intervals_hold_the_value_and_the_seed_decides_them(lake):
    sets = {f"t{n}": [f"Marlow - Tune {n % 4} [Quay]", f"Ennis {n} - New [Dock]"] for n in range(8)}
    fill_lake(lake, {"a": TRAIN_A, **sets})
    by_id = {"a": "train", **dict.fromkeys(sets, "test")}
    one, same, other = (scores(lake, by_id, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other or all(s.low == s.high for s in one.values())
    for score in one.values():
        assert score.low <= score.value <= score.high


def test_a_split_without_labelled_lines_has_no_rows(lake):
    fill_lake(lake, {"a": TRAIN_A, "t": ["Marlow - Tune 0"]})
    assert scores(lake, {"a": "train", "t": "test"}) == {}


def test_the_fit_finds_shares_and_keeps_to_the_prior_where_nothing_is_measured():
    design = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
    n, right = np.array([5000.0, 5000.0]), np.array([4500.0, 1000.0])
    prior = np.array([0.0, 0.0, 0.0, 1.5])
    weights = fit_log_odds(design, n, right, prior)
    assert 1 / (1 + np.exp(-(design @ weights))) == pytest.approx([0.9, 0.2], abs=0.01)
    assert weights[3] == pytest.approx(1.5)


@given(n=st.integers(0, 1000), share=st.floats(0, 1), prior=st.floats(0, 1), more=st.integers(1, 100))
def test_shrinking_stays_between_what_is_measured_and_the_prior(n, share, prior, more):
    right = round(n * share)
    found = shrunken(right, n, prior, 5.0)
    measured = right / n if n else prior
    assert min(measured, prior) - 1e-9 <= found <= max(measured, prior) + 1e-9
    # another right case never lowers it
    assert shrunken(right + more, n + more, prior, 5.0) >= found - 1e-12
