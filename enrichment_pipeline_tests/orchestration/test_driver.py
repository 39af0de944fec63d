"""A whole run: stages in order, months that have data, failures in words, no two at once."""

import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.assets import ingest
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.driver import (
    INVOCATION_TAG,
    StageFailedError,
    StageResult,
    run_all,
)
from enrichment_pipeline.orchestration.groups import Group, Stage
from enrichment_pipeline.orchestration.records import last_stage_runs
from enrichment_pipeline.orchestration.table_assets import file_asset
from enrichment_pipeline.orchestration.whole_runs import AlreadyRunningError
from enrichment_pipeline_tests.conftest import WriteSet


class Heard:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def started(self, stage: Stage, number: int, of: int) -> None:
        self.words.append(f"{number}/{of} {stage.name}")

    def finished(self, result: StageResult, number: int, of: int) -> None:
        self.words.append(f"{number}/{of} {result.stage.name} done")


@pytest.fixture
def defs(resources: dict[str, object]) -> dg.Definitions:
    return build_defs(resources=resources, layers=[ingest])


def test_stages_run_in_order_and_are_recorded(
    defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake, write_set: WriteSet
) -> None:
    write_set("a.csv", ["Vole - Tide"], date="2018-05-12")
    write_set("b.csv", ["Vole - Ebb"], set_id="s2", date="2018-07-02")
    heard = Heard()
    results = run_all(defs, instance, lake, heard)
    assert heard.words == [
        "1/2 ingest_files",
        "1/2 ingest_files done",
        "2/2 ingest_months",
        "2/2 ingest_months done",
    ]
    assert instance.get_materialized_partitions(dg.AssetKey("raw_tracks")) == {
        "2018-05-01",
        "2018-06-01",
        "2018-07-01",
    }
    runs = {run.run_id: run for run in instance.get_runs()}
    assert {result.run_id for result in results} == set(runs)
    assert len({run.tags[INVOCATION_TAG] for run in runs.values()}) == 1
    assert all(
        run.tags[".dagster/repository"] == "__repository__@enrichment_pipeline" for run in runs.values()
    )
    assert set(last_stage_runs(instance)) == {"ingest_files", "ingest_months"}
    assert "raw_tracks" in results[1].step_seconds


def test_a_month_whose_sets_have_gone_is_made_empty(
    defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake, write_set: WriteSet
) -> None:
    write_set("a.csv", ["Vole - Tide"], date="2018-05-12")
    run_all(defs, instance, lake, Heard())
    write_set("a.csv", ["Vole - Tide"], date="2018-07-02")
    run_all(defs, instance, lake, Heard())
    assert [file.stem for file in lake.files("raw_tracks")] == ["2018-07-01"]


def test_an_empty_inbox_runs_through(defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake) -> None:
    assert len(run_all(defs, instance, lake, Heard())) == 2


def test_warnings_are_handed_on(
    defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake, inbox: Path
) -> None:
    (inbox / "b.json").write_text("{", encoding="utf-8")
    warnings = run_all(defs, instance, lake, Heard())[0].warnings
    assert {(w.check, w.words) for w in warnings} == {
        ("every_file_is_readable", "broken files: 1"),
        ("no_row_is_rejected", "rejected rows: 1"),
    }


def test_a_failed_stage_says_which_step_and_why_and_stops(
    defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake, inbox: Path
) -> None:
    inbox.rmdir()
    heard = Heard()
    with pytest.raises(StageFailedError, match=r"ingest_files failed: inbox: .*no inbox folder") as failure:
        run_all(defs, instance, lake, heard)
    assert heard.words == ["1/2 ingest_files"]
    assert failure.value.run_id == instance.get_runs()[0].run_id


def test_a_failed_blocking_check_is_told_in_its_words(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    lake: Lake,
    write_set: WriteSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_set("a.csv", ["Vole - Tide", "Vole - Ebb"])
    monkeypatch.setattr(ingest, "write_raw_tracks", lambda *_, **__: {})
    with pytest.raises(StageFailedError) as failure:
        run_all(defs, instance, lake, Heard())
    assert failure.value.reasons == (
        "the check every_play_is_there of raw_tracks did not pass: 2018-05-01: 0 of 2",
    )


def _hold(folder: Path, held: object, release: object) -> None:
    from enrichment_pipeline.orchestration.whole_runs import only_one

    with only_one(folder):
        held.set()  # type: ignore[attr-defined]
        release.wait(30)  # type: ignore[attr-defined]


@pytest.fixture
def held_elsewhere(lake: Lake) -> Iterator[None]:
    """Another process is in a whole run over the same data."""
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(lake.root, held, release))
    process.start()
    assert held.wait(30)
    yield
    release.set()
    process.join(30)


@pytest.mark.usefixtures("held_elsewhere")
def test_two_whole_runs_over_the_same_data_are_refused(
    defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake
) -> None:
    with pytest.raises(AlreadyRunningError, match="another `enrich run`"):
        run_all(defs, instance, lake, Heard())


def test_a_run_that_was_killed_does_not_stay_running_for_ever(
    defs: dg.Definitions, instance: dg.DagsterInstance, lake: Lake
) -> None:
    job = defs.resolve_job_def("ingest_files")
    killed = instance.create_run_for_job(
        job, tags={INVOCATION_TAG: "earlier"}, status=dg.DagsterRunStatus.STARTED
    )
    of_the_ui = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    run_all(defs, instance, lake, Heard())
    assert instance.get_run_by_id(killed.run_id).status == dg.DagsterRunStatus.FAILURE  # type: ignore[union-attr]
    assert instance.get_run_by_id(of_the_ui.run_id).status == dg.DagsterRunStatus.STARTED  # type: ignore[union-attr]


def test_a_layer_of_files_needs_no_table(
    resources: dict[str, object], instance: dg.DagsterInstance, lake: Lake
) -> None:
    """What CONTRIBUTING promises: an asset module is written, named in the layers, and its stage runs it."""
    made = []

    class Module:
        @file_asset("report", group=Group.EVALUATION, code_version="1", deps=["raw_tracks"], kinds={"json"})
        def report() -> None:
            """A report on all plays there are."""
            made.append("report")

    defs = dg.Definitions(
        assets=[Module.report],
        jobs=[dg.define_asset_job("evaluate", selection="report")],
        resources=resources,
    )
    assert [result.stage.name for result in run_all(defs, instance, lake, Heard())] == ["evaluate"]
    assert made == ["report"]


def test_a_person_can_stop_it(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    lake: Lake,
    write_set: WriteSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C is no failure to be explained; the run is recorded as ended all the same."""
    write_set("a.csv", ["Vole - Tide"])

    def stopped(*_: object, **__: object) -> dict[str, int]:
        signal.raise_signal(signal.SIGINT)
        return {}

    monkeypatch.setattr(ingest, "write_raw_tracks", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_all(defs, instance, lake, Heard())
    assert {run.status for run in instance.get_runs(limit=1)} == {dg.DagsterRunStatus.FAILURE}
