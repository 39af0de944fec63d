"""The benchmark measures what it says: whole sets, the memory of children too, the same functions the assets call."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from benchmarks import inputs
from benchmarks.measure import CommandFailedError, measure
from benchmarks.speed_report import growth_lines, parsing_lines, run_lines
from benchmarks.stages import STAGES
from enrichment_pipeline.labels.sources import OUTSIDE_EVIDENCE
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.tracklists.sample import SampleResult, SampleUnavailableError

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"
SETS = [{"id": f"s{n}", "tracklist": [{"id": None, "title": f"A{n} - B"}] * n} for n in range(1, 21)]


def in_python(code: str, tmp_path: Path) -> tuple[str, int]:
    done = measure([sys.executable, "-c", code], cwd=tmp_path, environment=os.environ)
    return done.output, done.peak_bytes


def test_sets_are_taken_whole_until_there_are_lines_enough() -> None:
    chosen = inputs.some_sets(SETS, 50)
    assert inputs.line_count(chosen) >= 50
    assert inputs.line_count(chosen[:-1]) < 50
    assert all(one in SETS for one in chosen)
    assert chosen == inputs.some_sets(list(reversed(SETS)), 50)[: len(chosen)]
    assert inputs.line_count(inputs.some_sets(SETS, 10_000)) == inputs.line_count(SETS)


def test_a_smaller_input_is_part_of_a_larger() -> None:
    """Otherwise a difference of the content would look like growth."""
    larger = inputs.some_sets(SETS, 120)
    assert inputs.some_sets(SETS, 60) == larger[: len(inputs.some_sets(SETS, 60))]


def test_the_inbox_is_read_as_the_sets_are(tmp_path: Path) -> None:
    from benchmarks.stages import _read_files

    inputs.write_inbox(SETS[:4], tmp_path / "inbox")
    assert _read_files(Lake(tmp_path / "data", threads=1), tmp_path / "inbox")() == inputs.line_count(
        SETS[:4]
    )


def test_without_the_sample_there_are_words_and_no_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(folder: Path) -> SampleResult:
        raise SampleUnavailableError("no package index answers")

    monkeypatch.setattr(inputs, "fetch_sample", unavailable)
    sets, words = inputs.read_sample(tmp_path)
    assert sets is None
    assert "no package index answers" in words
    assert "example" in words


def test_memory_of_children_counts(tmp_path: Path) -> None:
    """Half of the lines are read by a helper process; its memory is the pipeline's."""
    held = "import time; block = bytearray(b'1') * 60_000_000; time.sleep(0.4)"
    _, alone = in_python(held, tmp_path)
    child = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {held!r}]); exec({held!r}); p.wait()"
    _, both = in_python(child, tmp_path)
    assert alone >= 60_000_000
    assert both >= 115_000_000


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="out of tea"):
        in_python("raise SystemExit('out of tea')", tmp_path)


def test_a_stage_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.stages",
        "read files",
        str(tmp_path / "data"),
        str(EXAMPLE),
        "1GB",
    ]
    done = measure(command, cwd=EXAMPLE.parents[1], environment=os.environ)
    found = json.loads(done.output)
    assert found["rows"] > 200
    assert found["own_peak_bytes"] > 0


def test_stages_make_every_table_in_order(tmp_path: Path) -> None:
    """A table that a new asset makes and no stage measures would be missed by nobody."""
    lake = Lake(tmp_path / "data", threads=1)
    for stage in STAGES:
        assert stage.prepare(lake, EXAMPLE)() >= 0
    filled_from_outside = {
        "mb_track_labels",
        "mb_canonical",
        "discogs_track_labels",
        "songstats_dj_supports",
        "external_candidates",
        # people fill it
        "ledger",
        *OUTSIDE_EVIDENCE,
    }
    assert [t for t in TABLES if not lake.files(t) and t not in filled_from_outside] == []


def test_tables_of_a_report_line_up() -> None:
    stages = [{"stage": "a", "rows": 1200, "rows_are": "x", "seconds": 0.5, "peak_bytes": 3_000_000}]
    sizes = [{"lines": 10_006, "is_example": False, "stages": stages}] * 2
    lines = growth_lines(sizes)
    assert len({len(line) for line in lines[1:3]}) == 1
    assert lines[3].split() == ["a", "|", "1,200", "0.50", "2,400", "3", "|", "1,200", "0.50", "2,400", "3"]
    run = {"funnel": [], "seconds": 3.2, "peak_bytes": 5_000_000, "seconds_per_stage": {"publish": 1.0}}
    assert "3 s wall, 5 MB" in run_lines(run)[0]
    parsed = parsing_lines({"lines": 30, "distinct": 20, "seconds": {"in one process": 0.5}})
    assert "40 distinct lines/s" in parsed[1]
