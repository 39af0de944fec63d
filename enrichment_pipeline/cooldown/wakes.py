"""What wakes a track before its time: evidence that was not there when it was last looked at, or a person.

One query over the temp tables that `queue.py` prepares; when a track is due without news stands there.
"""

from __future__ import annotations

# A wake is worth something only where somebody can answer. `seen` is null for a track that is new: all it has is new.
NEWS = """
create temp table elsewhere as
select title_key, count(*) as plays from plays where artist_known and title_key in (select title_key from wanted where artist_missing)
group by 1;

create temp table loaded_anew as
select a.track_key, string_agg(distinct a.source || ' was loaded anew', '; ' order by a.source || ' was loaded anew') as words
from arm a join dump d using (source)
anti join passed_over p on p.track_key = a.track_key and p.source = a.source and p.asked_as = a.asked_as
where a.outcome = 'off' or (a.outcome <> 'hit' and a.asked_at < d.dumped_at)
group by 1;

-- a wish that was asked before the queue took it in is fulfilled
create temp table wished as
select k.track_key, max(w.at) as at,
    max(w.at) filter (w.kind = 'revive' and k.old_state = 'exhausted') as revived_at,
    coalesce(max(w.at) filter (w.track_key <> '*' or k.old_state = 'exhausted') > coalesce(k.last_at, '-infinity'), false) as is_open
from known k join wish w on w.track_key in (k.track_key, '*') where w.at > coalesce(k.seen.requested_at, '-infinity')
group by k.track_key, k.last_at;

create temp table news as
select track_key, requested_at, named_elsewhere, revived_at, case when can_be_asked and new <> '' then new end as waked_by
from (
    select *, array_to_string(list_filter([
        case when is_open and revived_at is not null then 'revived by hand' when is_open then 'asked for by hand' end,
        case when artist_missing and not label_missing and not seen.label_known then 'its label is known now' end,
        case when artist_missing and named_elsewhere > seen.named_elsewhere then 'its title is named with an artist in another set' end,
        case when plays > seen.plays then 'a new set plays it' end,
        case when supports > coalesce(seen.supports, 0) and seen.supports is not null then 'more DJs support it' end,
        -- said once: until the dump is asked it stays true
        case when not is_new and not contains(coalesce(old_waked_by, ''), loaded) then loaded end
    ], lambda w: w is not null), '; ') as new
    from (
        select k.*, greatest(w.at, k.seen.requested_at) as requested_at, coalesce(e.plays, 0) as named_elsewhere, l.words as loaded,
            coalesce(w.is_open, false) as is_open, w.revived_at,
            k.is_on or (k.asked = 0 and k.is_askable) or k.decided_by is not null or l.track_key is not null as can_be_asked
        from known k left join elsewhere e using (title_key) left join wished w using (track_key) left join loaded_anew l using (track_key)
    )
);
"""
