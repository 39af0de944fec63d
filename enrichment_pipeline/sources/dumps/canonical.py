"""The canonical dump of MusicBrainz: its own choice of one recording per artist and title, as `mb_canonical`.

No label stands in it; `look_up.py` uses it as one more way from a name to a recording.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming.keys import fold
from enrichment_pipeline.sources.dumps.archives import damage_named, tar_members
from enrichment_pipeline.sources.dumps.download import Download
from enrichment_pipeline.sources.dumps.loading import DEFAULT_MEMORY_LIMIT, loading
from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError, DumpReport

TABLE = "mb_canonical"
_ARCHIVE = re.compile(r"^musicbrainz-canonical-dump-[\w-]+\.tar(?:\.(?:bz2|gz|xz|zst))?$")
_MEMBER = "canonical_musicbrainz_data.csv"
_STAMP = re.compile(r"(\d{8}-\d{6})")
_BLOCK_BYTES = 4 << 20
_COLUMNS = (
    "combined_lookup",
    "recording_mbid",
    "release_mbid",
    "artist_credit_name",
    "recording_name",
    "score",
)
_CANONICAL = """
select combined_lookup, recording_mbid as recording_id, release_mbid as release_id, artist_credit_name as artist_credit,
    recording_name as title, try_cast(score as bigint) as score
from kept where combined_lookup <> '' and recording_mbid <> ''
"""
_NOT_WORD = re.compile(r"[^\w]+")


def combined_lookup(artist: str, title: str) -> str:
    """The dump's key of an artist credit and a title: both glued, letters and digits only, lower case and plain.

    Accents are folded as in all keys here; other scripts stay as they are, where the dump spells them in Latin
    letters, so they do not meet.
    """
    return "".join(fold(_NOT_WORD.sub("", artist + title)).split())


def load_canonical(
    lake: Lake,
    place: str | Path,
    *,
    download: Download | None = None,
    sha256: str | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> DumpReport:
    """Replace `mb_canonical` by a canonical dump.

    Arguments, result and exceptions are those of `load_core_dump`; the archive is
    `musicbrainz-canonical-dump-YYYYMMDD-HHMMSS.tar.zst`, and its date is taken from its name.
    """
    with loading(
        lake, TABLE, place, _ARCHIVE, download=download, sha256=sha256, memory_limit=memory_limit, clock=clock
    ) as load:
        path, kept = load.archive.path, load.folder / "canonical.parquet"
        with damage_named(path):
            for name, stream in tar_members(path):
                if name.rsplit("/", 1)[-1] == _MEMBER:
                    _keep(stream, kept, load.broken)
        if not kept.exists():
            raise DumpError(f"{path}: has no {_MEMBER}; is it a canonical dump of MusicBrainz?")
        load.con.from_parquet(str(kept)).create_view("kept")
        rows = lake.write(load.con, TABLE, _CANONICAL, order_by="combined_lookup, score, recording_id")
        counted = load.con.execute(
            "select count(*) from (select distinct recording_mbid from kept)"
        ).fetchall()
        stamp = _STAMP.search(load.archive.place)
        return load.report(TABLE, (rows, int(counted[0][0])), dumped_at=stamp[1] if stamp else None)


def _keep(stream: IO[bytes], target: Path, broken: BrokenRows) -> None:
    def refuse(row: pa.csv.InvalidRow) -> str:
        words = f"{row.actual_columns} columns instead of {row.expected_columns}"
        broken.add(_MEMBER, row.number or 0, words, row.text)
        return "skip"

    schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
    try:
        reader = pa.csv.open_csv(
            stream,
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(_COLUMNS, pa.string()), include_columns=list(_COLUMNS)
            ),
        )
        with pa.parquet.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
            for batch in reader:
                writer.write_batch(batch)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise DumpError(
            f"{_MEMBER}: {error}; the layout has changed (known columns: {', '.join(_COLUMNS)})"
        ) from error
