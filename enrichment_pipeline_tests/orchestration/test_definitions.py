"""The code location: it loads, fast, and every asset tells what a user wants to know."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import pytest

from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.groups import STAGES, Group
from enrichment_pipeline.orchestration.partitions import BUCKETS, MONTHS

DEFS = build_defs()
# sorted, because the processes of a parallel test run must collect in the same order
SPECS = {
    spec.key.to_user_string(): spec
    for spec in sorted(DEFS.resolve_all_asset_specs(), key=lambda spec: spec.key)
    if spec.group_name != "default"
}
MOST_SECONDS_TO_LOAD = 4.0


def test_definitions_are_valid() -> None:
    dg.Definitions.validate_loadable(DEFS)


def test_a_fresh_interpreter_loads_them_fast_and_without_a_warning() -> None:
    """Every Dagster process imports this module; a heavy import at its top is paid by each of them.

    Seconds of the processor, start of the interpreter included: those of the clock would measure what else
    the machine does.
    """
    code = (
        "import sys, time; import enrichment_pipeline.definitions as d; "
        "d.defs.get_repository_def(); "
        "heavy = [m for m in ('splink', 'sklearn', 'matplotlib', 'scipy', 'pandas') if m in sys.modules]; "
        "print(time.process_time(), *heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds, *heavy = done.stdout.split()
    assert heavy == []
    assert float(seconds) < MOST_SECONDS_TO_LOAD


def test_every_asset_of_a_layer_is_in_a_known_group() -> None:
    assert {spec.group_name for spec in SPECS.values()} <= set(Group)


@pytest.mark.parametrize("name", SPECS)
def test_every_asset_says_what_it_is(name: str) -> None:
    spec = SPECS[name]
    assert len(spec.description or "") > 30
    assert spec.kinds
    assert spec.owners
    assert spec.code_version
    assert spec.tags["layer"] == spec.group_name
    assert spec.tags["stage"] in {stage.name for stage in STAGES}


@pytest.mark.parametrize("name", [name for name in SPECS if name in TABLES])
def test_every_table_shows_its_columns_and_is_checked(name: str) -> None:
    schema = SPECS[name].metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns] == list(TABLES[name].column_names)
    assert all(column.description for column in schema.columns)
    checks = {
        key.name for key in DEFS.resolve_asset_graph().asset_check_keys if key.asset_key == SPECS[name].key
    }
    assert f"{name}_schema" in checks


@pytest.mark.parametrize("name", SPECS)
def test_partitions_follow_from_the_table(name: str) -> None:
    cut = TABLES[name].partitioned_by if name in TABLES else None
    expected = {"month": MONTHS, "bucket": BUCKETS}.get(cut or "")
    assert SPECS[name].partitions_def == expected


def test_every_asset_is_made_by_one_stage() -> None:
    """An asset outside every job would never be made by `enrich run`."""
    made = [
        key.to_user_string()
        for stage in {job.name for job in DEFS.resolve_all_job_defs()} & {stage.name for stage in STAGES}
        for key in DEFS.resolve_job_def(stage).asset_layer.selected_asset_keys
    ]
    assert sorted(made) == sorted(SPECS)


def test_an_unknown_executor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENRICHMENT_EXECUTOR", "abacus")
    with pytest.raises(ValueError, match="abacus"):
        build_defs()


def test_the_executor_follows_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENRICHMENT_EXECUTOR", "multiprocess")
    assert build_defs().executor is dg.multiprocess_executor
