"""From the inbox to staged rows: which files there are, each read once, whose rows count.

Writes `staged_readings`, `staged_plays`, `source_files` and `rejected_rows`, which are always a function
of what the inbox holds now. Which set belongs to which month, and what a line says, belongs elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.readers import (
    FileReading,
    InboxFile,
    format_of,
    plays_table,
    read_file,
    scan_inbox,
)

# To be raised when the readers read the same bytes differently: every file is then read again.
READER_VERSION = "1"

# Every staged line with the file it counts for. Of a set that two files give, the file whose name comes
# first has it; two lines at one place of a set cannot both be that line.
RANKED_PLAYS = """
    select
        staged_plays.*,
        inbox_files.file_name,
        first_value(inbox_files.file_name) over (
            partition by source, set_id order by inbox_files.file_name
        ) as owning_file,
        row_number() over (
            partition by source, set_id, position, layer, inbox_files.file_name order by line_no
        ) as nth_at_place
    from staged_plays
    join inbox_files using (content_hash)
"""
ACCEPTED_PLAYS = f"select * from ({RANKED_PLAYS}) where file_name = owning_file and nth_at_place = 1"

_REJECTED_ROWS = f"""
    with rejected_by_reader as (
        select file_name, content_hash, unnest(rejected) as rejected_row
        from staged_readings join inbox_files using (content_hash)
    )
    select
        file_name, content_hash,
        rejected_row.line_no, rejected_row.place, rejected_row.reason, rejected_row.raw_text
    from rejected_by_reader
    union all by name
    select
        file_name, content_hash, line_no, 'row ' || line_no as place, raw_text,
        case
            when file_name <> owning_file
            then 'the set ' || set_id || ' of ' || source || ' is given by ' || owning_file || ' already: '
                || 'keep it in one of the two files'
            else 'the set ' || set_id || ' has another line at position ' || position || ': number them apart'
        end as reason
    from ({RANKED_PLAYS}) where file_name <> owning_file or nth_at_place > 1
"""

_SOURCE_FILES = f"""
    with counted_plays as (
        select file_name, count(*) as plays from ({ACCEPTED_PLAYS}) group by file_name
    ), counted_rejections as (
        select
            file_name,
            count(*) as rejected,
            coalesce(bool_or(place = 'whole file'), false) as is_rejected_whole,
            min(reason) filter (where place = 'whole file') as why
        from rejected_rows_now group by file_name
    )
    select
        file_name,
        content_hash,
        size_bytes,
        format,
        encoding,
        if(coalesce(is_rejected_whole, false) and plays is null, 'broken', status) as status,
        coalesce(lines, 0) as lines,
        coalesce(plays, 0) as plays,
        coalesce(counted_rejections.rejected, 0) as rejected,
        list_concat(if(reason = '', [], [reason]), if(why is null, [], [why]), coalesce(notes, [])) as notes
    from files_seen
    left join inbox_files using (file_name, content_hash)
    left join staged_readings on staged_readings.content_hash = inbox_files.content_hash
    left join counted_plays using (file_name)
    left join counted_rejections using (file_name)
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """What a reading of the inbox came to, in numbers."""

    files: int
    files_read_now: int
    files_known: int
    staged_plays: int
    rejected: int


def stage_inbox(lake: Lake, folder: Path) -> Staged:
    """Bring the staged tables up to what the inbox holds; files read before are not opened as tables again.

    Args:
        lake: where tables are written.
        folder: the inbox.

    Raises:
        FileNotFoundError: there is no such folder.
        NotADirectoryError: it is a file.
    """
    seen = scan_inbox(folder)
    to_read = [file for file in seen if file.is_to_be_read and file.content_hash is not None]
    with lake.connect(["staged_readings"]) as con:
        known = _known_readings(lake, con)
        fresh = [f for f in to_read if known.get(f.content_hash) != (READER_VERSION, format_of(f.name))]
        for file in fresh:
            _stage(lake, con, file, read_file(file.path))
        _forget_others(lake, {file.content_hash for file in to_read})
        for table in ("staged_readings", "staged_plays"):
            lake.mount(con, table)
        register_inbox(con, seen)
        rejected = lake.write(con, "rejected_rows", _REJECTED_ROWS, order_by="file_name, line_no, raw_text")
        lake.mount(con, "rejected_rows")
        con.execute("create or replace temp view rejected_rows_now as select * from rejected_rows")
        files = lake.write(con, "source_files", _SOURCE_FILES)
        staged_plays = con.execute("select count(*) from staged_plays").fetchall()[0][0]
    return Staged(files, len(fresh), len(to_read) - len(fresh), staged_plays, rejected)


def register_inbox(con: duckdb.DuckDBPyConnection, seen: list[InboxFile]) -> None:
    """Make the relations `files_seen` (all) and `inbox_files` (those whose rows count) on a connection."""
    columns = {
        "file_name": pa.array([f.name for f in seen], pa.string()),
        "content_hash": pa.array([f.content_hash for f in seen], pa.string()),
        "size_bytes": pa.array([f.size_bytes for f in seen], pa.int64()),
        "status": pa.array([f.status for f in seen], pa.string()),
        "reason": pa.array([f.reason for f in seen], pa.string()),
    }
    con.register("files_seen_arrow", pa.table(columns))
    con.execute("create or replace temp table files_seen as select * from files_seen_arrow")
    con.unregister("files_seen_arrow")
    con.execute(
        "create or replace temp view inbox_files as "
        "select file_name, content_hash from files_seen where status = 'read'"
    )


def _known_readings(lake: Lake, con: duckdb.DuckDBPyConnection) -> dict[str | None, tuple[str, str]]:
    rows = con.execute("select content_hash, reader_version, format_of_name from staged_readings").fetchall()
    # plays are written before the reading, so a reading without plays file is one that had none
    return {content_hash: (version, name_format) for content_hash, version, name_format in rows}


def _stage(lake: Lake, con: duckdb.DuckDBPyConnection, file: InboxFile, reading: FileReading) -> None:
    assert file.content_hash is not None
    content_hash = file.content_hash
    plays = plays_table(reading.plays)
    plays = plays.append_column("content_hash", pa.array([content_hash] * len(plays), pa.string()))
    if len(plays):
        lake.write_arrow(con, "staged_plays", plays, partition=content_hash)
    else:
        lake.file_of("staged_plays", content_hash).unlink(missing_ok=True)
    rejected = [
        {"line_no": r.line_no, "place": r.place, "reason": r.reason, "raw_text": r.raw_text}
        for r in reading.rejected
    ]
    row = {
        "content_hash": content_hash,
        "reader_version": READER_VERSION,
        "format_of_name": format_of(file.name),
        "format": reading.format,
        "encoding": reading.encoding,
        "lines": reading.lines_in,
        "notes": list(reading.notes),
        "rejected": rejected,
    }
    lake.write_arrow(con, "staged_readings", pa.Table.from_pylist([row], _READING), partition=content_hash)


def _forget_others(lake: Lake, present: set[str | None]) -> None:
    for table in ("staged_readings", "staged_plays"):
        for file in lake.files(table):
            if file.stem not in present:
                file.unlink()


_REJECTED = pa.struct(
    [("line_no", pa.int64()), ("place", pa.string()), ("reason", pa.string()), ("raw_text", pa.string())]
)
_READING = pa.schema(
    [
        ("content_hash", pa.string()),
        ("reader_version", pa.string()),
        ("format_of_name", pa.string()),
        ("format", pa.string()),
        ("encoding", pa.string()),
        ("lines", pa.int64()),
        ("notes", pa.list_(pa.string())),
        ("rejected", pa.list_(_REJECTED)),
    ]
)
