"""Dates of which only the year or the month may be known."""

from __future__ import annotations

import re
from datetime import date

_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$")


def earliest_day(text: str | None) -> date | None:
    """The first day a text such as "1999", "1999-03", "1999-03-00" or "1999-03-21" can mean.

    Returns None for no text, for a year of zeros, and for what is no day.
    """
    match = _PARTIAL.match((text or "").strip())
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    try:
        return date(year, month or 1, day or 1)
    except ValueError:
        return None
