"""A promo nobody knows today: fails, waits, falls due, is asked again when it is out, and leaves the queue.

Real Dagster runs over a real lake against two simulated webs, before and after the release. That a sensor starts the
second run by itself is proven elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from enrichment_pipeline.assets import catalogue, cooldown, ingest, labels, sources
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.driver import run_all
from enrichment_pipeline.orchestration.instance import open_instance
from enrichment_pipeline.orchestration.resources import InboxResource, LakeResource
from enrichment_pipeline_tests.cooldown.lakes import START, Row, plain, read_queue
from enrichment_pipeline_tests.sources.demo import simulated_environment
from enrichment_pipeline_tests.sources.test_acceptance import Silent
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedTrack, SimulatedWeb

PROMO = ("Harrow Vane", "Salt Meridian")
OTHER = SimulatedTrack("Juno Brack", "Ash Weather", label="Tidewrack")
LINES = (
    "Harrow Vane - Salt Meridian",
    "Mira Solenne - Overcast [Quayside]",
    "Mira Solenne - Undertow [Quayside]",
)
READING = ("ingest_files", "ingest_months", "build_catalogue")
ASKING = ("label_tracks", "cool_down")


def test_a_promo_is_named_after_its_release(lake: Lake, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox / "2026-04-30 - Somebody - Night.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    definitions = build_defs(
        resources={
            "lake": LakeResource(data_folder=str(lake.root)),
            "inbox": InboxResource(folder=str(inbox)),
        },
        layers=(ingest, catalogue, labels, sources, cooldown),
    )

    def run(web: SimulatedWeb, now: datetime, stages: tuple[str, ...] = ASKING) -> Row:
        for name, value in {**simulated_environment(web), "ENRICHMENT_NOW": now.isoformat()}.items():
            monkeypatch.setenv(name, value)
        with open_instance(lake.root) as instance:
            run_all(definitions, instance, lake, Silent(), only=stages)
        (row,) = read_queue(lake).values()
        return row

    with SimulatedWeb(Catalogue.of((OTHER,))).running() as before_release:
        row = run(before_release, START, READING + ASKING)
        assert (row["state"], row["reason"], row["wants"], row["attempts"]) == (
            "waiting",
            "no match",
            "label",
            1,
        )
        due = row["due_at"].replace(tzinfo=UTC)
        assert timedelta(days=7) <= due - START <= timedelta(days=53)
        asked = len(before_release.requests)
        assert asked > 0
        assert run(before_release, due - timedelta(minutes=1))["state"] == "waiting"
        # nobody is asked before the time
        assert len(before_release.requests) == asked

    released = SimulatedTrack(*PROMO, label="Northlight", isrc="GBZZZ2600001")
    with SimulatedWeb(Catalogue.of((OTHER, released))).running() as after_release:
        row = run(after_release, due)
        assert (row["state"], row["due_at"], row["since"]) == ("resolved", None, plain(due))
        assert [entry["outcome"] for entry in row["history"]] == ["wanted", "resolved"]
        asked = len(after_release.requests)
        assert asked > 0
        # two runs at once: the second finds what the first learned
        run(after_release, due)
        assert len(after_release.requests) == asked
    with lake.connect(["track_labels", "tracks"]) as con:
        found = con.execute(
            "select label, tier from track_labels join tracks using (track_key) where title = 'Salt Meridian'"
        ).fetchall()
    assert found == [("Northlight", "2 open sources")]
