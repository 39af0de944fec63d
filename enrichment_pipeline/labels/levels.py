"""Kinds of internal evidence for a label and the levels of each, in words; the SQL that tells them apart.

A level is what can be said about a candidate label of a track: "two sets agree", "the artist's only label".
How much a level is worth is measured in `calibration.py`. Conditions read columns of `label_support`
(`evidence.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its words, and the SQL condition; of several that hold the first counts.

    `log_odds` and `share` are what the training sets of the real sample measured (some 50,000 hidden
    labels): where few plays are to be measured, what is measured starts from there.
    """

    words: str
    condition: str
    log_odds: float
    share: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence: its name, its column in `label_candidate`, its levels, and what else is said."""

    name: str
    column: str
    levels: tuple[Level, ...]
    otherwise: Level

    def sql(self) -> str:
        """CASE expression that gives the level's words."""
        cases = " ".join(f"when {level.condition} then '{level.words}'" for level in self.levels)
        return f"case {cases} else '{self.otherwise.words}' end"

    @property
    def all_levels(self) -> tuple[Level, ...]:
        """All levels, the one that needs no condition last."""
        return (*self.levels, self.otherwise)


EXACT = Kind(
    "catalogue exact",
    "exact",
    (
        Level("not named elsewhere", "exact_sets is null", -3.31, 0.07),
        Level("named so under another artist of the credit only", "not exact_first", -0.37, 0.764),
        Level("three sets and more, all agree", "exact_sets = exact_total and exact_sets >= 3", 1.58, 0.974),
        Level("two sets agree", "exact_sets = exact_total and exact_sets = 2", 1.63, 0.96),
        Level("one set, within a year", "exact_sets = exact_total and exact_gap <= 1", 1.12, 0.917),
        Level("one set, years apart", "exact_sets = exact_total", 1.06, 0.826),
        Level("most sets", "exact_sets >= 0.6 * exact_total", 0.01, 0.823),
    ),
    Level("sets disagree", "true", -1.72, 0.346),
)
BASE = Kind(
    "catalogue base title",
    "base",
    (
        Level("no other version", "base_sets is null", -1.9, 0.105),
        Level("other versions disagree", "base_sets < base_total", -0.82, 0.344),
        Level("two other versions agree", "base_versions >= 2", 0.9, 0.88),
        Level("another version in two sets", "base_sets >= 2", 0.87, 0.871),
    ),
    Level("another version in one set", "true", 0.96, 0.766),
)
# The artist's plays on the label among all the artist's, those of about the same time counting most.
HABIT = Kind(
    "artist habit",
    "habit",
    (
        Level("artist never on it", "habit_share is null", 0.35, 0.78),
        Level(
            "nearly always, and both artists of the credit",
            "habit_share >= 0.6 and habit_artists >= 2",
            0.51,
            0.795,
        ),
        Level("nine in ten and more", "habit_share >= 0.9", 1.87, 0.936),
        Level("eight in ten", "habit_share >= 0.8", 1.24, 0.822),
        Level("seven in ten", "habit_share >= 0.7", 0.65, 0.714),
        Level("six in ten", "habit_share >= 0.6", 0.38, 0.592),
        Level("half", "habit_share >= 0.45", -0.12, 0.451),
        Level("a third", "habit_share >= 0.3", -0.77, 0.288),
        Level("a fifth", "habit_share >= 0.15", -1.35, 0.161),
    ),
    Level("rarely", "true", -2.77, 0.03),
)
SET = Kind(
    "same set",
    "in_set",
    (
        Level("no other line of the set names a label", "set_total = 0", -0.56, 0.116),
        Level("not in the set", "set_lines = 0", -0.95, 0.088),
        Level("four lines in ten and more", "set_share >= 0.4 and set_lines >= 2", 1.17, 0.701),
        Level("two lines in ten and more", "set_share >= 0.2 and set_lines >= 2", 0.42, 0.497),
        Level("three lines and more", "set_lines >= 3", 0.12, 0.381),
        Level("two lines", "set_lines = 2", 0.07, 0.322),
    ),
    Level("one line", "true", -0.28, 0.216),
)
SIZE = Kind(
    "label size",
    "size",
    (
        Level("five titles and more", "label_titles >= 5", 0.25, 0.136),
        Level("two to four titles", "label_titles >= 2", 0.24, 0.072),
    ),
    Level("hardly known label", "true", -0.49, 0.045),
)
KINDS: tuple[Kind, ...] = (EXACT, BASE, HABIT, SET, SIZE)

# Log-odds of a candidate about which nothing is known, measured like the levels'.
ANY_CANDIDATE = 4.79
