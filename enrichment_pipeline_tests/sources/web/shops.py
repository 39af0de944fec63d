"""What one shop or statistics service has: tracks with numbers of its own, and a free-text search over them.

Shared by Songstats, Beatport and the web pages. How they show a track is the affair of each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from enrichment_pipeline.naming.keys import fold
from enrichment_pipeline_tests.sources.web.catalogue import Catalogue, Recording, Release, credit_text
from enrichment_pipeline_tests.sources.web.index import FieldOf, SearchIndex, words
from enrichment_pipeline_tests.sources.web.lucene import Group, Leaf, Occur

_FIRST_NUMBER = 1_000_000
_MOST_FOUND = 1_000  # no shop lets anybody page farther


@dataclass(frozen=True, slots=True)
class ShopTrack:
    """One track of one release as a shop sells it."""

    number: int
    recording: Recording
    release: Release

    @property
    def artists(self) -> list[str]:
        """Names of the artists, without the remixers."""
        return [part.name for part in self.recording.credit]

    @property
    def mix(self) -> str:
        """Mix name; shops write "Original Mix" where MusicBrainz writes nothing."""
        return self.recording.version or "Original Mix"

    @property
    def label(self) -> str:
        """The label; shops show self-released music under the artist's name and know no distributors."""
        for info in self.release.label_infos:
            if (
                info.label is not None
                and info.label.type != "Distributor"
                and info.label.name != "[no label]"
            ):
                return info.label.name
        return credit_text(self.recording.credit)

    @property
    def catalogue_number(self) -> str | None:
        """The catalogue number; None for none."""
        return next((i.catalogue_number for i in self.release.label_infos if i.catalogue_number), None)

    @property
    def day(self) -> str:
        """The release date as a whole day: shops know no half dates."""
        year, month, day = [*self.release.date.split("-"), "", "", ""][:3]
        return f"{year or '2012'}-{month or '01'}-{day or '01'}"

    @property
    def isrc(self) -> str | None:
        """The ISRC; None for none."""
        return self.recording.isrcs[0] if self.recording.isrcs else None

    @property
    def length_ms(self) -> int | None:
        """The length; None for unknown."""
        return self.recording.length_ms

    @property
    def slug(self) -> str:
        """The title as it stands in addresses."""
        return "-".join(fold(self.recording.name).split()) or "track"


class Shop:
    """The tracks that one source has, in the catalogue's order.

    Args:
        catalogue: the world.
        source: name of the source.
        once: whether a recording is shown once (on its first release) or on every release.
        evergreens: what it has besides, as every real shop has the best-known tracks.
    """

    def __init__(
        self, catalogue: Catalogue, source: str, *, once: bool = False, evergreens: Catalogue | None = None
    ) -> None:
        self._catalogue = catalogue
        self._source = source
        self._once = once
        self._evergreens = evergreens

    @cached_property
    def tracks(self) -> list[ShopTrack]:
        """All tracks; made when the shop is first asked for any."""
        made: list[ShopTrack] = []
        seen: set[str] = set()
        more = self._evergreens.known_to(self._source) if self._evergreens else []
        for release in [*self._catalogue.known_to(self._source), *more]:
            # A shop sells no bootlegs.
            for track in release.tracks if release.status != "Bootleg" else ():
                if not (self._once and track.recording.id in seen):
                    made.append(ShopTrack(_FIRST_NUMBER + len(made), track.recording, release))
                    seen.add(track.recording.id)
        return made

    @cached_property
    def by_isrc(self) -> dict[str, list[ShopTrack]]:
        """Tracks by ISRC."""
        found: dict[str, list[ShopTrack]] = {}
        for track in self.tracks:
            if track.isrc:
                found.setdefault(track.isrc, []).append(track)
        return found

    @cached_property
    def _index(self) -> SearchIndex[ShopTrack]:
        return SearchIndex(
            {
                "all": FieldOf(words, lambda track: [_all_text(track)]),
                "title": FieldOf(words, lambda track: [f"{track.recording.name} {track.mix}"]),
                "artist": FieldOf(words, lambda track: [credit_text(track.recording.credit)]),
            },
            self.tracks,
            default_fields=["all"],
        )

    def track(self, number: str | int) -> ShopTrack | None:
        """The track with this number; None for no such track."""
        at = int(number) - _FIRST_NUMBER if str(number).isascii() and str(number).isdigit() else -1
        return self.tracks[at] if 0 <= at < len(self.tracks) else None

    def search(self, text: str, *, field: str = "all", part: float = 1.0) -> list[ShopTrack]:
        """Tracks with the words of a text, nearest first.

        Args:
            text: free text.
            field: "all", "title" or "artist".
            part: share of the words that must be there; below 1 the search gives the nearest thing.
        """
        asked = list(dict.fromkeys(words(text)))
        if not asked:
            return []
        occur: Occur = "must" if part >= 1 else "should"
        clauses = tuple((occur, Leaf("term", word, field)) for word in asked)
        found = (self.tracks[at] for at, _ in self._index.search(Group(clauses)))
        return list(islice((t for t in found if part >= 1 or _share_of(asked, t) >= part), _MOST_FOUND))


def _all_text(track: ShopTrack) -> str:
    return f"{credit_text(track.recording.credit)} {track.recording.name} {track.mix} {track.label}"


def _share_of(asked: Sequence[str], track: ShopTrack) -> float:
    there = set(words(_all_text(track)))
    return sum(word in there for word in asked) / len(asked)
