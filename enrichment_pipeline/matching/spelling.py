"""Which candidates are right, other spellings of a right name included.

A person reads "Prok N Fitch" for "Prok & Fitch" as right, so measuring and learning do too. Only the
catalogue's own rules decide, for each name of the credit and for its first names written together ("Eddy & Dus",
"Eddy Dus"): `naming.credits.is_spelling_of`, and for a name that is played with the same title also
`may_be_one_name` ("SMD", "Joy O"). Aliases of other words do not count.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from enrichment_pipeline.catalogue.names import words_of_names
from enrichment_pipeline.naming.credits import is_spelling_of, may_be_one_name

# Each name of the credit, and its first names written together.
_NAMED = """
create or replace temp table named as
select distinct q.question_no, t.key
from question q join (
    select track_id, unnest(list_concat(truth, list_transform(range(2, len(truth) + 1), lambda i: array_to_string(truth[1:i], '')))) as key
    from asked
) t using (track_id)
"""
# DuckDB picks the few pairs that might be alike, the rules decide.
_ALIKE = """
select distinct p.artist_no, c.key as one, t.key as other
from proposal p join named t using (question_no) join artist_no c on c.no = p.artist_no
where not p.is_truth and (jaro_winkler_similarity(c.key, t.key) >= 0.85 or contains(c.key, t.key) or contains(t.key, c.key)
    or (len(c.key) = len(t.key) and contains(c.key || c.key, t.key)))
order by 1, 3
"""
_OF_ONE_TITLE = """
with pair as (
    select distinct p.artist_no, c.key as one, t.key as other
    from proposal p join named t using (question_no) join artist_no c on c.no = p.artist_no
    where not p.is_truth and p.title_n > 0 and (c.key[1] = t.key[1] or ends_with(c.key, t.key) or ends_with(t.key, c.key))
), titled as (
    select distinct unnest(artist_keys) as key, title_key from canonical_play where title_known and len(title_key) >= 4
)
select * from pair where exists (
    select 1 from titled a join titled b using (title_key) where a.key = pair.one and b.key = pair.other
) order by 1, 3
"""
_RIGHT = """
create or replace temp table right_artist as
select question_no, artist_no, true as is_exact from question_truth
union all
select distinct q.question_no, s.artist_no, false
from named q join spelled s using (key)
anti join question_truth r on r.question_no = q.question_no and r.artist_no = s.artist_no
"""


def judge(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `right_artist(question_no, artist_no, is_exact)` after `evidence.gather`.

    Every right artist of each question by equal key, and candidates that are another spelling of one.
    """
    con.execute(_NAMED)
    words = words_of_names(con, "canonical_play")
    spelled = {(a, other) for a, one, other in con.execute(_ALIKE).fetchall() if is_spelling_of(one, other)}
    spelled |= {
        (a, other)
        for a, one, other in con.execute(_OF_ONE_TITLE).fetchall()
        if may_be_one_name(words.get(one, (one,)), words.get(other, (other,)))
    }
    rows = pa.table(
        {
            "artist_no": pa.array([a for a, _ in sorted(spelled)], pa.int32()),
            "key": pa.array([key for _, key in sorted(spelled)], pa.string()),
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
