"""When to ask again: pure policy from how it ended, how often, what is known, clock and seed.

What was asked and how it ended stands with the sources, the state of each track in `queue.py`, the same policy over
whole tables in `policy_sql.py`. Nothing here reads a clock or draws a random number.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

Strategy = Literal["fixed", "exponential", "adaptive"]
Jitter = Literal["none", "plus-minus", "additive", "full"]


class Reason(StrEnum):
    """Why a track waits. Only the first three are answers; the others are about the source and count no attempt."""

    NO_MATCH = "no match"
    AMBIGUOUS = "ambiguous"
    LOW_PROBABILITY = "low probability"
    DOWN = "source down"
    BLOCKED = "source blocked"
    QUOTA = "quota"
    OFF = "off"
    NOT_ASKED = "not asked"


ANSWERS = (Reason.NO_MATCH, Reason.AMBIGUOUS, Reason.LOW_PROBABILITY)
_REASONS = {
    "miss": Reason.NO_MATCH,
    "ambiguous": Reason.AMBIGUOUS,
    # found, and not sure enough to stand
    "hit": Reason.LOW_PROBABILITY,
    "down": Reason.DOWN,
    "blocked": Reason.BLOCKED,
    "quota": Reason.QUOTA,
    "off": Reason.OFF,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Schedules in days before jitter, and how they are spread.

    Args:
        strategy: schedule of what was not found: `exponential` takes `steps`, `fixed` always `fixed_days`,
            `adaptive` the days of the facts, half as much again with each attempt.
        steps: a promo that nobody can name today is out in three months; what is not found in two years stays
            unknown.
        fixed_days: step of the fixed strategy.
        ambiguous_days: several answers, none better: a release that settles it is as far away as it may be.
        soonest_days: adaptive, when all facts speak for asking soon; also the least of a low probability.
        latest_days: adaptive, when none does; also the most of a low probability.
        retries: times a track is asked again before it is exhausted; the first look-up is not one of them.
        jitter: `plus-minus` and `additive` move a step by up to `jitter_share` of it; `full` spreads it over
            `full_share` of it to both sides, the mean kept; `none` is for comparison.
        jitter_share: a tenth of 30 days are 6 days of arrival: a sixth of what failed on one day comes on one.
        full_share: three quarters of 30 days are 45 days of arrival: of 1,000 some 3.5 % come on one day.
        floor_days: no answer is asked again sooner, whatever the jitter.
        cap_days: nor later.
        down_hours: pause where a source did not name its own; no attempt.
        blocked_hours: who sends robots away does not change that within the hour; no attempt.
        quota_hours: until the next period, where the source does not name it; no attempt.
        tracks_per_day: what comes in at once beyond this many tracks is spread over days. At 0.15 requests a
            track they are 300 requests: minutes of a day, which leaves room for what falls due.
        recent_days: a set is recent so long; a promo played within four months may come out any day.
    """

    strategy: Strategy = "exponential"
    steps: tuple[float, ...] = (30, 60, 120, 240, 365)
    fixed_days: float = 90
    ambiguous_days: float = 60
    soonest_days: float = 45
    latest_days: float = 90
    retries: int = 5
    jitter: Jitter = "full"
    jitter_share: float = 0.1
    full_share: float = 0.75
    floor_days: float = 7
    cap_days: float = 365
    down_hours: float = 1
    blocked_hours: float = 24
    quota_hours: float = 24
    tracks_per_day: int = 2_000
    recent_days: int = 120


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Facts:
    """What speaks for asking sooner: the label is known, a recent set plays it, more DJs support it than before."""

    label_known: bool = False
    recent_set: bool = False
    supports_rising: bool = False

    @property
    def count(self) -> int:
        """How many speak for it, 0..3."""
        return self.label_known + self.recent_set + self.supports_rising


NO_FACTS = Facts()


def reason_of(outcome: str) -> Reason:
    """The reason that the outcome of a look-up leaves a track with.

    Raises:
        KeyError: no such outcome.
    """
    return _REASONS[outcome]


def base_days(
    reason: Reason, attempts: int, settings: Settings = DEFAULT, facts: Facts = NO_FACTS
) -> float | None:
    """The step before jitter.

    Args:
        reason: one of `ANSWERS`.
        attempts: answers so far, this one included; from 1.
        settings: schedules.
        facts: for what is adaptive.

    Returns:
        Days; None when the track is exhausted.

    Raises:
        ValueError: the reason is no answer, or there was none.
    """
    if reason not in ANSWERS or attempts < 1:
        raise ValueError(f"{reason} after {attempts} answers has no step: only answers have")
    if attempts > settings.retries:
        return None
    adaptive = settings.latest_days - (settings.latest_days - settings.soonest_days) / 3 * facts.count
    if reason is Reason.AMBIGUOUS:
        return settings.ambiguous_days
    if reason is Reason.LOW_PROBABILITY:
        return adaptive
    if settings.strategy == "fixed":
        return settings.fixed_days
    if settings.strategy == "adaptive":
        return adaptive * (1 + 0.5 * (attempts - 1))
    return settings.steps[min(attempts, len(settings.steps)) - 1]


def span(days: float, settings: Settings = DEFAULT) -> tuple[float, float]:
    """Between which days a step may end, jitter, floor and cap all kept.

    The span is cut before anything is drawn from it, so that nothing piles up at the floor or at the cap; where
    too little is left of it, it is moved.
    """
    down, up = {
        "none": (0.0, 0.0),
        "plus-minus": (settings.jitter_share, settings.jitter_share),
        "additive": (0.0, settings.jitter_share),
        "full": (settings.full_share, settings.full_share),
    }[settings.jitter]
    least_width = 0.0 if settings.jitter == "none" else settings.jitter_share * days
    high = min(days * (1 + up), settings.cap_days)
    low = max(min(days * (1 - down), high - least_width), settings.floor_days)
    high = min(max(high, low + least_width), settings.cap_days)
    return low, high


def wait(
    reason: Reason, attempts: int, seed: str, settings: Settings = DEFAULT, facts: Facts = NO_FACTS
) -> timedelta | None:
    """How long an answered track waits; None when it is exhausted.

    Args:
        reason: one of `ANSWERS`.
        attempts: answers so far, this one included.
        seed: the track's key; same seed and attempt, same wait.
        settings: schedules.
        facts: for what is adaptive.

    Raises:
        ValueError: as `base_days`.
    """
    days = base_days(reason, attempts, settings, facts)
    if days is None:
        return None
    low, high = span(days, settings)
    drawn = low + unit(f"{seed}|{attempts}") * (high - low)
    return timedelta(seconds=math.floor(drawn * 86400 + 0.5))


def pause(reason: Reason, settings: Settings = DEFAULT) -> timedelta | None:
    """How long to leave a source alone that named no time itself; None for off, which no waiting mends.

    Raises:
        KeyError: the reason is an answer.
    """
    hours = {
        Reason.DOWN: settings.down_hours,
        Reason.BLOCKED: settings.blocked_hours,
        Reason.QUOTA: settings.quota_hours,
        Reason.NOT_ASKED: 0.0,
        Reason.OFF: None,
    }[reason]
    return None if hours is None else timedelta(hours=hours)


def next_ask(
    outcome: str,
    attempts: int,
    asked_at: datetime,
    *,
    seed: str,
    until: datetime | None = None,
    settings: Settings = DEFAULT,
    facts: Facts = NO_FACTS,
) -> datetime | None:
    """When a source is to be asked again about a track.

    Args:
        outcome: hit, miss, ambiguous, blocked, down, off or quota.
        attempts: answers so far, this one included where it is one.
        asked_at: when the source answered, or was tried.
        seed: the track's key, without the source: all sources of a track come round together, else the
            earliest of many draws would bring most tracks back early.
        until: earliest time the source itself named.
        settings: schedules.
        facts: for what is adaptive.

    Returns:
        The time, or None: for a hit and after the last attempt never; for off and quota as soon as the source is
        on.
    """
    reason = reason_of(outcome)
    if outcome in ("hit", "off", "quota"):
        return None
    if reason in ANSWERS:
        waiting = wait(reason, attempts, seed, settings, facts)
        return None if waiting is None else asked_at + waiting
    return until or asked_at + (pause(reason, settings) or timedelta())


def first_due(seed: str, start: datetime, new_at_once: int, settings: Settings = DEFAULT) -> datetime:
    """When a track that was never asked is asked first, if it comes in with many others.

    Args:
        seed: the track's key.
        start: when they came in.
        new_at_once: how many.
        settings: `tracks_per_day`, and `cap_days`, which bounds the whole.

    Returns:
        `start` while a day can do them all; else spread over as many whole days as are needed.
    """
    seconds = first_wait_days(new_at_once, settings) * 86400
    return start + timedelta(seconds=math.floor(unit(f"{seed}|0") * seconds))


def first_wait_days(new_at_once: int, settings: Settings = DEFAULT) -> int:
    """Over how many days so many new tracks are spread; 0 while a day can do them all."""
    if new_at_once <= settings.tracks_per_day:
        return 0
    return min(math.ceil(new_at_once / settings.tracks_per_day), math.floor(settings.cap_days))


def unit(seed: str) -> float:
    """A number from 0 to below 1 that depends on nothing but the text; `policy_sql.unit_sql` gives the same."""
    return int(hashlib.md5(seed.encode()).hexdigest()[:13], 16) / 2**52
