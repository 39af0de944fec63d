"""A real `dagster dev` - webserver, daemon, code server - in a process of its own, driven over GraphQL.

Starting one takes ten to twenty seconds, so a test that needs one asserts several things on it.
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
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from enrichment_pipeline.orchestration.instance import PROJECT

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
  ... on PartitionBackfill { status error { message } runs(limit: 99) { runId status tags { key value } } } } }
"""
_ASSETS = """
{ assetNodes {
  assetKey { path } groupName kinds description owners { ... on TeamAssetOwner { team } }
  partitionStats { numMaterialized numFailed }
  metadataEntries { label ... on TableSchemaMetadataEntry { schema { columns { name description } } } }
  assetMaterializations(limit: 1) { runId partition
    metadataEntries { label ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text } } }
  assetChecksOrError { ... on AssetChecks {
    checks { name blocking executionForLatestMaterialization { status } } } } } }
"""
_RUNS = """
query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs {
  results { runId jobName status tags { key value } } } } }
"""
_TICKS = """
query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) {
  ... on Sensor { sensorState { status ticks(limit: 5) { status skipReason runIds error { message } } } } } }
"""
_AGAIN = """
mutation($p: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""


class Server:
    """GraphQL client of a running webserver."""

    def __init__(self, url: str, location: str) -> None:
        self._location = location
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

    def materialize(self, asset: str, partition: str | None = None) -> str:
        parameters = {
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": self._location,
                "jobName": "__ASSET_JOB",
                "assetSelection": [{"path": [asset]}],
            },
            "mode": "default",
            "executionMetadata": {
                "tags": [{"key": "dagster/partition", "value": partition}] if partition else []
            },
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

    def again_from_failure(self, run_id: str) -> str:
        parameters = {"parentRunId": run_id, "strategy": "FROM_FAILURE"}
        launched = self.ask(_AGAIN, p=parameters)["launchRunReexecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def backfill_state(self, backfill: str) -> dict[str, Any]:
        return self.ask(_BACKFILL_STATE, id=backfill)["partitionBackfillOrError"]

    def runs(self, job: str | None = None, **tags: str) -> list[dict[str, Any]]:
        """Runs, oldest first, with their tags as a dict."""
        wanted = {"tags": [{"key": k, "value": v} for k, v in tags.items()]}
        found = self.ask(_RUNS, filter={**wanted, **({"pipelineName": job} if job else {})})
        results = found["runsOrError"]["results"]
        return [{**r, "tags": {t["key"]: t["value"] for t in r["tags"]}} for r in reversed(results)]

    def ticks(self, sensor: str) -> list[dict[str, Any]]:
        """The last ticks of a sensor, newest first."""
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": self._location,
            "sensorName": sensor,
        }
        state = self.ask(_TICKS, s=selector)["sensorOrError"]["sensorState"]
        assert state["status"] == "RUNNING", sensor
        return state["ticks"]

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


@contextlib.contextmanager
def serving(
    location: str, home: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """`dagster dev` over a module with definitions, with the instance whose folder is given; stopped on the way out."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dagster = shutil.which("dagster", path=str(Path(sys.executable).parent))
    assert dagster is not None
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [dagster, "dev", "-m", location, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=PROJECT,
            env={**os.environ, **(environment or {}), "DAGSTER_HOME": str(home), "PYTHONWARNINGS": "ignore"},
            start_new_session=True,
            # a background job of a script has SIGINT ignored, and Dagster would then stop at no signal
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        try:
            with Server(f"http://127.0.0.1:{port}", location) as client:
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
