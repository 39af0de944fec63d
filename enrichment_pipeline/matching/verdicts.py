"""People outrank the matcher: verdicts in place of its answers, no rejected answer again, none that was taken back.

Works on the matcher's answers as they are made; who decided what stands in `enrichment_pipeline.ledger`, and which
band an answer reaches by itself in `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from enrichment_pipeline.ledger.entries import Entry, auto_answer

# Without the rejected one the others share what is left in their own proportions. What credits share stays out: it
# was reckoned with the rejected name among them.
_OPEN = """
create or replace temp table open_candidate as
with without as (
    select c.*, r.track_key is not null as is_rejected, bool_or(r.track_key is not null) over track as has_rejected,
        1 - coalesce(sum(c.own_probability) filter (r.track_key is not null) over track, 0) as left_over,
        c.p_none + coalesce(sum(c.own_probability) filter (r.track_key is null) over track, 0) as listed
    from {candidates} c left join answer_rejected r using (track_key, artist_key)
    window track as (partition by c.track_key)
)
select * exclude (is_rejected, has_rejected, left_over, listed) from without where not has_rejected
union all by name
select * exclude (is_rejected, has_rejected, left_over, listed) replace (
    row_number() over (partition by track_key order by own_probability desc, rank)::int as rank,
    own_probability / greatest(left_over, listed, 1e-12) as own_probability,
    own_probability / greatest(left_over, listed, 1e-12) as probability,
    p_none / greatest(left_over, listed, 1e-12) as p_none
) from without where has_rejected and not is_rejected
"""

_DECIDED = """
create or replace temp table decided_answer as
with rejected as (
    select track_key, string_agg(artist, ', ' order by artist_key) || ' rejected by ' || string_agg(distinct who, ', ' order by who)
        || ' (' || string_agg(distinct run_id, ', ' order by run_id) || ')' as words
    from answer_rejected group by 1
), named as (
    select n.*, t.bucket, if(t.artist_verdict = n.entry_id, t.artist_keys, n.artist_keys) as keys
    from verdict_named n join tracks t using (track_key)
    where t.bucket in (select unnest($buckets)) and (t.artist_verdict is not null or not t.artist_known)
), answer as (
    select r.*, x.words as rejected_words, b.run_id as taken_back_by, n.run_id as noted_by,
        case when r.band = 'auto' and (x.words is not null or b.run_id is not null) then 'review' else r.band end as final_band
    from resolved r left join rejected x using (track_key)
    left join answer_taken_back b using (track_key, artist_key, model_hash)
    left join answer_noted n using (track_key, artist_key, model_hash)
    where r.track_key not in (select track_key from named)
)
select track_key, bucket, artist_key, artist, probability, p_none, final_band as band,
    if(final_band = 'auto', 1, null) as generation,
    if(final_band = 'auto', coalesce(noted_by, $noting_run), null) as decided_run,
    visibility, top_candidates, evidence,
    case when band = 'auto' and taken_back_by is not null
            then 'sure enough to write down, but the same answer of this model was taken back (' || taken_back_by || '): a person decides'
        when band = 'auto' and final_band = 'review' then 'sure enough to write down, but a person decides here: ' || rejected_words
        when rejected_words is not null then reason || '; ' || rejected_words
        else reason end as reason,
    model_hash, run_id
from answer
union all by name
select track_key, bucket, keys[1] as artist_key, artist, null as probability, null as p_none, 'verdict' as band, 0 as generation,
    run_id as decided_run, 'not asked' as visibility, [] as top_candidates, [] as evidence,
    'decided by ' || who || ' on ' || strftime(decided_at, '%Y-%m-%d') || coalesce(': ' || note, '') as reason,
    null as model_hash, $run_id as run_id
from named
"""

# Answers that no run has written down yet.
_NEW = """
select a.track_key, a.artist_key, a.artist, a.probability, a.model_hash, l.line
from decided_answer a left join (
    select p.track_key, min(r.raw_text) as line from plays p join raw_tracks r using (play_id)
    where p.track_key in (select track_key from decided_answer where band = 'auto') group by 1
) l using (track_key)
where a.band = 'auto' and not exists (
    from answer_noted n where n.track_key = a.track_key and n.artist_key = a.artist_key and n.model_hash = a.model_hash
) order by a.track_key
"""


def leave_out_rejected(con: duckdb.DuckDBPyConnection, candidates: str) -> str:
    """Make temp table `open_candidate`: the candidates nobody rejected, with what that leaves them; its name.

    Args:
        con: connection with the tables of `ledger.rule.make_tables`.
        candidates: relation with columns as artist_candidates in `lake/tables.py`.
    """
    con.execute(_OPEN.format(candidates=candidates))
    return "open_candidate"


def put_verdicts_first(
    con: duckdb.DuckDBPyConnection, buckets: Sequence[str], *, run_id: str | None, notes: bool
) -> str:
    """Make temp table `decided_answer`, columns as resolved_artists in `lake/tables.py`; its name.

    A track with a verdict has that and no answer of the matcher. Where an answer was rejected, or the same one of the
    same model taken back, nothing is written down by itself any more: it goes to review.

    Args:
        con: connection with `resolved`, the view tracks, and the tables of `ledger.rule.make_tables`.
        buckets: buckets that are answered.
        run_id: run that answers.
        notes: whether this run notes new answers in the ledger, and so is the one that decides them.
    """
    values = {"buckets": list(buckets), "run_id": run_id, "noting_run": run_id if notes else None}
    con.execute(_DECIDED, values)
    return "decided_answer"


def new_auto_answers(con: duckdb.DuckDBPyConnection, *, run_id: str, now: datetime) -> list[Entry]:
    """Entries for what `decided_answer` writes down and the ledger does not have yet.

    Args:
        con: connection with `decided_answer` and the views plays and raw_tracks.
        run_id: run that answers.
        now: the time, with zone.
    """
    return [
        auto_answer(
            track,
            key,
            artist,
            probability=probability,
            model_hash=model_hash,
            run_id=run_id,
            now=now,
            line=line,
        )
        for track, key, artist, probability, model_hash, line in con.execute(_NEW).fetchall()
    ]
