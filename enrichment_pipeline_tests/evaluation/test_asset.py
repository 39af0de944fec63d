"""The asset match_evaluation: what the UI shows of a run, and its check."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.assets import evaluation
from enrichment_pipeline.evaluation.harness import MODEL, EvaluationResult, Row
from enrichment_pipeline.evaluation.store import write_evaluation
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.resources import LakeResource


@pytest.fixture
def lake_resource(trained_lake: Lake, tmp_path: Path) -> LakeResource:
    shutil.copytree(trained_lake.root, tmp_path / "data")
    return LakeResource(data_folder=str(tmp_path / "data"), threads=1)


def test_a_run_shows_numbers_tables_and_plots(lake_resource: LakeResource) -> None:
    result = dg.materialize(
        [evaluation.match_evaluation, evaluation.model_beats_every_baseline],
        resources={"lake": lake_resource},
        run_config={"ops": {"match_evaluation": {"config": {"most_sets": 4}}}},
    )
    assert result.success
    metadata = result.asset_materializations_for_node("match_evaluation")[0].metadata
    assert metadata["dagster/row_count"].value > 300
    assert "splink_model" in metadata["summary"].value
    assert 0 <= metadata["test_hit_at_1"].value <= 1
    assert metadata["reliability_test"].value.startswith("![reliability, test](data:image/png;base64,")
    [check] = result.get_asset_check_evaluations()
    assert check.severity == dg.AssetCheckSeverity.WARN


def test_the_check_names_the_baseline_and_both_numbers(lake_resource: LakeResource) -> None:
    rows = [
        Row("test", "title+label", method, "hit@1", value, None, None)
        for method, value in ((MODEL, 0.4), ("gradient_boosting", 0.51))
    ]
    write_evaluation(lake_resource.lake(), EvaluationResult(rows=rows))
    result = evaluation.model_beats_every_baseline(lake=lake_resource)
    assert isinstance(result, dg.AssetCheckResult)
    assert not result.passed
    assert result.description == "test: gradient_boosting 0.510, model 0.400"
