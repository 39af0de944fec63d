"""From match weights to probabilities per question: candidates compete with each other and with "none of these".

p = 2^w / (1 + sum 2^w) over a question's candidates, p_none = 1 / (1 + sum); never a pair's own
match_probability, which knows nothing of the other candidates. An answer is right when it is a main artist
of the credit, and a credit may have two: so a candidate also gets the share of another candidate's
probability with which the two are credited together on this title, in the catalogue or by what outside sources
say (else anywhere). Two spellings of one name that both have the title ("Aitor Ronda", "Altor Ronda") are one answer:
each gets all of the other's.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.naming.credits import is_spelling_of

# Sums of floats differ in the last digit with the order threads add them in; rounded, equal ones stay equal.
# Candidates below these have no mass worth sharing; both keep the self-join small.
_SHARING_RANK = 12
_SHARING_LEAST = 0.005

_MASS = """
create or replace temp table own_mass as
with top as (select question_no, greatest(max(match_weight), 0) as top from {scored} group by 1),
mass as (select s.question_no, s.artist_no, s.match_weight, pow(2, s.match_weight - top) as mass, pow(2, -top) as none_mass
         from {scored} s join top using (question_no))
select question_no, artist_no, match_weight, mass / (none_mass + sum(mass) over w) as own_probability,
    none_mass / (none_mass + sum(mass) over w) as p_none,
    row_number() over (partition by question_no order by match_weight desc, artist_no) as weight_rank
from mass window w as (partition by question_no);

create or replace temp table sharing as
select question_no, artist_no, own_probability from own_mass
where weight_rank <= {rank} and own_probability >= {least};
"""

# DuckDB picks the few pairs that might be alike, the catalogue's own rule decides.
_ALIKE = """
with titled as (
    select question_no, artist_no, key from sharing join proposal using (question_no, artist_no) join artist_no on no = artist_no
    where title_n > 0 or root_n > 0
)
select distinct a.artist_no, b.artist_no, a.key, b.key
from titled a join titled b on a.question_no = b.question_no and a.artist_no < b.artist_no
where jaro_winkler_similarity(a.key, b.key) >= 0.85 or contains(a.key, b.key) or contains(b.key, a.key) order by 1, 2
"""

_POSTERIOR = """
create or replace temp table together as
with pair as (
    select a.question_no, a.artist_no, b.artist_no as with_no, a.own_probability
    from sharing a join sharing b on a.question_no = b.question_no and a.artist_no <> b.artist_no
), on_title as (
    select p.question_no, p.artist_no, p.with_no, sum(c.n) as n
    from pair p join asked_question q using (question_no)
    join credit_fact c on c.artist_no = p.artist_no and c.with_no = p.with_no and c.title_key = q.title_key
    anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = c.group_no
    where {shows_title}
    group by all
), anywhere as (
    select p.question_no, p.artist_no, p.with_no, sum(c.n) as n
    from pair p join asked_question q using (question_no)
    join credit_fact c on c.artist_no = p.artist_no and c.with_no = p.with_no
    anti join excluded_group x on x.exclusion_no = q.exclusion_no and x.group_no = c.group_no
    group by all
)
select p.question_no, p.with_no as artist_no,
    sum(p.own_probability * greatest(if(alike.one is null, 0, 1), coalesce(x.share, 0), case when e.title_n > 0 then least(coalesce(t.n, 0) / e.title_n, 1)
        else coalesce(y.n, 0) / (e.artist_n + 1) end)) as shared
from pair p join proposal e on e.question_no = p.question_no and e.artist_no = p.artist_no
left join on_title t on t.question_no = p.question_no and t.artist_no = p.artist_no and t.with_no = p.with_no
left join anywhere y on y.question_no = p.question_no and y.artist_no = p.artist_no and y.with_no = p.with_no
left join spelled_alike alike on {shows_title} and alike.one = least(p.artist_no, p.with_no) and alike.other = greatest(p.artist_no, p.with_no)
left join external_credit x on {shows_outside} and x.shows_label = {shows_label}
    and x.question_no = p.question_no and x.artist_no = p.artist_no and x.with_no = p.with_no
group by all;

create or replace temp table posterior as
select m.question_no, m.artist_no, m.match_weight, m.own_probability, m.p_none,
    round(least(m.own_probability + coalesce(t.shared, 0), 1 - m.p_none), 12) as probability,
    row_number() over (partition by m.question_no
        order by round(least(m.own_probability + coalesce(t.shared, 0), 1 - m.p_none), 12) desc, m.match_weight desc, m.artist_no)::int as rank
from own_mass m left join together t using (question_no, artist_no)
"""


def make_posterior(
    con: duckdb.DuckDBPyConnection,
    scored: str,
    *,
    visibility: Visibility = VISIBILITIES[0],
    outside: bool = True,
) -> None:
    """Make temp table `posterior` with a row per question and candidate.

    Columns: question_no, artist_no, match_weight (bits), own_probability (of being the one candidate that is
    right), p_none (that none is), probability (of being a main artist of the credit, uncalibrated) and rank.

    Args:
        con: connection with the tables of `evidence.gather`.
        scored: relation with question_no, artist_no, match_weight.
        visibility: what the questions show; credits on a hidden title are not looked at.
        outside: whether what outside sources say is shown.
    """
    con.execute(_MASS.format(scored=scored, rank=_SHARING_RANK, least=_SHARING_LEAST))
    pairs = (
        [
            (one, other)
            for one, other, key, with_key in con.execute(_ALIKE).fetchall()
            if is_spelling_of(key, with_key)
        ]
        if visibility.title
        else []
    )
    con.register(
        "alike_rows",
        pa.table(
            {
                "one": pa.array([one for one, _ in pairs], pa.int32()),
                "other": pa.array([other for _, other in pairs], pa.int32()),
            }
        ),
    )
    con.execute("create or replace temp table spelled_alike as select * from alike_rows")
    con.unregister("alike_rows")
    con.execute(
        _POSTERIOR.format(
            shows_title=str(visibility.title).lower(),
            shows_label=str(visibility.label).lower(),
            shows_outside=str(outside and visibility.title).lower(),
        )
    )
