"""Reads pages: result lists and track pages into plain values, by the description of their site. Pure.

Says what is missing instead of guessing: an empty list is an answer, a page without the list is none. Whether a
track found is the one asked for is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from enrichment_pipeline.sources.web import json_paths
from enrichment_pipeline.sources.web.site import Fields, Pick, Picks, Site

# One shop track without a label is a slip of the shop; three of three are a field that moved.
_ROWS_THAT_TELL = 3
_XML_HEADER = re.compile(r"^\s*<\?xml[^>]*\?>")
_BLANKS = re.compile(r"\s+")
_CLOCK = re.compile(r"\d+(?::\d{1,2}){1,2}")
# What compilations call themselves. A release named after the track is none, whatever its name.
_COMPILATION = re.compile(
    r"\b(?:compilation|sampler|various artists|greatest hits|best of|top \d+|dj mix|continuous mix"
    r"|(?:mixed|compiled|selected) by)\b",
    re.IGNORECASE,
)
_REMIX = re.compile(r"remix|rework|refix|rmx", re.IGNORECASE)
# A bot check is short; a page that is long is not searched for its marks to the end.
_SEARCHED_FOR_MARKS = 200_000

# A result list is some hundred kilobytes. What is a hundred times that is none, and costs half a gigabyte and some
# ten seconds to take apart.
LARGEST_PAGE = 4 * 1024 * 1024

PickText = Callable[[Picks], list[str]]


@dataclass(frozen=True, slots=True)
class FoundTrack:
    """One track as a site writes it. `artists` are without those who only remixed, where the site tells."""

    title: str
    artists: tuple[str, ...]
    mix: str | None = None
    remixers: tuple[str, ...] = ()
    label: str | None = None
    release_date: date | None = None
    catalogue_number: str | None = None
    url: str | None = None
    isrc: str | None = None
    duration_seconds: float | None = None
    track_id: str | None = None
    is_on_compilation: bool = False

    @property
    def version(self) -> str | None:
        """The version text, with the remixer's name where the site keeps it beside the word "Remix"."""
        if not self.mix or not self.remixers or not _REMIX.search(self.mix):
            return self.mix
        named = f"{self.title} {self.mix}".casefold()
        if any(name.casefold() in named for name in self.remixers):
            return self.mix
        return f"{' & '.join(self.remixers)} {self.mix}"


@dataclass(frozen=True, slots=True)
class Page:
    """What a result list holds.

    Args:
        tracks: those that have a title and an artist, in the site's order.
        rows: how many results stand there, readable or not.
        problem: what was looked for and not found, in words; None for a page as it should be, even an empty one.
    """

    tracks: tuple[FoundTrack, ...]
    rows: int
    problem: str | None = None


def is_challenge(site: Site, body: bytes) -> bool:
    """Whether a page is a bot check, by the marks of the site."""
    start = body[:_SEARCHED_FOR_MARKS].decode("utf-8", errors="replace").casefold()
    return any(mark in start for mark in site.challenge_marks)


def has_data_block(site: Site, body: bytes) -> bool:
    """Whether the script with the data is there; True for sites that have none, and for a page not looked at."""
    if site.rows.kind != "script" or len(body) > LARGEST_PAGE:
        return True
    return _soup(body).select_one(site.rows.script) is not None


def read_results(site: Site, body: bytes, address: str) -> Page:
    """The result list of a site.

    Args:
        site: whose page it is.
        body: the page.
        address: of the page; other addresses in it are relative to it.
    """
    too_large = _too_large(body)
    if too_large is not None:
        return Page((), 0, too_large)
    if site.rows.kind == "html":
        rows: list[PickText] = []
        results = _soup(body).select(site.rows.at)
        for result in results:
            if result.select_one(site.rows.at) is not None:
                continue  # an end tag is missing: what of it is its own cannot be told from what is the next one's
            parts: list[Tag | None] = [*result.select(site.rows.parts)] if site.rows.parts else []
            rows += [_element_picker(result, part) for part in parts or [None]]
    else:
        data, problem = _data(site, body)
        if data is None:
            return Page((), 0, problem)
        rows = [_json_picker(row) for row in data]
    tracks = [_track(site, site.fields, pick, address) for pick in rows]
    readable = tuple(track for track in tracks if track.title and track.artists)
    return Page(readable, len(rows), _missing(site, tracks))


def read_track_page(
    site: Site, body: bytes, address: str, found: FoundTrack
) -> tuple[FoundTrack, str | None]:
    """A track with what its own page adds, and what was not found there (None: all that matters was).

    Args:
        site: whose page it is; it has a `detail`.
        body: the page.
        address: of the page.
        found: the track as the result list has it.

    Raises:
        ValueError: the site has no track pages.
    """
    if site.detail is None:
        raise ValueError(f"{site.name} has no track pages")
    too_large = _too_large(body)
    if too_large is not None:
        return found, too_large
    fields = site.detail.fields
    page = _track(site, fields, _element_picker(_soup(body), None), address)
    if not page.label:
        return found, f"{_where(fields.label)} (label) found nothing on the page of a track"
    return (
        replace(
            found,
            title=page.title or found.title,
            artists=page.artists or found.artists,
            label=page.label,
            release_date=page.release_date or found.release_date,
            isrc=page.isrc or found.isrc,
            duration_seconds=page.duration_seconds or found.duration_seconds,
        ),
        None,
    )


# ---- the list of results -----------------------------------------------------------------------------


def _soup(body: bytes) -> BeautifulSoup:
    text = body.decode("utf-8", errors="replace")
    # a text without markup would be taken for a file name
    return BeautifulSoup(_XML_HEADER.sub("", text) if "<" in text else "", "lxml")


def _too_large(body: bytes) -> str | None:
    return f"a page of {len(body) / 2**20:.0f} MB is not read" if len(body) > LARGEST_PAGE else None


def _data(site: Site, body: bytes) -> tuple[list[Any] | None, str | None]:
    """The results of a site that answers in JSON, or what is wrong."""
    rows = site.rows
    if rows.kind == "json":
        data = json_paths.parse(body.decode("utf-8", errors="replace"))
        found = json_paths.list_at(data, rows.at)
        return found, None if found is not None else f"{rows.at!r} found no list in the answer"
    script = _soup(body).select_one(rows.script)
    if script is None:
        return None, f"{rows.script!r} found nothing"
    data = json_paths.parse(script.get_text())
    if data is None:
        return None, f"{rows.script!r} holds something that is no JSON"
    found = json_paths.list_by_shape(data, rows.at)
    return found, None if found is not None else f"{rows.at!r} found no list in {rows.script!r}"


def _missing(site: Site, tracks: Sequence[FoundTrack]) -> str | None:
    """Which field is in none of the results although there are some."""
    if not tracks:
        return None
    for name, picks, is_there in (
        ("title", site.fields.title, [bool(t.title) for t in tracks]),
        ("artists", site.fields.artists, [bool(t.artists) for t in tracks]),
    ):
        if not any(is_there):
            return f"{_where(picks)} ({name}) found nothing in {len(tracks)} results"
    if site.fields.label and len(tracks) >= _ROWS_THAT_TELL and not any(t.label for t in tracks):
        return f"{_where(site.fields.label)} (label) found nothing in {len(tracks)} results"
    return None


def _where(picks: Picks) -> str:
    return " or ".join(repr(pick.path or pick.at or pick.pattern or pick.attribute) for pick in picks)


# ---- one track ---------------------------------------------------------------------------------------


def _track(site: Site, fields: Fields, pick: PickText, address: str) -> FoundTrack:
    def first(picks: Picks) -> str | None:
        return next(iter(pick(picks)), None)

    track_id, title = first(fields.track_id), first(fields.title) or ""
    url = first(fields.url)
    if url is None and site.url_template is not None and track_id is not None:
        url = site.url_template.format(track_id=track_id)
    return FoundTrack(
        title=title,
        artists=tuple(dict.fromkeys(pick(fields.artists))),
        mix=first(fields.mix),
        remixers=tuple(dict.fromkeys(pick(fields.remixers))),
        label=first(fields.label),
        release_date=_date(first(fields.release_date), site.date_formats),
        catalogue_number=first(fields.catalogue_number),
        url=_address(address, url),
        isrc=_isrc(first(fields.isrc)),
        duration_seconds=_duration(first(fields.duration), site.duration_unit),
        track_id=track_id,
        is_on_compilation=any(name.casefold() in site.various for name in pick(fields.release_artists))
        or _is_compilation(first(fields.release), title),
    )


def _is_compilation(release: str | None, title: str) -> bool:
    return (
        release is not None
        and _COMPILATION.search(release) is not None
        and title.casefold() not in release.casefold()
    )


def _json_picker(row: Any) -> PickText:
    def pick(picks: Picks) -> list[str]:
        for one in picks:
            texts = _texts(one, json_paths.values_at(row, one.at))
            if texts:
                return texts
        return []

    return pick


def _element_picker(result: Tag, part: Tag | None) -> PickText:
    def pick(picks: Picks) -> list[str]:
        for one in picks:
            holder = part if one.of_part else result
            if holder is None:
                continue
            elements = holder.select(one.at) if one.at else [holder]
            texts = _texts(one, [_element_text(element, one) for element in elements])
            if texts:
                return texts
        return []

    return pick


def _element_text(element: Tag, pick: Pick) -> str | None:
    if pick.attribute is not None:
        value = element.get(pick.attribute)
        return " ".join(value) if isinstance(value, list) else value
    inner = (
        {id(text) for found in element.select(pick.without) for text in found.strings}
        if pick.without
        else set()
    )
    # scripts hold their text as a kind of its own, which `get_text` leaves out of anything around them
    return (
        (element.string or "")
        if element.name == "script"
        else " ".join(text for text in element.strings if id(text) not in inner)
    )


def _texts(pick: Pick, values: Sequence[Any]) -> list[str]:
    """The values as texts without blank ones; those that do not fit the pattern are dropped."""
    if pick.path is not None:
        values = [
            v for value in values if value for v in json_paths.values_at(json_paths.parse(value), pick.path)
        ]
    texts = []
    for value in values:
        if value is None or isinstance(value, (dict, list, bool)):
            continue
        text = _BLANKS.sub(" ", str(value)).strip()
        if pick.pattern is not None:
            match = re.search(pick.pattern, text)
            text = match[1].strip() if match else ""
        if text:
            texts.append(text)
    return texts


def _date(text: str | None, formats: Sequence[str]) -> date | None:
    for form in formats if text else ():
        try:
            return datetime.strptime(text or "", form).date()
        except ValueError:
            continue
    return None


def _isrc(text: str | None) -> str | None:
    code = re.sub(r"[^A-Z0-9]", "", (text or "").upper())
    return code if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", code) else None


def _duration(text: str | None, unit: float) -> float | None:
    if text is None:
        return None
    if _CLOCK.fullmatch(text):
        seconds = 0
        for number in text.split(":"):
            seconds = 60 * seconds + int(number)
        return float(seconds)
    try:
        number_of = float(text)
    except ValueError:
        return None
    return round(number_of * unit, 3) if 0 < number_of < 1e9 else None


def _address(page: str, url: str | None) -> str | None:
    """The full address of a link; None for what is no web address."""
    try:
        full = urljoin(page, url or "")
        return (
            full if url and urlsplit(full).scheme in ("http", "https") and urlsplit(full).hostname else None
        )
    except ValueError:
        return None
