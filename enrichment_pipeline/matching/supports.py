"""How many DJs Songstats counts for a candidate's track of the asked title, as evidence of the matcher.

Reads the table songstats_dj_supports; who fills it is not known here. Songstats names no DJ and no set, only how many
support a track: of two artists who have a title, the one whose track many DJs play is the likelier one in a set.
A count is heard only of tracks that other sets play, as every fact of the catalogue: that a track was asked at all
because the hidden line names it must not tell who made the line.
"""

from __future__ import annotations

import duckdb

_SUPPORTS = """
create or replace temp table support_fact as
select distinct f.artist_no, f.title_key, f.group_no, coalesce(s.unique_support, 0) as support
from fact f join known_play p using (play_id) join songstats_dj_supports s using (track_key) where f.title_key is not null;
create or replace temp table by_support as
select q.question_no, f.artist_no, max(support)::int as title_support
from asked_question q join support_fact f using (title_key)
anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = f.group_no
group by all;
"""


def gather_supports(con: duckdb.DuckDBPyConnection) -> None:
    """Make `by_support`: per question and candidate with the title, DJs that support the track (0: on no tracklist).

    Args:
        con: connection with the tables of `evidence.number_everything` and the view songstats_dj_supports.
    """
    con.execute(_SUPPORTS)
