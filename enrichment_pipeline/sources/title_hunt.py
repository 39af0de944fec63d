"""Who made a title, asked outside: which titles are asked, and how answers become candidates of the matcher.

Which titles are worth asking is the matcher's to say (`title_questions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.asking import Ask, Row
from enrichment_pipeline.sources.questions import LookUp, Source, TitleQuestion, TitleSource
from enrichment_pipeline.sources.registry import title_sources
from enrichment_pipeline.sources.surroundings import Surroundings

# Wanted ones first: what is learned from masked ones serves only them.
_TITLE_QUESTIONS = """
select * from title_questions where bucket in (select bucket from asked_bucket) order by purpose = 'unknown' desc, plays desc, track_key
"""


def title_ask() -> Ask[TitleQuestion]:
    """How artists of titles are asked for."""
    return Ask(
        lookups="external_lookups",
        questions=_TITLE_QUESTIONS,
        read=_title_question,
        look_up=_look_up_titles,
        evidence={"external_candidates": candidate_rows},
        reads=("title_questions",),
    )


def hunt_titles(lake: Lake, surroundings: Surroundings) -> tuple[Ask[TitleQuestion], list[Source]]:
    """How, and which sources in which order, `external_candidates` is filled."""
    return title_ask(), title_sources(lake, surroundings)


def _look_up_titles(source: TitleSource, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
    return source.look_up_titles(questions)


def _title_question(row: Row) -> TitleQuestion:
    return TitleQuestion(
        track_key=row["track_key"],
        title=row["title"],
        title_key=row["title_key"],
        version=row["version"],
        version_key=row["version_key"],
        label=row["label"],
        label_key=row["label_key"],
    )


def candidate_rows(question: TitleQuestion, source: str, answer: LookUp) -> list[Row]:
    """Rows of `external_candidates` of one answer: one per main artist and recording."""
    rows: dict[tuple[str, str], Row] = {}
    for finding in answer.artists:
        for artist in finding.artists:
            key = keys.artist_key(artist)
            if not key:
                continue
            rows.setdefault(
                (key, finding.matched_id),
                {
                    "track_key": question.track_key,
                    "source": source,
                    "title_key": question.title_key,
                    "version_key": question.version_key,
                    "label_key": question.label_key,
                    "artist_key": key,
                    "artist": artist,
                    "credit": finding.artist,
                    "matched_title": finding.title
                    if not finding.version
                    else f"{finding.title} ({finding.version})",
                    "matched_id": finding.matched_id,
                    "title_similarity": finding.title_similarity,
                    "version_agrees": finding.version_agrees,
                    "label": finding.label,
                    "label_agrees": finding.label_agrees,
                    "release_date": finding.release_date,
                    "url": finding.url,
                    "raw_answer_ref": finding.raw_answer_ref,
                },
            )
    return list(rows.values())
