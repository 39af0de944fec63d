"""`python -m benchmarks.sources`: what outside sources bring to hidden labels, on a SIMULATED web.

The labels of held-out sets are hidden. What training sets answer is the internal figure; what they do not answer
is asked of the simulated web of the tests, whose catalogue is made of all the tracklists with gaps and traps of its
own (`enrichment_pipeline_tests/sources/web`). The figures say how well the machinery asks and chooses, and nothing
of what the real sources know.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import duckdb
import pyarrow as pa

from enrichment_pipeline.labels.build import write_source_calibration, write_track_labels
from enrichment_pipeline.labels.evaluation import internal_answers, register_splits
from enrichment_pipeline.labels.sources import OUTSIDE
from enrichment_pipeline.lake.buckets import BUCKET_KEYS, bucket_sql
from enrichment_pipeline.lake.inbox import inbox_folder
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.sources.asking import AskReport, ask
from enrichment_pipeline.sources.label_hunt import hunt
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline_tests.sources.demo import simulated_environment
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedWeb

_VIEWS = ("plays", "set_splits", "label_aliases", "tracks", "artists")
# One in twenty tracks is asked although it is known, as in use: how sure an answer is is measured on these.
_KNOWN_SHARE = 0.05

# A track of hidden lines is what its artist, title and version say; lines of the sets drawn, no others.
_QUESTIONS = f"""
create or replace temp table drawn as
select h.*, p.artist, p.title, p.version, md5(p.artist_keys[1] || '|' || p.title_key || '|' || p.version_key) as asked_key
from hidden_line h join plays p using (play_id)
where h.set_key in (select set_key from (select distinct set_key from hidden_line where split = $split) order by md5(set_key) limit $sets);
create or replace temp table asked_line as
select d.* from drawn d anti join {{answers}} a using (play_id) where d.is_asked;
create or replace temp table asked_track as
select asked_key as track_key, {bucket_sql("asked_key")} as bucket, any_value(artist) as artist, any_value(artist_keys) as artist_keys,
    any_value(title) as title, any_value(title_key) as title_key, any_value(version) as version, any_value(version_key) as version_key,
    any_value(truth) as truth, count(*) as plays
from asked_line group by all;
"""
_LABEL_QUESTIONS = f"""
with named as (
    select track_key, list(coalesce(a.name, artist_key) order by i) as artists
    from (select track_key, unnest(artist_keys) as artist_key, generate_subscripts(artist_keys, 1) as i from asked_track)
    left join artists a using (artist_key) group by 1
)
select t.track_key, bucket, if(row_number() over (order by md5('known' || t.track_key)) <= {_KNOWN_SHARE} * count(*) over (), 'calibration', 'label') as purpose,
    artist, artists, artist_keys, title, title_key, version, version_key, plays
from asked_track t join named using (track_key)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="data folder with a finished `enrich run`")
    parser.add_argument(
        "--sets", type=int, default=60, help="held-out sets to draw of each split (default 60)"
    )
    asked = parser.parse_args(arguments)
    lake = Lake(asked.data or data_root(), memory_limit="1500MB")
    if not lake.files("set_splits"):
        print(f"{lake.root} holds no finished run: `enrich run` first", file=sys.stderr)
        return 2
    print("SIMULATED outside sources; catalogue made of the same tracklists.")
    began = time.monotonic()
    catalogue = Catalogue.from_tracklists(inbox_folder(lake.root, {}))
    print(f"catalogue of {len(catalogue.recordings):,} recordings made in {time.monotonic() - began:.0f} s\n")
    with SimulatedWeb(catalogue).running() as web:
        for split in ("test", "heldout_2019plus"):
            for line in _measured(lake, web, split, asked.sets):
                print(line)
    return 0


def _measured(lake: Lake, web: SimulatedWeb, split: str, sets: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, lake.connect(_VIEWS) as con:
        scratch = Lake(Path(folder))
        _draw(con, split, sets)
        _write_questions(con, scratch)
        before, began = len(web.requests), time.monotonic()
        reports = _ask(scratch, web)
        seconds = time.monotonic() - began
        write_source_calibration(scratch)
        write_track_labels(scratch, BUCKET_KEYS, None)
        _take_answers(con, scratch)
        tracks = con.execute("select count(*) from asked_track").fetchall()[0][0]
        requests = len(web.requests) - before
        return [
            f"## {split}: {tracks:,} tracks asked, {requests:,} requests in {seconds:.0f} s,"
            f" {requests / max(tracks, 1):.2f} a track over all sources",
            *_source_lines(con, scratch, reports),
            *_score_lines(con),
            "",
        ]


def _draw(con: duckdb.DuckDBPyConnection, split: str, sets: int) -> None:
    splits = dict(con.execute("select set_key, split from set_splits").fetchall())
    register_splits(con, splits)
    answers = internal_answers(con, splits=[split])
    con.execute(f"create or replace temp table internal_answer as select * from {answers}")
    for statement in _QUESTIONS.format(answers="internal_answer").split(";\n"):
        if statement.strip():
            needs = {"split": split, "sets": sets} if "$split" in statement else {}
            con.execute(statement, needs)


def _write_questions(con: duckdb.DuckDBPyConnection, scratch: Lake) -> None:
    scratch.write_partitions(
        con, "label_questions", _LABEL_QUESTIONS, column="bucket", partitions=BUCKET_KEYS
    )
    nothing = "false as label_in_text, false as is_mashup, 'track' as kind, 1 as sets, 1 as djs, null::date as first_played, null::date as last_played"
    known = "true as artist_known, true as title_known, null::varchar as shown_label"
    scratch.write(con, "tracks", f"select *, {nothing}, {known} from asked_track")
    # what the lines themselves say, of the tracks to measure by
    said = f"""
        select t.track_key, t.bucket, t.truth as label_key, t.truth as label, 'title' as source, '1 title' as tier, 'own bracket' as found_by,
            1.0 as confidence, 'hidden' as reason, {", ".join(f"null as {c}" for c in _NOT_SAID)}
        from asked_track t where track_key in (select track_key from ({_LABEL_QUESTIONS}) where purpose = 'calibration')
    """
    scratch.write_partitions(con, "label_evidence", said, column="bucket", partitions=BUCKET_KEYS)


_NOT_SAID = (
    "component_no", "plays_for", "plays_total", "artist_similarity", "title_similarity", "version_similarity", "release_kind",
    "release_date", "is_distributor", "earliest_set", "url", "asked_at", "raw_answer_ref", "label_confidence",
)  # fmt: skip


def _ask(scratch: Lake, web: SimulatedWeb) -> list[AskReport]:
    settings = simulated_environment(web, per_second=1000.0)
    budgets = {
        f"{name.removesuffix('_PER_SECOND')}_BUDGET": "1000000"
        for name in settings
        if name.endswith("_PER_SECOND")
    }
    surroundings = Surroundings(
        scratch.root, {**settings, **budgets, "ENRICHMENT_SONGSTATS_OBJECTS": "1000000"}
    )
    reports = []
    for table in OUTSIDE:
        way, sources = hunt(table.evidence, scratch, surroundings)
        with ExitStack() as stack:
            for source in sources:
                stack.enter_context(closing(source))
            reports.append(ask(scratch, way, sources, BUCKET_KEYS, surroundings))
    return reports


def _take_answers(con: duckdb.DuckDBPyConnection, scratch: Lake) -> None:
    tables = ["track_labels", "label_questions", *(t.evidence for t in OUTSIDE)]
    with scratch.connect(tables) as inner:
        # those the measuring knows would answer themselves
        decided = inner.sql(
            "select track_key, l.label_key, l.tier, l.source from track_labels l join label_questions q using (track_key)"
            " where status in ('accepted', 'self-released') and purpose = 'label'"
        ).to_arrow_table()
        first = inner.sql(
            " union all ".join(
                f"(select track_key, source, arg_max(label_key, confidence) as label_key from {t.evidence} group by all)"
                for t in OUTSIDE
            )
        ).to_arrow_table()
    _keep(con, "outside_answer", decided)
    _keep(con, "source_answer", first)


def _keep(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.register("rows_of_scratch", rows)
    con.execute(f"create or replace temp table {name} as select * from rows_of_scratch")
    con.unregister("rows_of_scratch")


_RIGHT = """coalesce(x.act_key, a.label_key) = coalesce(y.act_key, {truth})"""
_JUDGED = (
    "left join judged_label x on x.alias_key = a.label_key left join judged_label y on y.alias_key = {truth}"
)


def _source_lines(con: duckdb.DuckDBPyConnection, scratch: Lake, reports: Sequence[AskReport]) -> list[str]:
    right = dict(
        con.execute(
            f"select source, count_if({_RIGHT.format(truth='t.truth')}) / count(*) from source_answer a join asked_track t using (track_key)"
            f" {_JUDGED.format(truth='t.truth')} group by 1"
        ).fetchall()
    )
    lines = [
        "| source | asked | found | requests | requests a track | its surest label is the hidden one |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for report in reports:
        for source, outcomes in report.totals().items():
            asked = sum(n for outcome, n in outcomes.items() if outcome != "off")
            if not asked:
                continue
            requests = report.requests[source]
            share = f"{right[source]:.3f}" if source in right else "-"
            lines.append(
                f"| {source} | {asked:,} | {outcomes['hit']:,} | {requests:,} | {requests / asked:.3f} | {share} |"
            )
    return lines


def _score_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    lines = ["", "| answers | coverage of hidden labels | accuracy |", "|---|---:|---:|"]
    with_outside = "select play_id, label_key from internal_answer union all select play_id, o.label_key from asked_line l join outside_answer o on o.track_key = l.asked_key"
    for name, answers in (
        ("text and catalogue alone", "select * from internal_answer"),
        ("with simulated outside sources", with_outside),
    ):
        coverage, accuracy = con.execute(
            f"select count(a.label_key) / count(*), count_if({_RIGHT.format(truth='d.truth')}) / greatest(count(a.label_key), 1)"
            f" from drawn d left join ({answers}) a using (play_id) {_JUDGED.format(truth='d.truth')}"
        ).fetchall()[0]
        lines.append(f"| {name} | {coverage:.3f} | {accuracy:.3f} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
