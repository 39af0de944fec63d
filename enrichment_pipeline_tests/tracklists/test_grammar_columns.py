"""Parsed lines as Arrow columns: the schema, the order, and the second interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from enrichment_pipeline.naming.keys import label_key
from enrichment_pipeline.tracklists import columns
from enrichment_pipeline.tracklists.columns import PARSED_SCHEMA, parse_to_arrow, to_arrow
from enrichment_pipeline.tracklists.grammar import parse_line, parse_many

_GOLDEN: list[str | None] = [
    json.loads(line)["line"]
    for line in (Path(__file__).parent / "golden_lines.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]


def test_every_column_is_described():
    assert all(field.metadata[b"description"] for field in PARSED_SCHEMA)


def test_one_row_per_line_in_order():
    table = parse_to_arrow(_GOLDEN)
    assert table.schema.equals(PARSED_SCHEMA)
    table.validate(full=True)
    assert table.column("text").to_pylist() == _GOLDEN
    lines = [parse_line(text) for text in _GOLDEN]
    assert table.column("artist").to_pylist() == [line.artist for line in lines]
    assert table.column("label").to_pylist() == [line.label for line in lines]
    assert table.column("kind").to_pylist() == [line.kind.value for line in lines]


def test_one_row_in_full():
    text = "[1:02] Ada & Ben feat. Cem - Sun (X Remix) (Live) [Harbour / Seawall - HB 1, 1999]"
    row = parse_to_arrow([text]).to_pylist()[0]
    assert row["credits"] == [
        {"name": "Ada", "role": "main", "join": " & "},
        {"name": "Ben", "role": "main", "join": " feat. "},
        {"name": "Cem", "role": "featured", "join": ""},
    ]
    assert (row["version"], row["version_kinds"], row["remixers"]) == (
        "X Remix / Live",
        ["remix", "live"],
        ["X"],
    )
    assert (row["labels"], row["catalogue_number"], row["year"]) == (["Harbour", "Seawall"], "HB 1", 1999)
    assert [b["kind"] for b in row["brackets"]] == ["remix", "version", "label_number"]
    assert (row["cue"], row["cue_seconds"], row["layered"], row["components"]) == ("1:02", 62, False, [])


def test_components_are_rows_of_their_own():
    row = parse_to_arrow(["Ada - Sun (X Remix) + Ben - Moon [Harbour]"]).to_pylist()[0]
    assert row["components"] == [
        {"artist": "Ada", "title": "Sun", "version": "X Remix", "remixers": ["X"], "label": None},
        {"artist": "Ben", "title": "Moon", "version": None, "remixers": [], "label": "Harbour"},
    ]


def test_no_lines_give_an_empty_table():
    assert parse_to_arrow([]).equals(PARSED_SCHEMA.empty_table())


def test_readings_become_the_same_table():
    assert to_arrow(_GOLDEN, parse_many(_GOLDEN)).equals(parse_to_arrow(_GOLDEN))


def test_texts_and_readings_must_match():
    with pytest.raises(ValueError, match="2 texts, but 1 readings"):
        to_arrow(["a", "b"], parse_many(["a"]))


def test_the_second_interpreter_says_the_same():
    known = frozenset({label_key("Harbour")})
    alone = parse_to_arrow(_GOLDEN, workers=1, known_labels=known)
    assert parse_to_arrow(_GOLDEN, workers=2, known_labels=known).equals(alone)


def test_a_helper_that_cannot_start_costs_nothing_but_time(monkeypatch):
    monkeypatch.setattr(columns, "_HELPER_COMMAND", "raise SystemExit(3)")
    assert parse_to_arrow(_GOLDEN, workers=2).equals(parse_to_arrow(_GOLDEN, workers=1))


def test_known_labels_reach_every_line():
    table = parse_to_arrow(["Ada - Sun (Harbour)"] * 3, known_labels=frozenset({label_key("Harbour")}))
    assert table.column("label").to_pylist() == ["Harbour"] * 3


def test_the_grammar_loads_without_heavy_packages():
    """A second interpreter starts fast only while the grammar stays light."""
    code = (
        "import sys, enrichment_pipeline.tracklists.grammar as g; "
        "g.parse_line('a - b (c)', known_labels={'c'}); "
        "print([m for m in ('pandas', 'dagster', 'duckdb', 'numpy', 'pyarrow') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"


def test_lists_are_never_null():
    table = parse_to_arrow([None, "", "?", "Ada - Sun"])
    for field in PARSED_SCHEMA:
        if pa.types.is_list(field.type):
            assert table.column(field.name).null_count == 0
