"""Labels: what speaks for the label of each track, how sure that is, and what was decided.

Assets only; evidence, measuring and the rule stand in `enrichment_pipeline.labels`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

from typing import Any

import dagster as dg

from enrichment_pipeline.labels.outside import FOUND_BY_TIER
from enrichment_pipeline.labels.sources import OUTSIDE_EVIDENCE, OUTSIDE_LOOKUPS
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset

_PLAYS = ["raw_tracks", "parsed_labels", "plays", "label_rosters", "artists"]


@table_asset("label_calibration", group=Group.LABELS, code_version="1", deps=_PLAYS)
def label_calibration(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """How often each kind of label evidence is right: measured anew whenever the plays change.

    Each label that a line names is hidden in turn and asked of the plays of other sets. One row per kind
    of evidence and level of support, and one per combination of levels that occurs.
    """
    from enrichment_pipeline.labels.build import write_calibration

    report_rows(context, "label_calibration", write_calibration(lake.lake()))


@table_asset(
    "label_evidence",
    group=Group.LABELS,
    code_version="1",
    deps=[*_PLAYS, "internal_catalogue", "label_calibration"],
)
def label_evidence(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """What text and catalogue say for a label: one row per track, label and source, by hash bucket.

    From the text itself, from other plays of the track, its other versions, its artist and its sets.
    Nothing here is decided, and nothing that decides overwrites it. Outside sources have tables of their own.
    """
    from enrichment_pipeline.labels.build import write_evidence

    report_rows(context, "label_evidence", write_evidence(lake.lake(), context.partition_keys))


@table_asset(
    "label_questions", group=Group.LABELS, code_version="1", deps=["tracks", "artists", "label_evidence"]
)
def label_questions(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Tracks asked of outside sources, by hash bucket: those whose label tiers 1 and 1b do not tell.

    One in twenty more is a track whose label the lines name: how often a source gives the known label is how
    sure its answers are (source_calibration).
    """
    from enrichment_pipeline.labels.build import write_label_questions

    report_rows(context, "label_questions", write_label_questions(lake.lake(), context.partition_keys))


@table_asset(
    "source_calibration",
    group=Group.LABELS,
    code_version="1",
    deps=["label_questions", "label_evidence", "label_aliases", *OUTSIDE_EVIDENCE],
)
def source_calibration(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """How often each kind of outside answer names the label that the lines themselves name.

    Until tracks were asked a row holds what is assumed (n = 0).
    """
    from enrichment_pipeline.labels.build import write_source_calibration

    report_rows(context, "source_calibration", write_source_calibration(lake.lake()))


@table_asset(
    "track_labels",
    group=Group.LABELS,
    code_version="2",
    deps=[
        "tracks",
        "label_evidence",
        "label_aliases",
        "source_calibration",
        *OUTSIDE_EVIDENCE,
        *OUTSIDE_LOOKUPS,
    ],
)
def track_labels(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """The label of each track, by hash bucket: accepted, a candidate, none, or known to be self-released.

    Names the tier that answered, how sure it is, what the tiers before it said, and every other candidate.
    """
    from enrichment_pipeline.labels.build import write_track_labels

    report_rows(
        context, "track_labels", write_track_labels(lake.lake(), context.partition_keys, context.run.run_id)
    )


@table_asset("unresolved_tracks", group=Group.LABELS, code_version="1", deps=["tracks", "track_labels"])
def unresolved_tracks(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Tracks whose label or artist is still missing, by hash bucket, with what is missing and why."""
    from enrichment_pipeline.labels.build import write_unresolved

    report_rows(context, "unresolved_tracks", write_unresolved(lake.lake(), context.partition_keys))


@dg.asset_check(asset="track_labels")
def tiers_answer(lake: LakeResource) -> dg.AssetCheckResult:
    """How many tracks each tier gave a label, what share outside tiers found, and how many have one; plots over runs.

    Fails as a warning when no track at all has a label, which no real input brings about.
    """
    with lake.lake().connect(["track_labels", *OUTSIDE_LOOKUPS]) as con:
        tiers = con.execute(
            "select tier, count(*) from track_labels where status in ('accepted', 'self-released') group by 1 order by 1"
        ).fetchall()
        tracks = con.execute("select count(*) from track_labels").fetchall()[0][0]
        found = con.execute(FOUND_BY_TIER).fetchall()
    answered = sum(count for _, count in tiers)
    numbers: dict[str, Any] = {f"tier {tier}": count for tier, count in tiers}
    numbers |= {f"tier {tier}, share found of those asked": share for tier, share in found}
    share = answered / tracks if tracks else 0.0
    return dg.AssetCheckResult(
        passed=answered > 0 or not tracks,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**numbers, "tracks": tracks, "share of tracks with a label": share},
        description=f"{answered:,} of {tracks:,} tracks have a label",
    )
