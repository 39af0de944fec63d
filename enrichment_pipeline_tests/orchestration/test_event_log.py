"""The event log in batches: what it stores is what Dagster's own stores one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from enrichment_pipeline.orchestration.event_log import BatchedSqliteEventLog
from enrichment_pipeline.orchestration.instance import instance_home, open_instance, write_config
from enrichment_pipeline.orchestration.partitions import MONTHS

FIRST, LAST = "2018-01-01", "2018-12-01"
KEY = dg.AssetKey("probe")


@dg.asset(name="probe", partitions_def=MONTHS, check_specs=[dg.AssetCheckSpec("fine", asset="probe")])
def _probe(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Stands for any table cut by month."""
    for n, key in enumerate(context.partition_keys):
        context.add_asset_metadata({"dagster/partition_row_count": n}, partition_key=key)
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@contextmanager
def run_on(data: Path) -> Iterator[dg.DagsterInstance]:
    tags = {"dagster/asset_partition_range_start": FIRST, "dagster/asset_partition_range_end": LAST}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    job = dg.Definitions(assets=[_probe]).resolve_implicit_global_asset_job_def()
    with open_instance(data) as instance:
        assert job.execute_in_process(instance=instance, tags=tags, run_config=quiet).success
        yield instance


def seen(instance: dg.DagsterInstance) -> dict[str, object]:
    """What asset and run pages are made of."""
    (run,) = instance.get_runs()
    events = instance.all_logs(run.run_id)
    storage = instance.event_log_storage
    latest = instance.get_latest_materialization_event(KEY)
    assert latest is not None
    return {
        "events": sorted(str(e.dagster_event_type) for e in events if e.dagster_event_type),
        "partitions": storage.get_materialized_partitions(KEY),
        "records": [
            (r.partition_key, r.asset_materialization.metadata["dagster/partition_row_count"].value)
            for r in instance.fetch_materializations(KEY, limit=50, ascending=True).records
            if r.asset_materialization
        ],
        "latest": latest.dagster_event.partition if latest.dagster_event else None,
        "assets": instance.all_asset_keys(),
    }


def test_a_batch_stores_what_single_events_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    with run_on(tmp_path / "batched") as instance:
        assert isinstance(instance.event_log_storage, BatchedSqliteEventLog)
        batched = seen(instance)
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
    with run_on(tmp_path / "single") as instance:
        single = seen(instance)
    assert batched == single
    assert len(batched["records"]) == 12  # type: ignore[arg-type]


def test_dagsters_own_class_reads_what_was_written(tmp_path: Path) -> None:
    with run_on(tmp_path) as instance:
        written = instance.event_log_storage.get_materialized_partitions(KEY)
    own = SqliteEventLogStorage(str(instance_home(tmp_path) / "history" / "runs"))
    assert own.get_materialized_partitions(KEY) == written
    assert len(written) == 12
    own.dispose()


def test_a_batch_that_fails_is_stored_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A change of Dagster's internals may cost time, never events."""

    def changed(*_: object) -> None:
        raise AttributeError("gone in another version")

    monkeypatch.setattr(BatchedSqliteEventLog, "_store_asset_events", changed)
    with run_on(tmp_path) as instance:
        assert len(seen(instance)["records"]) == 12  # type: ignore[arg-type]
    assert "Falling back" in capfd.readouterr().err


def test_the_config_of_a_data_folder_keeps_everything_below_it(tmp_path: Path) -> None:
    text = write_config(tmp_path / "my data").read_text(encoding="utf-8")
    assert "base_dir: data/dagster" not in text
    assert text.count(str(tmp_path / "my data" / "dagster")) >= 4
