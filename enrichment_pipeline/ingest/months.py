"""Which month a set belongs to.

Only the rule and its SQL; Dagster's partitions are made of it in `orchestration/partitions.py`.
"""

from __future__ import annotations

from datetime import date

# Older than the sets there are, and the home of every set whose date is missing or cannot be right.
FIRST_MONTH = "1980-01-01"


def month_of(set_date: date | None, *, last_month: str) -> str:
    """First day of the month a set belongs to.

    A set without date, dated before 1980 or after the running month, belongs to 1980-01: it keeps the
    date it came with, and nothing is lost because a date is odd.

    Args:
        set_date: the date as read.
        last_month: first day of the newest month there is, as "YYYY-MM-DD".
    """
    if set_date is None:
        return FIRST_MONTH
    month = set_date.replace(day=1).isoformat()
    return month if FIRST_MONTH <= month <= last_month else FIRST_MONTH


def month_sql(set_date: str, last_month: str) -> str:
    """The DuckDB expression of `month_of`, of a DATE expression and a VARCHAR expression."""
    month = f"strftime(date_trunc('month', {set_date}), '%Y-%m-%d')"
    return (
        f"case when {set_date} >= date '{FIRST_MONTH}' and {month} <= {last_month} "
        f"then {month} else '{FIRST_MONTH}' end"
    )
