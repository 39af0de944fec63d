"""The ledger as a person reads it: every entry with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.rule import IN_FORCE, make_tables

_HISTORY = f"""
with force as ({IN_FORCE}),
undone as (select reverts_entry as entry_id, min(run_id) as by_run from ledger where kind = 'revert' group by 1),
rejected as (select e.entry_id from ledger e join answer_rejected r on r.track_key = e.track_key and r.run_id = e.run_id
    and list_contains(e.artist_keys, r.artist_key) where e.kind = 'verdict reject')
select e.run_id, e.decided_at, e.kind, e.track_key, e.artist, e.probability, e.who, e.note, coalesce(e.line, '') as line,
    case when e.kind = 'revert' then 'undoes ' || e.reverts_run
        when u.by_run is not null then 'undone by ' || u.by_run
        when e.kind = 'auto answer' and r.track_key is null then 'not answered any more'
        when e.kind <> 'auto answer' and t.track_key is null then 'no line names the track now'
        when e.entry_id in (select entry_id from force) or e.entry_id in (select entry_id from rejected) then 'in force'
        else 'another verdict came after it' end as status
from ledger e left join undone u using (entry_id) left join tracks t on t.track_key = e.track_key
left join resolved_artists r on r.track_key = e.track_key and r.artist_key = e.artist_keys[1] and r.model_hash = e.model_hash and r.band = 'auto'
where starts_with(e.track_key, $track)
order by e.decided_at desc, e.run_id desc, e.track_key, e.entry_id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry and what became of it: in force, undone, overtaken, answered no more, or of a track that is gone."""

    run_id: str
    decided_at: datetime
    kind: str
    track_key: str
    artist: str
    probability: float | None
    who: str | None
    note: str | None
    line: str
    status: str


def history(lake: Lake, track: str = "") -> list[Line]:
    """Entries of the ledger, the latest first.

    Args:
        lake: where the ledger is kept.
        track: only of tracks whose key begins so.
    """
    with lake.connect(["ledger", "tracks", "resolved_artists"]) as con:
        make_tables(con)
        return [Line(*row) for row in con.execute(_HISTORY, {"track": track}).fetchall()]
