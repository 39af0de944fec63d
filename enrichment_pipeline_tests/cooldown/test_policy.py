"""The policy over thousands of histories: floor, cap, attempts, seeds; the same over whole tables; and herds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_pipeline.cooldown.policy import (
    ANSWERS,
    DEFAULT,
    Facts,
    Jitter,
    Reason,
    Settings,
    base_days,
    first_due,
    first_wait_days,
    next_ask,
    pause,
    reason_of,
    span,
    unit,
    wait,
)
from enrichment_pipeline.cooldown.policy_sql import base_days_sql, unit_sql, wait_seconds_sql
from enrichment_pipeline.sources.outcomes import ANSWERED, OUTCOMES

START = datetime(2026, 5, 1, 12)
SETTINGS = st.builds(
    Settings,
    strategy=st.sampled_from(["fixed", "exponential", "adaptive"]),
    jitter=st.sampled_from(["none", "plus-minus", "additive", "full"]),
    fixed_days=st.floats(1, 400),
    floor_days=st.floats(0.5, 20),
    cap_days=st.floats(30, 400),
    retries=st.integers(1, 8),
)
FACTS = st.builds(Facts, st.booleans(), st.booleans(), st.booleans())
KEYS = st.text("0123456789abcdef", min_size=1, max_size=32)
MANY = settings(max_examples=1500)


@MANY
@given(st.sampled_from(ANSWERS), st.integers(1, 12), KEYS, SETTINGS, FACTS)
def test_a_wait_is_never_below_the_floor_nor_above_the_cap(
    reason: Reason, attempts: int, key: str, chosen: Settings, facts: Facts
) -> None:
    waiting = wait(reason, attempts, key, chosen, facts)
    assert (waiting is None) == (attempts > chosen.retries)
    if waiting is not None:
        # whole seconds
        assert chosen.floor_days * 86400 - 1 <= waiting.total_seconds() <= chosen.cap_days * 86400 + 1
        assert waiting == wait(reason, attempts, key, chosen, facts)


@MANY
@given(st.sampled_from(ANSWERS), st.integers(1, 5), SETTINGS, FACTS)
def test_jitter_always_leaves_room(reason: Reason, attempts: int, chosen: Settings, facts: Facts) -> None:
    """A step at the floor or the cap must not be one day for all."""
    days = base_days(reason, min(attempts, chosen.retries), chosen, facts)
    assert days is not None
    low, high = span(days, chosen)
    assert chosen.floor_days <= low <= high <= max(chosen.cap_days, chosen.floor_days)
    if chosen.jitter != "none":
        assert high - low >= min(chosen.jitter_share * days, chosen.cap_days - chosen.floor_days) - 1e-9


@MANY
@given(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=40), KEYS, SETTINGS)
def test_a_history_of_a_track(outcomes: list[str], key: str, chosen: Settings) -> None:
    """As a source's look-ups go: each ask at its due time, trouble counted by nobody, the end after all retries."""
    attempts, now = 0, START
    for outcome in outcomes:
        before = attempts
        attempts += outcome in ANSWERED
        due = next_ask(outcome, attempts, now, seed=key, settings=chosen)
        if outcome not in ANSWERED:
            assert attempts == before
        if outcome == "hit":
            assert due is None
            return
        if outcome in ("miss", "ambiguous") and due is None:
            assert attempts == chosen.retries + 1
            return
        if outcome in ("off", "quota"):
            assert due is None
            continue
        assert due is not None
        assert due > now
        now = due
    assert attempts <= chosen.retries


@MANY
@given(SETTINGS, st.sampled_from(ANSWERS), st.integers(1, 5), FACTS)
def test_facts_only_make_it_sooner(chosen: Settings, reason: Reason, attempts: int, facts: Facts) -> None:
    with_facts = base_days(reason, attempts, chosen, facts)
    without = base_days(reason, attempts, chosen)
    assert (with_facts is None) == (without is None)
    if with_facts is not None and without is not None:
        assert with_facts <= without


@settings(max_examples=300)
@given(
    st.sampled_from(ANSWERS),
    st.lists(st.tuples(KEYS, st.integers(1, 9), FACTS), min_size=1, max_size=20),
    SETTINGS,
)
def test_whole_tables_have_the_same_policy(
    reason: Reason, asked: list[tuple[str, int, Facts]], chosen: Settings
) -> None:
    days = base_days_sql(f"'{reason}'", "attempts", "facts", chosen)
    rows = ", ".join(f"('{key}', {attempts}, {facts.count})" for key, attempts, facts in asked)
    found = duckdb.sql(
        f"select {wait_seconds_sql(days, 'key', 'attempts', chosen)}, {unit_sql('key')} from (values {rows}) t(key, attempts, facts)"
    ).fetchall()
    for (key, attempts, facts), (seconds, drawn) in zip(asked, found, strict=True):
        waiting = wait(reason, attempts, key, chosen, facts)
        assert drawn == unit(key)
        if waiting is None or seconds is None:
            assert seconds is waiting
        else:
            # the last digit of a float may fall to the other side of half a second
            assert abs(seconds - waiting.total_seconds()) <= 1


def test_the_schedules_are_those_of_the_design() -> None:
    bare = replace(DEFAULT, jitter="none")
    steps = [wait(Reason.NO_MATCH, n, "key", bare) for n in range(1, 7)]
    assert [w.days if w else None for w in steps] == [30, 60, 120, 240, 365, None]
    assert base_days(Reason.AMBIGUOUS, 1) == 60
    facts = [Facts(), Facts(label_known=True), Facts(True, True), Facts(True, True, True)]
    assert [base_days(Reason.LOW_PROBABILITY, 1, DEFAULT, f) for f in facts] == [90, 75, 60, 45]
    fixed = replace(bare, strategy="fixed")
    assert {base_days(Reason.NO_MATCH, n, fixed) for n in range(1, 6)} == {90}
    adaptive = replace(bare, strategy="adaptive")
    assert [base_days(Reason.NO_MATCH, n, adaptive) for n in range(1, 4)] == [90, 135, 180]


def test_trouble_has_pauses_and_a_time_the_source_named_goes_first() -> None:
    assert next_ask("down", 0, START, seed="a") == START + timedelta(hours=1)
    assert next_ask("blocked", 0, START, seed="a") == START + timedelta(days=1)
    until = START + timedelta(hours=7)
    assert next_ask("blocked", 0, START, seed="a", until=until) == until
    assert pause(Reason.QUOTA) == timedelta(days=1)
    assert pause(Reason.OFF) is None


def test_what_is_no_answer_has_no_step() -> None:
    with pytest.raises(ValueError, match="only answers"):
        base_days(Reason.DOWN, 1)
    with pytest.raises(ValueError, match="0 answers"):
        base_days(Reason.NO_MATCH, 0)
    assert {reason_of(outcome) for outcome in OUTCOMES} == set(Reason) - {Reason.NOT_ASKED}


def largest_day(jitter: Jitter, attempts: int = 1, tracks: int = 1000) -> float:
    chosen = replace(DEFAULT, jitter=jitter)
    days = Counter(
        (START + (wait(Reason.NO_MATCH, attempts, f"track {n}", chosen) or timedelta())).date()
        for n in range(tracks)
    )
    return max(days.values()) / tracks


def test_a_thousand_that_fail_on_one_day_do_not_come_back_on_one_day() -> None:
    """What a tenth of 30 days can do is a sixth; that is why the default spreads it wider."""
    assert largest_day("none") == 1
    assert largest_day("full") <= 0.04
    assert largest_day("plus-minus") > 0.14
    assert largest_day("additive") > 0.3
    assert all(largest_day("full", attempts) <= 0.04 for attempts in range(2, 6))


def test_the_mean_of_a_step_is_the_step() -> None:
    waits = [wait(Reason.NO_MATCH, 1, f"track {n}") for n in range(5000)]
    mean = sum(w.total_seconds() for w in waits if w) / len(waits) / 86400
    assert 29.5 <= mean <= 30.5


def test_many_that_come_in_at_once_are_spread_over_the_whole_period() -> None:
    tracks = 100_000
    period = first_wait_days(tracks)
    assert period == 50
    days = Counter((first_due(f"track {n}", START, tracks) - START).days for n in range(tracks))
    assert set(days) == set(range(period))
    assert max(days.values()) <= 1.1 * DEFAULT.tracks_per_day
    assert first_due("track 1", START, DEFAULT.tracks_per_day) == START
    assert first_wait_days(10**9) == 365
