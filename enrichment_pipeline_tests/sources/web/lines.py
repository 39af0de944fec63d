"""Tracks of a demo catalogue out of set lines, with the trouble that real catalogues have.

Every decision - which source knows a track, which trouble it has - follows from the md5 of the track and
a seed, so the same lines give the same world. Lines that name no label get one out of the artist's others.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from enrichment_pipeline.naming.keys import artist_key
from enrichment_pipeline.tracklists.grammar import parse_many
from enrichment_pipeline.tracklists.line import LineKind
from enrichment_pipeline.tracklists.readers import read_file, scan_inbox
from enrichment_pipeline_tests.sources.web.catalogue import Kind, SimulatedTrack, share, track_key

Line = tuple[str, str, str | None, str | None, int | None]
SHARE_KNOWN = {
    "musicbrainz": 0.60,
    "discogs": 0.50,
    "beatport": 0.65,
    "songstats": 0.50,
    "traxsource": 0.45,
    "bandcamp": 0.35,
    "juno": 0.30,
}
# How often each trouble befalls a track; guesses that make every trouble common enough to be met.
_ON_COMPILATION, _ON_DJ_MIX, _AS_BOOTLEG = 0.30, 0.15, 0.04
_WITH_DISTRIBUTOR, _LABEL_MISSING, _SELF_RELEASED = 0.12, 0.03, 0.04
_MERGED, _NAMESAKE_TITLE, _OTHER_VERSION, _SPELLED_OTHERWISE = 0.03, 0.08, 0.20, 0.10
_TRACKS_ON_COLLECTION = 12
_FIRST_WORDS = ("Amber", "Cinder", "Delta", "Ember", "Fathom", "Gable", "Hollow", "Indigo", "Juniper", "Keel")
_SECOND_WORDS = ("Array", "Circuit", "Foundry", "Harbour", "Orchard", "Parade", "Signal", "Tramway", "Works")
_DISTRIBUTORS = ("Overland Distribution", "Seven Bridges Music Services", "Kontor Nord Vertrieb")


@dataclass(slots=True)
class _Known:
    """What the lines say of one track."""

    artist: str
    title: str
    version: str | None
    labels: Counter[str] = field(default_factory=Counter)
    years: list[int] = field(default_factory=list)


def read_lines(folder: Path, *, limit: int | None = None) -> Iterator[Line]:
    """Lines of all files of an inbox folder that name artist and title.

    Args:
        folder: an inbox folder.
        limit: most lines to give; None for all.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    return islice(_lines(folder), limit)


def _lines(folder: Path) -> Iterator[Line]:
    for file in scan_inbox(folder):
        if not file.is_to_be_read:
            continue
        plays = read_file(file.path, name=file.name).plays
        for play, parsed in zip(plays, parse_many([play.raw_text for play in plays]), strict=True):
            artist = play.given_artist or parsed.artist
            title = parsed.title or play.given_title
            if parsed.kind is not LineKind.TRACK or not artist or not title or parsed.components:
                continue
            version = " / ".join(v.text for v in parsed.versions) or None
            year = play.set_date.year if play.set_date else None
            yield artist, title, version, play.given_label or parsed.label, parsed.year or year


def tracks_of_lines(lines: Iterable[Line], *, seed: str) -> list[SimulatedTrack]:
    """Tracks on releases: first each track's own, then what else the world has made of it.

    Args:
        lines: (artist credit, title, version, label, year); the same track may come more than once.
        seed: another seed spreads knowledge and trouble otherwise.
    """
    known: dict[str, _Known] = {}
    labels_of_artist: dict[str, Counter[str]] = {}
    for artist, title, version, label, year in lines:
        track = known.setdefault(track_key(artist, title, version), _Known(artist, title, version))
        if label:
            track.labels[label] += 1
            labels_of_artist.setdefault(artist_key(artist), Counter())[label] += 1
        if year:
            track.years.append(year)
    world = _World(seed, labels_of_artist, [known[key].artist for key in known])
    own = [world.own_release(key, track) for key, track in known.items()]
    return [
        *(copy for key, track in zip(known, own, strict=True) for copy in world.copies(key, track)),
        # What would be another release of a track that the lines name must not blur that track's own label.
        *(
            other
            for key, track in zip(known, own, strict=True)
            for other in world.others(key, track)
            if other.kind == "bootleg" or other.key not in known
        ),
        *world.collections(list(zip(known, own, strict=True))),
    ]


class _World:
    """The choices of one seed."""

    def __init__(self, seed: str, labels_of_artist: dict[str, Counter[str]], artists: Sequence[str]) -> None:
        self._seed = seed
        self._labels_of_artist = labels_of_artist
        self._artists = artists
        named = Counter(label for labels in labels_of_artist.values() for label in labels)
        invented = [f"{one} {two}" for one in _FIRST_WORDS for two in _SECOND_WORDS]
        self._labels = [*sorted(named, key=lambda name: (-named[name], name))[:500], *invented]

    def _share(self, what: str, key: str) -> float:
        return share(self._seed, what, key)

    def _pick(self, what: str, key: str, choices: Sequence[str]) -> str:
        return choices[int(self._share(what, key) * len(choices))]

    def _sources(self, what: str, key: str, factor: float = 1.0) -> frozenset[str]:
        return frozenset(
            source
            for source, part in SHARE_KNOWN.items()
            if self._share(f"{what} {source}", key) < part * factor
        )

    def own_release(self, key: str, track: _Known) -> SimulatedTrack:
        """The track on the release that decides its label."""
        label = self._label(key, track)
        year = (min(track.years) if track.years else 2010) - (1 if self._share("year", key) < 0.3 else 0)
        month, day = 1 + int(self._share("month", key) * 12), 1 + int(self._share("day", key) * 28)
        forms = [f"{year}-{month:02d}-{day:02d}"] * 7 + [f"{year}-{month:02d}", f"{year}", ""]
        kinds: tuple[Kind, ...] = ("single",) * 6 + ("ep",) * 3 + ("album",)
        unique = int(self._share("supports", key) ** 3 * 400)
        has_isrc = self._share("isrc", key) < 0.85
        return SimulatedTrack(
            artist=track.artist,
            title=track.title,
            version=track.version,
            label=label,
            date=self._pick("date", key, forms),
            isrc=f"GB{self._code(key)}{year % 100:02d}{int(self._share('isrc no', key) * 10**5):05d}"
            if has_isrc
            else None,
            known_to=self._sources("knows", key),
            kind=kinds[int(self._share("kind", key) * len(kinds))],
            distributor=self._pick("distributor", key, _DISTRIBUTORS)
            if label and self._share("distributed", key) < _WITH_DISTRIBUTOR
            else None,
            length_ms=None
            if self._share("no length", key) < 0.1
            else 180_000 + int(self._share("ms", key) * 300_000),
            supports=(unique, unique + int(unique * self._share("total", key) * 3))
            if self._share("on 1001", key) < 0.77
            else None,
            has_merged_id=self._share("merged", key) < _MERGED,
            spelled=self._spelled(key, track) if self._share("spelled", key) < _SPELLED_OTHERWISE else None,
            remixers=_remixers(track.version),
        )

    def _label(self, key: str, track: _Known) -> str | None:
        if track.labels:
            return max(sorted(track.labels), key=track.labels.__getitem__)
        if self._share("self-released", key) < _SELF_RELEASED:
            return None
        others = sorted(self._labels_of_artist.get(artist_key(track.artist), ()))
        # An artist without any known label gets one of his own, so that his tracks share it.
        return (
            self._pick("label", key, others)
            if others
            else self._pick("label of artist", artist_key(track.artist), self._labels)
        )

    def _code(self, key: str) -> str:
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        return "".join(letters[int(self._share(f"code {i}", key) * len(letters))] for i in range(3))

    def _spelled(self, key: str, track: _Known) -> tuple[str, str]:
        way = int(self._share("way", key) * 4)
        if way == 0:
            return track.artist.upper(), track.title
        if way == 1:
            return track.artist.replace(" & ", " and ").replace("feat.", "featuring"), track.title.lower()
        if way == 2:
            return _without_accents(track.artist), _without_accents(track.title).replace("'", "’")
        return track.artist, track.title.replace("o", "ö", 1) if "o" in track.title else track.title.upper()

    def copies(self, key: str, track: SimulatedTrack) -> list[SimulatedTrack]:
        """The track's own release, as one or, where MusicBrainz lacks the label, as two."""
        if track.label and "musicbrainz" in track.known_to and self._share("missing", key) < _LABEL_MISSING:
            here = frozenset({"musicbrainz"})
            return [
                replace(track, known_to=here, label_is_missing=True, distributor=None),
                replace(track, known_to=track.known_to - here),
            ]
        return [track]

    def others(self, key: str, track: SimulatedTrack) -> list[SimulatedTrack]:
        """Other versions, namesakes and bootlegs."""
        made: list[SimulatedTrack] = []
        label = self._pick("other label", key, self._labels)
        somebody = self._pick("somebody", key, self._artists)
        plain = replace(
            track, has_merged_id=False, distributor=None, isrc=None, supports=None, remixers=(), kind="single"
        )
        if self._share("other version", key) < _OTHER_VERSION:
            made.append(
                replace(
                    plain,
                    version=f"{somebody} Remix" if not track.version else None,
                    remixers=(somebody,) if not track.version else (),
                    label=label,
                    known_to=self._sources("knows other version", key),
                )
            )
        if self._share("namesake title", key) < _NAMESAKE_TITLE:
            made.append(
                replace(
                    plain,
                    artist=self._pick("namesake", key, self._artists),
                    label=label,
                    spelled=None,
                    known_to=self._sources("knows namesake", key),
                )
            )
        if self._share("bootleg", key) < _AS_BOOTLEG:
            made.append(replace(plain, kind="bootleg", label=f"{label} White", date=_later(track.date, 1)))
        return made

    def collections(self, tracks: Sequence[tuple[str, SimulatedTrack]]) -> list[SimulatedTrack]:
        """Compilations and DJ mixes of a dozen tracks each, on labels of their own."""
        made: list[SimulatedTrack] = []
        wanted: tuple[tuple[Kind, float, str], ...] = (
            ("compilation", _ON_COMPILATION, "Sampler"),
            ("dj-mix", _ON_DJ_MIX, "in the Mix"),
        )
        for kind, part, word in wanted:
            chosen = [(key, track) for key, track in tracks if self._share(kind, key) < part]
            for volume, start in enumerate(range(0, len(chosen), _TRACKS_ON_COLLECTION), start=1):
                together = chosen[start : start + _TRACKS_ON_COLLECTION]
                first = together[0][0]
                label = self._pick(f"{kind} label", first, self._labels)
                latest = max(track.date[:4] or "2010" for _, track in together)
                made += [
                    replace(
                        track,
                        kind=kind,
                        label=label,
                        date=f"{int(latest) + 2}-09-01",
                        release=f"{label} {word} {volume}",
                        known_to=self._sources(f"knows {kind}", first, 0.7),
                        distributor=None,
                        catalogue_number=f"COMP{volume:04d}",
                    )
                    for _, track in together
                ]
        return made


def _remixers(version: str | None) -> tuple[str, ...]:
    words = (version or "").split()
    is_remix = len(words) > 1 and words[-1].casefold() in {"remix", "rework", "dub"}
    return (" ".join(words[:-1]).removesuffix("'s").removesuffix("s'"),) if is_remix else ()


def _later(date: str, years: int) -> str:
    return f"{int(date[:4]) + years}" if date else ""


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
