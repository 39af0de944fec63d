"""Fixtures every layer's tests share: a lake and an inbox in the test's own folder, never `data/`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import settings

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.resources import InboxResource, LakeResource

WriteSet = Callable[..., Path]

# The same cases in every run and no clock: a test that fails has been broken by the change at hand, and not by
# chance or by what else the machine does. To look for new cases: pytest --hypothesis-profile=search
settings.register_profile("project", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("project")


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_HAS_BROWSER = any(shutil.which(name) for name in BROWSERS)
_NO_BROWSER = f"browser tests are left out: none of {', '.join(BROWSERS)} is on PATH"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of the browser where there is none."""
    needing = [item for item in items if item.get_closest_marker("browser")]
    if needing and not _HAS_BROWSER:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


def pytest_report_header() -> list[str]:
    """Says that tests are left out."""
    return [] if _HAS_BROWSER else [_NO_BROWSER]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says it again at the end, because a quiet run (as ours are) prints no header."""
    if not _HAS_BROWSER:
        terminalreporter.write_line(_NO_BROWSER)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own data folder must not be read or written by a test, and nobody's key used."""
    for name in list(os.environ):
        if name.startswith("ENRICHMENT_") or name == "DAGSTER_HOME":
            monkeypatch.delenv(name)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def lake(data: Path) -> Lake:
    return Lake(data, threads=1)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty inbox."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def write_set(inbox: Path) -> WriteSet:
    """Writes a CSV file with one set into the inbox; doing so again under another name adds a file."""

    def write(
        name: str,
        lines: Sequence[str],
        *,
        set_id: str = "s1",
        date: str = "2018-05-12",
        dj: str = "Mira Vole",
    ) -> Path:
        quoted = ['"' + line.replace('"', '""') + '"' for line in lines]
        rows = [f"{set_id},Night Shift,{dj},{date},{n},{line}" for n, line in enumerate(quoted, start=1)]
        path = inbox / name
        path.write_text("\n".join(["set_id,set_name,dj,date,position,text", *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def resources(lake: Lake, inbox: Path) -> dict[str, object]:
    """Resources that work in the test's folder."""
    return {
        "lake": LakeResource(data_folder=str(lake.root), threads=1),
        "inbox": InboxResource(folder=str(inbox)),
    }


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral
