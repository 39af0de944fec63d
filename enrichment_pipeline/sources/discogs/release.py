"""What a release page of Discogs says, read: credits, tracks, labels, and what kind of release it is.

Pure. Discogs tells namesakes apart by a number ("Orbit (2)"), marks other spellings with a star, and has
words for what is no label and no artist; all of that ends here. Asking stands in `api.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrichment_pipeline.labels.decision import SELF_RELEASED_NAME, is_self_released
from enrichment_pipeline.naming.keys import fold, label_key
from enrichment_pipeline.sources.values import date_of, objects, text_of, texts

_NAMESAKE = re.compile(r"\s+\(\d+\)$")
_NOBODY = frozenset({"various", "various artists", "unknown artist", "no artist", "unknown"})
_VARIOUS = frozenset({"various", "various artists"})
# More acts than this on one release: it gathers what came out elsewhere, whatever its format says.
_MOST_ARTISTS = 4
_FEATURED = re.compile(r"^(?:feat|ft|featuring|with)\b", re.IGNORECASE)
# In this order: a mixed compilation is a DJ mix, an unofficial single a bootleg.
_KINDS = (
    ("bootleg", frozenset({"unofficial release", "partially unofficial"})),
    ("dj-mix", frozenset({"mixed", "partially mixed", "mixtape", "dj mix"})),
    ("compilation", frozenset({"compilation", "sampler"})),
    ("single", frozenset({"single", "maxi-single"})),
    ("ep", frozenset({"ep"})),
    ("album", frozenset({"album", "mini-album", "lp"})),
)
_SECONDARY = frozenset({"bootleg", "dj-mix", "compilation"})


@dataclass(frozen=True, slots=True)
class Credit:
    """Who is credited: main artists by their Discogs names, the whole credit, and all spellings used.

    Of "Various" and "Unknown Artist" all three are empty.
    """

    artists: tuple[str, ...] = ()
    text: str = ""
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseTrack:
    """A track of a release; the credit of the release where it has none of its own."""

    position: str
    title: str
    credit: Credit


@dataclass(frozen=True, slots=True)
class ReleaseLabel:
    """A label of a release, and whether it is also named as its distributor."""

    name: str
    catalogue_number: str | None
    is_distributor: bool


@dataclass(frozen=True, slots=True)
class Release:
    """A release: kind is as `LabelFinding.release_kind`."""

    id: str
    title: str
    kind: str | None
    date: date | None
    url: str
    labels: tuple[ReleaseLabel, ...]
    tracks: tuple[ReleaseTrack, ...]


def read_release(page: dict[str, Any]) -> Release:
    """A release from the JSON of `/releases/{id}`; what is missing or of another type is taken for absent."""
    credit = read_credit(page.get("artists"))
    tracks = tuple(_tracks(page.get("tracklist"), credit))
    descriptions = [text for form in objects(page.get("formats")) for text in texts(form.get("descriptions"))]
    release_id = text_of(page.get("id"))
    is_various = any(fold(plain_name(name)) in _VARIOUS for name in texts(page.get("artists"), "name"))
    return Release(
        release_id,
        text_of(page.get("title")),
        release_kind(descriptions, is_various=is_various or _count_artists(tracks) > _MOST_ARTISTS),
        date_of(page.get("released")) or date_of(page.get("year")),
        text_of(page.get("uri")) or f"https://www.discogs.com/release/{release_id}",
        _labels(page),
        tracks,
    )


def release_kind(descriptions: Sequence[str], *, is_various: bool = False) -> str | None:
    """Kind of a release by the words of its formats; None where they do not say (a plain 12").

    Args:
        descriptions: descriptions of all formats.
        is_various: it gathers many artists.
    """
    words = {text.strip().casefold() for text in descriptions}
    kind = next((kind for kind, names in _KINDS if words & names), None)
    return "various artists" if is_various and kind not in _SECONDARY else kind


def plain_name(name: str) -> str:
    """A name without what Discogs adds: "Orbit (2)" and "Orbit*" are both Orbit."""
    return _NAMESAKE.sub("", name.strip().rstrip("*").rstrip()).rstrip("*").strip()


def read_credit(artists: object) -> Credit:
    """A credit from a list of artists with their `join` words."""
    main: list[str] = []
    spellings: list[str] = []
    text, join, is_main = "", "", True
    for artist in objects(artists):
        name = plain_name(text_of(artist.get("name")))
        if not name or fold(name) in _NOBODY:
            continue
        written = plain_name(text_of(artist.get("anv"))) or name
        text += ("" if not text else ", " if join in ("", ",") else f" {join} ") + name
        is_main = is_main and not (main and _FEATURED.match(join))
        if is_main:
            main.append(name)
            spellings += [name, written]
        join = text_of(artist.get("join")).strip()
    return Credit(tuple(dict.fromkeys(main)), text, tuple(dict.fromkeys([*spellings, text])) if text else ())


def _tracks(tracklist: object, inherited: Credit) -> Iterator[ReleaseTrack]:
    for entry in objects(tracklist):
        if entry.get("type_") == "heading":
            continue
        credit = read_credit(entry.get("artists"))
        credit = credit if credit.text else inherited
        if text_of(entry.get("title")):
            yield ReleaseTrack(text_of(entry.get("position")), text_of(entry["title"]), credit)
        yield from _tracks(entry.get("sub_tracks"), credit)


def _count_artists(tracks: Sequence[ReleaseTrack]) -> int:
    return len({track.credit.text for track in tracks} - {""})


def _labels(page: dict[str, Any]) -> tuple[ReleaseLabel, ...]:
    distributors = {
        label_key(plain_name(text_of(company.get("name"))))
        for company in objects(page.get("companies"))
        if text_of(company.get("entity_type_name")).casefold() == "distributed by"
    }
    found: dict[str, ReleaseLabel] = {}
    for label in objects(page.get("labels")):
        name = plain_name(text_of(label.get("name")))
        if not name:
            continue
        number = text_of(label.get("catno")).strip()
        key = label_key(name)
        found.setdefault(
            key,
            ReleaseLabel(
                SELF_RELEASED_NAME if is_self_released(name) else name,
                number if number and number.casefold() != "none" else None,
                key in distributors,
            ),
        )
    return tuple(found.values())
