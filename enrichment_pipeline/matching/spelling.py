"""Which candidates are right, other spellings of a right name included.

A person reads "Prok N Fitch" for "Prok & Fitch" as right, so measuring and learning do too. Only the
catalogue's own rule (`naming.credits.is_spelling_of`) decides; aliases of other words do not count.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from enrichment_pipeline.naming.credits import is_spelling_of

# DuckDB picks the few pairs that might be alike, the rule decides.
_ALIKE = """
select distinct p.artist_no, t.artist_no as truth_no, c.key as one, k.key as other
from proposal p join question_truth t using (question_no)
join artist_no c on c.no = p.artist_no join artist_no k on k.no = t.artist_no
where not p.is_truth
  and (jaro_winkler_similarity(c.key, k.key) >= 0.9 or contains(c.key, k.key) or contains(k.key, c.key))
order by 1, 2
"""
_RIGHT = """
create or replace temp table right_artist as
select question_no, artist_no, true as is_exact from question_truth
union all
select distinct t.question_no, s.artist_no, false from question_truth t join spelled s on s.truth_no = t.artist_no
anti join question_truth q on q.question_no = t.question_no and q.artist_no = s.artist_no
"""


def judge(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `right_artist(question_no, artist_no, is_exact)` after `evidence.gather`.

    Every right artist of each question by equal key, and candidates that are another spelling of one.
    """
    spelled = [(a, t) for a, t, one, other in con.execute(_ALIKE).fetchall() if is_spelling_of(one, other)]
    rows = pa.table(
        {
            "artist_no": pa.array([a for a, _ in spelled], pa.int32()),
            "truth_no": pa.array([t for _, t in spelled], pa.int32()),
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
