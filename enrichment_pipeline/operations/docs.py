"""The tables of `docs/operations.md`, made from thresholds and kinds: `python -m enrichment_pipeline.operations.docs`.

Only what stands between the two marks is replaced; the rest of the page is written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from enrichment_pipeline.operations.kinds import KINDS
from enrichment_pipeline.operations.prometheus import metric_name
from enrichment_pipeline.operations.thresholds import THRESHOLDS

TARGET = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
BEGIN = "<!-- made by make docs -->"
END = "<!-- end of what is made -->"


def thresholds_table() -> str:
    """The thresholds as a Markdown table."""
    lines = ["| check | raised when | severity | what happened | what to do |", "|---|---|---|---|---|"]
    for limit in THRESHOLDS:
        of = f" of {' or '.join(limit.subjects)}" if limit.subjects else ""
        when = f"{limit.area}: {limit.measure}{of} {limit.condition}"
        lines.append(f"| `{limit.name}` | {when} | {limit.severity} | {limit.happened} | {limit.do} |")
    return "\n".join(lines)


def measures_table() -> str:
    """The measures as a Markdown table."""
    lines = ["| area | measure | by | unit | meaning | Prometheus |", "|---|---|---|---|---|---|"]
    for kind in KINDS.values():
        name = metric_name(kind.area, kind.name)
        lines.append(
            f"| {kind.area} | {kind.name} | {kind.subject} | {kind.unit} | {kind.meaning} | `{name}` |"
        )
    return "\n".join(lines)


def with_tables(page: str) -> str:
    """The page with its tables made anew.

    Raises:
        ValueError: the marks are missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} and {END} are to stand in the page")
    made = f"## Alerts\n{thresholds_table()}\n\n## Measures\n{measures_table()}"
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def main(arguments: list[str]) -> None:
    """Make the tables anew in the file named, else in docs/operations.md."""
    target = Path(arguments[0]) if arguments else TARGET
    target.write_text(with_tables(target.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
