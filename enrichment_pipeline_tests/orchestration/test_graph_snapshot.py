"""The shape of the graph, as a file: a change of it is seen in review and never happens by accident.

To accept a change: python -m enrichment_pipeline_tests.orchestration.test_graph_snapshot
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.orchestration.groups import STAGES

SNAPSHOT = Path(__file__).with_name("graph.json")
HOW_TO_ACCEPT = "python -m enrichment_pipeline_tests.orchestration.test_graph_snapshot"


def graph() -> str:
    """Assets with group, dependencies, partitions and checks, and the assets of each job, as JSON."""
    defs = build_defs()
    nodes = defs.resolve_asset_graph()
    checks: dict[str, list[str]] = {}
    for key in nodes.asset_check_keys:
        kind = "blocking" if nodes.get(key).blocking else "warning"
        checks.setdefault(key.asset_key.to_user_string(), []).append(f"{key.name} ({kind})")
    specs = defs.resolve_all_asset_specs()
    # a table that is defined before its asset is written stands in the graph as a stranger
    made = {spec.key for spec in specs if spec.group_name != "default"}
    assets = {}
    for spec in specs:
        if spec.key not in made:
            continue
        name = spec.key.to_user_string()
        partitions = spec.partitions_def
        assets[name] = {
            "group": spec.group_name,
            "depends on": sorted(
                dep.asset_key.to_user_string() for dep in spec.deps if dep.asset_key in made
            ),
            # counts of months grow with the calendar
            "partitions": type(partitions).__name__ if partitions else None,
            "checks": sorted(checks.get(name, [])),
        }
    present = {job.name for job in defs.resolve_all_job_defs()}
    jobs = {
        stage.name: sorted(
            key.to_user_string() for key in defs.resolve_job_def(stage.name).asset_layer.selected_asset_keys
        )
        for stage in STAGES
        if stage.name in present
    }
    return json.dumps({"assets": dict(sorted(assets.items())), "jobs": jobs}, indent=1) + "\n"


def test_the_graph_is_as_reviewed() -> None:
    reviewed, now = SNAPSHOT.read_text(encoding="utf-8"), graph()
    if reviewed != now:
        change = difflib.unified_diff(reviewed.splitlines(), now.splitlines(), "reviewed", "now", lineterm="")
        pytest.fail(
            "\n".join([f"the asset graph changed; if that is meant: {HOW_TO_ACCEPT}", *change]), pytrace=False
        )


if __name__ == "__main__":
    SNAPSHOT.write_text(graph(), encoding="utf-8")
