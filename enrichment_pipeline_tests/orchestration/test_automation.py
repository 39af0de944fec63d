"""What follows from the graph alone, evaluated as the daemon does; what happens by the clock; what is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.orchestration.automation import FRESHNESS, publish_when_changed
from enrichment_pipeline.orchestration.event_log import BatchedSqliteEventLog
from enrichment_pipeline.orchestration.instance import open_instance
from enrichment_pipeline.orchestration.partitions import BUCKETS, MONTHS
from enrichment_pipeline.orchestration.retention import delete_old_runs, forget_old_runs
from enrichment_pipeline.orchestration.source_assets import NETWORK_RETRIES
from enrichment_pipeline.orchestration.whole_runs import WHOLE_RUN_TAG

DEFS = build_defs()
PUBLISHED = ("enriched_tracks", "exports", "run_summary", "warehouse")


# ---- published assets follow ----------------------------------------------------------------------------


@dg.asset(partitions_def=MONTHS)
def raw_tracks() -> None: ...


@dg.asset(partitions_def=BUCKETS)
def track_labels() -> None: ...


@dg.asset(partitions_def=BUCKETS, deps=[track_labels])
def resolved_artists() -> None: ...


@dg.asset(
    deps=[dg.AssetDep(raw_tracks), track_labels, resolved_artists],
    automation_condition=publish_when_changed("track_labels", "resolved_artists"),
)
def enriched_tracks() -> None: ...


@dg.asset(deps=[enriched_tracks, raw_tracks], automation_condition=publish_when_changed("enriched_tracks"))
def warehouse() -> None: ...


GRAPH = [raw_tracks, track_labels, resolved_artists, enriched_tracks, warehouse]


class Daemon:
    """Evaluates conditions tick by tick, and makes what they ask for when it is told to."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self._defs = dg.Definitions(assets=GRAPH)
        self._cursor = None

    def tick(self) -> set[str]:
        result = dg.evaluate_automation_conditions(
            defs=self._defs, instance=self.instance, cursor=self._cursor
        )
        self._cursor = result.cursor
        return {asset.key.to_user_string() for asset in GRAPH if result.get_num_requested(asset.key)}

    def make(self, names: Sequence[str], partition: str | None = None, **tags: str) -> None:
        done = dg.materialize(
            GRAPH, selection=list(names), partition_key=partition, instance=self.instance, tags=tags
        )
        assert done.success


@pytest.fixture
def daemon(instance: dg.DagsterInstance) -> Daemon:
    daemon = Daemon(instance)
    # before anything ever happened Dagster cannot tell whose update is new
    daemon.make(["raw_tracks"], "2018-04-01")
    assert daemon.tick() == set()
    return daemon


def test_what_is_published_follows_a_bucket_that_was_asked_again(daemon: Daemon) -> None:
    daemon.make(["track_labels", "resolved_artists"], "07")
    assert daemon.tick() == {"enriched_tracks", "warehouse"}
    # asked for once, even before it is made, and not again when it is
    assert daemon.tick() == set()
    daemon.make(["enriched_tracks", "warehouse"])
    assert daemon.tick() == set()
    daemon.make(["track_labels"], "08")
    assert daemon.tick() == {"enriched_tracks", "warehouse"}


def test_a_whole_run_publishes_by_itself(daemon: Daemon) -> None:
    for bucket in ("07", "08"):
        daemon.make(["track_labels", "resolved_artists"], bucket, **{WHOLE_RUN_TAG: "enrich run"})
    assert daemon.tick() == set()
    daemon.make(["enriched_tracks", "warehouse"], **{WHOLE_RUN_TAG: "enrich run"})
    assert daemon.tick() == set()


def test_months_alone_start_nothing(daemon: Daemon) -> None:
    daemon.make(["raw_tracks"], "2018-05-01")
    assert daemon.tick() == set()


def test_several_buckets_are_followed_when_the_last_is_done(
    daemon: Daemon, instance: dg.DagsterInstance
) -> None:
    job = dg.Definitions(assets=GRAPH).resolve_implicit_global_asset_job_def()
    running = instance.create_run_for_job(
        job,
        asset_selection=frozenset({dg.AssetKey("resolved_artists")}),
        tags={"dagster/partition": "09"},
        status=dg.DagsterRunStatus.STARTED,
    )
    daemon.make(["track_labels", "resolved_artists"], "07")
    assert daemon.tick() == set()
    instance.report_run_failed(running)
    assert daemon.tick() == {"enriched_tracks", "warehouse"}


def test_published_assets_have_a_condition_and_a_freshness_policy() -> None:
    specs = {spec.key.to_user_string(): spec for spec in DEFS.resolve_all_asset_specs()}
    following = {name for name, spec in specs.items() if spec.automation_condition}
    assert following == {*PUBLISHED, "operations"}
    assert {name for name, spec in specs.items() if spec.freshness_policy} == set(PUBLISHED)
    assert FRESHNESS.warn_window is not None


def test_a_second_tick_over_the_whole_graph_asks_for_nothing(instance: dg.DagsterInstance) -> None:
    """With all months and buckets made, and nothing changed since the tick before."""
    for name, keys in (
        ("raw_tracks", MONTHS.get_partition_keys()),
        *((name, BUCKETS.get_partition_keys()) for name in ("track_labels", "resolved_artists")),
    ):
        for key in keys:
            instance.report_runless_asset_event(dg.AssetMaterialization(name, partition=key))
    first = dg.evaluate_automation_conditions(defs=DEFS, instance=instance)
    second = dg.evaluate_automation_conditions(defs=DEFS, instance=instance, cursor=first.cursor)
    assert second.total_requested == 0


# ---- by the clock ----------------------------------------------------------------------------------------


def test_only_the_schedule_that_costs_nothing_is_on() -> None:
    schedules = {s.name: s for s in DEFS.get_repository_def().schedule_defs}
    on = {name for name, s in schedules.items() if s.default_status == dg.DefaultScheduleStatus.RUNNING}
    assert on == {"forget_old_runs_weekly"}
    assert schedules.keys() == on | {"nightly_ingest", "weekly_learning", "monthly_dumps"}


@pytest.mark.parametrize(
    "name", ["nightly_ingest", "weekly_learning", "monthly_dumps", "forget_old_runs_weekly"]
)
def test_each_schedule_asks_for_a_run_that_can_be_started(name: str, instance: dg.DagsterInstance) -> None:
    repository = DEFS.get_repository_def()
    schedule = repository.get_schedule_def(name)
    at = datetime(2026, 3, 1, 4, tzinfo=UTC)
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=at, repository_def=repository
    ) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or []
    job = repository.get_job(schedule.job_name)
    assert dg.validate_run_config(job, request.run_config or {}) is not None
    assert (request.tags.get(WHOLE_RUN_TAG) == "daemon") == (name == "nightly_ingest")


# ---- network assets --------------------------------------------------------------------------------------


def test_every_asset_that_asks_a_host_is_retried_with_full_jitter() -> None:
    pools = {"musicbrainz", "partners", "songstats", "web_pages", "titles"}
    asking = {}
    for asset in DEFS.resolve_asset_graph().assets_defs:
        if isinstance(asset, dg.AssetsDefinition) and asset.is_executable and asset.op.pool in pools:
            asking[asset.op.pool] = asset.op.retry_policy
    assert asking.keys() == pools
    assert set(asking.values()) == {NETWORK_RETRIES}
    assert NETWORK_RETRIES.jitter == dg.Jitter.FULL


# ---- old runs --------------------------------------------------------------------------------------------


@pytest.fixture
def history(tmp_path: Path) -> dg.DagsterInstance:
    with open_instance(tmp_path / "data") as instance:
        assert isinstance(instance.event_log_storage, BatchedSqliteEventLog)
        yield instance


def made(instance: dg.DagsterInstance, name: str, partition: str | None = None) -> str:
    return dg.materialize(GRAPH, selection=[name], partition_key=partition, instance=instance).run_id


def test_old_runs_are_forgotten_but_for_those_behind_what_there_is(history: dg.DagsterInstance) -> None:
    first = made(history, "track_labels", "07")
    other = made(history, "track_labels", "08")
    second = made(history, "track_labels", "07")
    whole = made(history, "warehouse")
    now = datetime.now(UTC)
    assert delete_old_runs(history, before=now - timedelta(days=1)) == 0
    assert delete_old_runs(history, before=now + timedelta(seconds=1)) == 1
    assert {run.run_id for run in history.get_runs()} == {other, second, whole}
    assert history.get_run_by_id(first) is None
    labels = dg.AssetKey("track_labels")
    assert history.get_materialized_partitions(labels) == {"07", "08"}
    latest = history.get_latest_materialization_event(labels)
    assert latest is not None
    assert latest.run_id == second


def test_the_job_that_forgets_runs_through(history: dg.DagsterInstance) -> None:
    made(history, "warehouse")
    made(history, "warehouse")
    done = forget_old_runs.execute_in_process(
        instance=history, run_config={"ops": {"delete_runs": {"config": {"keep_days": 0}}}}
    )
    assert done.success
    # the older of the two; its own run is at work
    assert len(history.get_runs()) == 2
