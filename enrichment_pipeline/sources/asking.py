"""Asks sources about the tracks that are due, and remembers how it ended: evidence and look-ups by bucket.

What is already known is never asked again before its time; what was not answered keeps the evidence it had and
says why. A run that is killed loses nothing: answers are kept as they arrive, and asking the same questions again
finds them. Two runs that want the same take turns (their pool), and the second finds the look-ups of the first. How a
source is asked stands in its own module, when to ask again in `enrichment_pipeline.cooldown`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import duckdb

from enrichment_pipeline.cooldown.policy import Facts, Settings, next_ask
from enrichment_pipeline.cooldown.requests import read_wishes, wishes_as_arrow
from enrichment_pipeline.cooldown.settings import settings_of
from enrichment_pipeline.lake.lake import Lake, rows_as_arrow
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.sources.http.client import asked_anew
from enrichment_pipeline.sources.outcomes import ANSWERED, OffError, SourceError
from enrichment_pipeline.sources.questions import LookUp, Source
from enrichment_pipeline.sources.surroundings import Surroundings

Question = TypeVar("Question")
Row = dict[str, Any]

# A track is due when the source never answered, when its time has come, when it was waked (new evidence, or a person)
# since the source answered, or when only the source's own state (off, out of quota) kept it from being asked.
_DUE = """
select q.*, l.attempts as earlier_attempts, l.asked_at as earlier_asked_at, w.waked_at, w.revived_at, w.label_known, w.recent_set, w.supports_rising,
    coalesce(l.outcome in ('miss', 'ambiguous') and l.asked_at < w.waked_at, false) as is_waked
from ({questions}) q left join {lookups} l on l.track_key = q.track_key and l.source = $source
left join waked w on w.track_key = q.track_key
where l.track_key is null or l.outcome in ('off', 'quota') or {timed}
"""
_TIMED = "l.next_ask_at <= $now or (l.outcome in ('miss', 'ambiguous') and l.asked_at < w.waked_at)"
# A dump says the same until another is loaded; then it costs nothing to ask it about everybody.
_LOADED_ANEW = "(l.outcome <> 'hit' and l.asked_at < $as_of and $now is not null)"
# Who was waked by the queue, or by a person since it was made.
_WAKED = """
create temp table waked as
with open_wish as (
    select q.track_key, max(w.at) as at, max(w.at) filter (w.kind = 'revive' and q.state = 'exhausted') as revived_at
    from cooldown_queue q join wish w on w.track_key = q.track_key or (w.track_key = '*' and q.state = 'exhausted')
    where q.state <> 'resolved' and w.at > coalesce(q.seen.requested_at, '-infinity') group by 1
)
select q.track_key, greatest(q.waked_at, w.at) as waked_at, coalesce(w.revived_at, q.revived_at) as revived_at,
    seen.label_known as label_known, coalesce(seen.supports > seen.supports_first, false) as supports_rising,
    coalesce(seen.last_played >= $now::date - $recent_days::integer, false) as recent_set
from cooldown_queue q left join open_wish w using (track_key) where bucket in (select bucket from asked_bucket)
"""


# A source that asks for many tracks at once needs many: a bucket of the smallest collections holds ten. Eight are
# what a backfill puts in a run, so that the same tracks are asked together again after a run was killed.
_BUCKETS_AT_ONCE = 8


@dataclass
class AskReport:
    """What came of asking.

    `rows` per table and bucket; `outcomes` per bucket and source; `requests` to the network and `notes`, why it
    stopped answering, per source.
    """

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def count_rows(self, table: str, bucket: str, rows: int) -> None:
        """Note how many rows a bucket of a table has now."""
        self.rows.setdefault(table, {})[bucket] = rows

    def count_outcome(self, bucket: str, source: str, outcome: str) -> None:
        """Note how one look-up of a source ended."""
        self.outcomes.setdefault(bucket, {}).setdefault(source, Counter())[outcome] += 1

    def totals(self) -> dict[str, Counter[str]]:
        """How look-ups ended per source, over all buckets."""
        total: dict[str, Counter[str]] = {}
        for by_source in self.outcomes.values():
            for source, outcomes in by_source.items():
                total.setdefault(source, Counter()).update(outcomes)
        return total


@dataclass(frozen=True)
class Ask(Generic[Question]):
    """One way of asking: which tables, which sources, how a row becomes a question and an answer rows.

    Args:
        lookups: look-up table.
        questions: query of what may be asked in the buckets of `asked_bucket`; one row per track, in the order of
            asking. Tracks that a source before found are left out of it by `hits`.
        read: from a row of that query to the question.
        look_up: asks one source.
        evidence: per table written beside the look-ups: from a question, source and answer to rows.
        hits: look-up tables whose hits need not be asked again.
    """

    lookups: str
    questions: str
    read: Callable[[Row], Question]
    look_up: Callable[[Any, Sequence[Question]], Iterator[LookUp]]
    evidence: dict[str, Callable[[Question, str, LookUp], list[Row]]]
    hits: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables that are read or written."""
        return ("cooldown_queue", *self.reads, self.lookups, *self.evidence, *self.hits)


def ask(
    lake: Lake,
    way: Ask[Question],
    sources: Sequence[Source],
    buckets: Sequence[str],
    surroundings: Surroundings,
    *,
    report: AskReport | None = None,
    progress: Callable[[str], None] = lambda words: None,
) -> AskReport:
    """Ask each source about the tracks that are due in these buckets; eight of them are written when they are done.

    A source is asked only about tracks that none before it found.

    Args:
        lake: tables.
        way: what is asked and how.
        sources: in the order of asking; those that are off are told, not asked.
        buckets: asked a few at a time.
        surroundings: clock, and settings of the cool-down.
        report: to be added to.
        progress: told in words how far it is; asking at one request a second takes a while.

    Returns:
        What came of it.
    """
    report = report or AskReport()
    now = surroundings.now().astimezone(UTC).replace(tzinfo=None)
    settings = settings_of(surroundings.get)
    # Nobody can lose an answer where nobody is asked: then all buckets are one piece of work.
    at_once = _BUCKETS_AT_ONCE if any(source.off_reason is None for source in sources) else len(buckets)
    for together in _slices(sorted(buckets), at_once):
        with lake.connect(sorted(set(way.tables))) as con:
            _take_over(con, way, together)
            con.register("wish", wishes_as_arrow(read_wishes(lake)))
            con.execute(_WAKED, {"now": now, "recent_days": settings.recent_days})
            for source in sources:
                _ask_one(con, way, source, now, settings, report)
            for table in (way.lookups, *way.evidence):
                rows = lake.write_partitions(
                    con, table, f"select * from now_{table}", column="bucket", partitions=together
                )
                for bucket, count in rows.items():
                    report.count_rows(table, bucket, count)
        made = ", ".join(f"{s.name} {s.requests:,}" for s in sources if s.requests)
        progress(f"buckets {together[0]} to {together[-1]} asked; requests so far: {made or 'none'}")
    for source in sources:
        report.requests[source.name] = report.requests.get(source.name, 0) + source.requests
    return report


def _slices(buckets: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(buckets), max(size, 1)):
        yield buckets[start : start + size]


def _take_over(con: duckdb.DuckDBPyConnection, way: Ask[Question], buckets: Sequence[str]) -> None:
    """What is there already, as temp tables `now_<table>` that this run changes; and `asked_bucket`."""
    con.execute(
        "create temp table asked_bucket as select unnest($buckets) as bucket", {"buckets": list(buckets)}
    )
    for table in (way.lookups, *way.evidence):
        con.execute(
            f"create temp table now_{table} as select * from {table} where bucket in (select bucket from asked_bucket)"
        )


def _ask_one(
    con: duckdb.DuckDBPyConnection,
    way: Ask[Question],
    source: Source,
    now: datetime,
    settings: Settings,
    report: AskReport,
) -> None:
    questions = f"select * from ({way.questions}) where " + " and ".join(
        f"track_key not in (select track_key from {table} where outcome = 'hit'"
        + (" and source <> $source)" if table.startswith("now_") else ")")
        for table in (*way.hits, f"now_{way.lookups}")
    )
    as_of: datetime | None = getattr(source, "as_of", None)
    timed = _TIMED if as_of is None else _LOADED_ANEW
    values = {"source": source.name, "now": now} | ({"as_of": _plain(as_of)} if as_of else {})
    # the query's own order is the order of asking; DuckDB keeps it through filters, a join does not
    due = con.execute(
        f"with q as (select *, row_number() over () as place from ({questions}))"
        + _DUE.format(questions="from q", lookups=f"now_{way.lookups}", timed=timed)
        + " order by place",
        values,
    )
    names = [column[0] for column in due.description]
    rows = [dict(zip(names, row, strict=True)) for row in due.fetchall()]
    asked = {row["track_key"]: way.read(row) for row in rows}
    waked = {row["track_key"]: row["waked_at"] for row in rows if row["is_waked"]}
    answers, silence = _answers(way, source, asked, waked)
    if silence is not None:
        report.notes[source.name] = silence.reason
    lookup_rows: list[Row] = []
    evidence_rows: dict[str, list[Row]] = {table: [] for table in way.evidence}
    for row in rows:
        track_key, bucket = row["track_key"], row["bucket"]
        answer = answers.get(track_key) or _unanswered(track_key, silence)
        lookup_rows.append(_lookup_row(answer, source.name, row, silence, now, settings))
        report.count_outcome(bucket, source.name, answer.outcome)
        if answer.outcome in ANSWERED:
            for table, rows_of in way.evidence.items():
                new = rows_of(asked[track_key], source.name, answer)
                evidence_rows[table] += [{"bucket": bucket, **evidence} for evidence in new]
    answered = [row["track_key"] for row in lookup_rows if row["outcome"] in ANSWERED]
    _replace(con, way.lookups, lookup_rows, [row["track_key"] for row in lookup_rows], source.name)
    for table, new in evidence_rows.items():
        _replace(con, table, new, answered, source.name)


def _answers(
    way: Ask[Question], source: Source, asked: dict[str, Question], waked: dict[str, datetime]
) -> tuple[dict[str, LookUp], SourceError | None]:
    """What the source says, and why it stopped saying anything, where it did.

    Who was waked is asked first, a budget may end; and really asked: what was said before the wake does not count.
    """
    answers: dict[str, LookUp] = {}
    if not asked:
        return answers, None
    if source.off_reason is not None:
        return answers, OffError(source.off_reason)
    first = [question for key, question in asked.items() if key in waked]
    others = [question for key, question in asked.items() if key not in waked]
    try:
        if first:
            with asked_anew(max(waked.values()).replace(tzinfo=UTC)):
                for answer in way.look_up(source, first):
                    answers[answer.track_key] = answer
        if others:
            for answer in way.look_up(source, others):
                answers[answer.track_key] = answer
    except SourceError as error:
        return answers, error
    return answers, None


def _unanswered(track_key: str, silence: SourceError | None) -> LookUp:
    if silence is None:
        raise AssertionError(f"a source left {track_key} without an answer and said nothing")
    return LookUp(track_key, silence.outcome, silence.reason, None, http_status=silence.http_status)


def _lookup_row(
    answer: LookUp, source: str, row: Row, silence: SourceError | None, now: datetime, settings: Settings
) -> Row:
    """The look-up of one answer; `row` is the question with what was known of the track before."""
    is_answered = answer.outcome in ANSWERED
    asked_at = _plain(answer.asked_at) if answer.asked_at else None
    if asked_at is None and is_answered:
        asked_at = now
    earlier = row["earlier_asked_at"]
    attempts = row["earlier_attempts"] or 0
    if earlier is not None and row["revived_at"] is not None and earlier < row["revived_at"]:
        attempts = 0
    # the same answer again, of the same dump or out of the store, is no further attempt
    attempts += is_answered and (attempts == 0 or earlier is None or asked_at != earlier)
    until = silence.until if silence and silence.until and not is_answered else None
    return {
        "track_key": answer.track_key,
        "bucket": row["bucket"],
        "source": source,
        "outcome": answer.outcome,
        "http_status": answer.http_status,
        "attempts": attempts,
        "asked_at": asked_at,
        "next_ask_at": next_ask(
            answer.outcome,
            attempts,
            asked_at or now,
            seed=answer.track_key,
            until=_plain(until) if until else None,
            settings=settings,
            facts=Facts(bool(row["label_known"]), bool(row["recent_set"]), bool(row["supports_rising"])),
        ),
        "reason": answer.reason,
        "raw_answer_refs": sorted(set(answer.refs)),
        "matched_id": answer.matched_id,
        "isrcs": list(dict.fromkeys(answer.isrcs)),
    }


def _plain(at: datetime) -> datetime:
    """A time as tables hold it: UTC, no zone."""
    return at.astimezone(UTC).replace(tzinfo=None)


def _replace(
    con: duckdb.DuckDBPyConnection, table: str, rows: list[Row], track_keys: list[str], source: str
) -> None:
    """Put new rows in the place of what this source said of these tracks before."""
    has_source = "source" in TABLES[table].column_names
    of_source = "and source = $source" if has_source else "and $source is not null"
    con.execute(
        f"delete from now_{table} where track_key in (select unnest($keys)) {of_source}",
        {"keys": track_keys, "source": source},
    )
    if rows:
        con.register("new_rows", rows_as_arrow(con, table, rows))
        con.execute(f"insert into now_{table} by name select * from new_rows")
        con.unregister("new_rows")
