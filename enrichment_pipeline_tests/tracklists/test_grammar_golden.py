"""Hand-written lines of every form with what they say; one case per line of `golden_lines.jsonl`.

A case holds an id, the line, what is expected (always kind, artist, title and label; other fields where
the case is about them), and where needed the labels or the protected names known beforehand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.tracklists.grammar import DEFAULT_PROTECTED, Reader, parse_line, render, same_reading
from enrichment_pipeline.tracklists.line import ParsedLine

GOLDEN = [
    json.loads(line)
    for line in (Path(__file__).parent / "golden_lines.jsonl").read_text(encoding="utf-8").splitlines()
]


def _knowledge(case: dict[str, Any]) -> dict[str, Any]:
    protected = case.get("protected")
    return {
        "known_labels": frozenset(label_key(name) for name in case.get("known", ())),
        "protected": frozenset(protected) if protected else DEFAULT_PROTECTED,
    }


def _said(parsed: ParsedLine, wanted: dict[str, Any]) -> dict[str, Any]:
    """What a reading says about the fields a case asks for, in the notation of the file."""
    said: dict[str, Any] = {
        "kind": parsed.kind.value,
        "credits": [f"{c.name}:{c.role.value}" for c in parsed.credits],
        "joins": [c.join for c in parsed.credits],
        "versions": [f"{v.text}:{v.kind.value}:{'+'.join(v.remixers)}" for v in parsed.versions],
        "components": [[c.artist, c.title, *(v.text for v in c.versions)] for c in parsed.components],
        "component_labels": [c.label for c in parsed.components],
        "labels": list(parsed.labels),
        "notes": [n for n in wanted.get("notes", ()) if n in parsed.notes],
        "notes_exact": list(parsed.notes),
        "brackets": {b.text: b.kind.value for b in parsed.brackets if b.text in wanted.get("brackets", {})},
    }
    return {name: said[name] if name in said else getattr(parsed, name) for name in wanted}


def test_the_file_is_large_enough():
    assert len(GOLDEN) >= 300
    assert len({case["id"] for case in GOLDEN}) == len(GOLDEN)


@pytest.mark.parametrize("case", GOLDEN, ids=[case["id"] for case in GOLDEN])
def test_golden(case):
    parsed = parse_line(case["line"], **_knowledge(case))
    assert _said(parsed, case["expect"]) == case["expect"]
    assert parsed.raw == (case["line"] or "")


@pytest.mark.parametrize("case", GOLDEN, ids=[case["id"] for case in GOLDEN])
def test_golden_by_the_shortcut(case):
    """The shortcut for the commonest form says what the long way says."""
    knowledge = _knowledge(case)
    assert Reader(**knowledge).read(case["line"]) == parse_line(case["line"], **knowledge)


@pytest.mark.parametrize("case", GOLDEN, ids=[case["id"] for case in GOLDEN])
def test_golden_written_and_read_again(case):
    knowledge = _knowledge(case)
    parsed = parse_line(case["line"], **knowledge)
    written = render(parsed, **knowledge)
    again = parse_line(written, **knowledge)
    assert same_reading(again, parsed)
    assert render(again, **knowledge) == written
