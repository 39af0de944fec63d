"""The UI's server with the project's own dagster.yaml, as a real process, driven over GraphQL.

One test, because starting a server takes ten seconds: it finds what `enrich` has run, makes a month anew, sees what is
retried and what is not, kills a worker, back-fills all buckets, and reads back what the asset pages show.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.assets import ingest
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.driver import run_all
from enrichment_pipeline.orchestration.instance import instance_home, open_instance, write_config
from enrichment_pipeline_tests.conftest import WriteSet
from enrichment_pipeline_tests.orchestration.live import Server, serving, wait_until
from enrichment_pipeline_tests.orchestration.served_location import ASKED, BROKEN_BUCKET, HELD, HELD_ROWS
from enrichment_pipeline_tests.orchestration.test_driver import Heard

LOCATION = "enrichment_pipeline_tests.orchestration.served_location"
MAY, JUNE = "2018-05-01", "2018-06-01"


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
    # a killed worker is missed after a minute and a half; a test does not wait so long
    config = write_config(data)
    text = config.read_text(encoding="utf-8")
    for slow, fast in (
        ("poll_interval_seconds: 30", "poll_interval_seconds: 3"),
        ("free_slots_after_run_end_seconds: 60", "free_slots_after_run_end_seconds: 2"),
    ):
        assert slow in text
        text = text.replace(slow, fast)
    config.write_text(text, encoding="utf-8")
    with serving(LOCATION, instance_home(data), tmp_path / "server.log") as client:
        yield client


def test_the_ui_shows_makes_and_backfills(server: Server, ran: list[str], data: Path) -> None:
    # what the command line ran stands there, under its jobs
    shown = {
        run["runId"]: run
        for run in server.runs(**{".dagster/repository": "__repository__@enrichment_pipeline"})
    }
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

    # the backfill first: the daemon takes it up while the rest is done
    (data / BROKEN_BUCKET).write_text("11", encoding="utf-8")
    backfill = server.backfill("bucket_probe", list(BUCKET_KEYS))
    check_month(server, data)
    check_retries(server, data)
    check_killed_worker(server, data)
    check_backfill(server, data, backfill)


def check_month(server: Server, data: Path) -> None:
    """One month made anew is that month alone, and its page shows rows and checks."""
    june = Lake(data).file_of("raw_tracks", JUNE).read_bytes()
    run = server.materialize("raw_tracks", MAY)
    assert ended(server, run) == "SUCCESS"
    assert Lake(data).file_of("raw_tracks", JUNE).read_bytes() == june
    after = server.assets()["raw_tracks"]
    latest = after["assetMaterializations"][0]
    assert (latest["runId"], latest["partition"]) == (run, MAY)
    counts = {e["label"]: e.get("intValue") for e in latest["metadataEntries"]}
    assert counts["dagster/partition_row_count"] == 2
    checks = {c["name"]: c for c in after["assetChecksOrError"]["checks"]}
    assert checks["raw_tracks_schema"]["blocking"]
    assert {c["executionForLatestMaterialization"]["status"] for c in checks.values()} == {"SUCCEEDED"}


def check_retries(server: Server, data: Path) -> None:
    """What may get better is tried again by the step itself; what cannot is tried once, and its run not again."""
    shaky, refusing = server.materialize("shaky_source"), server.materialize("refusing_source")
    assert ended(server, shaky) == "SUCCESS"
    assert ended(server, refusing) == "FAILURE"
    assert Counter((data / ASKED).read_text(encoding="utf-8").split()) == {"shaky": 3, "refusing": 1}
    assert not server.runs(**{"dagster/parent_run_id": refusing})


def check_killed_worker(server: Server, data: Path) -> None:
    """A worker is killed while it holds the only slot: the next run gets it, the killed one is made once more."""
    killed = server.materialize("pool_holder", "03")
    held = data / HELD
    wait_until(held.exists, "a run in the pool")
    waiting = server.materialize("pool_holder", "05")
    time.sleep(3)
    assert server.run_status(waiting) == "QUEUED"
    os.kill(int(held.read_text(encoding="utf-8").split()[1]), signal.SIGKILL)
    assert ended(server, waiting) == "SUCCESS"
    assert ended(server, killed) == "FAILURE"
    wait_until(lambda: bool(server.runs(**{"dagster/parent_run_id": killed})), "the killed run once more")
    (again,) = server.runs(**{"dagster/parent_run_id": killed})
    assert again["tags"]["dagster/retry_number"] == "1"
    assert ended(server, again["runId"]) == "SUCCESS"
    begun = [line.split()[0] for line in held.read_text(encoding="utf-8").splitlines()]
    assert Counter(begun) == {"03": 2, "05": 1}
    with Lake(data).connect(["resolved_artists"]) as con:
        rows = con.execute(
            "select bucket, count(*), count(distinct track_key) from resolved_artists group by 1"
        ).fetchall()
    assert sorted(rows) == [("03", HELD_ROWS, HELD_ROWS), ("05", HELD_ROWS, HELD_ROWS)]


def check_backfill(server: Server, data: Path, backfill: str) -> None:
    """A backfill over all buckets, in runs of eight: where one fails the others stand, and only that is made again."""

    def state() -> dict[str, Any]:
        return server.backfill_state(backfill)

    wait_until(lambda: state()["status"] not in ("REQUESTED", "COMPLETING"), "the backfill")
    assert state()["status"] == "COMPLETED_FAILED", state()
    failed = [run for run in state()["runs"] if run["status"] == "FAILURE"]
    assert (len(state()["runs"]), len(failed)) == (4, 1)
    probe = server.assets()["bucket_probe"]
    assert probe["partitionStats"] == {"numMaterialized": 24, "numFailed": 8}
    (data / BROKEN_BUCKET).unlink()
    again = server.again_from_failure(failed[0]["runId"])
    assert ended(server, again) == "SUCCESS"
    probe = server.assets()["bucket_probe"]
    assert probe["partitionStats"] == {"numMaterialized": 32, "numFailed": 0}
    latest = probe["assetMaterializations"][0]
    shown = {e["label"]: e.get("text", e.get("intValue")) for e in latest["metadataEntries"]}
    assert shown == {"bucket": latest["partition"], "dagster/partition_row_count": 3}


def ended(server: Server, run: str) -> str:
    """How a run ended, once it has."""
    wait_until(lambda: server.run_status(run) in ("SUCCESS", "FAILURE", "CANCELED"), f"the end of {run}")
    return server.run_status(run)
