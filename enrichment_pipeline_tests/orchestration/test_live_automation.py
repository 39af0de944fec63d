"""The pipeline runs itself: a real daemon, nobody at hand, a clock that is moved, and a web that learns something.

`make ui`, a file dropped into the inbox, and nothing else, leads to enriched rows. What nobody knows waits, is asked
when its time has come, is found, published, and leaves the queue. One test, because starting a daemon is slow.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.orchestration.instance import write_config
from enrichment_pipeline_tests.orchestration.live import Server, serving, wait_until
from enrichment_pipeline_tests.sources.demo import simulated_environment
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedTrack, SimulatedWeb

LOCATION = "enrichment_pipeline.definitions"
NOW = datetime(2026, 3, 2, 9)
RELEASED_LATER = SimulatedTrack("Harrow Vane", "Salt Meridian", label="Northlight")
KNOWN = SimulatedTrack("Juno Brack", "Ash Weather", label="Tidewrack")
LINES = (
    "Harrow Vane - Salt Meridian",
    "Juno Brack - Ash Weather",
    "Mira Solenne - Overcast [Quayside]",
    "Mira Solenne - Undertow [Quayside]",
    "ID - ID",
)
FIRST_RUN_SECONDS, FOLLOW_SECONDS = 240, 180


class World:
    """What a person would look at: the published tables, and the runs."""

    def __init__(self, data: Path, server: Server) -> None:
        self.lake, self.server = Lake(data, threads=1), server

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.lake.connect(["enriched_tracks", "cooldown_queue", "tracks"]) as con:
            return con.execute(sql).fetchall()

    def enriched(self) -> dict[str, str | None]:
        return dict(self.rows("select raw_text, label from enriched_tracks"))

    def queued(self, title: str) -> tuple[Any, ...] | None:
        found = self.rows(
            "select q.bucket, state, due_at, attempts from cooldown_queue q join tracks using (track_key)"
            f" where title = '{title}'"
        )
        return found[0] if found else None

    def jobs(self) -> Counter[str]:
        """How many runs of each job there were; none may have failed. Automation's have no job of their own."""
        runs = self.server.runs()
        failed = [run for run in runs if run["status"] == "FAILURE"]
        assert not failed, failed
        return Counter(run["jobName"] for run in runs if run["jobName"] != "__ASSET_JOB")

    def times_published(self) -> int:
        query = """{ assetOrError(assetKey: {path: ["enriched_tracks"]}) {
            ... on Asset { assetMaterializations { runId } } } }"""
        return len(self.server.ask(query)["assetOrError"]["assetMaterializations"])

    def is_quiet(self) -> bool:
        """Whether no run waits or is at work."""
        return all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in self.server.runs())


def test_a_dropped_file_is_enriched_and_what_is_unknown_is_asked_in_time(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "inbox").mkdir(parents=True)
    clock = tmp_path / "clock.txt"
    clock.write_text(NOW.isoformat(), encoding="utf-8")
    home = write_config(data).parent
    with SimulatedWeb(Catalogue.of([KNOWN])).running() as web:
        own = {"ENRICHMENT_DATA": str(data), "ENRICHMENT_NOW": str(clock)}
        environment = {**simulated_environment(web), **own}
        with serving(LOCATION, home, tmp_path / "server.log", environment) as server:
            world = World(data, server)
            (data / "inbox" / "2026-02-21 - Somebody - Night.txt").write_text(
                "\n".join(LINES) + "\n", encoding="utf-8"
            )
            # nothing else is done
            wait_until(lambda: len(world.enriched()) == len(LINES), "enriched rows", FIRST_RUN_SECONDS)
            wait_until(world.is_quiet, "the end of the first run", FOLLOW_SECONDS)
            assert world.enriched()["Juno Brack - Ash Weather"] == "Tidewrack"
            assert world.enriched()["Harrow Vane - Salt Meridian"] is None
            assert world.jobs() == {"ingest_files": 1, "ingest_months": 1, "enrich_and_learn": 1}
            assert world.times_published() == 1
            queued = world.queued("Salt Meridian")
            assert queued is not None
            bucket, state, due_at, attempts = queued
            assert (state, attempts) == ("waiting", 1)
            assert due_at > NOW + timedelta(days=7)
            # the sensor looks, and leaves it alone
            wait_until(
                lambda: any(
                    (tick["skipReason"] or "").startswith("nothing due before")
                    for tick in server.ticks("cooled_down_tracks")
                ),
                "a tick without anybody due",
            )

            # the record comes out, and the track's time comes
            web.become(SimulatedWeb(Catalogue.of([KNOWN, RELEASED_LATER])))
            clock.write_text((due_at + timedelta(hours=1)).isoformat(), encoding="utf-8")
            wait_until(
                lambda: world.enriched()["Harrow Vane - Salt Meridian"] == "Northlight",
                "the label in the published rows",
                FOLLOW_SECONDS,
            )
            wait_until(world.is_quiet, "the end of what followed", FOLLOW_SECONDS)
            assert world.queued("Salt Meridian")[:3] == (bucket, "resolved", None)
            asked = server.runs("ask_again")
            assert bucket in {run["tags"]["dagster/partition"] for run in asked}
            assert len({run["tags"]["dagster/run_key"] for run in asked}) == len(asked)
            # nothing was done twice: the file was read once, no stage ran again, each bucket was followed once
            assert world.jobs() == {
                "ingest_files": 1,
                "ingest_months": 1,
                "enrich_and_learn": 1,
                "ask_again": len(asked),
            }
            assert world.times_published() <= 1 + len(asked)
