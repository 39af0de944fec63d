"""What the schema checks find."""

from __future__ import annotations

import duckdb
import pytest

from enrichment_pipeline.lake.faults import TableState, inspect_table
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline_tests.lake.test_lake import rows

MAY, JUNE = "2018-05-01", "2018-06-01"


def write(lake: Lake, query: str) -> None:
    with lake.connect([]) as con:
        lake.write_partitions(con, "raw_tracks", query, column="set_month", partitions=[MAY, JUNE])


def test_a_sound_table_has_no_fault(lake: Lake) -> None:
    write(lake, rows(MAY, JUNE))
    assert inspect_table(lake, "raw_tracks") == TableState(rows=2, files=2, faults=())


def test_a_table_that_was_never_made_has_none(lake: Lake) -> None:
    assert inspect_table(lake, "raw_tracks") == TableState(rows=0, files=0, faults=())


def test_an_empty_required_column_is_named_with_its_partition(lake: Lake) -> None:
    write(lake, f"select * replace (if(position = 2, null, raw_text) as raw_text) from ({rows(MAY, JUNE)})")
    (fault,) = inspect_table(lake, "raw_tracks").faults
    assert (fault.what, fault.rows, fault.partitions) == ("raw_text is empty", 1, (JUNE,))


def test_a_key_in_two_partitions_is_found(lake: Lake) -> None:
    write(lake, f"select * replace ('same' as play_id) from ({rows(MAY, JUNE)})")
    (fault,) = inspect_table(lake, "raw_tracks").faults
    assert fault.rows == 1
    assert fault.partitions == (MAY, JUNE)
    assert "play_id" in fault.what


def test_a_broken_rule_is_told_in_its_words(lake: Lake) -> None:
    query = """
        select 'a.csv' as file_name, 'h' as content_hash, 1 as size_bytes, 'csv' as format, 'utf-8' as encoding,
        'read' as status, 3 as lines, 1 as plays, 1 as rejected, [] as notes
    """
    with lake.connect([]) as con:
        lake.write(con, "source_files", query)
    (fault,) = inspect_table(lake, "source_files").faults
    assert "lines in = plays + rejected" in fault.what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("* replace (cast(position as varchar) as position)", "position is VARCHAR in the files and INTEGER"),
        ("*, 1 as surplus", "surplus is in the files and not in tables.py"),
        ("* exclude (cue)", "no file has the column cue"),
    ],
    ids=["other type", "surplus column", "missing column"],
)
def test_files_of_an_older_schema_are_found(lake: Lake, change: str, words: str) -> None:
    """The view casts, so without this the old files would go unnoticed until a cast fails."""
    write(lake, rows(MAY))
    file = lake.file_of("raw_tracks", MAY)
    old = file.with_name("old")
    with duckdb.connect() as con:
        con.execute(f"copy (select {change} from read_parquet('{file}')) to '{old}' (format parquet)")
    old.replace(file)
    (fault,) = inspect_table(lake, "raw_tracks").faults
    assert words in fault.what
