"""Matcher: masked tracks, the splink model learned from them, and answers for tracks nobody names.

Assets only; evidence, training and posterior stand in `enrichment_pipeline.matching`.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

import dagster as dg

from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource, SplitsResource
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset

_SPLINK_KINDS = {"splink", "duckdb", "parquet"}
# splink on two cores uses all of them and up to 1.5 GB: one at a time
_SPLINK_POOL = "splink"


@table_asset("set_splits", group=Group.MATCHING, code_version="1", deps=["plays"], stage="mask_tracks")
def set_splits(context: dg.AssetExecutionContext, lake: LakeResource, splits: SplitsResource) -> None:
    """Which sets teach the matcher, which tune it, and which measure it.

    One row per set: where the split file names it (ENRICHMENT_SPLITS, else the benchmark's own file), else
    by md5 of its group. A near-duplicate of a held-out set teaches nothing.
    """
    from enrichment_pipeline.matching.store import write_set_splits

    report_rows(context, "set_splits", write_set_splits(lake.lake(), splits.path()))


@table_asset(
    "masked_tracks",
    group=Group.MATCHING,
    code_version="3",
    deps=["plays", "set_splits"],
    stage="mask_tracks",
)
def masked_tracks(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Known plays whose artist is hidden to train the matcher, chosen by md5: one row per question.

    Each is asked without its own set, and shows title and label, one of them, or neither.
    """
    from enrichment_pipeline.matching.store import write_masked_tracks

    report_rows(context, "masked_tracks", write_masked_tracks(lake.lake()))


@table_asset(
    "splink_model",
    group=Group.MATCHING,
    code_version="3",
    deps=[
        "plays",
        "set_splits",
        "masked_tracks",
        "external_candidates",
        "external_lookups",
        "songstats_dj_supports",
    ],
    kinds=_SPLINK_KINDS,
    pool=_SPLINK_POOL,
)
def splink_model(context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource) -> None:
    """The splink model: one row per level of each comparison, with m, u and match weight.

    Learned from masked_tracks and from what people decided (conditional logit with "none of these"), stored as
    splink's own settings JSON under models/, named by its hash, with offline charts and the thresholds measured on dev
    sets. It is used only if it answers the dev sets no worse than the model before; metadata "gate" tells. The table is
    of the one in use.
    """
    from enrichment_pipeline.matching.store import write_model
    from enrichment_pipeline.matching.train import VERDICT_WEIGHT, VERDICT_WEIGHT_VARIABLE

    records = lake.lake()
    weight = outside.surroundings(records).number(VERDICT_WEIGHT_VARIABLE, VERDICT_WEIGHT)
    written = write_model(records, verdict_weight=weight)
    report_rows(context, "splink_model", written.rows)
    context.add_output_metadata(
        {
            "model_hash": written.model_hash,
            "gate": written.verdict,
            "learned_model_hash": written.learned_hash,
            "masked_tracks": written.masked,
            "dev_questions": written.dev,
            "iterations": written.iterations,
            "log_loss_nats": written.log_loss,
            "model": dg.MetadataValue.path(str(written.path)),
            "match_weights_chart": dg.MetadataValue.path(str(written.chart)),
            "weights": dg.MetadataValue.md(written.weights_markdown),
            "bands": dg.MetadataValue.md(written.bands_markdown),
            **written.numbers,
        }
    )
    context.set_data_version(context.asset_key, dg.DataVersion(written.model_hash))


@table_asset(
    "artist_candidates",
    group=Group.MATCHING,
    code_version="3",
    deps=[
        "unresolved_tracks",
        "plays",
        "artists",
        "dj_profiles",
        "external_candidates",
        "external_lookups",
        "songstats_dj_supports",
        "splink_model",
    ],
    kinds=_SPLINK_KINDS,
    pool=_SPLINK_POOL,
)
def artist_candidates(context: dg.AssetExecutionContext, lake: LakeResource) -> None:
    """Up to ten candidate artists of each track nobody names, scored by splink's predict().

    Probabilities are per track: candidates compete with each other and with "none of these".
    """
    from enrichment_pipeline.matching.store import write_candidates

    counts = write_candidates(lake.lake(), context.partition_keys, run_id=context.run.run_id)
    report_rows(context, "artist_candidates", counts)


@table_asset(
    "resolved_artists",
    group=Group.MATCHING,
    code_version="2",
    deps=["artist_candidates", "unresolved_tracks", "tracks", "splink_model", "ledger"],
    kinds={"duckdb", "parquet"},
)
def resolved_artists(context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource) -> None:
    """One row per track nobody names: the first answer with probability and band, or none of these.

    "auto" is written into enriched_tracks as inferred and noted in the ledger under this run, "review" waits for a
    person, "none" cools down. Where a person decided, that stands instead: "verdict".
    """
    from enrichment_pipeline.matching.current import models_folder
    from enrichment_pipeline.matching.store import write_resolved
    from enrichment_pipeline.matching.waterfall import surest_answers

    records = lake.lake()
    now = outside.surroundings(records).now()
    counts = write_resolved(records, context.partition_keys, run_id=context.run.run_id, now=now)
    report_rows(context, "resolved_artists", counts)
    with records.connect(["resolved_artists", "artist_candidates", "plays", "splink_model"]) as con:
        answers = surest_answers(con, models_folder(records), context.partition_keys)
    context.add_output_metadata({"surest_answers": dg.MetadataValue.md(answers)})
