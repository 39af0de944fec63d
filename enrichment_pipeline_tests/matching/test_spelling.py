"""Which candidates count as right: the right name, and other spellings of it that a reader takes for it."""

from __future__ import annotations

import duckdb
import pytest

from enrichment_pipeline.matching import spelling

# Each case is one line: its names, its title, the candidate and the title he is known by.
CASES = [
    ("the right name", ["Oskar Mulrow"], "Tidal", "Oskar Mulrow", "Other", True),
    ("a slip", ["Oskar Mulrow"], "Tidal", "Oskar Mullrow", "Other", True),
    ("another", ["Oskar Mulrow"], "Tidal", "Iva Thorn", "Tidal", False),
    ("two names as one", ["Gable", "Thorn", "Voss"], "Tidal", "Gablethorn", "Other", True),
    ("initials with the title", ["TPL"], "Tidal", "Tidal Pier Lights", "Tidal", True),
    ("initials with another title", ["TPL"], "Tidal", "Tidal Pier Lights", "Other", False),
    ("cut short with the title", ["Joy O"], "Tidal", "Joy Orvane", "Tidal", True),
    ("cut short with another title", ["Joy O"], "Tidal", "Joy Orvane", "Other", False),
]


@pytest.mark.parametrize(
    ("names", "title", "candidate", "known_by", "is_right"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_counts_as_right(names, title, candidate, known_by, is_right):
    truth = ["".join(name.lower().split()) for name in names]
    key = "".join(candidate.lower().split())
    with duckdb.connect() as con:
        con.execute("create table question as select 1 as question_no, 't' as track_id")
        con.execute(
            "create table asked as select 't' as track_id, $truth::varchar[] as truth", {"truth": truth}
        )
        con.execute(
            "create table canonical_play as select names as artist_parts, names as artist_keys, artist, lower(title) as title_key,"
            " true as title_known from (values ($truth::varchar[], $names, $title), ([$key], $candidate, $known)) t(names, artist, title)",
            {
                "truth": truth,
                "names": " & ".join(names),
                "title": title,
                "key": key,
                "candidate": candidate,
                "known": known_by,
            },
        )
        con.execute("create table artist_no as select 7 as no, $key as key", {"key": key})
        con.execute(
            "create table question_truth as select 1 as question_no, 7 as artist_no from asked where list_contains(truth, $key)",
            {"key": key},
        )
        con.execute(
            "create table proposal as select 1 as question_no, 7 as artist_no,"
            " exists (from question_truth) as is_truth, $same::int as title_n",
            {"same": title == known_by},
        )
        spelling.judge(con)
        assert bool(con.execute("select count(*) from right_artist").fetchall()[0][0]) is is_right
