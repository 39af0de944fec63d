"""One chunk of titles whose artist is wanted: singles on the label first, then recordings of the title.

Which hits are worth keeping and in what order stands in `candidates.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from enrichment_pipeline.labels.decision import SECONDARY_RELEASES, release_order
from enrichment_pipeline.sources.musicbrainz import query
from enrichment_pipeline.sources.musicbrainz.answers import Recording, Release
from enrichment_pipeline.sources.musicbrainz.candidates import (
    MOST_ARTISTS,
    SHORTEST_TITLE,
    Candidate,
    distinct,
    from_recording,
    from_release,
    how_many_artists,
    labels_of,
    promising,
)
from enrichment_pipeline.sources.musicbrainz.search import Found, Search, Seen
from enrichment_pipeline.sources.outcomes import Outcome, RefusedError
from enrichment_pipeline.sources.questions import ArtistFinding, LookUp, TitleQuestion

# Releases looked into for one title: as many as one request can name.
_MOST_RELEASES = 80
_RELEASES_OF_EACH = 4


@dataclass
class _Hunt:
    """What is known so far of one question."""

    question: TitleQuestion
    candidates: list[Candidate] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    release_ids: tuple[str, ...] = ()
    counted: int = 0
    seen: list[Seen] = field(default_factory=list)
    refused: RefusedError | None = None
    is_asked: bool = False

    @property
    def is_common(self) -> bool:
        return len(self.question.title_key) < SHORTEST_TITLE

    def saw(self, found: Found) -> None:
        self.is_asked = True
        self.seen += found.seen
        self.refused = self.refused or found.refused


class TitleChunk:
    """Some titles that are looked up together.

    Args:
        search: how MusicBrainz is asked.
        questions: the titles.
    """

    def __init__(self, search: Search, questions: Sequence[TitleQuestion]) -> None:
        self._search = search
        self._hunts = [_Hunt(question) for question in questions]

    def look_up(self) -> Iterator[LookUp]:
        """The answers, in the order of the questions; all at the end, as in `tracks.py`.

        Raises:
            SourceError: the service does not answer.
        """
        self._by_release()
        self._by_recording()
        self._by_label_of_recording()
        return (_answer(hunt) for hunt in self._hunts)

    def _by_release(self) -> None:
        asked = [
            (hunt, clause)
            for hunt in self._hunts
            if hunt.question.label
            and (clause := query.release_clause(hunt.question.title, hunt.question.label)) is not None
        ]
        found = self._search.ask("release", [clause for _, clause in asked], query.any_of)
        for hunt, clause in asked:
            each = found[clause.text]
            hunt.saw(each)
            ref = each.seen[-1].ref if each.seen else ""
            made = (
                from_release(hunt.question, item, ref) for item in each.items if isinstance(item, Release)
            )
            hunt.candidates += [candidate for candidate in made if candidate is not None]

    def _by_recording(self) -> None:
        for hunt in self._hunts:
            question = hunt.question
            if hunt.candidates or hunt.is_common:
                continue
            clause = query.title_clause(question.title, question.version if question.version_key else None)
            if clause is None:
                continue
            # Of a title that hundreds bear the best hundred are enough to see that it is too common.
            found = self._search.ask("recording", [clause], query.any_of, pages=1)[clause.text]
            hunt.saw(found)
            hunt.counted = found.count
            recordings = [item for item in found.items if isinstance(item, Recording)]
            hunt.recordings = promising(question, recordings)
            if question.label_key is None:
                self._take_recordings(hunt, {})

    def _by_label_of_recording(self) -> None:
        hunts = [h for h in self._hunts if h.recordings and h.question.label_key is not None]
        for hunt in hunts:
            ids = (release.id for recording in hunt.recordings for release in _first_releases(recording))
            hunt.release_ids = tuple(dict.fromkeys(ids))[:_MOST_RELEASES]
        wanted = dict.fromkeys(mbid for hunt in hunts for mbid in hunt.release_ids)
        clauses = {mbid: query.id_clause(mbid) for mbid in wanted}
        found = self._search.ask("release", list(clauses.values()), query.by_field("reid"))
        for hunt in hunts:
            releases: dict[str, Release] = {}
            for mbid in hunt.release_ids:
                each = found[clauses[mbid].text]
                hunt.seen += each.seen
                releases.update((item.id, item) for item in each.items if isinstance(item, Release))
            self._take_recordings(hunt, releases)

    @staticmethod
    def _take_recordings(hunt: _Hunt, releases: dict[str, Release]) -> None:
        ref = hunt.seen[-1].ref if hunt.seen else ""
        for recording in hunt.recordings:
            labels = labels_of(recording, releases, hunt.release_ids)
            candidate = from_recording(hunt.question, recording, labels, ref)
            if candidate is not None:
                hunt.candidates.append(candidate)


def _first_releases(recording: Recording) -> list[Release]:
    ranked = sorted(
        recording.releases,
        key=lambda r: (r.kind in SECONDARY_RELEASES, release_order(r.kind), str(r.date or "9999"), r.id),
    )
    return ranked[:_RELEASES_OF_EACH]


def _answer(hunt: _Hunt) -> LookUp:
    artists = distinct(hunt.candidates)
    outcome, reason = _outcome(hunt, artists)
    status = 200 if hunt.seen else None
    return LookUp(
        track_key=hunt.question.track_key,
        outcome=outcome,
        reason=reason,
        asked_at=max((seen.asked_at for seen in hunt.seen), default=None),
        http_status=hunt.refused.http_status if outcome == "down" and hunt.refused else status,
        refs=tuple(dict.fromkeys(seen.ref for seen in hunt.seen)),
        artists=artists[:MOST_ARTISTS],
        matched_id=artists[0].matched_id if artists else None,
        extra={"recordings_counted": hunt.counted, "artists_found": how_many_artists(artists)},
    )


def _outcome(hunt: _Hunt, artists: Sequence[ArtistFinding]) -> tuple[Outcome, str]:
    agreeing = [finding for finding in artists if finding.label_agrees]
    count = how_many_artists(artists)
    if agreeing:
        return "hit", f"{_artists(how_many_artists(agreeing))} with that title on {agreeing[0].label}"
    if hunt.is_common:
        return "ambiguous", "too common a title to ask"
    if not artists:
        # what was refused was not answered, so it cannot be a miss
        return ("down", hunt.refused.reason) if hunt.refused else ("miss", _why_nothing(hunt))
    if count > MOST_ARTISTS:
        return "ambiguous", f"more than {MOST_ARTISTS} artists have that title"
    if all(finding.label_agrees is False for finding in artists):
        return "ambiguous", f"{_artists(count)} with that title, none of them on {hunt.question.label}"
    return "hit", f"{_artists(count)} with that title"


def _artists(count: int) -> str:
    return "1 artist" if count == 1 else f"{count} artists"


def _why_nothing(hunt: _Hunt) -> str:
    if not hunt.is_asked:
        return "no title to ask for"
    if hunt.counted:
        return f"{hunt.counted} recordings hold these words, none has that title"
    return "no recording of that title"
