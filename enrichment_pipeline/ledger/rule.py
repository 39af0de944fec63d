"""Which entries of the ledger are in force: pure SQL over the view `ledger`, and nothing else.

What is in force depends on the entries alone, so every reader comes to the same answer, and undoing a run gives
back what was in force before it.
"""

from __future__ import annotations

import duckdb

from enrichment_pipeline.ledger.entries import ACCEPT, AUTO, BY_PERSON, REJECT, REVERT

# Entries nobody took back.
STANDING = f"""
select * from ledger where kind <> '{REVERT}'
    and entry_id not in (select reverts_entry from ledger where kind = '{REVERT}' and reverts_entry is not null)
"""

# Who a person said did not make a track; naming the same artist later takes it back.
REJECTED = f"""
with said as (
    select track_key, unnest(artist_keys) as artist_key, artist, kind, decided_at, run_id, who, entry_id
    from ({STANDING}) where generation = {BY_PERSON}
), latest as (
    select * from said
    qualify row_number() over (partition by track_key, artist_key order by decided_at desc, run_id desc, entry_id desc) = 1
)
select track_key, artist_key, artist, run_id, who, decided_at from latest where kind = '{REJECT}'
"""

# Verdicts that say who made a track: the latest that names somebody, unless that artist was rejected after it.
NAMED = f"""
with named as (
    select * from ({STANDING}) where kind = '{ACCEPT}' and generation = {BY_PERSON}
    qualify row_number() over (partition by track_key order by decided_at desc, run_id desc, entry_id desc) = 1
), rejected as ({REJECTED})
select * from named where entry_id not in (
    select entry_id from (select entry_id, track_key, unnest(artist_keys) as artist_key from named)
    join rejected using (track_key, artist_key)
)
"""

# One entry a track: a verdict beats an auto answer, of two of a kind the later counts.
IN_FORCE = f"""
with named as ({NAMED})
select * from ({STANDING}) qualify row_number() over (
    partition by track_key
    order by entry_id in (select entry_id from named) desc, generation, decided_at desc, run_id desc, entry_id desc
) = 1
"""

# Answers of the matcher that were undone: the same model does not write them down again.
TAKEN_BACK = f"""
select e.track_key, e.artist_keys[1] as artist_key, e.model_hash, max(r.run_id) as run_id
from ledger e join ledger r on r.reverts_entry = e.entry_id and r.kind = '{REVERT}'
where e.kind = '{AUTO}' group by all
"""

# Answers of the matcher that stand, each with the run that first wrote it down.
ANSWERED = f"""
select track_key, artist_keys[1] as artist_key, model_hash, min_by(run_id, (decided_at, run_id)) as run_id
from ({STANDING}) where kind = '{AUTO}' group by all
"""


def make_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make temp tables `verdict_named`, `answer_rejected`, `answer_taken_back` and `answer_noted`.

    Args:
        con: connection with the view `ledger`.
    """
    for name, query in (
        ("verdict_named", NAMED),
        ("answer_rejected", REJECTED),
        ("answer_taken_back", TAKEN_BACK),
        ("answer_noted", ANSWERED),
    ):
        con.execute(f"create or replace temp table {name} as {query}")
