"""The asset on a real instance: clock and config from outside, its check, and a whole stay in the queue."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from enrichment_pipeline.assets.cooldown import cooldown_queue, no_herd
from enrichment_pipeline.cooldown.settings import settings_of
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline_tests.cooldown.lakes import (
    BUCKET,
    KEYS,
    START,
    lookup,
    plain,
    read_queue,
    want,
    write,
)

A = KEYS[0]


def materialize(lake: Lake, instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
    """One run of bucket 03 of the asset and its check."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.materialize(
            [cooldown_queue, no_herd],
            partition_key=BUCKET,
            instance=instance,
            resources={
                "lake": LakeResource(data_folder=str(lake.root), threads=1),
                "outside": OutsideResource(),
            },
            run_config={"ops": {"cooldown_queue": {"config": config}}},
        )


def test_a_stay_in_the_queue_from_its_asset(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    want(lake, {"track_key": A})
    due = START + timedelta(days=30)
    write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(due))])
    monkeypatch.setenv("ENRICHMENT_NOW", START.isoformat())
    result = materialize(lake, instance)
    assert result.success
    assert read_queue(lake)[A]["state"] == "waiting"
    assert read_queue(lake)[A]["run_id"] == result.run_id
    (check,) = result.get_asset_check_evaluations()
    assert check.passed
    assert check.metadata["herd index"].value == 1.0
    monkeypatch.setenv("ENRICHMENT_NOW", due.isoformat())
    materialize(lake, instance)
    assert read_queue(lake)[A]["state"] == "due"
    want(lake)
    materialize(lake, instance)
    assert read_queue(lake)[A]["state"] == "resolved"


def test_config_and_environment_change_the_schedule(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENRICHMENT_NOW", START.isoformat())
    want(lake, {"track_key": A, "label_missing": False, "artist_missing": True})
    write(lake, "resolved_artists", [{"track_key": A, "band": "none"}])
    assert materialize(lake, instance, jitter="none", latest_days=80.0).success
    # one fact of three speaks for asking sooner: the label is known
    assert read_queue(lake)[A]["due_at"] == plain(START) + timedelta(seconds=round((80 - 35 / 3) * 86400))
    environment = {"ENRICHMENT_COOLDOWN_STRATEGY": "fixed", "ENRICHMENT_COOLDOWN_JITTER": "additive"}
    settings = settings_of(environment.get, tracks_per_day=5)
    assert (settings.strategy, settings.jitter, settings.tracks_per_day) == ("fixed", "additive", 5)
    with pytest.raises(ValueError, match="ENRICHMENT_COOLDOWN_JITTER='wild': one of none, plus-minus"):
        settings_of({"ENRICHMENT_COOLDOWN_JITTER": "wild"}.get)


def test_the_clock_of_the_environment(lake: Lake, tmp_path: Any) -> None:
    def now_of(value: str) -> datetime:
        return Surroundings(lake.root, {"ENRICHMENT_NOW": value}).now()

    assert now_of("2026-05-01T14:00:00+02:00") == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert now_of("2026-05-01") == datetime(2026, 5, 1, tzinfo=UTC)
    file = tmp_path / "now"
    file.write_text("2026-05-01\n", encoding="utf-8")
    clock = Surroundings(lake.root, {"ENRICHMENT_NOW": str(file)}).now
    assert clock() == datetime(2026, 5, 1, tzinfo=UTC)
    file.write_text("2026-06-01\n", encoding="utf-8")
    assert clock() == datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="ENRICHMENT_NOW='tomorrow'"):
        now_of("tomorrow")
    # a clock that was handed in goes first
    assert Surroundings(lake.root, {"ENRICHMENT_NOW": "2026-05-01"}, lambda: START).now() == START
