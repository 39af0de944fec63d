"""What the environment says of a site: whether it is on, where it is, how it is asked, and what is no answer of it.

Who asks stands in `scrape.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx

from enrichment_pipeline.sources.http.client import HostPolicy, Verdict, pace_of
from enrichment_pipeline.sources.outcomes import BlockedError, OffError, SourceError
from enrichment_pipeline.sources.surroundings import CONTACT_VARIABLE, Surroundings
from enrichment_pipeline.sources.web import render
from enrichment_pipeline.sources.web.egress import exit_addresses
from enrichment_pipeline.sources.web.pages import (
    FoundTrack,
    has_data_block,
    is_challenge,
    read_results,
    read_track_page,
)
from enrichment_pipeline.sources.web.site import Probe, Site
from enrichment_pipeline.sources.web.sites import SITES

SITES_VARIABLE = "ENRICHMENT_WEB_SITES"
DEFAULT_BUDGET = 60
# A page is asked for twice more and then left: shops are not hammered.
_RETRIES = 2
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """One site under given surroundings.

    Args:
        site: the site.
        surroundings: data folder, environment, clock.
    """

    site: Site
    surroundings: Surroundings

    @property
    def off_reason(self) -> str | None:
        """Why the site is not asked, naming the variable to set; None when it is on."""
        site, surroundings = self.site, self.surroundings
        wanted = _wanted(surroundings)
        if not wanted & {site.name, site.key.lower()}:
            unknown = sorted(wanted - {name for known in SITES for name in (known.name, known.key.lower())})
            typed = f" (it names {', '.join(unknown)}, which is none of the sites)" if unknown else ""
            return f"web pages are asked only when switched on: add {site.name} to {SITES_VARIABLE}{typed}"
        try:
            if self.address() is None:
                return f"{site.off_hint}: set {site.url_variable} to the address of one"
            self.policy()
            self.probe()
            exit_addresses(surroundings)
        except ValueError as error:
            return str(error)
        if surroundings.contact is None and not surroundings.offline:
            return f"set {CONTACT_VARIABLE} to your mail address or web page: it is told to every site asked"
        if site.needs_rendering and not surroundings.offline:
            return render.off_reason(surroundings)
        return None

    def address(self) -> str | None:
        """The address asked: the variable's, else the public one.

        Raises:
            ValueError: the variable holds no web address.
        """
        given = self.surroundings.get(self.site.url_variable)
        if given is None:
            return self.site.address
        try:
            parts = urlsplit(given)
            is_sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        except ValueError:
            is_sound = False
        if not is_sound:
            raise ValueError(
                f"{self.site.url_variable}: an http or https address without a password is meant"
            )
        return given.rstrip("/")

    def base(self) -> str:
        """The address asked.

        Raises:
            OffError: there is none.
            ValueError: the variable holds no web address.
        """
        address = self.address()
        if address is None:
            raise OffError(f"{self.site.name}: {self.off_reason}")
        return address

    def is_public(self) -> bool:
        """Whether the site itself is asked, and no mirror or archive."""
        return self.address() == self.site.address

    def _is_own_mirror(self) -> bool:
        if self.site.address is None:  # the archive of a shop that closed is somebody's public host as well
            return urlsplit(self.base()).hostname in _THIS_MACHINE
        return not self.is_public()

    def policy(self) -> HostPolicy:
        """How the site is asked.

        Raises:
            ValueError: a variable holds no number.
        """
        site = self.site
        return HostPolicy(
            site.name,
            self.base(),
            pace_of(self.surroundings, site.name, site.per_second, is_public=not self._is_own_mirror()),
            budget=int(self.surroundings.number(site.budget_variable, DEFAULT_BUDGET)),
            obeys_robots=True,
            retries=_RETRIES,
            verdict=_verdict(site, lambda body: read_results(site, body, "").rows > 0),
        )

    def probe(self) -> Probe:
        """The known-good query.

        Raises:
            ValueError: the variable is not of the form "artist - title".
        """
        given = self.surroundings.get(self.site.probe_variable)
        if given is None:
            return self.site.probe
        artist, _, title = given.partition(" - ")
        if not artist.strip() or not title.strip():
            raise ValueError(f'{self.site.probe_variable}={given!r}: "artist - title" is meant')
        return Probe(artist.strip(), title.strip(), results=1)

    def page_of(self, track: FoundTrack) -> tuple[HostPolicy, str] | None:
        """Which host to ask for the page of a track, and its path there; None for a host that is not the site's."""
        if track.url is None or self.site.detail is None:
            return None
        parts, base = urlsplit(track.url), urlsplit(self.base())
        is_below = (
            self.is_public() and parts.scheme == "https" and _is_below(parts.netloc, self.site.detail.domain)
        )
        if (parts.scheme, parts.netloc) != (base.scheme, base.netloc) and not is_below:
            return None
        policy = replace(
            self.policy(),
            name=f"{self.site.name}-{parts.netloc.replace(':', '-').lower()}",
            base_url=f"{parts.scheme}://{parts.netloc}",
            verdict=_verdict(self.site, lambda body: _has_label(self.site, body)),
            service=self.site.name,
        )
        return policy, parts.path + (f"?{parts.query}" if parts.query else "")


def _wanted(surroundings: Surroundings) -> set[str]:
    names = (surroundings.get(SITES_VARIABLE) or "").lower().replace(";", ",").split(",")
    return {name.strip() for name in names if name.strip()}


def _is_below(netloc: str, domain: str) -> bool:
    return netloc == domain or (netloc.endswith(f".{domain}") and "@" not in netloc and ":" not in netloc)


def _has_label(site: Site, body: bytes) -> bool:
    return read_track_page(site, body, "", FoundTrack("", ()))[1] is None


def _verdict(site: Site, can_be_read: Callable[[bytes], bool]) -> Verdict:
    """What a status does not say: a page that is a bot check."""

    def verdict(response: httpx.Response, body: bytes) -> SourceError | None:
        status = response.status_code
        if status in (403, 429, 503) and is_challenge(site, body):
            return BlockedError(
                f"{site.title} asks for a bot check; it is not gone round", http_status=status
            )
        if status != 200:
            return None
        if not has_data_block(site, body):
            what = f"{site.title} answers with a page that lacks its data ({site.rows.script!r})"
            return BlockedError(f"{what}: a bot check, or a page built anew", http_status=status)
        # the marks alone are no proof: a shop may guard its newsletter form
        if is_challenge(site, body) and not can_be_read(body):
            return BlockedError(
                f"{site.title} asks for a bot check; it is not gone round", http_status=status
            )
        return None

    return verdict
