"""What the simulated outside world knows: artists, labels, recordings and releases, and which source knows which.

Values and indexes only. Which tracks there are is said by the caller (`Catalogue.of`) or read from set
lines (`lines.py`); how a source tells of them is the affair of its own module. Every id follows from
names, so the same tracks give the same catalogue in every process.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from enrichment_pipeline.naming.keys import artist_key, fold, label_key, title_key
from enrichment_pipeline.tracklists.grammar import collector_at_rest

SOURCES = ("musicbrainz", "discogs", "beatport", "songstats", "traxsource", "bandcamp", "juno")
EVERYWHERE = frozenset(SOURCES)
NO_LABEL_ID = "157afde4-4bf5-4039-8ad2-5a15acc85176"
NO_LABEL = "[no label]"
VARIOUS_ARTISTS_ID = "89ad4ac3-39f7-470e-963a-56509c546377"
VARIOUS_ARTISTS = "Various Artists"

Kind = Literal["single", "ep", "album", "compilation", "dj-mix", "bootleg", "promotion"]
# With this seed the project's example has tracks that only the shops' pages know, so that a demo shows every tier.
EXAMPLE_SEED = "demo 5"
LATER_KINDS = frozenset({"compilation", "dj-mix", "bootleg"})
_SAME_AS_ORIGINAL = frozenset(
    f"{word} {what}".strip()
    for word in ("original", "extended", "club", "full length", "album", "12 inch")
    for what in ("", "mix", "version", "edit")
    if (word, what) != ("club", "edit")
)
_JOIN = re.compile(r"(\s+(?:feat\.?|ft\.?|featuring|vs\.?|pres\.?|presents|&|x)\s+|\s*,\s+)", re.IGNORECASE)
_MOST_SHARE = 256**6
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://catalogue.invalid/")


def mbid(*parts: str) -> str:
    """The id of the thing with these names."""
    # uuid5 by hand: the same ids in a third of the time, which counts with a hundred thousand tracks.
    digest = hashlib.sha1(_NAMESPACE.bytes + "\x1f".join(parts).encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) % 4]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def share(*parts: str) -> float:
    """A number from 0 to below 1 that follows from the names alone and is evenly spread."""
    return int.from_bytes(hashlib.md5("\x1f".join(parts).encode()).digest()[:6], "big") / _MOST_SHARE


def version_fold(version: str | None) -> str:
    """Key of a version text; "" for the original and what is the same recording (extended, club mix)."""
    folded = fold(version or "")
    return "" if folded in _SAME_AS_ORIGINAL else folded


def track_key(artist: str, title: str, version: str | None = None) -> str:
    """Key of a track: spelling, accents and case of its names do not count."""
    return f"{artist_key(artist)}|{title_key(title)}|{version_fold(version)}"


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist; `discogs_name` carries the number in brackets that Discogs tells namesakes apart by."""

    id: str
    name: str
    sort_name: str
    discogs_name: str
    disambiguation: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A label; `aliases` are other spellings of its name."""

    id: str
    name: str
    type: str = "Original Production"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditName:
    """One name of an artist credit and the words that join it to the next ("" after the last)."""

    artist: Artist
    name: str
    join: str


Credit = tuple[CreditName, ...]


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """Label and catalogue number of a release; each may be missing."""

    label: Label | None
    catalogue_number: str | None


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording. `supports` is (unique, total) as Songstats counts them, None where 1001Tracklists lacks it."""

    id: str
    name: str
    version: str | None
    credit: Credit
    remixers: tuple[str, ...] = ()
    length_ms: int | None = None
    isrcs: tuple[str, ...] = ()
    video: bool = False
    disambiguation: str = ""
    supports: tuple[int, int] | None = None

    @property
    def title(self) -> str:
        """Title with the version in brackets, its last word in small letters as MusicBrainz writes it."""
        if not self.version or fold(self.version) in {"original mix", "original"}:
            return self.name
        *names, kind = self.version.split(" ")
        return f"{self.name} ({' '.join([*names, kind.lower()])})"


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a medium."""

    release_id: str
    recording: Recording
    position: int

    @property
    def id(self) -> str:
        """The MBID of the track."""
        return mbid("track", self.release_id, self.recording.id)


@dataclass(slots=True)
class Release:
    """One release. `barcode` None is unknown, "" is known to have none; `date` is "", a year, a month or a day."""

    id: str
    group_id: str
    title: str
    credit: Credit
    status: str
    date: str
    primary_type: str
    secondary_types: tuple[str, ...]
    country: str
    barcode: str | None
    format: str
    label_infos: tuple[LabelInfo, ...]
    known_to: frozenset[str]
    kind: Kind
    tracks: list[Track] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SimulatedTrack:
    """One recording on one release, as a test says it.

    Two of them with the same artist, title and version are one recording on two releases; those that share
    artist, label, kind, date and release title are tracks of one release.

    Attributes:
        artist: whole credit, "Ida Merle & DJ Pellworm feat. Salt".
        title: title without version.
        version: "Quillon Sabre Remix", "Extended Mix"; None for the plain original.
        label: label of the release; None for self-released ("[no label]", "Not On Label").
        date: "", "2015", "2015-06" or "2015-06-01".
        isrc: ISRC; None for none.
        known_to: names of `SOURCES` that have it.
        kind: what kind of release it is.
        release: title of the release; None for the title of the track, of a compilation for a made-up one.
        catalogue_number: None for one made of the label's name, "" for none.
        distributor: second label of the release; where it comes first in the list is decided by its name.
        label_is_missing: MusicBrainz has the catalogue number and no label.
        length_ms: length; None for unknown.
        supports: (unique, total) supports at Songstats; None for not on 1001Tracklists.
        has_merged_id: the recording has an old MBID too, which the search index still shows.
        spelled: (artist, title) as the sources write them, where they differ from the above.
        remixers: names of the remixers, for the shops' lists.
        disambiguation: comment of the recording.
        video: whether the recording is a video.
        country: country of the release; XW is worldwide.
    """

    artist: str
    title: str
    version: str | None = None
    label: str | None = None
    date: str = "2015-06-01"
    isrc: str | None = None
    known_to: frozenset[str] = EVERYWHERE
    kind: Kind = "single"
    release: str | None = None
    catalogue_number: str | None = None
    distributor: str | None = None
    label_is_missing: bool = False
    length_ms: int | None = 390_000
    supports: tuple[int, int] | None = None
    has_merged_id: bool = False
    spelled: tuple[str, str] | None = None
    remixers: tuple[str, ...] = ()
    disambiguation: str = ""
    video: bool = False
    country: str = "XW"

    @property
    def key(self) -> str:
        """Key of the track."""
        return track_key(self.artist, self.title, self.version)


class Catalogue:
    """Everything the simulated sources know, with the indexes they need. Made by `of` or a builder of `lines.py`."""

    def __init__(self) -> None:
        self.artists: dict[str, Artist] = {}
        self.labels: dict[str, Label] = {}
        self.recordings: dict[str, Recording] = {}
        self.releases: dict[str, Release] = {}
        self.merged: dict[str, str] = {}  # old id -> new id
        self.old_id: dict[str, str] = {}  # new id -> the old one that the search index still shows
        self._artist_by_name: dict[str, Artist] = {}
        self._credit_by_text: dict[str, Credit] = {}
        self._label_by_name: dict[str, Label] = {}
        self.tracks: dict[str, SimulatedTrack] = {}  # by key: the release that decides the label

    # -- building ----------------------------------------------------------------------------

    @classmethod
    def of(cls, tracks: Iterable[SimulatedTrack]) -> Catalogue:
        """A catalogue of these tracks, in their order."""
        catalogue = cls()
        with collector_at_rest():
            for track in tracks:
                catalogue._add(track)
        return catalogue

    @classmethod
    def from_lines(
        cls,
        lines: Iterable[tuple[str, str, str | None, str | None, int | None]],
        *,
        seed: str = "demo",
    ) -> Catalogue:
        """A catalogue of tracks named by (artist credit, title, version, label, year), with the world's trouble.

        Args:
            lines: tracks; the same track may come more than once, its commonest label wins.
            seed: another seed spreads knowledge and trouble otherwise.
        """
        from enrichment_pipeline_tests.sources.web.lines import tracks_of_lines

        with collector_at_rest():
            return cls.of(tracks_of_lines(lines, seed=seed))

    @classmethod
    def from_tracklists(
        cls, folder: Path, *, seed: str = EXAMPLE_SEED, limit: int | None = None
    ) -> Catalogue:
        """The same from the tracklist files of a folder, read with the project's own grammar.

        Args:
            folder: an inbox folder.
            seed: as for `from_lines`.
            limit: most lines to read; None for all.

        Raises:
            FileNotFoundError: there is no such folder.
        """
        from enrichment_pipeline_tests.sources.web.lines import read_lines

        return cls.from_lines(read_lines(folder, limit=limit), seed=seed)

    def add(self, track: SimulatedTrack) -> None:
        """Put one more track into the catalogue, before a `SimulatedWeb` is made of it."""
        self._add(track)

    def _add(self, track: SimulatedTrack) -> None:
        recording = self._recording(track)
        release = self._release(track)
        if all(t.recording.id != recording.id for t in release.tracks):
            position = len(release.tracks) + 1
            release.tracks.append(Track(release.id, recording, position))
        known = self.tracks.get(track.key)
        if known is None or (known.kind in LATER_KINDS and track.kind not in LATER_KINDS):
            self.tracks[track.key] = track

    def _recording(self, track: SimulatedTrack) -> Recording:
        recording_id = mbid("recording", track.key)
        known = self.recordings.get(recording_id)
        if known is None:
            artist, title = track.spelled or (track.artist, track.title)
            known = self.recordings[recording_id] = Recording(
                recording_id,
                title,
                track.version,
                self.credit(artist),
                track.remixers,
                track.length_ms,
                (track.isrc,) if track.isrc else (),
                track.video,
                track.disambiguation,
                track.supports,
            )
        if track.has_merged_id:
            old = mbid("recording", "old", track.key)
            self.merged[old] = recording_id
            self.old_id[recording_id] = old
        return known

    def _release(self, track: SimulatedTrack) -> Release:
        artist, title = track.spelled or (track.artist, track.title)
        is_collection = track.kind in ("compilation", "dj-mix")
        collected = f"{track.label or 'Floor'} {'Sampler' if track.kind == 'compilation' else 'in the Mix'}"
        name = track.release or (collected if is_collection else title)
        whose = VARIOUS_ARTISTS if is_collection else artist
        infos = self._label_infos(track)
        identity = (whose, name, track.label or "", track.kind, track.date, *sorted(track.known_to))
        release_id = mbid("release", *identity, str(track.label_is_missing))
        known = self.releases.get(release_id)
        if known is None:
            primary = {"single": "Single", "ep": "EP", "promotion": "Single", "bootleg": "Single"}
            secondary = {"compilation": ("Compilation",), "dj-mix": ("Compilation", "DJ-mix")}
            # Vinyl before downloads; what is unknown and what is known to be none are two things.
            is_early = track.date[:4] < "2006"
            barcode = f"40{int(share('barcode', release_id) * 10**11):011d}"
            known = self.releases[release_id] = Release(
                id=release_id,
                group_id=mbid("release-group", whose, name),
                title=name,
                credit=self.credit(whose),
                status={"bootleg": "Bootleg", "promotion": "Promotion"}.get(track.kind, "Official"),
                date=track.date,
                primary_type=primary.get(track.kind, "Album"),
                secondary_types=secondary.get(track.kind, ()),
                country=track.country,
                barcode=(None, "", barcode, barcode)[int(share("has", release_id) * 4)],
                format="CD" if is_collection else '12" Vinyl' if is_early else "Digital Media",
                label_infos=infos,
                known_to=track.known_to,
                kind=track.kind,
            )
        return known

    def _label_infos(self, track: SimulatedTrack) -> tuple[LabelInfo, ...]:
        if track.label is None:
            return (LabelInfo(self._label(NO_LABEL), None),)
        letters = fold(track.label).replace(" ", "").upper()[:4] or "X"
        made_up = f"{letters}{1 + int(share('catno', track.label, track.artist, track.title) * 240):03d}"
        number = track.catalogue_number if track.catalogue_number is not None else made_up
        main = LabelInfo(None if track.label_is_missing else self._label(track.label), number or None)
        if track.distributor is None:
            return (main,)
        second = LabelInfo(self._label(track.distributor, "Distributor"), None)
        return (second, main) if share("order", track.label, track.title) < 0.5 else (main, second)

    def _label(self, name: str, kind: str = "Original Production") -> Label:
        if name not in self._label_by_name:
            self._label_by_name[name] = self._new_label(name, kind)
        return self._label_by_name[name]

    def _new_label(self, name: str, kind: str) -> Label:
        label_id = NO_LABEL_ID if name == NO_LABEL else mbid("label", label_key(name))
        known = self.labels.get(label_id)
        if known is None:
            aliases = tuple(a for a in (name.upper(), f"{name} Records") if a != name)
            known = self.labels[label_id] = Label(label_id, name, kind, () if name == NO_LABEL else aliases)
            self.merged[mbid("label", "old", label_key(name))] = label_id
        return known

    def credit(self, text: str) -> Credit:
        """The artist credit that a text such as "A & B feat. C" says."""
        if text not in self._credit_by_text:
            self._credit_by_text[text] = self._new_credit(text)
        return self._credit_by_text[text]

    def _new_credit(self, text: str) -> Credit:
        pieces = _JOIN.split(text)
        names, joins = pieces[::2], [*pieces[1::2], ""]
        return tuple(
            CreditName(self._artist(name), name, join)
            for name, join in zip(names, joins, strict=True)
            if name
        )

    def _artist(self, name: str) -> Artist:
        if name not in self._artist_by_name:
            self._artist_by_name[name] = self._new_artist(name)
        return self._artist_by_name[name]

    def _new_artist(self, name: str) -> Artist:
        artist_id = VARIOUS_ARTISTS_ID if name == VARIOUS_ARTISTS else mbid("artist", artist_key(name))
        known = self.artists.get(artist_id)
        if known is None:
            first, _, last = name.rpartition(" ")
            has_namesake = share("namesake", artist_id) < 0.1
            known = self.artists[artist_id] = Artist(
                artist_id,
                name,
                f"{last}, {first}" if first and name != VARIOUS_ARTISTS else name,
                f"{name} (2)" if has_namesake else "Various" if name == VARIOUS_ARTISTS else name,
                "electronic" if has_namesake else "",
            )
        return known

    # -- asking ------------------------------------------------------------------------------

    def known_to(self, source: str) -> list[Release]:
        """Releases that the source has, in the catalogue's order."""
        return [release for release in self.releases.values() if source in release.known_to]

    def truth(self, artist: str, title: str, version: str | None = None) -> str | None:
        """The label a perfect answer names; "[no label]" for self-released, None for a track it does not hold."""
        track = self.tracks.get(track_key(artist, title, version))
        return None if track is None else track.label or NO_LABEL

    def sources_with(self, artist: str, title: str, version: str | None = None) -> frozenset[str]:
        """The sources that have the track on a release which is no later compilation, mix or bootleg."""
        return self._sources_by_key.get(track_key(artist, title, version), frozenset())

    @cached_property
    def _sources_by_key(self) -> dict[str, frozenset[str]]:
        by_recording: dict[str, frozenset[str]] = {}
        for release in self.releases.values():
            if release.kind not in LATER_KINDS:
                for track in release.tracks:
                    known = by_recording.get(track.recording.id, frozenset())
                    by_recording[track.recording.id] = known | release.known_to
        return {key: by_recording.get(mbid("recording", key), frozenset()) for key in self.tracks}


def credit_text(credit: Credit) -> str:
    """The credit as one text."""
    return "".join(name.name + name.join for name in credit)
