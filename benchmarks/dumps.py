"""`python -m benchmarks.dumps [N]`: how fast a MusicBrainz core dump is loaded, and tracks are looked up in it.

The dump is invented, of N recordings (a million when not said) in the true layout, and lies with all else in a folder
of its own that is removed afterwards. Loading and looking up are processes of their own, so that the memory is theirs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from benchmarks.measure import measure
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.dumps.core import load_core_dump
from enrichment_pipeline.sources.dumps.look_up import look_up_in_dump, titles_in_dump
from enrichment_pipeline.sources.dumps.rows import read_titles
from enrichment_pipeline_tests.sources.dumps.generate import Catalogue, write_core_dump

PROJECT = Path(__file__).resolve().parents[1]
RECORDINGS = 1_000_000
QUESTIONS = 20_000
# What MusicBrainz allows one address, whatever the program does.
_API_REQUESTS_A_SECOND = 1


def main(arguments: list[str]) -> None:
    """Generate, load, look up, print; or, as a child process, one of the latter two."""
    if arguments and arguments[0] in ("load", "look-up"):
        folder, recordings = Path(arguments[1]), int(arguments[2])
        print(json.dumps(_load(folder) if arguments[0] == "load" else _look_up(folder, recordings)))
        return
    recordings = int(arguments[0].replace(",", "").replace("_", "")) if arguments else RECORDINGS
    with tempfile.TemporaryDirectory(prefix="benchmark-dumps-") as folder_name:
        _measure(Path(folder_name), recordings)


def _measure(folder: Path, recordings: int) -> None:
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the first measurement.")
    began = time.monotonic()
    archive = write_core_dump(folder / "dump", Catalogue(recordings).tables())
    megabytes = archive.stat().st_size / 1e6
    print(
        f"Dump of {recordings:,} invented recordings: {megabytes:,.0f} MB .tar.bz2, made in {time.monotonic() - began:.0f} s."
    )
    command = [sys.executable, "-m", "benchmarks.dumps"]
    loaded = measure([*command, "load", str(folder), str(recordings)], cwd=PROJECT, environment=os.environ)
    load = json.loads(loaded.output.splitlines()[-1])
    print(
        f"Loaded: {load['rows']:,} rows in {load['seconds']:.1f} s: {recordings / load['seconds']:,.0f} recordings/s, "
        f"{megabytes / load['seconds']:.1f} MB/s of the archive; peak memory {loaded.peak_bytes / 1e6:,.0f} MB; "
        f"the table is {load['table_bytes'] / 1e6:,.0f} MB."
    )
    asked = measure([*command, "look-up", str(folder), str(recordings)], cwd=PROJECT, environment=os.environ)
    found = json.loads(asked.output.splitlines()[-1])
    print(
        f"Looked up: {found['questions']:,} tracks in {found['seconds']:.2f} s: "
        f"{found['questions'] / found['seconds']:,.0f} a second, peak memory {asked.peak_bytes / 1e6:,.0f} MB. "
        f"Found {found['found']:,}, of these with the label of their own release {found['right']:,}; "
        f"by way: {', '.join(f'{way} {count:,}' for way, count in found['ways'].items())}."
    )
    print(
        f"Artists of titles: {found['titles']:,} titles in {found['title_seconds']:.2f} s: "
        f"{found['titles'] / found['title_seconds']:,.0f} a second, {found['candidates']:,} candidates."
    )
    print(
        f"The API allows {_API_REQUESTS_A_SECOND} request/s: {QUESTIONS / _API_REQUESTS_A_SECOND / 3600:.1f} hours for "
        "as many tracks, one request each."
    )


def _load(folder: Path) -> dict[str, object]:
    lake = Lake(folder / "data")
    report = load_core_dump(lake, folder / "dump")
    size = sum(file.stat().st_size for file in lake.files(report.table))
    return {"rows": report.rows, "seconds": report.seconds, "table_bytes": size}


def _look_up(folder: Path, recordings: int) -> dict[str, object]:
    lake = Lake(folder / "data", memory_limit="1GB")
    questions = _questions(recordings)
    with lake.connect(["mb_track_labels"]) as con:
        con.register("questions", questions)
        began = time.monotonic()
        look_up_in_dump(con, "questions", "mb_track_labels")
        seconds = time.monotonic() - began
        found, right = con.execute(
            "select count(distinct track_key), count(distinct track_key) filter (f.label_key = q.true_label_key)"
            " from dump_finding f join questions q using (track_key)"
        ).fetchall()[0]
        ways = con.execute(
            "select found_by, count(distinct track_key) from dump_finding group by 1 order by 1"
        ).fetchall()
        began = time.monotonic()
        candidates = titles_in_dump(
            con,
            "(select title_key, version_key, null::varchar as label_key from questions)",
            "mb_track_labels",
        )
        title_seconds = time.monotonic() - began
    return {
        "questions": questions.num_rows,
        "seconds": seconds,
        "found": found,
        "right": right,
        "ways": dict(ways),
        "titles": questions.num_rows,
        "title_seconds": title_seconds,
        "candidates": candidates,
    }


def _questions(recordings: int) -> pa.Table:
    """Tracks as sets name them: a third with ISRC, one in ten titles misspelled, one in ten of another catalogue."""
    catalogue = Catalogue(recordings)
    unknown = Catalogue(recordings * 10)
    step = max(1, recordings // QUESTIONS)
    asked = []
    for place, number in enumerate(range(1, recordings + 1, step)):
        one = catalogue.recording(number) if place % 10 else unknown.recording(recordings * 10 - number)
        title = one.title if place % 10 != 5 else one.title[:3] + one.title[4:]
        asked.append((one, f"{title} ({one.version})" if one.version else title, title, place % 3 == 0))
    read = read_titles([(whole, "") for _, whole, _, _ in asked])
    strings = pa.list_(pa.string())
    return pa.table(
        {
            "track_key": pa.array([str(place) for place in range(len(asked))]),
            "artist_keys": pa.array([[keys.artist_key(one.artist)] for one, *_ in asked], strings),
            "title_key": read.column("title_key"),
            "version_key": read.column("version_key"),
            "isrcs": pa.array([[one.isrc] if one.isrc and has else [] for one, _, _, has in asked], strings),
            "title": pa.array([title for _, _, title, _ in asked]),
            "artist": pa.array([one.artist for one, *_ in asked]),
            "true_label_key": pa.array([keys.label_key(one.label) for one, *_ in asked]),
        }
    )


if __name__ == "__main__":
    main(sys.argv[1:])
