"""The label source that reads web pages: one class for every site, told apart by their `Site`.

Asks politely or not at all: off unless switched on by name, robots.txt obeyed, the true name given, a bot check
taken as a No. How pages are read stands in `pages.py`, what they say of a label in `judging.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import httpx

from enrichment_pipeline.sources.http.answers import Answer
from enrichment_pipeline.sources.http.client import Client, HostPolicy
from enrichment_pipeline.sources.outcomes import (
    CHANGED_PAGES,
    BlockedError,
    DownError,
    OffError,
    QuotaError,
    RefusedError,
)
from enrichment_pipeline.sources.questions import LookUp, TrackQuestion
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.web import render
from enrichment_pipeline.sources.web.egress import ExitPool
from enrichment_pipeline.sources.web.judging import Judgement, Match, is_the_track, judge, matches
from enrichment_pipeline.sources.web.pages import (
    Page,
    is_challenge,
    read_results,
    read_track_page,
)
from enrichment_pipeline.sources.web.queries import fill, query_words
from enrichment_pipeline.sources.web.settings import SiteSettings
from enrichment_pipeline.sources.web.site import Probe, Site
from enrichment_pipeline.sources.web.sites import SITES

# The known-good query is as good as asked now when it was asked within the hour.
_PROBE_AGE = timedelta(hours=1)
# After so many pages in a row without a result the site is asked the known-good query again, and until it has
# answered none of them counts as a miss. One in ten costs little of the budget.
SILENT_PAGES = 10
# Pages in a row that cannot be read, or questions refused, before it is the site and no longer the question.
_BROKEN_PAGES = 3


class ChangedPageError(DownError):
    """A site answers, but its pages are no longer built as described: what it does not show is no miss."""


class _BrokenPageError(Exception):
    """One page cannot be read."""

    def __init__(self, reason: str, answer: Answer) -> None:
        super().__init__(reason)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opening pages of tracks came to: the tracks with what they add, and why some were not opened."""

    found: tuple[Match, ...]
    answers: tuple[Answer, ...]
    not_opened: str | None


class _Lent(httpx.BaseTransport):
    """A network that several clients use one after the other; closing it is for its owner.

    With `stays`, a redirect to another host concerns the one page and not the site: an account that moved to an
    address of its own must not close the site for all others.
    """

    def __init__(self, inner: httpx.BaseTransport, *, stays: bool = False) -> None:
        self._inner = inner
        self._stays = stays

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if self._stays and response.is_redirect:
            host = request.url.join(response.headers["location"]).host
            if host != request.url.host:
                response.close()
                raise RefusedError(
                    f"its page moved to another host, {host}", http_status=response.status_code
                )
        return response


class WebPages:
    """Labels from the public pages of one site.

    Args:
        site: the site.
        surroundings: data folder, environment, clock.
        network: what carries requests, instead of the real network; the caller closes it.
        exits: a pool of exits shared with other sites; made from the environment where not given.
    """

    def __init__(
        self,
        site: Site,
        surroundings: Surroundings,
        *,
        network: httpx.BaseTransport | None = None,
        exits: ExitPool | None = None,
    ) -> None:
        self.site = site
        self.name = site.name
        self.surroundings = surroundings
        self.settings = SiteSettings(site, surroundings)
        self._given_network = network
        self._exits = exits
        self._network: httpx.BaseTransport | None = None
        self._client: Client | None = None
        self._is_probed = False
        self._changed: ChangedPageError | None = None
        self._pages_without_results = 0
        self._broken_in_a_row = 0

    # ---- on or off -----------------------------------------------------------------------------------

    @property
    def off_reason(self) -> str | None:
        """Why the site is not asked, naming the variable to set; None when it is on."""
        return self.settings.off_reason

    @property
    def requests(self) -> int:
        """Requests made to the network so far, robots.txt and known-good queries among them."""
        return self._client.requests if self._client is not None else 0

    def close(self) -> None:
        """Let go of connections and of the browser."""
        if self._client is not None:
            self._client.close()
        if self._network is not None and self._network is not self._given_network:
            self._network.close()  # opens anew when asked again

    # ---- asking --------------------------------------------------------------------------------------

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Labels of tracks, in the order asked.

        The known-good query comes first. Pages without results wait until the site has shown that it can still
        be read.

        Args:
            questions: tracks whose label is wanted.

        Yields:
            One answer per question.

        Raises:
            ChangedPageError: the pages are no longer built as described.
            SourceError: the site answers no more; questions without an answer take its outcome.
        """
        off = self.off_reason
        if off is not None:
            raise OffError(f"{self.name}: {off}")
        if not questions:
            return
        if self._changed is not None:  # found out in this run: pages are not tried one bucket after the other
            raise self._changed
        held: list[LookUp] = []
        try:
            if not self._is_probed:
                self._ask_known_good(_PROBE_AGE)
                self._is_probed = True
            for question in questions:
                answer, has_results = self._look_up(question)
                if has_results:
                    self._pages_without_results = 0
                    yield from _released(held)
                if has_results is not False:
                    yield answer
                    continue
                held.append(answer)
                self._pages_without_results += 1
                if self._pages_without_results >= SILENT_PAGES:
                    self._confirm(held)
                    yield from _released(held)
            yield from _released(held)
        except (DownError, BlockedError) as error:
            if isinstance(error, ChangedPageError):
                self._changed = error
            # what came in while the site was in trouble is asked again, not believed
            for answer in held:
                for ref in answer.refs:
                    self._asking().store.forget(self.name, ref)
            raise

    def _look_up(self, question: TrackQuestion) -> tuple[LookUp, bool | None]:
        """The answer, and whether the site showed any result at all; None where that says nothing of its pages."""
        words = self._words(question)
        if not words:
            return LookUp(question.track_key, "miss", "nothing in it can be searched for", None), None
        try:
            answer, page = self._search(words)
            found = matches(question, page.tracks, answer.ref)
            opened = self._open(question, found)
        except _BrokenPageError as broken:
            self._count_broken(str(broken))
            refs = (broken.answer.ref,)
            return (
                LookUp(
                    question.track_key,
                    "down",
                    str(broken),
                    broken.answer.asked_at,
                    broken.answer.status,
                    refs,
                ),
                None,
            )
        except RefusedError as refused:
            self._count_broken(refused.reason)
            return (
                LookUp(question.track_key, "down", refused.reason, None, http_status=refused.http_status),
                None,
            )
        self._broken_in_a_row = 0
        judgement = judge(self.site, question, page.tracks, opened.found)
        if opened.not_opened is not None and not judgement.labels:
            judgement = Judgement("miss", f"found on {self.site.title}, but {opened.not_opened}")
        answers = (answer, *opened.answers)
        best = opened.found[0].track if opened.found else None
        # an identifier is handed on to other sources as a fact: a near spelling is not enough
        isrcs = {m.track.isrc for m in opened.found if m.track.isrc and m.found_by != "fuzzy"}
        return (
            LookUp(
                track_key=question.track_key,
                outcome=judgement.outcome,
                reason=judgement.reason,
                asked_at=max(one.asked_at for one in answers),
                http_status=answer.status,
                refs=tuple(dict.fromkeys(one.ref for one in answers)),
                labels=judgement.labels,
                matched_id=(best.track_id or best.url) if best else None,
                isrcs=tuple(sorted(isrcs)),
            ),
            page.rows > 0,
        )

    def _words(self, question: TrackQuestion) -> str:
        version = question.version if question.version_key else None
        artists = question.artists or (question.artist,)
        return query_words(self.site.search, artists, question.title, version)

    def _search(self, words: str) -> tuple[Answer, Page]:
        """The result list for some words.

        Raises:
            _BrokenPageError: it cannot be read; it is forgotten, so that the next run asks again.
        """
        answer = self._ask_for(words, max_age=None)
        problem = None if answer.is_found else "the search address is not there any more (404)"
        page = read_results(self.site, answer.body, self.settings.base())
        if problem is not None or page.problem is not None:
            self._asking().store.forget(self.name, answer.ref)
            raise _BrokenPageError(f"{self.site.title}: {problem or page.problem}", answer)
        return answer, page

    def _ask_for(self, words: str, *, max_age: timedelta | None) -> Answer:
        search, client = self.site.search, self._asking()
        if search.json_body is not None:
            return client.post(search.path, json_body=fill(dict(search.json_body), words), max_age=max_age)
        return client.get(search.path, fill(dict(search.params), words), is_json=False, max_age=max_age)

    def _count_broken(self, reason: str) -> None:
        self._broken_in_a_row += 1
        if self._broken_in_a_row >= _BROKEN_PAGES:
            raise ChangedPageError(f"{reason}; {self._broken_in_a_row} pages in a row: {self._what_to_do()}")

    def _what_to_do(self) -> str:
        return f"{self.site.title} {CHANGED_PAGES}, and sources/web/sites.py does not know them yet"

    # ---- is the site still as described? -------------------------------------------------------------

    def _ask_known_good(self, max_age: timedelta) -> None:
        """Ask the query whose answer is known to be there; a kept answer to it may be `max_age` old.

        Raises:
            ChangedPageError: the answer is not there.
        """
        probe = self.settings.probe()
        words = query_words(self.site.search, (probe.artist,), probe.title, None)
        answer = self._ask_for(words, max_age=max_age)
        missing = self._missing(probe, words, answer)
        if missing is not None:
            raise ChangedPageError(f"{missing}: {self._what_to_do()}", http_status=answer.status)
        self._pages_without_results = 0

    def _missing(self, probe: Probe, words: str, answer: Answer) -> str | None:
        site = self.site
        if not answer.is_found:
            return f"{site.search.path} is not there any more (404)"
        page = read_results(site, answer.body, self.settings.base())
        if page.problem is not None:
            return page.problem
        if len(page.tracks) < probe.results:
            return (
                f"{site.rows.at!r} found {len(page.tracks)} results for the known-good query {words!r}, "
                f"where {probe.results} or more are known to be"
            )
        if not any(is_the_track(track, probe.artist, probe.title) for track in page.tracks):
            return f"none of the {len(page.tracks)} results for the known-good query {words!r} is that track"
        if site.fields.label and not any(track.label for track in page.tracks):
            return f"no result of the known-good query {words!r} has a label"
        return None

    def _confirm(self, held: Sequence[LookUp]) -> None:
        """Ask the known-good query, unless it was asked after the last of the pages held back."""
        newest = max((answer.asked_at for answer in held if answer.asked_at is not None), default=None)
        since = self.surroundings.now() - newest if newest is not None else timedelta(0)
        self._ask_known_good(max(since, timedelta(0)))

    # ---- pages of single tracks ----------------------------------------------------------------------

    def _open(self, question: TrackQuestion, found: Sequence[Match]) -> _Opened:
        """The matches, best first, with what their own pages add."""
        if self.site.detail is None or not found:
            return _Opened(tuple(found), (), None)
        opened: list[Match] = []
        answers: list[Answer] = []
        not_opened: str | None = None
        for match in found[: self.site.detail.most]:
            place = self.settings.page_of(match.track)
            if place is None:
                not_opened = "its page stands at another host, which is not asked"
                continue
            answer = self._get_page(*place)
            if isinstance(answer, str):
                not_opened = answer
                continue
            if not answer.is_found:
                not_opened = "its page is gone (404)"
                continue
            track, problem = read_track_page(self.site, answer.body, match.track.url or "", match.track)
            if problem is not None:
                self._asking().store.forget(place[0].name, answer.ref)
                raise _BrokenPageError(f"{self.site.title}: {problem}", answer)
            answers.append(answer)
            # the page may name other artists than the list did; it is judged anew
            same = matches(question, [track], answer.ref)
            if not same:
                not_opened = "its own page names another track"
            opened += same
        return _Opened(tuple(opened), tuple(answers), not_opened if not opened else None)

    def _get_page(self, policy: HostPolicy, path: str) -> Answer | str:
        """The page of a track, or why this one is not opened although the site is well."""
        main, budget = self._asking(), policy.budget
        if budget is not None:
            policy = replace(policy, budget=max(0, budget - main.requests))
        with Client(policy, self.surroundings, network=_Lent(self._carrier(), stays=True)) as client:
            try:
                return client.get(path, is_json=False)
            except RefusedError as refused:
                return refused.reason
            except QuotaError:
                # the budget is one for the search and all pages
                raise QuotaError(
                    f"{self.name}: the budget of {budget} requests for this run is spent"
                ) from None
            except BlockedError as blocked:
                if blocked.until is None:  # not the host's answer, but a rule of its robots.txt for this page
                    return blocked.reason
                raise
            finally:
                main.requests += client.requests

    # ---- settings ------------------------------------------------------------------------------------

    def _asking(self) -> Client:
        if self._client is None:
            self._client = Client(self.settings.policy(), self.surroundings, network=_Lent(self._carrier()))
        return self._client

    def _carrier(self) -> httpx.BaseTransport:
        """What carries requests: as given, else the pool of exits or the real network, with a browser on top."""
        if self._given_network is not None:
            return self._given_network
        if self._network is None:
            exits = self._exits or ExitPool.of(self.surroundings)
            carrier: httpx.BaseTransport = exits or httpx.HTTPTransport()
            if self.site.needs_rendering:
                carrier = render.Renderer(
                    self.surroundings, carrier, refuses=partial(is_challenge, self.site)
                )
            self._network = carrier
        return self._network


def web_sources(surroundings: Surroundings) -> list[WebPages]:
    """All sites in the order they are asked, switched on or not; they share one pool of exits.

    Args:
        surroundings: data folder, environment, clock.
    """
    try:
        exits = ExitPool.of(surroundings)
    except ValueError:
        exits = None  # each site then says in its `off_reason` what is wrong, and asks nothing
    return [WebPages(site, surroundings, exits=exits) for site in SITES]


def _released(held: list[LookUp]) -> list[LookUp]:
    """What was held back, taken out of the list."""
    released = list(held)
    held.clear()
    return released
