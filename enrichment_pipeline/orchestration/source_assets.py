"""How the tables that outside sources fill become assets: evidence and look-ups from one step, polite by pool and retry.

What is asked stands in `enrichment_pipeline.sources`; which assets there are, in `assets/sources.py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.groups import Group
from enrichment_pipeline.orchestration.partitions import backfill_policy_of
from enrichment_pipeline.orchestration.table_assets import Dependency, table_spec
from enrichment_pipeline.sources.asking import AskReport

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
) -> Callable[[Callable[..., None]], dg.AssetsDefinition]:
    """Decorator: a function that asks a source becomes the asset of its tables, all cut by bucket.

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


def report_asking(context: dg.AssetExecutionContext, report: AskReport) -> None:
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
