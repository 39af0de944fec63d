"""Plays by month: what of the staged lines belongs to which month, as rows of `raw_tracks`.

Set-based SQL over the staged tables. What a line says is read in `labels.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from enrichment_pipeline.ingest.months import month_sql
from enrichment_pipeline.ingest.staging import ACCEPTED_PLAYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES

# The separator cannot stand in any of the four, so that no two places make one hash.
PLAY_ID = "md5(concat_ws(chr(31), source, set_id, position, layer))"

_DATED_PLAYS = f"select *, {month_sql('set_date', '$last_month')} as set_month from ({ACCEPTED_PLAYS})"
_RAW_TRACKS = f"""
    select *, {PLAY_ID} as play_id, source || ':' || set_id as set_key
    from ({_DATED_PLAYS}) where set_month in (select unnest($months))
"""
_STAGED_TABLES = ("source_files", "staged_plays")


@dataclass(frozen=True, slots=True)
class LostPlays:
    """A month whose plays are not all there, or are too many."""

    month: str
    staged: int
    plays: int


def write_raw_tracks(lake: Lake, months: Sequence[str], *, last_month: str) -> dict[str, int]:
    """Replace exactly these months of `raw_tracks` by what the staged files hold for them.

    Args:
        lake: where the tables are.
        months: first days of months.
        last_month: the newest month there is; sets dated later are kept in 1980-01.

    Returns:
        Number of plays per month, zeros included.
    """
    with lake.connect(_STAGED_TABLES) as con:
        _mount_inbox(con)
        con.execute(
            f"create temp table new_plays as {_RAW_TRACKS}",
            {"months": list(months), "last_month": last_month},
        )
        return lake.write_partitions(
            con, "raw_tracks", "select * from new_plays", column="set_month", partitions=months
        )


def months_to_make(lake: Lake, *, last_month: str) -> list[str]:
    """Months for which there are staged plays, or a file of an earlier run; sorted."""
    with lake.connect(_STAGED_TABLES) as con:
        _mount_inbox(con)
        query = f"select distinct set_month from ({_DATED_PLAYS})"
        months = {month for (month,) in con.execute(query, {"last_month": last_month}).fetchall()}
    made = {file.stem for table in ("raw_tracks", "parsed_labels") for file in lake.files(table)}
    return sorted(months | made)


def changed_months(lake: Lake, *, last_month: str) -> list[str]:
    """Months whose plays are not those the staged files hold now, or whose lines were not read; sorted.

    Compares what every row holds and not only how many there are: a line that was put right changes its month.
    """
    columns = TABLES["raw_tracks"].select_list()
    sums = "select set_month, count(*) as n, bit_xor(hash(t)) as content from ({rows}) t group by 1"
    staged = f"select *, {PLAY_ID} as play_id, source || ':' || set_id as set_key from ({_DATED_PLAYS})"
    query = f"""
        with staged as ({sums.format(rows=f"select {columns} from ({staged})")}),
        made as ({sums.format(rows=f"select {columns} from raw_tracks")})
        select coalesce(staged.set_month, made.set_month) from staged
        full join made on staged.set_month = made.set_month and staged.content = made.content and staged.n = made.n
        where staged.set_month is null or made.set_month is null
    """
    with lake.connect([*_STAGED_TABLES, "raw_tracks"]) as con:
        _mount_inbox(con)
        changed = {month for (month,) in con.execute(query, {"last_month": last_month}).fetchall()}
    parsed = {file.stem for file in lake.files("parsed_labels")}
    return sorted(changed | parsed.symmetric_difference(file.stem for file in lake.files("raw_tracks")))


def lost_plays(lake: Lake, months: Sequence[str], *, last_month: str) -> list[LostPlays]:
    """Of these months, those in which `raw_tracks` has another number of plays than the staged files."""
    query = f"""
        with staged as (select set_month, count(*) as n from ({_DATED_PLAYS}) group by 1),
        made as (select set_month, count(*) as n from raw_tracks group by 1)
        select month, coalesce(staged.n, 0), coalesce(made.n, 0)
        from (select unnest($months) as month)
        left join staged on staged.set_month = month
        left join made on made.set_month = month
        where coalesce(staged.n, 0) <> coalesce(made.n, 0) order by month
    """
    with lake.connect([*_STAGED_TABLES, "raw_tracks"]) as con:
        _mount_inbox(con)
        rows = con.execute(query, {"months": list(months), "last_month": last_month}).fetchall()
    return [LostPlays(*row) for row in rows]


def _mount_inbox(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create or replace temp view inbox_files as "
        "select file_name, content_hash from source_files where status = 'read'"
    )
