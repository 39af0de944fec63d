"""How the tables that outside sources fill become assets: evidence and look-ups from one step, polite by pool and retry.

What is asked stands in `enrichment_pipeline.sources`; which assets there are, in `assets/sources.py`.
No `from __future__ import annotations`: Dagster reads the resource of a check as it stands.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.partitions import backfill_policy_of
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.orchestration.table_assets import Dependency, table_spec
from enrichment_pipeline.sources.asking import AskReport
from enrichment_pipeline.sources.states import source_states

# Faults of a source are outcomes and end no run; this is for what nobody foresaw. What cannot get better by
# waiting is raised as `Failure(allow_retries=False)`.
NETWORK_RETRIES = dg.RetryPolicy(
    max_retries=4, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL
)


def source_asset(
    tables: Sequence[str],
    *,
    stage: str,
    code_version: str,
    deps: Sequence[Dependency],
    pool: str,
    kinds: frozenset[str] | set[str] = frozenset({"httpx", "parquet"}),
) -> Callable[[Callable[..., Iterator[dg.MaterializeResult]]], dg.AssetsDefinition]:
    """Decorator: a function that asks a source becomes the asset of its tables, all cut by bucket.

    The function ends with `yield from report_asking(context, report)`.

    Args:
        tables: names in `lake/tables.py`; the first gives the step its name.
        stage: stage that makes them.
        code_version: to be raised when the same answers would give other rows.
        deps: names of the assets it reads.
        pool: runs that share it take turns; one per remote host.
        kinds: what it is made with.
    """
    specs = [
        table_spec(name, group=Group.SOURCES, code_version=code_version, deps=deps, kinds=kinds, stage=stage)
        for name in tables
    ]
    with warnings.catch_warnings():
        # backfill_policy is "beta" in 1.13; who runs the pipeline can do nothing about it
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.multi_asset(
            specs=specs,
            name=f"ask_{tables[0]}",
            pool=pool,
            retry_policy=NETWORK_RETRIES,
            backfill_policy=backfill_policy_of(TABLES[tables[0]].partitioned_by),
        )


def report_asking(context: dg.AssetExecutionContext, report: AskReport) -> Iterator[dg.MaterializeResult]:
    """Say in metadata and log how a source answered: outcomes per bucket, requests, and why it is silent."""
    for table, rows in report.rows.items():
        for bucket in context.partition_keys:
            metadata: dict[str, Any] = {"dagster/partition_row_count": rows.get(bucket, 0)}
            if table.endswith("_lookups"):
                for source, outcomes in report.outcomes.get(bucket, {}).items():
                    metadata |= {f"{source} {outcome}": n for outcome, n in sorted(outcomes.items())}
                metadata |= {f"{source} is silent": note for source, note in report.notes.items()}
            context.add_asset_metadata(metadata, asset_key=table, partition_key=bucket)
    for source, outcomes in report.totals().items():
        words = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(outcomes.items()))
        context.log.info(f"{source}: {words or 'nobody due'}; {report.requests.get(source, 0):,} requests")
    for source, note in report.notes.items():
        context.log.warning(f"{source}: {note}")
    for table in report.rows:
        yield dg.MaterializeResult(asset_key=table)


def lookup_checks(tables: Sequence[str]) -> list[dg.AssetChecksDefinition]:
    """A check per look-up table that tells how every source answers; its numbers plot over runs.

    It warns where a source that was asked is down, blocked or out of quota. Off is no fault.
    """
    return [_lookup_check(table) for table in tables]


def _lookup_check(table: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=table,
        name="source_answers",
        description="How look-ups ended by source: share found, and whether the source is well.",
    )
    def source_answers(lake: LakeResource) -> dg.AssetCheckResult:
        states = source_states(lake.lake(), [table])
        metadata: dict[str, Any] = {f"{s.source} {o}": n for s in states for o, n in s.outcomes.items()}
        metadata |= {f"{s.source} share found": s.share_found for s in states if s.share_found is not None}
        ill = [state for state in states if state.is_ill]
        return dg.AssetCheckResult(
            passed=not ill,
            severity=dg.AssetCheckSeverity.WARN,
            metadata=metadata,
            description="; ".join(f"{s.source}: {s.words()}" for s in ill or states) or "nothing to ask",
        )

    return source_answers
