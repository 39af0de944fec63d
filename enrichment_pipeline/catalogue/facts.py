"""What the plays add up to: tracks, the internal catalogue, artist-label association, rosters, DJ profiles.

Set operations over `plays` (see `plays.py`); each query is one table of `lake/tables.py`.
"""

from __future__ import annotations

# The spelling people use most is the one to show; among equals the first in alphabet, so that runs agree. Plays of a
# track share the first artist and may differ in the others: of their keys the least is taken, for the same reason.
TRACKS = """
with spelling as (
    select track_key, artist, title, version, label, count(*) as uses
    from plays group by all
), shown as (
    select track_key, arg_max(artist, (uses, artist)) as artist, arg_max(title, (uses, title)) as title,
        arg_max(version, (uses, version)) as version, arg_max(label, (uses, label)) as label
    from spelling group by 1
)
select p.track_key, any_value(p.bucket) as bucket, any_value(s.artist) as artist, any_value(s.title) as title,
    any_value(s.version) as version, any_value(s.label) as shown_label, min(p.artist_keys) as artist_keys,
    any_value(p.title_key) as title_key, any_value(p.version_key) as version_key,
    bool_or(p.artist_known) as artist_known, any_value(p.artist_verdict) as artist_verdict, bool_or(p.title_known) as title_known,
    bool_or(p.label_key is not null) as label_in_text, bool_or(len(p.components) >= 2) as is_mashup,
    any_value(p.kind order by p.kind desc) as kind,
    count(*) as plays, count(distinct p.set_key) as sets, count(distinct p.dj_keys) as djs,
    min(p.set_date) as first_played, max(p.set_date) as last_played
from plays p join shown s using (track_key) group by 1
"""

INTERNAL_CATALOGUE = """
with label_use as (
    select track_key, label_key, arg_max(label, (uses, label)) as label, sum(uses)::bigint as plays, sum(sets)::bigint as sets
    from (select track_key, label_key, label, count(*) as uses, count(distinct set_group) as sets
          from plays where label_key is not null group by all)
    group by all
), labels as (
    select track_key, list({label_key: label_key, label: label, plays: plays, sets: sets} order by plays desc, label_key) as labels
    from label_use group by 1
)
select t.track_key, t.bucket, t.artist, t.artist_keys, t.title, t.title_key, t.version, t.version_key, t.plays, t.sets,
    t.first_played, t.last_played, coalesce(l.labels, []) as labels
from tracks t left join labels l using (track_key)
where t.artist_known and t.title_known and not t.is_mashup
"""

ARTISTS = """
with single as (
    select artist_keys[1] as artist_key, artist as name, count(*) as uses
    from plays where artist_known and len(artist_keys) = 1 group by all
), shown as (select artist_key, arg_max(name, (uses, name)) as name from single group by 1),
named as (
    select n.key as artist_key, arg_max(n.text, (n.uses, n.text)) as name
    from (select k.key, k.text, count(*) as uses from artist_names k group by all) n group by 1
), played as (
    select artist_key, count(*) as plays, count(distinct set_key) as sets, min(set_date) as first_played, max(set_date) as last_played
    from (select unnest(artist_keys) as artist_key, set_key, set_date from plays where artist_known) group by 1
)
select p.artist_key, coalesce(s.name, n.name, a.name, p.artist_key) as name, p.plays, p.sets, p.first_played, p.last_played,
    a.name is not null as is_protected_act
from played p left join shown s using (artist_key) left join named n using (artist_key) left join act_names a using (artist_key)
"""

ARTIST_LABELS = """
with pair as (
    select artist_key, label_key, count(*) as plays, count(distinct set_group) as sets, min(set_date) as first_played, max(set_date) as last_played
    from (select unnest(artist_keys) as artist_key, label_key, set_group, set_date from plays where artist_known and label_key is not null)
    group by all
)
select *, plays / sum(plays) over (partition by artist_key) as share_of_artist,
    plays / sum(plays) over (partition by label_key) as share_of_label
from pair
"""

LABEL_ROSTERS = """
with spelling as (select label_key, label, count(*) as uses from plays where label_key is not null group by all),
shown as (select label_key, arg_max(label, (uses, label)) as label from spelling group by 1),
roster as (
    select label_key, count(*) as artists,
        list({artist_key: artist_key, plays: plays} order by plays desc, artist_key)[:60] as top_artists
    from artist_labels group by 1
), played as (
    select label_key, count(*) as plays, count(distinct set_key) as sets, min(set_date) as first_played, max(set_date) as last_played
    from plays where label_key is not null group by 1
)
select p.label_key, s.label, p.plays, p.sets, coalesce(r.artists, 0) as artists, p.first_played, p.last_played,
    coalesce(r.top_artists, []) as top_artists
from played p join shown s using (label_key) left join roster r using (label_key)
"""

DJ_PROFILES = """
with line as (select unnest(dj_keys) as dj_key, play_id, set_key, set_date, artist_keys, artist_known, label_key from plays),
artist as (
    select dj_key, artist_key, count(*) as plays
    from (select dj_key, unnest(artist_keys) as artist_key from line where artist_known) group by all
), top_artist as (
    select dj_key, list({artist_key: artist_key, plays: plays} order by plays desc, artist_key)[:25] as top_artists
    from artist where artist_key <> dj_key group by 1
), own as (select dj_key, plays from artist where artist_key = dj_key),
label as (
    select dj_key, list({label_key: label_key, plays: plays} order by plays desc, label_key)[:15] as top_labels
    from (select dj_key, label_key, count(*) as plays from line where label_key is not null group by all) group by 1
), own_alias as (
    select act_key as dj_key, list(alias_key order by alias_key) as aliases from artist_aliases group by 1
)
select l.dj_key, coalesce(any_value(n.name), l.dj_key) as name, count(distinct l.set_key) as sets, count(*) as plays,
    coalesce(any_value(own.plays), 0) as own_plays, min(l.set_date) as first_set, max(l.set_date) as last_set,
    coalesce(any_value(a.top_artists), []) as top_artists, coalesce(any_value(lb.top_labels), []) as top_labels,
    coalesce(any_value(oa.aliases), []) as aliases
from line l
left join (select key as dj_key, min(text) as name from artist_names group by 1) n using (dj_key)
left join own using (dj_key) left join top_artist a using (dj_key) left join label lb using (dj_key) left join own_alias oa using (dj_key)
group by 1
"""
