"""The MusicBrainz core dump (CC0): which label each recording came out on, as `mb_track_labels`.

The tar is streamed once and its sixteen tables kept as Parquet; then recordings are joined to releases and labels
a slice at a time. Votes and tags are another archive and never read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import duckdb

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps import core_tables
from enrichment_pipeline.sources.dumps.archives import damage_named, tar_members
from enrichment_pipeline.sources.dumps.copy_text import copy_to_parquet
from enrichment_pipeline.sources.dumps.core_tables import CORE_TABLES, KNOWN_SCHEMA_SEQUENCES
from enrichment_pipeline.sources.dumps.download import Download
from enrichment_pipeline.sources.dumps.loading import DEFAULT_MEMORY_LIMIT, loading
from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError, DumpReport, DumpSchemaError
from enrichment_pipeline.sources.dumps.rows import add_keys, finish

TABLE = "mb_track_labels"
_ARCHIVE = re.compile(r"^mbdump\.tar(?:\.(?:bz2|gz|xz|zst))?$")
# A slice's texts are read in Python, some 300 MB for this many; each slice costs one look through all tracks.
_RECORDINGS_A_SLICE = 125_000

# Every release with what decides which of its labels is meant; a row a label, or one without.
_RELEASE_LABELS = f"""
with dated as (
    select release, date_year, date_month, date_day from release_country
    union all select release, date_year, date_month, date_day from release_unknown_country
), earliest as (
    -- a date of which only the year or month is known counts from its first day
    select release, min(try_cast(printf('%04d-%02d-%02d', date_year, coalesce(date_month, 1), coalesce(date_day, 1)) as date)) as day
    from dated where date_year is not null group by 1
), secondary as (
    select release_group, bool_or(secondary_type in ({core_tables.DJ_MIX}, {core_tables.MIXTAPE})) as is_mix,
        bool_or(secondary_type = {core_tables.COMPILATION}) as is_compilation
    from release_group_secondary_type_join group by 1
), various as (select distinct artist_credit from artist_credit_name where artist = {core_tables.VARIOUS_ARTISTS}),
merged_release as (select new_id, list(gid order by gid) as gids from release_gid_redirect group by 1),
merged_label as (select new_id, list(gid order by gid) as gids from label_gid_redirect group by 1)
select r.id as release, r.gid as release_id, r.name as release_title,
    case when r.status = {core_tables.BOOTLEG} then 'bootleg' when s.is_mix then 'dj-mix' when s.is_compilation then 'compilation'
        when v.artist_credit is not null then 'various artists'
        when g.type = {core_tables.SINGLE} then 'single' when g.type = {core_tables.EP} then 'ep'
        when g.type = {core_tables.ALBUM} then 'album' else 'other' end as release_kind,
    case r.status {" ".join(f"when {number} then '{name}'" for number, name in core_tables.STATUSES.items())} end as status,
    e.day as release_date, l.gid as label_id, l.name as label, rl.catalog_number as catalogue_number,
    l.type = {core_tables.DISTRIBUTOR} as is_distributor,
    list_concat(coalesce(mr.gids, []), coalesce(ml.gids, [])) as merged
from release r
left join release_group g on g.id = r.release_group left join secondary s on s.release_group = r.release_group
left join various v on v.artist_credit = r.artist_credit left join earliest e on e.release = r.id
left join release_label rl on rl.release = r.id left join label l on l.id = rl.label
left join merged_release mr on mr.new_id = r.id left join merged_label ml on ml.new_id = rl.label
"""

_SLICE = """
create or replace temp table slice_recording as select * from recording where id >= $first and id < $behind;
create or replace temp table slice_release as
select distinct t.recording, m.release from (select recording, medium from track where recording >= $first and recording < $behind) t
join medium m on m.id = t.medium;
-- an inner join first: a left join to all releases would hold all of them in memory
create or replace temp table slice_label as select o.recording, f.* from release_labels f join slice_release o using (release);
create or replace temp table slice_name as select c.id, c.name from artist_credit c semi join slice_recording r on r.artist_credit = c.id;
create or replace temp table slice_credit as
select n.artist_credit, list(n.name order by n.position) as artists
from artist_credit_name n semi join slice_recording r on r.artist_credit = n.artist_credit group by 1;
create or replace temp table slice_isrc as
select recording, list_sort(list(distinct upper(isrc))) as isrcs from isrc where recording >= $first and recording < $behind group by 1;
create or replace temp table slice_merged as
select new_id as recording, list(gid order by gid) as gids from recording_gid_redirect
where new_id >= $first and new_id < $behind group by 1;
create or replace temp table slice as
select r.gid as recording_id, r.name as title, r.comment, c.name as artist_credit, coalesce(n.artists, []) as artists,
    r.length as length_ms, coalesce(i.isrcs, []) as isrcs, f.release_id, f.release_title, f.release_kind, f.status, f.release_date,
    f.label_id, f.label, f.catalogue_number, f.is_distributor, list_concat(coalesce(m.gids, []), coalesce(f.merged, [])) as merged_from
from slice_recording r
left join slice_label f on f.recording = r.id left join slice_name c on c.id = r.artist_credit
left join slice_credit n on n.artist_credit = r.artist_credit left join slice_isrc i on i.recording = r.id
left join slice_merged m on m.recording = r.id;
"""


def load_core_dump(
    lake: Lake,
    place: str | Path,
    *,
    download: Download | None = None,
    sha256: str | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> DumpReport:
    """Replace `mb_track_labels` by what a MusicBrainz core dump says.

    Args:
        lake: where the table is kept; downloads and half-made files lie in its `dumps` folder.
        place: `mbdump.tar.bz2` (or .tar, .tar.xz, .tar.zst), a folder that holds it beside `SHA256SUMS`, the
            address of either, or that of the folder of all dumps with its `LATEST`.
        download: fetches addresses, such as `http_download(user_agent)`; not needed for paths.
        sha256: checksum of the archive, where no `SHA256SUMS` stands beside it.
        memory_limit: of DuckDB; Python and Arrow need some 400 MB more.
        clock: seconds, for the report.

    Returns:
        What was loaded, with the rows that could not be read.

    Raises:
        DumpNotFoundError: there is no such archive.
        DumpChecksumError: it is not the published one.
        DumpSchemaError: its schema is not the one whose columns are known.
        DumpError: it is damaged, or lacks a table.
    """
    with loading(
        lake, TABLE, place, _ARCHIVE, download=download, sha256=sha256, memory_limit=memory_limit, clock=clock
    ) as load:
        facts = _read_archive(load.archive.path, load.folder, load.broken)
        _join(load.con, load.folder)
        counts = finish(lake, load.con, load.folder / "keyed", TABLE)
        return load.report(
            TABLE, counts, dumped_at=facts.get("TIMESTAMP"), schema_sequence=int(facts["SCHEMA_SEQUENCE"])
        )


def _read_archive(path: Path, folder: Path, broken: BrokenRows) -> dict[str, str]:
    """Keep the tables that are needed as Parquet; returns the small files at the archive's root."""
    facts: dict[str, str] = {}
    seen: set[str] = set()
    with damage_named(path):
        for name, stream in tar_members(path):
            if name in ("TIMESTAMP", "SCHEMA_SEQUENCE"):
                facts[name] = _small_text(stream)
                _check_schema(path, facts)
            table = CORE_TABLES.get(name.removeprefix("mbdump/")) if name.startswith("mbdump/") else None
            if table is not None:
                copy_to_parquet(stream, table, folder / f"{table.name}.parquet", broken)
                seen.add(table.name)
    if "SCHEMA_SEQUENCE" not in facts:
        raise DumpSchemaError(
            f"{path}: has no SCHEMA_SEQUENCE; is it a MusicBrainz core dump (mbdump.tar.bz2)?"
        )
    missing = sorted(set(CORE_TABLES) - seen)
    if missing:
        raise DumpError(f"{path}: lacks mbdump/{', mbdump/'.join(missing)}; is it a whole mbdump.tar.bz2?")
    return facts


def _small_text(stream: IO[bytes]) -> str:
    return stream.read(1000).decode("utf-8", "replace").strip()


def _check_schema(path: Path, facts: dict[str, str]) -> None:
    found = facts.get("SCHEMA_SEQUENCE")
    known = ", ".join(map(str, sorted(KNOWN_SCHEMA_SEQUENCES)))
    if found is not None and not (found.isdigit() and int(found) in KNOWN_SCHEMA_SEQUENCES):
        raise DumpSchemaError(
            f"{path}: schema {found!r}, but column positions are known for {known} only. Load a dump of that schema, "
            "or the JSON release dump, which names its fields; after a schema change compare "
            "enrichment_pipeline/sources/dumps/core_tables.py with the server's CreateTables.sql and add the number"
        )


def _join(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    quoted = str(folder).replace("'", "''")
    for name in CORE_TABLES:
        con.execute(
            f"create or replace temp view {name} as select * from read_parquet('{quoted}/{name}.parquet')"
        )
    con.execute(f"copy ({_RELEASE_LABELS}) to '{quoted}/release_labels.parquet' (format parquet)")
    con.execute(
        f"create or replace temp view release_labels as select * from read_parquet('{quoted}/release_labels.parquet')"
    )
    (folder / "keyed").mkdir()
    first, last, count = con.execute("select min(id), max(id), count(*) from recording").fetchall()[0]
    if not count:
        return
    slices = -(-count // _RECORDINGS_A_SLICE)
    width = -(-(last - first + 1) // slices)
    for number in range(slices):
        start = first + number * width
        for statement in _SLICE.split(";\n"):
            if statement.strip():
                con.execute(statement.replace("$first", str(start)).replace("$behind", str(start + width)))
        add_keys(con, "slice", folder / "keyed" / f"{number:06}.parquet")
