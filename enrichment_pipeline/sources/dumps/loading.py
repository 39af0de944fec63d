"""What every loader needs around its work: the checked archive, a bounded connection, a folder, the report.

What is in an archive and what is made of it is each loader's own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.download import Download
from enrichment_pipeline.sources.dumps.places import Archive, archive_at
from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError, DumpReport

# Half of the 2 GB a load may take; the other half is Python's and Arrow's.
DEFAULT_MEMORY_LIMIT = "1GB"
# Each thread has buffers of its own, and two keep up with one that decompresses.
_THREADS = 2


@dataclass(slots=True)
class Loading:
    """A load that is going on: its archive, connection, folder for half-made files, and broken rows so far."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    archive: Archive
    began: float
    clock: Callable[[], float]
    broken: BrokenRows = field(default_factory=BrokenRows)

    def report(
        self,
        table: str,
        counts: tuple[int, int],
        *,
        dumped_at: str | None,
        schema_sequence: int | None = None,
    ) -> DumpReport:
        """What was loaded; `counts` are rows and recordings."""
        return DumpReport(
            table=table,
            place=self.archive.place,
            sha256=self.archive.sha256,
            archive_bytes=self.archive.size_bytes,
            rows=counts[0],
            recordings=counts[1],
            dumped_at=dumped_at,
            schema_sequence=schema_sequence,
            broken_count=self.broken.count,
            broken_rows=tuple(self.broken.kept),
            seconds=self.clock() - self.began,
        )


@contextmanager
def loading(
    lake: Lake,
    table: str,
    place: str | Path,
    name: re.Pattern[str],
    *,
    download: Download | None,
    sha256: str | None,
    memory_limit: str,
    clock: Callable[[], float],
) -> Iterator[Loading]:
    """Find and check the archive, open a bounded connection, and remove half-made files at the end.

    Args:
        lake: downloads and half-made files lie in its `dumps` folder.
        table: the table to be made; one load of it at a time.
        place: as for `archive_at`.
        name: what the archive is called.
        download: as for `archive_at`.
        sha256: as for `archive_at`.
        memory_limit: of DuckDB.
        clock: seconds.

    Raises:
        DumpError: another process loads this table now; and what `archive_at` raises.
    """
    began = clock()
    downloads = lake.root / "dumps" / table
    downloads.mkdir(parents=True, exist_ok=True)
    folder = downloads / "half-made"
    try:
        lock = FileLock(downloads / ".lock").acquire(blocking=False)
    except Timeout:
        raise DumpError(f"{table} is being loaded by another process; wait for it") from None
    with lock:
        # what a killed load has left, tens of gigabytes of a real dump
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            with (
                archive_at(place, name, keep_in=downloads, download=download, sha256=sha256) as archive,
                Lake(lake.root, threads=_THREADS, memory_limit=memory_limit).connect([]) as con,
            ):
                # the finished file has a sort of its own; keeping any other order costs memory
                con.execute("set preserve_insertion_order=false")
                yield Loading(con, folder, archive, began, clock)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
