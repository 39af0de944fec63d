"""What may know what: domain packages know neither Dagster nor the command line; no cycles back to assets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import enrichment_pipeline

ROOT = Path(enrichment_pipeline.__file__).parent
KNOW_DAGSTER = {"orchestration", "assets", "definitions.py"}
# the command line starts Dagster runs, and through orchestration alone
COMMAND_LINE = {path.name for path in ROOT.glob("cli*.py")}
DOMAIN = sorted(
    path.name
    for path in ROOT.iterdir()
    if path.name not in KNOW_DAGSTER | COMMAND_LINE | {"__init__.py", "__pycache__"}
)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def sources(name: str) -> list[Path]:
    path = ROOT / name
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def test_the_domain_packages_are_looked_at() -> None:
    """A renamed folder must not slip out of the test below."""
    assert {
        "tracklists",
        "naming",
        "labels",
        "sources",
        "matching",
        "cooldown",
        "catalogue",
        "lake",
        "ingest",
    } <= set(DOMAIN)


@pytest.mark.parametrize("package", DOMAIN)
def test_domain_packages_do_not_know_dagster(package: str) -> None:
    """They must run, and be tested, without an orchestrator."""
    knowing = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imports(path)
        if name.split(".")[0].startswith("dagster")
        or name.startswith(tuple(f"enrichment_pipeline.{p.removesuffix('.py')}" for p in KNOW_DAGSTER))
        or name.startswith("enrichment_pipeline.cli")
    ]
    assert knowing == []


def test_orchestration_does_not_know_assets() -> None:
    """What assets are made of must not depend on which assets there are."""
    knowing = [
        f"{path.name} imports {name}"
        for path in sources("orchestration")
        for name in imports(path)
        if name.startswith(
            ("enrichment_pipeline.assets", "enrichment_pipeline.definitions", "enrichment_pipeline.cli")
        )
    ]
    assert knowing == []


# As in docs/architecture.md: what each domain package may import of the others.
MAY_IMPORT = {
    "naming": set(),
    "lake": set(),
    "tracklists": {"naming"},
    "ingest": {"lake", "tracklists"},
    "ledger": {"lake", "naming", "tracklists"},
    "catalogue": {"lake", "naming", "ledger"},
    "labels": {"lake", "naming", "catalogue"},
    "matching": {"lake", "naming", "ledger", "catalogue"},
    "evaluation": {"lake", "naming", "tracklists", "ingest", "catalogue", "labels", "matching"},
    "publish": {"lake", "tracklists", "labels"},
    "sources": {"lake", "naming", "tracklists", "labels", "cooldown", "catalogue"},
    "operations": {"lake", "labels", "sources", "cooldown"},
    "cooldown": {"lake", "labels"},
}


@pytest.mark.parametrize("package", DOMAIN)
def test_layers_know_only_those_before_them(package: str) -> None:
    """A layer that reaches forward makes a cycle of what should be a line; a new layer says here what it needs."""
    needed = {
        name.split(".")[1]
        for path in sources(package)
        for name in imports(path)
        if name.startswith("enrichment_pipeline.")
    }
    assert needed - {package} <= MAY_IMPORT[package]
