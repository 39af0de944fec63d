"""The benchmark's results as Markdown, a function a section. Measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enrichment_pipeline.evaluation.clusters import ALL, Asked
from enrichment_pipeline.evaluation.harness import ALL_METHODS, MODEL, Row
from enrichment_pipeline.evaluation.metrics import Measured
from enrichment_pipeline.evaluation.reality import Likened, Margin, Unknown
from enrichment_pipeline.evaluation.rivals import Rival
from enrichment_pipeline.evaluation.strata import Stratum
from enrichment_pipeline.evaluation.targets import HIDDEN_LABEL, Verdict, goals_of

SPLIT_WORDS: Mapping[str, str] = {"dev": "dev", "test": "test", "heldout_2019plus": "2019+"}
VISIBILITY_WORDS: Mapping[str, str] = {
    "title+label": "title and label", "title": "title", "label": "label", "none": "neither",
}  # fmt: skip
# Beside a figure stands the one that counts the credit's first artist only, or the equal key only.
_STRICT: Mapping[str, str] = {"hit@1": "hit@1_first_artist", "auto_precision": "auto_precision_exact_key"}
_METHOD_COLUMNS: Mapping[str, str] = {
    "hit@1": "hit@1", "hit@1_first_artist": "first artist only", "hit@10": "hit@10", "auto_precision": "auto precision",
    "auto_coverage": "auto coverage", "ece": "ECE", "brier": "Brier",
}  # fmt: skip
_WAY_COLUMNS: Mapping[str, str] = {
    "hit@1": "hit@1", "hit@1_expected": "hit@1 as the model says", "hit@10": "hit@10", "auto_precision": "auto precision",
    "auto_coverage": "auto coverage", "ece": "ECE",
}  # fmt: skip
# Half of the calibration error the targets allow: less is not worth a word.
_SURER = 0.01
_REALITY_WORDS = (
    "Lines whose artist really is unknown differ from hidden ones in what can be counted for both: what they show, the"
    " year of their set, how often their title and label and the DJ's own tracks are played in the train sets. Weights"
    " make measured lines alike in these, each line asked with what it is to show. What cannot be known: whose tracks the"
    " real ones are, whether the catalogue knows their artists, whether they were released at all. The weighted figures"
    " take them to be as such lines of known artists are."
)
_CLUSTER_WORDS = (
    "Tracks with title and label that stand in two or more held-out sets, hidden in all of them. Shares are over lines,"
    " intervals over resampled tracks."
)
_STRATUM_COLUMNS: Mapping[str, str] = {
    "hit@1": "hit@1", "hit@1_expected": "hit@1 as the model says", "hit@10": "hit@10", "auto_precision": "auto precision",
    "auto_coverage": "auto coverage",
}  # fmt: skip


def number(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A share with its interval; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f}-{high:.3f})"


def measured(found: Row | Measured | None) -> str:
    """A measured share with its interval."""
    return "-" if found is None else number(found.value, found.low, found.high)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """A Markdown table.

    Args:
        heads: names of the columns.
        rows: cells.
        words: so many columns hold words, the others numbers.
    """
    rule = "|" + "---|" * words + "---:|" * (len(heads) - words)
    return [f"| {' | '.join(heads)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]


def measure_words(measure: str) -> str:
    """A measure's name as a reader has it."""
    return "ECE" if measure == "ece" else measure.replace("_", " ")


def place(split: str, visibility: str) -> str:
    """Split and what was shown, in words."""
    shown = VISIBILITY_WORDS.get(visibility, visibility)
    return f"{SPLIT_WORDS.get(split, split)}, {shown}"


def target_lines(verdicts: Sequence[Verdict], rows: Sequence[Row]) -> list[str]:
    """Every target beside its result, with the strict figure where there is one."""
    by_key = {(r.split, r.visibility, r.method, r.measure): r for r in rows}
    cells = []
    for verdict in verdicts:
        target = verdict.target
        strict = by_key.get((target.split, target.visibility, target.method, _STRICT.get(target.measure, "")))
        bound = "at most" if target.is_most else "at least"
        cells.append(
            [
                place(target.split, target.visibility), measure_words(target.measure), f"{bound} {target.goal}",
                measured(verdict.row), measured(strict), verdict.words,
            ]
        )  # fmt: skip
    met = sum(v.missed_by == 0 for v in verdicts)
    heads = ("split, what is shown", "measure", "target", "result (95 %)", "strict (95 %)", "")
    return [
        *table(heads, cells, words=3),
        "",
        f"{met} of {len(verdicts)} targets met. Strict: the credit's first artist only; of written answers, equal key only.",
    ]


def rival_lines(rivals: Sequence[Rival]) -> list[str]:
    """A line per split and visibility: does any baseline beat the model?"""
    lines = []
    for split, visibility in dict.fromkeys((r.split, r.visibility) for r in rivals):
        said = [f"{r.measure} {_beaten(r)}" for r in rivals if (r.split, r.visibility) == (split, visibility)]
        lines.append(f"- {place(split, visibility)}: {'; '.join(said)}.")
    return lines


def _beaten(rival: Rival) -> str:
    ahead = rival.ahead
    if ahead.value is None:
        return "was not measured"
    if ahead.value == 0:
        return f"is the same with {rival.method}"
    low, high = (-1.0 if ahead.low is None else ahead.low), (1.0 if ahead.high is None else ahead.high)
    if rival.beats:
        chance = "" if low > 0 else ", which may be chance"
        return f"is beaten by {rival.method}, by {ahead.value:.4f} ({low:.4f} to {high:.4f}){chance}"
    return f"is beaten by none; next is {rival.method}, {-ahead.value:.4f} behind ({-high:.4f} to {-low:.4f})"


def method_lines(rows: Sequence[Row], split: str, visibility: str) -> list[str]:
    """All methods at one visibility, the target above them."""
    found = {(r.method, r.measure): r for r in rows if (r.split, r.visibility) == (split, visibility)}
    methods = sorted({method for method, _ in found}, key=place_of_method)
    columns = (
        {"coverage": "coverage", "accuracy": "accuracy"} if visibility == HIDDEN_LABEL else _METHOD_COLUMNS
    )
    goals = goals_of(split, visibility)
    cells = [["*to reach*", *(number(goals.get(c)) for c in columns)]] if goals else []
    cells += [[method, *(measured(found.get((method, c))) for c in columns)] for method in methods]
    return table(("method", *columns.values()), cells)


def place_of_method(method: str) -> tuple[bool, int, str]:
    """Sorts methods as the ladder has them; any other comes last."""
    known = method in ALL_METHODS
    return not known, ALL_METHODS.index(method) if known else 0, method


def none_lines(rows: Sequence[Row]) -> list[str]:
    """How well "none of these" is calibrated."""
    found = {(r.split, r.visibility, r.measure): r for r in rows if r.method == MODEL}
    columns = ("none_expected", "none_true", "none_ece", "none_brier")
    places = dict.fromkeys((s, v) for s, v, m in found if m == "none_true")
    cells = [[place(s, v), *(measured(found.get((s, v, c))) for c in columns)] for s, v in places]
    heads = ("split, what is shown", "none of these, as the model says", "is so", "ECE", "Brier")
    return table(heads, cells)


def stratum_lines(strata: Sequence[Stratum]) -> list[str]:
    """Results by kind of line, a table for each way to tell lines apart."""
    lines: list[str] = []
    for what in dict.fromkeys(s.what for s in strata):
        cells = [
            [s.kind, f"{s.lines:,}", *(measured(s.measured.get(c)) for c in _STRATUM_COLUMNS)]
            for s in strata
            if s.what == what
        ]
        lines += ["", *table((what, "lines", *_STRATUM_COLUMNS.values()), cells)]
    return lines


def reality_lines(likened: Sequence[Likened], margins: Sequence[Margin], unknown: Unknown) -> list[str]:
    """Results plain and made alike to the lines whose artist really is unknown."""
    cells = [
        [
            SPLIT_WORDS.get(found.split, found.split), found.weights, f"{found.effective_lines:,.0f}",
            number(found.largest_gap), *(measured(found.measured.get(c)) for c in _WAY_COLUMNS),
        ]
        for found in likened
    ]  # fmt: skip
    lines = [
        _REALITY_WORDS,
        "",
        *table(
            ("split", "made alike", "lines worth", "farthest share off by", *_WAY_COLUMNS.values()),
            cells,
            words=2,
        ),
        "",
        "Lines worth: so many lines of equal weight tell as much.",
        f"The {unknown.lines.size} real ones themselves, asked with what the train sets know: the model expects"
        f" {unknown.probability.mean():.3f} of its first answers to be right, and would write {int(unknown.is_auto.sum())} of"
        " them.",
    ]
    for split in dict.fromkeys(m.split for m in margins):
        rows = [
            [m.column, m.kind, f"{m.measured:.2f}", f"{m.real:.2f}", f"{m.weighted:.2f}"]
            for m in margins
            if m.split == split
        ]
        heads = (SPLIT_WORDS.get(split, split), "", "measured, title and label", "really unknown", "weighted")
        lines += ["", *table(heads, rows, words=2)]
    return lines


def reality_words(likened: Sequence[Likened]) -> list[str]:
    """The same in a sentence, of the last weights of each split."""
    said = []
    for split, found in {f.split: f for f in likened if f.largest_gap is not None}.items():
        first, written, right = (
            measured(found.measured.get(m)) for m in ("hit@1", "auto_coverage", "auto_precision")
        )
        said.append(
            f"on {SPLIT_WORDS.get(split, split)} {first} of the first answers are right, {written} of the lines are written,"
            f" {right} of these right"
        )
    return [f"Weighted to look like the lines that really are unknown: {'; '.join(said)}."] if said else []


def cluster_lines(asked: Sequence[Asked]) -> list[str]:
    """Lines of the same track asked one by one and as one."""
    cells = [
        [a.way, a.kind, f"{a.tracks:,}", f"{a.lines:,}", *(measured(a.measured.get(c)) for c in _WAY_COLUMNS)]
        for a in asked
    ]
    heads = ("asked", "lines", "tracks", "how many lines", *_WAY_COLUMNS.values())
    said = [f"Asked {a.way}, {_sureness(a.measured)}." for a in asked if a.kind == ALL]
    return [_CLUSTER_WORDS, "", *table(heads, cells, words=2), "", *said]


def _sureness(found: Mapping[str, Measured]) -> str:
    says, right = found["hit@1_expected"].value or 0.0, found["hit@1"].value or 0.0
    over = says - right
    words = f"surer than it should be by {over:.3f}" if over > _SURER else "no surer than it should be"
    return f"the model expects {says:.3f} of its first answers to be right, and {right:.3f} are: {words}"
