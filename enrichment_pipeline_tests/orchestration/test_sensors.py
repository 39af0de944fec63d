"""Sensors as the daemon evaluates them, tick by tick, on a real instance and a real lake; nothing is run for them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.cooldown.requests import Wish, append_wish
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.current import model_path, models_folder, use_model
from enrichment_pipeline.matching.splink_model import Model, blank_settings
from enrichment_pipeline.orchestration.driver import run_all
from enrichment_pipeline.orchestration.resources import default_resources
from enrichment_pipeline.orchestration.sensors import BUCKETS_PER_TICK
from enrichment_pipeline.orchestration.whole_runs import WHOLE_RUN_TAG, only_one
from enrichment_pipeline_tests.conftest import WriteSet
from enrichment_pipeline_tests.orchestration.test_driver import Heard

NOW = datetime(2026, 11, 22, 12)
DAEMON = {WHOLE_RUN_TAG: "daemon"}
ALL_BUCKETS = {
    "dagster/asset_partition_range_start": BUCKET_KEYS[0],
    "dagster/asset_partition_range_end": BUCKET_KEYS[-1],
}


@pytest.fixture
def repository(resources: dict[str, object]) -> dg.RepositoryDefinition:
    return build_defs(resources=resources).get_repository_def()


class Ticks:
    """Evaluates a sensor as the daemon does, remembering cursors and run keys."""

    def __init__(
        self,
        repository: dg.RepositoryDefinition,
        instance: dg.DagsterInstance,
        resources: Mapping[str, object],
    ) -> None:
        self.repository, self.instance = repository, instance
        self.resources = {**default_resources(), **resources}
        self.cursors: dict[str, str | None] = {}

    def tick(self, name: str) -> tuple[list[dg.RunRequest], str | None]:
        context = dg.build_sensor_context(
            instance=self.instance,
            repository_def=self.repository,
            cursor=self.cursors.get(name),
            sensor_name=name,
            resources=self.resources,
        )
        done = self.repository.get_sensor_def(name).evaluate_tick(context)
        self.cursors[name] = done.cursor
        return list(done.run_requests or []), done.skip_message


@pytest.fixture
def ticks(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, resources: dict[str, object]
) -> Ticks:
    return Ticks(repository, instance, resources)


# ---- tracks whose time has come ----------------------------------------------------------------------


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clock that a test moves by writing to it."""
    file = tmp_path / "clock.txt"
    file.write_text(NOW.isoformat(), encoding="utf-8")
    monkeypatch.setenv("ENRICHMENT_NOW", str(file))
    return file


def put(lake: Lake, bucket: str, *tracks: Mapping[str, object]) -> None:
    """Rows of cooldown_queue; what a test does not care about is filled in."""
    plain = {
        "bucket": bucket,
        "state": "waiting",
        "wants": "label",
        "attempts": 1,
        "reason": "no match",
        "strategy": "exponential",
        "since": NOW,
        "seen": {"answers": 1},
        "history": [],
    }
    with lake.connect([]) as con:
        rows = [{**plain, "track_key": f"{bucket}-{n}", **track} for n, track in enumerate(tracks)]
        lake.write_rows(con, "cooldown_queue", rows, partition=bucket)


def waiting(days: float) -> dict[str, object]:
    """A track that falls due so many days from NOW."""
    return {"due_at": NOW + timedelta(days=days)}


def keys(requests: Sequence[dg.RunRequest]) -> list[tuple[str | None, str | None]]:
    return [(r.partition_key, r.run_key) for r in requests]


@pytest.mark.usefixtures("clock")
def test_nothing_due_is_said_with_the_day_it_will_be(ticks: Ticks, lake: Lake) -> None:
    assert ticks.tick("cooled_down_tracks") == ([], "nothing waits in cooldown_queue")
    put(lake, "03", waiting(9), waiting(40), {"state": "exhausted"})
    assert ticks.tick("cooled_down_tracks") == (
        [],
        "nothing due before 2026-12-01 12:00; 2 waiting, 1 given up",
    )


@pytest.mark.usefixtures("clock")
def test_a_bucket_is_asked_once_for_what_is_due_and_again_when_more_is(ticks: Ticks, lake: Lake) -> None:
    put(lake, "03", waiting(-2), waiting(-1), waiting(5))
    put(lake, "07", {"state": "due", "due_at": NOW, "waked_by": "a second line names it"})
    put(lake, "09", {"state": "resolved"}, waiting(1))
    requests, _ = ticks.tick("cooled_down_tracks")
    assert keys(requests) == [("03", "03:2026-11-21T12:00:00"), ("07", "07:2026-11-22T12:00:00")]
    assert [r.tags["enrichment/due"] for r in requests] == ["2", "1"]
    assert ticks.tick("cooled_down_tracks") == ([], "3 due tracks in 2 buckets, all asked for already")
    put(lake, "03", waiting(-2), waiting(-1), waiting(-0.5))
    requests, _ = ticks.tick("cooled_down_tracks")
    assert keys(requests) == [("03", "03:2026-11-22T00:00:00")]


@pytest.mark.usefixtures("clock")
def test_a_wish_is_asked_before_what_is_due_and_once(ticks: Ticks, lake: Lake) -> None:
    put(lake, "03", waiting(-2))
    put(lake, "05", waiting(30))
    append_wish(lake, Wish(NOW.replace(tzinfo=UTC), "05-0", "ask"))
    requests, _ = ticks.tick("cooled_down_tracks")
    assert keys(requests) == [
        ("05", "05:wished 2026-11-22T12:00:00"),
        ("03", "03:2026-11-20T12:00:00"),
    ]
    assert ticks.tick("cooled_down_tracks")[0] == []
    append_wish(lake, Wish(NOW.replace(tzinfo=UTC) + timedelta(minutes=1), "05-0", "ask"))
    assert len(ticks.tick("cooled_down_tracks")[0]) == 1


def test_what_stays_due_is_asked_for_once_more_after_half_a_day(
    ticks: Ticks, lake: Lake, clock: Path
) -> None:
    put(lake, "03", waiting(-2))
    first, _ = ticks.tick("cooled_down_tracks")
    clock.write_text((NOW + timedelta(hours=11)).isoformat(), encoding="utf-8")
    assert ticks.tick("cooled_down_tracks")[0] == []
    clock.write_text((NOW + timedelta(hours=12)).isoformat(), encoding="utf-8")
    second, _ = ticks.tick("cooled_down_tracks")
    # the daemon starts no second run for a run key it knows
    assert first[0].run_key != second[0].run_key


@pytest.mark.usefixtures("clock")
def test_a_tick_asks_a_few_buckets_longest_overdue_first_and_the_next_one_the_rest(
    ticks: Ticks, lake: Lake
) -> None:
    for n, bucket in enumerate(BUCKET_KEYS[:6]):
        put(lake, bucket, waiting(-1 - n))
    first, second = (ticks.tick("cooled_down_tracks")[0] for _ in range(2))
    assert [r.partition_key for r in first] == list(reversed(BUCKET_KEYS[:6]))[:BUCKETS_PER_TICK]
    assert {r.partition_key for r in (*first, *second)} == set(BUCKET_KEYS[:6])


@pytest.mark.usefixtures("clock")
def test_a_bucket_that_is_being_asked_is_left_alone(
    ticks: Ticks, lake: Lake, instance: dg.DagsterInstance, repository: dg.RepositoryDefinition
) -> None:
    put(lake, "03", waiting(-2))
    instance.create_run_for_job(
        repository.get_job("ask_again"),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "03"},
    )
    assert ticks.tick("cooled_down_tracks") == ([], "1 due tracks in 1 buckets, all being asked now")


@pytest.mark.usefixtures("clock")
def test_nobody_is_asked_beside_a_whole_run(ticks: Ticks, lake: Lake) -> None:
    put(lake, "03", waiting(-2))
    with only_one(lake.root):
        assert ticks.tick("cooled_down_tracks") == (
            [],
            "`enrich run` is at work and asks whoever is due",
        )


# ---- the inbox -----------------------------------------------------------------------------------------


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sensor looks a minute after whatever the test writes."""
    real = time.time

    class Clock:
        time = staticmethod(lambda: real() + 60)

    monkeypatch.setattr("enrichment_pipeline.orchestration.sensors.time", Clock)


@pytest.mark.usefixtures("later")
def test_a_new_file_is_read_once(ticks: Ticks, write_set: WriteSet, inbox: Path) -> None:
    assert ticks.tick("inbox_files") == ([], "every file of the inbox has been read")
    write_set("a.csv", ["Vole - Tide"])
    (request,), _ = ticks.tick("inbox_files")
    assert request.tags[WHOLE_RUN_TAG] == "daemon"
    assert request.tags["enrichment/files"] == "a.csv"
    assert ticks.tick("inbox_files") == ([], "asked for already: a.csv; see the run of ingest_files")
    write_set("a.csv", ["Vole - Tide", "Vole - Ebb"])
    (again,), _ = ticks.tick("inbox_files")
    assert again.run_key != request.run_key


def test_a_file_that_is_still_written_waits(ticks: Ticks, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    assert ticks.tick("inbox_files") == ([], "a.csv may still be written; it was changed just now")


def test_what_enrich_run_read_is_not_read_again(
    ticks: Ticks,
    resources: dict[str, object],
    instance: dg.DagsterInstance,
    lake: Lake,
    write_set: WriteSet,
    inbox: Path,
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    write_set("b.csv", ["Vole - Ebb"], set_id="b")
    time.sleep(0.05)
    run_all(build_defs(resources=resources), instance, lake, Heard(), only=["ingest_files"])
    assert ticks.tick("inbox_files") == ([], "every file of the inbox has been read")
    (inbox / "b.csv").unlink()
    (request,), _ = ticks.tick("inbox_files")
    assert request.tags["enrichment/files"] == "b.csv (gone)"


@pytest.mark.usefixtures("later")
def test_the_inbox_is_left_to_enrich_run_while_it_works(
    ticks: Ticks, lake: Lake, write_set: WriteSet
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    with only_one(lake.root):
        assert ticks.tick("inbox_files") == ([], "`enrich run` is at work and reads the inbox")


# ---- one stage after the other -------------------------------------------------------------------------


def after(
    ticks: Ticks, job: str, tags: Mapping[str, str], *, execute: bool = True
) -> tuple[list[dg.RunRequest], str | None]:
    """What run_after_stage asks for when a job ran through."""
    ticks.tick("run_after_stage")
    definition = ticks.repository.get_job(job)
    result = definition.execute_in_process(instance=ticks.instance, tags=dict(tags))
    assert result.success
    return ticks.tick("run_after_stage")


def use(lake: Lake, model: Model) -> None:
    models_folder(lake).mkdir(exist_ok=True)
    model_path(models_folder(lake), model.model_hash).write_text(model.text, encoding="utf-8")
    use_model(models_folder(lake), model.model_hash)


def test_the_months_that_files_touch_follow_and_then_everything_else(
    ticks: Ticks, write_set: WriteSet, lake: Lake
) -> None:
    write_set("a.csv", ["Vole - Tide"], date="2018-05-12")
    write_set("b.csv", ["Vole - Ebb"], set_id="b", date="2018-07-12")
    (months,), _ = after(ticks, "ingest_files", DAEMON)
    assert months.job_name == "ingest_months"
    tags = {
        "dagster/asset_partition_range_start": "2018-05-01",
        "dagster/asset_partition_range_end": "2018-07-01",
    }
    assert months.tags.items() >= {**DAEMON, **tags}.items()
    (rest,), _ = after(ticks, "ingest_months", months.tags)
    # there is no model yet
    assert rest.job_name == "enrich_and_learn"
    assert rest.tags.items() >= {**DAEMON, **ALL_BUCKETS}.items()
    for comparisons, job in ((COMPARISONS[1:], "enrich_and_learn"), (COMPARISONS, "enrich_plays")):
        # a model of another version has other comparisons, and cannot answer
        use(lake, Model(blank_settings(comparisons)))
        (rest,), _ = after(ticks, "ingest_months", months.tags)
        assert rest.job_name == job
    # no month is other than it was: what was set aside is published
    (publish,), _ = after(ticks, "ingest_files", DAEMON)
    assert publish.job_name == "publish"


def test_a_dump_that_was_never_loaded_is_loaded_before_it_is_asked(
    ticks: Ticks, write_set: WriteSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    (months,), _ = after(ticks, "ingest_files", DAEMON)
    monkeypatch.setenv("ENRICHMENT_DISCOGS_DUMP", str(tmp_path / "dump"))
    (load,), _ = after(ticks, "ingest_months", months.tags)
    assert load.job_name == "load_dumps"
    monkeypatch.delenv("ENRICHMENT_DISCOGS_DUMP")
    (rest,), _ = after(ticks, "load_dumps", load.tags)
    assert rest.job_name == "enrich_and_learn"
    assert rest.tags.items() >= {**DAEMON, **ALL_BUCKETS}.items()


@pytest.mark.usefixtures("later")
def test_a_second_file_waits_for_no_second_whole_run(
    ticks: Ticks, write_set: WriteSet, instance: dg.DagsterInstance
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    (months,), _ = after(ticks, "ingest_files", DAEMON)
    instance.create_run_for_job(
        ticks.repository.get_job("enrich_and_learn"), status=dg.DagsterRunStatus.NOT_STARTED, tags=DAEMON
    )
    requests, words = after(ticks, "ingest_months", months.tags)
    assert requests == []
    assert "waits already" in (words or "")


@pytest.mark.parametrize("tags", [{}, {WHOLE_RUN_TAG: "enrich run"}])
def test_stages_that_a_person_started_are_followed_by_nothing(
    ticks: Ticks, write_set: WriteSet, tags: dict[str, str]
) -> None:
    write_set("a.csv", ["Vole - Tide"])
    requests, _ = after(ticks, "ingest_files", tags)
    assert requests == []


# ---- another model, another dump -----------------------------------------------------------------------


def answered_by(lake: Lake, model: str) -> None:
    rows = [
        {
            "track_key": "t",
            "bucket": "03",
            "band": "none",
            "p_none": 1.0,
            "model_hash": model,
            "reason": "nobody",
            "run_id": "r",
            "candidates": 0,
        }
    ]
    with lake.connect([]) as con:
        lake.write_rows(con, "resolved_artists", rows, partition="03")


def materialized(instance: dg.DagsterInstance, asset: str, partitions: Sequence[str] = ()) -> None:
    for partition in partitions or [None]:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=partition))


def test_another_model_answers_every_bucket_anew(ticks: Ticks, lake: Lake) -> None:
    done = "all answers are of the model and the dumps there are"
    assert ticks.tick("model_updated") == ([], done)
    models_folder(lake).mkdir(parents=True)
    use_model(models_folder(lake), "new1")
    answered_by(lake, "old1")
    (request,), _ = ticks.tick("model_updated")
    assert request.job_name == "resolve_tracks"
    assert request.tags.items() >= ALL_BUCKETS.items()
    assert request.run_key == "model:new1:old1"
    answered_by(lake, "new1")
    assert ticks.tick("model_updated") == ([], done)


def test_a_dump_that_was_loaded_after_it_was_asked_is_asked(
    ticks: Ticks, instance: dg.DagsterInstance
) -> None:
    materialized(instance, "mb_track_labels")
    assert ticks.tick("model_updated")[0] == []
    materialized(instance, "musicbrainz_lookups", BUCKET_KEYS)
    assert ticks.tick("model_updated")[0] == []
    materialized(instance, "discogs_track_labels")
    # some buckets were asked since, most were not
    materialized(instance, "musicbrainz_lookups", BUCKET_KEYS[:3])
    (request,), _ = ticks.tick("model_updated")
    assert request.job_name == "ask_again"
    assert request.tags.items() >= ALL_BUCKETS.items()
    materialized(instance, "musicbrainz_lookups", BUCKET_KEYS)
    assert ticks.tick("model_updated")[0] == []


# ---- all of them ---------------------------------------------------------------------------------------


def test_sensors_that_cost_nothing_are_on_and_said_so(repository: dg.RepositoryDefinition) -> None:
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert sensors.keys() == {
        "inbox_files",
        "run_after_stage",
        "cooled_down_tracks",
        "model_updated",
        "publish_what_changed",
    }
    assert {s.default_status for s in sensors.values()} == {dg.DefaultSensorStatus.RUNNING}
    assert all(len(s.description or "") > 60 for s in sensors.values())


def test_a_sensor_can_be_called_by_itself(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, resources: dict[str, object]
) -> None:
    with dg.build_sensor_context(instance=instance, resources=resources) as context:
        result = repository.get_sensor_def("model_updated")(context)
    assert isinstance(result, dg.SkipReason)
