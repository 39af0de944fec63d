"""Fetching a large file over HTTP(S) in pieces, resumed where it was interrupted.

Only the transfer: which files are wanted and whether they are the right ones is decided in `places.py`. A dump
is one request for gigabytes, so the polite client of the APIs, with its cache of answers, is not for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

from enrichment_pipeline.sources.dumps.report import DumpError, DumpNotFoundError

Download = Callable[[str, Path], None]
"""Takes an address and the file to make of it; raises `DumpNotFoundError` where there is nothing."""

_REDIRECTS_AT_MOST = 5
_FIRST_PAUSE_SECONDS = 2.0
_REFUSED = 403  # what object stores say for a name they do not have
_GONE = frozenset({_REFUSED, 404, 410})
_RANGE_NOT_SATISFIABLE = 416


def http_download(
    user_agent: str,
    *,
    attempts: int = 5,
    timeout_seconds: float = 60.0,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Download:
    """A `Download` by plain HTTP GET.

    What has arrived stays beside the target as `<name>.part`, and both the next attempt and the next call go on
    from there. A redirect to another host is refused. Whether the parts fit together is for the checksum to say.

    Args:
        user_agent: who asks; MetaBrainz and Discogs want a name and a contact.
        attempts: how often one call tries; an attempt that brought something does not count.
        timeout_seconds: longest silence of the server.
        transport: network, for tests.
        sleep: waits between attempts.

    Returns:
        A function that raises `DumpNotFoundError` or `DumpError`.
    """

    def download(url: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        failures = 0
        with httpx.Client(
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
            timeout=timeout_seconds,
            transport=transport,
        ) as client:
            while True:
                before = _size(part)
                try:
                    _fetch(client, url, part)
                except (httpx.TransportError, _BusyError) as error:
                    failures = 0 if _size(part) > before else failures + 1
                    if failures >= attempts:
                        raise DumpError(
                            f"{shown(url)}: {type(error).__name__} {error} after {attempts} attempts; what has arrived "
                            f"({_size(part):,} bytes) is kept, run it again to go on"
                        ) from error
                    sleep(_FIRST_PAUSE_SECONDS * 2**failures)
                else:
                    part.replace(target)
                    return

    return download


def shown(place: str | Path) -> str:
    """A place as it may be logged: an address without user name, password and query."""
    parts = urlsplit(str(place))
    if parts.scheme not in ("http", "https"):
        return str(place)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


class _BusyError(Exception):
    """The server cannot answer now (429, 5xx)."""


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _fetch(client: httpx.Client, url: str, part: Path) -> None:
    """One attempt: append to the part, or begin it anew where the server does not resume."""
    have = _size(part)
    address = url
    for _ in range(_REDIRECTS_AT_MOST):
        headers = {"Range": f"bytes={have}-"} if have else {}
        with client.stream("GET", address, headers=headers) as answer:
            if answer.is_redirect:
                address = _next_address(address, answer.headers.get("Location", ""))
                continue
            _check(answer, url, part)
            resumes = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if resumes and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                part.unlink(missing_ok=True)
                raise _BusyError("the server sent another range than asked for")
            with part.open("ab" if resumes else "wb") as file:
                # as it comes: pieces of a fixed size would lose the last one at an interruption
                for chunk in answer.iter_raw():
                    file.write(chunk)
            return
    raise DumpError(f"{shown(url)}: more than {_REDIRECTS_AT_MOST} redirects")


def _check(answer: httpx.Response, url: str, part: Path) -> None:
    if answer.status_code in _GONE:
        words = (
            "no such file, or asking is refused here"
            if answer.status_code == _REFUSED
            else "there is no such file"
        )
        raise DumpNotFoundError(f"{shown(url)}: {answer.status_code}, {words}")
    if answer.status_code == _RANGE_NOT_SATISFIABLE:
        # more is here than there: the file has changed
        part.unlink(missing_ok=True)
        raise _BusyError("the file has changed since the download began; it begins anew")
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise _BusyError(f"the server answers {answer.status_code}")
    if not answer.is_success:
        raise DumpError(f"{shown(url)}: the server answers {answer.status_code}")


def _next_address(address: str, location: str) -> str:
    following = urljoin(address, location)
    if urlsplit(following).netloc != urlsplit(address).netloc:
        raise DumpError(
            f"{shown(address)} redirects to another host ({urlsplit(following).hostname}), which is not followed; "
            "give the address of the file itself"
        )
    return following
