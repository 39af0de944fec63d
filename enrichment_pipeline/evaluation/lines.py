"""What kind of line each question is about, so that results can be told apart by it.

Reads the temp tables `asked` and `known_play` of `matching.questions`; counts are those of the teaching sets without
the line's own set and its doubles. Nothing here is evidence: no method sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from enrichment_pipeline.evaluation.metrics import Integers

# What "none" is in a count of something the line does not have.
NOT_THERE = -1

# Plays of the teaching sets per key, those of the line's own group taken back.
_COUNTED = """
create or replace temp table line_of_key as
select 'title' as what, title_key as key, set_group, count(*)::int as n from known_play where title_key is not null group by all
union all
select 'label', label_key, set_group, count(*)::int from known_play where label_key is not null group by all
union all
select 'artist', key, set_group, count(*)::int from (select unnest(artist_keys) as key, set_group from known_play) group by all
union all
select 'dj', key, set_group, count(*)::int
from (select unnest(list_intersect(dj_keys, artist_keys)) as key, set_group from known_play) group by all;
create or replace temp table line_key as
select 'title' as what, track_id, play_id, set_group, title_key as key from asked where title_key is not null
union all select 'label', track_id, play_id, set_group, label_key from asked where label_key is not null
union all select 'artist', track_id, play_id, set_group, unnest(truth) from asked
union all select 'dj', track_id, play_id, set_group, unnest(dj_keys) from asked;
create or replace temp table line_count as
with every as (select what, key, sum(n)::int as n from line_of_key group by all)
select l.what, l.track_id, l.play_id, max(coalesce(e.n, 0) - coalesce(o.n, 0))::int as n
from line_key l left join every e using (what, key)
left join line_of_key o on o.what = l.what and o.key = l.key and o.set_group = l.set_group
group by all
"""
_LINES = """
with genre_sets as (
    select genre, count(distinct set_key) as sets from (select set_key, unnest(genres) as genre from known_play) group by 1
), class as (
    select play_id, arg_max(genre, (coalesce(sets, 0), genre)) as genre
    from (select distinct play_id, unnest(genres) as genre from asked) left join genre_sets using (genre) group by 1
)
select dense_rank() over (order by a.set_key) as set_no, coalesce(a.set_year, 0) as year, coalesce(c.genre, '') as class,
    case when len(a.remixer_keys) > 0 then 'remix' when coalesce(a.version_key, '') <> '' then 'other version' else 'original' end as version,
    a.title_key is not null as has_title, a.label_key is not null as has_label,
    coalesce(len(list_intersect(a.truth, a.dj_keys)) > 0, false) as is_dj,
    coalesce(t.n, $not_there) as title_plays, coalesce(l.n, $not_there) as label_plays, coalesce(r.n, $not_there) as artist_plays,
    coalesce(d.n, 0) as dj_self_plays
from asked a left join class c using (play_id)
left join line_count t on t.what = 'title' and t.track_id = a.track_id and t.play_id = a.play_id
left join line_count l on l.what = 'label' and l.track_id = a.track_id and l.play_id = a.play_id
left join line_count r on r.what = 'artist' and r.track_id = a.track_id and r.play_id = a.play_id
left join line_count d on d.what = 'dj' and d.track_id = a.track_id and d.play_id = a.play_id
order by a.track_id, a.play_id
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """What each asked line is; in the order of the questions where every question has one line.

    Attributes:
        sets: set number.
        columns: year (0: none), class (of the set's style tags the one most sets have), version (original, remix,
            other version), has_title, has_label, is_dj (an artist of the credit is the DJ), title_plays,
            label_plays, artist_plays (`NOT_THERE` where the line has none; of several artists the most played) and
            dj_self_plays (how often the DJs play themselves elsewhere).
    """

    sets: Integers
    columns: Mapping[str, NDArray]

    def __getitem__(self, name: str) -> NDArray:
        """A column."""
        return self.columns[name]

    @property
    def size(self) -> int:
        """How many lines there are."""
        return int(self.sets.size)


def describe_lines(con: duckdb.DuckDBPyConnection) -> Lines:
    """Describe the lines asked on a connection; needs `asked` and `known_play`."""
    for statement in _COUNTED.split(";\n"):
        con.execute(statement)
    rows = con.execute(_LINES, {"not_there": NOT_THERE}).fetchnumpy()
    for table in ("line_of_key", "line_key", "line_count"):
        con.execute(f"drop table {table}")
    sets = np.asarray(rows.pop("set_no"), np.int64)
    return Lines(sets, {name: np.asarray(values) for name, values in rows.items()})
