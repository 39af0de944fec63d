"""Operations: how the pipeline is doing, over time, and what needs a person.

Assets and checks only; measures, thresholds and the page stand in `enrichment_pipeline.operations`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

import base64
from collections.abc import Iterator
from typing import Any

import dagster as dg

from enrichment_pipeline.labels.sources import OUTSIDE_LOOKUPS
from enrichment_pipeline.operations.thresholds import THRESHOLDS
from enrichment_pipeline.orchestration.automation import publish_when_changed
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset

# also where nothing comes in: breakers, quotas and runs change by themselves
_DAILY = dg.AutomationCondition.cron_tick_passed("15 6 * * *")
_SEVERITIES = {"warning": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}


@table_asset(
    "operations",
    group=Group.OPERATIONS,
    code_version="1",
    # made in the job that publishes: after the rows it counts, before the warehouse that holds it
    stage="publish",
    deps=[
        "source_files",
        "rejected_rows",
        "raw_tracks",
        "parsed_labels",
        "track_labels",
        "label_questions",
        *OUTSIDE_LOOKUPS,
        "external_lookups",
        "source_calibration",
        "cooldown_queue",
        "resolved_artists",
        "match_evaluation",
        "enriched_tracks",
    ],
    kinds={"duckdb", "parquet", "prometheus", "matplotlib"},
    automation_condition=publish_when_changed("enriched_tracks") | _DAILY,
)
def operations(context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource) -> None:
    """How the pipeline is doing: one row per measure and moment, a snapshot added each time; its checks are the alerts.

    Turn on "Plots" for every measure over time. Also written: `data/reports/operations.md`, the page that says what
    needs doing, and `data/reports/metrics.prom` for Prometheus. Nobody outside is asked anything.
    """
    from enrichment_pipeline.operations.history import append_snapshot, read_history
    from enrichment_pipeline.operations.plots import main_series_png
    from enrichment_pipeline.operations.prometheus import prometheus_text, write_prometheus
    from enrichment_pipeline.operations.report import alerts_markdown, page, write_page
    from enrichment_pipeline.operations.snapshot import take_snapshot
    from enrichment_pipeline.operations.thresholds import judge
    from enrichment_pipeline.orchestration.run_counts import finished_runs

    records = lake.lake()
    surroundings = outside.surroundings(records)
    now = surroundings.now()
    history = read_history(records, before=now)
    measures = take_snapshot(records, surroundings, finished_runs(context.instance, now), history, now)
    verdicts = judge(measures)
    rows = append_snapshot(records, measures, now)
    picture = main_series_png(read_history(records))
    folder = records.root / "reports"
    page_file = write_page(folder, page(measures, verdicts, history, now), picture)
    metrics_file = write_prometheus(folder, prometheus_text(measures, verdicts, now))
    report_rows(
        context, "operations", rows, **{measure.label: _rounded(measure.value) for measure in measures}
    )
    image = base64.b64encode(picture).decode()
    context.add_output_metadata(
        {
            "alerts": dg.MetadataValue.md(alerts_markdown(verdicts)),
            "alerts raised": sum(not verdict.is_fine for verdict in verdicts),
            "main series": dg.MetadataValue.md(f"![main series over time](data:image/png;base64,{image})"),
            "page": dg.MetadataValue.path(page_file),
            "metrics": dg.MetadataValue.path(metrics_file),
        }
    )


@dg.multi_asset_check(
    name="alerts",
    can_subset=True,
    specs=[
        dg.AssetCheckSpec(
            limit.name,
            asset="operations",
            description=f"Raised where {limit.area}: {limit.measure} is {limit.condition}. It means: {limit.happened}.",
        )
        for limit in THRESHOLDS
    ],
)
def alerts(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
    """Every threshold against the last snapshot: passes, or says what happened and what to do."""
    from enrichment_pipeline.operations.history import latest_snapshot
    from enrichment_pipeline.operations.thresholds import judge

    wanted = {key.name for key in context.selected_asset_check_keys}
    _, measures = latest_snapshot(lake.lake())
    for verdict in judge(measures, [limit for limit in THRESHOLDS if limit.name in wanted]):
        limit, worst = verdict.threshold, verdict.worst
        # the limit as text: as a number it would be plotted, a straight line
        metadata: dict[str, Any] = {"raised": limit.condition}
        if worst is not None:
            metadata |= {"value": _rounded(worst.value), "of": worst.subject}
        yield dg.AssetCheckResult(
            asset_key="operations",
            check_name=limit.name,
            passed=verdict.is_fine,
            severity=_SEVERITIES[limit.severity],
            description=verdict.words(),
            metadata=metadata,
        )


def _rounded(value: float) -> float:
    """As many digits as a person reads; the table has all of them."""
    return round(float(value), 4)
