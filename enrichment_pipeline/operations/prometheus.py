"""The last snapshot in Prometheus' text format, for node_exporter's textfile collector.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from enrichment_pipeline.operations.kinds import KINDS, Measure
from enrichment_pipeline.operations.thresholds import Verdict

FILE_NAME = "metrics.prom"


def metric_name(area: str, name: str) -> str:
    """Name of the metric of a kind of measure: enrichment_sources_share_found."""
    return "enrichment_" + re.sub(r"[^a-z0-9]+", "_", f"{area} {name}".lower()).strip("_")


def prometheus_text(measures: Sequence[Measure], verdicts: Sequence[Verdict], made_at: datetime) -> str:
    """All measures as gauges with the label `subject`, all alerts as 0 or 1, and when that was.

    Args:
        measures: a snapshot.
        verdicts: the thresholds by that snapshot.
        made_at: its time.
    """
    lines: list[str] = []
    for kind in KINDS.values():
        mine = [m for m in measures if m.kind == kind]
        if mine:
            name = metric_name(kind.area, kind.name)
            lines += _head(name, f"{kind.meaning} ({kind.unit}, by {kind.subject})")
            lines += [f'{name}{{subject="{_label(m.subject)}"}} {float(m.value)!r}' for m in mine]
    lines += _head("enrichment_alert", "1 where a threshold of enrichment_pipeline/operations is crossed")
    for verdict in verdicts:
        limit = verdict.threshold
        labels = f'alert="{_label(limit.name)}",severity="{_label(limit.severity)}"'
        lines.append(f"enrichment_alert{{{labels}}} {int(not verdict.is_fine)}")
    lines += _head("enrichment_operations_timestamp_seconds", "when these values were read")
    lines.append(f"enrichment_operations_timestamp_seconds {made_at.timestamp()!r}")
    return "\n".join(lines) + "\n"


def write_prometheus(folder: Path, text: str) -> Path:
    """Put the text in place by rename, so that a scrape never reads half of it; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FILE_NAME
    # the collector reads every *.prom: the draft must not be one
    draft = folder / f".{FILE_NAME}.{uuid.uuid4().hex}.draft"
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _head(name: str, meaning: str) -> list[str]:
    escaped = meaning.replace("\\", r"\\").replace("\n", r"\n")
    return [f"# HELP {name} {escaped}", f"# TYPE {name} gauge"]


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
