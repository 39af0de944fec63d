"""Dates of sets, as people write them.

One function, one decision: what is precise enough becomes a date, what is unknown becomes None, what
can be read in two ways is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Precision = Literal["day", "month", "year", "unknown"]

EARLIEST_YEAR = 1950  # nobody mixed two records before; an earlier year is a slip of the pen
LATEST_YEAR = 2100

_UNKNOWN_WORDS = frozenset({"", "?", "-", "n/a", "na", "none", "null", "unknown", "undated"})
# A digit or a sign for "not known": 19XX, 200X, 2012-??, 2016-06-1X.
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{0,3}[Xx?]{1,4})"
    r"(?:(?P<sep>[-/.])(?P<month>[0-9Xx?]{1,2})(?:(?P=sep)(?P<day>[0-9Xx?]{1,2}))?)?"
    r"(?:[T ][0-9]{2}:[0-9]{2}\S*)?"
)
_DAY_FIRST_DOTS = re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})")
_SLASHES = re.compile(r"(?P<a>[0-9]{1,2})[/-](?P<b>[0-9]{1,2})[/-](?P<year>[0-9]{4})")


class UnreadableDateError(ValueError):
    """The text is no date, or could be two; the message says which and what to write."""


@dataclass(frozen=True, slots=True)
class SetDate:
    """A date and how much of it was known: the first day of a known month or year stands for it."""

    value: date | None
    precision: Precision


UNDATED = SetDate(None, "unknown")


def parse_date(text: str) -> SetDate:
    """Date written as YYYY-MM-DD, YYYY/MM/DD, YYYY-MM, YYYY, DD.MM.YYYY, or D/M/YYYY that fits one way.

    Unknown digits are `X` or `?` (`2012-??`, `200X`): what is known before them counts, and an unknown
    year is an unknown date, as are blank and words such as "unknown".

    Raises:
        UnreadableDateError: no date, an impossible day, two possible readings, or a year outside 1950..2100.
    """
    text = text.strip()
    if text.casefold() in _UNKNOWN_WORDS:
        return UNDATED
    if match := _YEAR_FIRST.fullmatch(text):
        return _from_parts(text, match["year"], match["month"], match["day"])
    if match := _DAY_FIRST_DOTS.fullmatch(text):
        return _from_parts(text, match["year"], match["month"], match["day"])
    if match := _SLASHES.fullmatch(text):
        a, b = int(match["a"]), int(match["b"])
        if a <= 12 and b <= 12 and a != b:
            raise UnreadableDateError(f"the date {text!r} can be day/month or month/day: write YYYY-MM-DD")
        day, month = (a, b) if a > 12 else (b, a)
        return _from_parts(text, match["year"], str(month), str(day))
    raise UnreadableDateError(f"the date {text[:40]!r} cannot be read: write YYYY-MM-DD, YYYY-MM or YYYY")


def _from_parts(text: str, year: str, month: str | None, day: str | None) -> SetDate:
    if not year.isdecimal():
        return UNDATED
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        raise UnreadableDateError(
            f"the date {text!r} lies outside {EARLIEST_YEAR} to {LATEST_YEAR}: correct the year"
        )
    known_month = month is not None and month.isdecimal()
    known_day = known_month and day is not None and day.isdecimal()
    precision: Precision = "day" if known_day else "month" if known_month else "year"
    try:
        value = date(
            int(year), int(month) if known_month and month else 1, int(day) if known_day and day else 1
        )
    except ValueError as error:
        raise UnreadableDateError(f"the date {text!r} is no day of the calendar: correct it") from error
    return SetDate(value, precision)
