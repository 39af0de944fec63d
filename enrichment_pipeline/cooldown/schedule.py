"""When to ask again: pure policy from outcome, attempts, clock and seed.

What was asked and how it ended stands with the sources; nothing here reads a clock or draws a random number.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

# A promo that nobody can name today is out in three months; what is not found in two years stays unknown.
NO_MATCH_DAYS = (30, 60, 120, 240, 365)
AMBIGUOUS_DAYS = 60
# Trouble of the source is no attempt of the track.
TROUBLE_PAUSE = timedelta(hours=1)
_JITTER = 0.1


def next_ask(
    outcome: str, attempts: int, asked_at: datetime, *, seed: str, until: datetime | None = None
) -> datetime | None:
    """When a track is to be asked again.

    Args:
        outcome: hit, miss, ambiguous, blocked, down, off or quota.
        attempts: answers so far that found nothing, this one included.
        asked_at: when the source answered, or was tried.
        seed: same seed, same jitter: the track's key and the source.
        until: earliest time the source itself named.

    Returns:
        The time, or None: for a hit and after five misses never; for off and quota as soon as the source is on.
    """
    if outcome in ("down", "blocked"):
        return until or asked_at + TROUBLE_PAUSE
    if outcome == "ambiguous":
        days = float(AMBIGUOUS_DAYS)
    elif outcome == "miss" and attempts <= len(NO_MATCH_DAYS):
        days = float(NO_MATCH_DAYS[attempts - 1])
    else:
        return None
    # plus or minus 10 %, so that what failed on one day does not come back on one day
    spread = 1 + _JITTER * (2 * _unit(f"{seed}|{attempts}") - 1)
    return asked_at + timedelta(seconds=round(days * 86400 * spread))


def _unit(seed: str) -> float:
    return int.from_bytes(hashlib.md5(seed.encode()).digest()[:8], "big") / 2**64
