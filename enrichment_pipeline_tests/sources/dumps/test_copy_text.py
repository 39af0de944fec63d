from __future__ import annotations

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.sources.dumps.copy_text import CopyTable, copy_to_parquet, unescape
from enrichment_pipeline.sources.dumps.report import BrokenRows, DumpError

TABLE = CopyTable(
    "thing", ("id", "name", "left_out", "note"), ("id",), ("name", "note"), frozenset({"id", "name"})
)


def read(text: bytes, tmp_path: Path) -> tuple[list[tuple[object, ...]], BrokenRows]:
    broken = BrokenRows()
    rows = copy_to_parquet(io.BytesIO(text), TABLE, tmp_path / "thing.parquet", broken)
    found = pq.read_table(tmp_path / "thing.parquet").to_pylist()
    assert rows == len(found)
    return [tuple(row.values()) for row in found], broken


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb"plain", "plain"),
        (rb"a\tb", "a\tb"),
        (rb"a\nb\rc", "a\nb\rc"),
        (rb"\b\f\v", "\b\f\v"),
        (rb"back\\slash", "back\\slash"),
        (rb"\\N", "\\N"),
        (rb"\\t", "\\t"),
        (rb"\\\t", "\\\t"),
        (rb"\101\60", "A0"),
        (rb"\x41\x4", "A\x04"),
        (rb"\303\251", "é"),
        (rb"\q", "q"),
        (rb"ends in \\", "ends in \\"),
        ("żółć 🎛".encode(), "żółć 🎛"),
    ],
)
def test_escapes_are_undone(written: bytes, meant: str) -> None:
    assert unescape(written).decode() == meant


def test_null_is_not_the_text_of_two_letters(tmp_path: Path) -> None:
    rows, broken = read(b"1\tn\t\\N\t\\N\n2\t\\\\N\tx\t\n", tmp_path)
    assert rows == [(1, "n", None), (2, "\\N", "")]
    assert broken.count == 0


def test_broken_rows_are_kept_aside_with_their_line(tmp_path: Path) -> None:
    """Lines are counted over rows that were cut out before, or everything behind the first would be misplaced."""
    text = (
        b"1\tfine\tx\tx\n"
        b"2\ttoo few\n"
        b"\n"
        b"3\ttoo\tmany\tcolumns\there\n"
        b"four\tno number\tx\tx\n"
        b"5\tnot \xff utf-8\tx\tx\n"
        b"99999999999\ttoo big\tx\tx\n"
        b"\\N\tno id\tx\tx\n"
        b"6\tquotes \" and ' stay\tx\tx\n"
        b"\\.\n"
    )
    rows, broken = read(text, tmp_path)
    assert rows == [(1, "fine", "x"), (6, "quotes \" and ' stay", "x")]
    assert broken.count == 7
    assert [
        (row.line, row.reason.split(":")[0]) for row in sorted(broken.kept, key=lambda row: row.line)
    ] == [
        (2, "2 columns instead of 4"),
        (3, "id is no whole number"),
        (4, "5 columns instead of 4"),
        (5, "id is no whole number"),
        (6, "name is no UTF-8"),
        (7, "id is no whole number"),
        (8, "id is empty"),
    ]
    assert {row.file for row in broken.kept} == {"mbdump/thing"}


def test_only_the_first_broken_rows_are_kept_but_all_are_counted(tmp_path: Path) -> None:
    rows, broken = read(b"1\ta\tb\tc\n" + b"short\n" * 500, tmp_path)
    assert (len(rows), broken.count, len(broken.kept)) == (1, 500, 20)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert read(b"", tmp_path)[0] == []


def test_a_file_of_another_layout_is_an_error_and_not_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"mbdump/thing: none of its 50 rows has the 4 columns"):
        read(b"1\ta\tb\tc\td\n" * 50, tmp_path)


def test_rows_over_many_blocks(tmp_path: Path) -> None:
    text = b"".join(b"%d\tname %d\t\\N\t%s\n" % (n, n, b"x" * 200) for n in range(60_000))
    rows, broken = read(text, tmp_path)
    assert [row[0] for row in rows] == list(range(60_000))
    assert broken.count == 0


def escaped(text: str | None) -> str:
    """As PostgreSQL writes it."""
    if text is None:
        return "\\N"
    signs = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
    return "".join(signs.get(letter, letter) for letter in text)


# what PostgreSQL cannot hold is not drawn
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS | st.none() | st.just("\\N") | st.just("\\")), max_size=8))
def test_whatever_postgresql_writes_is_read_back(
    rows: list[tuple[str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "".join(f"{n}\t{escaped(name)}\tx\t{escaped(note)}\n" for n, (name, note) in enumerate(rows))
    found, broken = read(text.encode(), tmp_path_factory.mktemp("copy"))
    assert found == [(n, name, note) for n, (name, note) in enumerate(rows)]
    assert broken.count == 0
