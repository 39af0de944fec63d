"""A whole run: every stage in order, each as a real Dagster run in this process.

The same jobs can be launched from the UI one by one; this is the one place that knows their order and
which months there are. Printing belongs to `enrichment_pipeline.cli`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import dagster as dg

from enrichment_pipeline.ingest.plays import months_to_make
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.groups import STAGES, Stage
from enrichment_pipeline.orchestration.partitions import BUCKETS, MONTHS, last_month
from enrichment_pipeline.orchestration.records import step_seconds
from enrichment_pipeline.orchestration.whole_runs import BY_HAND, WHOLE_RUN_TAG, only_one, range_tags

INVOCATION_TAG = "enrichment/invocation"
# By this tag the UI knows which code location a run belongs to, and lists it under its job.
_REPOSITORY_TAG = ".dagster/repository"
_REPOSITORY = "__repository__@enrichment_pipeline"
# Dagster's own log lines; they stay readable in the UI, and a person at a terminal gets the stages.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# Dagster makes one of the other, so that a step can clean up.
_INTERRUPTIONS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
_UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED]


@dataclass(frozen=True, slots=True)
class CheckWarning:
    """An asset check that did not pass and does not stop the run."""

    asset: str
    check: str
    words: str


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage that ran through."""

    stage: Stage
    run_id: str
    seconds: float
    step_seconds: Mapping[str, float]
    warnings: tuple[CheckWarning, ...]


class StageFailedError(Exception):
    """A stage failed; the message says which step and why, in its own words."""

    def __init__(self, stage: Stage, run_id: str, reasons: Sequence[str]) -> None:
        self.stage = stage
        self.run_id = run_id
        self.reasons = tuple(reasons)
        super().__init__(f"{stage.name} failed: {'; '.join(reasons) or 'Dagster gave no reason'}")


class Listener(Protocol):
    """Who wants to hear how far a run is."""

    def started(self, stage: Stage, number: int, of: int) -> None:
        """A stage begins; `number` counts from 1."""

    def finished(self, result: StageResult, number: int, of: int) -> None:
        """A stage ran through."""


def run_all(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    lake: Lake,
    listener: Listener,
    *,
    only: Collection[str] | None = None,
) -> list[StageResult]:
    """Run every stage that has assets, in order.

    Args:
        definitions: the code location; its resources must work on `lake`.
        instance: where the runs are recorded.
        lake: tells which months there are.
        listener: hears of each stage.
        only: names of stages to run; None for all.

    Raises:
        StageFailedError: a step or a blocking check failed; later stages are not run.
        KeyboardInterrupt: a person stopped it; the run is recorded as failed.
        AlreadyRunningError: another whole run works on this data folder.
    """
    present = {job.name for job in definitions.resolve_all_job_defs()}
    stages = [s for s in STAGES if s.name in present and (only is None or s.name in only)]
    invocation = uuid.uuid4().hex[:12]
    results = []
    with only_one(lake.root):
        _close_abandoned_runs(instance)
        for number, stage in enumerate(stages, start=1):
            listener.started(stage, number, len(stages))
            results.append(_run_stage(definitions, instance, lake, stage, invocation))
            listener.finished(results[-1], number, len(stages))
    return results


def _run_stage(
    definitions: dg.Definitions, instance: dg.DagsterInstance, lake: Lake, stage: Stage, invocation: str
) -> StageResult:
    job = definitions.resolve_job_def(stage.name)
    tags = {
        INVOCATION_TAG: invocation,
        WHOLE_RUN_TAG: BY_HAND,
        _REPOSITORY_TAG: _REPOSITORY,
        **_range_tags(job.partitions_def, lake),
    }
    began = time.monotonic()
    result = job.execute_in_process(instance=instance, tags=tags, run_config=_QUIET, raise_on_error=False)
    seconds = time.monotonic() - began
    failed_checks = [c for c in result.get_asset_check_evaluations() if not c.passed]
    if not result.success:
        if _was_interrupted(result):
            raise KeyboardInterrupt
        errors = [c for c in failed_checks if c.severity == dg.AssetCheckSeverity.ERROR]
        raise StageFailedError(stage, result.run_id, [*map(_check_words, errors), *_step_failures(result)])
    return StageResult(
        stage,
        result.run_id,
        seconds,
        step_seconds(instance, result.run_id),
        tuple(
            CheckWarning(c.asset_key.to_user_string(), c.check_name, c.description or "")
            for c in failed_checks
        ),
    )


def _range_tags(partitions: dg.PartitionsDefinition | None, lake: Lake) -> dict[str, str]:
    if partitions is None:
        return {}
    if partitions == MONTHS:
        # from the first to the last month with data: months between without any cost a millisecond each
        keys = months_to_make(lake, last_month=last_month()) or [last_month()]
    elif partitions == BUCKETS:
        keys = list(BUCKETS.get_partition_keys())
    else:
        raise ValueError(f"no rule which partitions of {partitions} a whole run makes")
    return range_tags(keys)


def _check_words(check: dg.AssetCheckEvaluation) -> str:
    what = f"the check {check.check_name} of {check.asset_key.to_user_string()} did not pass"
    return f"{what}: {check.description}" if check.description else what


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    failures = (event.step_failure_data.error for event in result.all_events if event.is_step_failure)
    return any(error is not None and error.cls_name in _INTERRUPTIONS for error in failures)


def _step_failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.all_events:
        error = event.step_failure_data.error if event.is_step_failure else None
        if error is None or error.cls_name == "DagsterAssetCheckFailedError":
            continue  # a step that did not run because of another, or the checks above
        while error.cause is not None:
            error = error.cause
        # "ValueError: words\n" as Python prints it
        yield f"{event.step_key}: {error.message.strip()}"


def _close_abandoned_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs whose `enrich run` was killed as failed. The lock is ours, so none of them is alive."""
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        if INVOCATION_TAG in run.tags:
            instance.report_run_failed(run, "its `enrich run` ended before it did")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
