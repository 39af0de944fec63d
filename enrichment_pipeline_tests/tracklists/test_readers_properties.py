"""What holds for any content whatever: readers never raise, and no line is lost."""

from __future__ import annotations

import gzip
import json

from hypothesis import example, given
from hypothesis import strategies as st

from enrichment_pipeline.tracklists.readers import plays_table, read_bytes, rejected_table

NAMES = st.sampled_from(["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a.csv.gz", "a.whl", "a.pdf"])
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "s1",
            "1",
            "2020-01-02",
            "03/04/2020",
            "A - B [C]",
            '"',
            'a "b"',
            "a,b",
            "a\nb",
            "a\rb",
            "\0",
            "200X",
            "\ufeff",
        ]
    ),
)
COLUMNS = st.sampled_from(
    ["set_id", "set_name", "dj", "date", "position", "text", "artist", "title", "genres", "foo", ""]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELLS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(CELLS, inner, max_size=3)),
    max_leaves=5,
)


def check(name: str, data: bytes) -> None:
    reading = read_bytes(name, data)
    assert reading.lines_in == len(reading.plays) + len(reading.rejected)
    assert all(r.reason and r.place for r in reading.rejected)
    places = [(p.set_id, p.position, p.layer) for p in reading.plays]
    assert len(places) == len(set(places))
    plays_table(reading.plays)
    rejected_table(reading.rejected)


@given(NAMES, st.binary(max_size=300))
@example("a.whl", b"PK\x05\x06" + b"\0" * 18)
@example("a.csv.gz", gzip.compress(b""))
def test_any_bytes(name, data):
    check(name, data)


@given(NAMES, st.text(max_size=300), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_any_text_in_any_encoding(name, text, encoding):
    check(name, text.encode(encoding, errors="ignore"))


@given(
    st.lists(COLUMNS, min_size=1, max_size=6),
    st.lists(st.lists(CELLS, max_size=7), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_anything_like_csv(columns, rows, delimiter, quoted):
    """Physical lines are counted here by another rule than the reader's: those that are not blank."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quoted else text

    body = "\n".join(delimiter.join(map(cell, row)) for row in rows).encode(errors="ignore").decode()
    content = delimiter.join(["set_id", "text", *columns]) + "\n" + body
    reading = read_bytes("a.csv", content.encode())
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    expected = sum(line.strip(" \t") != "" for line in lines)
    assert len(reading.plays) + len(reading.rejected) == reading.lines_in == expected
    plays_table(reading.plays)


@given(
    st.lists(st.dictionaries(COLUMNS, VALUES, max_size=6), max_size=5),
    st.sampled_from(["rows", "sets", "djmix"]),
)
def test_anything_like_json(records, layout):
    content: object = records
    if layout == "sets":
        content = {"sets": [{"set_id": "s", **record, "tracks": records} for record in records]}
    elif layout == "djmix":
        content = [{"id": "s", "title": "2020 - A @ B", "tracklist": [record]} for record in records]
    check("a.json", json.dumps(content).encode())
    check("a.jsonl", "\n".join(json.dumps(record) for record in records).encode())


@given(
    st.lists(
        st.one_of(CELLS, st.sampled_from(["2020-01-02 - A @ B", "2020 - A - B", "2020-02-30 - A @ B", ""]))
    )
)
def test_every_line_of_a_text_is_a_play_a_header_a_rejection_or_blank(lines):
    data = "\n".join(lines).encode(errors="ignore")
    check("a.txt", data)
    reading = read_bytes("a.txt", data)
    written = data.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for play in reading.plays:
        assert play.raw_text == written[play.line_no - 1]
