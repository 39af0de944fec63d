"""What the MusicBrainz web service answers, as typed values: its search hits and browses and all their gaps.

Every key may be missing or null, dates may be partial, labels may lack a name or a number. What a value
means for the label of a track stands in `findings.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import httpx

from enrichment_pipeline.sources.outcomes import DownError, SourceError

Entity = Literal["recording", "release", "label"]

VARIOUS_ARTISTS_ID = "89ad4ac3-39f7-470e-963a-56509c546377"
NO_LABEL_ID = "157afde4-4bf5-4039-8ad2-5a15acc85176"
_VARIOUS_ARTISTS = "various artists"
# Types of companies that stand on a release without having brought it out.
_DISTRIBUTING = frozenset(
    {"distributor", "holding", "manufacturer", "publisher", "rights society", "broadcaster"}
)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(frozen=True, slots=True)
class CreditedArtist:
    """One artist of a credit: id, the name of the artist and the name as credited."""

    id: str
    name: str
    credited_as: str


@dataclass(frozen=True, slots=True)
class ReleaseLabel:
    """A label of a release. `name` "" where only a catalogue number is known; `kind` is the label's type."""

    id: str
    name: str
    catalogue_number: str | None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A release. `kind` as in `LabelFinding.release_kind`; inside a recording hit it has no labels."""

    id: str
    title: str
    kind: str | None
    date: date | None
    is_pseudo: bool
    credit: str
    artists: tuple[CreditedArtist, ...]
    labels: tuple[ReleaseLabel, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording. `credit` is the whole credit as written; `comment` is its disambiguation."""

    id: str
    title: str
    comment: str
    credit: str
    artists: tuple[CreditedArtist, ...]
    isrcs: tuple[str, ...]
    first_date: date | None
    releases: tuple[Release, ...]
    score: int

    @property
    def artist_names(self) -> tuple[str, ...]:
        """The credit and every name in it, own and as credited."""
        names = [self.credit]
        for artist in self.artists:
            names += [artist.name, artist.credited_as]
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the label search shows it."""

    id: str
    name: str
    kind: str | None


Item = Recording | Release | Label


@dataclass(frozen=True, slots=True)
class Page:
    """Items received and how many the server counts in all."""

    items: tuple[Item, ...]
    count: int


def read_page(body: Any, entity: Entity) -> Page:
    """A page of a search or browse.

    Items without id or title are left out, as nothing can be said of them.

    Raises:
        DownError: it is no such page.
    """
    rows = body.get(f"{entity}s") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise DownError(f"musicbrainz: answered no list of {entity}s")
    count = body.get("count", body.get(f"{entity}-count"))
    readers = {"recording": _recording, "release": _release, "label": _label}
    items = tuple(item for row in _objects(rows) if (item := readers[entity](row)) is not None)
    return Page(items, count if isinstance(count, int) else len(rows))


def verdict(response: httpx.Response, body: bytes) -> SourceError | None:
    """Whether an answer is one of MusicBrainz at all; what is none must not be kept as an answer."""
    url = response.request.url
    if response.status_code == 404 and "query" in url.params:
        return DownError(
            f"musicbrainz: no search at {url.host}{url.path}; is the address right?", http_status=404
        )
    if response.status_code != 200:
        return None
    try:
        content = json.loads(body)
    except ValueError:
        return None  # the client says so itself
    entity = url.path.rstrip("/").rpartition("/")[2]
    if isinstance(content, dict) and isinstance(content.get(f"{entity}s"), list):
        return None
    return DownError(
        f"musicbrainz: answered no list of {entity}s; it may be down or have changed", http_status=200
    )


def partial_date(text: Any) -> date | None:
    """A date of which month and day may be missing, as its earliest day; None for none or nonsense."""
    match = _DATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def catalogue_number(text: Any) -> str | None:
    """A catalogue number; None where it is missing, blank or "[none]"."""
    number = _text(text).strip()
    return None if number.casefold() in ("", "[none]", "none") else number


def is_distributing(kind: str | None) -> bool | None:
    """Whether labels of a type only distribute; None for an unknown type."""
    return None if not kind else kind.casefold() in _DISTRIBUTING


def _recording(row: dict[str, Any]) -> Recording | None:
    mbid, title = _text(row.get("id")), _text(row.get("title"))
    if not mbid or not title:
        return None
    credit, artists = _credit(row.get("artist-credit"))
    releases = (_release(each) for each in _objects(row.get("releases")))
    return Recording(
        id=mbid,
        title=title,
        comment=_text(row.get("disambiguation")),
        credit=credit,
        artists=artists,
        isrcs=tuple(sorted(set(_isrcs(row.get("isrcs"))))),
        first_date=partial_date(row.get("first-release-date")),
        releases=tuple(release for release in releases if release is not None),
        score=_score(row),
    )


def _release(row: dict[str, Any]) -> Release | None:
    mbid = _text(row.get("id"))
    if not mbid:
        return None
    credit, artists = _credit(row.get("artist-credit"))
    status = _text(row.get("status")).casefold()
    is_various = credit.casefold() == _VARIOUS_ARTISTS or any(a.id == VARIOUS_ARTISTS_ID for a in artists)
    group = row.get("release-group")
    return Release(
        id=mbid,
        title=_text(row.get("title")),
        kind=_kind(group if isinstance(group, dict) else {}, status, is_various),
        date=partial_date(row.get("date")),
        is_pseudo=status == "pseudo-release",
        credit=credit,
        artists=artists,
        labels=tuple(_release_labels(row.get("label-info"))),
        score=_score(row),
    )


def _kind(group: dict[str, Any], status: str, is_various: bool) -> str | None:
    primary = _text(group.get("primary-type")).casefold()
    secondary = {_text(name).casefold() for name in group.get("secondary-types") or ()}
    if status == "bootleg":
        return "bootleg"
    if secondary & {"dj-mix", "mixtape/street"}:
        return "dj-mix"
    if "compilation" in secondary:
        return "compilation"
    if is_various:
        return "various artists"
    return primary if primary in ("single", "ep", "album") else None


def _release_labels(rows: Any) -> Iterator[ReleaseLabel]:
    for row in _objects(rows):
        label = row.get("label")
        label = label if isinstance(label, dict) else {}
        yield ReleaseLabel(
            _text(label.get("id")),
            _text(label.get("name")).strip(),
            catalogue_number(row.get("catalog-number")),
            _text(label.get("type")) or None,
        )


def _label(row: dict[str, Any]) -> Label | None:
    mbid = _text(row.get("id"))
    return Label(mbid, _text(row.get("name")), _text(row.get("type")) or None) if mbid else None


def _credit(rows: Any) -> tuple[str, tuple[CreditedArtist, ...]]:
    text, artists = "", []
    for row in _objects(rows):
        artist = row.get("artist")
        artist = artist if isinstance(artist, dict) else {}
        credited_as = _text(row.get("name")) or _text(artist.get("name"))
        text += credited_as + _text(row.get("joinphrase"))
        artists.append(CreditedArtist(_text(artist.get("id")), _text(artist.get("name")), credited_as))
    return text.strip(), tuple(artists)


def _isrcs(rows: Any) -> Iterator[str]:
    # older servers wrapped each in an object
    for row in rows if isinstance(rows, list) else ():
        isrc = _text(row.get("id")) if isinstance(row, dict) else _text(row)
        if isrc:
            yield isrc.upper()


def _score(row: dict[str, Any]) -> int:
    # the JSON of older servers has it as text
    try:
        return int(row.get("score") or 0)
    except (TypeError, ValueError):
        return 0


def _objects(rows: Any) -> Iterator[dict[str, Any]]:
    return (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else iter(())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
