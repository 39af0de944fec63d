"""The polite client: store( breaker( robots( retry( pace( network ))))), one per host.

A kept answer costs nothing and no permit; every retry passes the pace; pace, breaker and kept answers are
shared by all processes that use one data folder. What the answers mean is the sources' business.

The store is our own and not an HTTP cache: it keeps 404s, which are answers here, finds them offline
whatever their headers said, and is the audit trail of the evidence.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx
from httpx_retries import Retry, RetryTransport
from pyrate_limiter import Limiter, Rate, SQLiteBucket

from enrichment_pipeline.sources.http.answers import Answer, AnswerStore, fingerprint
from enrichment_pipeline.sources.http.hosts import HostMemory
from enrichment_pipeline.sources.http.robots import Robots
from enrichment_pipeline.sources.outcomes import (
    BlockedError,
    CredentialsError,
    DownError,
    OffError,
    QuotaError,
    RefusedError,
    SourceError,
)
from enrichment_pipeline.sources.surroundings import CONTACT_VARIABLE, OFFLINE_VARIABLE, Surroundings

_LOG = logging.getLogger("enrichment_pipeline.sources")

LARGEST_BODY = 10 * 1024 * 1024
_RETRIED = (429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3
_LONGEST_RETRY_WAIT = 60.0
# A host that asks for more patience than `_LONGEST_RETRY_WAIT` gets it from the breaker, not from a worker that
# sleeps; this bounds the sleep of a worker that learns of another's pause.
_LONGEST_OBEYED_WAIT = 120.0
# Discogs counts the last sixty seconds: a few of them give some permits back.
_MOVING_WINDOW_REST = 5.0
# A pause of a limiter is a little longer than the rate says: clocks and networks jitter.
_SAFETY = 1.05

Verdict = Callable[[httpx.Response, bytes], SourceError | None]
# A function is called only when the network is really asked: a token is not fetched, nor a paid permit taken,
# for an answer that is kept. It may refuse by raising a SourceError.
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]


_ANEW: ContextVar[datetime | None] = ContextVar("asked_anew", default=None)


@contextmanager
def asked_anew(since: datetime) -> Iterator[None]:
    """Within it, no client takes a kept answer from before `since` for as good as a new one.

    For questions that are put again on purpose; offline, where there is nothing but kept answers, it changes nothing.
    """
    token = _ANEW.set(since)
    try:
        yield
    finally:
        _ANEW.reset(token)


@dataclass(frozen=True)
class HostPolicy:
    """How one host is to be asked.

    Args:
        name: short name; also the key of pace, breaker and kept answers.
        base_url: every path is appended to it.
        per_second: requests a second, over all processes.
        headers: sent with every request; may hold keys, which are never kept or logged.
        max_age: a kept answer younger than this is as good as a new one.
        budget: requests to the network one client may make; None for any number.
        obeys_robots: whether robots.txt is asked first (web pages; APIs have terms instead).
        retries: further tries after a refusal for now (429, 500, 502, 503, 504) or a broken connection.
        timeout: seconds for each of connecting and waiting for bytes.
        verdict: looks at each answer and its body for what the status does not say (a bot check with
            status 200); returns the error it amounts to, or None.
        service: name under which several hosts share one pace and one breaker (`label.shop.example` and
            `shop.example` are one service); the host's own name where not given.
    """

    name: str
    base_url: str
    per_second: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_age: timedelta = timedelta(days=7)
    budget: int | None = None
    obeys_robots: bool = False
    retries: int = 4
    timeout: float = 30.0
    verdict: Verdict | None = None
    service: str | None = None

    @property
    def pace_name(self) -> str:
        """Key of pace and breaker."""
        return self.service or self.name


def pace_of(surroundings: Surroundings, name: str, per_second: float, *, is_public: bool) -> float:
    """Requests a second to a host: `ENRICHMENT_<NAME>_PER_SECOND`, else `per_second`.

    A public host may be asked more slowly than its own limit says and never faster; a mirror of one's own
    (`is_public=False`) as fast as one likes.

    Raises:
        ValueError: the variable holds no number above 0.
    """
    variable = f"ENRICHMENT_{name.upper()}_PER_SECOND"
    wanted = surroundings.number(variable, per_second)
    if wanted == 0:
        raise ValueError(f"{variable}=0: a number above 0 is meant; leave the source off to ask nothing")
    return min(wanted, per_second) if is_public else wanted


class _Paced(httpx.BaseTransport):
    """Waits for a permit, and out any pause the host asked for, before each request.

    pyrate's own transport wraps no other, so nothing could stand beneath it.
    """

    def __init__(self, client: Client, inner: httpx.BaseTransport, bucket: SQLiteBucket) -> None:
        self._client = client
        self._inner = inner
        self._bucket = bucket
        self._limiter = Limiter(bucket)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        client, name = self._client, self._client.policy.pace_name
        client.spend_request()
        # A permit is worth something only while nobody wants a rest: who slept through one takes a new permit, else
        # all that slept would ask at once.
        self._limiter.try_acquire(name)
        rested = client.surroundings.now()
        while (rest := client.hosts.rest(name)) is not None and rest > rested:
            time.sleep(min((rest - rested).total_seconds(), _LONGEST_OBEYED_WAIT))
            rested = rest
            self._limiter.try_acquire(name)
        response = self._inner.handle_request(request)
        until = rest_wanted(response, client.surroundings.now())
        if until is not None:
            # other processes hold still as well
            client.hosts.paused(name, until)
            seconds = (until - client.surroundings.now()).total_seconds()
            if response.status_code in _RETRIED and seconds > _LONGEST_RETRY_WAIT:
                response.close()
                raise DownError(
                    f"{name} wants to be left alone for {seconds:.0f} s (status {response.status_code})",
                    http_status=response.status_code,
                    until=until,
                )
        return response

    def close(self) -> None:
        self._inner.close()
        self._limiter.close()
        self._bucket.close()


class Client:
    """Asks one host. A context manager; not shared between threads.

    Args:
        policy: how to ask.
        surroundings: data folder, environment, clock.
        network: what carries requests; None for the real one. A pool of exits or a browser takes its place.
    """

    def __init__(
        self, policy: HostPolicy, surroundings: Surroundings, *, network: httpx.BaseTransport | None = None
    ) -> None:
        self.policy = policy
        self.surroundings = surroundings
        self.requests = 0
        self.store = AnswerStore(surroundings.root / "answers")
        self.hosts = HostMemory(surroundings.root / "state" / "hosts.db")
        self._network = network
        self._http: httpx.Client | None = None
        self._robots: Robots | None = None

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        self.close()

    def close(self) -> None:
        """Close connections; the client opens new ones when asked again."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        is_json: bool = True,
        headers: Headers | None = None,
        max_age: timedelta | None = None,
    ) -> Answer:
        """Ask with GET, or take the kept answer.

        Args:
            path: below the base address.
            params: query; sorted, so that their order is no matter.
            is_json: the answer must be JSON, else the host counts as down and nothing is kept.
            headers: further ones, such as a token that changes; a function is called before the network is asked.
            max_age: instead of the policy's.

        Returns:
            An answer of status 200 or 404.

        Raises:
            SourceError: anything else; see `outcomes` for the kinds.
        """
        query = urlencode(sorted((k, str(v)) for k, v in (params or {}).items()))
        return self._ask("GET", f"{path}?{query}" if query else path, b"", is_json, headers, max_age, True)

    def post(
        self,
        path: str,
        *,
        json_body: Any = None,
        form: Mapping[str, str] | None = None,
        is_json: bool = True,
        headers: Headers | None = None,
        is_kept: bool = True,
        max_age: timedelta | None = None,
    ) -> Answer:
        """Ask with POST; as `get`. `is_kept=False` for answers that hold secrets, such as tokens."""
        if form is not None:
            body, kind = urlencode(sorted(form.items())).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = (
                json.dumps(json_body, sort_keys=True, ensure_ascii=False).encode(),
                "application/json",
            )

        def with_kind() -> Mapping[str, str]:
            return {**_called(headers), "Content-Type": kind}

        return self._ask("POST", path, body, is_json, with_kind, max_age, is_kept)

    def spend_request(self) -> None:
        """Count one request to the network.

        Raises:
            QuotaError: the budget of the run is spent.
        """
        budget = self.policy.budget
        if budget is not None and self.requests >= budget:
            raise QuotaError(f"{self.policy.name}: the budget of {budget} requests for this run is spent")
        self.requests += 1

    # ---- one request ---------------------------------------------------------------------------------

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes,
        is_json: bool,
        headers: Headers | None,
        max_age: timedelta | None,
        is_kept: bool,
    ) -> Answer:
        name, now = self.policy.name, self.surroundings.now()
        words = self.surroundings.scrub(f"{name}: {method} {path}")[:300]
        key = fingerprint(method, path, body)
        if is_kept:
            age = self.policy.max_age if max_age is None else max_age
            oldest = max(now - age, _ANEW.get() or now - age)
            kept = self.store.get(name, key, not_before=None if self.surroundings.offline else oldest)
            if kept is not None:
                return kept
        if self.surroundings.offline:
            raise OffError(f"{name}: offline ({OFFLINE_VARIABLE}), and this was never asked before")
        if self.surroundings.contact is None:
            raise OffError(f"{name}: set {CONTACT_VARIABLE} to your mail address or web page to ask it")
        self._refuse_while_closed(now)
        if self.policy.obeys_robots:
            self._refuse_by_robots(path)
        status, media_type, content = self._over_network(
            method, path, body, dict(_called(headers)), words, is_json
        )
        self.hosts.succeeded(self.policy.pace_name)
        answer = Answer(words, status, media_type, content, "", self.surroundings.now(), False)
        return self.store.put(name, key, answer) if is_kept else answer

    def _refuse_while_closed(self, now: datetime) -> None:
        state = self.hosts.state(self.policy.pace_name, now)
        if state.closed_until is not None:
            kind = BlockedError if state.is_blocked else DownError
            raise kind(
                f"{self.policy.name} is left alone until {state.closed_until:%Y-%m-%d %H:%M} UTC: {state.why}",
                until=state.closed_until,
            )

    def _refuse_by_robots(self, path: str) -> None:
        if self._robots is None:
            self._robots = Robots.of(self.fetch_robots())
        if not self._robots.allows(self.policy.base_url.rstrip("/") + path, self.surroundings.user_agent):
            raise BlockedError(f"{self.policy.name}: robots.txt does not allow {urlsplit(path).path}")

    def fetch_robots(self) -> Answer:
        """The host's robots.txt, kept for a day.

        Raises:
            SourceError: it cannot be had; then nothing of the host may be asked.
        """
        parts = urlsplit(self.policy.base_url)
        site = HostPolicy(
            f"{self.policy.name}-robots",
            f"{parts.scheme}://{parts.netloc}",
            self.policy.per_second,
            max_age=timedelta(days=1),
            retries=self.policy.retries,
            timeout=self.policy.timeout,
            service=self.policy.service,
        )
        with Client(site, self.surroundings, network=self._network) as client:
            try:
                return client.get("/robots.txt", is_json=False)
            finally:
                self.requests += client.requests

    def _over_network(
        self, method: str, path: str, body: bytes, headers: dict[str, str], words: str, is_json: bool
    ) -> tuple[int, str, bytes]:
        url = self.policy.base_url.rstrip("/") + path
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                response, content = self._send(method, url, body, headers)
                if response.status_code in _REDIRECTS:
                    url = self._redirected(response, url)
                    continue
                self._judge(response, content, words, is_json)
            except SourceError as error:
                raise self._remembered(error) from error.__cause__
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = self.surroundings.scrub(f"{words}: {type(error).__name__}: {error}".rstrip(": "))
                raise self._remembered(DownError(reason)) from error
            return response.status_code, response.headers.get("content-type", ""), content
        raise self._remembered(DownError(f"{words}: redirects in a circle"))

    def _send(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[httpx.Response, bytes]:
        with self._client().stream(method, url, content=body or None, headers=headers) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > LARGEST_BODY:
                    raise DownError(
                        f"{self.policy.name} answered more than {LARGEST_BODY // 2**20} MB; cut off"
                    )
            return response, bytes(content)

    def _redirected(self, response: httpx.Response, url: str) -> str:
        target = httpx.URL(url).join(response.headers.get("location", ""))
        here = httpx.URL(url)
        if (target.host, target.port) != (here.host, here.port) and (
            target.host != here.host or {target.scheme, here.scheme} != {"http", "https"}
        ):
            raise BlockedError(
                f"{self.policy.name} redirects to another host, {target.host}: refused",
                http_status=response.status_code,
            )
        return str(target)

    def _judge(self, response: httpx.Response, content: bytes, words: str, is_json: bool) -> None:
        status = response.status_code
        if response.headers.get("cf-mitigated") == "challenge":
            raise BlockedError(
                f"{self.policy.name} asks for a bot check; it is not gone round", http_status=status
            )
        error = self.policy.verdict(response, content) if self.policy.verdict else None
        if error is not None:
            raise error
        if status in _RETRIED:
            raise DownError(
                f"{words}: status {status} after {self.policy.retries + 1} tries",
                http_status=status,
                until=retry_after(response, self.surroundings.now()),
            )
        if status == 401:
            raise CredentialsError(
                f"{self.policy.name}: the key or token was not accepted (401)", http_status=401
            )
        if status in (403, 451):
            raise BlockedError(f"{words}: refused (status {status})", http_status=status)
        if status not in (200, 404):
            said = self.surroundings.scrub(content[:200].decode("utf-8", errors="replace"))
            raise RefusedError(f"{words}: status {status}: {said}", http_status=status)
        if is_json and status == 200:
            try:
                json.loads(content)
            except (UnicodeDecodeError, ValueError) as broken:
                raise DownError(f"{words}: answered something that is no JSON", http_status=200) from broken

    def _remembered(self, error: SourceError) -> SourceError:
        """Tell the breaker, and the error until when the host is left alone."""
        name, now = self.policy.pace_name, self.surroundings.now()
        if isinstance(error, BlockedError):
            error.until = self.hosts.blocked(name, error.reason, now)
        elif isinstance(error, DownError):
            error.until = self.hosts.failed(name, error.reason, now, until=error.until) or error.until
        _LOG.warning("%s", error.reason)
        return error

    # ---- transports ----------------------------------------------------------------------------------

    def _client(self) -> httpx.Client:
        if self._http is None:
            self._http = httpx.Client(
                transport=self._transport(),
                headers={"User-Agent": self.surroundings.user_agent, **self.policy.headers},
                timeout=httpx.Timeout(self.policy.timeout, connect=min(10.0, self.policy.timeout)),
                follow_redirects=False,
                trust_env=False,
            )
        return self._http

    def _transport(self) -> httpx.BaseTransport:
        interval = self._interval()
        state = self.surroundings.root / "state"
        state.mkdir(parents=True, exist_ok=True)
        bucket = SQLiteBucket.init_from_file(
            [Rate(1, max(1, round(1000 * interval * _SAFETY)))],
            db_path=str(state / f"pace-{self.policy.pace_name}.db"),
            use_file_lock=True,
        )
        paced = _Paced(self, self._network or httpx.HTTPTransport(), bucket)
        retry = Retry(
            total=self.policy.retries,
            # a host asked every ten seconds is also tried again that much later
            backoff_factor=min(2 * interval, _LONGEST_RETRY_WAIT),
            max_backoff_wait=_LONGEST_RETRY_WAIT,
            respect_retry_after_header=True,
            allowed_methods=["GET", "HEAD", "POST"],
            status_forcelist=list(_RETRIED),
        )
        return RetryTransport(transport=paced, retry=retry)

    def _interval(self) -> float:
        interval = 1 / self.policy.per_second
        if self._robots is not None:
            interval = max(interval, self._robots.crawl_delay(self.surroundings.user_agent) or 0.0)
        return interval


def _called(headers: Headers | None) -> Mapping[str, str]:
    return headers() if callable(headers) else headers or {}


def rest_wanted(response: httpx.Response, now: datetime) -> datetime | None:
    """Until when a host wants no more requests, by its own headers; None where it does not say.

    `Retry-After` on a refusal, else the rate headers of MusicBrainz (`X-RateLimit-Remaining`, `-Reset`) and
    Discogs (`X-Discogs-Ratelimit-Remaining`, a window of a minute that moves).
    """
    if response.status_code in _RETRIED:
        asked = retry_after(response, now)
        if asked is not None:
            return asked
    if response.headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = response.headers.get("x-ratelimit-reset", "").strip()
        if reset.isdigit():
            return min(datetime.fromtimestamp(int(reset), UTC), now + timedelta(seconds=_LONGEST_RETRY_WAIT))
    if response.headers.get("x-discogs-ratelimit-remaining", "").strip() == "0":
        return now + timedelta(seconds=_MOVING_WINDOW_REST)
    return None


def retry_after(response: httpx.Response, now: datetime) -> datetime | None:
    """When a host wants to be asked again, by `Retry-After` in seconds or as a date; None where it does not say."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return now + timedelta(seconds=int(value))
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
