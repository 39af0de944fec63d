"""The UI as an operator sees it: a real webserver over the whole code location, read in a headless Chromium.

One test, because server and browser cost many seconds. No daemon: nothing here is to start by itself. A screenshot of
each page lies in the test's folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from enrichment_pipeline.assets import operations
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.instance import PROJECT, instance_home, open_instance
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.sources.http.hosts import HostMemory
from enrichment_pipeline_tests.conftest import BROWSERS
from enrichment_pipeline_tests.operations.lakes import NOW, put

PATIENCE_MS = 20_000
HOST = "some_shop"
_LOADED = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"


@pytest.fixture
def measured(lake: Lake, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two snapshots, as a plot needs, of a pipeline in which one host is left alone for long."""
    put(lake, "track_labels", {"status": "accepted", "tier": "1 title"}, {"status": "none"})
    hosts = HostMemory(data / "state" / "hosts.db")
    hosts.failed(HOST, "answered 503", NOW, until=NOW + timedelta(hours=20))
    resources = {"lake": LakeResource(data_folder=str(data), threads=1), "outside": OutsideResource()}
    with open_instance(data) as instance:
        for day in (1, 0):
            monkeypatch.setenv("ENRICHMENT_NOW", (NOW - timedelta(days=day)).isoformat())
            assets = [operations.operations, operations.alerts]
            assert dg.materialize(assets, instance=instance, resources=resources).success


@pytest.fixture
def url(measured: None, data: Path, inbox: Path, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    webserver = shutil.which("dagster-webserver", path=str(Path(sys.executable).parent))
    assert webserver is not None
    of_test = {"DAGSTER_HOME": str(instance_home(data)), "ENRICHMENT_DATA": str(data)}
    log = tmp_path / "webserver.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [webserver, "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=PROJECT,
            env={**os.environ, **of_test, "ENRICHMENT_INBOX": str(inbox), "PYTHONWARNINGS": "ignore"},
            start_new_session=True,
            # a background job of a script has SIGINT ignored, and Dagster would then stop at no signal
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 90
            while not _is_loaded(address):
                assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")[-3000:]
                time.sleep(0.3)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def _is_loaded(address: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return "LOADED" in httpx.post(f"{address}/graphql", json={"query": _LOADED}, timeout=30).text
    return False


class Operator:
    """A person at the browser who notes everything that goes wrong."""

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        self.page, self.faults = page, []
        self._url, self._folder = url, folder
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def opens(self, path: str) -> None:
        self.page.goto(self._url + path)

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def leaves(self, name: str) -> None:
        """Keeps a picture, and looks for what Dagster shows where something broke."""
        self.page.screenshot(path=self._folder / f"{name}.png")
        for banner in ("Error loading", "An unexpected error", "PythonError", "Sorry, "):
            assert self.page.get_by_text(banner).count() == 0, f"{name}: {banner}"
        assert self.faults == [], name


@pytest.fixture
def operator(url: str, tmp_path: Path) -> Iterator[Operator]:
    chromium = next(path for name in BROWSERS if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield Operator(browser.new_page(viewport={"width": 1500, "height": 1400}), url, tmp_path)
        finally:
            browser.close()


@pytest.mark.browser
def test_an_operator_finds_the_way(operator: Operator) -> None:
    operator.opens("/asset-groups/")
    for group in Group:
        expect(operator.page.get_by_text(group.value, exact=True).first).to_be_visible()
    operator.leaves("graph")

    operator.opens("/assets/operations")
    operator.sees("How the pipeline is doing", "made_at", "when the snapshot was made, UTC", "alerts raised")
    operator.sees("labels: 1 title: share answered", "1 of 16 alerts is raised")
    operator.page.get_by_role("button", name="Plots").first.click()
    # a plot per measure, drawn
    operator.sees("alerts raised", f"hosts: {HOST}: hours closed")
    expect(operator.page.locator("canvas").first).to_be_visible()
    operator.leaves("asset")

    operator.opens("/assets/operations?view=checks&checkDetail=breakers_close_again")
    operator.sees("Raised where hosts: hours closed is above 12 hours", f"{HOST}: hours closed 44 hours")
    operator.sees("What to do: Open the host in a browser", "songstats_money", "jobs_end_well")
    expect(operator.page.get_by_role("button", name=re.compile("Execute$"))).to_be_enabled()
    operator.leaves("checks")

    # what a struct holds is told in words; as a type it would push the words out of sight
    operator.opens("/assets/track_labels")
    operator.sees("The label of each track, by hash bucket", "STRUCT[]", "each with label_key, label, source")
    operator.leaves("track_labels")

    operator.opens("/automation")
    operator.sees("cooled_down_tracks", "inbox_files", "weekly_learning")
    operator.leaves("automation")

    operator.opens("/runs")
    operator.sees("Success")
    operator.leaves("runs")
