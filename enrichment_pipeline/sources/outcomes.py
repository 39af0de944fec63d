"""How an attempt to look something up can end, and the errors that say why a source did not answer.

"down", "blocked", "off" and "quota" are about the source and never about the track: none of them is a miss.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

Outcome = Literal["hit", "miss", "ambiguous", "blocked", "down", "off", "quota"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# Words of the reason of a look-up that is "down" because the site is no longer as `web/sites.py` describes it.
CHANGED_PAGES = "has changed its pages"
# Outcomes in which the source said something about the track; only these count as an attempt.
ANSWERED: frozenset[Outcome] = frozenset({"hit", "miss", "ambiguous"})


class SourceError(Exception):
    """A source did not answer. The message says why and what to do, and holds no secret.

    Args:
        reason: in words.
        http_status: status of the last answer, where there was one.
        until: earliest time at which asking again makes sense, UTC; None where that is not known.
    """

    outcome: Outcome = "down"

    def __init__(self, reason: str, *, http_status: int | None = None, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.http_status = http_status
        self.until = until


class DownError(SourceError):
    """Cannot be reached, is overloaded, or answers what cannot be understood."""


class RefusedError(SourceError):
    """Refused this very request (400, 410, 422 ...): the source is well, the question was not."""


class BlockedError(SourceError):
    """Refuses robots: a challenge page, robots.txt, 403, or a redirect to another host."""

    outcome: Outcome = "blocked"


class CredentialsError(SourceError):
    """The key or token was not accepted (401): the source is off until it is mended."""

    outcome: Outcome = "off"


class OffError(SourceError):
    """Not switched on, or offline and never asked before."""

    outcome: Outcome = "off"


class QuotaError(SourceError):
    """The budget of this run, or what the source allows in its period, is spent."""

    outcome: Outcome = "quota"
