"""`python -m benchmarks.speed`: speed and memory of each stage, how they grow, a whole run.

Prints tables and writes all of it as JSON to `data/reports/benchmark_speed.json`. How right the answers are is
measured by `python -m benchmarks`. Nothing of `data/` is read but the
sample; everything is measured in a folder of its own, which is removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.inputs import line_count, read_sample, some_sets, write_inbox
from benchmarks.measure import CommandFailedError, measure
from benchmarks.speed_report import growth_lines, parsing_lines, run_lines
from benchmarks.stages import STAGES
from enrichment_pipeline.lake.lake import data_root

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLE = PROJECT / "data" / "example"
SIZES = (10_000, 30_000, 100_000)
QUICK_SIZES = (10_000,)
# A reading takes a second or two; the better of two says what the code can do, not what else the machine did.
_PARSING_TIMES = 2


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--quick", action="store_true", help="10,000 lines only")
    part.add_argument(
        "--run-only",
        action="store_true",
        help="reading and a whole run of all lines, without growth (some 4 minutes)",
    )
    given = parser.parse_args()
    began = time.monotonic()
    report: dict[str, Any] = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processors": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
            # other work on the machine makes every figure below larger
            "load_before": round(os.getloadavg()[0], 1),
        },
    }
    _say(
        f"{os.cpu_count()} processors, load {report['machine']['load_before']} before the first measurement."
    )
    sets, words = read_sample(data_root() / "sample")
    _say(words)
    report["input"] = words
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-speed-") as folder:
            sizes = () if given.run_only else QUICK_SIZES if given.quick else SIZES
            _measure_all(report, Path(folder), sets, sizes, is_quick=given.quick)
    except CommandFailedError as error:
        print(error, file=sys.stderr)
        return 1
    report["seconds"] = round(time.monotonic() - began, 1)
    target = data_root() / "reports" / "benchmark_speed.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _say(f"\n{report['seconds']:.0f} s. The same as JSON: {target}")
    return 0


def _measure_all(
    report: dict[str, Any], folder: Path, sets: Any, sizes: tuple[int, ...], *, is_quick: bool
) -> None:
    inboxes: list[tuple[int | None, Path]] = [(None, EXAMPLE)]
    whole = EXAMPLE
    if sets is not None:
        inboxes = []
        for size in sizes:
            chosen = some_sets(sets, size)
            inboxes.append((line_count(chosen), folder / f"inbox_{size}"))
            write_inbox(chosen, inboxes[-1][1])
        if is_quick:
            whole = inboxes[0][1]
        else:
            whole = folder / "inbox_all"
            write_inbox(sets, whole)
    report["parsing"] = _measure_parsing(whole)
    _say("\nReading set lines", *parsing_lines(report["parsing"]))
    if inboxes:
        report["stages"] = [_measure_stages(folder, lines, inbox) for lines, inbox in inboxes]
        _say("\nStages, each in a process of its own", *growth_lines(report["stages"]))
    report["run"] = _measure_run(whole, folder / "run")
    _say("\nA whole `enrich run`", *run_lines(report["run"]))


def _measure_parsing(inbox: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"seconds": {}}
    for name, workers in (("as the pipeline does", "0"), ("in one process", "1")):
        for _ in range(_PARSING_TIMES):
            result = json.loads(_python("-m", "benchmarks.parsing", str(inbox), workers).output)
            best = min(result["seconds"], found["seconds"].get(name, result["seconds"]))
            found.update(lines=result["lines"], distinct=result["distinct"])
            found["seconds"][name] = best
    return found


def _measure_stages(folder: Path, lines: int | None, inbox: Path) -> dict[str, Any]:
    data = folder / f"data_{lines}"
    measured = []
    for number, stage in enumerate(STAGES, start=1):
        _progress(
            f"{'example' if lines is None else f'{lines:,} lines'}: {stage.name} ({number}/{len(STAGES)})"
        )
        watched = _python("-m", "benchmarks.stages", stage.name, str(data), str(inbox), _memory_limit())
        own = json.loads(watched.output.splitlines()[-1])
        measured.append(
            {
                "stage": stage.name,
                "rows": own["rows"],
                "rows_are": stage.rows_are,
                "seconds": round(own["seconds"], 3),
                "peak_bytes": max(own["own_peak_bytes"], watched.peak_bytes),
            }
        )
    _progress("")
    lines_read = measured[0]["rows"]
    return {"lines": lines or lines_read, "is_example": lines is None, "stages": measured}


def _measure_run(inbox: Path, data: Path) -> dict[str, Any]:
    _progress("a whole run")
    watched = _python("-m", "enrichment_pipeline.cli", "run", "--input", str(inbox), "--data", str(data))
    _progress("")
    summary = json.loads((data / "reports" / "run_summary.json").read_text(encoding="utf-8"))
    return {
        "seconds": round(watched.seconds, 1),
        "peak_bytes": watched.peak_bytes,
        "seconds_per_stage": summary["seconds_per_stage"],
        "funnel": summary["funnel"],
    }


def _python(*arguments: str) -> Any:
    # measured as a newcomer has it: no setting from outside, and the measured code beside this one
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ENRICHMENT_", "DAGSTER_"))}
    return measure([sys.executable, *arguments], cwd=PROJECT, environment=environment)


def _memory_limit() -> str:
    from enrichment_pipeline.orchestration.resources import LakeResource

    return str(LakeResource().memory_limit)


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
