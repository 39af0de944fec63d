"""How a server measures that it is asked too fast. The clock is handed in."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]


class Gateway:
    """Refuses every request while the rate that is *tried* is too high, as the gateway of MusicBrainz does.

    A leaking bucket that refused requests fill too: who goes on at speed stays out, who slows down gets in.

    Args:
        per_second: requests a second on average; None for no limit.
        burst: requests that may come at once.
        clock: seconds, never going back.
        epoch: seconds since 1970, for the rate headers.
    """

    # However long somebody hammered, this many seconds of silence are enough.
    _LONGEST_MEMORY_SECONDS = 5.0

    def __init__(
        self, per_second: float | None, burst: float, clock: Clock, epoch: Clock = time.time
    ) -> None:
        self._epoch = epoch
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._level = 0.0
        self._seen_at = clock()

    def admits(self) -> bool:
        """Count one request and say whether it is answered."""
        if self._per_second is None:
            return True
        now = self._clock()
        leaked = (now - self._seen_at) * self._per_second
        self._seen_at = now
        most = self._burst + self._LONGEST_MEMORY_SECONDS * self._per_second
        self._level = min(max(self._level - leaked, 0.0) + 1, most)
        return self._level <= self._burst

    @property
    def seconds_until_open(self) -> float:
        """Seconds of silence after which the next request is answered."""
        return 0.0 if self._per_second is None else max(self._level + 1 - self._burst, 0) / self._per_second

    @property
    def headers(self) -> dict[str, str]:
        """The rate headers of an answer."""
        limit = int(self._burst) if self._per_second is not None else 1200
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(
                max(int(self._burst - self._level), 0) if self._per_second else limit
            ),
            "X-RateLimit-Reset": str(int(self._epoch() + self.seconds_until_open) + 1),
        }


@dataclass(slots=True)
class MovingWindow:
    """At most `limit` requests in any `seconds`, refused ones not counted; `limit` None for no limit."""

    limit: int | None
    seconds: float
    clock: Clock
    _seen: deque[float] = field(default_factory=deque)

    def admits(self) -> bool:
        """Count one request, if there is room for it, and say whether there was."""
        self._drop_old()
        if self.limit is not None and len(self._seen) >= self.limit:
            return False
        self._seen.append(self.clock())
        return True

    @property
    def used(self) -> int:
        """Requests inside the window."""
        self._drop_old()
        return len(self._seen)

    def forget(self) -> None:
        """Forget all requests."""
        self._seen.clear()

    def _drop_old(self) -> None:
        now = self.clock()
        while self._seen and now - self._seen[0] >= self.seconds:
            self._seen.popleft()
