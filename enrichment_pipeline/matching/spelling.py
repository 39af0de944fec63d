"""Which candidates are right, other spellings of a right name included.

A person reads "Prok N Fitch" for "Prok & Fitch" as right, so measuring and learning do too. Only the
catalogue's own rule (`naming.credits.is_spelling_of`) decides, for each name of the credit and for the whole of it
("Eddy & Dus", "Eddy Dus"); aliases of other words do not count.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from enrichment_pipeline.naming.credits import is_spelling_of

# DuckDB picks the few pairs that might be alike, the rule decides.
_ALIKE = """
with truth as (
    select distinct q.question_no, t.key
    from question q join (select track_id, unnest(list_append(truth, array_to_string(truth, ''))) as key from asked) t using (track_id)
)
select distinct p.artist_no, c.key as one, t.key as other
from proposal p join truth t using (question_no) join artist_no c on c.no = p.artist_no
where not p.is_truth and (jaro_winkler_similarity(c.key, t.key) >= 0.85 or contains(c.key, t.key) or contains(t.key, c.key)
    or (len(c.key) = len(t.key) and contains(c.key || c.key, t.key)))
order by 1, 3
"""
_RIGHT = """
create or replace temp table right_artist as
select question_no, artist_no, true as is_exact from question_truth
union all
select distinct q.question_no, s.artist_no, false
from question q join (select track_id, unnest(list_append(truth, array_to_string(truth, ''))) as key from asked) t using (track_id)
join spelled s on s.key = t.key
anti join question_truth r on r.question_no = q.question_no and r.artist_no = s.artist_no
"""


def judge(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `right_artist(question_no, artist_no, is_exact)` after `evidence.gather`.

    Every right artist of each question by equal key, and candidates that are another spelling of one.
    """
    spelled = [(a, other) for a, one, other in con.execute(_ALIKE).fetchall() if is_spelling_of(one, other)]
    rows = pa.table(
        {
            "artist_no": pa.array([a for a, _ in spelled], pa.int32()),
            "key": pa.array([key for _, key in spelled], pa.string()),
        }
    )
    con.register("spelled_rows", rows)
    con.execute("create or replace temp table spelled as select * from spelled_rows")
    con.unregister("spelled_rows")
    con.execute(_RIGHT)


def judged(proposals: str) -> str:
    """Proposals whose `is_truth` counts other spellings as right; needs `judge`."""
    return (
        "select p.* replace (r.artist_no is not null as is_truth)"
        f" from ({proposals}) p left join right_artist r using (question_no, artist_no)"
    )
