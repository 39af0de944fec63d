"""Kinds of internal evidence for a label and the levels of each, in words; the SQL that tells them apart.

A level is what can be said about a candidate label of a track: "two sets agree", "the artist's only label".
How much a level is worth is measured in `calibration.py`. Conditions read columns of `label_support`
(`evidence.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its words, and the SQL condition; of several that hold the first counts."""

    words: str
    condition: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence: its name, its column in `label_candidate`, its levels, and what else is said."""

    name: str
    column: str
    levels: tuple[Level, ...]
    otherwise: str

    def sql(self) -> str:
        """CASE expression that gives the level's words."""
        cases = " ".join(f"when {level.condition} then '{level.words}'" for level in self.levels)
        return f"case {cases} else '{self.otherwise}' end"

    @property
    def all_words(self) -> tuple[str, ...]:
        """Words of all levels."""
        return (*(level.words for level in self.levels), self.otherwise)


EXACT = Kind(
    "catalogue exact",
    "exact",
    (
        Level("not named elsewhere", "exact_sets is null"),
        Level("named so under another artist of the credit only", "not exact_first"),
        Level("three sets and more, all agree", "exact_sets = exact_total and exact_sets >= 3"),
        Level("two sets agree", "exact_sets = exact_total and exact_sets = 2"),
        Level("one set, within a year", "exact_sets = exact_total and exact_gap <= 1"),
        Level("one set, years apart", "exact_sets = exact_total"),
        Level("most sets", "exact_sets >= 0.6 * exact_total"),
    ),
    "sets disagree",
)
BASE = Kind(
    "catalogue base title",
    "base",
    (
        Level("no other version", "base_sets is null"),
        Level("other versions disagree", "base_sets < base_total"),
        Level("two other versions agree", "base_versions >= 2"),
        Level("another version in two sets", "base_sets >= 2"),
    ),
    "another version in one set",
)
# The artist's plays on the label among all the artist's, those of about the same time counting most.
HABIT = Kind(
    "artist habit",
    "habit",
    (
        Level("artist never on it", "habit_share is null"),
        Level("nearly always, and both artists of the credit", "habit_share >= 0.6 and habit_artists >= 2"),
        Level("nine in ten and more", "habit_share >= 0.9"),
        Level("eight in ten", "habit_share >= 0.8"),
        Level("seven in ten", "habit_share >= 0.7"),
        Level("six in ten", "habit_share >= 0.6"),
        Level("half", "habit_share >= 0.45"),
        Level("a third", "habit_share >= 0.3"),
        Level("a fifth", "habit_share >= 0.15"),
    ),
    "rarely",
)
SET = Kind(
    "same set",
    "in_set",
    (
        Level("no other line of the set names a label", "set_total = 0"),
        Level("not in the set", "set_lines = 0"),
        Level("four lines in ten and more", "set_share >= 0.4 and set_lines >= 2"),
        Level("two lines in ten and more", "set_share >= 0.2 and set_lines >= 2"),
        Level("three lines and more", "set_lines >= 3"),
        Level("two lines", "set_lines = 2"),
    ),
    "one line",
)
SIZE = Kind(
    "label size",
    "size",
    (Level("five titles and more", "label_titles >= 5"), Level("two to four titles", "label_titles >= 2")),
    "hardly known label",
)
KINDS: tuple[Kind, ...] = (EXACT, BASE, HABIT, SET, SIZE)
