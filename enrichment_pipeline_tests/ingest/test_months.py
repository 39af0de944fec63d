"""Which month a set lies in; nothing is lost because its date is odd."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.ingest.months import FIRST_MONTH, month_of, month_sql

LAST = "2021-02-01"


@pytest.mark.parametrize(
    ("set_date", "month"),
    [
        (date(2018, 5, 12), "2018-05-01"),
        (date(2018, 5, 1), "2018-05-01"),
        (date(1980, 1, 31), "1980-01-01"),
        (date(2021, 2, 28), "2021-02-01"),
        (None, FIRST_MONTH),
        (date(1979, 12, 31), FIRST_MONTH),
        (date(2021, 3, 1), FIRST_MONTH),
        (date(2100, 1, 1), FIRST_MONTH),
    ],
    ids=["in it", "first day", "first month", "running month", "undated", "too old", "next month", "future"],
)
def test_month_of(set_date: date | None, month: str) -> None:
    assert month_of(set_date, last_month=LAST) == month


@given(st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2100, 12, 31))))
def test_sql_and_python_agree(set_date: date | None) -> None:
    with duckdb.connect() as con:
        query = f"select {month_sql('d', 'l')} from (select cast($d as date) as d, $l as l)"
        rows = con.execute(query, {"d": set_date, "l": LAST}).fetchall()
    assert rows == [(month_of(set_date, last_month=LAST),)]
