"""Where everything meets: all assets, checks, jobs and resources of the code location.

To add a layer, write its module under `assets/` and name it in `_LAYERS`; everything else is found from
there. No asset, SQL or setting belongs here.
https://docs.dagster.io/guides/build/projects-and-components
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

import dagster as dg

from enrichment_pipeline.assets import (
    catalogue,
    cooldown,
    evaluation,
    feedback,
    ingest,
    labels,
    matching,
    operations,
    publish,
    results,
    sources,
)
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.automation import automation_sensor
from enrichment_pipeline.orchestration.checks import schema_checks
from enrichment_pipeline.orchestration.executors import executor_from_env
from enrichment_pipeline.orchestration.jobs import follow_up_jobs, stage_jobs
from enrichment_pipeline.orchestration.resources import default_resources
from enrichment_pipeline.orchestration.retention import forget_old_runs
from enrichment_pipeline.orchestration.schedules import build_schedules
from enrichment_pipeline.orchestration.sensors import build_sensors

_LAYERS: tuple[ModuleType, ...] = (
    ingest,
    catalogue,
    labels,
    sources,
    matching,
    feedback,
    cooldown,
    evaluation,
    results,
    operations,
    publish,
)


def build_defs(
    *, resources: Mapping[str, object] | None = None, layers: Sequence[ModuleType] = _LAYERS
) -> dg.Definitions:
    """The code location.

    Args:
        resources: take the place of default ones of the same name, e.g. a lake in a test's folder.
        layers: asset modules.
    """
    assets = dg.load_assets_from_modules(layers)
    specs = [spec for asset in assets if isinstance(asset, dg.AssetsDefinition) for spec in asset.specs]
    tables = [name for spec in specs if (name := spec.key.to_user_string()) in TABLES]
    jobs = {job.name: job for job in (*stage_jobs(specs), *follow_up_jobs(specs))}
    following = [spec.key.to_user_string() for spec in specs if spec.automation_condition is not None]
    return dg.Definitions(
        assets=assets,
        asset_checks=[*dg.load_asset_checks_from_modules(layers), *schema_checks(tables)],
        jobs=[*jobs.values(), forget_old_runs],
        sensors=[*build_sensors(jobs), *([automation_sensor(*following)] if following else [])],
        schedules=build_schedules(jobs),
        resources={**default_resources(), **(resources or {})},
        executor=executor_from_env(),
    )


defs = build_defs()
