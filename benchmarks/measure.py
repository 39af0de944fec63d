"""Runs a command and watches it: wall seconds, and the most memory it and its children held at once.

Knows nothing of what is measured.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Short enough to see a peak of a stage, rare enough to cost less than 1 % of a core.
_LOOK_EVERY_SECONDS = 0.05
_PROC = Path("/proc")
# What else getrusage counts in: kilobytes, and bytes on macOS.
_MAXRSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


class CommandFailedError(Exception):
    """The measured command failed; the message ends with what it said."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command printed, how long it took, and the most memory it held."""

    output: str
    seconds: float
    peak_bytes: int


def measure(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Measured:
    """Run a command to its end and watch it.

    Memory is resident memory of the command and all its children, added up: pages they share, such as
    those of libraries, count once for each. Where there is no /proc (not Linux) it is 0, and the command
    has to say it itself (`own_peak_bytes`).

    Args:
        command: program and arguments.
        cwd: folder it runs in.
        environment: all its variables.

    Raises:
        CommandFailedError: it ended with another code than 0.
    """
    began = time.monotonic()
    with subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        watch = _Watch(process.pid)
        watch.start()
        try:
            output, errors = process.communicate()
        except BaseException:
            process.kill()
            raise
        finally:
            watch.stop()
    seconds = time.monotonic() - began
    if process.returncode != 0:
        raise CommandFailedError(
            f"{' '.join(command)} ended with {process.returncode}\n{output}{errors}"[-4000:]
        )
    return Measured(output, seconds, watch.peak_bytes)


def own_peak_bytes() -> int:
    """The most memory this process ever held, children not counted."""
    try:
        status = (_PROC / "self" / "status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT_BYTES
    # not ru_maxrss: on Linux a new program inherits that of the one that started it
    return _kilobytes(status, "VmHWM:") * 1024


class _Watch(threading.Thread):
    """Adds up the memory of a process and its descendants again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(name="memory-watch", daemon=True)
        self._pid = pid
        self._is_over = threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        while not self._is_over.wait(_LOOK_EVERY_SECONDS):
            self.peak_bytes = max(self.peak_bytes, _tree_bytes(self._pid))

    def stop(self) -> None:
        self._is_over.set()
        self.join()


def _tree_bytes(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
        listed = [
            children
            for task in (_PROC / str(pid) / "task").iterdir()
            for children in (task / "children").read_text(encoding="ascii").split()
        ]
    except OSError:
        return 0  # it has ended meanwhile, or there is no /proc
    return _kilobytes(status, "VmRSS:") * 1024 + sum(_tree_bytes(int(child)) for child in listed)


def _kilobytes(status: str, name: str) -> int:
    # "VmRSS:     1234 kB"; a process that is ending has no such line
    line = next((line for line in status.splitlines() if line.startswith(name)), f"{name} 0")
    return int(line.split()[1])
