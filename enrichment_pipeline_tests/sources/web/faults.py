"""Bad weather on demand: what a host answers instead of its answer.

Which fault strikes which request is decided here, and how it looks on the wire. The server asks `take`
for every request before the host's own app sees it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from email.utils import formatdate
from time import time
from typing import Any, Literal

Kind = Literal[
    "status",  # `status` with a short text; `retry_after` seconds, as a number or `as_date`
    "reset",  # the connection is reset before any answer
    "slow",  # a body that comes in drops over `seconds`
    "truncated",  # half a JSON document, whole by its Content-Length
    "cut_off",  # Content-Length promises more than comes; then the connection closes
    "html",  # an HTML page with 200 where JSON is due
    "list",  # a JSON list where an object is due
    "challenge",  # a bot check: 403 with cf-mitigated, "Just a moment..."
    "empty_page",  # 200, a page without any data
    "changed_markup",  # 200, a page with the same words under other names
    "redirect",  # 302 to `location`
    "huge",  # a JSON document of `megabytes`, in pieces and without a length
    "gzip_bomb",  # the same, packed to some kilobytes
]
Send = Callable[[MutableMapping[str, Any]], Any]
Receive = Callable[[], Any]
_SLOWEST_SECONDS = 30.0
_CHALLENGE = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>'
    '<meta name="robots" content="noindex,nofollow"></head><body><noscript>Enable JavaScript and cookies to '
    'continue</noscript><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>'
)
_CHANGED = (
    '<!DOCTYPE html><html><head><title>Search</title></head><body><main data-v="2"><section class="results-grid">'
    '<article class="card" data-item="1"><h3 class="card-heading">Low Water Mark</h3><p class="card-by">DJ Pellworm'
    '</p><p class="card-imprint">Harbourlight</p></article></section></main></body></html>'
)


@dataclass(slots=True)
class Fault:
    """One kind of trouble of one host.

    Attributes:
        host: name of the host.
        kind: what happens.
        path: beginning of the paths it strikes; robots.txt is a path like any other.
        times: how many requests are still to be struck; None for all until cleared.
        after: how many requests go through before the first is struck.
        status: status of kind "status".
        retry_after: seconds to tell in Retry-After; None for no such header.
        as_date: Retry-After as an HTTP date.
        seconds: how long a slow body takes.
        location: where a redirect leads.
        megabytes: size of a huge body.
        body: text of kind "status"; "" for a short one.
    """

    host: str
    kind: Kind
    path: str = "/"
    times: int | None = None
    after: int = 0
    status: int = 503
    retry_after: float | None = None
    as_date: bool = False
    seconds: float = 2.0
    location: str = ""
    megabytes: float = 11.0
    body: str = ""


class Faults:
    """The faults in force; safe to change while the server runs."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, host: str, kind: Kind, **details: Any) -> Fault:
        """Strike requests to a host from now on.

        Args:
            host: name of the host.
            kind: what happens.
            **details: the other attributes of `Fault`.

        Returns:
            The fault; its `times` counts down.

        Raises:
            ValueError: a slow body of more than half a minute.
        """
        fault = Fault(host, kind, **details)
        if fault.seconds > _SLOWEST_SECONDS:
            raise ValueError(f"a slow body may take {_SLOWEST_SECONDS:.0f} s at most, not {fault.seconds} s")
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, host: str | None = None) -> None:
        """End the faults of a host, or all."""
        with self._lock:
            self._faults = [] if host is None else [f for f in self._faults if f.host != host]

    def take(self, host: str, path: str) -> Fault | None:
        """The fault that strikes this request, counted; the one added first where several would."""
        with self._lock:
            for fault in self._faults:
                if fault.host != host or not path.startswith(fault.path) or fault.times == 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


async def strike(
    fault: Fault,
    receive: Receive,
    send: Send,
    *,
    transport: asyncio.Transport | None,
    stopping: asyncio.Event,
) -> int:
    """Answer one request with a fault.

    Args:
        fault: what happens.
        receive: ASGI receive of the request.
        send: ASGI send of the request.
        transport: the connection, for faults below HTTP.
        stopping: set when the server stops; ends a slow body.

    Returns:
        The status sent; 0 where none was.
    """
    if fault.kind == "reset":
        if transport is not None:
            _reset(transport)
        await _until_gone(receive)
        return 0
    if fault.kind == "slow":
        await _slow(fault, send, stopping)
        return 200
    if fault.kind == "cut_off":
        body = _half_a_document()
        await _start(send, 200, "application/json", {"Content-Length": str(len(body) * 2)})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        if transport is not None:
            transport.close()
        await _until_gone(receive)
        return 200
    if fault.kind == "huge":
        await _huge(fault, send)
        return 200
    status, content_type, body, headers = _whole_answer(fault)
    await _start(send, status, content_type, {"Content-Length": str(len(body)), **headers})
    await send({"type": "http.response.body", "body": body})
    return status


def _whole_answer(fault: Fault) -> tuple[int, str, bytes, dict[str, str]]:
    html = "text/html; charset=utf-8"
    if fault.kind == "status":
        text = fault.body or f"{fault.status}: simulated"
        headers = {} if fault.retry_after is None else {"Retry-After": _retry_after(fault)}
        return fault.status, "text/plain", text.encode(), headers
    if fault.kind == "redirect":
        return 302, html, b"", {"Location": fault.location}
    if fault.kind == "truncated":
        return 200, "application/json", _half_a_document(), {}
    if fault.kind == "list":
        return 200, "application/json", b'[{"unexpected": true}]', {}
    if fault.kind == "challenge":
        return 403, html, _CHALLENGE.encode(), {"cf-mitigated": "challenge", "Server": "cloudflare"}
    if fault.kind == "gzip_bomb":
        packed = gzip.compress(b'{"padding": "' + b"x" * int(fault.megabytes * 1_000_000) + b'"}')
        return 200, "application/json", packed, {"Content-Encoding": "gzip"}
    pages = {
        "html": "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>",
        "empty_page": '<!DOCTYPE html><html><head><title>Shop</title></head><body><div id="app"></div></body></html>',
        "changed_markup": _CHANGED,
    }
    return 200, html, pages[fault.kind].encode(), {}


def _retry_after(fault: Fault) -> str:
    seconds = fault.retry_after or 0
    return formatdate(time() + seconds, usegmt=True) if fault.as_date else f"{seconds:g}"


def _half_a_document() -> bytes:
    whole = json.dumps(
        {"created": "2026-11-01T00:00:00.000Z", "count": 1, "recordings": [{"id": "0", "title": "Low"}]}
    )
    return whole[: len(whole) // 2].encode()


async def _start(send: Send, status: int, content_type: str, headers: dict[str, str]) -> None:
    named = {"Content-Type": content_type, **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _slow(fault: Fault, send: Send, stopping: asyncio.Event) -> None:
    body = json.dumps({"slow": "x" * 20}).encode()
    await _start(send, 200, "application/json", {"Content-Length": str(len(body))})
    pause = fault.seconds / len(body)
    for at in range(len(body)):
        try:
            await asyncio.wait_for(stopping.wait(), pause)
        except TimeoutError:
            await send(
                {"type": "http.response.body", "body": body[at : at + 1], "more_body": at + 1 < len(body)}
            )
        else:
            # What is left comes at once, so that nobody waits for a server that is going.
            await send({"type": "http.response.body", "body": body[at:]})
            return


async def _huge(fault: Fault, send: Send) -> None:
    await _start(send, 200, "application/json", {})
    await send({"type": "http.response.body", "body": b'{"padding": "', "more_body": True})
    piece = b"x" * 65_536
    for _ in range(int(fault.megabytes * 1_000_000 / len(piece)) + 1):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b'"}'})


def _reset(transport: asyncio.Transport) -> None:
    # Lingering for no time makes the system send a reset instead of a polite end.
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
