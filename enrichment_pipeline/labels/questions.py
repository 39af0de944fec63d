"""Who may speak and what is asked: witnesses and questions from the plays of the lake, and what lines' texts say.

Temp tables only; how witnesses answer stands in `evidence.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from enrichment_pipeline.catalogue.keys import make_key_table
from enrichment_pipeline.labels.decision import SELF_RELEASED_KEY, SELF_RELEASED_NAME, is_self_released
from enrichment_pipeline.naming import keys

# A bracket that is no label by its form may still be one by its words, when so many plays name that label.
_KNOWN_LABEL_PLAYS = 3

_WITNESSES = f"""
create or replace temp table bracket as
select play_id, b.text, b.kind from (select play_id, unnest(brackets) as b from parsed_labels where label is null) where b.kind <> 'version';

create or replace temp table label_text as
select p.play_id, p.track_key, p.bucket, p.set_key, p.set_group, p.set_date,
    if(s.text is null, p.label_key, '{SELF_RELEASED_KEY}') as label_key,
    if(s.text is null, r.label, '{SELF_RELEASED_NAME}') as label, p.label_confidence
from plays p join label_rosters r using (label_key) left join self_released_names s on s.text = p.label
union all
select distinct p.play_id, p.track_key, p.bucket, p.set_key, p.set_group, p.set_date, '{SELF_RELEASED_KEY}', '{SELF_RELEASED_NAME}', 0.9
from plays p join bracket b using (play_id) join self_released_names s on s.text = b.text
where p.label_key is null;

create or replace temp table label_witness as
select p.play_id, p.track_key, p.set_key, p.set_group, p.set_year, p.artist_keys, p.title_key, p.version_key,
    t.label_key, p.label_confidence, p.catalogue_key
from plays p join label_text t using (play_id)
where p.artist_known and p.title_known and t.label_key <> '{SELF_RELEASED_KEY}' and coalesce(len(p.components), 0) < 2;

create or replace temp table label_set_line as
select set_key, label_key from label_text where label_key <> '{SELF_RELEASED_KEY}';
"""

_UNSAID = """
create or replace temp table unsaid as
select p.* from plays p
where p.bucket in (select bucket from asked_bucket) and p.kind = 'track'
    and p.play_id not in (select play_id from label_text);

create or replace temp table label_question as
select track_key as question_id, null::varchar as own_group, median(set_year)::integer as year,
    any_value(artist_keys) as artist_keys, any_value(title_key) as title_key, any_value(version_key) as version_key
from unsaid where artist_known and title_known and coalesce(len(components), 0) < 2 group by 1;

create or replace temp table label_question_line as
select distinct track_key as question_id, set_key, null::varchar as own_label from unsaid;
"""

# The bracket must close the line, and its words must be played as a label more than as an artist.
BRACKET_LABELS = f"""
create or replace temp table bracket_label as
select distinct on (p.play_id) p.play_id, p.track_key, p.bucket, p.set_group, p.set_date, p.artist_keys, p.title_key, p.version_key,
    r.label_key, r.label, b.text as written
from bracket b join bracket_names n on n.text = b.text join plays p using (play_id) join raw_tracks using (play_id)
join label_rosters r on r.label_key = n.key
left join artists a on a.artist_key = n.key
where b.kind in ('name', 'remix', 'number', 'junk') and p.kind = 'track' and r.plays >= {_KNOWN_LABEL_PLAYS} and r.plays > coalesce(a.plays, 0)
    and not list_contains(p.artist_keys, n.key)
    and regexp_matches(rtrim(raw_text), '[\\])]$') and ends_with(rtrim(raw_text)[:-2], b.text)
    and b.text not in (select text from self_released_names)
order by p.play_id, r.label_key;
"""


def prepare_witnesses(con: duckdb.DuckDBPyConnection) -> None:
    """Make `label_text`, `label_witness`, `label_set_line` and `bracket_label` from the lake's views.

    `label_text` has a row for each play whose own text names a label, or says that there is none.
    """
    texts = (
        "select label from plays union select unnest(brackets).text from parsed_labels where label is null"
    )
    make_key_table(con, "self_released_names", texts, lambda t: SELF_RELEASED_KEY * is_self_released(t))
    con.execute(_WITNESSES)
    make_key_table(con, "bracket_names", "select text from bracket", keys.label_key)
    con.execute(BRACKET_LABELS)


def ask_about(con: duckdb.DuckDBPyConnection, buckets: Sequence[str]) -> None:
    """Make `label_question` and `label_question_line`: tracks of these buckets that some line leaves unlabelled."""
    con.execute(
        "create or replace temp table asked_bucket as select unnest($buckets) as bucket",
        {"buckets": list(buckets)},
    )
    con.execute(_UNSAID)
