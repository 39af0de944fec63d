"""What outside sources say of who made a title, as evidence of the matcher; and which titles are worth asking for.

Reads the tables external_candidates and external_lookups; who fills them and how is not known here. What is
said counts as it was asked: with the question's label where the question shows it, without any where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from enrichment_pipeline.catalogue.keys import make_key_table
from enrichment_pipeline.lake.buckets import bucket_sql
from enrichment_pipeline.naming import keys

# An auto threshold needs some 150 sure and right answers of dev lines, and a source knows perhaps half of what it is
# asked; at a request a second this many titles take 25 minutes once.
CALIBRATION_TITLES = 1_500
# Names sources write where they name nobody.
_NOBODY = ("various", "variousartists", "va", "unknown", "unknownartist", "id")


def title_track_key_sql(title: str, version: str, label: str) -> str:
    """SQL of the key of a track of this title, version and label whose artist nobody names, as in `plays`.

    Args:
        title: SQL of the title's key.
        version: SQL of the version's key.
        label: SQL of the label's key; may be null.
    """
    return f"md5('title|' || {title} || '|' || {version} || '|' || coalesce({label}, ''))"


_HEARD = f"""
create or replace temp table external_key as
select distinct title_key, coalesce(version_key, '') as version_key, label_key,
    {title_track_key_sql("title_key", "coalesce(version_key, '')", "label_key")} as labelled,
    {title_track_key_sql("title_key", "coalesce(version_key, '')", "null")} as unlabelled
from asked where title_key is not null;

-- a source that is off, down or out of quota has said nothing
create or replace temp table external_answered as
with said as (
    select track_key from external_lookups where outcome in ('hit', 'miss', 'ambiguous')
    union select track_key from external_candidates
)
select track_key from said
semi join (select labelled as track_key from external_key union select unlabelled from external_key) using (track_key);

-- the dump and the interface of one source are one witness
create or replace temp table external_row as
select x.track_key, coalesce(a.act_key, x.artist_key) as key, x.artist, regexp_extract(x.source, '^[a-z]+') as source,
    x.credit, x.title_similarity, x.version_agrees, x.label, x.label_agrees
from external_candidates x semi join external_answered using (track_key)
left join artist_aliases a on a.alias_key = x.artist_key
where x.artist_key not in {_NOBODY} and x.artist_key <> '';
"""

# How well what a source names fits the question, from 7 down; 0 is "does not name the candidate".
_FIT = """case
    when s.title_similarity = 1 and s.version_agrees then case when s.label_agrees then 7 when s.label_agrees is null then 6 else 5 end
    when s.title_similarity = 1 then case when s.label_agrees then 4 else 2 end
    when s.version_agrees and s.label_agrees then 3 else 1 end"""

_GATHERED = f"""
create or replace temp table external_question as
with shown as (
    select q.question_no, q.label_key, k.labelled, k.unlabelled
    from asked_question q join external_key k on k.title_key = q.title_key and k.version_key = q.version_key
        and k.label_key is not distinct from q.label_key
), answered as (select track_key from external_answered)
select question_no, true as shows_label, label_key, case when labelled in (from answered) then labelled else unlabelled end as track_key
from shown where labelled in (from answered) or unlabelled in (from answered)
union all
select question_no, false, null, unlabelled from shown where unlabelled in (from answered);

create or replace temp table external_said as
with seen as (
    select q.question_no, q.shows_label, n.no as artist_no, x.source, x.credit, x.title_similarity, x.version_agrees,
        case when q.shows_label then coalesce(x.label_agrees, l.key = q.label_key) end as label_agrees
    from external_question q join external_row x using (track_key) join artist_no n using (key)
    left join external_label_names l on l.text = x.label
)
-- a credit of two artists is one answer, not two that contradict each other
select s.question_no, s.shows_label, s.artist_no, s.source, s.credit, {_FIT} as fit,
    min(s.artist_no) over (partition by s.question_no, s.shows_label, s.credit) as answer
from seen s;

create or replace temp table external_best as
select question_no, shows_label, artist_no, max(fit) as fit from external_said group by all;
create or replace temp table by_external as
select b.question_no, b.shows_label, b.artist_no, b.fit::int as external_fit,
    count(distinct s.answer)::int as external_rivals,
    (count(distinct s.source) filter (s.artist_no = b.artist_no))::int as external_sources
from external_best b join external_said s on s.question_no = b.question_no and s.shows_label = b.shows_label and s.fit >= b.fit
group by all;
create or replace temp table external_credit as
with named as (
    select distinct s.question_no, s.shows_label, s.artist_no, s.credit
    from external_said s join external_best b using (question_no, shows_label, artist_no, fit)
), credits as (select question_no, shows_label, artist_no, count(*) as credits from named group by all)
select a.question_no, a.shows_label, a.artist_no, b.artist_no as with_no, count(*) / any_value(c.credits) as share
from named a join credits c using (question_no, shows_label, artist_no)
join named b on b.question_no = a.question_no and b.shows_label = a.shows_label and b.credit = a.credit and b.artist_no <> a.artist_no
group by all;
create or replace temp table external_total as
select q.question_no, q.shows_label, coalesce(max(b.fit), 0)::int as external_best
from external_question q left join external_best b using (question_no, shows_label) group by all;
"""


def hear(con: duckdb.DuckDBPyConnection) -> None:
    """Make `external_key`, `external_answered`, `external_row` and `external_label_names` for the tracks in `asked`.

    Args:
        con: connection with `asked`, `artist_aliases` and the views external_candidates and external_lookups.
    """
    con.execute(_HEARD)
    make_key_table(con, "external_label_names", "select label from external_row", keys.label_key)


def gather_external(con: duckdb.DuckDBPyConnection) -> None:
    """Make `by_external`, `external_credit` and `external_total`, for what is said with the label shown and without.

    `by_external` has per question and named artist `external_fit` (7 title, version and label; 6 title and version,
    label unknown; 5 the same on another label; 4 another version on the label; 3 similar title, same version and
    label; 2 another version; 1 similar title), `external_rivals` (different answers that fit as well or better, its
    own included) and `external_sources` (independent sources that name it so). `external_credit` has the share of the credits naming an artist that also name
    another. `external_total` has a row for each
    question that some source answered, with the best fit of anybody, 0 where nobody is named.

    Args:
        con: connection with the tables of `hear`, and with questions and artists numbered.
    """
    con.execute(_GATHERED)


def outside_kind(visibility: str) -> str:
    """What a kind of question is called where outside sources name somebody: it has thresholds of its own."""
    return f"{visibility}+outside"


def named_outside_sql(*, shows_label: bool) -> str:
    """Query of the question_no for whose title outside sources name anybody.

    Args:
        shows_label: asked with the label, where it is shown and was asked so.
    """
    return f"select question_no from external_total where external_best > 0 and shows_label = {shows_label}"


# Titles shown are asked for with the label where the question shows it too, as a real track of that kind is.
_TO_ASK = f"""
create or replace temp table title_to_ask as
with unknown as (
    select p.play_id, 'unknown' as purpose, true as shows_label, 0 as priority
    from plays p join unresolved_tracks u using (track_key) where u.artist_missing and p.title_known and not p.artist_known
), masked as (
    select play_id, 'calibration' as purpose, visibility = 'title+label' as shows_label, 1 as priority
    from masked_tracks where visibility in ('title+label', 'title')
), tuned as (
    select play_id, 'calibration' as purpose, cast('0x' || substr(md5(play_id), 9, 4) as integer) % 3 < 2 as shows_label, 2 as priority
    from plays join set_splits using (set_key) where split = 'dev' and artist_known and artist_verdict is null
), measured as (
    select play_id, 'evaluation' as purpose, unnest([true, false]) as shows_label, 3 as priority
    from plays join set_splits using (set_key) where split in (select unnest($splits)) and artist_known and artist_verdict is null
), wanted as (
    from unknown union all from masked union all from tuned union all from measured
), line as (
    select w.purpose, w.priority, p.title, p.title_key, p.version, p.version_key,
        case when w.shows_label then p.label end as label, case when w.shows_label then p.label_key end as label_key
    from wanted w join plays p using (play_id) where p.title_key is not null
), keyed as (
    select *, {title_track_key_sql("title_key", "version_key", "label_key")} as track_key from line
), spelled as (
    select track_key, purpose, priority, title, title_key, version, version_key, label, label_key, count(*) as uses from keyed group by all
), track as (
    select track_key, purpose, priority, title_key, version_key, label_key, arg_max(title, (uses, title)) as title,
        arg_max(version, (uses, version)) as version, arg_max(label, (uses, label)) as label, sum(uses)::bigint as plays
    from spelled group by all
), drawn as (
    select *, row_number() over (partition by priority order by md5('outside' || track_key), track_key) as place from track
)
select track_key, {bucket_sql("track_key")} as bucket, title, title_key, version, version_key, label, label_key, purpose, plays
from drawn
where priority in (0, 3) or place <= case priority when 1 then $learn else $tune end
qualify row_number() over (partition by track_key order by priority) = 1
order by track_key
"""


def titles_to_ask(
    con: duckdb.DuckDBPyConnection,
    *,
    most_calibration: int = CALIBRATION_TITLES,
    evaluated: Sequence[str] = (),
) -> str:
    """Which titles outside sources should be asked who made them.

    Every unknown track with a title; of the known ones whose artist is hidden so many titles drawn by md5, half of
    them from masked tracks, that weights are learned from them, half from the dev sets, whose answers set the
    thresholds. More of them asked for keeps those that were drawn before.

    Args:
        con: connection with the views plays, unresolved_tracks, masked_tracks and set_splits.
        most_calibration: titles of known tracks.
        evaluated: splits of which every known line's title is asked for, with its label and without ("evaluation");
            learn the model before: masked lines that share these titles are no draw of all.

    Returns:
        Name of a temp table with track_key, bucket, title, title_key, version, version_key, label, label_key,
        purpose (unknown, calibration or evaluation) and plays; a row per track key.
    """
    tune = most_calibration // 2
    con.execute(_TO_ASK, {"splits": list(evaluated), "learn": most_calibration - tune, "tune": tune})
    return "title_to_ask"
