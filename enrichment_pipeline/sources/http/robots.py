"""robots.txt: what a host lets robots ask, and how slowly. Reading is Protego's; asking is the client's."""

from __future__ import annotations

from typing import Self

from protego import Protego

from enrichment_pipeline.sources.http.answers import Answer


class Robots:
    """The rules of one host.

    Args:
        text: its robots.txt; "" allows everything.
    """

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The rules of an answer; where there is no robots.txt (404) everything is allowed."""
        return cls(answer.text() if answer.is_found else "")

    def allows(self, url: str, user_agent: str) -> bool:
        """Whether a robot of this name may ask for the address."""
        return bool(self._rules.can_fetch(url, user_agent))

    def crawl_delay(self, user_agent: str) -> float | None:
        """Seconds the host wants between two requests; None where it does not say."""
        delay = self._rules.crawl_delay(user_agent)
        return None if delay is None else float(delay)
