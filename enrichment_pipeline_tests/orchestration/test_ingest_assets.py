"""The ingest layer as Dagster runs it: partitions, checks, and what the UI would show."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.assets import ingest
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline_tests.conftest import WriteSet

MAY, JUNE, JULY = "2018-05-01", "2018-06-01", "2018-07-01"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Graph:
    """Runs the stages of the ingest layer on an instance of the test."""

    def __init__(self, resources: dict[str, object], instance: dg.DagsterInstance) -> None:
        self._defs = build_defs(resources=resources, layers=[ingest])
        self.instance = instance

    def files(self) -> dg.ExecuteInProcessResult:
        return self._run("ingest_files", {})

    def months(self, first: str, last: str) -> dg.ExecuteInProcessResult:
        return self._run(
            "ingest_months",
            {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last},
        )

    def month(self, key: str) -> dg.ExecuteInProcessResult:
        return self._run("ingest_months", {"dagster/partition": key})

    def _run(self, job: str, tags: dict[str, str]) -> dg.ExecuteInProcessResult:
        return self._defs.resolve_job_def(job).execute_in_process(
            instance=self.instance, tags=tags, run_config=_QUIET, raise_on_error=False
        )


@pytest.fixture
def graph(resources: dict[str, object], instance: dg.DagsterInstance) -> Graph:
    return Graph(resources, instance)


def row_counts(result: dg.ExecuteInProcessResult, asset: str) -> dict[str | None, int]:
    counts: dict[str | None, int] = {}
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(asset):
            metadata = event.step_materialization_data.materialization.metadata
            counts[event.partition] = next(v.value for k, v in metadata.items() if k.endswith("row_count"))
    return counts


def failed_checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckSeverity]:
    return {c.check_name: c.severity for c in result.get_asset_check_evaluations() if not c.passed}


def test_months_of_one_run_each_have_their_own_row_count(graph: Graph, write_set: WriteSet) -> None:
    """Metadata of a whole run would be repeated on every month as if each had all the rows."""
    write_set("a.csv", ["Vole - Tide", "Vole - Ebb"], set_id="may", date="2018-05-12")
    write_set("b.csv", ["Ossip - Crane"], set_id="july", date="2018-07-02")
    assert graph.files().success
    result = graph.months(MAY, JULY)
    assert result.success
    expected = {MAY: 2, JUNE: 0, JULY: 1}
    assert row_counts(result, "raw_tracks") == expected
    assert row_counts(result, "parsed_labels") == expected
    assert failed_checks(result) == {}


def test_a_month_made_again_leaves_the_others(graph: Graph, lake: Lake, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"], set_id="may", date="2018-05-12")
    write_set("b.csv", ["Ossip - Crane"], set_id="june", date="2018-06-02")
    graph.files()
    graph.months(MAY, JUNE)
    june = {table: lake.file_of(table, JUNE).read_bytes() for table in ("raw_tracks", "parsed_labels")}
    write_set("a.csv", ["Vole - Tide", "Lune - Ebb"], set_id="may", date="2018-05-12")
    graph.files()
    result = graph.month(MAY)
    assert result.success
    assert row_counts(result, "raw_tracks") == {MAY: 2}
    assert {table: lake.file_of(table, JUNE).read_bytes() for table in june} == june


def test_broken_files_and_rows_warn_and_do_not_stop(graph: Graph, inbox: Path, write_set: WriteSet) -> None:
    write_set("a.csv", ["Vole - Tide"])
    with (inbox / "a.csv").open("a", encoding="utf-8") as file:
        file.write("s1,Night Shift,Mira Vole,2018-05-12,third,Ossip - Crane\n")
    (inbox / "b.json").write_text("{", encoding="utf-8")
    result = graph.files()
    assert result.success
    warn = dg.AssetCheckSeverity.WARN
    assert failed_checks(result) == {"every_file_is_readable": warn, "no_row_is_rejected": warn}
    rejected = next(c for c in result.get_asset_check_evaluations() if c.check_name == "no_row_is_rejected")
    assert rejected.metadata["count"].value == 2
    records = rejected.metadata["first rows"].records  # type: ignore[union-attr]
    assert {record.data["file_name"] for record in records} == {"a.csv", "b.json"}
    assert graph.month(MAY).success


def test_lost_lines_block_what_comes_after(
    graph: Graph, lake: Lake, write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a play lost between the files and the months, nothing downstream may be made from the rest."""
    write_set("a.csv", ["Vole - Tide", "Lune - Ebb"])
    graph.files()
    honest = ingest.write_raw_tracks

    def losing(*args: object, **kwargs: object) -> dict[str, int]:
        counts = honest(*args, **kwargs)  # type: ignore[arg-type]
        with lake.connect(["raw_tracks"]) as con:
            lake.write(con, "raw_tracks", "select * from raw_tracks limit 1", partition=MAY)
        return counts

    monkeypatch.setattr(ingest, "write_raw_tracks", losing)
    result = graph.month(MAY)
    assert not result.success
    assert failed_checks(result) == {"every_play_is_there": dg.AssetCheckSeverity.ERROR}
    assert lake.files("parsed_labels") == []


def test_an_empty_inbox_makes_empty_tables(graph: Graph) -> None:
    result = graph.files()
    assert result.success
    assert row_counts(result, "source_files") == {None: 0}
    assert graph.month(MAY).success


def test_a_backfill_of_months_is_one_run(graph: Graph) -> None:
    node = build_defs(layers=[ingest]).resolve_asset_graph().get(dg.AssetKey("raw_tracks"))
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
