"""A pool of exits to the network: proxies of one's own, used in turn, left alone while they are broken.

It stands below the pace: the pace of a host is one, whatever the exit. And it is no way round a block: a host
that refuses is closed by the client for all exits. Which hosts are asked is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import httpx

from enrichment_pipeline.sources.outcomes import DownError
from enrichment_pipeline.sources.surroundings import Surroundings

PROXIES_VARIABLE = "ENRICHMENT_PROXIES"
# An exit that could not be reached so often in a row is left alone for so long.
FAILURES_TO_REST = 3
REST = timedelta(minutes=10)
_PROXY_LOGIN_REFUSED = 407
_HOST = re.compile(r"[\w.:-]+")
_HIGHEST_PORT = 65_535
# The request did not come as far as the host, so that another exit may carry it. A broken answer (ReadTimeout,
# RemoteProtocolError) may have: trying that again is the client's, behind the pace.
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


@dataclass
class Exit:
    """One exit: its number in the list, and how it fares. The address is a secret and is not shown.

    Args:
        number: place in the list, from 1.
        address: of the proxy, with its login.
        uses: requests it has carried or tried to.
        failures: times in a row it could not be reached.
        rests_until: it is not used before; None while it is healthy.
    """

    number: int
    address: str = field(repr=False)
    uses: int = 0
    failures: int = 0
    rests_until: datetime | None = None

    def is_healthy(self, now: datetime) -> bool:
        """Whether it may be used."""
        return self.rests_until is None or self.rests_until <= now


class ExitPool(httpx.BaseTransport):
    """Sends each request through the healthy exit used least, through the next one where that cannot be reached.

    Args:
        addresses: of the proxies; one at least.
        now: clock.

    Raises:
        ValueError: no address.
    """

    def __init__(self, addresses: Sequence[str], now: Callable[[], datetime]) -> None:
        if not addresses:
            raise ValueError("a pool of exits needs one at least")
        self.exits = tuple(Exit(number, address) for number, address in enumerate(addresses, start=1))
        self._now = now
        self._transports: dict[int, httpx.HTTPTransport] = {}

    @classmethod
    def of(cls, surroundings: Surroundings) -> Self | None:
        """The pool the environment names; None where it names none.

        Raises:
            ValueError: an address is none; the message does not hold it.
        """
        addresses = exit_addresses(surroundings)
        return cls(addresses, surroundings.now) if addresses else None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request.

        Raises:
            DownError: no exit can be reached, or all rest.
            httpx.TransportError: the host's answer broke off.
        """
        untried = [one for one in self.exits if one.is_healthy(self._now())]
        while untried:
            # the first of those used least, so that the same requests take the same exits
            one = min(untried, key=lambda exit_: exit_.uses)
            untried.remove(one)
            one.uses += 1
            try:
                response = self._transport(one).handle_request(request)
            except _NOT_CONNECTED:
                self._failed(one)
                continue
            if response.status_code == _PROXY_LOGIN_REFUSED:
                response.close()
                self._failed(one)
                continue
            one.failures, one.rests_until = 0, None
            return response
        resting = [one.rests_until for one in self.exits if not one.is_healthy(self._now())]
        until = min((until for until in resting if until is not None), default=None)
        raise DownError(
            f"none of the {len(self.exits)} exits of {PROXIES_VARIABLE} can be reached; see that they run",
            until=until if len(resting) == len(self.exits) else None,
        )

    def close(self) -> None:
        """Close connections; they are opened again when needed. How the exits fare is remembered."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def _failed(self, one: Exit) -> None:
        one.failures += 1
        if one.failures >= FAILURES_TO_REST:
            one.failures, one.rests_until = 0, self._now() + REST

    def _transport(self, one: Exit) -> httpx.HTTPTransport:
        if one.number not in self._transports:
            self._transports[one.number] = httpx.HTTPTransport(proxy=one.address)
        return self._transports[one.number]


def exit_addresses(surroundings: Surroundings) -> tuple[str, ...]:
    """Addresses of the proxies in `ENRICHMENT_PROXIES`, separated by commas; none where it is not set.

    Raises:
        ValueError: one is no http or https address; the message says which by its number, and not what it holds.
    """
    addresses = tuple(
        filter(None, (a.strip() for a in (surroundings.get(PROXIES_VARIABLE) or "").split(",")))
    )
    for number, address in enumerate(addresses, start=1):
        try:
            url = httpx.URL(address)
            # httpx takes nearly anything for a host and a port
            is_host = _HOST.fullmatch(url.host) is not None and (url.port or 1) <= _HIGHEST_PORT
            is_sound = url.scheme in ("http", "https") and is_host
        except httpx.InvalidURL:
            is_sound = False
        if not is_sound:
            # the value may hold a password
            raise ValueError(
                f"{PROXIES_VARIABLE}: exit {number} is no address like http://user:password@host:3128"
            )
    return addresses
