"""The funnel: counts only what was made, with shares of what they are counted in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.summary import funnel, write_run_summary
from enrichment_pipeline_tests.lake.test_lake import rows

MAY = "2018-05-01"


def test_a_layer_that_was_not_made_is_left_out(lake: Lake) -> None:
    """No label and no artist found is another answer than not having looked."""
    names = {step.name for step in funnel(lake)}
    assert "lines" not in names
    assert "label_known" not in names
    assert {step.count for step in funnel(lake)} == {0}


def test_counts_have_shares(lake: Lake) -> None:
    read = """
        select 'a.csv' as file_name, 'h' as content_hash, 1 as size_bytes, 'csv' as format, 'utf-8' as encoding,
        'read' as status, 3 as lines, 2 as plays, 1 as rejected, [] as notes
    """
    with lake.connect([]) as con:
        lake.write(con, "source_files", read)
        lake.write_partitions(con, "raw_tracks", rows(MAY, MAY), column="set_month", partitions=[MAY])
    steps = {step.name: step for step in funnel(lake)}
    assert (steps["lines"].count, steps["lines"].of) == (3, None)
    assert (steps["plays"].count, steps["plays"].of) == (2, 3)
    assert steps["sets"].count == 1


def test_the_summary_is_one_json_file(lake: Lake) -> None:
    path = write_run_summary(
        lake,
        seconds={"ingest_files": 1.234, "publish": 2.0},
        runs={"ingest_files": "r1"},
        made_at=datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC),
    )
    summary = json.loads(path.read_text(encoding="utf-8"))
    assert summary["made_at"] == "2021-02-03T04:05:06+00:00"
    assert summary["seconds_per_stage"] == {"ingest_files": 1.23, "publish": 2.0}
    assert summary["seconds"] == 3.23
    assert summary["runs"] == {"ingest_files": "r1"}
