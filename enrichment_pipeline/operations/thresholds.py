"""From which value on somebody should act, and what to do then: every alert of the pipeline, in this one place.

Each becomes an asset check of `operations` and a line of its page, of `metrics.prom` and of docs/operations.md. How
a measure is read does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from enrichment_pipeline.cooldown.report import MOST_SHARE_A_DAY
from enrichment_pipeline.operations.kinds import KINDS, Measure, shown

Severity = Literal["warning", "error"]
Side = Literal["above", "from", "below"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One alert.

    Args:
        name: of the check.
        area: of the measure.
        measure: its name in that area.
        side: the alert is raised above the limit, from the limit on, or below it.
        limit: in the unit of the measure.
        severity: an error needs a person today, a warning soon.
        happened: what is the case, without the number.
        do: what to do about it.
        subjects: only of these; all where none are named.
    """

    name: str
    area: str
    measure: str
    side: Side
    limit: float
    severity: Severity
    happened: str
    do: str
    subjects: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Unit of measure and limit."""
        return KINDS[self.area, self.measure].unit

    @property
    def condition(self) -> str:
        """When it is raised, in words: above 20 %."""
        limit = (
            f"{self.limit:.0%}".replace("%", " %") if self.unit == "share" else shown(self.limit, self.unit)
        )
        return f"{self.side} {limit}"

    def covers(self, measure: Measure) -> bool:
        """Whether it is about this measure."""
        return (measure.area, measure.name) == (self.area, self.measure) and (
            not self.subjects or measure.subject in self.subjects
        )

    def is_crossed(self, value: float) -> bool:
        """Whether a value raises it."""
        if self.side == "above":
            return value > self.limit
        return value >= self.limit if self.side == "from" else value < self.limit


MUSICBRAINZ = ("musicbrainz", "musicbrainz, titles")

THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        "musicbrainz_answers", "sources", "share silent", "above", 0.2, "error",
        "MusicBrainz does not answer for many tracks",
        "Run `enrich doctor`: it asks MusicBrainz once and says what is wrong. If the host is down, wait: the tracks"
        " stay due. If it refuses, see that ENRICHMENT_CONTACT names a person and ENRICHMENT_MUSICBRAINZ_PER_SECOND"
        " is not above 1. A dump (ENRICHMENT_MUSICBRAINZ_DUMP) answers without the host.",
        MUSICBRAINZ,
    ),
    Threshold(
        "sources_answer", "sources", "share silent", "above", 0.2, "warning",
        "An outside source does not answer for many tracks",
        "Read its reason in the look-ups (column reason) and run `enrich doctor`. Its tracks stay due; nothing is"
        " written as not found.",
    ),
    Threshold(
        "sites_keep_their_pages", "web pages", "tracks on changed pages", "above", 0, "warning",
        "A web shop has changed its pages and cannot be read any more",
        "Compare a page of the site with its entry in enrichment_pipeline/sources/web/sites.py and mend the selectors"
        " there; until then switch the site off by its ENRICHMENT_SCRAPE_ variable.",
    ),
    Threshold(
        "breakers_close_again", "hosts", "hours closed", "above", 12, "warning",
        "A host failed or refused so often that it is left alone for most of a day",
        "Open the host in a browser. If it is well, let it be asked again at once: in data/state/hosts.db (SQLite), delete"
        " from host where name is the one named here. If it refuses robots, switch it off: it will not change its mind.",
    ),
    Threshold(
        "songstats_money", "songstats", "share of cap", "from", 0.8, "warning",
        "Most of this month's paid Songstats objects are used",
        "Nothing breaks: at the cap asking stops until next month. For more, raise ENRICHMENT_SONGSTATS_OBJECTS; each"
        " object is billed.",
    ),
    Threshold(
        "songstats_cap", "songstats", "share of cap", "from", 1, "error",
        "This month's paid Songstats objects are used up: DJ supports are asked no more",
        "Wait for the first of next month, or raise ENRICHMENT_SONGSTATS_OBJECTS if the cost is agreed.",
    ),
    Threshold(
        "no_herd_returns", "cooldown", "herd index", "above", MOST_SHARE_A_DAY, "warning",
        "Too many cooled-down tracks fall due on one day",
        "Materialize cooldown_queue with jitter full (run configuration) before that day, so that they are spread.",
    ),
    Threshold(
        "queue_is_not_given_up", "cooldown", "share exhausted", "above", 0.5, "warning",
        "Most of what is unresolved is asked no more",
        "Switch on a source that was not asked yet (`enrich doctor` lists them) or load a newer dump, then revive the"
        " exhausted tracks (docs/operations.md).",
    ),
    Threshold(
        "sources_as_assumed", "calibration", "drift", "above", 0.05, "warning",
        "A source names known labels more or less often than was assumed, beyond chance",
        "Decisions use the measured share already. Look at its rows in source_calibration: if it got worse, check a"
        " few of its answers by hand; if it lasts, change the assumption in enrichment_pipeline/labels/outside.py.",
    ),
    Threshold(
        "auto_answers_are_right", "matcher", "auto precision", "below", 0.97, "error",
        "Artists are written as inferred that are wrong too often",
        "Do not publish from this model: raise the auto threshold or train anew (job learn_again, which keeps the"
        " old model if the new one is worse). Read reports/match_evaluation.md for where it fails.",
        ("dev",),
    ),
    Threshold(
        "probabilities_are_honest", "matcher", "ece", "above", 0.05, "warning",
        "The matcher's probabilities are off",
        "Train the model anew (job learn_again); if it stays, read the reliability plot of match_evaluation.",
        ("dev",),
    ),
    Threshold(
        "auto_precision_holds", "matcher", "change against usual", "below", -0.02, "warning",
        "Artists written as inferred are right less often than they used to be",
        "Compare match_evaluation with the model before (models folder); new input of another kind is the usual"
        " reason, and training anew (job learn_again) the usual remedy.",
        ("dev auto precision",),
    ),
    Threshold(
        "labels_hold", "labels", "change against usual", "below", -0.05, "warning",
        "Fewer tracks have a label than usual",
        "See which tier fell (share answered by tier in reports/operations.md): tier 1 points to a new kind of input"
        " file, tier 2 and 3 to a source that is silent.",
        ("share with label",),
    ),
    Threshold(
        "jobs_end_well", "runs", "jobs left failed", "above", 0, "error",
        "The latest run of a job failed",
        "Open Runs, filter by the job, read the red step's error, and use Re-execute from failure: what was made is"
        " kept.",
    ),
    Threshold(
        "runs_end_well", "runs", "share failed", "above", 0.2, "warning",
        "Many runs of the last 7 days failed",
        "Open Runs, filter by Failure and look for what they share: a full disk, a source without answer, a killed"
        " worker.",
    ),
    Threshold(
        "monitoring_reads_everything", "monitoring", "readings failed", "above", 0, "warning",
        "A part of the monitoring could not be read, so its alerts say nothing",
        "The words name the part and the error: mostly a variable that holds no number, or tables of an earlier"
        " version that `enrich run` makes anew.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one threshold stands: what it judged, what crossed it (worst first), and all of it in words."""

    threshold: Threshold
    judged: tuple[Measure, ...]
    crossed: tuple[Measure, ...]

    @property
    def is_fine(self) -> bool:
        """Nothing crossed it."""
        return not self.crossed

    @property
    def worst(self) -> Measure | None:
        """The measure that is nearest to the limit, or farthest beyond it."""
        ordered = _worst_first(self.threshold, self.judged)
        return ordered[0] if ordered else None

    def words(self) -> str:
        """What is the case, with the number, and what to do where something is wrong; one paragraph each."""
        limit = self.threshold
        worst = self.worst
        if worst is None:
            return f"Nothing measured yet of {limit.measure} ({KINDS[limit.area, limit.measure].meaning})."
        if self.is_fine:
            return f"Fine: {_named(worst)}. Raised {limit.condition}."
        what = "; ".join(f"{_named(m)}{f' ({m.words})' if m.words else ''}" for m in self.crossed)
        return f"{limit.happened}: {what}. Raised {limit.condition}.\n\nWhat to do: {limit.do}"


def judge(measures: Sequence[Measure], thresholds: Sequence[Threshold] = THRESHOLDS) -> list[Verdict]:
    """How every threshold stands by the measures of one snapshot, in the order of the thresholds."""
    verdicts = []
    for threshold in thresholds:
        judged = tuple(measure for measure in measures if threshold.covers(measure))
        crossed = [measure for measure in judged if threshold.is_crossed(measure.value)]
        verdicts.append(Verdict(threshold, judged, tuple(_worst_first(threshold, crossed))))
    return verdicts


def _worst_first(threshold: Threshold, measures: Sequence[Measure]) -> list[Measure]:
    sign = 1 if threshold.side == "below" else -1
    return sorted(measures, key=lambda m: (sign * m.value, m.subject))


def _named(measure: Measure) -> str:
    return f"{measure.label.split(': ', 1)[1]} {measure.shown()}"
