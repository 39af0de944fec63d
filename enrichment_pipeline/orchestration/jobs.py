"""Jobs: one for each stage of a whole run, and those that sensors and schedules start.

Which stages there are stands in `groups.py`; what an asset does stands with the asset; when a job is started, in
`sensors.py` and `schedules.py`.
https://docs.dagster.io/guides/build/jobs
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
from dagster import AssetKey, AssetSpec

from enrichment_pipeline.orchestration.groups import STAGES, Stage

AFTER_INGEST, AFTER_INGEST_LEARNING = "enrich_plays", "enrich_and_learn"
ASK_AGAIN, LEARN_AGAIN = "ask_again", "learn_again"
# Runs of their own in front of the rest: which months there are is known after the first, and a dump that is not
# loaded leaves a step out, with everything after it in the same run.
_BEFORE = ("ingest_files", "ingest_months", "load_dumps")
_LEARNING = ("splink_model", "match_evaluation")

# What a bucket goes through when its time has come, up to the answers. In which order, the graph knows; that what is
# published follows is in `automation.py`.
ASKED_AGAIN = (
    "label_questions",
    "musicbrainz_labels",
    "musicbrainz_lookups",
    "partner_labels",
    "partner_lookups",
    "songstats_dj_supports",
    "songstats_labels",
    "songstats_lookups",
    "scraped_labels",
    "scraped_lookups",
    "track_labels",
    "unresolved_tracks",
    "title_questions",
    "external_candidates",
    "external_lookups",
    "artist_candidates",
    "resolved_artists",
    "cooldown_queue",
)


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


def follow_up_jobs(specs: Iterable[AssetSpec]) -> list[dg.UnresolvedAssetJobDefinition]:
    """Jobs over several stages, started by sensors and schedules; none where the graph is only a part of it.

    Each is one run, so that after a failure "re-execute from failure" goes on where it stopped.
    """
    by_stage = {stage.name: list(keys) for stage, keys in assets_by_stage(specs).items()}
    present = {key.to_user_string() for keys in by_stage.values() for key in keys}
    if not present.issuperset((*ASKED_AGAIN, *_LEARNING)):
        return []
    enriching = present - _names(by_stage, _BEFORE)
    learning = [*_names(by_stage, ("mask_tracks",)), *_LEARNING]
    return [
        _job(
            AFTER_INGEST,
            enriching.difference(_LEARNING),
            "Everything after ingest with the model there is: catalogue, labels, artists, results.",
        ),
        _job(
            AFTER_INGEST_LEARNING,
            enriching,
            "Everything after ingest, learning the model anew: what a first run needs.",
        ),
        _job(
            ASK_AGAIN,
            ASKED_AGAIN,
            "Asks the sources about the tracks of a bucket whose time has come, and decides anew.",
        ),
        _job(
            LEARN_AGAIN,
            learning,
            "Learns the model anew and measures it; it is used only if it is not worse than the one there is.",
        ),
    ]


def _names(by_stage: Mapping[str, Sequence[AssetKey]], stages: Sequence[str]) -> set[str]:
    return {key.to_user_string() for stage in stages for key in by_stage.get(stage, ())}


def _job(name: str, assets: Iterable[str], description: str) -> dg.UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name, selection=dg.AssetSelection.assets(*sorted(assets)), description=description
    )
