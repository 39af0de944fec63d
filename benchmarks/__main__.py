"""`python -m benchmarks`: how right the answers are on the real sample, targets beside results.

Fetches the sample, learns from its train sets in a folder of its own, which is removed afterwards, and asks the
test and the later sets: every target with "met" or "missed by", every baseline, with 95 % intervals over resampled
sets. Prints Markdown; the same stands in `data/reports/benchmark.md`, all numbers in `benchmark.json`.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import sections
from benchmarks.sample_lake import MEMORY_LIMIT, NoSampleError, learned_lake, say, write_report
from enrichment_pipeline.evaluation.board import teach
from enrichment_pipeline.evaluation.clusters import Asked, ask_clusters
from enrichment_pipeline.evaluation.harness import ALL_METHODS, QUICK_METHODS, EvaluationResult
from enrichment_pipeline.evaluation.reality import Likened, Margin, Unknown, ask_unknown, liken
from enrichment_pipeline.evaluation.report import em_words
from enrichment_pipeline.evaluation.rivals import best_rivals
from enrichment_pipeline.evaluation.store import measure_lake
from enrichment_pipeline.evaluation.strata import strata_of
from enrichment_pipeline.evaluation.targets import HIDDEN_LABEL, SOURCE, judge
from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.store import EXTERNAL_TABLES, models_folder
from enrichment_pipeline.matching.train import load_current

SPLITS = ("test", "heldout_2019plus")
# Lines are told apart by kind where all is shown; the less is shown the less there is to tell apart.
_ALL_SHOWN = VISIBILITIES[0].name
_RIVALS_WORDS = "Both answered the same lines; in brackets the 95 % interval of the difference."
_STRATA_WORDS = (
    "Whose track it is and whether the catalogue knows the artist shows only in the answer: there the model says less or"
    " more than is so because it cannot know it. Kinds with few lines or sets are left out."
)
QUICK_SETS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_SETS} sets of each split and no trained baselines: to see that it works, no figures to quote",
    )
    parser.add_argument(
        "--lake", type=Path, metavar="DIR", help="measure the finished lake of this data folder as it is"
    )
    given = parser.parse_args(arguments)
    began = time.monotonic()
    machine = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before, Python {platform.python_version()}"
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            lake = Lake(given.lake, memory_limit=MEMORY_LIMIT) if given.lake else learned_lake(Path(folder))
            markdown, report = _measure(lake, is_quick=given.quick)
    except (NoSampleError, OutdatedTableError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    seconds = round(time.monotonic() - began)
    print(*markdown, sep="\n")
    made = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "seconds": seconds,
    }
    files = _write(data_root() / "reports", markdown, made | {"is_quick": given.quick} | report)
    say(f"{seconds} s ({machine}). The same as files: {', '.join(map(str, files))}")
    return 0


def _measure(lake: Lake, *, is_quick: bool) -> tuple[list[str], dict[str, Any]]:
    say("asking the test and the later sets ...")
    result = measure_lake(
        lake,
        splits=SPLITS,
        methods=QUICK_METHODS if is_quick else ALL_METHODS,
        most_sets=QUICK_SETS if is_quick else None,
    )
    verdicts, rivals = judge(result.rows), best_rivals(result)
    strata = {split: strata_of(result, split, _ALL_SHOWN) for split in SPLITS if split in result.lines}
    likened, margins, unknown, asked = _ask_as_in_use(lake, result)
    heads = {
        "targets": f"Targets and results\n\n{_asked_words(result)}",
        "baselines": f"Does any baseline beat the model?\n\n{_RIVALS_WORDS}",
        "none": "None of these",
        **{f"kinds of line {split}": f"By kind of line: {sections.place(split, _ALL_SHOWN)}\n\n{_STRATA_WORDS}" for split in strata},
        "as in use": "As the real unknown lines are",
        "same track": "The same unknown track in several sets",
    }  # fmt: skip
    parts = {
        "targets": sections.target_lines(verdicts, result.rows),
        "baselines": sections.rival_lines(rivals),
        "none": sections.none_lines(result.rows),
        **{f"kinds of line {split}": sections.stratum_lines(found) for split, found in strata.items()},
        "as in use": sections.reality_lines(likened, margins, unknown),
        "same track": sections.cluster_lines(asked),
    }
    if words := em_words(result):
        heads["em"], parts["em"] = "What splink's own EM believes", [f"> {words}"]
    for split in strata:
        for shown in (*(v.name for v in VISIBILITIES), HIDDEN_LABEL):
            if any((r.split, r.visibility) == (split, shown) for r in result.rows):
                name = sections.place(split, shown)
                heads[name], parts[name] = (
                    f"All methods: {name}",
                    sections.method_lines(result.rows, split, shown),
                )
    markdown = [line for name, lines in parts.items() for line in (f"## {heads[name]}", "", *lines, "")]
    report = {
        # what documents show of it: `benchmarks.tables` puts it there
        "sections": {name.replace("heldout_2019plus", "later"): lines for name, lines in parts.items()}
        | {"as in use in short": sections.reality_words(likened)},
        "rows": [{k: v for k, v in asdict(row).items() if k != "model_hash"} for row in result.rows],
        "targets": [asdict(v.target) | {"value": v.row.value if v.row else None, "verdict": v.words} for v in verdicts],
        "rivals": [asdict(r) for r in rivals],
        "strata": [asdict(s) for found in strata.values() for s in found],
        "reality": [asdict(found) for found in likened],
        "margins": [asdict(margin) for margin in margins],
        "clusters": [asdict(found) for found in asked],
        "notes": result.notes,
        "seconds_per_step": {k: round(v, 1) for k, v in result.seconds.items()},
    }  # fmt: skip
    return markdown, report


def _ask_as_in_use(
    lake: Lake, result: EvaluationResult
) -> tuple[list[Likened], list[Margin], Unknown, list[Asked]]:
    """The lines nobody names, and tracks of several sets: what hidden lines alone do not show."""
    say("asking as in use ...")
    model, bands = load_current(models_folder(lake))
    with lake.connect(["plays", "set_splits", *EXTERNAL_TABLES]) as con:
        teach(con)
        unknown = ask_unknown(con, model, bands)
        asked = ask_clusters(con, model, bands[_ALL_SHOWN], splits=SPLITS)
    return *liken(result, unknown), unknown, asked


def _asked_words(result: EvaluationResult) -> str:
    parts = [
        f"{sections.SPLIT_WORDS[split]}: {lines.size:,} lines of {len(set(lines.sets.tolist())):,} sets"
        for split, lines in result.lines.items()
    ]
    return f"{'; '.join(parts)}. Shares are over all lines; in brackets the 95 % interval over resampled sets. From: {SOURCE}."


def _write(folder: Path, markdown: Sequence[str], report: dict[str, Any]) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    words, numbers = folder / "benchmark.md", folder / "benchmark.json"
    words.write_text("\n".join(markdown), encoding="utf-8")
    write_report(numbers, report)
    return words, numbers


if __name__ == "__main__":
    sys.exit(main())
