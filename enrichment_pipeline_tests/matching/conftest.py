"""One small world, filled and trained once for all tests that only read it."""

from __future__ import annotations

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline_tests.matching.worlds import World, fill_and_train, make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


@pytest.fixture(scope="session")
def trained_lake(world: World, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of that world with a model; do not write to it."""
    lake = Lake(tmp_path_factory.mktemp("world") / "data", threads=1)
    fill_and_train(lake, world)
    return lake
