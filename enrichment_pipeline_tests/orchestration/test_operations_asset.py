"""The asset of the monitoring: a snapshot each time, files beside it, checks that speak, runs counted by job.

No `from __future__ import annotations` here: Dagster reads the type of `context` as it stands.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.assets import operations
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.operations.history import read_history
from enrichment_pipeline.operations.thresholds import THRESHOLDS
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.orchestration.run_counts import finished_runs
from enrichment_pipeline_tests.operations.exposition import parse
from enrichment_pipeline_tests.operations.lakes import NOW, put

ASSETS = [operations.operations, operations.alerts]


@dg.op
def may_fail(context: dg.OpExecutionContext) -> None:
    if context.run_tags.get("fail"):
        raise RuntimeError("as asked")


@dg.job
def some_job() -> None:
    may_fail()


@dg.job
def other_job() -> None:
    may_fail()


def test_runs_are_counted_by_job_and_the_latest_is_told(instance: dg.DagsterInstance) -> None:
    for job, fails in ((some_job, True), (some_job, False), (other_job, False), (other_job, True)):
        tags = {"fail": "1"} if fails else {}
        assert job.execute_in_process(instance=instance, tags=tags, raise_on_error=False).success != fails
    found = finished_runs(instance, datetime.now(UTC))
    assert [(r.job, r.finished, r.failed, r.last_failed) for r in found] == [
        ("other_job", 2, 1, True),
        ("some_job", 2, 1, False),
    ]
    assert finished_runs(instance, datetime.now(UTC) + timedelta(days=8)) == []


def test_a_snapshot_is_added_and_its_alerts_say_what_to_do(
    lake: Lake, data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(lake, "track_labels", {"status": "accepted", "tier": "1 title"}, {"status": "none"})
    put(lake, "musicbrainz_lookups", {"source": "musicbrainz", "outcome": "down", "reason": "no route"})
    resources = {"lake": LakeResource(data_folder=str(data), threads=1), "outside": OutsideResource()}
    keys = []
    for day in range(2):
        monkeypatch.setenv("ENRICHMENT_NOW", (NOW + timedelta(days=day)).isoformat())
        result = dg.materialize(ASSETS, instance=instance, resources=resources)
        (event,) = result.asset_materializations_for_node("operations")
        keys.append({k for k, v in event.metadata.items() if isinstance(v, dg.FloatMetadataValue)})
    # the plots of yesterday go on; what needs a past is new
    assert keys[0] < keys[1]
    assert keys[1] - keys[0] == {"labels: share with label: change against usual"} | {
        k for k in keys[1] if k.startswith("runs: ") and k not in keys[0]
    }
    assert "sources: musicbrainz: share silent" in keys[0]
    assert len(read_history(lake).moments) == 2

    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert set(checks) == {limit.name for limit in THRESHOLDS}
    silent = checks["musicbrainz_answers"]
    assert not silent.passed
    assert silent.severity == dg.AssetCheckSeverity.ERROR
    assert silent.description is not None
    assert "share silent 100.0 %" in silent.description
    assert "What to do: Run `enrich doctor`" in silent.description
    assert silent.metadata["value"] == dg.MetadataValue.float(1.0)
    assert checks["songstats_cap"].passed

    reports = data / "reports"
    assert sorted(file.name for file in reports.iterdir()) == [
        "metrics.prom",
        "operations.md",
        "operations.png",
    ]
    samples = parse((reports / "metrics.prom").read_text(encoding="utf-8"))
    alert = ("enrichment_alert", (("alert", "musicbrainz_answers"), ("severity", "error")))
    assert samples[alert] == 1


def test_one_alert_can_be_looked_at_alone(
    lake: Lake, data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = {"lake": LakeResource(data_folder=str(data), threads=1), "outside": OutsideResource()}
    one = dg.AssetCheckKey(dg.AssetKey("operations"), "songstats_cap")
    result = dg.materialize(
        ASSETS, instance=instance, resources=resources, selection=dg.AssetSelection.checks(one)
    )
    assert [check.check_name for check in result.get_asset_check_evaluations()] == ["songstats_cap"]


def test_a_snapshot_is_made_each_morning_also_where_nothing_comes_in(instance: dg.DagsterInstance) -> None:
    defs = dg.Definitions(
        [operations.operations], resources={"lake": LakeResource(), "outside": OutsideResource()}
    )
    requested, cursor = [], None
    for hour in (5, 6, 7, 8, 31):
        at = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=hour)
        result = dg.evaluate_automation_conditions(
            defs=defs, instance=instance, cursor=cursor, evaluation_time=at
        )
        requested.append(result.total_requested)
        cursor = result.cursor
    assert requested == [0, 0, 1, 0, 1]
