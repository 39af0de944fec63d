"""The UI's server with the project's own dagster.yaml, as a real process, driven over GraphQL.

One test, because starting a server takes ten seconds: it finds what `enrich` has run, makes a month anew,
back-fills a bucket, and reads back what the asset pages show.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrichment_pipeline.assets import ingest
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.driver import run_all
from enrichment_pipeline.orchestration.instance import PROJECT, instance_home, open_instance
from enrichment_pipeline_tests.conftest import WriteSet
from enrichment_pipeline_tests.orchestration.test_driver import Heard

LOCATION = "enrichment_pipeline_tests.orchestration.served_location"
MAY, JUNE = "2018-05-01", "2018-06-01"
# Dagster's backfill daemon looks every 30 s; begin and end may each wait for it, and CI machines are slow.
PATIENCE_SECONDS = 150

_LAUNCH = """
mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
_BACKFILL = """
mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
_BACKFILL_STATE = """
query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status error { message } runs(limit: 9) { status tags { key value } } } } }
"""
_ASSETS = """
{ assetNodes {
  assetKey { path } groupName kinds description owners { ... on TeamAssetOwner { team } }
  partitionStats { numMaterialized }
  metadataEntries { label ... on TableSchemaMetadataEntry { schema { columns { name description } } } }
  assetMaterializations(limit: 1) { runId partition
    metadataEntries { label ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text } } }
  assetChecksOrError { ... on AssetChecks {
    checks { name blocking executionForLatestMaterialization { status } } } } } }
"""


class Server:
    """GraphQL client of a running webserver."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        answer = self._http.post("/graphql", json={"query": query, "variables": variables})
        answer.raise_for_status()
        body = answer.json()
        assert not body.get("errors"), json.dumps(body["errors"])[:800]
        return body["data"]

    def is_loaded(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            query = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"
            entries = self.ask(query)["workspaceOrError"].get("locationEntries", [])
            return [entry["loadStatus"] for entry in entries] == ["LOADED"]
        return False

    def materialize(self, asset: str, partition: str) -> str:
        parameters = {
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": LOCATION,
                "jobName": "__ASSET_JOB",
                "assetSelection": [{"path": [asset]}],
            },
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
            "runConfigData": {},
        }
        launched = self.ask(_LAUNCH, p=parameters)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def backfill(self, asset: str, partitions: list[str]) -> str:
        parameters = {"assetSelection": [{"path": [asset]}], "partitionNames": partitions, "title": "test"}
        launched = self.ask(_BACKFILL, p=parameters)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return launched["backfillId"]

    def run_status(self, run_id: str) -> str:
        query = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
        return self.ask(query, id=run_id)["runOrError"]["status"]

    def assets(self) -> dict[str, dict[str, Any]]:
        return {node["assetKey"]["path"][0]: node for node in self.ask(_ASSETS)["assetNodes"]}


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.3)


@pytest.fixture
def ran(data: Path, inbox: Path, write_set: WriteSet, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A whole run as `enrich run` makes it, before the server is started; its run ids."""
    monkeypatch.setenv("ENRICHMENT_DATA", str(data))
    monkeypatch.setenv("ENRICHMENT_INBOX", str(inbox))
    write_set("a.csv", ["Vole - Tide [Low Water]", "ID - ID"], set_id="may", date="2018-05-12")
    write_set("b.csv", ["Ossip - Crane"], set_id="june", date="2018-06-02")
    with open_instance(data) as instance:
        return [
            result.run_id for result in run_all(build_defs(layers=[ingest]), instance, Lake(data), Heard())
        ]


@pytest.fixture
def server(data: Path, ran: list[str], tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dagster = shutil.which("dagster", path=str(Path(sys.executable).parent))
    assert dagster is not None
    log = tmp_path / "server.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [dagster, "dev", "-m", LOCATION, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=PROJECT,
            env={**os.environ, "DAGSTER_HOME": str(instance_home(data)), "PYTHONWARNINGS": "ignore"},
            start_new_session=True,
            # a background job of a script has SIGINT ignored, and Dagster would then stop at no signal
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        try:
            with Server(f"http://127.0.0.1:{port}") as client:
                wait_until(
                    lambda: process.poll() is not None or client.is_loaded(), f"server, see {log}", seconds=90
                )
                assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
                yield client
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def test_the_ui_shows_makes_and_backfills(
    server: Server, ran: list[str], data: Path, write_set: WriteSet
) -> None:
    # what the command line ran stands there, under its jobs
    query = """{ runsOrError(filter: {tags: [{key: ".dagster/repository",
        value: "__repository__@enrichment_pipeline"}]}) { ... on Runs { results { runId jobName status } } } }"""
    shown = {run["runId"]: run for run in server.ask(query)["runsOrError"]["results"]}
    assert set(shown) == set(ran)
    assert {run["jobName"] for run in shown.values()} == {"ingest_files", "ingest_months"}
    before = server.assets()
    assert before["raw_tracks"]["partitionStats"]["numMaterialized"] == 2
    assert before["raw_tracks"]["groupName"] == "ingest"
    assert before["raw_tracks"]["owners"] == [{"team": "enrichment"}]
    columns = next(
        e for e in before["raw_tracks"]["metadataEntries"] if e["label"] == "dagster/column_schema"
    )
    assert {column["name"] for column in columns["schema"]["columns"]} >= {"play_id", "raw_text"}

    # the backfill first: the daemon takes it up while the month is made
    backfill = server.backfill("bucket_probe", ["07"])
    june = Lake(data).file_of("raw_tracks", JUNE).read_bytes()
    run = server.materialize("raw_tracks", MAY)
    wait_until(lambda: server.run_status(run) in ("SUCCESS", "FAILURE"), "the month")
    assert server.run_status(run) == "SUCCESS"
    assert Lake(data).file_of("raw_tracks", JUNE).read_bytes() == june

    def state() -> dict[str, Any]:
        return server.ask(_BACKFILL_STATE, id=backfill)["partitionBackfillOrError"]

    wait_until(lambda: state()["status"] not in ("REQUESTED", "COMPLETING"), "the backfill")
    assert state()["status"] == "COMPLETED_SUCCESS", state()

    after = server.assets()
    latest = after["raw_tracks"]["assetMaterializations"][0]
    assert (latest["runId"], latest["partition"]) == (run, MAY)
    counts = {e["label"]: e.get("intValue") for e in latest["metadataEntries"]}
    assert counts["dagster/partition_row_count"] == 2
    checks = {c["name"]: c for c in after["raw_tracks"]["assetChecksOrError"]["checks"]}
    assert checks["raw_tracks_schema"]["blocking"]
    assert {c["executionForLatestMaterialization"]["status"] for c in checks.values()} == {"SUCCEEDED"}
    probe = after["bucket_probe"]
    assert probe["partitionStats"]["numMaterialized"] == 1
    assert probe["assetMaterializations"][0]["partition"] == "07"
