"""Verdicts become facts: plays of a track whose artist a person named count as plays by that artist.

Only what a person decided comes in here; the matcher's own answers never do (`enrichment_pipeline.ledger` says why).
The text of a line stays as it is: keys and credit of the play come from the verdict, and `artist_verdict` says so.
"""

from __future__ import annotations

import duckdb

from enrichment_pipeline.ledger.rule import NAMED

_DECIDED = f"create or replace temp table decided as {NAMED}"

# A line that names somebody itself is never overruled. Which track a play belongs to is what its lines name, so a
# verdict moves no play to another track, and finds its plays again at the next run.
_TAKE = """
create or replace temp table every_play as
select e.* replace (
    if(d.track_key is null, e.artist, d.artist) as artist,
    if(d.track_key is null, e.artist_parts, d.artist_keys) as artist_parts,
    e.artist_known or d.track_key is not null as artist_known,
    d.entry_id as artist_verdict
)
from every_play e join plays p using (play_id)
left join decided d on d.track_key = p.track_key and not e.artist_known
"""

# how a name that only a verdict knows is written
_NAMES = """
insert into artist_names
select name, any_value(key order by key) from (
    select unnest(artist_names) as name, unnest(artist_keys) as key from decided
    where entry_id in (select artist_verdict from every_play)
) where name not in (select text from artist_names) group by name
"""


def take_verdicts(con: duckdb.DuckDBPyConnection) -> bool:
    """Write what people decided into `every_play` and `artist_names`; returns whether any play is concerned.

    Args:
        con: connection with the view `ledger` and the temp tables every_play, plays (as the lines alone make them)
            and artist_names.
    """
    con.execute(_DECIDED)
    if con.execute("select count(*) from decided").fetchall() == [(0,)]:
        return False
    con.execute(_TAKE)
    con.execute(_NAMES)
    return bool(con.execute("select count(artist_verdict) > 0 from every_play").fetchall()[0][0])
