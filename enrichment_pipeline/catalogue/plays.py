"""From parsed lines to plays with canonical keys: who, what, which version, which label, which track.

Reads raw_tracks, parsed_labels and what people decided (`verdicts.py`); writes plays, artists, artist_aliases and label_aliases. What the
plays add up to (rosters, profiles) stands in `facts.py`.
"""

from __future__ import annotations

import duckdb

from enrichment_pipeline.catalogue.keys import make_key_table
from enrichment_pipeline.catalogue.labels import learn_labels
from enrichment_pipeline.catalogue.names import learn_names
from enrichment_pipeline.catalogue.verdicts import take_verdicts
from enrichment_pipeline.lake.buckets import bucket_sql
from enrichment_pipeline.naming import keys
from enrichment_pipeline.naming.credits import ALSO

# Sets of which 4 tracks in 10 are the same, and at least 5, are two uploads of one set or two stops of one tour:
# neither may vouch for the other. On the real sample this finds the pairs its published split keeps together.
_SHARED_TRACKS_AT_LEAST = 5
_SHARED_SHARE_AT_LEAST = 0.4

_SPELLED = """
create or replace temp table spelled as
select r.play_id, r.set_key, r.set_month, r.set_date, r.position, r.layer, r.djs, r.genres, r.media_id, p.*
    exclude (play_id, set_month)
from raw_tracks r join parsed_labels p using (play_id)
"""

_EVERY_PLAY = """
create or replace temp table every_play as
with main_name as (
    select play_id, if(c.credit.role = 'alias', '{also}', '') || k.key as key, c.i
    from (select play_id, unnest(credits) as credit, generate_subscripts(credits, 1) as i from spelled) c
    join artist_names k on k.text = c.credit.name
    where c.credit.role <> 'featured'
), parts as (select play_id, list(key order by i) as artist_parts from main_name group by 1),
featured as (
    select play_id, list(distinct k.key order by k.key) as featured_keys
    from (select play_id, unnest(credits) as credit from spelled) c join artist_names k on k.text = c.credit.name
    where c.credit.role = 'featured' group by 1
), remixer as (
    select play_id, list(distinct k.key order by k.key) as remixer_keys
    from (select play_id, unnest(remixers) as name from spelled) c join artist_names k on k.text = c.name group by 1
), dj as (
    select play_id, list(distinct k.key order by k.key) as dj_keys
    from (select play_id, unnest(djs) as name from spelled) c join artist_names k on k.text = c.name group by 1
)
select s.play_id, s.set_key, s.set_month, s.set_date, year(s.set_date) as set_year, s.position, s.layer,
    coalesce(dj.dj_keys, []) as dj_keys, coalesce(s.genres, []) as genres, s.media_id, s.kind,
    s.artist, coalesce(parts.artist_parts, []) as artist_parts, coalesce(featured.featured_keys, []) as featured_keys,
    coalesce(remixer.remixer_keys, []) as remixer_keys,
    s.title, case when not s.title_unknown then t.key end as title_key,
    case when not s.title_unknown then tr.key end as title_root, s.version, coalesce(v.key, '') as version_key,
    s.label, l.key as label_key, s.label_confidence, s.catalogue_number, c.key as catalogue_key, s.year as release_year,
    s.components,
    s.kind = 'track' and not s.artist_unknown and len(coalesce(parts.artist_parts, [])) > 0 as artist_known,
    s.kind = 'track' and not s.title_unknown and t.key is not null as title_known,
    null::varchar as artist_verdict
from spelled s
left join parts using (play_id) left join featured using (play_id) left join remixer using (play_id) left join dj using (play_id)
left join title_names t on t.text = s.title
left join title_roots tr on tr.text = s.title
left join label_names l on l.text = s.label
left join number_names c on c.text = s.catalogue_number
left join version_names v on v.text = cast({version} as varchar)
"""

_VERSION = "struct_pack(k := s.version_kinds, t := s.version, r := s.remixers)"

_FIRST_ACTS = """
create or replace temp table first_act as
select play_id, coalesce(a.artist_keys, []) as artist_keys
from every_play left join acts_of_parts a using (artist_parts)
"""

# A verdict says who made a track, not which track a line names.
_TRACK_IDENTITY = """case
    when artist_known and artist_verdict is null and title_known then 'artist|' || artist_keys[1] || '|' || title_key || '|' || version_key
    when title_known then 'title|' || title_key || '|' || version_key || '|' || coalesce(label_key, '')
    else 'play|' || play_id end"""

PLAYS = f"""
select e.* exclude (label_key), coalesce(la.act_key, e.label_key) as label_key, coalesce(g.set_group, e.set_key) as set_group,
    f.artist_keys, md5({_TRACK_IDENTITY.replace("label_key", "coalesce(la.act_key, e.label_key)")}) as track_key,
    {bucket_sql("track_key")} as bucket
from every_play e join first_act f using (play_id)
left join label_aliases la on la.alias_key = e.label_key
left join set_groups g using (set_key)
"""

_SET_PAIRS = """
with track as (
    select distinct set_key, artist_keys[1] || '|' || title_key || '|' || version_key as track
    from every_play join first_act using (play_id) where artist_known and title_known
), rare as (select track from track group by 1 having count(*) between 2 and 60),
size as (select set_key, count(*) as tracks from track group by 1)
select a.set_key, b.set_key
from track a join rare using (track) join track b on b.track = a.track and a.set_key < b.set_key
join size x on x.set_key = a.set_key join size y on y.set_key = b.set_key
group by 1, 2
having count(*) >= $least and count(*) >= $share * least(any_value(x.tracks), any_value(y.tracks))
order by 1, 2
"""


def build_every_play(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `every_play`: all plays with keys per name, before names are merged.

    Needs the views raw_tracks and parsed_labels. Columns: see `plays` in `lake/tables.py`, without
    artist_keys, set_group, track_key and bucket.
    """
    con.execute(_SPELLED)
    make_key_table(
        con,
        "artist_names",
        "select unnest(credits).name from spelled union select unnest(remixers) from spelled union select unnest(djs) from spelled",
        keys.artist_key,
    )
    make_key_table(con, "title_names", "select title from spelled", keys.title_key)
    make_key_table(con, "title_roots", "select title from spelled", keys.title_root)
    make_key_table(con, "label_names", "select label from spelled", keys.label_key)
    make_key_table(con, "number_names", "select catalogue_number from spelled", keys.catalogue_number_key)
    _make_version_keys(con)
    con.execute(_EVERY_PLAY.format(version=_VERSION, also=ALSO))


def _make_version_keys(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        f"select distinct cast({_VERSION} as varchar), version_kinds, version, remixers from spelled s where version is not null order by 1"
    ).fetchall()
    found = {
        text: keys.version_key(kinds or [], version, remixers or [])
        for text, kinds, version, remixers in rows
    }
    make_key_table(
        con,
        "version_names",
        f"select cast({_VERSION} as varchar) from spelled s where version is not null",
        found.__getitem__,
    )


def group_sets(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `set_groups(set_key, set_group)` for sets that are near-duplicates of another.

    A group is named by its first set key; sets without a double have no row.
    """
    pairs = con.execute(
        _SET_PAIRS, {"least": _SHARED_TRACKS_AT_LEAST, "share": _SHARED_SHARE_AT_LEAST}
    ).fetchall()
    leader: dict[str, str] = {}

    def find(key: str) -> str:
        while leader.get(key, key) != key:
            key = leader[key]
        return key

    for one, other in pairs:
        first, second = sorted((find(one), find(other)))
        leader[first] = first
        leader[second] = first
    con.execute("create or replace temp table set_groups (set_key varchar, set_group varchar)")
    rows = [(key, find(key)) for key in sorted(leader)]
    if rows:
        con.executemany("insert into set_groups values (?, ?)", rows)


def build_plays(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp tables `plays`, `artists`, `artist_aliases`, `label_aliases` from raw_tracks and parsed_labels.

    Every known play teaches names. Columns stand in `lake/tables.py`. Needs the view ledger too: what a person
    decided names plays that no line names, and teaches names as they do; which labels and which sets are one is
    told by the lines alone.
    """
    build_every_play(con)
    con.execute("create or replace temp view teaching_plays as select * from every_play where artist_known")
    learn_names(con, "teaching_plays")
    con.execute(_FIRST_ACTS)
    learn_labels(con)
    group_sets(con)
    con.execute(f"create or replace temp table plays as {PLAYS}")
    if take_verdicts(con):
        learn_names(con, "teaching_plays")
        con.execute(_FIRST_ACTS)
        con.execute(f"create or replace temp table plays as {PLAYS}")
    # a protected act is shown as the credit that is played most
    con.execute(
        "create or replace temp table act_names as select act_key as artist_key, arg_max(artist, (uses, artist)) as name"
        " from protected_acts join (select array_to_string(artist_parts, '') as act_key, artist, count(*) as uses"
        " from every_play where len(artist_parts) > 1 group by all) using (act_key) group by 1"
    )
