"""The label hunt at outside sources: which tracks are asked, and how answers become label evidence.

Which tier answers when stands in the graph; what a track's label then is, in `labels.decision`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from enrichment_pipeline.labels.decision import SECONDARY_RELEASES, is_self_released, release_order
from enrichment_pipeline.labels.decision import SELF_RELEASED_KEY as SELF_KEY
from enrichment_pipeline.labels.decision import SELF_RELEASED_NAME as SELF_NAME
from enrichment_pipeline.labels.outside import assumed
from enrichment_pipeline.labels.sources import OUTSIDE, before
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.asking import Ask, Row
from enrichment_pipeline.sources.questions import LabelFinding, LabelSource, LookUp, Source, TrackQuestion
from enrichment_pipeline.sources.registry import label_sources
from enrichment_pipeline.sources.surroundings import Surroundings

# Those to measure by are few and come first, else a budget that is always spent would never reach them.
_LABEL_QUESTIONS = """
select q.*, coalesce(i.isrcs, []) as isrcs from label_questions q left join ({isrcs}) i using (track_key)
where q.bucket in (select bucket from asked_bucket) order by q.purpose, q.plays desc, q.track_key
"""
_NO_ISRCS = "select null::varchar as track_key, null::varchar[] as isrcs where false"


def label_ask(
    evidence: str,
    lookups: str,
    *,
    tier: str,
    hits: tuple[str, ...] = (),
    identifiers: tuple[str, ...] = (),
    extra: dict[str, Any] | None = None,
) -> Ask[TrackQuestion]:
    """How labels are asked for.

    Args:
        evidence: table of label evidence to write.
        lookups: its look-up table.
        tier: tier the evidence belongs to.
        hits: look-up tables whose hits are not asked again.
        identifiers: look-up tables whose ISRCs are handed on.
        extra: further tables to write, with how an answer becomes their rows.
    """
    known = " union all ".join(
        f"select track_key, unnest(isrcs) as isrc from {table} where bucket in (select bucket from asked_bucket)"
        for table in identifiers
    )
    isrcs = (
        f"select track_key, list(distinct isrc order by isrc) as isrcs from ({known}) group by 1"
        if known
        else _NO_ISRCS
    )

    def evidence_rows(question: TrackQuestion, source: str, answer: LookUp) -> list[Row]:
        return label_rows(question, source, tier, answer)

    return Ask(
        lookups=lookups,
        questions=_LABEL_QUESTIONS.format(isrcs=isrcs),
        read=_track_question,
        look_up=_look_up,
        evidence={evidence: evidence_rows, **(extra or {})},
        hits=hits,
        reads=("label_questions", *identifiers),
    )


def hunt(evidence: str, lake: Lake, surroundings: Surroundings) -> tuple[Ask[TrackQuestion], list[Source]]:
    """How, and which sources in which order, an evidence table of `labels.sources.OUTSIDE` is filled.

    Raises:
        StopIteration: no such table.
    """
    tables = next(t for t in OUTSIDE if t.evidence == evidence)
    asked_before = before(tables.lookups)
    supports = {"songstats_dj_supports": support_rows} if evidence == "songstats_labels" else {}
    way = label_ask(
        evidence,
        tables.lookups,
        tier=tables.tier,
        # supports are wanted of tracks whose label is found too
        hits=() if supports else asked_before,
        identifiers=asked_before,
        extra=supports,
    )
    return way, label_sources(evidence, lake, surroundings)


def _look_up(source: LabelSource, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
    return source.look_up(questions)


def _track_question(row: Row) -> TrackQuestion:
    return TrackQuestion(
        track_key=row["track_key"],
        artist=row["artist"],
        artists=tuple(row["artists"]),
        artist_keys=tuple(row["artist_keys"]),
        title=row["title"],
        title_key=row["title_key"],
        version=row["version"],
        version_key=row["version_key"],
        isrcs=tuple(row["isrcs"]),
    )


def label_rows(question: TrackQuestion, source: str, tier: str, answer: LookUp) -> list[Row]:
    """Rows of label evidence of one answer: one per label, the release that speaks best for it."""
    best: dict[str, LabelFinding] = {}
    for finding in sorted(answer.labels, key=_order):
        key = _label_key(finding.label)
        if key:
            best.setdefault(key, finding)
    firsts = {key for key, f in best.items() if f.release_kind not in SECONDARY_RELEASES}
    return [
        {
            "track_key": question.track_key,
            "label_key": key,
            "label": SELF_NAME if key == SELF_KEY else finding.label,
            "source": source,
            "tier": tier,
            "found_by": finding.found_by,
            "artist_similarity": finding.artist_similarity,
            "title_similarity": finding.title_similarity,
            "version_similarity": finding.version_similarity,
            "release_kind": finding.release_kind,
            "release_date": finding.release_date,
            "is_distributor": finding.is_distributor,
            "url": finding.url,
            "asked_at": answer.asked_at.replace(tzinfo=None) if answer.asked_at else None,
            "raw_answer_ref": finding.raw_answer_ref,
            "confidence": assumed(support_of(finding, key in firsts, len(firsts))),
            "reason": finding.reason,
        }
        for key, finding in best.items()
    ]


def support_of(finding: LabelFinding, is_first_release: bool, labels: int) -> str:
    """The kind of answer whose rightness is measured: how it was found, and what stands beside it."""
    if not is_first_release:
        return f"{finding.found_by}, secondary release"
    return finding.found_by if labels == 1 else f"{finding.found_by}, several labels"


def _label_key(label: str) -> str:
    return SELF_KEY if is_self_released(label) or label == SELF_NAME else keys.label_key(label)


def _order(finding: LabelFinding) -> tuple[object, ...]:
    kind = finding.release_kind
    return (
        kind in SECONDARY_RELEASES,
        release_order(kind),
        str(finding.release_date or "9999"),
        bool(finding.is_distributor),
        finding.label,
        finding.matched_id or "",
    )


def support_rows(question: TrackQuestion, source: str, answer: LookUp) -> list[Row]:
    """The row of `songstats_dj_supports` of one answer; none where the track was not found."""
    extra = answer.extra
    if not extra.get("songstats_track_id"):
        return []
    return [
        {
            "track_key": question.track_key,
            "songstats_track_id": extra["songstats_track_id"],
            "is_on_tracklists": bool(extra.get("is_on_tracklists")),
            "unique_support": extra.get("unique_support"),
            "total_support": extra.get("total_support"),
            "activities": extra.get("activities") or [],
            "asked_at": answer.asked_at.replace(tzinfo=None) if answer.asked_at else None,
        }
    ]
