"""`enrich run` and `enrich sample`: choosing the input, running the stages, printing what came out."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from enrichment_pipeline.lake.inbox import INBOX_VARIABLE, point_inbox
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.lake.summary import FunnelStep, funnel, write_run_summary
from enrichment_pipeline.lake.warehouse import EXPORTS_NAME, WAREHOUSE_NAME
from enrichment_pipeline.orchestration.driver import (
    StageFailedError,
    StageResult,
    run_all,
)
from enrichment_pipeline.orchestration.groups import STAGES, Stage
from enrichment_pipeline.orchestration.instance import (
    PROJECT,
    InstanceUnavailableError,
    instance_home,
    open_instance,
)
from enrichment_pipeline.orchestration.whole_runs import AlreadyRunningError
from enrichment_pipeline.sources.states import SourceState, source_states
from enrichment_pipeline.tracklists.readers import scan_inbox
from enrichment_pipeline.tracklists.sample import SampleChecksumError, SampleUnavailableError, fetch_sample

# What follows a verdict, which is a fact: everything that does not read files or load dumps.
AFTER_VERDICTS = tuple(
    s.name for s in STAGES if s.name not in ("ingest_files", "ingest_months", "load_dumps")
)
# What follows an answer of the matcher that was undone, which was evidence for nothing.
AFTER_ANSWERS = ("resolve_tracks", "cool_down", "publish")

_BAR = "━"
_FUNNEL_BAR_WIDTH = 24


def sample_folder(data: Path) -> Path:
    """Where the sample is kept; a folder of its own, because an inbox is read whole."""
    return data / "sample"


def sample() -> int:
    """Fetch the sample; 0 when it is there, 1 with the reason when it cannot be had."""
    folder = sample_folder(data_root())
    try:
        result = fetch_sample(folder)
    except (SampleUnavailableError, SampleChecksumError) as error:
        print(f"No sample: {error}", file=sys.stderr)
        return 1
    print(f"{result.path}: {result.words}")
    return 0


def run(input_folder: Path | None, *, data_was_named: bool) -> int:
    """Run every stage over a folder of tracklists.

    Args:
        input_folder: the folder; None takes the inbox if it has files, else the sample, else the example.
        data_was_named: `--data` was typed; Dagster's state then lies there whatever `DAGSTER_HOME` says.

    Returns:
        0, or 1 when a stage failed.
    """
    data = data_root()
    if input_folder is not None and not input_folder.is_dir():
        print(f"--input {input_folder}: there is no such folder", file=sys.stderr)
        return 2
    home = None if data_was_named else os.environ.get("DAGSTER_HOME")
    with _terminal() as console:
        _choose_input(console, data, input_folder)
        results = _run_stages(console, data, home)
        if results is None:
            return 1
        summary = write_run_summary(
            Lake(data),
            seconds={r.stage.name: r.seconds for r in results},
            runs={r.stage.name: r.run_id for r in results},
            made_at=datetime.now(UTC),
        )
        _print_results(console, data, home, results, summary)
    return 0


def follow(stages: Collection[str], *, data_was_named: bool) -> int:
    """Run some stages over what was read before, so that the tables follow what people decided.

    Args:
        stages: their names.
        data_was_named: `--data` was typed; Dagster's state then lies there whatever `DAGSTER_HOME` says.

    Returns:
        0, or 1 when a stage failed.
    """
    data = data_root()
    home = None if data_was_named else os.environ.get("DAGSTER_HOME")
    with _terminal() as console:
        results = _run_stages(console, data, home, only=stages)
        if results is None:
            return 1
        seconds = sum(result.seconds for result in results)
        console.print(f"The tables follow the ledger ({seconds:.0f} s).", markup=False, highlight=False)
    return 0


def _choose_input(console: Console, data: Path, input_folder: Path | None) -> None:
    if input_folder is None and os.environ.get(INBOX_VARIABLE):
        console.print(f"Input: {os.environ[INBOX_VARIABLE]} ({INBOX_VARIABLE})", markup=False)
        return
    own, is_stopgap = data / "inbox", False
    if input_folder is not None:
        folder, words = input_folder, "as asked"
    elif own.is_dir() and any(file.is_to_be_read for file in scan_inbox(own)):
        folder, words = own, "the inbox"
    else:
        (folder, words), is_stopgap = _sample_or_example(console, data), True
    point_inbox(data, folder, is_stopgap=is_stopgap)
    console.print(f"Input: {folder} ({words})", markup=False)


def _sample_or_example(console: Console, data: Path) -> tuple[Path, str]:
    try:
        result = fetch_sample(sample_folder(data))
    except (SampleUnavailableError, SampleChecksumError) as error:
        console.print(f"No sample: {error}\nThe small invented example serves instead.", markup=False)
        return PROJECT / "data" / "example", "invented example"
    return result.path.parent, f"the real sample: {result.words}"


def _run_stages(
    console: Console, data: Path, home: str | None, only: Collection[str] | None = None
) -> list[StageResult] | None:
    """What the stages say of themselves; None where one failed or none could start, and that was printed."""
    from enrichment_pipeline.definitions import build_defs

    progress = _Bar(console) if console.is_terminal else _Lines(console)
    try:
        with open_instance(data, dagster_home=home) as instance, progress:
            return run_all(build_defs(), instance, Lake(data), progress, only=only)
    except StageFailedError as error:
        _print_failure(console, error)
    except (AlreadyRunningError, InstanceUnavailableError) as error:
        console.print(str(error), markup=False)
    return None


class _Lines:
    """Progress where output is a file or a pipe: one line a stage."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        pass

    def started(self, stage: Stage, number: int, of: int) -> None:
        self._console.print(f"[{number}/{of}] {stage.name}: {stage.meaning} ...", markup=False)

    def finished(self, result: StageResult, number: int, of: int) -> None:
        self._console.print(f"[{number}/{of}] {result.stage.name}: {result.seconds:.1f} s", markup=False)


class _Bar:
    """Progress on a terminal: a bar over the stages and what is being done."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._console = console
        self._task = self._progress.add_task("starting", total=None)

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def started(self, stage: Stage, number: int, of: int) -> None:
        words = f"{stage.name}: {stage.meaning}"
        self._progress.update(self._task, description=words, total=of, completed=number - 1)

    def finished(self, result: StageResult, number: int, of: int) -> None:
        self._progress.update(self._task, completed=number)
        self._console.print(
            f"  {result.stage.name:<16} {result.seconds:6.1f} s", markup=False, highlight=False
        )


@contextmanager
def _terminal() -> Iterator[Console]:
    # Dagster points standard output and error at its log files while a step runs. A copy of the
    # descriptor keeps the way to the person open.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace") as out:
        yield Console(file=out, soft_wrap=True)


def _print_failure(console: Console, error: StageFailedError) -> None:
    console.print(f"\n{error.stage.name} failed; what came before it stands.", markup=False)
    for reason in error.reasons:
        console.print(f"  {reason}", markup=False)
    console.print(f"All there is about it: run {error.run_id} in the UI (make ui).", markup=False)


def _print_results(
    console: Console, data: Path, home: str | None, results: list[StageResult], summary: Path
) -> None:
    console.print()
    for line in funnel_lines(funnel(Lake(data))):
        console.print(line, markup=False, highlight=False)
    for line in source_lines(source_states(Lake(data))):
        console.print(line, markup=False, highlight=False)
    warnings = [warning for result in results for warning in result.warnings]
    if warnings:
        console.print("\nTo look at:", markup=False)
        for warning in warnings:
            console.print(
                f"  {warning.asset}, {warning.check}: {warning.words}", markup=False, highlight=False
            )
    seconds = sum(result.seconds for result in results)
    console.print(f"\n{seconds:.0f} s in {len(results)} stages. Results:", markup=False, highlight=False)
    places = (data / WAREHOUSE_NAME, data / EXPORTS_NAME, summary)
    for place in places:
        if place.exists():
            console.print(f"  {place}", markup=False, highlight=False)
    console.print(f"Runs and assets in the UI: {_ui_command(data, home)}", markup=False, highlight=False)


def _ui_command(data: Path, home: str | None) -> str:
    if home or data.resolve() == PROJECT / "data":
        return "make ui"
    # under another folder both must be told, because dagster.yaml of the project names data/
    return (
        f"ENRICHMENT_DATA={shlex.quote(str(data.resolve()))} "
        f"DAGSTER_HOME={shlex.quote(str(instance_home(data)))} make ui"
    )


def source_lines(states: list[SourceState]) -> list[str]:
    """Outside sources as text: what they answered, and what turns on those that are off."""
    on = [state for state in states if not state.is_off]
    off = {state.source: state.reasons["off"] for state in states if state.is_off}
    for state in on:
        off.pop(state.source, None)
    lines = ["", "Outside sources:"] if states else []
    for state in on:
        asked = "who made it, " if state.table == "external_lookups" else ""
        lines.append(f"  {state.source}: {asked}{state.words()}")
    lines += [f"  {source}: off: {reason}" for source, reason in off.items()]
    return lines


def funnel_lines(steps: list[FunnelStep]) -> list[str]:
    """The funnel as text: count, share and a bar for each step."""
    lines = []
    for step in steps:
        share = step.count / step.of if step.of else None
        bar = "" if share is None else _BAR * round(share * _FUNNEL_BAR_WIDTH)
        percent = "" if share is None else f"{share:6.1%}"
        lines.append(f"{step.words:<32} {step.count:>9,} {percent:>7} {bar}".rstrip())
    return lines
