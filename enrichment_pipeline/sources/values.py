"""Small values as the APIs write them: dates, ISRCs, lists of a JSON answer, and words to search for.

Pure, and forgiving: what is missing or of another type is absent, not an error. Whole answers are read with the
source they come from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

# Longer titles exist only as rubbish, and no host takes an address of any length.
_LONGEST_QUERY = 200
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?!\d)")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


def query_text(*parts: str | None) -> str:
    """Words to search for: blanks and unprintable characters made one blank, at most so long as hosts take."""
    text = " ".join(part for part in parts if part)
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.encode("utf-8", "ignore").decode().split())[:_LONGEST_QUERY].strip()


def isrcs_of(values: Sequence[object]) -> tuple[str, ...]:
    """The well-formed ISRCs among values, as one spells them together, each once."""
    spelled = (re.sub(r"[\W_]", "", value).upper() for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(value for value in spelled if _ISRC.fullmatch(value)))


def date_of(value: object) -> date | None:
    """A date as sources write it: "2002-02-18", "2002-02-00", "1987", 1987; None for anything else.

    A date of which only the year or month is known counts from its first day.
    """
    match = _DATE.match(str(value)) if isinstance(value, str | int) else None
    if match is None or int(match[1]) == 0:
        return None
    try:
        return date(int(match[1]), int(match[2] or 0) or 1, int(match[3] or 0) or 1)
    except ValueError:
        return None


def texts(value: object, key: str | None = None) -> list[str]:
    """The non-blank texts of a JSON list, or of one field of its objects; [] for anything else."""
    found = [each.get(key) for each in objects(value)] if key else value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, str) and each.strip()]


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON list; [] for anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A JSON text or number as text; "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
