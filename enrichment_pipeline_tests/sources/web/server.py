"""The simulated web: one local server that is all outside hosts, each on a port of its own.

Starting, stopping, telling hosts apart and keeping a record of requests belong here; what a host says
belongs to its own module.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from enrichment_pipeline_tests.sources.web.beatport import Beatport
from enrichment_pipeline_tests.sources.web.catalogue import EVERYWHERE, Catalogue, SimulatedTrack
from enrichment_pipeline_tests.sources.web.discogs import Discogs
from enrichment_pipeline_tests.sources.web.faults import Faults, strike
from enrichment_pipeline_tests.sources.web.musicbrainz import MusicBrainz
from enrichment_pipeline_tests.sources.web.pace import Clock, Gateway, MovingWindow
from enrichment_pipeline_tests.sources.web.pages import (
    bandcamp_pages,
    beatport_pages,
    juno_pages,
    traxsource_pages,
)
from enrichment_pipeline_tests.sources.web.songstats import Songstats

CONTACT = "tests@example.org"
SONGSTATS_KEY = "simulated-songstats-key"
DISCOGS_TOKEN = "simulated-discogs-token"
BEATPORT_CLIENT_ID = "simulated-client"
BEATPORT_CLIENT_SECRET = "simulated-secret"
BEATPORT_REFRESH_TOKEN = "simulated-refresh-token"
HOSTS = (
    "musicbrainz",
    "songstats",
    "discogs",
    "beatport",
    "beatport_web",
    "traxsource",
    "juno",
    "bandcamp",
    "elsewhere",  # nobody has business there: where redirects to other hosts lead
)
ROBOTS: Mapping[str, str] = {
    "beatport_web": "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n",
    "traxsource": "User-agent: *\nDisallow: /cart\n",
    "juno": "User-agent: *\nDisallow: /cart/\n",
    "bandcamp": "User-agent: *\nDisallow: /cart\n",
}
# No real shop is without these: a search for one that finds nothing means that the page is no longer understood.
# Their labels and remixers here are made up.
EVERGREENS: Sequence[SimulatedTrack] = tuple(
    SimulatedTrack(artist, title, version, label="Evergreen Shelf", date="2001-05-07", known_to=EVERYWHERE)
    for artist, title in (("Daft Punk", "One More Time"), ("Robin S", "Show Me Love"), ("Bonobo", "Kerala"))
    for version in (None, "Extended Mix", "Shelf Remix", "Radio Edit")
)
# The real one asks for ten seconds between requests; with it a demo takes an evening.
TRAXSOURCE_ROBOTS_WITH_DELAY = "User-agent: *\nCrawl-delay: 10\nDisallow: /cart\n"
_SECRET_HEADERS = frozenset({"authorization", "apikey", "cookie", "proxy-authorization"})
_SECRET_PARAMETERS = ("token=", "apikey=", "client_secret=")
_LONGEST_REQUEST_LINE = 8_190  # as nginx has it; beyond it answers 414 before any app is asked
_START_SECONDS = 10.0


@dataclass(slots=True)
class SeenRequest:
    """One request that arrived.

    Attributes:
        host: name of the host.
        method: HTTP method.
        path: path without the query.
        query: query as sent, still escaped, without secrets.
        headers: headers in small letters; the values of secret ones are "***".
        arrived_at: seconds of the monotonic clock, good for differences.
        status: status answered; 0 where the connection was reset or is not answered yet.
        fault: the fault that struck it; "" for none.
    """

    host: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    arrived_at: float
    status: int = 0
    fault: str = ""


class SimulatedWeb:
    """All outside hosts over one catalogue.

    Args:
        catalogue: the world.
        musicbrainz_per_second: requests a second that the gateway stands; None for no limit.
        musicbrainz_burst: requests that may come at once there.
        musicbrainz_retry_after: whether its refusals say how long to wait.
        discogs_per_minute: requests in any minute; None for no limit.
        songstats_per_second: requests in any second; None for no limit.
        songstats_objects_per_month: distinct tracks that may be asked about; None for no end.
        beatport_token_seconds: how long an access token is good.
        robots_txt: robots.txt by host; replaces those of `ROBOTS` named. "" for a host that has none.
        evergreens: tracks that the shops' pages have whatever the catalogue holds.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        musicbrainz_per_second: float | None = None,
        musicbrainz_burst: float = 3.0,
        musicbrainz_retry_after: bool = False,
        discogs_per_minute: int | None = None,
        songstats_per_second: int | None = None,
        songstats_objects_per_month: int | None = None,
        beatport_token_seconds: float = 36_000.0,
        robots_txt: Mapping[str, str] | None = None,
        evergreens: Sequence[SimulatedTrack] = EVERGREENS,
        clock: Clock = time.monotonic,
    ) -> None:
        self.catalogue = catalogue
        self.faults = Faults()
        self.requests: list[SeenRequest] = []
        self._clock = clock
        self._robots = {**ROBOTS, **(robots_txt or {})}
        self._songstats_per_second = songstats_per_second
        self._make_gateway = lambda: Gateway(musicbrainz_per_second, musicbrainz_burst, clock)
        self.musicbrainz = MusicBrainz(
            catalogue, self._make_gateway(), sends_retry_after=musicbrainz_retry_after
        )
        self.songstats = Songstats(
            catalogue,
            key=SONGSTATS_KEY,
            objects_per_month=songstats_objects_per_month,
            pace=MovingWindow(songstats_per_second, 1.0, clock),
        )
        self.discogs = Discogs(
            catalogue,
            token=DISCOGS_TOKEN,
            window=MovingWindow(discogs_per_minute, 60.0, clock),
            # a limit that is not kept must not be told either: clients rest when nothing remains
            limit_shown=discogs_per_minute or 1_000_000,
        )
        self.beatport = Beatport(
            catalogue,
            client_id=BEATPORT_CLIENT_ID,
            client_secret=BEATPORT_CLIENT_SECRET,
            refresh_token=BEATPORT_REFRESH_TOKEN,
            token_seconds=beatport_token_seconds,
            clock=clock,
        )
        best_known = Catalogue.of(evergreens)
        self._apps: dict[str, Starlette] = {
            "musicbrainz": self.musicbrainz.app,
            "songstats": self.songstats.app,
            "discogs": self.discogs.app,
            "beatport": self.beatport.app,
            "beatport_web": beatport_pages(catalogue, best_known),
            "traxsource": traxsource_pages(catalogue, best_known),
            "juno": juno_pages(catalogue, best_known),
            "bandcamp": bandcamp_pages(catalogue, best_known),
            "elsewhere": Starlette(),
        }
        self._host_by_port: dict[int, str] = {}
        self._port_by_host: dict[str, int] = {}
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._stopping: asyncio.Event | None = None

    # -- running -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def running(self) -> Iterator[SimulatedWeb]:
        """Serve on free ports of 127.0.0.1 while the block runs.

        Raises:
            RuntimeError: the server did not start within ten seconds.
        """
        sockets = [_listening() for _ in HOSTS]
        self._port_by_host = {
            host: listening.getsockname()[1] for host, listening in zip(HOSTS, sockets, strict=True)
        }
        self._host_by_port = {port: host for host, port in self._port_by_host.items()}
        server = uvicorn.Server(
            uvicorn.Config(
                self._serve,
                http=_protocol_noting(self._transports),
                loop="asyncio",
                ws="none",
                interface="asgi3",
                proxy_headers=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # As patient with idle connections as real servers; a client that asks every five seconds
                # would meet the closing of the default now and then.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=self._run, args=(server, sockets), name="simulated web", daemon=True)
        thread.start()
        try:
            self._wait_for(server, thread)
            yield self
        finally:
            server.should_exit = True
            self._end_slow_answers()
            thread.join(timeout=_START_SECONDS)
            for listening in sockets:
                listening.close()
            self._transports.clear()

    def _run(self, server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._stopping = asyncio.Event()
            await server.serve(sockets=sockets)

        asyncio.run(serve())

    def _wait_for(self, server: uvicorn.Server, thread: threading.Thread) -> None:
        until = time.monotonic() + _START_SECONDS
        while not server.started:
            if time.monotonic() > until or not thread.is_alive():
                raise RuntimeError("the simulated web did not start")
            time.sleep(0.005)

    def _end_slow_answers(self) -> None:
        if self._stopping is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stopping.set)

    def reset(self) -> None:
        """Forget requests, faults, quotas, tokens and paces; the catalogue stays."""
        self.requests.clear()
        self.faults.clear()
        self.songstats.reset()
        self.beatport.reset()
        self.musicbrainz.gateway = self._make_gateway()
        self.discogs.forget()

    def become(self, other: SimulatedWeb) -> None:
        """Serve from now on, at the same addresses, what another web holds that is not running: time has passed."""
        self.catalogue, self._apps = other.catalogue, other._apps
        self.musicbrainz, self.songstats = other.musicbrainz, other.songstats
        self.discogs, self.beatport = other.discogs, other.beatport

    # -- where it is -------------------------------------------------------------------------

    def url(self, host: str) -> str:
        """Address of a host, without a slash at the end. "elsewhere" has another host name, not only another port.

        Raises:
            KeyError: no such host, or the web is not running.
        """
        name = "localhost" if host == "elsewhere" else "127.0.0.1"
        return f"http://{name}:{self._port_by_host[host]}"

    def environment(self) -> dict[str, str]:
        """Environment variables that point the pipeline at this web."""
        return {
            "ENRICHMENT_CONTACT": CONTACT,
            "ENRICHMENT_MUSICBRAINZ_URL": f"{self.url('musicbrainz')}/ws/2",
            "ENRICHMENT_SONGSTATS_URL": f"{self.url('songstats')}/enterprise/v1",
            "ENRICHMENT_SONGSTATS_KEY": SONGSTATS_KEY,
            "ENRICHMENT_DISCOGS_URL": self.url("discogs"),
            "ENRICHMENT_DISCOGS_TOKEN": DISCOGS_TOKEN,
            "ENRICHMENT_BEATPORT_URL": f"{self.url('beatport')}/v4",
            "ENRICHMENT_BEATPORT_CLIENT_ID": BEATPORT_CLIENT_ID,
            "ENRICHMENT_BEATPORT_CLIENT_SECRET": BEATPORT_CLIENT_SECRET,
            "ENRICHMENT_WEB_SITES": "beatport,traxsource,juno,bandcamp",
            "ENRICHMENT_WEB_BEATPORT_URL": self.url("beatport_web"),
            "ENRICHMENT_WEB_TRAXSOURCE_URL": self.url("traxsource"),
            "ENRICHMENT_WEB_JUNO_URL": self.url("juno"),
            "ENRICHMENT_WEB_BANDCAMP_URL": self.url("bandcamp"),
        }

    def requests_to(self, host: str, path: str = "/") -> list[SeenRequest]:
        """Requests that reached a host below a path, in order of arrival; robots.txt is not among them."""
        return [
            seen
            for seen in list(self.requests)
            if seen.host == host and seen.path.startswith(path) and seen.path != "/robots.txt"
        ]

    # -- serving -----------------------------------------------------------------------------

    async def _serve(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        arrived_at = self._clock()
        host = self._host_by_port[scope["server"][1]]
        seen = _seen(scope, host, arrived_at)
        self.requests.append(seen)

        async def noting(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            await send(message)

        fault = self.faults.take(host, scope["path"])
        if fault is not None:
            seen.fault = fault.kind
            if fault.kind == "redirect" and not fault.location:
                fault.location = f"{self.url('elsewhere')}{scope['path']}"
            transport = self._transports.get(scope["client"])
            assert self._stopping is not None
            await strike(fault, receive, noting, transport=transport, stopping=self._stopping)
        elif len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST_REQUEST_LINE:
            await _too_long(receive, noting)
        elif scope["path"] == "/robots.txt":
            await _robots(self._robots.get(host, ""))(scope, receive, noting)
        else:
            await self._apps[host](scope, receive, noting)


def _seen(scope: Mapping[str, Any], host: str, arrived_at: float) -> SeenRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = "&".join(
        part if not part.startswith(_SECRET_PARAMETERS) else f"{part.partition('=')[0]}=***"
        for part in scope["query_string"].decode("latin-1").split("&")
    )
    return SeenRequest(
        host,
        scope["method"],
        scope["path"],
        query,
        {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()},
        arrived_at,
    )


def _robots(text: str) -> Response:
    return PlainTextResponse(text) if text else PlainTextResponse("not found", status_code=404)


async def _too_long(receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/html"), (b"content-length", b"20")]
    await send({"type": "http.response.start", "status": 414, "headers": headers})
    await send({"type": "http.response.body", "body": b"Request-URI Too Long"})


def _listening() -> socket.socket:
    # Said to be TCP, asyncio turns off the waiting for full packets; without it each answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening


def _protocol_noting(transports: dict[tuple[str, int], asyncio.Transport]) -> type[asyncio.Protocol]:
    """uvicorn's protocol that also notes each connection, so that a fault can reset one."""

    class NotingProtocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            transports[tuple(transport.get_extra_info("peername")[:2])] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            peer = self.transport.get_extra_info("peername")
            if peer is not None:
                transports.pop(tuple(peer[:2]), None)
            super().connection_lost(exc)

    return NotingProtocol
