"""`enrich doctor`: what a run needs, how it stands, and what to do where something is missing.

Looks and changes nothing. Each question is one function that gives a finding.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from enrichment_pipeline.lake.inbox import inbox_folder
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.orchestration.instance import PROJECT, instance_home
from enrichment_pipeline.sources.http.hosts import HostMemory
from enrichment_pipeline.sources.registry import states
from enrichment_pipeline.sources.songstats import Songstats
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.tracklists.readers import scan_inbox
from enrichment_pipeline.tracklists.sample import FILE_NAME

_OLDEST_PYTHON = (3, 11)
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)
# What decides over results and formats; the lock holds many more.
_WATCHED = ("dagster", "dagster-webserver", "duckdb", "splink", "pandas", "pyarrow", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: whether all is well, in words, and what to do when not."""

    is_well: bool
    words: str
    remedy: str = ""


def doctor() -> int:
    """Print every finding; 1 when one of them keeps a run from working, else 0."""
    findings = [finding for look in _LOOKS for finding in look(data_root())]
    for finding in findings:
        print(f"{'ok  ' if finding.is_well else 'look'}  {finding.words}")
        if finding.remedy:
            print(f"      {finding.remedy}")
    return 0 if all(finding.is_well for finding in findings) else 1


def _python(data: Path) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        yield Finding(False, f"Python {version}", "Python 3.11 or newer is needed: make PYTHON=python3.11")
    else:
        yield Finding(True, f"Python {version}")


def _packages(data: Path) -> Iterator[Finding]:
    lock = PROJECT / "requirements.lock"
    if not lock.is_file():
        yield Finding(False, f"no {lock.name} beside the package", "run from a checkout of the project")
        return
    locked = {name.lower(): version for name, version in _LOCKED.findall(lock.read_text(encoding="utf-8"))}
    other = []
    for name in _WATCHED:
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "missing"
        if installed != locked.get(name):
            other.append(f"{name} is {installed}, locked is {locked.get(name, 'nothing')}")
    if other:
        yield Finding(False, "; ".join(other), "rebuild the environment: rm -rf .venv && make run")
    else:
        yield Finding(True, f"packages as locked: {', '.join(f'{n} {locked[n]}' for n in _WATCHED)}")


def _data_folder(data: Path) -> Iterator[Finding]:
    nearest = next(folder for folder in (data.resolve(), *data.resolve().parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        yield Finding(
            False, f"{nearest} cannot be written", "change its permissions, or name another: --data DIR"
        )
    else:
        yield Finding(
            True, f"data folder {data.resolve()}{'' if data.exists() else ' (made by the first run)'}"
        )


def _instance(data: Path) -> Iterator[Finding]:
    home = os.environ.get("DAGSTER_HOME")
    place = Path(home) if home else instance_home(data)
    runs = place / "history" / "runs.db"
    if not runs.is_file():
        yield Finding(True, f"no Dagster run recorded under {place} yet")
        return
    try:
        # read-only, so that looking can neither make nor lock anything
        with sqlite3.connect(f"{runs.as_uri()}?mode=ro", uri=True) as con:
            count, last = con.execute("select count(*), max(create_timestamp) from runs").fetchone()
            status = con.execute("select status from runs order by id desc limit 1").fetchone()
    except sqlite3.Error as error:
        yield Finding(
            False, f"{runs} cannot be read: {error}", f"move {place} away; tables are kept elsewhere"
        )
        return
    words = f"{count} Dagster runs under {place}"
    if status:
        words += f", the last of {str(last)[:19]} UTC ended as {status[0]}"
    has_failed = bool(status) and status[0] == "FAILURE"
    yield Finding(not has_failed, words, "see why in the UI: make ui" if has_failed else "")


def _sample(data: Path) -> Iterator[Finding]:
    file = data / "sample" / FILE_NAME
    if file.is_file():
        yield Finding(True, f"the real sample is in {file}")
    else:
        yield Finding(
            True, "the real sample is not here yet", "`enrich sample` fetches it; `enrich run` does so itself"
        )


def _inbox(data: Path) -> Iterator[Finding]:
    folder = inbox_folder(data, os.environ)
    if not folder.is_dir():
        yield Finding(True, f"no inbox {folder}", "a run takes the sample; put tracklists there to read them")
        return
    files = scan_inbox(folder)
    to_read = sum(file.is_to_be_read for file in files)
    yield Finding(True, f"inbox {folder}: {to_read} files to read, {len(files) - to_read} others")
    for file in files:
        if file.status == "broken":
            yield Finding(False, f"{file.name} {file.reason}", "check its permissions, or take it out")


def _sources(data: Path) -> Iterator[Finding]:
    surroundings = Surroundings(data)
    try:
        for entry, off_reason in states(Lake(data), surroundings):
            if off_reason is None:
                yield Finding(True, f"source {entry.name} is on: {entry.gives}; {entry.pace}")
            else:
                yield Finding(True, f"source {entry.name} is off: {entry.gives}", off_reason)
    except ValueError as error:  # a variable that holds no number
        yield Finding(False, str(error), "mend the variable, or take it away")
    for host in HostMemory(data / "state" / "hosts.db").states(surroundings.now()):
        if host.closed_until is not None:
            until = f"{host.closed_until:%Y-%m-%d %H:%M} UTC"
            yield Finding(True, f"{host.name} is left alone until {until}", host.why)


def _songstats(data: Path) -> Iterator[Finding]:
    surroundings = Surroundings(data)
    with closing(Songstats(surroundings)) as songstats:
        if songstats.off_reason is not None or surroundings.offline:
            return
        check = songstats.check()
    yield Finding(
        check.is_ok, f"Songstats: {check.words}", "" if check.is_ok else "check ENRICHMENT_SONGSTATS_KEY"
    )


def _last_summary(data: Path) -> Iterator[Finding]:
    file = data / "reports" / "run_summary.json"
    if not file.is_file():
        yield Finding(True, "no whole run yet", "enrich run")
        return
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
        lines = next(step["count"] for step in summary["funnel"] if step["name"] == "lines")
        yield Finding(
            True, f"last whole run: {summary['made_at']}, {lines:,} lines in {summary['seconds']:.0f} s"
        )
    except (ValueError, KeyError, StopIteration, TypeError):
        yield Finding(False, f"{file} cannot be understood", "enrich run writes it anew")


_LOOKS: tuple[Callable[[Path], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _data_folder,
    _instance,
    _sample,
    _inbox,
    _sources,
    _songstats,
    _last_summary,
)
