"""The simulation of the cool-down: the very policy, and the figures that are promised."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.cooldown import (
    BUDGET_A_DAY,
    REQUESTS_A_TRACK,
    World,
    ask_all,
    compare,
    draw,
    herd_of,
    page,
    simulate,
)
from enrichment_pipeline.cooldown.policy import DEFAULT, Reason, first_wait_days, wait

SMALL = World(tracks=4_000)


def test_each_history_is_that_of_the_scalar_policy() -> None:
    with duckdb.connect() as con:
        ask_all(con, SMALL, DEFAULT, spreads_new=True)
        rows = con.execute(
            "select key, list(at_day order by attempt), any_value(comes_out) from asked join track using (key) group by 1 order by 1 limit 300"
        ).fetchall()
    assert {len(days) for _, days, _ in rows} == set(range(2, DEFAULT.retries + 2))
    for key, days, comes_out in rows:
        expected = [days[0]]
        while comes_out is None or comes_out > expected[-1]:
            waiting = wait(Reason.NO_MATCH, len(expected), key)
            if waiting is None:
                break
            expected.append(expected[-1] + waiting.total_seconds() / 86400)
        assert days == pytest.approx(expected, abs=2 / 86400)


def test_a_thousand_that_fail_on_one_day_come_back_spread() -> None:
    assert herd_of(1_000, "none") == 1.0
    assert herd_of(1_000, "full") <= 0.04


def test_a_migration_is_spread_over_the_whole_period() -> None:
    tracks = 100_000
    asked = simulate(World(tracks, at_once=1.0, released=0.0, days=60)).asked
    period = first_wait_days(tracks)
    # what was asked first falls due again from the seventh day on, so the first week shows the spread alone
    assert asked[:7].max() <= 1.1 * DEFAULT.tracks_per_day
    assert (asked[:period] >= 0.9 * DEFAULT.tracks_per_day).all()
    assert simulate(World(tracks, at_once=1.0, released=0.0, days=60), spreads_new=False).asked[0] == tracks


def test_requests_stay_far_below_the_budget_and_most_that_comes_out_is_found(tmp_path: Path) -> None:
    outcomes = compare(SMALL)
    full, none = outcomes["full"], outcomes["none"]
    assert full.asked.max() * REQUESTS_A_TRACK[1] < BUDGET_A_DAY / 100
    assert full.recovered / full.could_be_found > 0.9
    # spreading costs no recovery worth speaking of
    assert full.recovered > 0.98 * none.recovered
    assert sum(full.found.values()) <= full.could_be_found <= SMALL.tracks
    draw(outcomes, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"asked.png", "found.png"}
    assert "| full |" in page(SMALL, outcomes, dict.fromkeys(outcomes, 0.0))
