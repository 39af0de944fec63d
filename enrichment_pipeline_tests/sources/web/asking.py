"""What the simulated services share in reading a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Response]
# A coroutine, so that Starlette runs it in the loop and not in a thread of its own.
Answerer = Callable[[Request], Awaitable[Response]]


def whole_number(text: str | None, default: int) -> int:
    """The whole number that a parameter says; the default where it says none."""
    return int(text) if text and text.isascii() and text.isdigit() else default
