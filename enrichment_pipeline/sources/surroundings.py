"""What asking depends on from outside: the data folder, the environment, the clock, and whether to ask at all.

Handed to everything that asks, so that nothing reads a clock or a variable by itself. Which variables turn a
source on stands with the source.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

CONTACT_VARIABLE = "ENRICHMENT_CONTACT"
OFFLINE_VARIABLE = "ENRICHMENT_OFFLINE"
# For tests and rehearsals of what falls due later: stops the clock at a time (ISO, UTC where it names no zone), or at
# that in a file of this path, read again each time, so that time can be moved under processes that live.
NOW_VARIABLE = "ENRICHMENT_NOW"
_NAME = "enrichment_pipeline"
_VERSION = "0.1.0"
# Values shorter than this are not taken for secrets: scrubbing "1" out of every text would hide the text.
_SHORTEST_SECRET = 4
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PROXIES")


def _now() -> datetime:
    return datetime.now(UTC)


def stopped_clock(wanted: str) -> datetime:
    """The time that ENRICHMENT_NOW says, UTC.

    Args:
        wanted: an ISO time, or the path of a file that holds one.

    Raises:
        ValueError: it is neither; the message names the variable.
    """
    for text in (wanted, _text_of(wanted)):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            continue
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    raise ValueError(f"{NOW_VARIABLE}={wanted!r}: an ISO time is meant, or a file that holds one")


def _text_of(place: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


@dataclass(frozen=True)
class Surroundings:
    """Where state is kept, what the environment says, and what time it is.

    Args:
        root: the data folder; answers and the state of hosts are kept below it.
        environment: variables; `os.environ` in use, a plain dict in tests.
        now: the clock, UTC with zone; the machine's, or what ENRICHMENT_NOW says where that is set.
    """

    root: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    now: Callable[[], datetime] = _now

    def __post_init__(self) -> None:
        """Take the clock of the environment, where it has one and none was handed in."""
        wanted = self.get(NOW_VARIABLE)
        if self.now is _now and wanted is not None:
            object.__setattr__(self, "now", lambda: stopped_clock(wanted))

    def get(self, variable: str) -> str | None:
        """The value of a variable, without blanks around it; None when unset or blank."""
        value = self.environment.get(variable, "").strip()
        return value or None

    def number(self, variable: str, default: float) -> float:
        """A variable that holds a number.

        Raises:
            ValueError: it holds something else, or less than 0; the message names the variable.
        """
        value = self.get(variable)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise ValueError(f"{variable}={value!r}: a number of 0 or more is meant")
        return number

    @property
    def offline(self) -> bool:
        """Whether only answers kept from earlier may be used."""
        return (self.get(OFFLINE_VARIABLE) or "0").lower() not in ("0", "no", "false", "off")

    @property
    def contact(self) -> str | None:
        """A mail address or web page of who runs this, given to every host that is asked."""
        return self.get(CONTACT_VARIABLE)

    @property
    def user_agent(self) -> str:
        """The true name, version and contact, in the form MusicBrainz asks for."""
        return f"{_NAME}/{_VERSION} ( {self.contact or 'no contact given'} )"

    def secrets(self) -> tuple[str, ...]:
        """Values of the environment that must not be written anywhere, longest first."""
        values = {
            part.strip()
            for name, value in self.environment.items()
            if name.startswith("ENRICHMENT_") and any(word in name for word in _SECRET_WORDS)
            # of a list of proxies each one is a secret too
            for part in (value, *value.split(","))
        }
        return tuple(sorted((v for v in values if len(v) >= _SHORTEST_SECRET), key=lambda v: (-len(v), v)))

    def scrub(self, text: str) -> str:
        """A text without the values of secrets."""
        for secret in self.secrets():
            text = text.replace(secret, "***")
        return text
