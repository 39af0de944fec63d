"""Writes the label tables: measured confidence, evidence, decision, what is missing.

One set operation over all buckets asked for. Each function opens its own connection, so any of them can be
run alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from enrichment_pipeline.labels.calibration import calibrate
from enrichment_pipeline.labels.decide_tables import LABEL_QUESTIONS, TRACK_LABELS, UNRESOLVED_TRACKS
from enrichment_pipeline.labels.evidence import gather_candidates, hear_witnesses
from enrichment_pipeline.labels.numbers import ask_numbers
from enrichment_pipeline.labels.outside import calibration_sql, heard_sql, lookups_sql, outside_sql
from enrichment_pipeline.labels.questions import ask_about, prepare_witnesses
from enrichment_pipeline.labels.rows import evidence_sql, prepare_rows
from enrichment_pipeline.labels.sources import OUTSIDE_EVIDENCE, OUTSIDE_LOOKUPS
from enrichment_pipeline.lake.lake import Lake

_PLAYS = ("raw_tracks", "parsed_labels", "plays", "label_rosters", "artists")


def write_calibration(lake: Lake) -> int:
    """Measure every kind of evidence on hidden labels; replaces `label_calibration`; returns its rows."""
    with lake.connect(_PLAYS) as con:
        prepare_witnesses(con)
        calibrate(con)
        return lake.write(con, "label_calibration", "select * from temp.label_calibration")


def write_evidence(lake: Lake, buckets: Sequence[str]) -> dict[str, int]:
    """Replace these buckets of `label_evidence`; returns rows per bucket."""
    views = (*_PLAYS, "internal_catalogue", "label_calibration")
    with lake.connect(views) as con:
        prepare_witnesses(con)
        hear_witnesses(con)
        ask_about(con, buckets)
        gather_candidates(con)
        ask_numbers(con)
        prepare_rows(con)
        return lake.write_partitions(
            con, "label_evidence", evidence_sql(), column="bucket", partitions=buckets
        )


def write_label_questions(lake: Lake, buckets: Sequence[str]) -> dict[str, int]:
    """Replace these buckets of `label_questions`: what outside sources are to be asked; returns rows per bucket."""
    with lake.connect(["tracks", "artists", "label_evidence"]) as con:
        _ask_buckets(con, buckets)
        con.execute(
            "create temp view heard as select * from label_evidence where bucket in (select bucket from asked_bucket)"
        )
        return lake.write_partitions(
            con, "label_questions", LABEL_QUESTIONS, column="bucket", partitions=buckets
        )


def write_source_calibration(lake: Lake) -> int:
    """Measure outside sources on tracks whose lines name the label; returns the rows of `source_calibration`."""
    with lake.connect(["label_questions", "label_evidence", "label_aliases", *OUTSIDE_EVIDENCE]) as con:
        con.execute("""
            create temp table known as select distinct track_key, label_key from label_evidence
            where source = 'title' and track_key in (select track_key from label_questions where purpose = 'calibration')
        """)
        con.execute(f"create temp table outside as {outside_sql()}")
        return lake.write(con, "source_calibration", calibration_sql("outside", "known"))


def write_track_labels(lake: Lake, buckets: Sequence[str], run_id: str | None) -> dict[str, int]:
    """Replace these buckets of `track_labels` by the decision on the evidence; returns rows per bucket."""
    views = (
        "tracks",
        "label_evidence",
        "label_aliases",
        "source_calibration",
        *OUTSIDE_EVIDENCE,
        *OUTSIDE_LOOKUPS,
    )
    with lake.connect(views) as con:
        _ask_buckets(con, buckets)
        con.execute(f"create temp table heard as {heard_sql()}")
        con.execute(
            f"create temp table lookup as select * from ({lookups_sql()}) where bucket in (select bucket from asked_bucket)"
        )
        con.execute(f"create temp table decided as {TRACK_LABELS}", {"run_id": run_id})
        return lake.write_partitions(
            con, "track_labels", "select * from decided", column="bucket", partitions=buckets
        )


def write_unresolved(lake: Lake, buckets: Sequence[str]) -> dict[str, int]:
    """Replace these buckets of `unresolved_tracks`; returns rows per bucket."""
    with lake.connect(["tracks", "track_labels"]) as con:
        _ask_buckets(con, buckets)
        return lake.write_partitions(
            con, "unresolved_tracks", UNRESOLVED_TRACKS, column="bucket", partitions=buckets
        )


def _ask_buckets(con: duckdb.DuckDBPyConnection, buckets: Sequence[str]) -> None:
    con.execute(
        "create or replace temp table asked_bucket as select unnest($buckets) as bucket",
        {"buckets": list(buckets)},
    )
