"""Evidence rows: what `questions.py` and `evidence.py` gathered, as rows of `label_evidence` in words.

SQL over temp tables and the view `label_calibration`; sureness is looked up, never chosen here.
"""

from __future__ import annotations

import duckdb

from enrichment_pipeline.catalogue.keys import make_key_table
from enrichment_pipeline.labels import calibration
from enrichment_pipeline.labels.calibration import DOUBTFUL_BELOW, scored_sql
from enrichment_pipeline.labels.decision import CATALOGUE_TIER, TITLE_TIER
from enrichment_pipeline.labels.levels import BASE, EXACT, HABIT, SET
from enrichment_pipeline.naming import keys

# Labels kept per track beside those that name the track itself: an artist can have been on fifty.
_KEPT_PER_TRACK = 8

_EMPTY = (
    "null::integer as component_no, null::varchar as release_kind, null::date as release_date, null::boolean as is_distributor,"
    " null::varchar as url, null::timestamp as asked_at, null::varchar as raw_answer_ref"
)

# What the plays' own texts say, added up over the plays of the track.
_TITLE = f"""
with said as (
    select t.track_key, t.bucket, t.label_key, any_value(t.label) as label, count(*) as plays_for,
        count(distinct t.set_group) as sets, min(t.set_date) as earliest_set, max(t.label_confidence) as surest
    from label_text t where t.bucket in (select bucket from asked_bucket) group by all
), track_plays as (select track_key, count(*) as plays from plays group by 1),
said_of as (
    select s.*, p.plays as plays_total, sum(s.sets) over (partition by track_key) as sets_total
    from said s join track_plays p using (track_key)
), level as (
    select *, case
        when sets_total = 1 and surest < {DOUBTFUL_BELOW} then '{calibration.DOUBTFUL}'
        when sets_total = 1 then '{calibration.ONE_SET}'
        when sets = sets_total and sets = 2 then '{calibration.TWO_SETS}'
        when sets = sets_total then '{calibration.MORE_SETS}'
        when sets >= 0.6 * sets_total then '{calibration.MOST_SETS}'
        else '{calibration.SETS_DISAGREE}' end as support
    from said_of
)
select l.track_key, l.bucket, l.label_key, l.label, 'title' as source, '{TITLE_TIER}' as tier, 'own bracket' as found_by,
    l.plays_for, l.plays_total, 1.0 as artist_similarity, 1.0 as title_similarity, 1.0 as version_similarity,
    l.earliest_set, c.confidence, c.confidence as label_confidence,
    case when l.plays_total = 1 then 'its text names it' else l.plays_for || ' of ' || l.plays_total || ' plays name it' end as reason,
    {_EMPTY}
from level l join label_calibration c on c.kind = '{calibration.TITLE}' and c.support = l.support
"""

_BRACKET = f"""
select b.track_key, any_value(b.bucket) as bucket, b.label_key, any_value(b.label) as label, 'title bracket' as source,
    '{TITLE_TIER}' as tier, 'words of a known label' as found_by, count(*) as plays_for,
    any_value(p.plays) as plays_total, 1.0 as artist_similarity, 1.0 as title_similarity, 1.0 as version_similarity,
    min(b.set_date) as earliest_set, any_value(c.confidence) as confidence, any_value(c.confidence) as label_confidence,
    'closes the line and is a label elsewhere: ' || any_value(b.written) as reason, {_EMPTY}
from bracket_label b join (select track_key, count(*) as plays from plays group by 1) p using (track_key)
join label_calibration c on c.kind = '{calibration.BRACKET}'
where b.bucket in (select bucket from asked_bucket)
group by b.track_key, b.label_key
"""

_NUMBER = f"""
select n.track_key, any_value(n.bucket) as bucket, n.label_key, any_value(r.label) as label, 'catalogue number' as source,
    '{CATALOGUE_TIER}' as tier, any_value(n.found_by) as found_by, max(n.plays_for)::bigint as plays_for,
    max(n.plays_total)::bigint as plays_total, null::double as artist_similarity, null::double as title_similarity,
    null::double as version_similarity, null::date as earliest_set, max(c.confidence) as confidence,
    max(c.confidence) as label_confidence, any_value(n.reason) as reason, {_EMPTY}
from number_label n join label_rosters r using (label_key)
join label_calibration c on c.kind = '{calibration.NUMBER}' and c.support = n.support
group by n.track_key, n.label_key
"""

_SCORED = f"""
create or replace temp table scored_candidate as
with scored as (
    select k.* exclude (confidence), k.confidence as label_confidence, q.track_key, q.bucket
    from ({scored_sql()}) k join (select distinct track_key, bucket from unsaid) q on q.track_key = k.question_id
)
select s.*, r.label, r.first_played as earliest_set
from scored s join label_rosters r using (label_key)
qualify row_number() over (partition by track_key order by label_confidence desc, label_key) <= {_KEPT_PER_TRACK}
    or exact_sets is not null or base_sets is not null
"""


def _candidate_rows(
    source: str,
    kind: str,
    column: str,
    condition: str,
    plays: tuple[str, str],
    found_by: str,
    similar: str,
    reason: str,
) -> str:
    return f"""
select s.track_key, s.bucket, s.label_key, s.label, '{source}' as source, '{CATALOGUE_TIER}' as tier, {found_by} as found_by,
    {plays[0]}::bigint as plays_for, {plays[1]}::bigint as plays_total, {similar},
    null::date as earliest_set, c.confidence, s.label_confidence, {reason} as reason, {_EMPTY}
from scored_candidate s join label_calibration c on c.kind = '{kind}' and c.support = s.{column}
where {condition}
"""


def _similar(artist: str, title: str, version: str) -> str:
    return (
        f"{artist}::double as artist_similarity, {title}::double as title_similarity,"
        f" {version}::double as version_similarity"
    )


_FROM_CANDIDATES = (
    _candidate_rows(
        EXACT.name,
        EXACT.name,
        EXACT.column,
        "exact_sets is not null",
        ("exact_plays", "exact_plays_total"),
        "if(exact_first, 'exact', 'another artist of the credit')",
        _similar("if(exact_first, 1.0, null)", "1.0", "1.0"),
        "exact_plays || ' of ' || exact_plays_total || ' plays of it elsewhere name it'",
    ),
    _candidate_rows(
        BASE.name,
        BASE.name,
        BASE.column,
        "base_sets is not null",
        ("base_plays", "base_plays_total"),
        "'base title'",
        _similar("1.0", "1.0", "0.0"),
        "base_plays || ' of ' || base_plays_total || ' plays of other versions name it'",
    ),
    _candidate_rows(
        HABIT.name,
        HABIT.name,
        HABIT.column,
        "habit_share is not null",
        ("habit_plays", "habit_total"),
        "'artist'",
        _similar("1.0", "null", "null"),
        "habit_plays || ' of ' || habit_total || ' plays of the artist are on it, about that time '"
        " || round(100 * habit_share)::integer || ' %'",
    ),
    _candidate_rows(
        SET.name,
        SET.name,
        SET.column,
        "set_lines > 0",
        ("set_lines", "set_total"),
        "'same set'",
        _similar("null", "null", "null"),
        "set_lines || ' of ' || set_total || ' labelled lines of its sets are on it'",
    ),
)

# A component's credit is compared whole and by its first artist; its version only by the remixers named.
_COMPONENTS = """
create or replace temp table component as
with listed as (
    select p.track_key, p.bucket, unnest(l.components) as c, generate_subscripts(l.components, 1) - 1 as component_no
    from plays p join parsed_labels l using (play_id)
    where p.bucket in (select bucket from asked_bucket) and len(l.components) >= 2
)
select distinct on (track_key, component_no) track_key, bucket, component_no::integer as component_no, c.artist as artist,
    c.title as title, coalesce(c.version, '') as version, coalesce(c.remixers, []) as remixers, c.label as own_label
from listed order by track_key, component_no, own_label nulls last, title;
"""

_COMPONENT_ANSWERS = """
create or replace temp table component_label as
with named as (
    select c.*, a.key as artist_key, t.key as title_key, coalesce(v.key, '') as version_key
    from component c left join component_artists a on a.text = c.artist left join component_titles t on t.text = c.title
    left join component_versions v on v.text = c.version || '|' || array_to_string(c.remixers, '|')
), answer as (
    select n.track_key, n.bucket, n.component_no, k.label as found, w.version_key = n.version_key as same_version
    from named n
    join internal_catalogue w on w.title_key = n.title_key
        and (w.artist_keys[1] = n.artist_key or array_to_string(w.artist_keys, '') = n.artist_key)
    cross join unnest(w.labels) as k(label)
), counted as (
    select track_key, bucket, component_no, found.label_key as label_key, sum(found.plays)::bigint as plays_for,
        sum(found.sets)::bigint as sets, bool_or(same_version) as same_version
    from answer group by all
), of_all as (
    select *, sum(plays_for) over part as plays_total, sum(sets) over part as sets_total
    from counted window part as (partition by track_key, component_no)
)
select * from of_all;
"""

_MASHUP = f"""
with own as (
    select c.track_key, c.bucket, c.component_no, l.key as label_key, c.own_label as label
    from component c join component_labels l on l.text = c.own_label
)
select o.track_key, o.bucket, o.label_key, coalesce(r.label, o.label) as label, 'mashup component' as source,
    '{TITLE_TIER}' as tier, 'own bracket' as found_by, 1::bigint as plays_for, 1::bigint as plays_total,
    1.0 as artist_similarity, 1.0 as title_similarity, 1.0 as version_similarity, null::date as earliest_set,
    c.confidence, c.confidence as label_confidence, 'the text names it for this part' as reason, {_EMPTY.replace("null::integer as component_no", "o.component_no")}
from own o left join label_rosters r using (label_key)
join label_calibration c on c.kind = '{calibration.TITLE}' and c.support = '{calibration.ONE_SET}'
union all by name
select a.track_key, a.bucket, a.label_key, r.label, 'mashup component' as source,
    '{CATALOGUE_TIER}' as tier, if(a.same_version, 'exact', 'base title') as found_by, a.plays_for, a.plays_total::bigint as plays_total,
    1.0 as artist_similarity, 1.0 as title_similarity, if(a.same_version, 1.0, 0.0) as version_similarity, null::date as earliest_set,
    c.confidence, c.confidence as label_confidence,
    a.plays_for || ' of ' || a.plays_total || ' plays of this part name it' as reason, {_EMPTY.replace("null::integer as component_no", "a.component_no")}
from component_label a join label_rosters r using (label_key)
left join own o on o.track_key = a.track_key and o.component_no = a.component_no and o.label_key = a.label_key
join label_calibration c on c.kind = if(a.same_version, '{EXACT.name}', '{BASE.name}') and c.support = case
    when a.same_version then case when a.sets < 0.6 * a.sets_total then 'sets disagree' when a.sets < a.sets_total then 'most sets'
        when a.sets >= 3 then 'three sets and more, all agree' when a.sets = 2 then 'two sets agree' else 'one set, years apart' end
    else case when a.sets < a.sets_total then 'other versions disagree' when a.sets >= 2 then 'another version in two sets'
        else 'another version in one set' end end
where o.label_key is null
"""


def prepare_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temp tables the evidence query reads. Needs `ask_about` and `gather_candidates` to have run."""
    con.execute(_SCORED)
    con.execute(_COMPONENTS)
    make_key_table(con, "component_artists", "select artist from component", keys.artist_key)
    make_key_table(con, "component_titles", "select title from component", keys.title_key)
    make_key_table(con, "component_labels", "select own_label from component", keys.label_key)
    make_key_table(
        con,
        "component_versions",
        "select version || '|' || array_to_string(remixers, '|') from component",
        _component_version_key,
    )
    con.execute(_COMPONENT_ANSWERS)


def _component_version_key(text: str) -> str:
    version, *remixers = text.split("|")
    if any(remixers):
        return keys.version_key(["remix"], version, remixers)
    return keys.version_key(["other"], version, []) if version else ""


def evidence_sql() -> str:
    """All rows of evidence that the text and the catalogue give."""
    parts = [_TITLE, _BRACKET, _NUMBER, *_FROM_CANDIDATES, _MASHUP]
    return " union all by name ".join(f"(from ({part}))" for part in parts)
