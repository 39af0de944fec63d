"""The page for a person: what needs doing first, then every measure, then the picture.

Words of alerts stand in `thresholds.py`, meanings of measures in `kinds.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from enrichment_pipeline.operations.history import History
from enrichment_pipeline.operations.kinds import KINDS, Measure, shown
from enrichment_pipeline.operations.thresholds import Verdict

PAGE_NAME, PICTURE_NAME = "operations.md", "operations.png"


def alerts_markdown(verdicts: Sequence[Verdict]) -> str:
    """What is wrong and what to do, errors first; one line where nothing is."""
    raised = sorted((v for v in verdicts if not v.is_fine), key=lambda v: v.threshold.severity)
    silent = sum(not v.judged for v in verdicts)
    unheard = f" {silent} have nothing to judge yet." if silent else ""
    if not raised:
        return f"All is well: none of {len(verdicts)} alerts is raised.{unheard}"
    are = "is" if len(raised) == 1 else "are"
    lines = [f"{len(raised)} of {len(verdicts)} alerts {are} raised.{unheard}", ""]
    return "\n".join(
        [
            *lines,
            *(f"- **{v.threshold.severity}**, {v.threshold.name}: {_one_line(v.words())}" for v in raised),
        ]
    )


def measures_markdown(measures: Sequence[Measure], history: History) -> str:
    """A table per area: value, what it usually is, what it means."""
    parts = []
    for area in dict.fromkeys(kind.area for kind in KINDS.values()):
        rows = []
        for measure in measures:
            if measure.area != area:
                continue
            usual = history.usual(area, measure.subject, measure.name)
            usually = "" if usual is None else shown(usual, measure.kind.unit)
            words = _cell(measure.words or measure.kind.meaning)
            rows.append(
                f"| {_cell(measure.subject)} | {measure.name} | {measure.shown()} | {usually} | {words} |"
            )
        if rows:
            head = ["| of | measure | now | usually | in words |", "|---|---|---:|---:|---|"]
            parts.append("\n".join([f"## {area[0].upper()}{area[1:]}", *head, *rows]))
    return "\n\n".join(parts)


def page(
    measures: Sequence[Measure], verdicts: Sequence[Verdict], history: History, made_at: datetime
) -> str:
    """The whole page.

    Args:
        measures: a snapshot.
        verdicts: the thresholds by that snapshot.
        history: the snapshots before it.
        made_at: its time.
    """
    return "\n\n".join(
        (
            "# Operations",
            f"{made_at:%Y-%m-%d %H:%M} UTC; usually: the median of {len(history.moments)} snapshots before.",
            "## Alerts",
            alerts_markdown(verdicts),
            f"![main series over time]({PICTURE_NAME})",
            measures_markdown(measures, history),
        )
    ) + "\n"  # fmt: skip


def write_page(folder: Path, text: str, picture: bytes) -> Path:
    """Put page and picture in place by rename; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((PICTURE_NAME, picture), (PAGE_NAME, text.encode())):
        draft = folder / f".{name}.{uuid.uuid4().hex}.draft"
        try:
            draft.write_bytes(content)
            draft.replace(folder / name)
        finally:
            draft.unlink(missing_ok=True)
    return folder / PAGE_NAME


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def _one_line(text: str) -> str:
    return " ".join(text.split())
