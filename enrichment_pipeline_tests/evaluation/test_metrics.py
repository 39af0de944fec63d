"""Measures on cases worked out by hand, and intervals that are the same in every run."""

from __future__ import annotations

import numpy as np
import pytest

from enrichment_pipeline.evaluation.metrics import (
    Answers,
    Bootstrap,
    Measured,
    Thresholds,
    coverage_curve,
    expected_calibration_error,
    measure_answers,
    precision_at_coverage,
    reliability,
)


def _answers(
    rank: list[int], probability: list[float] | None = None, *, exact: list[int] | None = None
) -> Answers:
    ranks = np.array(rank)
    return Answers(
        rank=ranks,
        exact_rank=np.array(exact if exact is not None else rank),
        names_first_artist=ranks == 1,
        answered=np.array(probability) > 0 if probability is not None else ranks > 0,
        certainty=None if probability is None else np.array(probability),
        is_probability=probability is not None,
    )


def _values(found: list[Measured]) -> dict[str, float | None]:
    return {m.measure: m.value for m in found}


def _measure(answers: Answers, thresholds: Thresholds | None = None) -> dict[str, float | None]:
    return _values(measure_answers(answers, Bootstrap(np.arange(answers.rank.size)), thresholds))


def test_shares_are_over_all_lines_also_those_without_a_candidate() -> None:
    got = _measure(_answers([1, 2, 11, 0], exact=[1, 0, 0, 0]))
    assert got["hit@1"] == pytest.approx(1 / 4)
    assert got["hit@10"] == pytest.approx(2 / 4)
    assert got["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 11) / 4)
    assert got["hit@1_exact_key"] == pytest.approx(1 / 4)
    assert got["answered"] == pytest.approx(3 / 4)


def test_calibration_error_by_hand() -> None:
    """Bins [.2,.3): mean .25, half right; [.9,1]: mean .95, all right; errors .25 and .05, two lines each."""
    probability, hit = np.array([0.2, 0.3 - 1e-9, 0.9, 1.0]), np.array([True, False, True, True])
    got = expected_calibration_error(Bootstrap(np.arange(4)), probability, hit)
    assert got.value == pytest.approx((0.25 * 2 + 0.05 * 2) / 4, abs=1e-6)


def test_a_line_without_answer_counts_as_probability_nought() -> None:
    got = _measure(_answers([1, 0], [0.5, 0.0]))
    assert got["ece"] == pytest.approx(0.25)
    assert got["brier"] == pytest.approx((0.25 + 0) / 2)


def test_a_perfectly_calibrated_method_has_no_error() -> None:
    probability = [0.25] * 4 + [0.75] * 4
    rank = [1, 0, 0, 0, 1, 1, 1, 0]
    assert _measure(_answers(rank, probability))["ece"] == pytest.approx(0)


def test_bands_by_hand() -> None:
    got = _measure(_answers([1, 2, 1, 0, 0], [0.99, 0.98, 0.6, 0.3, 0.0]), Thresholds(auto=0.95, review=0.5))
    assert got["auto_precision"] == pytest.approx(1 / 2)
    assert got["auto_coverage"] == pytest.approx(2 / 5)
    assert got["review_precision"] == pytest.approx(1)
    assert got["review_coverage"] == pytest.approx(1 / 5)
    assert got["abstained"] == pytest.approx(2 / 5)
    assert got["precision_p>=0.9"] == pytest.approx(1 / 2)


def test_precision_of_no_answer_is_no_number() -> None:
    got = _measure(_answers([1, 0], [0.5, 0.1]), Thresholds(auto=1.01, review=0.9))
    assert got["auto_precision"] is None
    assert got["auto_coverage"] == 0


def test_precision_at_coverage_takes_the_surest() -> None:
    certainty = np.arange(20, 0, -1).astype(float)
    hit = np.arange(20) < 3
    found = precision_at_coverage(Bootstrap(np.arange(20)), certainty, np.ones(20, bool), hit, (10, 20, 25))
    assert [m.value for m in found] == pytest.approx([1.0, 3 / 4, 3 / 5])


def test_precision_at_a_coverage_nobody_reaches_is_no_number() -> None:
    answered = np.arange(20) < 2
    found = precision_at_coverage(Bootstrap(np.arange(20)), answered * 1.0, answered, answered, (10, 30))
    assert [m.value for m in found] == [1.0, None]


def test_the_same_seed_gives_the_same_interval() -> None:
    sets = np.repeat(np.arange(30), 5)
    hit = np.random.default_rng(0).random(150) < 0.4
    once, again, other = (Bootstrap(sets, seed=seed).share("hit@1", hit, np.ones(150)) for seed in (1, 1, 2))
    assert once == again
    assert once.value == other.value
    assert (once.low, once.high) != (other.low, other.high)


def test_lines_of_one_set_are_no_independent_draws() -> None:
    """Whole sets right or wrong: resampling lines would promise far more than there is."""
    hit = np.repeat(np.arange(20) % 2 == 0, 50)
    by_set = Bootstrap(np.repeat(np.arange(20), 50)).share("hit@1", hit, np.ones(1000))
    by_line = Bootstrap(np.arange(1000)).share("hit@1", hit, np.ones(1000))
    assert by_set.low is not None
    assert by_set.high is not None
    assert by_line.low is not None
    assert by_line.high is not None
    assert by_set.high - by_set.low > 4 * (by_line.high - by_line.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(3)
    inside = 0
    for trial in range(200):
        share = draw.beta(4, 6, 60)
        hit = (draw.random((60, 8)) < share[:, None]).ravel()
        found = Bootstrap(np.repeat(np.arange(60), 8), seed=trial).share("hit@1", hit, np.ones(480))
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 0.4 <= found.high
    assert 0.88 <= inside / 200 <= 0.99


def test_weights_count_lines_as_often_as_they_say() -> None:
    """Every measure with weights is that of the lines repeated so often."""
    given = _answers([1, 0, 2, 1, 0], [0.9, 0.8, 0.6, 0.5, 0.2])
    times = np.array([3, 1, 2, 1, 2])
    repeated = np.repeat(np.arange(5), times)
    bands = Thresholds(auto=0.75, review=0.4)
    weighted = _values(
        measure_answers(given, Bootstrap(np.arange(5), line_weights=times.astype(float)), bands)
    )
    plain = _values(measure_answers(given.take(repeated), Bootstrap(repeated), bands))
    assert {k: v for k, v in weighted.items() if v is not None} == pytest.approx(
        {k: v for k, v in plain.items() if v is not None}
    )
    assert weighted["precision_at_30%"] == pytest.approx(1)


def test_none_of_these_is_right_where_no_candidate_is() -> None:
    given = Answers(
        np.array([1, 0, 0]), np.array([1, 0, 0]), np.array([True, False, False]), np.array([True, True, False]),
        np.array([0.7, 0.4, 0.0]), is_probability=True, p_none=np.array([0.25, 0.5, 1.0]),
    )  # fmt: skip
    got = _measure(given)
    assert got["none_true"] == pytest.approx(2 / 3)
    assert got["none_expected"] == pytest.approx(1.75 / 3)
    assert got["none_ece"] == pytest.approx((0.25 + 0.5) / 3)
    assert got["none_brier"] == pytest.approx((0.25**2 + 0.5**2) / 3)


def test_some_of_the_answers_keep_their_thresholds() -> None:
    given = _answers([1, 0, 1, 0], [0.9, 0.9, 0.5, 0.5])
    chosen = np.array([True, False, True, False])
    bands = Thresholds(auto=np.array([0.8, 0.8, 0.4, 0.4]), review=0.3).take(chosen)
    assert _measure(given.take(chosen), bands)["auto_coverage"] == 1


def test_a_share_of_nothing_is_no_number() -> None:
    assert Bootstrap(np.zeros(3, np.int64)).share("x", np.zeros(3), np.zeros(3)).value is None


def test_the_curve_ends_at_everything_answered() -> None:
    x, y = coverage_curve(_answers([1] * 30 + [0] * 30, [0.9] * 30 + [0.4] * 30))
    assert (x[-1], y[-1]) == pytest.approx((1.0, 0.5))
    assert y[0] == 1.0
    assert coverage_curve(_answers([1, 0]))[0].size == 0


def test_reliability_names_bins_that_have_lines() -> None:
    assert reliability(_answers([1, 0], [0.95, 0.15])) == [
        (pytest.approx(0.15), 0.0, 1),
        (pytest.approx(0.95), 1.0, 1),
    ]
