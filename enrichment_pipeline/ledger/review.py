"""What a person decides by, and the entries that come of it: tracks with their answers, verdicts, and undoing a run.

Nothing is written here (`book.py` does) and nothing printed; a file of many verdicts is read in `sheet.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.entries import ACCEPT, BY_PERSON, REJECT, REVERT, Entry, LedgerError
from enrichment_pipeline.ledger.rule import STANDING, make_tables
from enrichment_pipeline.naming.keys import artist_key
from enrichment_pipeline.tracklists.grammar_credits import split_credit

# guests, and other names of the one before
_NOT_MAIN = ("featured", "alias")
_READS = (
    "tracks",
    "plays",
    "raw_tracks",
    "resolved_artists",
    "track_labels",
    "artists",
    "artist_aliases",
    "ledger",
)

# The answer shown is what stands after all that people decided, also where the tables do not follow yet.
_TRACKS = """
select t.track_key, t.plays, l.line, coalesce(t.shown_label, b.label) as label, t.artist_known and t.artist_verdict is null as is_named,
    coalesce(n.artist, r.artist) as answer,
    coalesce(n.artist_keys, if(r.artist_key is null, [], [r.artist_key])) as answer_keys,
    coalesce(n.artist_names, if(r.artist is null, [], [r.artist])) as answer_names,
    if(n.entry_id is null, r.probability, null) as probability, if(n.entry_id is null, r.band, 'verdict') as band,
    if(n.entry_id is null, r.model_hash, null) as model_hash, coalesce(r.reason, '') as reason, coalesce(r.evidence, []) as evidence,
    coalesce(r.top_candidates, []) as candidates, x.track_key is not null as is_rejected
from tracks t left join resolved_artists r using (track_key)
left join (select track_key, min(raw_text) as line from plays join raw_tracks using (play_id) group by 1) l using (track_key)
left join track_labels b on b.track_key = t.track_key and b.status in ('accepted', 'self-released')
left join verdict_named n on n.track_key = t.track_key
left join answer_rejected x on x.track_key = t.track_key and x.artist_key = r.artist_key
"""
_TO_DECIDE = "where r.band = 'review' and n.entry_id is null and x.track_key is null order by r.probability desc, t.track_key"

_BEHIND = """
select count(*) from (
    select n.track_key from verdict_named n join tracks t using (track_key)
    where t.artist_verdict is distinct from n.entry_id and (t.artist_verdict is not null or not t.artist_known)
    union select track_key from tracks where artist_verdict is not null and artist_verdict not in (select entry_id from verdict_named)
    union select n.track_key from verdict_named n join tracks t using (track_key) left join resolved_artists r using (track_key)
    where r.decided_run is distinct from n.run_id and (t.artist_verdict is not null or not t.artist_known)
    union select track_key from resolved_artists where band = 'verdict' and track_key not in (select track_key from verdict_named)
    union select track_key from resolved_artists join answer_rejected using (track_key, artist_key)
    union select track_key from resolved_artists join answer_taken_back using (track_key, artist_key, model_hash) where band = 'auto'
)
"""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A track as a person sees it.

    Attributes:
        track_key: its key.
        plays: how often it is played.
        line: a line that names it, unchanged.
        label: its label, where known.
        is_named: its lines name the artist themselves, so there is nothing to decide.
        answer: the credit that stands or is proposed; None where nobody is.
        answer_keys: keys of its main artists.
        answer_names: the same as names.
        probability: 0..1 of the matcher's answer; None of a verdict.
        band: verdict, auto, review or none; None where nobody was asked.
        model_hash: model that answered.
        reason: why, in words.
        evidence: what speaks for the answer, in words.
        candidates: all candidates with their probability, the answer first.
        is_rejected: a person rejected the answer, and the tables do not follow yet.
    """

    track_key: str
    plays: int
    line: str
    label: str | None
    is_named: bool
    answer: str | None
    answer_keys: tuple[str, ...]
    answer_names: tuple[str, ...]
    probability: float | None
    band: str | None
    model_hash: str | None
    reason: str
    evidence: tuple[str, ...]
    candidates: tuple[tuple[str, float], ...]
    is_rejected: bool

    @property
    def others(self) -> tuple[tuple[str, float], ...]:
        """Candidates beside the answer."""
        return tuple(c for c in self.candidates if c[0] != self.answer)


@dataclass(frozen=True, slots=True)
class Session:
    """Who decides, in which run, and when: what all verdicts of one sitting share."""

    run_id: str
    who: str
    now: datetime


def tracks_to_review(lake: Lake) -> list[Reviewed]:
    """Tracks whose answer is likely but not sure enough, the surest first; those decided since are left out."""
    with lake.connect(_READS) as con:
        make_tables(con)
        return _reviewed(con, _TO_DECIDE)


def tracks_by_key(lake: Lake, keys: Sequence[str]) -> dict[str, Reviewed]:
    """Tracks by key, as what people decided so far leaves them; keys without a track are missing."""
    with lake.connect(_READS) as con:
        make_tables(con)
        found = _reviewed(con, "where t.track_key in (select unnest($keys))", keys=list(keys))
    return {track.track_key: track for track in found}


def tracks_behind(lake: Lake) -> int:
    """How many tracks were decided about since the tables were made, undone decisions included."""
    with lake.connect(("tracks", "resolved_artists", "ledger")) as con:
        make_tables(con)
        return int(con.execute(_BEHIND).fetchall()[0][0])


def accept(track: Reviewed, session: Session, note: str | None = None) -> Entry:
    """The verdict that the answer is right.

    Raises:
        LedgerError: there is no answer, or the lines name the artist.
    """
    return _on_answer(track, ACCEPT, session, note)


def reject(track: Reviewed, session: Session, note: str | None = None) -> Entry:
    """The verdict that the answer is wrong: it is not proposed for this track again.

    Raises:
        LedgerError: there is no answer, or the lines name the artist.
    """
    return _on_answer(track, REJECT, session, note)


def name_artist(lake: Lake, track: Reviewed, credit: str, session: Session, note: str | None = None) -> Entry:
    """The verdict that somebody made the track, whoever the matcher thinks of.

    Args:
        lake: knows which names are one act.
        track: the track.
        credit: as it should be shown, "A & B feat. C" for several.
        session: who decides.
        note: why.

    Raises:
        LedgerError: the credit names nobody, or the lines name the artist.
    """
    _must_be_open(track)
    names, keys = main_artists(lake, credit)
    return _entry(track, ACCEPT, credit.strip(), keys, names, session, note)


def main_artists(lake: Lake, credit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and keys of the main artists of a credit; one that is played as a whole is one act.

    Raises:
        LedgerError: it names nobody.
    """
    whole = artist_key(credit)
    with lake.connect(("artists", "artist_aliases")) as con:
        is_known = con.execute(
            "select count(*) from (select artist_key as key from artists union select alias_key from artist_aliases) where key = $key",
            {"key": whole},
        ).fetchall()[0][0]
    if is_known:
        return (credit.strip(),), (whole,)
    named: dict[str, str] = {}
    for part in split_credit(credit):
        if part.role.value not in _NOT_MAIN and (key := artist_key(part.name)):
            named.setdefault(key, part.name)
    if not named:
        raise LedgerError(f"{credit!r} names no artist")
    return tuple(named.values()), tuple(named)


def is_already_so(lake: Lake, entries: Sequence[Entry]) -> list[bool]:
    """Of each verdict, whether just that is in force already."""
    with lake.connect(["ledger"]) as con:
        make_tables(con)
        named = {
            (key, tuple(keys))
            for key, keys in con.execute("select track_key, artist_keys from verdict_named").fetchall()
        }
        rejected = set(con.execute("select track_key, artist_key from answer_rejected").fetchall())
    return [
        (e.track_key, e.artist_keys) in named
        if e.kind == ACCEPT
        else all((e.track_key, key) in rejected for key in e.artist_keys)
        for e in entries
    ]


def entries_to_revert(lake: Lake, run: str, session: Session, note: str | None = None) -> list[Entry]:
    """The entries that undo a run: one for each of its entries that nobody undid.

    Args:
        lake: where the ledger is kept.
        run: whole id of a run of the ledger, as `book.find_run` gives it.
        session: who undoes it.
        note: why.

    Raises:
        LedgerError: the run is a revert itself, or undone already; says by which run.
    """
    with lake.connect(["ledger"]) as con:
        con.execute(f"create temp table standing as {STANDING}")
        kinds = {
            k for (k,) in con.execute("select kind from ledger where run_id = $run", {"run": run}).fetchall()
        }
        if kinds == {REVERT}:
            raise LedgerError(f"run {run} is a revert itself and cannot be undone: record the verdicts anew")
        query = "select * from standing where run_id = $run order by entry_id"
        rows = con.sql(query, params={"run": run}).to_arrow_table().to_pylist()
        if not rows:
            by = con.execute(
                "select string_agg(distinct run_id, ', ' order by run_id) from ledger where reverts_run = $run",
                {"run": run},
            ).fetchall()[0][0]
            raise LedgerError(f"run {run} was undone already, by {by}")
    return [
        Entry(
            track_key=row["track_key"],
            kind=REVERT,
            generation=row["generation"],
            artist=row["artist"],
            artist_keys=tuple(row["artist_keys"]),
            artist_names=tuple(row["artist_names"]),
            run_id=session.run_id,
            decided_at=session.now,
            probability=row["probability"],
            model_hash=row["model_hash"],
            who=session.who,
            note=note,
            line=row["line"],
            reverts_run=run,
            reverts_entry=row["entry_id"],
        )
        for row in rows
    ]


def _on_answer(track: Reviewed, kind: str, session: Session, note: str | None) -> Entry:
    _must_be_open(track)
    if track.answer is None:
        raise LedgerError(f"track {track.track_key}: nobody is proposed, so name who made it (--artist NAME)")
    chosen = ACCEPT if kind == ACCEPT else REJECT
    return _entry(track, chosen, track.answer, track.answer_keys, track.answer_names, session, note)


def _must_be_open(track: Reviewed) -> None:
    if track.is_named:
        raise LedgerError(
            f"track {track.track_key}: its lines name the artist themselves; there is nothing to decide"
        )


def _entry(
    track: Reviewed,
    kind: str,
    artist: str,
    keys: Sequence[str],
    names: Sequence[str],
    session: Session,
    note: str | None,
) -> Entry:
    is_the_answer = tuple(keys) == track.answer_keys
    return Entry(
        track_key=track.track_key,
        kind=ACCEPT if kind == ACCEPT else REJECT,
        generation=BY_PERSON,
        artist=artist,
        artist_keys=tuple(keys),
        artist_names=tuple(names),
        run_id=session.run_id,
        decided_at=session.now,
        probability=track.probability if is_the_answer else None,
        model_hash=track.model_hash if is_the_answer else None,
        who=session.who,
        note=(note or "").strip() or None,
        line=track.line,
    )


def _reviewed(con: duckdb.DuckDBPyConnection, condition: str, **values: object) -> list[Reviewed]:
    rows = con.sql(f"{_TRACKS} {condition}", params=values).to_arrow_table().to_pylist()
    return [
        Reviewed(
            **{
                **row,
                "line": row["line"] or "",
                "answer_keys": tuple(row["answer_keys"]),
                "answer_names": tuple(row["answer_names"]),
                "evidence": tuple(row["evidence"]),
                "candidates": tuple((c["artist"], c["probability"]) for c in row["candidates"]),
            }
        )
        for row in rows
    ]
