"""Songstats' counts as evidence: levels, what a hidden title hides, what own sets may not tell, what is learned."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from enrichment_pipeline.lake.buckets import BUCKET_KEYS, bucket_sql
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import evidence, questions, train
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.store import EXTERNAL_TABLES
from enrichment_pipeline_tests.catalogue.lakes import fill_lake

_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
_TITLE_AND_LABEL, _TITLE, _LABEL, _NONE = VISIBILITIES
_SUPPORT = next(c for c in COMPARISONS if c.name == "songstats_support")
_NOT_ASKED = "not asked, or candidate does not have the title"
_SETS = {
    "a": ["Ana Quill - Quiet Harbour [Deep Label]", "Cara Voss - Low Tide [Deep Label]"],
    "b": ["Ben Orrin - Quiet Harbour [Wide Label]", "Cara Voss - Low Tide [Deep Label]"],
    "c": ["Ana Quill - Quiet Harbour [Deep Label]"],
}


def _write_supports(lake: Lake, support: str) -> None:
    """Songstats' row for every track of the lake; `support` is SQL over tracks and gives null for tracks not asked."""
    query = f"""
    select distinct track_key, {bucket_sql("track_key")} as bucket, 'st' || track_key as songstats_track_id,
        ({support}) > 0 as is_on_tracklists, nullif({support}, 0)::int as unique_support, null::int as total_support,
        cast([] as struct(date varchar, text varchar, url varchar)[]) as activities, null::timestamp as asked_at
    from (select track_key, artist_keys, title_key from plays where artist_known) where ({support}) is not null
    """
    with lake.connect(["plays"]) as con:
        lake.write_partitions(con, "songstats_dj_supports", query, column="bucket", partitions=BUCKET_KEYS)


@contextmanager
def _asked(folder: Path, hidden: str) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = Lake(folder / "data", threads=1)
    fill_lake(lake, _SETS)
    _write_supports(lake, "case artist_keys[1] when 'anaquill' then 64 when 'benorrin' then 0 end")
    with lake.connect(_VIEWS) as con:
        questions.teach(con, "true")
        questions.ask_hidden(con, hidden)
        evidence.number_everything(con)
        evidence.gather(con)
        yield con


def _words(con: duckdb.DuckDBPyConnection, artist_key: str, visibility: Visibility) -> set[str]:
    rows = con.execute(
        f"select {_SUPPORT.sql()} from ({questions.visible(visibility)}) join artist_no on no = artist_no where key = $key",
        {"key": artist_key},
    ).fetchall()
    return {_SUPPORT.levels[len(_SUPPORT.levels) - 1 - level].words for (level,) in rows}


def test_counts_of_the_candidates_tracks_of_the_title_are_told_apart(tmp_path: Path) -> None:
    with _asked(tmp_path, "set_key like '%a' and title_key = 'quietharbour'") as con:
        assert _words(con, "anaquill", _TITLE_AND_LABEL) == {"fifty or more"}
        assert _words(con, "benorrin", _TITLE) == {"none"}
        assert _words(con, "caravoss", _TITLE_AND_LABEL) == {_NOT_ASKED}


@pytest.mark.parametrize("visibility", [_LABEL, _NONE], ids=lambda v: v.name)
def test_a_hidden_title_has_no_count(tmp_path: Path, visibility: Visibility) -> None:
    with _asked(tmp_path, "set_key like '%a' and title_key = 'quietharbour'") as con:
        assert _words(con, "anaquill", visibility) <= {_NOT_ASKED}


def test_a_track_only_the_hidden_line_names_is_not_counted(tmp_path: Path) -> None:
    with _asked(tmp_path, "set_key like '%b' and title_key = 'quietharbour'") as con:
        counted = con.execute("select key from by_support join artist_no on no = artist_no").fetchall()
    assert counted == [("anaquill",)]


def test_few_counts_teach_nothing_and_many_do(trained_lake: Lake, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    shutil.copytree(trained_lake.folder, lake.folder)
    with lake.connect(_VIEWS) as con:
        never_asked = train.train(con)
    _write_supports(lake, "10 * len(artist_keys[1])")
    with lake.connect(_VIEWS) as con:
        few = train.train(con, fewest_named_outside=1_000_000)
        many = train.train(con, fewest_named_outside=1)
    assert few.model.model_hash == never_asked.model.model_hash
    assert all(abs(bits) < 1e-12 for _, bits in few.model.level_weights()["songstats_support"])
    assert any(abs(bits) > 0.01 for _, bits in many.model.level_weights()["songstats_support"])
