"""Outside sources: what each was asked and said, by hash bucket, and the dumps that answer in bulk.

Assets only; how a source is asked stands in `enrichment_pipeline.sources`, which tracks are asked in
`label_questions` and `matching.external`. A source that is off, down or out of budget ends no run: it is said in
the look-ups, the metadata and the checks, and its tracks stay due.
No `from __future__ import annotations` in asset files: Dagster reads the type of `context` as it stands.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import dagster as dg
from pydantic import Field

from enrichment_pipeline.labels.sources import before
from enrichment_pipeline.matching.external import CALIBRATION_TITLES
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.orchestration.source_assets import lookup_checks, report_asking, source_asset
from enrichment_pipeline.orchestration.table_assets import report_rows, table_asset, table_spec

_QUESTIONS = ["label_questions"]


class DumpConfig(dg.Config):
    """How dumps are loaded."""

    again: bool = Field(
        default=False,
        description="Load the dump even if its place was loaded before: this month's in the place of last month's.",
    )


@dg.multi_asset(
    specs=[
        table_spec(
            "mb_track_labels", group=Group.SOURCES, code_version="1", stage="load_dumps", skippable=True
        ),
        table_spec("mb_canonical", group=Group.SOURCES, code_version="1", stage="load_dumps", skippable=True),
    ],
    name="musicbrainz_dump",
    pool="musicbrainz_dump",
)
def musicbrainz_dump(
    context: dg.AssetExecutionContext, config: DumpConfig, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """MusicBrainz in bulk: which label each recording came out on, and its own choice of one recording per title.

    Loaded from ENRICHMENT_MUSICBRAINZ_DUMP and ENRICHMENT_MUSICBRAINZ_CANONICAL, checked against their checksums;
    a dump that is loaded already is left as it is.
    """
    yield from _load(context, ("mb_track_labels", "mb_canonical"), config, lake, outside)


@dg.multi_asset(
    specs=[
        table_spec(
            "discogs_track_labels", group=Group.SOURCES, code_version="1", stage="load_dumps", skippable=True
        )
    ],
    name="discogs_dump",
    pool="discogs_dump",
)
def discogs_dump(
    context: dg.AssetExecutionContext, config: DumpConfig, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """Discogs in bulk, from ENRICHMENT_DISCOGS_DUMP: which label each track of each release came out on."""
    yield from _load(context, ("discogs_track_labels",), config, lake, outside)


def _load(
    context: dg.AssetExecutionContext,
    tables: tuple[str, ...],
    config: DumpConfig,
    lake: LakeResource,
    outside: OutsideResource,
) -> Iterator[dg.MaterializeResult]:
    from enrichment_pipeline.sources.dumps.loads import load_dump
    from enrichment_pipeline.sources.dumps.report import DumpError

    for table in tables:
        try:
            load = load_dump(lake.lake(), table, outside.surroundings(lake.lake()), again=config.again)
        except DumpError as error:
            # waiting mends no checksum and no schema
            raise dg.Failure(str(error), allow_retries=False) from error
        context.log.info(f"{table}: {load.words}")
        report = load.report
        if report is None:
            continue
        numbers: dict[str, Any] = {
            "dagster/row_count": report.rows,
            "recordings": report.recordings,
            "dumped at": report.dumped_at or "",
            "sha256": report.sha256,
            "place": report.place,
            "rows set aside": report.broken_count,
            "seconds": report.seconds,
        }
        for broken in report.broken_rows:
            context.log.warning(f"{broken.file}, line {broken.line}: {broken.reason}: {broken.text}")
        yield dg.MaterializeResult(asset_key=table, metadata=numbers)


def _ask(
    context: dg.AssetExecutionContext, lake: LakeResource, way: Any, sources: Any, surroundings: Any
) -> Iterator[dg.MaterializeResult]:
    """Ask the sources about the buckets of this run, close them whatever happens, and say how it went."""
    from enrichment_pipeline.sources.asking import ask

    with ExitStack() as stack:
        for source in sources:
            stack.enter_context(closing(source))
        report = ask(
            lake.lake(), way, sources, context.partition_keys, surroundings, progress=context.log.info
        )
    yield from report_asking(context, report)


def _ask_labels(
    context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource, evidence: str
) -> Iterator[dg.MaterializeResult]:
    """Ask the sources of one evidence table about the buckets of this run."""
    from enrichment_pipeline.sources.label_hunt import hunt

    surroundings = outside.surroundings(lake.lake())
    way, sources = hunt(evidence, lake.lake(), surroundings)
    yield from _ask(context, lake, way, sources, surroundings)


@source_asset(
    ("musicbrainz_labels", "musicbrainz_lookups"),
    stage="label_tracks",
    code_version="1",
    deps=[*_QUESTIONS, "mb_track_labels"],
    pool="musicbrainz",
)
def ask_musicbrainz(
    context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """Tier 2: labels by MusicBrainz, its dump first, its API for what the dump does not know."""
    yield from _ask_labels(context, lake, outside, "musicbrainz_labels")


@source_asset(
    ("partner_labels", "partner_lookups"),
    stage="label_tracks",
    code_version="1",
    deps=[*_QUESTIONS, *before("partner_lookups"), "discogs_track_labels"],
    pool="partners",
)
def ask_partners(
    context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """Tier 2: labels by Discogs (dump, then API) and the Beatport partner API, of tracks MusicBrainz did not find."""
    yield from _ask_labels(context, lake, outside, "partner_labels")


@source_asset(
    ("songstats_dj_supports", "songstats_labels", "songstats_lookups"),
    stage="label_tracks",
    code_version="1",
    deps=[*_QUESTIONS, *before("songstats_lookups")],
    pool="songstats",
)
def ask_songstats(
    context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """DJ supports by Songstats, and the labels it names on the way; within the monthly cap of paid objects."""
    yield from _ask_labels(context, lake, outside, "songstats_labels")


@source_asset(
    ("scraped_labels", "scraped_lookups"),
    stage="label_tracks",
    code_version="1",
    deps=[*_QUESTIONS, *before("scraped_lookups")],
    pool="web_pages",
    kinds={"httpx", "beautifulsoup", "parquet"},
)
def ask_web_pages(
    context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """Tier 3, the last resort: labels from pages of sites that were switched on and whose robots.txt allows it."""
    yield from _ask_labels(context, lake, outside, "scraped_labels")


class TitleConfig(dg.Config):
    """Which known titles are asked besides those that are wanted."""

    known: int = Field(
        default=CALIBRATION_TITLES,
        description="Titles of known tracks, asked to learn and to set thresholds by; 0 for none.",
    )


@table_asset(
    "title_questions",
    group=Group.SOURCES,
    code_version="1",
    deps=["plays", "unresolved_tracks", "masked_tracks", "set_splits"],
    stage="ask_titles",
)
def title_questions(context: dg.AssetExecutionContext, config: TitleConfig, lake: LakeResource) -> None:
    """Titles asked of outside sources, by hash bucket: whose artist nobody names, and some known ones to learn by."""
    from enrichment_pipeline.matching.store import write_title_questions

    rows = write_title_questions(lake.lake(), context.partition_keys, most_calibration=config.known)
    report_rows(context, "title_questions", rows)


@source_asset(
    ("external_candidates", "external_lookups"),
    stage="ask_titles",
    code_version="1",
    deps=["title_questions", "mb_track_labels", "discogs_track_labels"],
    pool="titles",
)
def ask_titles(
    context: dg.AssetExecutionContext, lake: LakeResource, outside: OutsideResource
) -> Iterator[dg.MaterializeResult]:
    """Who made a title whose artist nobody names, by MusicBrainz, Discogs, Beatport and Songstats."""
    from enrichment_pipeline.sources.title_hunt import hunt_titles

    surroundings = outside.surroundings(lake.lake())
    way, sources = hunt_titles(lake.lake(), surroundings)
    yield from _ask(context, lake, way, sources, surroundings)


source_checks = lookup_checks(
    ("musicbrainz_lookups", "partner_lookups", "songstats_lookups", "scraped_lookups", "external_lookups")
)
