"""Dates, set titles, DJ strings and style tags as tables of cases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.tracklists.readers.dates import UnreadableDateError, parse_date
from enrichment_pipeline.tracklists.readers.set_titles import parse_set_title, split_djs, styles_of


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        pytest.param("2012-04-18", date(2012, 4, 18), "day", id="iso"),
        pytest.param(" 2012-04-18 ", date(2012, 4, 18), "day", id="blanks around"),
        pytest.param("2012/04/18", date(2012, 4, 18), "day", id="slashes, year first"),
        pytest.param("2012-4-8", date(2012, 4, 8), "day", id="single digits"),
        pytest.param("2012-04-18T22:30:00Z", date(2012, 4, 18), "day", id="with a time"),
        pytest.param("18.04.2012", date(2012, 4, 18), "day", id="dots, day first"),
        pytest.param("03.04.2012", date(2012, 4, 3), "day", id="dots are always day first"),
        pytest.param("18/04/2012", date(2012, 4, 18), "day", id="only day/month fits"),
        pytest.param("04/18/2012", date(2012, 4, 18), "day", id="only month/day fits"),
        pytest.param("05/05/2012", date(2012, 5, 5), "day", id="both readings agree"),
        pytest.param("2012-04", date(2012, 4, 1), "month", id="month"),
        pytest.param("2016-06-1X", date(2016, 6, 1), "month", id="unknown day"),
        pytest.param("2012", date(2012, 1, 1), "year", id="year"),
        pytest.param("2012-??", date(2012, 1, 1), "year", id="unknown month"),
        pytest.param("2008-0X", date(2008, 1, 1), "year", id="half a month"),
        pytest.param("2012-??-18", date(2012, 1, 1), "year", id="a day without its month says nothing"),
        pytest.param("200X", None, "unknown", id="unknown year"),
        pytest.param("19XX", None, "unknown", id="unknown decade"),
        pytest.param("????", None, "unknown", id="question marks"),
        pytest.param("", None, "unknown", id="blank"),
        pytest.param("Unknown", None, "unknown", id="in words"),
    ],
)
def test_dates(text, value, precision):
    found = parse_date(text)
    assert (found.value, found.precision) == (value, precision)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("03/04/2012", "day/month or month/day", id="two readings"),
        pytest.param("2012-02-30", "no day of the calendar", id="impossible day"),
        pytest.param("2012-13-01", "no day of the calendar", id="impossible month"),
        pytest.param("31/31/2012", "no day of the calendar", id="neither can be the month"),
        pytest.param("1949-12-31", "outside 1950 to 2100", id="too early"),
        pytest.param("2101-01-01", "outside 1950 to 2100", id="too late"),
        pytest.param("last spring", "cannot be read", id="words"),
        pytest.param("20120418", "cannot be read", id="digits alone"),
        pytest.param("٢٠١٢-٠٤-١٨", "cannot be read", id="digits of another script"),
    ],
)
def test_dates_that_are_refused_say_why(text, words):
    with pytest.raises(UnreadableDateError, match=words):
        parse_date(text)


@pytest.mark.parametrize(
    ("title", "day", "dj", "name"),
    [
        pytest.param(
            "1991-08-04 - Ternwick @ Sound Shed (TRW 1192)",
            date(1991, 8, 4),
            "Ternwick",
            "Sound Shed (TRW 1192)",
            id="at",
        ),
        pytest.param(
            "2012-04-18 - Vesper Kilnhart - Kiln Podcast 016",
            date(2012, 4, 18),
            "Vesper Kilnhart",
            "Kiln Podcast 016",
            id="dash",
        ),
        pytest.param(
            "1988-06 - Osk Brindle @ Hall, Tarnby",
            date(1988, 6, 1),
            "Osk Brindle",
            "Hall, Tarnby",
            id="month",
        ),
        pytest.param("2012-??-?? - A @ B", date(2012, 1, 1), "A", "B", id="unknown month"),
        pytest.param("200X - A - B", None, "A", "B", id="unknown year"),
        pytest.param(
            "2015-10-14 - A @ B 214 - C", date(2015, 10, 14), "A", "B 214 - C", id="dash in the name"
        ),
        pytest.param(
            "2011-07-30 - A - B - C, London", date(2011, 7, 30), "A", "B - C, London", id="two dashes"
        ),
        pytest.param("2011-07-30 – A – B", date(2011, 7, 30), "A", "B", id="en dashes"),
        pytest.param("2020-04-29 A - Mix 1", date(2020, 4, 29), "A", "Mix 1", id="no dash after the date"),
        pytest.param(
            "2014-03-01 - Jean-Paul @ X-Ray", date(2014, 3, 1), "Jean-Paul", "X-Ray", id="hyphens in names"
        ),
        pytest.param("2015-01-24 - Evening Mix", date(2015, 1, 24), None, "Evening Mix", id="no DJ"),
        pytest.param("1999 Party Mix", None, None, "1999 Party Mix", id="a year that is part of the name"),
        pytest.param("Evening Mix", None, None, "Evening Mix", id="only a name"),
        pytest.param(
            "A - Evening Mix", None, None, "A - Evening Mix", id="undated: who is the DJ is not said"
        ),
        pytest.param("", None, None, None, id="blank"),
    ],
)
def test_set_titles(title, day, dj, name):
    found = parse_set_title(title)
    assert (found.date, found.dj, found.name) == (day, dj, name)
    assert found.problem is None


def test_an_impossible_date_in_a_title_is_named_and_the_rest_still_read():
    found = parse_set_title("2012-02-30 - A @ B")
    assert (found.date, found.dj, found.name) == (None, "A", "B")
    assert "no day of the calendar" in (found.problem or "")


@pytest.mark.parametrize(
    ("dj", "tags", "expected"),
    [
        pytest.param("Ternwick", (), ("Ternwick",), id="one"),
        pytest.param("Ternwick, Miredale", (), ("Ternwick", "Miredale"), id="comma"),
        pytest.param(
            "Ternwick b2b Miredale B2B Quill", (), ("Ternwick", "Miredale", "Quill"), id="back to back"
        ),
        pytest.param("Ternwick vs. Miredale", (), ("Ternwick", "Miredale"), id="versus"),
        pytest.param("Ternwick Feat. Miredale", (), ("Ternwick", "Miredale"), id="feat"),
        pytest.param("Above & Beyond", (), ("Above & Beyond",), id="ampersand without evidence"),
        pytest.param(
            "Above & Beyond", ("Above & Beyond", "Trance"), ("Above & Beyond",), id="the whole is tagged"
        ),
        pytest.param("Stak & Kem", ("Stak", "Kem"), ("Stak", "Kem"), id="both parts are tagged"),
        pytest.param("Stak & Kem", ("Stak",), ("Stak & Kem",), id="one part tagged is no proof"),
        pytest.param(
            "Fab & Groove", ("Fab (Fitz Heslop)", "Groove"), ("Fab", "Groove"), id="tag with a qualifier"
        ),
        pytest.param(
            "DJ Ink & MC AD", ("Ink (Giles)", "MC AD"), ("DJ Ink", "MC AD"), id="DJ and MC do not matter"
        ),
        pytest.param("The Chem & Søren", ("Chem", "Soren"), ("The Chem", "Søren"), id="article and accents"),
        pytest.param("Al & Fil & Jo", ("Al & Fil", "Jo"), ("Al & Fil", "Jo"), id="a pair and another"),
        pytest.param("Al & Fil & Jo", ("Al", "Fil", "Jo"), ("Al", "Fil", "Jo"), id="three"),
        pytest.param("Al, Fil & Jo", (), ("Al", "Fil & Jo"), id="a comma proves nothing about the ampersand"),
        pytest.param(
            "Salt, Pine & Ember", ("Salt, Pine & Ember",), ("Salt, Pine & Ember",), id="act with a comma"
        ),
        pytest.param("Dave & &ME", ("&ME", "Dave"), ("Dave", "&ME"), id="a name that begins with the sign"),
        pytest.param("Pig&Dan", ("Pig", "Dan"), ("Pig&Dan",), id="no blanks, no split"),
        pytest.param("Ternwick (Live PA)", (), ("Ternwick",), id="note"),
        pytest.param(
            "Ternwick (Hall, 2015), Miredale", (), ("Ternwick", "Miredale"), id="comma inside a note"
        ),
        pytest.param("Ø [Fennel]", (), ("Ø [Fennel]",), id="square brackets are part of the name"),
        pytest.param("(a:rpia:r)", (), ("(a:rpia:r)",), id="a name in brackets"),
        pytest.param("Ternwick aka Tidal", (), ("Ternwick",), id="aka"),
        pytest.param("Ternwick, ternwick", (), ("Ternwick",), id="named twice"),
        pytest.param("Various", (), (), id="various"),
        pytest.param("VA, Ternwick (Hall)", (), ("Ternwick",), id="va and one"),
        pytest.param("Unknown Artist", (), (), id="unknown"),
        pytest.param("?", (), (), id="question mark"),
        pytest.param(" , ", (), (), id="nothing but commas"),
    ],
)
def test_djs_are_parted_only_with_proof(dj, tags, expected):
    assert split_djs(dj, tags) == expected


@given(st.text(), st.lists(st.text(), max_size=5))
def test_splitting_djs_never_raises_and_names_nobody_new(dj, tags):
    for name in split_djs(dj, tags):
        assert name.strip()
        assert all(word in dj for word in name.split())


def test_long_lists_of_djs_do_not_take_for_ever():
    """Every grouping of the names was tried: sixty names joined by & did not come to an end."""
    assert split_djs(" & ".join(["A"] * 60 + ["B"]), ["A", "A & A", "A & A & A"])


@given(st.text())
def test_titles_never_raise(title):
    parse_set_title(title)


def test_styles_are_those_tags_that_are_style_words():
    tags = [
        "Ternwick",
        "Drum & Bass",
        "techno",
        "Trance Energy",
        "DJ Bassline",
        "House (Old School)",
        "Techno",
    ]
    assert styles_of(tags) == ("Drum & Bass", "Techno", "House (Old School)")
