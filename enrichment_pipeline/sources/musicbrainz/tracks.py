"""One chunk of tracks from question to answer: ISRC, exact names, loose names, then the labels of the releases.

What counts as a match and which label is likeliest stands in `findings.py`, how requests are saved in
`search.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.sources.musicbrainz import query
from enrichment_pipeline.sources.musicbrainz.answers import Label, Recording, Release
from enrichment_pipeline.sources.musicbrainz.findings import (
    Match,
    is_other_version,
    label_findings,
    match_by_isrc,
    match_by_name,
    namesakes,
    releases_to_ask,
    surest,
)
from enrichment_pipeline.sources.musicbrainz.search import Found, Search, Seen
from enrichment_pipeline.sources.outcomes import Outcome, RefusedError
from enrichment_pipeline.sources.questions import LabelFinding, LookUp, TrackQuestion

# The service shows at most this many things linked to another; a list of this length may have been cut.
_LINKED_AT_MOST = 25
Matcher = Callable[[TrackQuestion, Recording], Match | None]


@dataclass
class _Hunt:
    """What is known so far of one question."""

    question: TrackQuestion
    matches: dict[str, Match] = field(default_factory=dict)
    other_versions: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)
    refused: RefusedError | None = None
    is_asked: bool = False
    chosen: tuple[str, ...] = ()

    def take(self, found: Found, matcher: Matcher) -> None:
        self.is_asked = True
        self.seen += found.seen
        self.refused = self.refused or found.refused
        for item in found.items:
            if not isinstance(item, Recording):
                continue
            match = matcher(self.question, item)
            if match is not None:
                self.matches[item.id] = match
            elif is_other_version(self.question, item):
                self.other_versions.add(item.id)

    @property
    def recordings(self) -> list[Recording]:
        return [match.recording for match in self.matches.values()]


class TrackChunk:
    """Some tracks that are looked up together.

    Args:
        search: how MusicBrainz is asked.
        questions: the tracks.
    """

    def __init__(self, search: Search, questions: Sequence[TrackQuestion]) -> None:
        self._search = search
        self._hunts = [_Hunt(question) for question in questions]
        self._releases: dict[str, Release] = {}
        self._listed: dict[str, tuple[Release, ...]] = {}  # by recording
        self._release_seen: dict[str, Seen] = {}
        self._label_kinds: dict[str, str | None] = {}

    def look_up(self) -> Iterator[LookUp]:
        """The answers, in the order of the questions.

        All are given at the end and none before: a run that is broken off then starts with the same chunk
        again, makes the same requests, and finds their answers kept.

        Raises:
            SourceError: the service does not answer.
        """
        self._by_isrc()
        self._by_name(lambda q: query.exact_clause(q.title, q.artists[0] if q.artists else q.artist))
        self._by_name(lambda q: query.loose_clause(q.title, q.artists or (q.artist,)))
        for hunt in self._hunts:
            hunt.matches = {match.recording.id: match for match in surest(hunt.matches.values())}
        self._list_releases()
        self._ask_releases()
        self._ask_label_kinds()
        return (self._answer(hunt) for hunt in self._hunts)

    # ---- which recordings ------------------------------------------------------------------------

    def _by_isrc(self) -> None:
        asked = [(hunt, isrc) for hunt in self._hunts for isrc in query.valid_isrcs(hunt.question.isrcs)]
        clauses = [query.isrc_clause(isrc) for _, isrc in asked]
        found = self._search.ask("recording", clauses, query.by_field("isrc"))
        for (hunt, _), clause in zip(asked, clauses, strict=True):
            hunt.take(found[clause.text], match_by_isrc)

    def _by_name(self, clause_of: Callable[[TrackQuestion], query.Clause | None]) -> None:
        asked = [
            (hunt, clause)
            for hunt in self._hunts
            if not hunt.matches and (clause := clause_of(hunt.question)) is not None
        ]
        found = self._search.ask("recording", [clause for _, clause in asked], query.any_of)
        for hunt, clause in asked:
            hunt.take(found[clause.text], match_by_name)

    # ---- which labels ----------------------------------------------------------------------------

    def _list_releases(self) -> None:
        for hunt in self._hunts:
            for recording in hunt.recordings:
                if recording.id in self._listed:
                    continue
                listed = {release.id: release for release in recording.releases}
                if len(listed) == _LINKED_AT_MOST:
                    listed |= {release.id: release for release in self._browsed(hunt, recording.id)}
                self._listed[recording.id] = tuple(listed.values())

    def _ask_releases(self) -> None:
        for hunt in self._hunts:
            hunt.chosen = releases_to_ask(list(hunt.matches.values()), self._listed)
        wanted = dict.fromkeys(i for hunt in self._hunts for i in hunt.chosen if i not in self._releases)
        clauses = {mbid: query.id_clause(mbid) for mbid in wanted}
        found = self._search.ask("release", list(clauses.values()), query.by_field("reid"))
        for clause in clauses.values():
            self._keep(found[clause.text])
        # The index of releases may lag behind that of recordings, and then knows none of them.
        unknown = [h for h in self._hunts if h.chosen and not any(i in self._releases for i in h.chosen)]
        for hunt in unknown:
            for recording in hunt.recordings:
                self._listed[recording.id] = tuple(self._browsed(hunt, recording.id))
            hunt.chosen = releases_to_ask(list(hunt.matches.values()), self._listed)

    def _browsed(self, hunt: _Hunt, recording_id: str) -> list[Release]:
        found = self._search.releases_of(recording_id)
        hunt.seen += found.seen
        self._keep(found)
        return [item for item in found.items if isinstance(item, Release)]

    def _keep(self, found: Found) -> None:
        for item in found.items:
            if isinstance(item, Release):
                self._releases[item.id] = item
                self._release_seen[item.id] = found.seen[-1]

    def _ask_label_kinds(self) -> None:
        # Only where several labels share a release it matters which of them is the distributor.
        wanted = dict.fromkeys(
            info.id
            for hunt in self._hunts
            for mbid in hunt.chosen
            if mbid in self._releases and len(self._releases[mbid].labels) > 1
            for info in self._releases[mbid].labels
            if info.id and not info.kind
        )
        found = self._search.ask("label", [query.id_clause(mbid) for mbid in wanted], query.by_field("laid"))
        for each in found.values():
            self._label_kinds.update((item.id, item.kind) for item in each.items if isinstance(item, Label))

    # ---- the answer ------------------------------------------------------------------------------

    def _answer(self, hunt: _Hunt) -> LookUp:
        chosen = set(hunt.chosen)
        matches = list(hunt.matches.values())
        ids = {
            r.id: [release.id for release in self._listed[r.id] if release.id in chosen]
            for r in hunt.recordings
        }
        refs = {mbid: self._release_seen[mbid].ref for mbid in chosen if mbid in self._release_seen}
        labels = label_findings(matches, ids, self._releases, label_kinds=self._label_kinds, refs=refs)
        outcome, reason = self._outcome(hunt, labels, ids)
        seen = [*hunt.seen, *(self._release_seen[i] for i in hunt.chosen if i in self._release_seen)]
        status = 200 if seen else None
        return LookUp(
            track_key=hunt.question.track_key,
            outcome=outcome,
            reason=reason,
            asked_at=max((s.asked_at for s in seen), default=None),
            http_status=hunt.refused.http_status if outcome == "down" and hunt.refused else status,
            refs=tuple(dict.fromkeys(s.ref for s in seen)),
            labels=labels,
            matched_id=labels[0].matched_id if labels else next(iter(hunt.matches), None),
            isrcs=tuple(sorted({isrc for r in hunt.recordings for isrc in r.isrcs})),
            extra={
                "recordings_matched": len(matches),
                "recordings_other_version": len(hunt.other_versions),
                "releases_asked": len(chosen),
            },
        )

    def _outcome(
        self, hunt: _Hunt, labels: Sequence[LabelFinding], ids: dict[str, list[str]]
    ) -> tuple[Outcome, str]:
        matches = list(hunt.matches.values())
        if not matches:
            # what was refused was not answered, so it cannot be a miss
            return ("down", hunt.refused.reason) if hunt.refused else ("miss", _why_nothing(hunt))
        if not labels:
            return "miss", self._why_no_label(hunt)
        doubt = namesakes(hunt.question, self._labels_by_recording(ids), matches)
        if doubt:
            names = ", ".join(finding.label for finding in labels[:3])
            return "ambiguous", f"{doubt} artists of that name have that title, on different labels: {names}"
        return "hit", labels[0].reason

    def _labels_by_recording(self, ids: dict[str, list[str]]) -> dict[str, frozenset[str]]:
        return {
            recording_id: frozenset(
                label_key(info.name)
                for mbid in release_ids
                if mbid in self._releases
                for info in self._releases[mbid].labels
                if info.name
            )
            for recording_id, release_ids in ids.items()
        }

    def _why_no_label(self, hunt: _Hunt) -> str:
        if not hunt.chosen:
            return "found, but on no release"
        numbers = sorted(
            {
                info.catalogue_number
                for mbid in hunt.chosen
                if mbid in self._releases
                for info in self._releases[mbid].labels
                if info.catalogue_number
            }
        )
        alone = f", only the catalogue number {numbers[0]}" if numbers else ""
        return f"found, but no release of it names a label{alone}"


def _why_nothing(hunt: _Hunt) -> str:
    count = len(hunt.other_versions)
    if not hunt.is_asked:
        return "no title or no artist to ask for"
    if count == 0:
        return "no recording of that title by that artist"
    return f"{count} recording{'s' if count > 1 else ''} of it, none passes the version gate"
