"""What is kept beside the tables: breakers, paid objects, answers; and runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from enrichment_pipeline.operations.history import History
from enrichment_pipeline.operations.state_readings import (
    JobRuns,
    read_answers,
    read_hosts,
    read_runs,
    read_songstats,
)
from enrichment_pipeline.sources.http.answers import Answer, AnswerStore
from enrichment_pipeline.sources.http.hosts import HostMemory
from enrichment_pipeline.sources.songstats.objects import ObjectCount
from enrichment_pipeline_tests.operations.lakes import NOW, around


def test_a_closed_host_counts_from_when_it_was_first_seen_closed(data: Path) -> None:
    hosts = HostMemory(data / "state" / "hosts.db")
    hosts.failed("shop", "key hush-hush refused", NOW, until=NOW + timedelta(hours=6))
    hosts.failed("well_again", "timeout", NOW)
    surroundings = around(data, ENRICHMENT_SHOP_KEY="hush-hush")
    first = {m.subject: m for m in read_hosts(surroundings, NOW, History())}
    assert {name: m.value for name, m in first.items()} == {"shop": 6, "well_again": 0}
    assert "hush-hush" not in first["shop"].words
    moments = [NOW - timedelta(hours=hours) for hours in (30, 20, 10)]
    key = ("hosts", "shop", "hours closed")
    history = History(moments, {key: [(moments[0], 0.0), (moments[1], 1.0), (moments[2], 2.0)]})
    assert read_hosts(surroundings, NOW, history)[0].value == 26
    # closed, open again, closed anew: only the last time counts
    history = History(moments, {key: [(moments[0], 1.0), (moments[2], 2.0)]})
    assert read_hosts(surroundings, NOW, history)[0].value == 16


def test_songstats_objects_against_the_cap(data: Path) -> None:
    surroundings = around(data, ENRICHMENT_SONGSTATS_OBJECTS="4")
    assert [m.value for m in read_songstats(surroundings, NOW)] == [0, 0, 0]
    count = ObjectCount(data / "state" / "songstats.db", 4)
    for number in range(3):
        count.take(f"isrc:{number}", "track_info", NOW)
    found = {m.name: m.value for m in read_songstats(surroundings, NOW)}
    assert (found["objects"], found["share of cap"]) == (3, 0.75)
    assert found["cost"] > 0
    # no cap of nothing: nothing to divide by
    none = around(data, ENRICHMENT_SONGSTATS_OBJECTS="0")
    assert [m.name for m in read_songstats(none, NOW)] == ["objects", "cost"]


def test_kept_answers(data: Path) -> None:
    surroundings = around(data)
    assert [m.value for m in read_answers(surroundings)] == [0, 0]
    store = AnswerStore(data / "answers")
    store.put("host", "key", Answer("GET /x", 200, "text/plain", b"hello", "", NOW, False))
    found = {m.name: m.value for m in read_answers(surroundings)}
    assert found["kept"] == 1
    assert found["bytes"] > 0


def test_runs_by_job_and_together() -> None:
    assert read_runs([]) == []
    found = read_runs([JobRuns("evaluate", 4, 1, False), JobRuns("publish", 1, 1, True)])
    assert {(m.subject, m.name): m.value for m in found} == {
        ("evaluate", "failed"): 1,
        ("publish", "failed"): 1,
        ("all", "finished"): 5,
        ("all", "share failed"): pytest.approx(0.4),
        ("all", "jobs left failed"): 1,
    }
    assert found[-1].words == "publish"
