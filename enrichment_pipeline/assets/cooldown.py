"""Cool-down: when what is still unknown is asked again.

Assets and checks only; policy, state and wishes stand in `enrichment_pipeline.cooldown`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

from typing import Any, Literal

import dagster as dg
from pydantic import Field

from enrichment_pipeline.cooldown.policy import DEFAULT
from enrichment_pipeline.labels.sources import OUTSIDE_LOOKUPS
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset


class CooldownConfig(dg.Config):
    """How what waits for a decision, or was never asked, is spread. Look-ups keep the times they were given."""

    jitter: Literal["none", "plus-minus", "additive", "full"] = Field(
        default=DEFAULT.jitter,
        description="How far a step is spread; none brings back together what failed so.",
    )
    soonest_days: float = Field(
        default=DEFAULT.soonest_days,
        gt=0,
        description="Low probability: step when label known, recent set and rising supports all speak for it.",
    )
    latest_days: float = Field(
        default=DEFAULT.latest_days, gt=0, description="Low probability: step when none of them does."
    )
    tracks_per_day: int = Field(
        default=DEFAULT.tracks_per_day,
        gt=0,
        description="What comes in at once beyond so many tracks is spread over days.",
    )


@table_asset(
    "cooldown_queue",
    group=Group.COOLDOWN,
    code_version="1",
    deps=[
        "tracks",
        "plays",
        "unresolved_tracks",
        "label_questions",
        "title_questions",
        "track_labels",
        "resolved_artists",
        "songstats_dj_supports",
        *OUTSIDE_LOOKUPS,
        "external_lookups",
    ],
)
def cooldown_queue(
    context: dg.AssetExecutionContext, config: CooldownConfig, lake: LakeResource, outside: OutsideResource
) -> None:
    """Tracks whose label or artist is still wanted, by hash bucket: when each is asked again, and why then.

    From the look-ups, the matcher's answers, the state before, new evidence and what people asked for. Who was
    found stays as resolved. Trouble of a source counts no attempt.
    """
    from enrichment_pipeline.cooldown.queue import write_cooldown_queue
    from enrichment_pipeline.cooldown.requests import read_wishes
    from enrichment_pipeline.cooldown.settings import settings_of
    from enrichment_pipeline.sources.dumps.loaded import dump_dates

    surroundings = outside.surroundings(lake.lake())
    rows = write_cooldown_queue(
        lake.lake(),
        context.partition_keys,
        now=surroundings.now(),
        run_id=context.run.run_id,
        settings=settings_of(surroundings.get, **config.model_dump()),
        dumps=dump_dates(lake.lake()),
        wishes=read_wishes(lake.lake()),
    )
    report_rows(context, "cooldown_queue", rows)


@dg.asset_check(asset="cooldown_queue")
def no_herd(lake: LakeResource) -> dg.AssetCheckResult:
    """The largest share of waiting tracks that fall due on one day; warns where they would all come at once."""
    from enrichment_pipeline.cooldown.report import MOST_SHARE_A_DAY, herd_index

    herd = herd_index(lake.lake())
    numbers: dict[str, Any] = {"herd index": herd.share, "tracks": herd.tracks, "day": str(herd.day or "")}
    return dg.AssetCheckResult(
        passed=not herd.is_herd,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=numbers,
        description=f"{herd.words()}; at most {MOST_SHARE_A_DAY:.0%} are meant",
    )
