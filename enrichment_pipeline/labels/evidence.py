"""What all plays together say about the label of a question, as set operations.

A question is a track without a label, or in calibration a play whose label is hidden; a witness is a play
that names its label. Witnesses of the question's own set group are never heard. Nothing here decides or
knows how sure a kind of evidence is.
"""

from __future__ import annotations

import duckdb

from enrichment_pipeline.labels.levels import KINDS

# How fast an artist's earlier labels stop counting, in years, and the distance of a play without a date.
_HABIT_YEARS = 1.5
_UNKNOWN_YEARS_APART = 3
# Half a play of doubt in each artist's habit, so that one play is not "always".
_HABIT_DOUBT_PLAYS = 0.5

# Nobody brings out a bootleg or a mashup where the original came out, nor where its artist is at home.
_UNOFFICIAL = "regexp_matches(version_key, '(^|[:,])(bootleg|mashup)([:,]|$)')"

_WITNESSES = f"""
create or replace temp table witness_title as
select artist_key, is_first, title_key, version_key, label_key, set_group, min(set_year) as year, count(*) as plays
from (select *, unnest(artist_keys) as artist_key, generate_subscripts(artist_keys, 1) = 1 as is_first from label_witness)
group by all;
create or replace temp table witness_artist as
select artist_key, label_key, set_year as year, set_group, count(*) as plays
from (select *, unnest(artist_keys) as artist_key from label_witness) group by all;
create or replace temp table witness_label as
select label_key, count(distinct title_key) as titles from label_witness group by 1;
create or replace temp table witness_label_title as
select distinct label_key, title_key from label_witness;
create or replace temp table witness_set as
select set_key, label_key, count(*) as lines from label_set_line group by all;
create or replace temp macro years_apart(one, other) as coalesce(abs(one - other), {_UNKNOWN_YEARS_APART});
"""

_SUPPORT = f"""
create or replace temp table question_artist as
select question_id, artist_key, is_first, own_group, year, title_key, version_key, {_UNOFFICIAL} as is_unofficial
from (select *, unnest(artist_keys) as artist_key, generate_subscripts(artist_keys, 1) = 1 as is_first from label_question);

create or replace temp table same_title as
select q.question_id, w.label_key, w.set_group, w.version_key, q.version_key = w.version_key as same_version,
    q.is_unofficial, bool_or(q.is_first and w.is_first) as is_first, min(years_apart(q.year, w.year)) as gap, max(w.plays) as plays
from question_artist q join witness_title w
  on w.artist_key = q.artist_key and w.title_key = q.title_key and w.set_group is distinct from q.own_group
group by all;

create or replace temp table exact_support as
select question_id, label_key, count(distinct set_group) as exact_sets, sum(plays)::bigint as exact_plays,
    bool_or(is_first) as exact_first, min(gap) as exact_gap
from same_title where same_version group by all;

create or replace temp table base_support as
select question_id, label_key, count(distinct set_group) as base_sets, sum(plays)::bigint as base_plays,
    count(distinct version_key) as base_versions
from same_title where not same_version and not is_unofficial group by all;

create or replace temp table habit_support as
with of_artist as (
    select q.question_id, q.artist_key, w.label_key, sum(w.plays) as plays,
        sum(w.plays * exp(-years_apart(q.year, w.year) / {_HABIT_YEARS})) as weight
    from question_artist q join witness_artist w on w.artist_key = q.artist_key and w.set_group is distinct from q.own_group
    where not q.is_unofficial
    group by all
), share as (
    select *, sum(plays) over artist as total,
        weight / (sum(weight) over artist + {_HABIT_DOUBT_PLAYS}) as share
    from of_artist window artist as (partition by question_id, artist_key)
)
select question_id, label_key, max(share) as habit_share, sum(plays)::bigint as habit_plays, sum(total)::bigint as habit_total,
    count(distinct artist_key) as habit_artists
from share group by all;

create or replace temp table set_support as
select l.question_id, s.label_key, sum(s.lines - (s.label_key is not distinct from l.own_label)::int)::bigint as set_lines
from label_question_line l join witness_set s using (set_key) group by all;

create or replace temp table set_total as
select l.question_id, sum(s.lines - (s.label_key is not distinct from l.own_label)::int)::bigint as set_total
from label_question_line l join witness_set s using (set_key) group by all;

create or replace temp table label_support as
with proposed as (
    select question_id, label_key from exact_support union select question_id, label_key from base_support
    union select question_id, label_key from habit_support
)
select p.question_id, p.label_key, e.exact_sets, e.exact_plays, e.exact_first, e.exact_gap,
    sum(e.exact_sets) over question as exact_total, sum(e.exact_plays) over question as exact_plays_total,
    b.base_sets, b.base_plays, b.base_versions, sum(b.base_sets) over question as base_total,
    sum(b.base_plays) over question as base_plays_total,
    h.habit_share, h.habit_plays, h.habit_total, h.habit_artists,
    coalesce(s.set_lines, 0) as set_lines, coalesce(t.set_total, 0) as set_total,
    coalesce(s.set_lines, 0) / greatest(coalesce(t.set_total, 0), 1) as set_share,
    l.titles - (lt.title_key is not null)::int as label_titles
from proposed p join label_question q using (question_id)
left join exact_support e using (question_id, label_key) left join base_support b using (question_id, label_key)
left join habit_support h using (question_id, label_key) left join set_support s using (question_id, label_key)
left join set_total t using (question_id) left join witness_label l using (label_key)
left join witness_label_title lt on lt.label_key = p.label_key and lt.title_key = q.title_key
window question as (partition by p.question_id);
"""

_CANDIDATES = f"""
create or replace temp table label_candidate as
select *, {", ".join(f"{kind.sql()} as {kind.column}" for kind in KINDS)} from label_support
"""


def hear_witnesses(con: duckdb.DuckDBPyConnection) -> None:
    """Gather what the witnesses say, once for any number of questions.

    Needs `label_witness(artist_keys, title_key, version_key, label_key, set_group, set_year)` and
    `label_set_line(set_key, label_key)`, the labels named in the sets the questions come from.
    """
    con.execute(_WITNESSES)


def gather_candidates(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `label_candidate`: every label any internal evidence proposes, with levels.

    Needs what `hear_witnesses` made, `label_question(question_id, own_group, year, artist_keys, title_key,
    version_key)` and `label_question_line(question_id, set_key, own_label)`: the sets a question stands in,
    and the label its own line there names (hidden), which must not count.
    """
    con.execute(_SUPPORT)
    con.execute(_CANDIDATES)
