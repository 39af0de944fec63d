"""What is asked of outside sources, and what they say: plain values shared by all of them.

Which tracks are asked stands in `asking.py`; how a source is asked, in the source's own module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from enrichment_pipeline.sources.outcomes import Outcome

FoundBy = Literal["isrc", "exact", "fuzzy"]


@dataclass(frozen=True, slots=True)
class TrackQuestion:
    """A track whose label is wanted: names as written, keys for comparison.

    `artists` are the main artists as written, in order, with `artist_keys` beside them; `artist` is the whole
    credit. `version` is the version text ("Four Tet Remix") or None, `version_key` what sets it apart ("" for
    the original). `isrcs` are known identifiers, best first.
    """

    track_key: str
    artist: str
    artists: tuple[str, ...]
    artist_keys: tuple[str, ...]
    title: str
    title_key: str
    version: str | None = None
    version_key: str = ""
    isrcs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TitleQuestion:
    """A track whose artist is wanted: title, version and, where the line names it, the label.

    `track_key` is the key of a track of this title, version and label whose artist is unknown.
    """

    track_key: str
    title: str
    title_key: str
    version: str | None = None
    version_key: str = ""
    label: str | None = None
    label_key: str | None = None


@dataclass(frozen=True, slots=True)
class LabelFinding:
    """One label a source names for a track, with how the track was found there.

    Similarities are 0..1 (1 where the keys are equal). `release_kind` is one of single, ep, album, compilation,
    dj-mix, bootleg, various artists, or None. `label` as the source writes it; a self-released track carries
    `labels.decision.SELF_RELEASED_NAME`. `matched_id` is the source's id of the recording.
    """

    label: str
    found_by: FoundBy
    artist_similarity: float
    title_similarity: float
    version_similarity: float
    reason: str
    release_kind: str | None = None
    release_date: date | None = None
    is_distributor: bool | None = None
    url: str | None = None
    catalogue_number: str | None = None
    matched_id: str | None = None
    raw_answer_ref: str = ""


@dataclass(frozen=True, slots=True)
class ArtistFinding:
    """One artist a source names for a title: the credit as written and its main artists.

    `label_agrees` says whether the source's label is the question's; None where either is unknown.
    """

    artist: str
    artists: tuple[str, ...]
    title: str
    version: str | None
    title_similarity: float
    version_agrees: bool
    label: str | None
    label_agrees: bool | None
    matched_id: str
    url: str | None = None
    release_date: date | None = None
    raw_answer_ref: str = ""


@dataclass(frozen=True, slots=True)
class LookUp:
    """How looking up one track ended.

    Args:
        track_key: the question's.
        outcome: hit, miss or ambiguous; or why this one question could not be answered.
        reason: in words, for the tier log: "3 candidates, none passes the version gate".
        asked_at: when the source was asked, UTC (of a kept answer: then); None where it was not.
        http_status: of the last answer.
        refs: content hashes of the kept answers it rests on.
        labels: of a label look-up.
        artists: of a title look-up.
        matched_id: the source's id of the recording found.
        isrcs: identifiers learned.
        extra: further columns of the source's own table.
    """

    track_key: str
    outcome: Outcome
    reason: str
    asked_at: datetime | None
    http_status: int | None = None
    refs: tuple[str, ...] = ()
    labels: tuple[LabelFinding, ...] = ()
    artists: tuple[ArtistFinding, ...] = ()
    matched_id: str | None = None
    isrcs: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """Something that can be asked about tracks."""

    name: str

    @property
    def off_reason(self) -> str | None:
        """Why it is off, naming the variable that turns it on; None when it is on."""

    @property
    def requests(self) -> int:
        """Requests made to the network so far."""

    def close(self) -> None:
        """Let go of connections."""


class LabelSource(Source, Protocol):
    """A source that knows labels."""

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Answers, each as soon as it is known, in any order; at most one per question.

        Raises:
            SourceError: the source answers no more; the questions not answered take its outcome.
        """


class TitleSource(Source, Protocol):
    """A source that can be asked who made a title."""

    def look_up_titles(self, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
        """As `LabelSource.look_up`, for tracks whose artist is unknown; answers carry `artists`."""
