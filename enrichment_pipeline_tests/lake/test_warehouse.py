"""Publishing: every table in one file, put in place whole; exports a spreadsheet can open."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.lake.warehouse import export_tables, publish_warehouse
from enrichment_pipeline_tests.lake.test_lake import rows

MAY = "2018-05-01"


@pytest.fixture
def filled(lake: Lake) -> Lake:
    with lake.connect([]) as con:
        query = f"select * replace (['Mira Vole', 'Ossip; Brandt'] as djs) from ({rows(MAY)})"
        lake.write_partitions(con, "raw_tracks", query, column="set_month", partitions=[MAY])
    return lake


def test_every_table_is_published_and_described(filled: Lake, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    counts = publish_warehouse(filled, target)
    assert counts == {name: int(name == "raw_tracks") for name, table in TABLES.items() if table.is_published}
    with duckdb.connect(str(target), read_only=True) as con:
        comments = dict(con.execute("select table_name, comment from duckdb_tables()").fetchall())
        assert comments == {name: table.meaning for name, table in TABLES.items() if table.is_published}
        assert con.execute("select djs from raw_tracks").fetchall() == [(["Mira Vole", "Ossip; Brandt"],)]
        query = "select comment from duckdb_columns() where table_name = 'raw_tracks' and column_name = 'cue'"
        assert con.execute(query).fetchall() == [("cue column as given",)]


def test_a_reader_of_the_old_file_is_not_disturbed(filled: Lake, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    publish_warehouse(filled, target, ["raw_tracks"])
    with duckdb.connect(str(target), read_only=True) as reader:
        with filled.connect([]) as con:
            june = "2018-06-01"
            filled.write_partitions(con, "raw_tracks", rows(MAY, june), column="set_month", partitions=[june])
        publish_warehouse(filled, target, ["raw_tracks"])
        assert reader.execute("select count(*) from raw_tracks").fetchall() == [(1,)]
    with duckdb.connect(str(target), read_only=True) as reader:
        assert reader.execute("select count(*) from raw_tracks").fetchall() == [(2,)]


def test_a_failed_publish_leaves_the_old_file_and_no_draft(filled: Lake, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    publish_warehouse(filled, target)
    before = target.read_bytes()
    filled.file_of("raw_tracks", MAY).write_bytes(b"no parquet")
    with pytest.raises(duckdb.Error):
        publish_warehouse(filled, target)
    assert target.read_bytes() == before
    assert [file.name for file in tmp_path.glob("*warehouse*")] == ["warehouse.duckdb"]


def test_exports_have_the_same_rows_as_parquet_and_csv(filled: Lake, tmp_path: Path) -> None:
    (exported,) = export_tables(filled, tmp_path, ["raw_tracks"])
    parquet, flat = exported.files
    assert exported.rows == 1
    with flat.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["raw_text"] == "line 1"
    assert row["djs"] == "Mira Vole; Ossip; Brandt"
    with duckdb.connect() as con:
        assert con.execute(f"select raw_text from '{parquet}'").fetchall() == [("line 1",)]


def test_nested_columns_are_json_in_csv(lake: Lake, tmp_path: Path) -> None:
    row = """
        select 'h' as content_hash, '1' as reader_version, 'csv' as format_of_name, 'csv' as format,
        'utf-8' as encoding, 1 as lines, [] as notes,
        [{'line_no': 2, 'place': 'line 2', 'reason': 'why', 'raw_text': 'x'}] as rejected
    """
    with lake.connect([]) as con:
        lake.write(con, "staged_readings", row, partition="h")
    (exported,) = export_tables(lake, tmp_path, ["staged_readings"])
    with exported.files[1].open(encoding="utf-8", newline="") as file:
        (written,) = csv.DictReader(file)
    assert written["rejected"] == '[{"line_no":2,"place":"line 2","reason":"why","raw_text":"x"}]'
