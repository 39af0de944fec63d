"""`python -m benchmarks.tables RESULTS.json ...`: the tables of README.md and docs/matching.md from measured rows.

Results are those of `make benchmark`, of `python -m benchmarks.timesplit`, or rows of `enrich evaluate --json`. Prints the
tables; `--into FILE` puts them into files, between `<!-- table: NAME -->` and `<!-- end of table -->`. Measures nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.sections import (
    SPLIT_WORDS,
    VISIBILITY_WORDS,
    measure_words,
    number,
    place,
    place_of_method,
    table,
)
from enrichment_pipeline.evaluation.harness import MODEL, Row
from enrichment_pipeline.evaluation.metrics import COVERAGES_PERCENT
from enrichment_pipeline.evaluation.targets import (
    HIDDEN_LABEL,
    LABEL_METHOD,
    Verdict,
    goals_of,
    judge,
)
from enrichment_pipeline.matching.questions import VISIBILITIES

# Splits whose tables stand in documents, by the name of the table.
SPLITS: Mapping[str, str] = {"test": "test", "later": "heldout_2019plus"}
_ALL_SHOWN, *_LESS_SHOWN = (v.name for v in VISIBILITIES)
_COLUMNS: Mapping[str, str] = {
    "hit@1": "hit@1", "hit@10": "hit@10", "mrr": "MRR", "auto_precision": "auto precision",
    "auto_coverage": "auto coverage", "ece": "ECE", "brier": "Brier",
}  # fmt: skip
_LESS_COLUMNS = ("hit@1", "hit@10", "ece")
# Sections of a benchmark that stand in README.md.
_OF_README = {"as in use in short"}
_MARKED = re.compile(r"(<!-- table: (?P<name>[a-z ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


class ResultFileError(ValueError):
    """A file holds no results; the text names it and says what it should be."""


class _Rows:
    """Rows by split, visibility, method and measure."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by_key = {(r.split, r.visibility, r.method, r.measure): r for r in rows}

    def value(self, split: str, visibility: str, method: str, measure: str) -> float | None:
        found = self._by_key.get((split, visibility, method, measure))
        return None if found is None else found.value

    def spread(self, split: str, visibility: str, method: str, measure: str) -> str:
        found = self._by_key.get((split, visibility, method, measure))
        return "-" if found is None else number(found.value, found.low, found.high)

    def methods(self, split: str, *visibilities: str) -> list[str]:
        found = {m for s, v, m, _ in self._by_key if s == split and v in visibilities}
        return sorted(found, key=place_of_method)


def tables_of(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Every table the rows allow, by name, as lines of Markdown.

    Args:
        rows: of `enrich evaluate --json`, or of the benchmark.
    """
    found, known = _Rows(rows), {r.split for r in rows}
    tables = {name: _split_lines(found, split) for name, split in SPLITS.items() if split in known}
    if tables:
        tables["hidden artist"] = _artist_lines(found, known)
        tables["hidden label"] = _label_lines(found, known)
        tables["in short"] = _short_lines(found, rows)
        tables["label rules"] = _label_rule_lines(found)
    return tables


def _split_lines(rows: _Rows, split: str) -> list[str]:
    """What docs/matching.md says of a split."""
    questions, sets = (rows.value(split, _ALL_SHOWN, MODEL, m) or 0 for m in ("questions", "sets"))
    goals = goals_of(split, _ALL_SHOWN)
    cells = [["*to reach*", *(number(goals.get(c)) for c in _COLUMNS)]]
    for method in rows.methods(split, _ALL_SHOWN):
        first, *others = _COLUMNS
        cells.append(
            [method, rows.spread(split, _ALL_SHOWN, method, first)]
            + [number(rows.value(split, _ALL_SHOWN, method, c)) for c in others]
        )
    lines = [f"{questions:,.0f} lines of {sets:,.0f} sets. Title and label shown:", ""]
    lines += table(("method", *_COLUMNS.values()), cells)
    lines += ["", "Less shown, hit@1 / hit@10 / ECE:", ""]
    cells = [
        ["*to reach*", *(_less([goals_of(split, v).get(c) for c in _LESS_COLUMNS]) for v in _LESS_SHOWN)]
    ]
    for method in rows.methods(split, *_LESS_SHOWN):
        shown = [[rows.value(split, v, method, c) for c in _LESS_COLUMNS] for v in _LESS_SHOWN]
        cells.append([method, *map(_less, shown)])
    lines += table(("method", "title only", "label only", "neither"), cells)
    lines += ["", f"Precision of the surest answers, `{MODEL}`:", ""]
    cells = []
    for v in (_ALL_SHOWN, *_LESS_SHOWN):
        measures = [f"precision_at_{percent}%" for percent in COVERAGES_PERCENT]
        measures += ["candidate_recall", "hit@1_first_artist", "hit@1_exact_key"]
        cells.append([VISIBILITY_WORDS[v], *(number(rows.value(split, v, MODEL, m)) for m in measures)])
    heads = [f"{percent} %" for percent in COVERAGES_PERCENT]
    lines += table(("shown", *heads, "artist among candidates", "first artist only", "equal key only"), cells)
    facts = ("artist_in_catalogue", "dj_is_artist_share", "hit@1_dj_is_artist")
    catalogue, own, right = (number(rows.value(split, _ALL_SHOWN, MODEL, m)) for m in facts)
    lines += [
        "",
        f"An artist the catalogue knows: {catalogue} of the lines. The DJ's own tracks ({own} of the lines): hit@1 {right}.",
    ]
    return lines


def _less(values: Sequence[float | None]) -> str:
    there = [number(v) for v in values if v is not None]
    return " / ".join(there) if there else "-"


def _artist_lines(rows: _Rows, known: set[str]) -> list[str]:
    """What README.md says of hidden artists."""
    cells = []
    for split in SPLITS.values():
        for visibility in (v.name for v in VISIBILITIES if split in known):
            goals = goals_of(split, visibility)

            def beside(
                measure: str, *, spread: bool, split: str = split, visibility: str = visibility
            ) -> str:
                find = rows.spread if spread else lambda *key: number(rows.value(*key))
                words = find(split, visibility, MODEL, measure)
                goal = goals_of(split, visibility).get(measure)
                return words if goal is None else f"{words} / {goal}"

            written = rows.value(split, visibility, MODEL, "auto_coverage")
            of_these = beside("auto_precision", spread=True) if written else "-"
            cells.append(
                [
                    place(split, visibility), beside("hit@1", spread=True), beside("hit@10", spread=False),
                    beside("auto_coverage", spread=False) if written else "none", of_these,
                    beside("ece", spread=False) if "ece" in goals else number(rows.value(split, visibility, MODEL, "ece")),
                ]
            )  # fmt: skip
    heads = (
        "split, what is shown", "right first / target", "in the first ten / target", "written as answer / target",
        "of these right / target", "probabilities off by / target",
    )  # fmt: skip
    return [_short(line) for line in table(heads, cells)]


def _label_lines(rows: _Rows, known: set[str]) -> list[str]:
    """What README.md says of hidden labels."""
    cells = []
    for split in (s for s in SPLITS.values() if s in known):
        goals = goals_of(split, HIDDEN_LABEL)
        cells.append(
            [SPLIT_WORDS[split]]
            + [
                f"{rows.spread(split, HIDDEN_LABEL, LABEL_METHOD, m)} / {goals[m]}"
                for m in ("coverage", "accuracy")
            ]
        )
    return [_short(line) for line in table(("split", "answered / target", "of these right / target"), cells)]


def _short_lines(rows: _Rows, listed: Sequence[Row]) -> list[str]:
    """What README.md says below its table: what is missed, the ceiling, the baselines, EM."""

    def both(method: str, measure: str, visibility: str = _ALL_SHOWN) -> str:
        return " and ".join(number(rows.value(s, visibility, method, measure)) for s in SPLITS.values())

    neither = VISIBILITIES[-1].name
    lines = [
        f"- **Targets:** {_missed_words(judge(listed))}",
        "- Where two numbers follow, the first is `test`, the second 2019+; title and label are shown unless said.",
        f"- **Ceiling:** the catalogue knows the artist of {both(MODEL, 'artist_in_catalogue')} of the lines at all, and"
        f" {both(MODEL, 'candidate_recall')} have a right artist among the candidates.",
        f"- **Baselines:** gradient boosting on the same evidence {both('gradient_boosting', 'hit@1')}; a vote with weights"
        f" guessed by hand {both('hand_weighted_vote', 'hit@1')}; the title looked up {both('title_lookup', 'hit@1')}; the DJ"
        f" {both('dj_is_artist', 'hit@1')}. With neither title nor label the model gets {both(MODEL, 'hit@1', neither)},"
        f" gradient boosting {both('gradient_boosting', 'hit@1', neither)}.",
        f"- **splink's own EM** training gets {both('splink_em', 'hit@1')}, and its probabilities are off by"
        f" {both('splink_em', 'ece')}. It is measured, never used.",
    ]
    return [_short(line) for line in lines]


def _label_rule_lines(rows: _Rows) -> list[str]:
    """What README.md says of plain rules for hidden labels."""

    def of(split: str, method: str) -> str:
        answered, right = (
            number(rows.value(split, HIDDEN_LABEL, method, m)) for m in ("coverage", "accuracy")
        )
        return f"answers {answered}, right {right}"

    test, later = SPLITS.values()
    same, base = "same track elsewhere", "same base title"
    return [
        _short(
            f'The plain rule "the same artist and title elsewhere" {of(test, same)}, on 2019+ it {of(later, same)}; with other'
            f" versions of the title allowed it {of(test, base)}, on 2019+ it {of(later, base)}."
        )
    ]


def _missed_words(verdicts: Sequence[Verdict]) -> str:
    missed = [v for v in verdicts if v.missed_by != 0]
    by_place: dict[str, list[str]] = {}
    for verdict in missed:
        where = place(verdict.target.split, verdict.target.visibility)
        words = verdict.words.removeprefix("missed ")
        by_place.setdefault(where, []).append(f"{measure_words(verdict.target.measure)} {words}")
    met = f"{len(verdicts) - len(missed)} of {len(verdicts)} targets are met."
    said = "; ".join(f"{where}: {', '.join(words)}" for where, words in by_place.items())
    return f"{met} Missed: {said}." if said else met


def _short(line: str) -> str:
    """Shares as README.md writes them: .453."""
    return re.sub(r"(?<![\d.])0\.(?=\d)", ".", line)


def renew(text: str, tables: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Put tables into a document.

    Args:
        text: the document; what it marks as a table that is not among these stays as it is.
        tables: lines by name.

    Returns:
        The document, and the names of the tables that were put in.
    """
    put: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in tables:
            return found[0]
        put.append(name)
        return found[1] + "\n".join(tables[name]).strip("\n") + "\n" + found[3]

    return _MARKED.sub(replaced, text), put


def read_tables(path: Path) -> dict[str, list[str]]:
    """Tables of a result file.

    Raises:
        ResultFileError: it is no file of results.
        FileNotFoundError: there is no such file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        report = content if isinstance(content, dict) else {"rows": content}
        rows = [Row(**{k: v for k, v in row.items() if k != "model_hash"}) for row in report["rows"]]
        sections: dict[str, list[str]] = dict(report.get("sections", {}))
        for name in _OF_README & sections.keys():
            sections[name] = [_short(line) for line in sections[name]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ResultFileError(
            f"{path}: not a file of results ({error}); make one with `make benchmark` or `enrich evaluate --json`"
        ) from error
    return tables_of(rows) | sections


def main(arguments: Sequence[str] | None = None) -> int:
    """Print tables, or put them into files; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tables", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULTS.json")
    parser.add_argument(
        "--into", type=Path, action="append", default=[], metavar="FILE", help="a document to renew"
    )
    given = parser.parse_args(arguments)
    tables: dict[str, list[str]] = {}
    try:
        for path in given.results:
            tables |= read_tables(path)
        documents = {path: path.read_text(encoding="utf-8") for path in given.into}
    except (ResultFileError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    if not documents:
        for name, lines in tables.items():
            print(f"<!-- table: {name} -->", *lines, "<!-- end of table -->", "", sep="\n")
    for path, text in documents.items():
        new, put = renew(text, tables)
        path.write_text(new, encoding="utf-8")
        print(f"{path}: {', '.join(put) or 'no table of these'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
