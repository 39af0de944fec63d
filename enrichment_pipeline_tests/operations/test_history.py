"""The table of snapshots: appended, bounded, read back; a broken part never stops the rest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from enrichment_pipeline.lake.faults import inspect_table
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.operations.history import History, append_snapshot, latest_snapshot, read_history
from enrichment_pipeline.operations.kinds import ALL, KINDS, Measure
from enrichment_pipeline.operations.snapshot import take_snapshot
from enrichment_pipeline.operations.state_readings import JobRuns
from enrichment_pipeline_tests.operations.lakes import NOW, around, put


def share(value: float) -> Measure:
    return Measure("labels", ALL, "share with label", value, "words")


def test_snapshots_are_appended_and_the_oldest_let_go(lake: Lake) -> None:
    for day in range(5):
        append_snapshot(lake, [share(day / 10)], NOW + timedelta(days=day), most=3)
    history = read_history(lake)
    assert history.moments == [NOW + timedelta(days=day) for day in (2, 3, 4)]
    assert [v for _, v in history.values("labels", ALL, "share with label")] == [0.2, 0.3, 0.4]
    assert history.usual("labels", ALL, "share with label") == 0.3
    assert latest_snapshot(lake) == (NOW + timedelta(days=4), [share(0.4)])
    assert read_history(lake, before=NOW + timedelta(days=4)).moments == history.moments[:2]
    assert not inspect_table(lake, "operations").faults


def test_the_same_moment_is_replaced(lake: Lake) -> None:
    append_snapshot(lake, [share(0.1)], NOW)
    assert append_snapshot(lake, [share(0.2)], NOW) == 1
    assert latest_snapshot(lake)[1] == [share(0.2)]


def test_measures_that_are_no_more_are_passed_over(lake: Lake) -> None:
    row = {"made_at": NOW.replace(tzinfo=None), "subject": ALL, "unit": "share", "value": 1.0}
    put(lake, "operations", {**row, "area": "labels", "measure": "of an earlier version"})
    assert latest_snapshot(lake)[1] == []
    assert latest_snapshot(Lake(lake.root / "other")) == (None, [])


def test_a_measure_needs_a_meaning() -> None:
    with pytest.raises(KeyError, match=r"operations/kinds\.py"):
        Measure("labels", ALL, "whatever", 1)
    assert len({(kind.area, kind.name) for kind in KINDS.values()}) == len(KINDS)


def test_a_snapshot_of_an_empty_lake_counts_what_is_zero(lake: Lake) -> None:
    measures = take_snapshot(lake, around(lake.root), [], History(), NOW)
    assert {m.area for m in measures} == {"songstats", "answers", "funnel", "monitoring"}
    assert measures[-1] == Measure("monitoring", ALL, "readings failed", 0)


def test_what_cannot_be_read_is_said_and_the_rest_is_read(lake: Lake, data: Path) -> None:
    (data / "state").mkdir(parents=True)
    (data / "state" / "hosts.db").write_bytes(b"this is no database, whatever its name says" * 9)
    runs = [JobRuns("publish", 1, 0, False)]
    surroundings = around(data, ENRICHMENT_SONGSTATS_OBJECTS="many")
    measures = take_snapshot(lake, surroundings, runs, History(), NOW)
    assert {m.area for m in measures} == {"answers", "funnel", "runs", "monitoring"}
    assert measures[-1].value == 2
    assert "hosts: " in measures[-1].words
    assert "songstats: ENRICHMENT_SONGSTATS_OBJECTS" in measures[-1].words


def test_a_measure_is_compared_with_its_past(lake: Lake) -> None:
    put(lake, "track_labels", {"status": "accepted", "tier": "1 title"}, {"status": "none"})
    for day, value in enumerate((0.7, 0.8, 0.9)):
        append_snapshot(lake, [share(value)], NOW - timedelta(days=9 - day))
    measures = take_snapshot(lake, around(lake.root), [], read_history(lake), NOW)
    (change,) = [m for m in measures if m.name == "change against usual"]
    assert (change.subject, change.value) == ("share with label", pytest.approx(-0.3))
