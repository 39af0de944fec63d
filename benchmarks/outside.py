"""`python -m benchmarks.outside`: what an outside source is worth to the matcher, on a SIMULATED source.

A table in the shape of MusicBrainz is made from the tracklists themselves: it knows a part of all tracks, held-out
ones included, names another label here and there, misspells a few titles, and knows namesakes by other artists.
It is asked for the held-out titles, and the model is learned and measured without it and with it. The figures say
what the matcher makes of such answers, and nothing of how much any real source knows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.inputs import read_sample, some_sets, write_inbox
from enrichment_pipeline.evaluation.harness import MODEL, WITHOUT_OUTSIDE, EvaluationResult
from enrichment_pipeline.evaluation.outside import WithAndWithout, evaluate_with_external
from enrichment_pipeline.evaluation.store import ingest_folder, split_sets_of
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.matching.external import CALIBRATION_TITLES
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.splits import BENCHMARK_FILE

EXAMPLE = Path(__file__).resolve().parents[1] / "data" / "example"
_MEMORY_LIMIT = "1500MB"
_SOURCE = "musicbrainz"
_MEASURES = ("hit@1", "hit@10", "auto_precision", "auto_coverage", "ece", "candidate_recall")


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the simulated source knows, in percent, drawn by md5 of each track.

    Attributes:
        known: tracks it has.
        other_label: of these, how many it has on another label ...
        no_label: ... or on none.
        misspelt: of these, how many lack a letter of the title.
        namesakes: titles, known or not, that it (also) has by another artist; short titles by up to five.
        silent: titles for which it is down when it is asked.
    """

    known: int = 60
    other_label: int = 15
    no_label: int = 20
    misspelt: int = 5
    namesakes: int = 30
    silent: int = 5


# A draw of 0..99 for a track, another for each purpose.
def _draw(purpose: str, key: str = "track") -> str:
    return f"(cast('0x' || substr(md5('{purpose}' || {key}), 1, 6) as integer) % 100)"


def _recordings(simulation: Simulation) -> str:
    return f"""
create or replace temp table track as
select artist_keys, title_key, version_key, array_to_string(artist_keys, '+') || '|' || title_key || '|' || version_key as track,
    arg_max(label, (label is not null, label_key, label)) as label, arg_max(label_key, (label_key is not null, label_key)) as label_key,
    len(title_key) <= 6 as is_short
from plays where artist_known and title_known group by all;
create or replace temp table act as
select row_number() over (order by artist_key) as no, count(*) over () as acts, artist_key as key, name from artists;
create or replace temp table any_label as
select row_number() over (order by label_key) as no, count(*) over () as labels, label, label_key
from (select label_key, min(label) as label from plays where label_key is not null group by 1);

create or replace temp table namesake as
with again as (
    select track, title_key, version_key, unnest(range(case when is_short then 1 + {_draw("many")} % 5 else 1 end)) as i
    from track where {_draw("namesake")} < {simulation.namesakes} * case when is_short then 2 else 1 end
), drawn as (
    select *, track || i as seed, cast('0x' || substr(md5('who' || track || i), 1, 7) as integer) as who from again
)
-- one half are artists people play, the other nobody has heard of
select d.seed as track, d.title_key, case when {_draw("as original", "seed")} < 70 then '' else version_key end as version_key,
    case when {_draw("real", "seed")} < 50 then [a.key] else ['namesake' || (who % 5000)] end as artist_keys,
    l.label, l.label_key
from drawn d join act a on a.no = 1 + d.who % a.acts
join any_label l on l.no = 1 + cast('0x' || substr(md5('where' || seed), 1, 7) as integer) % l.labels;

create or replace temp table recording as
with known as (
    select t.track, t.version_key, t.artist_keys,
        case when {_draw("misspelt")} < {simulation.misspelt} and len(t.title_key) >= 7 then t.title_key[:-2] else t.title_key end as title_key,
        case when {_draw("label")} < {simulation.other_label} then l.label
            when {_draw("label")} < {simulation.other_label + simulation.no_label} then null else t.label end as label,
        case when {_draw("label")} < {simulation.other_label} then l.label_key
            when {_draw("label")} < {simulation.other_label + simulation.no_label} then null else t.label_key end as label_key
    from track t join any_label l on l.no = 1 + cast('0x' || substr(md5('other' || track), 1, 7) as integer) % l.labels
    where {_draw("known")} < {simulation.known}
)
select md5('recording' || track) as id, title_key, version_key, artist_keys, label, label_key from known
union all by name select md5('recording' || track) as id, title_key, version_key, artist_keys, label, label_key from namesake
"""


def _answers(titles: str, simulation: Simulation) -> str:
    return f"""
create or replace temp table asked_title as
select *, {_draw("silent", "track_key")} < {simulation.silent} as is_silent from {titles};
create or replace temp table answered as
with alike as (
    select q.track_key, r.id, 1.0 as similarity from asked_title q join recording r using (title_key)
    union all
    select q.track_key, r.id, 1 - 1.0 / len(q.title_key) from asked_title q
    join recording r on r.title_key[:6] = q.title_key[:6] and abs(len(r.title_key) - len(q.title_key)) <= 1
    where len(q.title_key) >= 7 and r.title_key <> q.title_key and levenshtein(r.title_key, q.title_key) = 1
)
select q.*, r.id, r.artist_keys, r.version_key as found_version, r.label as found_label, r.title_key as found_title,
    case when q.label_key is not null and r.label_key is not null then q.label_key = r.label_key end as label_agrees, a.similarity
from alike a join asked_title q using (track_key) join recording r using (id) where not q.is_silent
-- a page of answers
qualify row_number() over (partition by q.track_key order by a.similarity desc, label_agrees desc nulls last, r.id) <= 25;
"""


_CANDIDATES = f"""
select track_key, bucket, '{_SOURCE}' as source, title_key, version_key, label_key, key as artist_key,
    coalesce(act.name, key) as artist, array_to_string(artist_keys, ' & ') as credit, found_title as matched_title, id as matched_id,
    similarity as title_similarity, found_version = version_key as version_agrees, found_label as label, label_agrees,
    null::date as release_date, null::varchar as url, '' as raw_answer_ref
from (select *, unnest(artist_keys) as key from answered) left join act using (key)
"""
_LOOKUPS = f"""
select track_key, bucket, '{_SOURCE}' as source,
    case when is_silent then 'down' when track_key in (select track_key from answered) then 'hit' else 'miss' end as outcome,
    null::int as http_status, case when is_silent then 0 else 1 end as attempts,
    case when not is_silent then timestamp '2020-01-01' end as asked_at, null::timestamp as next_ask_at,
    'simulated' as reason, []::varchar[] as raw_answer_refs, null::varchar as matched_id, []::varchar[] as isrcs
from asked_title
"""


def simulated_source(
    con: duckdb.DuckDBPyConnection, titles: str, simulation: Simulation = Simulation()
) -> tuple[pa.Table, pa.Table]:
    """Rows of external_candidates and external_lookups as the simulated source answers.

    Args:
        con: connection with the views plays and artists, and the titles.
        titles: name of a table of titles to ask for, as `matching.external.titles_to_ask` makes it.
        simulation: what the source knows.
    """
    con.execute(_recordings(simulation))
    con.execute(_answers(titles, simulation))
    return con.sql(_CANDIDATES).to_arrow_table(), con.sql(_LOOKUPS).to_arrow_table()


def report_lines(found: WithAndWithout, simulation: Simulation, splits: Sequence[str]) -> list[str]:
    """The comparison in words and a table."""
    asked = ", ".join(f"{count:,} {purpose}" for purpose, count in found.asked.items())
    numbers = found.trained.numbers
    lines = [
        "SIMULATED outside source, made from the tracklists themselves; no real source was asked.",
        f"It knows {simulation.known} % of all tracks and namesakes of {simulation.namesakes} % of the titles; the figures"
        " say what the matcher makes of such answers, nothing of what a real source knows.",
        f"Titles asked for: {asked}; {found.candidates:,} candidates. Weights are learned from"
        f" {int(numbers['masked_named_outside']):,} masked lines with an answer, thresholds from dev lines of which"
        f" {int(numbers['dev_named_outside']):,} have one.",
    ]
    head = "".join(f" {measure.replace('_', ' '):>16}" for measure in _MEASURES)
    for split in splits:
        for visibility in VISIBILITIES:
            if not visibility.title:
                continue
            name = visibility.name
            lines += ["", f"{split}, {name} shown", f"  {'':<26}{head}"]
            rows: list[tuple[str, EvaluationResult, str]] = [
                ("without", found.without, MODEL),
                ("with", found.with_outside, MODEL),
                ("the same model, not asked", found.with_outside, WITHOUT_OUTSIDE),
            ]
            for words, result, method in rows:
                cells = [result.value(split, name, method, measure) for measure in _MEASURES]
                listed = "".join(f" {'-' if cell is None else f'{cell:.3f}':>16}" for cell in cells)
                lines.append(f"  {words:<26}{listed}")
            shares = [
                found.with_outside.value(split, name, MODEL, measure) or 0
                for measure in ("outside_answered", "outside_named", "outside_named_right")
            ]
            lines.append(
                "  it answered for {:.3f} of the lines, of these it named somebody for {:.3f}, a right artist for {:.3f}".format(
                    *shares
                )
            )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Build a lake, measure, print; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.outside", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--input", type=Path, metavar="DIR", help="tracklists (default: the real sample)")
    parser.add_argument("--lines", type=int, default=60_000, help="of the sample, about so many lines")
    parser.add_argument(
        "--split", action="append", choices=("dev", "test", "heldout_2019plus"), help="default: test"
    )
    parser.add_argument(
        "--calibration",
        type=int,
        default=CALIBRATION_TITLES,
        help=f"known titles asked for to learn by (default: {CALIBRATION_TITLES:,})",
    )
    given = parser.parse_args(arguments)
    splits = tuple(given.split or ["test"])
    simulation = Simulation()
    with tempfile.TemporaryDirectory(prefix="benchmark-outside-") as folder:
        inbox: Path = given.input or EXAMPLE
        if given.input is None:
            sets, words = read_sample(data_root() / "sample")
            print(words, flush=True)
            if sets is not None:
                inbox = Path(folder) / "inbox"
                write_inbox(some_sets(sets, given.lines), inbox)
        lake = Lake(Path(folder) / "data", memory_limit=_MEMORY_LIMIT)
        built = ingest_folder(lake, inbox, today=datetime.now(UTC).date())
        print(f"{built.plays:,} lines of {inbox.name}", flush=True)
        split_sets_of(lake, BENCHMARK_FILE)
        try:
            found = evaluate_with_external(
                lake,
                lambda con, titles: simulated_source(con, titles, simulation),
                splits=splits,
                most_calibration=given.calibration,
            )
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    print(*report_lines(found, simulation, splits), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
