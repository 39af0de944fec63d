"""How a site is searched and how its pages are read, as plain values: a new site is one more `Site`.

Nothing here asks or reads; which sites there are stands in `sites.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# What a bot check of Cloudflare holds and an ordinary page does not. Its script for ordinary pages
# (".../scripts/jsd/...") is no mark: it stands on pages that answer.
CLOUDFLARE_MARKS = (
    "<title>just a moment",
    "<title>attention required! | cloudflare",
    "_cf_chl_opt",
    "/orchestrate/chl_page",
    "challenges.cloudflare.com/turnstile",
    "cf-turnstile",
)


@dataclass(frozen=True, slots=True)
class Pick:
    """One value, or several, out of a result.

    Args:
        at: CSS selector below the result ("" the result itself), or a path within JSON: names joined by dots,
            lists gone through, `artists[kind=Artist].name` for elements that say so.
        attribute: of the elements found, instead of their text.
        path: the text or attribute is JSON; the value stands at this path.
        pattern: regular expression; its first group is the value, and no match is no value.
        without: CSS selector of inner elements whose text does not count.
        of_part: looked for in the part (see `Rows.parts`), not in the whole result.
    """

    at: str
    attribute: str | None = None
    path: str | None = None
    pattern: str | None = None
    without: str | None = None
    of_part: bool = False


# Ways to find one thing, the first that gives something counts.
Picks = tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Where the facts of a track stand; those a site does not tell are left empty.

    `release` is the title of the release a track stands on, `release_artists` whose it is.
    """

    title: Picks
    artists: Picks
    release: Picks = ()
    release_artists: Picks = ()
    mix: Picks = ()
    remixers: Picks = ()
    label: Picks = ()
    release_date: Picks = ()
    catalogue_number: Picks = ()
    url: Picks = ()
    isrc: Picks = ()
    duration: Picks = ()
    track_id: Picks = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the results stand.

    Args:
        kind: html: elements; script: JSON inside a script element; json: the answer is JSON.
        at: html: CSS selector of a result. script: path of the list, found wherever an object has it, because
            its place in the page moves. json: path of the list from the top.
        script: CSS selector of the script element; the site's pages always have it, so that a page without one
            is no page of the site.
        parts: html: CSS selector of the tracks within a result that is a release; a result without any is read
            as one track.
    """

    kind: Literal["html", "script", "json"]
    at: str
    script: str = ""
    parts: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """How a site is searched; `{query}` stands for the words looked for.

    Args:
        path: below the site's address.
        params: query of a GET.
        json_body: asked with POST and this body instead.
        words: what the query is made of, of `{artists}`, `{title}`, `{version}`.
        most_brackets: pairs of brackets the site's search bears; those beyond lose their signs, not their words.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    json_body: Mapping[str, Any] | None = None
    words: str = "{artists} {title} {version}"
    most_brackets: int = 1


@dataclass(frozen=True, slots=True)
class Detail:
    """The page of one track, asked for only when the result list does not tell the label.

    Args:
        fields: what the page tells; what it does not tell is taken from the result.
        domain: pages below this domain are the site's as well (`account.shop.example` of `shop.example`).
        most: pages opened for one question.
    """

    fields: Fields
    domain: str
    most: int = 2


@dataclass(frozen=True, slots=True)
class Probe:
    """A question whose answer is known to be there: nothing found means that the site has changed.

    Args:
        artist: of a very well-known track.
        title: its title.
        results: how many results it gives at least.
    """

    artist: str
    title: str
    results: int


@dataclass(frozen=True, slots=True)
class Site:
    """One site.

    Args:
        name: of the source, of its pace and of its kept answers.
        key: its name within variables: `ENRICHMENT_WEB_<key>_URL`, `ENRICHMENT_WEB_<key>_PROBE`.
        title: its name in words.
        address: public address; None where there is none (any more), so that one has to be given.
        per_second: requests a second; its robots.txt may ask for fewer.
        search: how it is searched.
        rows: where results stand.
        fields: where their facts stand.
        probe: known-good query.
        detail: page of one track, where the label stands only there.
        url_template: address of a track made of `{track_id}`, where results carry none.
        date_formats: as `strptime` has them.
        duration_unit: seconds of 1 where a duration is a bare number.
        label_is_account: what stands as label is who published the page, and a label only when that is not the
            artist.
        various: what the artist of a compilation of many is called, in lower case.
        needs_rendering: its pages hold nothing before a browser has run them.
        challenge_marks: what its bot check holds, in lower case.
        off_hint: why there is no address, in words.
    """

    name: str
    key: str
    title: str
    address: str | None
    per_second: float
    search: Search
    rows: Rows
    fields: Fields
    probe: Probe
    detail: Detail | None = None
    url_template: str | None = None
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    duration_unit: float = 1.0
    label_is_account: bool = False
    various: frozenset[str] = frozenset()
    needs_rendering: bool = False
    challenge_marks: tuple[str, ...] = CLOUDFLARE_MARKS
    off_hint: str = ""

    @property
    def url_variable(self) -> str:
        """Variable that gives another address."""
        return f"ENRICHMENT_WEB_{self.key}_URL"

    @property
    def probe_variable(self) -> str:
        """Variable that gives another known-good query, "artist - title"."""
        return f"ENRICHMENT_WEB_{self.key}_PROBE"

    @property
    def budget_variable(self) -> str:
        """Variable that says how many requests a run may make."""
        return f"ENRICHMENT_{self.name.upper()}_BUDGET"
