"""Jobs: one for each stage of a whole run, made of the assets that belong to it.

Which stages there are stands in `groups.py`; what an asset does stands with the asset.
https://docs.dagster.io/guides/build/jobs
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
from dagster import AssetKey, AssetSpec

from enrichment_pipeline.orchestration.groups import STAGES, Stage


def assets_by_stage(specs: Iterable[AssetSpec]) -> Mapping[Stage, Sequence[AssetKey]]:
    """Assets of each stage that has any, in the order of a whole run."""
    by_name: dict[str, list[AssetKey]] = {}
    for spec in specs:
        if stage := spec.tags.get("stage"):
            by_name.setdefault(stage, []).append(spec.key)
    return {stage: by_name[stage.name] for stage in STAGES if stage.name in by_name}


def stage_jobs(specs: Iterable[AssetSpec]) -> list[dg.UnresolvedAssetJobDefinition]:
    """A job for each stage that has assets, with their checks."""
    return [
        dg.define_asset_job(
            stage.name,
            selection=dg.AssetSelection.assets(*keys),
            description=f"{stage.meaning[0].upper()}{stage.meaning[1:]}.",
            tags={"stage": stage.name},
        )
        for stage, keys in assets_by_stage(specs).items()
    ]
