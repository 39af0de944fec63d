"""Labels behind catalogue numbers: `DC123` is Drumcode when other lines name Drumcode beside numbers of that form.

SQL over temp tables; a label's numbers share their letters.
"""

from __future__ import annotations

import duckdb

_LETTERS = "regexp_extract(catalogue_key, '^([a-z]{2,})[0-9]', 1)"
_KNOWN_LABEL_PLAYS = 3

ALL_OF_MANY = "three sets and more, all agree"
ALL_OF_TWO = "two sets agree"
ALL_OF_ONE = "one set"
EIGHT_IN_TEN = "eight in ten"
SPELLS_LABEL = "spells a known label"
DISAGREE = "sets disagree"
# How often each was right on the real sample: where few plays are to be measured, what is measured starts there.
SHARES = {
    ALL_OF_MANY: 0.976,
    ALL_OF_TWO: 0.898,
    ALL_OF_ONE: 0.766,
    EIGHT_IN_TEN: 0.929,
    SPELLS_LABEL: 0.643,
    DISAGREE: 0.487,
}

_WITNESSES = f"""
create or replace temp table witness_number as
select {_LETTERS} as letters, label_key, set_group, count(*) as plays from label_witness
where catalogue_key is not null and {_LETTERS} <> '' group by all;
create or replace temp table spelled_label as
select label_key as letters from label_witness group by 1 having count(*) >= {_KNOWN_LABEL_PLAYS};
"""


def _answers(questions: str) -> str:
    """SQL: the label whose numbers have the letters of a play's number, and how many sets say so."""
    return f"""
with asked as (select *, {_LETTERS} as letters from {questions} where catalogue_key is not null),
counted as (
    select a.play_id, w.label_key, count(distinct w.set_group) as sets, sum(w.plays)::bigint as plays
    from asked a join witness_number w on w.letters = a.letters and w.set_group <> a.set_group group by all
), answered as (
    select play_id, arg_max(label_key, (sets, plays, label_key)) as label_key, max(sets) as sets, sum(sets) as sets_total,
        arg_max(plays, (sets, plays, label_key)) as plays_for, sum(plays)::bigint as plays_total
    from counted group by 1
)
select a.* , coalesce(n.label_key, s.letters) as answer,
    coalesce(n.plays_for, 0)::bigint as plays_for, coalesce(n.plays_total, 0)::bigint as plays_total,
    case when n.sets = n.sets_total and n.sets >= 3 then '{ALL_OF_MANY}' when n.sets = n.sets_total and n.sets = 2 then '{ALL_OF_TWO}'
        when n.sets = n.sets_total then '{ALL_OF_ONE}' when n.sets >= 0.8 * n.sets_total then '{EIGHT_IN_TEN}'
        when n.sets is null then '{SPELLS_LABEL}' else '{DISAGREE}' end as support
from asked a left join answered n using (play_id) left join spelled_label s on s.letters = a.letters
where coalesce(n.label_key, s.letters) is not null
"""


def hide_numbered_labels(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `hidden_number(label_key, truth, support)` of labelled plays that name a number.

    Needs `label_witness` with play_id, set_group, label_key and catalogue_key.
    """
    con.execute(_WITNESSES)
    con.execute(
        "create or replace temp table hidden_number as select answer as label_key, label_key as truth, support"
        f" from ({_answers('label_witness')})"
    )


def ask_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `number_label`: labels of plays that name a number and no label.

    Needs `unsaid` (plays without a label) and `label_witness`.
    """
    con.execute(_WITNESSES)
    con.execute(
        "create or replace temp table number_label as select track_key, bucket, answer as label_key, plays_for, plays_total, support,"
        f" if(support = '{SPELLS_LABEL}', 'number spells the label', 'letters of the number') as found_by,"
        f" if(support = '{SPELLS_LABEL}', 'the number ' || catalogue_number || ' spells the label',"
        " plays_for || ' of ' || plays_total || ' plays with numbers like ' || catalogue_number || ' name it') as reason"
        f" from ({_answers('unsaid')})"
    )
