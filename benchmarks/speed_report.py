"""Speed and growth as tables for a terminal. Measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MEGABYTE = 1_000_000


def parsing_lines(found: Mapping[str, Any]) -> list[str]:
    """Distinct lines a second."""
    lines = [f"{found['lines']:,} lines, {found['distinct']:,} distinct; each distinct text counts once"]
    return lines + [
        f"  {name:<22} {seconds:6.2f} s {found['distinct'] / seconds:>10,.0f} distinct lines/s"
        for name, seconds in found["seconds"].items()
    ]


def growth_lines(sizes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Stages from top to bottom, input sizes side by side."""
    lines = [f"{'':<19}" + "".join(f" | {_size_words(size):^36}" for size in sizes)]
    heads = f"{'rows':>9} {'seconds':>8} {'rows/s':>10} {'MB':>6}"
    lines.append(f"{'stage':<19}" + f" | {heads}" * len(sizes))
    lines.append("-" * len(lines[-1]))
    for number, stage in enumerate(sizes[0]["stages"]):
        cells = (size["stages"][number] for size in sizes)
        lines.append(f"{stage['stage']:<19}" + "".join(f" | {_cell(cell)}" for cell in cells))
    totals = "".join(
        f" | {'':>9} {sum(s['seconds'] for s in size['stages']):>8.2f} {'':>10}"
        f" {max(s['peak_bytes'] for s in size['stages']) / _MEGABYTE:>6.0f}"
        for size in sizes
    )
    lines.append(f"{'all, largest':<19}{totals}")
    return lines


def run_lines(run: Mapping[str, Any]) -> list[str]:
    """Wall time and memory of a whole run, and its stages."""
    count = next((step["count"] for step in run["funnel"] if step["name"] == "lines"), 0)
    lines = [f"{count:,} lines: {run['seconds']:.0f} s wall, {run['peak_bytes'] / _MEGABYTE:,.0f} MB at most"]
    return lines + [f"  {name:<18} {seconds:6.1f} s" for name, seconds in run["seconds_per_stage"].items()]


def _size_words(size: Mapping[str, Any]) -> str:
    return f"{size['lines']:,} lines{' (invented example)' if size['is_example'] else ''}"


def _cell(stage: Mapping[str, Any]) -> str:
    rate = stage["rows"] / max(stage["seconds"], 0.001)
    megabytes = stage["peak_bytes"] / _MEGABYTE
    return f"{stage['rows']:>9,} {stage['seconds']:>8.2f} {rate:>10,.0f} {megabytes:>6.0f}"
