"""The evaluation in words and tables: for a terminal, as markdown, as JSON rows.

Numbers come from `harness.py`; files are written in `store.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from enrichment_pipeline.evaluation.harness import (
    ALL_METHODS,
    MODEL,
    WITHOUT_OUTSIDE,
    EvaluationResult,
    Row,
)
from enrichment_pipeline.evaluation.targets import HIDDEN_LABEL, goals_of

_COLUMNS = ("hit@1", "hit@10", "mrr", "auto_precision", "auto_coverage", "ece", "brier")
_SHOWN = ("hit@1", "hit@10", "mrr", "auto prec.", "auto cov.", "ece", "brier")
_ORDER = (MODEL, WITHOUT_OUTSIDE, *ALL_METHODS[1:])
_LABEL_COLUMNS = ("coverage", "accuracy")


def json_rows(rows: Sequence[Row]) -> str:
    """Rows as a JSON list of {split, visibility, method, measure, value, low, high}."""
    listed = [{k: v for k, v in asdict(row).items() if k != "model_hash"} for row in rows]
    return "[\n" + ",\n".join(json.dumps(row) for row in listed) + "\n]\n"


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write `json_rows` to a file."""
    path.write_text(json_rows(rows), encoding="utf-8")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _with_interval(row: Row | None) -> str:
    if row is None or row.value is None:
        return "-"
    if row.low is None or row.high is None:
        return _number(row.value)
    return f"{row.value:.3f} ({row.low:.3f}-{row.high:.3f})"


def _tables(
    rows: Sequence[Row], *, with_targets: bool
) -> list[tuple[str, str, tuple[str, ...], list[list[str]]]]:
    """Split, visibility, column names and cells of each table, in the order measured."""
    by_key = {(r.split, r.visibility, r.method, r.measure): r for r in rows}
    places = list(dict.fromkeys((r.split, r.visibility) for r in rows))
    tables = []
    for split, visibility in places:
        is_label = visibility == HIDDEN_LABEL
        columns = _LABEL_COLUMNS if is_label else _COLUMNS
        found_methods = dict.fromkeys(
            r.method for r in rows if (r.split, r.visibility) == (split, visibility)
        )
        methods = sorted(found_methods, key=lambda m: _ORDER.index(m) if m in _ORDER else -1)
        cells = []
        target = goals_of(split, visibility) if with_targets else None
        if target:
            cells.append(["to reach", *(_number(target.get(c)) for c in columns)])
        for method in methods:
            found = [by_key.get((split, visibility, method, c)) for c in columns]
            if any(found):
                # one interval a row is enough to read; all of them are in the JSON
                first = _with_interval(found[0])
                cells.append([method, first, *(_number(r.value if r else None) for r in found[1:])])
        tables.append((split, visibility, ("method", *(columns if is_label else _SHOWN)), cells))
    return tables


def _facts(result: EvaluationResult, split: str, visibility: str) -> str:
    def of(measure: str) -> float | None:
        return result.value(split, visibility, MODEL, measure)

    questions, sets = of("questions"), of("sets")
    if questions is None or sets is None:
        return ""
    answered = of("outside_answered")
    outside = (
        f"; outside sources answered for {_number(answered)} of the lines and named a right artist for"
        f" {_number(of('outside_named_right'))} of those: hit@1 there {_number(of('hit@1_outside_answered'))}, without them"
        f" {_number(result.value(split, visibility, WITHOUT_OUTSIDE, 'hit@1_outside_answered'))}"
        if answered is not None
        else ""
    )
    return (
        f"{int(questions):,} lines of {int(sets):,} sets; artist in the catalogue {_number(of('artist_in_catalogue'))},"
        f" among the candidates {_number(of('candidate_recall'))}; first artist only {_number(of('hit@1_first_artist'))},"
        f" equal key only {_number(of('hit@1_exact_key'))}; abstained {_number(of('abstained'))}{outside}"
    )


def em_words(result: EvaluationResult) -> str:
    """What EM believed of each blocking rule's pairs, and what is true; empty where EM was not asked."""
    notes = result.notes.get("splink_em")
    if not notes:
        return ""
    parts = []
    for name in (key.removeprefix("lambda_") for key in notes if key.startswith("lambda_")):
        found, true = notes[f"lambda_{name}"], notes[f"true_share_{name}"]
        parts.append(f"{name}: EM believes {found:.2f} of the pairs match, {true:.3f} do")
    parts += [
        f"{key.removeprefix('failed_')}: {words}" for key, words in notes.items() if key.startswith("failed_")
    ]
    iterations = int(notes["most_iterations"])
    return f"EM by blocking rule, at most {iterations} iterations - " + "; ".join(parts) + "."


def text_report(result: EvaluationResult, *, with_targets: bool) -> str:
    """Aligned tables for a terminal."""
    lines = []
    for split, visibility, names, cells in _tables(result.rows, with_targets=with_targets):
        lines += ["", f"{split}, {visibility}"]
        if facts := _facts(result, split, visibility):
            lines.append(f"  {facts}")
        widths = [max(len(row[i]) for row in [list(names), *cells]) for i in range(len(names))]
        for row in [list(names), *cells]:
            first, *rest = row
            padded = "  ".join(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
            lines.append(f"  {first.ljust(widths[0])}  {padded}".rstrip())
    if words := em_words(result):
        lines += ["", words]
    return "\n".join(lines).lstrip("\n") + "\n"


def markdown_report(result: EvaluationResult, *, with_targets: bool) -> str:
    """The same as markdown."""
    lines = [
        "# How right the answers are",
        "",
        "Known artists are hidden and asked for; only the train sets teach. A hit is a main artist of the credit,"
        " spelling aside; shares are over all lines, also those without a candidate. In brackets the 95 % interval"
        " over resampled sets.",
    ]
    for split, visibility, names, cells in _tables(result.rows, with_targets=with_targets):
        lines += ["", f"## {split}, {visibility}", ""]
        if facts := _facts(result, split, visibility):
            lines += [facts, ""]
        lines.append("| " + " | ".join(names) + " |")
        lines.append("|---|" + "---:|" * (len(names) - 1))
        lines += ["| " + " | ".join(row) + " |" for row in cells]
    if words := em_words(result):
        lines += ["", words]
    return "\n".join(lines) + "\n"
