"""Each format from bytes to plays, rejected rows and notes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from enrichment_pipeline.tracklists.readers import (
    PLAY_SCHEMA,
    REJECTED_SCHEMA,
    FileReading,
    format_of,
    plays_table,
    read_bytes,
    read_file,
    rejected_table,
)

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
HEADER = "set_id,set_name,dj,date,position,text\n"


def read(name: str, content: str | bytes) -> FileReading:
    reading = read_bytes(name, content if isinstance(content, bytes) else content.encode())
    assert reading.lines_in == len(reading.plays) + len(reading.rejected)
    return reading


def texts(reading: FileReading) -> list[str]:
    return [p.raw_text for p in reading.plays]


# ---- CSV and TSV ---------------------------------------------------------------------------------------


def test_csv_gives_every_field_of_a_play():
    content = (
        "set_id,set_name,dj,date,position,text,cue,artist,title,label,source,media_id,genres\n"
        's1,Night,"Ternwick, Miredale",2019-06-14,3," A - B [C] ",[05],A,B,C,lists,abc,House; Techno\n'
    )
    (play,) = read("a.csv", content).plays
    assert play.raw_text == " A - B [C] "
    assert (play.set_id, play.set_name, play.dj, play.djs) == (
        "s1",
        "Night",
        "Ternwick, Miredale",
        ("Ternwick", "Miredale"),
    )
    assert (play.set_date, play.position, play.layer, play.cue) == (date(2019, 6, 14), 3, 0, "[05]")
    assert (play.given_artist, play.given_title, play.given_label) == ("A", "B", "C")
    assert (play.source, play.media_id, play.genres, play.line_no) == ("lists", "abc", ("House", "Techno"), 2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(
            "s1,N,D,2020-01-01,1,A, B - C", "7 fields where the header names 6", id="unquoted comma"
        ),
        pytest.param("s1,N,D,2020-01-01", "4 fields where the header names 6", id="too few fields"),
        pytest.param(",,D,2020-01-01,1,A - B", "no set is named", id="no set"),
        pytest.param("s1,N,D,2020-01-01,one,A - B", "no whole number", id="position in words"),
        pytest.param("s1,N,D,2020-01-01,-1,A - B", "no whole number", id="negative position"),
        pytest.param("s1,N,D,2020-01-01,1.5,A - B", "no whole number", id="half a position"),
        pytest.param(
            "s1,N,D,2020-01-01,99999999999,A - B", "no whole number", id="position beyond all sense"
        ),
        pytest.param("s1,N,D,2020-02-30,1,A - B", "no day of the calendar", id="impossible date"),
        pytest.param("s1,N,D,01/02/2020,1,A - B", "day/month or month/day", id="ambiguous date"),
        pytest.param("s1,N,D,1020-01-01,1,A - B", "outside 1950 to 2100", id="date out of range"),
        pytest.param('s1,N,D,2020-01-01,1,"A - B', "opened and not closed", id="open quote"),
        pytest.param('s1,N,D,2020-01-01,1,"A" - B', "goes on after its closing quote", id="quote inside"),
        pytest.param("s1,N,D,2020-01-01,1,A\0B", "NUL byte", id="NUL byte"),
    ],
)
def test_a_broken_row_is_kept_with_its_line_and_does_not_stop_the_next(row, reason):
    reading = read("a.csv", f"{HEADER}s1,N,D,2020-01-01,1,first\n{row}\ns1,N,D,2020-01-01,2,last\n")
    assert texts(reading) == ["first", "last"]
    (rejected,) = reading.rejected
    assert reason in rejected.reason
    assert (rejected.line_no, rejected.place, rejected.raw_text) == (3, "line 3", row)
    assert rejected.file_name == "a.csv"


def test_an_empty_text_is_a_play():
    assert texts(read("a.csv", HEADER + "s1,N,D,2020-01-01,1,\n")) == [""]


def test_rows_that_share_a_position_are_layers_in_file_order():
    rows = "".join(f"s1,N,D,,{p},{t}\n" for p, t in [(1, "a"), (1, "b"), (2, "c"), (1, "d")])
    assert [(p.position, p.layer) for p in read("a.csv", HEADER + rows).plays] == [
        (1, 0),
        (1, 1),
        (2, 0),
        (1, 2),
    ]


def test_a_rejected_row_leaves_no_gap_in_layers_or_positions():
    content = "set_id,position,text,source\ns1,1,a,\ns1,1,b\0,\ns1,1,c,\ns1,,d,\n"
    assert [(p.position, p.layer) for p in read("a.csv", content).plays] == [(1, 0), (1, 1), (2, 0)]


def test_missing_positions_follow_the_row_before_and_are_noted():
    reading = read("a.csv", "set_id,position,text\ns1,,a\ns1,7,b\ns1,,c\ns2,,d\n")
    assert [p.position for p in reading.plays] == [1, 7, 8, 1]
    assert "3 rows without position: numbered in the order of the file" in reading.notes


def test_without_set_id_date_dj_and_name_tell_sets_apart():
    reading = read(
        "a.csv", "set_name,dj,date,text\nShow,A,2020-01-01,x\nShow,A,2020-01-08,y\nShow,B,08.01.2020,z\n"
    )
    assert [p.set_id for p in reading.plays] == [
        "2020-01-01 - A - Show",
        "2020-01-08 - A - Show",
        "2020-01-08 - B - Show",
    ]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        pytest.param("s1,,A,B", "A - B", id="both"),
        pytest.param("s1,,A,", "A - ID", id="artist alone"),
        pytest.param("s1,,,B", "ID - B", id="title alone"),
        pytest.param("s1,X - Y,A,B", "X - Y", id="a text that is there stays"),
        pytest.param("s1,,,", "", id="none"),
    ],
)
def test_text_is_put_together_only_where_there_is_none(row, text):
    assert texts(read("a.csv", f"set_id,text,artist,title\n{row}\n")) == [text]


def test_a_composed_text_is_noted():
    notes = read("a.csv", "set_id,position,artist,title\ns1,1,A,B\n").notes
    assert notes == ("1 row without text: put together from artist and title",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.csv", "set_id;position;text\ns1;1;A, B - C\n", id="semicolons"),
        pytest.param("a.csv", "set_id\tposition\ttext\ns1\t1\tA, B - C\n", id="tabs in .csv"),
        pytest.param("a.tsv", "set_id\tposition\ttext\ns1\t1\tA, B - C\n", id="tabs"),
        pytest.param("a.tsv", 'set_id,position,text\ns1,1,"A, B - C"\n', id="commas in .tsv"),
        pytest.param("a.csv", 'Set ID , POSITION,Raw_Text\ns1,1,"A, B - C"\n', id="spelling of columns"),
        pytest.param("a.csv", '\n\nset_id,position,text\n\n"s1",1,"A, B - C"\n\n', id="blank lines"),
    ],
)
def test_delimiters_and_headers(name, content):
    reading = read(name, content)
    assert texts(reading) == ["A, B - C"]
    assert reading.plays[0].set_id == "s1"


def test_unquoted_quotes_in_a_tsv_are_part_of_the_text():
    assert texts(read("a.tsv", 'set_id\ttext\ns1\t"Margin Notes" (Live)\n')) == ['"Margin Notes" (Live)']


def test_inches_inside_an_unquoted_field_stay():
    assert texts(read("a.csv", 'set_id,text\ns1,A - B (12" Mix)\n')) == ['A - B (12" Mix)']


def test_columns_nobody_asked_for_are_noted():
    assert "column 'bpm' is not used" in read("a.csv", "set_id,text,bpm\ns1,A - B,120\n").notes


def test_of_two_columns_with_one_meaning_the_first_counts():
    reading = read("a.csv", "set_id,text,raw_text\ns1,A,B\n")
    assert texts(reading) == ["A"]
    assert "column 'raw_text' is not used" in reading.notes


def test_a_field_longer_than_the_csv_module_allows_by_default_is_read():
    text = "A" * 200_000
    assert texts(read("a.csv", f'set_id,text\ns1,"{text}"\n')) == [text]


def test_an_open_quote_costs_one_row_and_not_the_rest_of_the_file():
    """Read across lines, one forgotten quote swallowed everything up to the next one."""
    rows = "".join(f's1,{n},"A - {n}"\n' for n in range(1, 50))
    reading = read("a.csv", 'set_id,position,text\ns1,0,"open\n' + rows)
    assert (len(reading.plays), len(reading.rejected)) == (49, 1)


# ---- encodings and line ends ---------------------------------------------------------------------------

LINES = "set_id,text\ns1,Søren – Mørketid\ns1,Zoë\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        pytest.param(LINES.encode(), "utf-8", id="utf-8"),
        pytest.param(LINES.encode("utf-8-sig"), "utf-8-sig", id="utf-8 with mark"),
        pytest.param(LINES.encode("utf-16"), "utf-16-le", id="utf-16"),
        pytest.param(b"\xfe\xff" + LINES.encode("utf-16-be"), "utf-16-be", id="utf-16 big-endian"),
        pytest.param(LINES.encode("utf-32"), "utf-32", id="utf-32"),
        pytest.param(LINES.encode("cp1252"), "latin-1", id="latin-1"),
    ],
)
def test_encodings(data, encoding):
    reading = read("a.csv", data)
    assert texts(reading) == ["Søren – Mørketid", "Zoë"]
    assert reading.encoding == encoding
    assert any("Latin-1" in note for note in reading.notes) is (encoding == "latin-1")


def test_one_line_that_is_not_utf8_does_not_spoil_the_others():
    reading = read("a.csv", b"set_id,position,text\ns1,1,S\xc3\xb8ren\ns1,2,Zo\xeb\n")
    assert texts(reading) == ["Søren", "Zoë"]
    assert reading.notes == ("1 of 3 lines are not UTF-8: those are read as Latin-1",)


def test_bytes_that_windows_1252_lacks_are_still_latin_1():
    assert texts(read("a.csv", b"set_id,text\ns1,A\x81\xe9\n")) == ["A\x81é"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.jsonl"])
def test_line_ends(end, name):
    lines = {"a.csv": ["text,set_id", "x,s", "y,s"], "a.txt": ["x", "y"]}.get(
        name, ['{"set_id": "s", "text": "x"}', '{"set_id": "s", "text": "y"}']
    )
    assert texts(read(name, end.join(lines) + end)) == ["x", "y"]


def test_characters_that_python_takes_for_line_ends_stay_inside_the_line():
    text = "A\x0b\x0c\x85\u2028\u2029 - B"
    assert texts(read("a.txt", text + "\n")) == [text]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(
            "set_id,text\ns1,A - B\n".encode("utf-16-le"), "UTF-16 without", id="utf-16 without mark"
        ),
        pytest.param(b"\xff\xfeA", "begins with the byte-order mark", id="mark of what it is not"),
    ],
)
def test_undecodable_files_are_rejected_whole(data, words):
    reading = read("a.csv", data)
    assert (reading.lines_in, reading.plays) == (1, ())
    assert words in reading.rejected[0].reason
    assert (reading.rejected[0].place, reading.rejected[0].line_no) == ("whole file", 0)


# ---- JSON ----------------------------------------------------------------------------------------------


def test_json_rows():
    rows = [
        {
            "set_id": "s1",
            "dj": "A b2b B",
            "date": "2020-01-02",
            "position": 4,
            "text": "X - Y",
            "genres": ["House"],
        },
        {"set_id": 17, "set_name": None, "position": "2", "text": None, "label": "L"},
    ]
    reading = read("a.json", json.dumps(rows))
    assert reading.format == "json"
    first, second = reading.plays
    assert (first.djs, first.set_date, first.position, first.genres) == (
        ("A", "B"),
        date(2020, 1, 2),
        4,
        ("House",),
    )
    assert (second.set_id, second.position, second.raw_text, second.given_label, second.line_no) == (
        "17",
        2,
        "",
        "L",
        2,
    )


@pytest.mark.parametrize("grouped", [True, False], ids=["under sets", "a list of sets"])
def test_json_sets_with_tracks(grouped):
    sets = [
        {
            "set_id": "s1",
            "dj": "A",
            "date": "2020",
            "tracks": [{"position": 1, "text": "X"}, "w/ Y", {"text": ""}],
        }
    ]
    reading = read("a.json", json.dumps({"sets": sets} if grouped else sets))
    assert [(p.position, p.layer, p.raw_text) for p in reading.plays] == [
        (1, 0, "X"),
        (2, 0, "w/ Y"),
        (3, 0, ""),
    ]
    assert "some dates name only a year: its first day is taken" in reading.notes


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param("text", "no object", id="no object"),
        pytest.param({"text": "A - B"}, "no set is named", id="no set"),
        pytest.param({"set_id": "s", "txt": "A - B"}, "neither text nor artist nor title", id="misspelled"),
        pytest.param({"set_id": "s", "text": 303}, "text must be text, not a number", id="number as text"),
        pytest.param({"set_id": "s", "text": ["A"]}, "text must be text, not a list", id="list as text"),
        pytest.param(
            {"set_id": True, "text": "A"}, "set_id must be text, not true or false", id="truth as id"
        ),
        pytest.param(
            {"set_id": "s", "text": "A", "artist": {}}, "artist must be text, not an object", id="object"
        ),
        pytest.param(
            {"set_id": "s", "text": "A", "position": True}, "no whole number", id="truth as position"
        ),
        pytest.param({"set_id": "s", "text": "A", "position": [1]}, "no whole number", id="list as position"),
        pytest.param({"set_id": "s", "text": "A", "genres": 5}, "genres must be a list", id="genres"),
        pytest.param({"set_id": "s", "text": "A", "genres": [5]}, "genres must be a list", id="genre"),
        pytest.param({"set_id": "s", "text": "A\ud83d"}, "half a character", id="lone surrogate"),
        pytest.param({"set_id": "s", "text": "A\0"}, "NUL byte", id="NUL"),
    ],
)
def test_broken_json_records(record, reason):
    good = {"set_id": "s", "text": "good"}
    for name, content in {
        "a.json": json.dumps([record, good]),
        "a.jsonl": f"{json.dumps(record)}\n{json.dumps(good)}\n",
    }.items():
        reading = read(name, content)
        assert texts(reading) == ["good"]
        if name == "a.json" or reason != "no object":
            assert reason in reading.rejected[0].reason
        rejected_table(reading.rejected)


def test_a_broken_json_line_is_rejected_and_the_others_go_on():
    reading = read(
        "a.jsonl",
        '{"set_id": "s", "text": "a"}\n{"set_id": "s", "text": \n[1]\n\n{"set_id": "s", "text": "b"}',
    )
    assert texts(reading) == ["a", "b"]
    assert [(r.line_no, r.raw_text) for r in reading.rejected] == [
        (2, '{"set_id": "s", "text": '),
        (3, "[1]"),
    ]
    assert "is no JSON" in reading.rejected[0].reason


def test_a_set_that_cannot_be_used_rejects_each_of_its_lines():
    sets = {
        "sets": [{"set_id": "s", "date": "2020-02-30", "tracks": ["a", {"text": "b"}]}, {"set_id": "t"}, "u"]
    }
    reading = read("a.json", json.dumps(sets))
    assert [(r.place, r.raw_text) for r in reading.rejected] == [
        ("sets[0].tracks[0]", '"a"'),
        ("sets[0].tracks[1]", '{"text": "b"}'),
        ("sets[1]", '{"set_id": "t"}'),
        ("sets[2]", '"u"'),
    ]
    assert "its set sets[0]: the date '2020-02-30'" in reading.rejected[0].reason


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("{", id="cut off"),
        pytest.param('{"a": 1}', id="no list"),
        pytest.param("5", id="a number"),
        pytest.param('{"sets": {}}', id="sets that are no list"),
        pytest.param("[" * 100_000, id="nested without end"),
        pytest.param("[" + "9" * 10_000 + "]", id="a number without end"),
    ],
)
def test_json_that_holds_no_rows_is_rejected_whole(content):
    reading = read("a.json", content)
    assert reading.plays == ()
    assert reading.rejected[0].raw_text == content[:500]


# ---- djmix layout --------------------------------------------------------------------------------------

DJMIX = [
    {
        "id": "exm1",
        "title": "2016-05-14 - Miredale & Flint Corrie (Live PA) @ Cellar Eleven, Ostwick",
        "tags": [
            {"key": f"Category:{t}"} for t in ["Miredale", "Flint Corrie", "Cellar Eleven", "Drum & Bass"]
        ],
        "tracklist": [
            {"id": "vid1", "title": "[00] Miredale - Peat Engine"},
            {"id": None, "title": "[??] ?"},
        ],
    },
    {"id": "exm2", "title": "Evening Mix", "tags": [], "tracklist": [{"id": None, "title": ""}]},
]


def zipped(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("djmix/__init__.py", "")
        archive.writestr(member, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("d.json", json.dumps(DJMIX).encode(), id="json"),
        pytest.param("d.json.gz", gzip.compress(json.dumps(DJMIX).encode()), id="json.gz"),
        pytest.param(
            "d.whl",
            zipped("dataset/djmix-dataset.json.gz", gzip.compress(json.dumps(DJMIX).encode())),
            id="wheel",
        ),
        pytest.param(
            "d.zip", zipped("dataset/djmix-dataset.json", json.dumps(DJMIX).encode()), id="zip, plain"
        ),
    ],
)
def test_djmix_layout(name, data):
    reading = read(name, data)
    assert reading.format == "djmix"
    first, second, third = reading.plays
    assert (first.set_id, first.set_name, first.dj) == (
        "exm1",
        "Cellar Eleven, Ostwick",
        "Miredale & Flint Corrie (Live PA)",
    )
    assert (first.djs, first.genres, first.set_date) == (
        ("Miredale", "Flint Corrie"),
        ("Drum & Bass",),
        date(2016, 5, 14),
    )
    assert (first.source, first.media_id, first.position) == ("mixesdb", "vid1", 1)
    assert (second.position, second.media_id, second.raw_text) == (2, None, "[??] ?")
    assert (third.set_name, third.dj, third.djs, third.set_date, third.raw_text) == (
        "Evening Mix",
        None,
        (),
        None,
        "",
    )


def test_broken_parts_of_the_djmix_layout():
    sets = [
        {"id": None, "title": "2016 - A @ B", "tracklist": [{"title": "a"}]},
        {"id": "x", "title": "2016-02-30 - A @ B", "tracklist": [{"title": "b"}]},
        {
            "id": "y",
            "title": "2016-02-01 - A @ B",
            "tags": [1, {"key": 2}],
            "tracklist": [{"id": 5}, "c", {"title": "d"}],
        },
        {"id": "z"},
    ]
    reading = read("d.json", json.dumps(sets))
    assert texts(reading) == ["d"]
    assert len(reading.rejected) == 5


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        pytest.param("a.csv.gz", b"not packed", "cannot be unpacked", id="no gzip"),
        pytest.param(
            "a.csv.gz", gzip.compress(b"set_id,text\n" * 99)[:30], "cannot be unpacked", id="cut gzip"
        ),
        pytest.param("a.whl", b"not packed", "cannot be unpacked", id="no zip"),
        pytest.param("a.zip", zipped("a.txt", b"x"), "archive without", id="zip of something else"),
        pytest.param("a.pdf", b"%PDF\0", "unknown kind of file", id="unknown extension"),
        pytest.param("README", b"text", "unknown kind of file", id="no extension"),
        pytest.param(
            "a.csv", b"Ternwick - Tidal Clerk\n", "names no tracklist columns", id="csv without header"
        ),
        pytest.param("a.csv", b"set_id,position\ns,1\n", "names no tracklist columns", id="csv without text"),
    ],
)
def test_files_that_cannot_be_read_give_one_rejected_row(name, data, words):
    reading = read(name, data)
    assert (reading.plays, len(reading.rejected), reading.lines_in) == ((), 1, 1)
    assert words in reading.rejected[0].reason
    assert len(reading.rejected[0].raw_text) <= 500


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt"])
@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", b"\n \n"], ids=["no byte", "only a mark", "blank lines"]
)
def test_an_empty_file_is_no_error(name, data):
    reading = read(name, data)
    assert (reading.lines_in, reading.notes) == (0, ("the file is empty",))


def test_a_missing_file_is_the_only_thing_that_raises(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "no.csv")
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "cannot be opened" in read_file(folder).rejected[0].reason


def test_a_file_may_be_read_under_the_name_it_has_in_the_inbox(tmp_path):
    (tmp_path / "a.txt").write_text("X\n")
    reading = read_file(tmp_path / "a.txt", name="sub/night.txt")
    assert (reading.file_name, reading.plays[0].set_name) == ("sub/night.txt", "night")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A.CSV", "csv"),
        ("a.tab", "tsv"),
        ("a.ndjson.gz", "jsonl"),
        ("a.whl", "djmix"),
        ("a.zip.gz", None),
        ("gz", None),
    ],
)
def test_the_format_follows_from_the_name(name, expected):
    assert format_of(name) == expected


# ---- plain text ----------------------------------------------------------------------------------------


def sets_of(reading: FileReading) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for play in reading.plays:
        found.setdefault(play.set_id, []).append(play.raw_text)
    return found


def test_text_with_several_sets():
    content = (
        "2022-09-24 - Copper Hollis @ Sledge Hall\n[00:00] A - B\n  w/ C - D \n\n[05:00] E - F\n"
        "2022-10-01 - Miredale - Podcast 3\n1. G - H\n\n2023 - Ternwick @ Shed\nI - J\n"
    )
    reading = read("a.txt", content)
    assert sets_of(reading) == {
        "2022-09-24 - Copper Hollis @ Sledge Hall": ["[00:00] A - B", "  w/ C - D ", "[05:00] E - F"],
        "2022-10-01 - Miredale - Podcast 3": ["1. G - H"],
        "2023 - Ternwick @ Shed": ["I - J"],
    }
    first = reading.plays[0]
    assert (first.dj, first.set_name, first.set_date, first.position, first.line_no) == (
        "Copper Hollis",
        "Sledge Hall",
        date(2022, 9, 24),
        1,
        2,
    )
    assert [p.position for p in reading.plays] == [1, 2, 3, 1, 1]


def test_a_track_that_begins_with_a_year_is_no_header():
    content = (
        "2022-09-24 - Copper Hollis @ Sledge Hall\n1999 - Ternwick - Live At Home\n2001 - Ternwick @ Home\n"
    )
    assert [len(lines) for lines in sets_of(read("a.txt", content)).values()] == [2]


def test_text_without_header_is_one_undated_set_named_after_the_file():
    reading = read("lists/my mix.txt", "A - B\n\nC @ D\n")
    assert sets_of(reading) == {"my mix": ["A - B", "C @ D"]}
    assert (reading.plays[0].set_name, reading.plays[0].set_date, reading.plays[0].djs) == (
        "my mix",
        None,
        (),
    )
    assert reading.notes == ("no header line: one undated set named 'my mix'",)


def test_two_sets_under_one_header_stay_two():
    header = "2022-09-24 - A @ B\n"
    assert sets_of(read("a.txt", f"{header}x\n\n{header}y\n")) == {
        "2022-09-24 - A @ B": ["x"],
        "2022-09-24 - A @ B (2)": ["y"],
    }


def test_lines_under_a_header_with_an_impossible_date_are_rejected():
    reading = read("a.txt", "2022-02-30 - A @ B\nx\ny\n2022-03-01 - A @ B\nz\n")
    assert texts(reading) == ["z"]
    assert [(r.line_no, r.raw_text) for r in reading.rejected] == [(2, "x"), (3, "y")]
    assert "its header in line 1: the date '2022-02-30' is no day" in reading.rejected[0].reason


def test_a_text_line_with_a_nul_byte_is_rejected():
    reading = read("a.txt", "Ternwick - Tidal Clerk\nTernwick\0 - Nine\n")
    assert (texts(reading), len(reading.rejected)) == (["Ternwick - Tidal Clerk"], 1)


def test_a_header_with_a_nul_byte_rejects_its_lines():
    reading = read("a.txt", "2022-02-03 - A\0 @ Bold name of some length\nx\n")
    assert len(reading.rejected) == 1


# ---- tables and the example ----------------------------------------------------------------------------


def test_tables_have_their_schema_also_when_empty():
    reading = read("a.csv", HEADER + "s1,N,A b2b B,2020-01-02,1,x\ns1,N,,,2,y\n")
    table = plays_table(reading.plays)
    assert table.schema == PLAY_SCHEMA
    assert table.column("djs").to_pylist() == [["A", "B"], []]
    assert table.column("set_date").to_pylist() == [date(2020, 1, 2), None]
    assert plays_table([]).schema == PLAY_SCHEMA
    assert rejected_table([]).schema == REJECTED_SCHEMA
    assert isinstance(table, pa.Table)


def test_the_tracked_example_is_read_whole_and_marked_invented():
    readings = [read_file(path) for path in sorted(EXAMPLE.iterdir()) if path.suffix != ".md"]
    assert {r.format for r in readings} == {"csv", "tsv", "json", "jsonl", "djmix", "text"}
    plays = [p for r in readings for p in r.plays]
    assert len({p.set_id for p in plays}) >= 20
    assert len(plays) >= 350
    assert all("invented" in (p.set_name or "") for p in plays)
    assert {r.file_name: len(r.rejected) for r in readings if r.rejected} == {"broken_rows.csv": 11}


def test_csv_written_by_the_csv_module_comes_back_unchanged():
    lines = ['A "B" - C', "A, B - C;D", " x ", "", "Ø [Fennel] – Null\u2028Garden", "'a'"]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["set_id", "text"])
    writer.writerows(["s", line] for line in lines)
    assert texts(read("a.csv", buffer.getvalue())) == lines
