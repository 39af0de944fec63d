"""The publish layer as Dagster runs it."""

import json
from pathlib import Path

import dagster as dg
import duckdb

from enrichment_pipeline.assets import ingest, publish
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.driver import run_all
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline_tests.conftest import WriteSet
from enrichment_pipeline_tests.orchestration.test_driver import Heard


def test_what_was_made_is_published(
    resources: dict[str, object], instance: dg.DagsterInstance, lake: Lake, write_set: WriteSet
) -> None:
    write_set("a.csv", ["Vole - Tide", "Lune - Ebb"])
    run_all(build_defs(resources=resources, layers=[ingest, publish]), instance, lake, Heard())
    with duckdb.connect(str(lake.root / "warehouse.duckdb"), read_only=True) as con:
        query = "select artist, title from parsed_labels order by artist desc"
        assert con.execute(query).fetchall() == [("Vole", "Tide"), ("Lune", "Ebb")]
    assert {file.name for file in (lake.root / "exports").iterdir()} >= {
        "rejected_rows.csv",
        "tracklists.txt",
    }
    # seconds come from Dagster's own records, so that runs started in the UI count as well
    summary = json.loads((lake.root / "reports" / "run_summary.json").read_text(encoding="utf-8"))
    assert set(summary["seconds_per_stage"]) == {"ingest_files", "ingest_months"}
    assert all(seconds > 0 for seconds in summary["seconds_per_stage"].values())
    warehouse = instance.get_latest_materialization_event(dg.AssetKey("warehouse"))
    assert warehouse is not None
    assert warehouse.asset_materialization is not None
    path = warehouse.asset_materialization.metadata["path"].value
    assert Path(str(path)) == lake.root / "warehouse.duckdb"


def test_a_result_without_all_plays_is_blocked(lake: Lake, inbox: Path, write_set: WriteSet) -> None:
    """A catalogue that has not seen a new month would leave its plays out of the result."""
    from enrichment_pipeline.ingest.plays import write_raw_tracks
    from enrichment_pipeline.ingest.staging import stage_inbox

    write_set("a.csv", ["Vole - Tide"])
    stage_inbox(lake, inbox)
    write_raw_tracks(lake, ["2018-05-01"], last_month="2021-02-01")
    check = publish.every_play_is_enriched(lake=LakeResource(data_folder=str(lake.root)))
    assert isinstance(check, dg.AssetCheckResult)
    assert not check.passed
    assert check.description is not None
    assert check.description.startswith("0 enriched rows for 1 plays")
