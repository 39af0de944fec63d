"""Everything that is measured of the running pipeline: its name, its unit and what it means, once.

A new measure is added here first. How it is read stands in `lake_readings.py` and `state_readings.py`, from which
value on somebody should act in `thresholds.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = "all"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of measure; `subject` says what its subjects are."""

    area: str
    name: str
    unit: str
    subject: str
    meaning: str


_KINDS = (
    Kind("labels", "tracks asked", "tracks", "tier", "tracks that a tier of the label hunt was asked about"),
    Kind("labels", "share answered", "share", "tier", "of the tracks asked of a tier, those it gave a label"),
    Kind("labels", "share with label", "share", "tracks", "of all tracks, those that have a label"),
    Kind("labels", "change against usual", "share", "measure", "now minus the median of earlier snapshots"),
    Kind("sources", "tracks answered", "tracks", "source", "tracks an outside source said something about"),
    Kind("sources", "share found", "share", "source", "of the tracks a source answered, those it found"),
    Kind(
        "sources",
        "share silent",
        "share",
        "source",
        "of the tracks it was asked, those without an answer: down or blocked",
    ),
    Kind("sources", "tracks out of quota", "tracks", "source", "tracks that wait for budget or quota"),
    Kind("web pages", "tracks down", "tracks", "site", "tracks not answered: the site cannot be reached"),
    Kind("web pages", "tracks blocked", "tracks", "site", "tracks not answered: the site refuses robots"),
    Kind("web pages", "tracks on changed pages", "tracks", "site", "tracks not answered: the pages changed"),
    Kind(
        "hosts", "hours closed", "hours", "host", "how long it is left alone in all, once its breaker opened"
    ),
    Kind("songstats", "objects", "objects", "month", "paid objects asked for this month"),
    Kind("songstats", "cost", "EUR", "month", "about what they cost"),
    Kind("songstats", "share of cap", "share", "month", "of the objects this month may have, those used"),
    Kind("answers", "kept", "answers", "answers", "requests whose answer is kept, and so asked only once"),
    Kind("answers", "bytes", "bytes", "answers", "disk they take"),
    Kind("cooldown", "tracks", "tracks", "state", "tracks of the cool-down queue by state"),
    Kind("cooldown", "waiting for", "tracks", "reason", "unresolved tracks of the queue by reason"),
    Kind("cooldown", "share exhausted", "share", "queue", "of what is unresolved, what is asked no more"),
    Kind("cooldown", "herd index", "share", "queue", "largest share of waiting tracks due on one day"),
    Kind("calibration", "share right", "share", "source", "how often it named a label that is known"),
    Kind("calibration", "drift", "share", "source", "distance to what was assumed, beyond chance (95 %)"),
    Kind("matcher", "right first", "share", "split", "questions with a known answer that it answered right"),
    Kind("matcher", "auto precision", "share", "split", "of the answers written as inferred, those right"),
    Kind("matcher", "auto coverage", "share", "split", "of the questions, those so answered"),
    Kind("matcher", "ece", "share", "split", "mean distance of stated and true probability"),
    Kind("matcher", "change against usual", "share", "measure", "now minus the median of earlier snapshots"),
    Kind("matcher", "tracks in band", "tracks", "band", "tracks nobody names by band of the answer"),
    Kind("matcher", "share in band", "share", "band", "the same as a share"),
    Kind("funnel", "rows", "rows", "step", "how many lines got how far"),
    Kind("runs", "failed", "runs", "job", "runs of the last 7 days that failed"),
    Kind("runs", "finished", "runs", "jobs", "runs of the last 7 days that ended, well or not"),
    Kind(
        "runs",
        "share failed",
        "share",
        "jobs",
        "of the runs of the last 7 days that ended, those that failed",
    ),
    Kind("runs", "jobs left failed", "jobs", "jobs", "jobs whose latest run failed"),
    Kind("monitoring", "readings failed", "readings", "reading", "parts of this page that could not be read"),
)
KINDS: dict[tuple[str, str], Kind] = {(kind.area, kind.name): kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Measure:
    """One value: of what, how much, and in words what a number alone does not say."""

    area: str
    subject: str
    name: str
    value: float
    words: str = ""

    def __post_init__(self) -> None:
        """Refuse a measure nobody described, which would stand in the UI without a meaning."""
        if (self.area, self.name) not in KINDS:
            raise KeyError(f"{self.area}: {self.name} is not described in operations/kinds.py")

    @property
    def kind(self) -> Kind:
        """Unit and meaning."""
        return KINDS[self.area, self.name]

    @property
    def label(self) -> str:
        """Area, subject and name in one text that stays the same from run to run: the key of its plot."""
        return ": ".join((self.area, *([self.subject] if self.subject != ALL else []), self.name))

    def shown(self) -> str:
        """The value as a person reads it."""
        return shown(self.value, self.kind.unit)


def shown(value: float, unit: str) -> str:
    """A value with its unit as a person reads it: 12.5 %, 3.4 hours, 1,204 tracks."""
    if unit == "share":
        return f"{value:.1%}".replace("%", " %")
    if unit == "EUR":
        return f"{value:,.2f} EUR"
    if unit == "bytes":
        return f"{value / 1e6:,.1f} MB"
    if value == 1:
        return f"1 {unit.removesuffix('s')}"
    return f"{value:,.0f} {unit}" if value == int(value) else f"{value:,.1f} {unit}"
