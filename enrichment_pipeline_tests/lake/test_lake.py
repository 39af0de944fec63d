"""Reading and writing tables: replaced whole, cut exactly, cast to what is declared."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root

_ROW = """
    select 'id{n}' as play_id, '{month}' as set_month, 'in:s1' as set_key, 'in' as source, 's1' as set_id,
    null as set_name, null as dj, null as djs, null as set_date, {n} as position, 0 as layer, null as cue,
    'line {n}' as raw_text, null as given_artist, null as given_title, null as given_label, null as media_id,
    null as genres, 'a.csv' as file_name, 'h' as content_hash, {n} as line_no
"""


def rows(*months: str) -> str:
    return " union all ".join(_ROW.format(n=n, month=month) for n, month in enumerate(months, start=1))


def texts(lake: Lake) -> list[tuple[str, str]]:
    with lake.connect(["raw_tracks"]) as con:
        return con.execute("select set_month, raw_text from raw_tracks order by raw_text").fetchall()


def test_a_table_that_was_never_made_is_an_empty_view(lake: Lake) -> None:
    with lake.connect() as con:
        assert con.execute("select count(*) from raw_tracks").fetchall() == [(0,)]


def test_only_named_partitions_are_replaced(lake: Lake) -> None:
    may, june, july = "2018-05-01", "2018-06-01", "2018-07-01"
    with lake.connect([]) as con:
        lake.write_partitions(con, "raw_tracks", rows(may, june), column="set_month", partitions=[may, june])
        counts = lake.write_partitions(
            con, "raw_tracks", rows(may, may, july), column="set_month", partitions=[may]
        )
    assert counts == {may: 2}
    assert texts(lake) == [(may, "line 1"), (may, "line 2"), (june, "line 2")]


def test_a_partition_without_rows_loses_its_file(lake: Lake) -> None:
    may, june = "2018-05-01", "2018-06-01"
    with lake.connect([]) as con:
        lake.write_partitions(con, "raw_tracks", rows(may, june), column="set_month", partitions=[may, june])
        counts = lake.write_partitions(con, "raw_tracks", rows(june), column="set_month", partitions=[may])
    assert counts == {may: 0}
    assert [file.stem for file in lake.files("raw_tracks")] == [june]


def test_values_are_cast_and_the_same_rows_give_the_same_file(lake: Lake) -> None:
    may = "2018-05-01"
    files = []
    for query in (rows(may, may), f"select * from ({rows(may, may)}) order by play_id desc"):
        with lake.connect([]) as con:
            lake.write_partitions(con, "raw_tracks", query, column="set_month", partitions=[may])
        files.append(lake.file_of("raw_tracks", may).read_bytes())
    assert files[0] == files[1]
    with lake.connect(["raw_tracks"]) as con:
        described = {row[0]: row[1] for row in con.execute("describe raw_tracks").fetchall()}
    assert described["set_date"] == "DATE"
    assert described["djs"] == "VARCHAR[]"


def test_a_failed_write_leaves_the_old_file_and_no_draft(lake: Lake) -> None:
    with lake.connect([]) as con:
        lake.write(
            con,
            "rejected_rows",
            "select 'a' file_name, 'h' content_hash, 1 line_no, '' place, 'x' reason, '' raw_text",
        )
        before = lake.file_of("rejected_rows").read_bytes()
        with pytest.raises(duckdb.Error):
            lake.write(con, "rejected_rows", "select 'a' as file_name")
    assert lake.file_of("rejected_rows").read_bytes() == before
    assert [f.name for f in (lake.folder / "rejected_rows").iterdir()] == ["all.parquet"]


def test_arrow_rows_are_written_by_column_name(lake: Lake) -> None:
    reordered = pa.table(
        {
            "raw_text": ["x"],
            "reason": ["why"],
            "place": ["row 1"],
            "line_no": [1],
            "content_hash": ["h"],
            "file_name": ["a.csv"],
        }
    )
    with lake.connect([]) as con:
        assert lake.write_arrow(con, "rejected_rows", reordered) == 1
    with lake.connect(["rejected_rows"]) as con:
        assert con.execute("select file_name, reason from rejected_rows").fetchall() == [("a.csv", "why")]


def test_a_connection_is_closed_when_its_body_raises(lake: Lake) -> None:
    with pytest.raises(RuntimeError), lake.connect([]) as con:
        raise RuntimeError
    with pytest.raises(duckdb.ConnectionException):
        con.execute("select 1")


def test_files_of_an_earlier_version_are_named_in_words(lake: Lake) -> None:
    """Empty columns instead would be taken for answers by whatever reads the table."""
    with lake.connect([]) as con:
        file = lake.file_of("rejected_rows")
        file.parent.mkdir(parents=True)
        con.execute(f"copy (select 'a.csv' as file_name) to '{file}' (format parquet)")
    with pytest.raises(OutdatedTableError, match="materialize rejected_rows anew"), lake.connect():
        pass


@pytest.mark.parametrize(("table", "partition"), [("raw_tracks", None), ("rejected_rows", "2018-05-01")])
def test_a_wrong_partition_is_refused(lake: Lake, table: str, partition: str | None) -> None:
    with pytest.raises(ValueError, match="partition"):
        lake.file_of(table, partition)


@pytest.mark.parametrize(
    ("value", "root"), [("some/where", Path("some/where")), ("file:///srv/my%20data", Path("/srv/my data"))]
)
def test_the_data_folder_is_a_path_or_a_file_url(
    monkeypatch: pytest.MonkeyPatch, value: str, root: Path
) -> None:
    monkeypatch.setenv("ENRICHMENT_DATA", value)
    assert data_root() == root


def test_a_url_of_another_scheme_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENRICHMENT_DATA", "s3://bucket/lake")
    with pytest.raises(ValueError, match="s3://bucket"):
        data_root()
