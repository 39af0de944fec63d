"""Evaluation: how right the answers are on sets the catalogue does not know.

Assets only; measures, baselines and reports stand in `enrichment_pipeline.evaluation`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

import dagster as dg
from pydantic import Field

from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset


class EvaluationConfig(dg.Config):
    """How much is measured. Defaults leave out what is slow; `enrich evaluate` measures everything."""

    baselines: str = Field(
        default="quick",
        description='"quick": the model and the baselines that only count; "all": also those that are trained, EM and'
        " gradient boosting among them. `enrich evaluate` measures all of them.",
    )
    most_sets: int = Field(
        default=0,
        description="Of each split, so many sets drawn by md5; 0 measures all. 150 take 16 s on two cores, all 50 s;"
        " hidden labels are measured on all sets only.",
    )


@table_asset(
    "match_evaluation",
    group=Group.EVALUATION,
    code_version="2",
    deps=[
        "plays",
        "set_splits",
        "masked_tracks",
        "external_candidates",
        "external_lookups",
        "songstats_dj_supports",
        "splink_model",
    ],
    kinds={"splink", "duckdb", "parquet"},
    pool="splink",
)
def match_evaluation(context: dg.AssetExecutionContext, config: EvaluationConfig, lake: LakeResource) -> None:
    """How right the answers are, on sets the catalogue does not know: one row per split, visibility, method, measure.

    Every known artist of the dev, test and 2019+ sets is hidden and asked for with title and label, one of
    them or neither; the model stands beside a ladder of baselines. Intervals resample whole sets.
    """
    from enrichment_pipeline.evaluation.harness import ALL_METHODS, QUICK_METHODS
    from enrichment_pipeline.evaluation.store import measure_lake, write_evaluation

    methods = ALL_METHODS if config.baselines == "all" else QUICK_METHODS
    records = lake.lake()
    result = measure_lake(records, methods=methods, most_sets=config.most_sets or None)
    written = write_evaluation(records, result)
    report_rows(context, "match_evaluation", written.rows)
    context.add_output_metadata(
        {
            "summary": dg.MetadataValue.md(written.markdown),
            "rows_as_json": dg.MetadataValue.path(str(written.json_file)),
            "longest_steps": written.seconds,
            **{name: dg.MetadataValue.md(image) for name, image in written.plots.items()},
            **written.numbers,
        }
    )


@dg.asset_check(asset="match_evaluation")
def model_beats_every_baseline(lake: LakeResource) -> dg.AssetCheckResult:
    """On no split does a baseline name the right artist first more often than the model, title and label shown."""
    from enrichment_pipeline.evaluation.store import better_baselines

    found = better_baselines(lake.lake())
    words = "; ".join(f"{b.split}: {b.method} {b.theirs:.3f}, model {b.models:.3f}" for b in found)
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"better_baselines": len(found)},
        description=words or None,
    )
