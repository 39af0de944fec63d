"""Writes `cooldown_queue`: the state of every track that is still wanted, from look-ups, decisions and what is new.

Set operations over the tables of a few buckets. The policy stands in `policy.py`, how new evidence is seen in
`wakes.py`, how people's wishes come in in `requests.py`. Nobody is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from enrichment_pipeline.cooldown.policy import DEFAULT, Reason, Settings, first_wait_days, reason_of
from enrichment_pipeline.cooldown.policy_sql import base_days_sql, unit_sql, wait_seconds_sql
from enrichment_pipeline.cooldown.requests import Wish, wishes_as_arrow
from enrichment_pipeline.cooldown.wakes import NEWS
from enrichment_pipeline.labels.outside import lookups_sql
from enrichment_pipeline.labels.sources import OUTSIDE_LOOKUPS
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake

READS = (
    "tracks",
    "plays",
    "unresolved_tracks",
    "label_questions",
    "title_questions",
    "track_labels",
    "resolved_artists",
    "songstats_dj_supports",
    *OUTSIDE_LOOKUPS,
    "external_lookups",
)
_ANSWERED = "('hit', 'miss', 'ambiguous')"
_MOST_HISTORY = 20

# What is wanted of whom. An artist that the matcher is sure of is not wanted any more.
_WANTED = """
create temp table wanted as
select u.track_key, u.bucket, u.label_missing, u.artist_missing and coalesce(r.band, '') <> 'auto' as artist_missing,
    u.best_label is not null as has_candidate, u.plays, u.last_played, r.band, t.title_key,
    u.label_missing and u.track_key in (select track_key from label_questions)
        or u.artist_missing and u.track_key in (select track_key from title_questions) as is_askable
from unresolved_tracks u left join resolved_artists r using (track_key) left join tracks t using (track_key)
where u.bucket in (select bucket from asked_bucket) and (u.label_missing or (u.artist_missing and coalesce(r.band, '') <> 'auto'));

-- everybody who was asked about something that is still wanted; a dump answers anew only when it is loaded anew
create temp table arm as
select *, source like '%~_dump' escape '~' as is_dump, outcome in {answered} as is_answer from (
    select l.track_key, l.source, l.outcome, l.attempts, l.asked_at, l.next_ask_at, l.reason as words, l.asked_as
    from ({label_lookups}) l join wanted w using (track_key) where w.label_missing
    union all
    select l.track_key, l.source, l.outcome, l.attempts, l.asked_at, l.next_ask_at, l.reason, -1
    from external_lookups l join wanted w using (track_key) where w.artist_missing
);

-- who is not asked any more because another found something, sure enough or not; supports are wanted all the same
create temp table passed_over as
select distinct a.track_key, a.source, a.asked_as from arm a join arm h using (track_key)
where h.outcome = 'hit' and (h.asked_as = a.asked_as or (h.asked_as between 0 and a.asked_as - 1 and a.source <> 'songstats'));

create temp table before as
select * from cooldown_queue where bucket in (select bucket from asked_bucket)
    -- a track that no line names any more is gone
    and track_key in (select track_key from tracks);

-- an answer that is not sure enough stands till the next decision: by the matcher, or over the evidence for labels
create temp table decision as
select w.track_key, coalesce(r.run_id, '') || ' ' || coalesce(l.run_id, '') as decided_by,
    case when w.artist_missing and r.track_key is not null then r.reason else l.reason end as words
from wanted w left join resolved_artists r using (track_key) left join track_labels l using (track_key)
where (w.artist_missing and r.track_key is not null)
    or (w.label_missing and (w.has_candidate or w.track_key in (select track_key from arm where outcome = 'hit')));
"""

_ANSWERS = """
create temp table said as
select w.track_key, count(a.source) as asked,
    -- who was revived starts to count anew
    max(a.attempts) filter (a.is_answer and not a.is_dump and a.asked_at >= coalesce(b.revived_at, '-infinity')) as attempts,
    min(a.asked_at) filter (a.is_answer and not a.is_dump) as first_at, max(a.asked_at) filter (a.is_answer and not a.is_dump) as last_at,
    max(a.asked_at) filter (a.is_answer and a.is_dump) as dump_at,
    coalesce(bool_or(a.outcome <> 'off' and not a.is_dump), false) as is_on, coalesce(bool_or(a.outcome = 'off'), false) as has_off,
    coalesce(bool_or(a.outcome in ('miss', 'ambiguous') and not a.is_dump and a.next_ask_at is null), false) as has_given_up,
    coalesce(bool_or(a.outcome = 'quota'), false) as has_quota,
    string_agg(a.source || ': ' || a.words, '; ' order by a.source) filter (a.is_answer) as words
from wanted w left join arm a using (track_key) left join before b using (track_key) group by all;

create temp table known as
select w.*, s.* exclude (track_key), d.decided_by, d.words as decision_words, p.unique_support as supports,
    b.track_key is null as is_new, b.seen as seen, b.state as old_state, b.reason as old_reason, b.due_at as old_due_at,
    b.since as old_since, b.waked_by as old_waked_by, b.waked_at as old_waked_at, b.revived_at as old_revived_at,
    b.history as old_history, b.first_asked_at as old_first_at, b.last_asked_at as old_last_at,
    -- what is decided anew counts as an answer where it was due; other runs decide anew all the time
    case when d.track_key is null then 0 when b.seen.decided_by is null then 1
        when d.decided_by <> b.seen.decided_by and b.due_at <= $now then b.seen.decisions + 1
        else b.seen.decisions end as decisions
from wanted w join said s using (track_key) left join decision d using (track_key) left join before b using (track_key)
left join songstats_dj_supports p using (track_key);
"""


def _schedule(settings: Settings) -> str:
    """Temp table `placed`: when each track is due and why. Needs `known` and `news`."""
    low = f"'{Reason.LOW_PROBABILITY}'"
    facts = "((not label_missing)::integer + recent_set::integer + supports_rising::integer)"
    low_wait = wait_seconds_sql(
        base_days_sql(low, "decisions", facts, settings), "track_key", "decisions", settings
    )
    first = unit_sql("track_key || '|0'")
    spread = f"to_seconds(floor({first} * $first_days * 86400)::bigint)"
    quota = f"to_seconds({int(settings.quota_hours * 3600)})"
    return f"""
create temp table decided as
select *, coalesce(last_played >= decided_at::date - {settings.recent_days}, false) as recent_set, coalesce(supports > supports_first, false) as supports_rising
from (
    select k.* replace (case when n.revived_at is null then k.decisions else 0 end as decisions), n.revived_at is not null as is_revived,
        coalesce(n.revived_at, k.old_revived_at) as revived_at, n.waked_by as new_waked_by, n.requested_at, n.named_elsewhere,
        coalesce(k.seen.supports_first, k.supports) as supports_first,
        case when k.decisions = 0 then null when k.decisions is distinct from k.seen.decisions then $now else k.seen.decided_at end as decided_at,
        not k.is_new and (coalesce(k.last_at > coalesce(k.old_last_at, '-infinity'), false)
            or coalesce(k.dump_at > coalesce(k.seen.dump_at, '-infinity'), false) or k.decisions is distinct from k.seen.decisions) as is_answered
    from known k join news n using (track_key)
);

-- every way to an answer, with its time
create temp table way as
select track_key, reasons.reason, due_at from (
    select k.track_key, a.outcome, case when a.outcome <> 'quota' then a.next_ask_at
        when k.old_reason = '{Reason.QUOTA}' and k.old_due_at > $now then k.old_due_at else $now + {quota} + {spread} end as due_at
    from decided k join arm a using (track_key) anti join passed_over p on p.track_key = a.track_key and p.source = a.source and p.asked_as = a.asked_as
    where not a.is_dump and (a.outcome = 'quota' or a.outcome not in ('hit', 'off') and a.next_ask_at is not null)
) join (values {_REASONS_OF_OUTCOMES}) as reasons(outcome, reason) using (outcome)
union all
select track_key, {low}, decided_at + to_seconds({low_wait}) from decided where {low_wait} is not null
union all
select track_key, '{Reason.NOT_ASKED}', case when old_reason = '{Reason.NOT_ASKED}' and old_due_at is not null then old_due_at else $now + {spread} end
from decided where asked = 0 and decisions = 0 and is_askable and not is_revived;

create temp table placed as
select *, case when waked_at is not null or due_at <= $now then 'due'
        when reason in ('{Reason.DOWN}', '{Reason.BLOCKED}') then 'asked'
        when due_at is null and gave_up then 'exhausted' else 'waiting' end as state
from (
    select k.*, case when new_waked_by is not null then $now when still_waked then old_waked_at end as waked_at,
        case when new_waked_by is not null then new_waked_by when still_waked then old_waked_by end as waked_by,
        case when new_waked_by is not null then $now when still_waked then old_waked_at else e.due_at end as due_at,
        coalesce(e.reason, case when decisions > 0 then {low} when has_off and not gave_up then '{Reason.OFF}' when asked = 0 then '{Reason.NOT_ASKED}' else '{Reason.NO_MATCH}' end) as reason
    from (
        -- a track that was waked stays due until somebody answers
        select *, old_waked_at is not null and not is_answered as still_waked, has_given_up or decisions > {settings.retries} as gave_up from decided
    ) k left join (select track_key, min(due_at) as due_at, arg_min(reason, (due_at, reason)) as reason from way group by 1) e using (track_key)
);
"""


_REASONS_OF_OUTCOMES = ", ".join(
    f"('{outcome}', '{reason_of(outcome)}')" for outcome in ("miss", "ambiguous", "down", "blocked", "quota")
)


def _queue(settings: Settings) -> str:
    """Query: the rows of `cooldown_queue`. Needs `placed`, `before` and `wanted`."""
    strategies = f"case reason when '{Reason.LOW_PROBABILITY}' then 'adaptive' when '{Reason.AMBIGUOUS}' then 'fixed' when '{Reason.NO_MATCH}' then '{settings.strategy}' else 'none' end"
    return f"""
select track_key, bucket, state, case when label_missing and artist_missing then 'both' when label_missing then 'label' else 'artist' end as wants,
    case when is_revived and new_waked_by is not null then 0 else greatest(coalesce(attempts, 0), decisions) end as attempts, reason, {strategies} as strategy,
    least(old_first_at, first_at, dump_at, decided_at) as first_asked_at, greatest(old_last_at, last_at, decided_at) as last_asked_at,
    due_at, waked_by, waked_at, revived_at, case when state = old_state and not is_answered then old_since else $now end as since,
    {{decided_by: decided_by, decisions: decisions, decided_at: decided_at, dump_at: dump_at, label_known: not label_missing, plays: plays, last_played: last_played,
        named_elsewhere: named_elsewhere, supports: supports, supports_first: supports_first, requested_at: requested_at}} as seen,
    list_concat(coalesce(old_history, []), list_filter([
        case when is_new then {{'at': $now, outcome: 'wanted', words: coalesce(words, decision_words, 'nobody answered yet')}} end,
        case when old_state = 'resolved' then {{'at': $now, outcome: 'wanted', words: 'what was known does not stand any more'}} end,
        case when is_answered then {{'at': greatest(last_at, decided_at, dump_at), outcome: reason, words: coalesce(words, decision_words, '')}} end,
        case when new_waked_by is not null then {{'at': $now, outcome: 'waked', words: new_waked_by}} end,
        case when state = 'exhausted' and old_state is distinct from 'exhausted' then {{'at': $now, outcome: 'exhausted', words: 'asked again {settings.retries} times'}} end
    ], lambda h: h is not null))[-{_MOST_HISTORY}:] as history, $run_id as run_id
from placed
union all by name
select * replace ('resolved' as state, null as due_at, null as waked_by, null as waked_at,
    case when state = 'resolved' then since else $now end as since, case when state = 'resolved' then run_id else $run_id end as run_id,
    case when state = 'resolved' then history else list_concat(history, [{{'at': $now, outcome: 'resolved',
        words: case wants when 'both' then 'label and artist are known' else wants || ' is known' end}}])[-{_MOST_HISTORY}:] end as history)
from before where track_key not in (select track_key from wanted)
"""


def write_cooldown_queue(
    lake: Lake,
    buckets: Sequence[str],
    *,
    now: datetime,
    run_id: str | None = None,
    settings: Settings = DEFAULT,
    dumps: Mapping[str, datetime] | None = None,
    wishes: Sequence[Wish] = (),
) -> dict[str, int]:
    """Replace these buckets of `cooldown_queue` by where each wanted track stands now.

    Args:
        lake: tables.
        buckets: to be written.
        now: the time, with zone.
        run_id: run that writes.
        settings: schedules.
        dumps: source name of each loaded dump to the dump's own date.
        wishes: what people asked for so far; those a track has taken in already are not taken in twice.

    Returns:
        Rows per bucket.
    """
    at = now.astimezone(UTC).replace(tzinfo=None)
    with lake.connect((*READS, "cooldown_queue")) as con:
        con.execute(
            "create temp table asked_bucket as select unnest($buckets) as bucket", {"buckets": list(buckets)}
        )
        con.register("dump", _dumps(dumps or {}))
        con.register("wish", wishes_as_arrow(wishes))
        con.execute(_WANTED.format(answered=_ANSWERED, label_lookups=lookups_sql()))
        _run(con, _ANSWERS, now=at)
        _run(con, NEWS, now=at)
        _run(con, _schedule(settings), now=at, first_days=_first_days(con, buckets, settings))
        con.execute(f"create temp table written as {_queue(settings)}", {"now": at, "run_id": run_id})
        return lake.write_partitions(
            con, "cooldown_queue", "select * from written", column="bucket", partitions=buckets
        )


def _run(con: duckdb.DuckDBPyConnection, sql: str, **values: Any) -> None:
    """Run statements one by one: each may use only the values it names."""
    for statement in duckdb.extract_statements(sql):
        named = {name: values[name] for name in statement.named_parameters}
        con.execute(statement, named)


def _first_days(con: duckdb.DuckDBPyConnection, buckets: Sequence[str], settings: Settings) -> int:
    """Over how many days what was never asked is spread; buckets are drawn by hash, so some tell of all."""
    new = con.execute(
        "select count(*) from known where has_quota and attempts is null or asked = 0 and decisions = 0 and is_askable"
    ).fetchall()[0][0]
    return first_wait_days(new * len(BUCKET_KEYS) // max(len(set(buckets)), 1), settings)


def _dumps(dumps: Mapping[str, datetime]) -> pa.Table:
    rows = [
        {"source": source, "dumped_at": at.astimezone(UTC).replace(tzinfo=None)}
        for source, at in dumps.items()
    ]
    return pa.Table.from_pylist(
        rows, schema=pa.schema({"source": pa.string(), "dumped_at": pa.timestamp("us")})
    )
