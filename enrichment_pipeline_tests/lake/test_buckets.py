"""Buckets: the same in Python and in SQL, for ever."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.lake.buckets import BUCKET_KEYS, bucket_of, bucket_sql


@pytest.mark.parametrize(("key", "bucket"), [("", "25"), ("a", "25"), ("mira vole|tide", "25"), ("ø", "24")])
def test_a_key_keeps_its_bucket(key: str, bucket: str) -> None:
    """A changed hash would move every track without a word."""
    assert bucket_of(key) == bucket


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), max_size=50))
def test_sql_and_python_agree(keys: list[str]) -> None:
    with duckdb.connect() as con:
        rows = con.execute(f"select {bucket_sql('key')} from (select unnest(?::varchar[]) as key)", [keys])
        assert [bucket for (bucket,) in rows.fetchall()] == [bucket_of(key) for key in keys]


def test_buckets_are_even() -> None:
    counts = dict.fromkeys(BUCKET_KEYS, 0)
    for n in range(32_000):
        counts[bucket_of(f"track {n}")] += 1
    assert min(counts.values()) > 850
    assert max(counts.values()) < 1150
