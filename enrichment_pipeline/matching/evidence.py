"""Evidence for "who made this track?": candidate artists of each question, with counts, all in SQL.

A *question* is a track whose artist is asked for: a real unknown, or a known one whose artist is hidden
to train or to measure. The catalogue is what other sets say: plays of a question's own sets, and of
near-duplicates of those sets, never count as facts for it. So the same statements serve masking,
evaluation and use, and a hidden answer cannot reach its own evidence. The question's own sets speak
only through their other lines (neighbours, DJs, co-occurrence). What outside sources say of a title is no
play and is left out for nobody; it stands in `external.py`.

Nothing here weighs anything: levels stand in `comparisons.py`, weights are learned in `train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from enrichment_pipeline.matching.external import gather_external, hear
from enrichment_pipeline.matching.supports import gather_supports


@dataclass(frozen=True, slots=True)
class CandidateLimits:
    """How many candidates each blocking rule may bring to one question.

    Measured on dev of the real sample: caps of 100, 40, 30 and 60 propose 114 candidates a question and the right
    one in .649 of questions, these 66 and .626, with the same hit@1 and hit@10 within .001: what the longer
    lists add cannot be told from the rest.
    """

    label_roster: int = 40
    dj_artists: int = 20
    label_relatives: int = 15
    remixed_artists: int = 15
    co_occurring: int = 20


# Every relation below is a temp table; `catalogue_play` is given by the caller.
_NUMBERS = """
create or replace temp table artist_no as
select key, row_number() over (order by key)::int as no
from (select distinct unnest(list_concat(artist_keys, dj_keys, remixer_keys)) as key from known_play
      union select unnest(dj_keys) from asked union select unnest(remixer_keys) from asked
      union select unnest(artist_keys) from asked_set_line
      union select key from external_row
      union select unnest(truth) from asked);

create or replace temp table group_no as
select set_group, row_number() over (order by set_group)::int as no
from (select distinct set_group from known_play union select set_group from asked);

create or replace temp table question as
select track_id, row_number() over (order by track_id)::int as question_no,
    any_value(title_key) as title_key, any_value(title_root) as title_root, coalesce(any_value(version_key), '') as version_key,
    any_value(label_key) as label_key, any_value(catalogue_key) as catalogue_key,
    min(set_year)::int as set_year, min(month_no)::int as month_no, count(distinct set_key)::int as sets,
    list(distinct g.no order by g.no) as groups
from asked join group_no g using (set_group) group by track_id;

create or replace temp table exclusion as
select groups, row_number() over (order by groups)::int as exclusion_no from (select distinct groups from question);
create or replace temp table excluded_group as
select exclusion_no, unnest(groups) as group_no from exclusion;
create or replace temp table asked_question as
select question.* exclude (groups), exclusion_no from question join exclusion using (groups);

create or replace temp table question_set as
select distinct question_no, set_key from asked join question using (track_id);
create or replace temp table question_line as
select distinct question_no, a.set_key, a.position from asked a join question using (track_id);
create or replace temp table question_dj as
select distinct question_no, n.no as dj_no
from (select question_no, unnest(dj_keys) as key from asked join question using (track_id)) join artist_no n using (key);
create or replace temp table question_remixer as
select distinct question_no, n.no as remixer_no
from (select question_no, unnest(remixer_keys) as key from asked join question using (track_id)) join artist_no n using (key);
create or replace temp table question_truth as
select distinct question_no, n.no as artist_no
from (select question_no, unnest(truth) as key from asked join question using (track_id)) join artist_no n using (key);
create or replace temp table question_genre as
select distinct question_no, unnest(genres) as genre from asked join question using (track_id);
"""

_FACTS = """
create or replace temp table fact as
select p.play_id, g.no as group_no, p.set_year, p.month_no, n.no as artist_no, p.title_key, p.title_root, p.version_key, p.label_key, p.catalogue_key,
    p.dj_keys, p.remixer_keys, p.genres
from (select *, unnest(artist_keys) as key from known_play) p join artist_no n using (key) join group_no g using (set_group);

create or replace temp table title_fact as
select title_key, version_key, label_key, month_no, group_no, artist_no, count(*)::int as n from fact where title_key is not null group by all;
create or replace temp table root_fact as
select title_root, title_key, label_key, month_no, group_no, artist_no, count(*)::int as n from fact where title_root is not null group by all;
create or replace temp table label_fact as
select label_key, set_year, month_no, group_no, artist_no, count(*)::int as n from fact where label_key is not null group by all;
create or replace temp table number_fact as
select label_key, catalogue_key, group_no, artist_no, count(*)::int as n
from fact where label_key is not null and catalogue_key is not null group by all;
create or replace temp table artist_fact as
select artist_no, group_no, count(*)::int as n, min(set_year) as first_year, max(set_year) as last_year from fact group by all;
create or replace temp table artist_month as select distinct artist_no, group_no, month_no from fact where month_no is not null;
create or replace temp table genre_fact as
select artist_no, genre, group_no, count(*)::int as n from (select artist_no, group_no, unnest(genres) as genre from fact) group by all;
create or replace temp table genre_total as select artist_no, genre, sum(n)::int as n from genre_fact group by all;
create or replace temp table own_genre as
select exclusion_no, artist_no, genre, sum(n)::int as n from excluded_group join genre_fact using (group_no) group by all;
-- what an artist amounts to without the question's own sets, for the few artists that stand in them
create or replace temp table artist_total as
select artist_no, sum(n)::int as n, count(*)::int as groups, min(first_year) as first_year, max(last_year) as last_year
from artist_fact group by 1;
create or replace temp table own_total as
with own as (
    select distinct exclusion_no, artist_no from excluded_group join artist_fact using (group_no)
)
select exclusion_no, artist_no, coalesce(sum(n) filter (x.group_no is null), 0)::int as n,
    count(*) filter (x.group_no is null)::int as groups,
    min(first_year) filter (x.group_no is null) as first_year, max(last_year) filter (x.group_no is null) as last_year
from own join artist_fact f using (artist_no)
left join excluded_group x using (exclusion_no, group_no)
group by all;
create or replace temp table dj_fact as
select d.no as dj_no, f.group_no, f.artist_no, count(*)::int as n
from (select *, unnest(dj_keys) as key from fact) f join artist_no d using (key) group by all;
create or replace temp table remixer_fact as
select r.no as remixer_no, f.group_no, f.artist_no, count(*)::int as n
from (select *, unnest(remixer_keys) as key from fact) f join artist_no r using (key) group by all;
create or replace temp table credit_fact as
select a.title_key, a.group_no, a.artist_no, b.artist_no as with_no, count(*)::int as n
from fact a join fact b on a.play_id = b.play_id and a.artist_no <> b.artist_no
where a.play_id in (select play_id from known_play where len(artist_keys) > 1) group by all;
"""

_TITLE = """
create or replace temp table by_title as
select q.question_no, f.artist_no, sum(n)::int as title_n,
    coalesce(sum(n) filter (f.version_key = q.version_key), 0)::int as version_n,
    coalesce(sum(n) filter (f.label_key = q.label_key), 0)::int as title_label_n,
    coalesce(sum(n) filter (f.label_key = q.label_key and f.version_key = q.version_key), 0)::int as version_label_n,
    coalesce(sum(n) filter (f.label_key is not null), 0)::int as title_labelled_n,
    min(abs(f.month_no - q.month_no))::int as title_gap
from asked_question q join title_fact f using (title_key)
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
group by all;

create or replace temp table title_total as
select question_no, count(*)::int as title_artists, sum(title_n)::int as title_plays,
    count(*) filter (version_n > 0)::int as version_artists, sum(version_n)::int as version_plays,
    count(*) filter (title_label_n > 0)::int as title_label_artists
from by_title group by 1;
"""

# Roots one letter apart meet in what is left when one letter is taken out of either.
_SHORTEST_FUZZY_ROOT = 7
_ROOT = f"""
create or replace temp table asked_root as
select distinct title_root from asked_question where title_root is not null;
create or replace temp table root_pair as
with fact_root as (select distinct title_root from root_fact),
short_fact as (
    select title_root, unnest(list_transform(range(1, len(title_root) + 1), lambda i: title_root[: i - 1] || title_root[i + 1 :])) as short
    from fact_root where len(title_root) >= {_SHORTEST_FUZZY_ROOT} union select title_root, title_root from fact_root
), short_asked as (
    select title_root, unnest(list_transform(range(1, len(title_root) + 1), lambda i: title_root[: i - 1] || title_root[i + 1 :])) as short
    from asked_root where len(title_root) >= {_SHORTEST_FUZZY_ROOT} union select title_root, title_root from asked_root
)
select distinct a.title_root as asked, f.title_root as found
from short_asked a join short_fact f using (short) where levenshtein(a.title_root, f.title_root) <= 1;

create or replace temp table by_root as
select q.question_no, f.artist_no, sum(n)::int as root_n,
    coalesce(sum(n) filter (f.label_key = q.label_key), 0)::int as root_label_n,
    min(abs(f.month_no - q.month_no))::int as root_gap
from asked_question q join root_pair p on p.asked = q.title_root join root_fact f on f.title_root = p.found
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
where f.title_key <> q.title_key
group by q.question_no, f.artist_no
qualify row_number() over (partition by q.question_no order by root_label_n desc, root_n desc, f.artist_no) <= 30;
create or replace temp table root_total as
select question_no, count(*)::int as root_artists from by_root group by 1;
"""

_LABEL = """
create or replace temp table roster as
with asked_label as (select distinct label_key, exclusion_no from asked_question where label_key is not null)
select a.label_key, a.exclusion_no, f.artist_no, sum(n)::int as label_n, max(set_year) as label_last_year
from asked_label a join label_fact f using (label_key)
anti join excluded_group x on x.exclusion_no = a.exclusion_no and x.group_no = f.group_no
group by all;
create or replace temp table label_total as
select label_key, exclusion_no, sum(label_n)::int as label_plays, count(*)::int as label_artists from roster group by all;
create or replace temp table label_time as
with asked_label as (
    select distinct label_key, exclusion_no, month_no from asked_question where label_key is not null and month_no is not null
)
select a.label_key, a.exclusion_no, a.month_no, f.artist_no, min(abs(f.month_no - a.month_no))::int as label_gap
from asked_label a join label_fact f using (label_key)
anti join excluded_group x on x.exclusion_no = a.exclusion_no and x.group_no = f.group_no
group by all;
create or replace temp table by_label as
select question_no, artist_no,
    row_number() over (partition by question_no order by label_n desc, abs(coalesce(q.set_year, 2014) - label_last_year), artist_no) as rank
from asked_question q join roster using (label_key, exclusion_no) qualify rank <= $label_roster;

-- sub-labels and series share the beginning of their names: Spinnin', Spinnin' Deep
create or replace temp table label_relative as
with asked_label as (select distinct label_key from asked_question where len(label_key) >= 5),
known_label as (select distinct label_key from label_fact where len(label_key) >= 5)
select a.label_key as asked, k.label_key as found
from asked_label a join known_label k on left(a.label_key, 5) = left(k.label_key, 5) and a.label_key <> k.label_key
where starts_with(a.label_key, k.label_key) or starts_with(k.label_key, a.label_key);
create or replace temp table by_relative as
with tally as (
    select q.question_no, f.artist_no, sum(n)::int as relative_n
    from asked_question q join label_relative r on r.asked = q.label_key join label_fact f on f.label_key = r.found
    anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
    group by all
)
select *, (sum(relative_n) over (partition by question_no))::int as relative_plays
from tally qualify row_number() over (partition by question_no order by relative_n desc, artist_no) <= $label_relatives;
create or replace temp table by_number as
select q.question_no, f.artist_no, sum(n)::int as number_n
from asked_question q join number_fact f using (label_key, catalogue_key)
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
group by all;
"""

_DJ = """
create or replace temp table dj_support as
with asked_dj as (
    select distinct set_key, exclusion_no, dj_no from question_dj join question_set using (question_no)
    join asked_question using (question_no)
)
select a.set_key, a.exclusion_no, f.artist_no, sum(n)::int as dj_n
from asked_dj a join dj_fact f using (dj_no)
anti join excluded_group x on x.exclusion_no = a.exclusion_no and x.group_no = f.group_no
group by all;
create or replace temp table by_dj as
with ranked as (
    select *, row_number() over (partition by set_key, exclusion_no order by dj_n desc, artist_no) as rank from dj_support
)
select question_no, artist_no, min(rank) as rank
from ranked join asked_question using (exclusion_no) join question_set using (question_no, set_key)
where rank <= $dj_artists group by all;
create or replace temp table dj_plays as
select question_no, artist_no, sum(dj_n)::int as dj_n
from question_set join asked_question using (question_no) join dj_support using (set_key, exclusion_no) group by all;
create or replace temp table dj_self as
select question_no, sum(n)::int as self_plays
from question_dj join asked_question q using (question_no) join dj_fact f on f.dj_no = question_dj.dj_no and f.artist_no = f.dj_no
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
group by 1;
"""

_SET = """
create or replace temp table set_line as
select l.set_key, l.play_id, l.position, n.no as artist_no, l.label_key, l.title_key, l.title_root
from (select *, unnest(artist_keys) as key from asked_set_line) l join artist_no n using (key);
create or replace temp table by_set as
select q.question_no, s.artist_no, count(*)::int as set_n, min(abs(s.position - q.position))::int as gap,
    min(s.position - q.position) filter (s.position > q.position)::int as gap_after,
    min(q.position - s.position) filter (s.position < q.position)::int as gap_before,
    count(*) filter (s.label_key = a.label_key)::int as set_label_n,
    count(*) filter (s.title_key = a.title_key)::int as set_title_n,
    count(*) filter (s.title_root = a.title_root)::int as set_root_n
from question_line q join asked_question a using (question_no) join set_line s on s.set_key = q.set_key
anti join asked_line h on h.question_no = q.question_no and h.play_id = s.play_id
group by all;

create or replace temp table group_size as select group_no, count(*)::int as artists from artist_fact group by 1;
create or replace temp table asked_set as
select distinct set_key, exclusion_no from question_set join asked_question using (question_no);
create or replace temp table set_artist as
select a.set_key, a.exclusion_no, s.artist_no, 1 / ln(2 + coalesce(any_value(o.groups), any_value(n.groups))) as weight
from asked_set a join set_line s using (set_key) join artist_total n using (artist_no)
left join own_total o on o.exclusion_no = a.exclusion_no and o.artist_no = s.artist_no
group by all;
create or replace temp table co_occurrence as
with score as (
    select a.set_key, a.exclusion_no, theirs.artist_no, sum(a.weight / sqrt(z.artists)) as score
    from set_artist a join artist_fact g using (artist_no) join group_size z using (group_no)
    join artist_fact theirs on theirs.group_no = g.group_no and theirs.artist_no <> a.artist_no
    anti join excluded_group x on x.exclusion_no = a.exclusion_no and x.group_no = g.group_no
    group by all
)
select s.*, 1 / sqrt(1 + coalesce(o.groups, n.groups)) as temper
from score s join artist_total n using (artist_no)
left join own_total o on o.exclusion_no = s.exclusion_no and o.artist_no = s.artist_no
qualify row_number() over (partition by s.set_key, s.exclusion_no order by round(score * temper, 9) desc, s.artist_no) <= 4 * $co_occurring;
-- what the asked line itself added to its set's scores is taken back: artists that stand on no other line of the set
create or replace temp table asked_line_artist as
select distinct h.question_no, s.set_key, s.artist_no
from asked_line h join set_line s using (play_id)
anti join by_set b on b.question_no = h.question_no and b.artist_no = s.artist_no;
create or replace temp table own_score as
select h.question_no, h.set_key, theirs.artist_no, sum(a.weight / sqrt(z.artists)) as score
from asked_line_artist h join asked_question q using (question_no)
join set_artist a on a.set_key = h.set_key and a.exclusion_no = q.exclusion_no and a.artist_no = h.artist_no
join artist_fact g on g.artist_no = h.artist_no join group_size z using (group_no)
join artist_fact theirs on theirs.group_no = g.group_no and theirs.artist_no <> h.artist_no
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = g.group_no
group by all;
create or replace temp table by_co_occurrence as
with left_over as (
    select question_no, artist_no, round(sum((c.score - coalesce(o.score, 0)) * c.temper), 9) as co_score
    from question_set join asked_question using (question_no) join co_occurrence c using (set_key, exclusion_no)
    left join own_score o using (question_no, set_key, artist_no)
    group by all having co_score > 1e-9
)
select *, row_number() over (partition by question_no order by co_score desc, artist_no)::int as co_rank
from left_over qualify co_rank <= $co_occurring;

create or replace temp table neighbour_label as
select distinct q.question_no, s.label_key
from question_line q join asked_set_line s on s.set_key = q.set_key and abs(s.position - q.position) between 1 and 2
where s.label_key is not null;
"""

_REMIXER = """
create or replace temp table by_remixer as
select question_no, artist_no, remixer_n from (
    select q.question_no, f.artist_no, sum(n)::int as remixer_n,
        row_number() over (partition by q.question_no order by sum(n) desc, f.artist_no) as rank
    from asked_question q join question_remixer using (question_no) join remixer_fact f using (remixer_no)
    anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
    group by q.question_no, f.artist_no
) where rank <= $remixed_artists;
"""

_PROPOSAL = """
-- a name is known by plays elsewhere, as a DJ or remixer, or from other lines of the set; never by the hidden answer
-- or by what was said outside of a title that may be hidden
create or replace temp table by_label_name as
with played_name as (
    select unnest(list_concat(dj_keys, remixer_keys)) as key from known_play
    union select unnest(list_concat(dj_keys, remixer_keys)) from asked
)
select q.question_no, n.no as artist_no
from asked_question q join artist_no n on n.key = q.label_key
left join artist_total t on t.artist_no = n.no
left join own_total o on o.exclusion_no = q.exclusion_no and o.artist_no = n.no
left join by_set s on s.question_no = q.question_no and s.artist_no = n.no
where coalesce(o.groups, t.groups, 0) > 0 or s.artist_no is not null or n.key in (from played_name);

create or replace temp table candidate as
select question_no, artist_no, bool_or(rule = 'title') as from_title, bool_or(rule = 'label') as from_label,
    bool_or(rule = 'context') as from_context, bool_or(rule = 'external') as from_external,
    bool_or(rule = 'external, no label') as from_external_unlabelled,
    list(distinct detail order by detail) filter (detail is not null) as rules
from (
    select question_no, artist_no, 'title' as rule, 'title' as detail from by_title
    union all select question_no, artist_no, 'title', 'similar title' from by_root
    union all select question_no, artist_no, 'label', 'label roster' from by_label
    union all select question_no, artist_no, 'label', 'related label' from by_relative
    union all select question_no, artist_no, 'label', 'label bears the name' from by_label_name
    union all select question_no, artist_no, 'label', 'catalogue number' from by_number
    union all select question_no, artist_no, 'title', 'remixed by' from by_remixer
    union all select question_no, remixer_no, 'title', 'is the remixer' from question_remixer
    union all select question_no, artist_no, 'context', 'DJ plays' from by_dj
    union all select question_no, dj_no, 'context', 'is the DJ' from question_dj
    union all select question_no, artist_no, 'context', 'same set' from by_set
    union all select question_no, artist_no, 'context', 'co-occurrence' from by_co_occurrence
    union all select question_no, artist_no, 'external', 'outside sources' from by_external where shows_label
    union all select question_no, artist_no, 'external, no label', null from by_external where not shows_label
) group by all;

-- co-occurrence again, of whoever is proposed: nobody of this set beside a candidate tells as much as many do
create or replace temp table candidate_set as
select question_no, artist_no, set_key, exclusion_no
from candidate join question_set using (question_no) join asked_question using (question_no);
create or replace temp table candidate_co as
with pair as (select distinct set_key, exclusion_no, artist_no from candidate_set),
score as (
    select a.set_key, a.exclusion_no, theirs.artist_no, sum(a.weight / sqrt(z.artists)) as score
    from set_artist a join artist_fact g using (artist_no) join group_size z using (group_no)
    join artist_fact theirs on theirs.group_no = g.group_no and theirs.artist_no <> a.artist_no
    anti join excluded_group x on x.exclusion_no = a.exclusion_no and x.group_no = g.group_no
    semi join pair p on p.set_key = a.set_key and p.exclusion_no = a.exclusion_no and p.artist_no = theirs.artist_no
    group by all
)
select c.question_no, c.artist_no,
    round(sum((s.score - coalesce(mine.score, 0)) / sqrt(1 + coalesce(o.groups, n.groups))), 9) as co_score
from candidate_set c join score s using (set_key, exclusion_no, artist_no) join artist_total n using (artist_no)
left join own_total o on o.exclusion_no = c.exclusion_no and o.artist_no = c.artist_no
left join own_score mine on mine.question_no = c.question_no and mine.set_key = c.set_key and mine.artist_no = c.artist_no
group by all;

create or replace temp table artist_time as
with pair as (
    select distinct artist_no, exclusion_no, q.month_no from candidate join asked_question q using (question_no) where q.month_no is not null
)
select p.artist_no, p.exclusion_no, p.month_no, min(abs(f.month_no - p.month_no))::int as artist_gap
from pair p join artist_month f using (artist_no)
anti join excluded_group x on x.exclusion_no = p.exclusion_no and x.group_no = f.group_no
group by all;

create or replace temp table candidate_genre as
select question_no, artist_no, max(t.n - coalesce(o.n, 0))::int as genre_n
from candidate join asked_question q using (question_no) join question_genre using (question_no)
join genre_total t using (artist_no, genre)
left join own_genre o on o.exclusion_no = q.exclusion_no and o.artist_no = candidate.artist_no and o.genre = t.genre
group by all;

create or replace temp table neighbour_roster as
select question_no, artist_no, count(distinct f.label_key)::int as neighbour_labels
from neighbour_label nl join asked_question q using (question_no) join label_fact f on f.label_key = nl.label_key
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
group by all;

create or replace temp table set_familiarity as
with line as (
    select q.question_no, s.play_id, bool_or(coalesce(o.groups, n.groups, 0) > 0) as is_known
    from question_set q join asked_question a using (question_no) join set_line s using (set_key)
    left join artist_total n using (artist_no)
    left join own_total o on o.exclusion_no = a.exclusion_no and o.artist_no = s.artist_no
    anti join asked_line h on h.question_no = q.question_no and h.play_id = s.play_id
    group by all
)
select question_no, count(*)::int as named_lines, avg(is_known::int) as known_share from line group by 1;

create or replace temp table proposal as
select c.question_no, c.artist_no, c.from_title, c.from_label, c.from_context, c.from_external, c.from_external_unlabelled,
    coalesce(c.rules, []) as rules,
    q.title_key is not null as has_title, coalesce(len(q.title_key), 0)::int as title_length, q.version_key <> '' as has_version,
    q.label_key is not null as has_label, q.catalogue_key is not null as has_number, q.set_year, q.sets,
    coalesce(t.title_n, 0) as title_n, coalesce(t.version_n, 0) as version_n,
    coalesce(t.title_label_n, 0) as title_label_n, coalesce(t.version_label_n, 0) as version_label_n,
    coalesce(t.title_labelled_n, 0) as title_labelled_n, t.title_gap, rt.root_gap,
    coalesce(tt.title_artists, 0) as title_artists, coalesce(tt.title_plays, 0) as title_plays,
    coalesce(tt.version_artists, 0) as version_artists, coalesce(tt.title_label_artists, 0) as title_label_artists,
    coalesce(rt.root_n, 0) as root_n, coalesce(rt.root_label_n, 0) as root_label_n, coalesce(rr.root_artists, 0) as root_artists,
    coalesce(r.label_n, 0) as label_n, lg.label_gap, coalesce(lt.label_plays, 0) as label_plays,
    coalesce(lt.label_artists, 0) as label_artists,
    coalesce(lr.relative_n, 0) as relative_n, coalesce(lr.relative_plays, 0) as relative_plays, coalesce(a.key = q.label_key, false) as is_label_name, coalesce(num.number_n, 0) as number_n,
    coalesce(d.dj_n, 0) as dj_n, dj.dj_no is not null as is_dj, coalesce(ds.self_plays, 0) as self_plays,
    coalesce(s.set_n, 0) as set_n, coalesce(s.set_label_n, 0) as set_label_n, coalesce(s.set_title_n, 0) as set_title_n, coalesce(s.set_root_n, 0) as set_root_n, s.gap, s.gap_before, s.gap_after,
    coalesce(rm.remixer_n, 0) as remixer_n, rs.remixer_no is not null as is_remixer,
    coalesce(cc.co_score, 0) as co_score, co.co_rank,
    q.question_no in (select question_no from question_genre) as has_genre, coalesce(cg.genre_n, 0) as genre_n, coalesce(nr.neighbour_labels, 0) as neighbour_labels,
    coalesce(o.n, n.n, 0) as artist_n, coalesce(o.groups, n.groups, 0) as artist_sets,
    case when o.artist_no is null then n.first_year else o.first_year end as first_year,
    case when o.artist_no is null then n.last_year else o.last_year end as last_year,
    near.artist_gap, sp.title_support, coalesce(f.named_lines, 0) as named_lines, f.known_share,
    xq.question_no is not null as has_external, coalesce(xq.external_best, 0) as external_best,
    coalesce(x.external_fit, 0) as external_fit, coalesce(x.external_rivals, 0) as external_rivals,
    coalesce(x.external_sources, 0) as external_sources,
    uq.question_no is not null as has_external_unlabelled, coalesce(uq.external_best, 0) as external_best_unlabelled,
    coalesce(u.external_fit, 0) as external_fit_unlabelled, coalesce(u.external_rivals, 0) as external_rivals_unlabelled,
    coalesce(u.external_sources, 0) as external_sources_unlabelled,
    truth.artist_no is not null as is_truth
from candidate c
join asked_question q using (question_no)
join artist_no a on a.no = c.artist_no
left join by_title t using (question_no, artist_no)
left join title_total tt using (question_no)
left join by_root rt using (question_no, artist_no)
left join root_total rr using (question_no)
left join roster r on r.label_key = q.label_key and r.exclusion_no = q.exclusion_no and r.artist_no = c.artist_no
left join label_total lt on lt.label_key = q.label_key and lt.exclusion_no = q.exclusion_no
left join label_time lg on lg.label_key = q.label_key and lg.exclusion_no = q.exclusion_no and lg.month_no = q.month_no
    and lg.artist_no = c.artist_no
left join by_relative lr using (question_no, artist_no)
left join by_number num using (question_no, artist_no)
left join dj_plays d using (question_no, artist_no)
left join question_dj dj on dj.question_no = c.question_no and dj.dj_no = c.artist_no
left join dj_self ds using (question_no)
left join by_set s using (question_no, artist_no)
left join by_remixer rm using (question_no, artist_no)
left join question_remixer rs on rs.question_no = c.question_no and rs.remixer_no = c.artist_no
left join by_co_occurrence co using (question_no, artist_no)
left join candidate_co cc using (question_no, artist_no)
left join candidate_genre cg using (question_no, artist_no)
left join neighbour_roster nr using (question_no, artist_no)
left join artist_total n using (artist_no)
left join own_total o on o.exclusion_no = q.exclusion_no and o.artist_no = c.artist_no
left join artist_time near on near.artist_no = c.artist_no and near.exclusion_no = q.exclusion_no and near.month_no = q.month_no
left join set_familiarity f using (question_no)
left join by_support sp on sp.question_no = c.question_no and sp.artist_no = c.artist_no
left join external_total xq on xq.question_no = c.question_no and xq.shows_label
left join by_external x on x.question_no = c.question_no and x.artist_no = c.artist_no and x.shows_label
left join external_total uq on uq.question_no = c.question_no and not uq.shows_label
left join by_external u on u.question_no = c.question_no and u.artist_no = c.artist_no and not u.shows_label
left join question_truth truth on truth.question_no = c.question_no and truth.artist_no = c.artist_no;
"""


def number_everything(con: duckdb.DuckDBPyConnection) -> None:
    """Make the small integer tables of questions, artists and sets, and the facts of the catalogue.

    Needs `artist_aliases`, the views external_candidates, external_lookups and
    songstats_dj_supports, and three relations:
      * `known_play`: plays that may teach, with play_id, set_group, set_year, month_no, artist_keys, title_key,
        version_key, label_key, catalogue_key, dj_keys, remixer_keys, genres.
      * `asked`: one row per play of each question, with track_id, play_id, set_key, set_group, set_year,
        month_no (months since year 0; null where undated), position, title_key, title_root, version_key, label_key, catalogue_key, dj_keys, remixer_keys, genres, and
        `truth` (artist keys that are right; empty where nobody knows).
      * `asked_set_line`: every line of the questions' sets, with set_key, play_id, position, artist_keys
        (empty where unknown), title_key, title_root and label_key.
    """
    hear(con)
    con.execute(_NUMBERS)
    con.execute(
        "create or replace temp table asked_line as select distinct question_no, play_id from asked join question using (track_id)"
    )
    con.execute(_FACTS)


def gather(con: duckdb.DuckDBPyConnection, limits: CandidateLimits = CandidateLimits()) -> None:
    """Run every blocking rule: one temp table of candidates and counts per rule (`by_title`, `by_label` ...).

    Args:
        con: connection prepared by `number_everything`.
        limits: candidates per rule.
    """
    con.execute(_TITLE)
    con.execute(_ROOT)
    _run(con, _LABEL, label_roster=limits.label_roster, label_relatives=limits.label_relatives)
    _run(con, _DJ, dj_artists=limits.dj_artists)
    _run(con, _SET, co_occurring=limits.co_occurring)
    _run(con, _REMIXER, remixed_artists=limits.remixed_artists)
    gather_external(con)
    gather_supports(con)
    con.execute(_PROPOSAL)


def _run(con: duckdb.DuckDBPyConnection, script: str, **numbers: int) -> None:
    # Scripts of several statements take no bound parameters; the values are integers of our own.
    for name, value in numbers.items():
        script = script.replace(f"${name}", str(int(value)))
    con.execute(script)
