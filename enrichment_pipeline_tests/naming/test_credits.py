"""Which words of a credit are one act, and which keys look like one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.naming.credits import ALSO, is_spelling_of, may_be_one_name, merge_acts

PROTECTED = {"abovebeyond", "earthwindfire", "windfire"}
MERGED = [
    ("two artists stay two", ["marlow", "voss"], ("marlow", "voss")),
    ("an act is put together", ["above", "beyond"], ("abovebeyond",)),
    ("an act among others", ["gaia", "above", "beyond", "voss"], ("gaia", "abovebeyond", "voss")),
    ("the longest act wins", ["earth", "wind", "fire"], ("earthwindfire",)),
    ("a shorter act inside", ["storm", "wind", "fire"], ("storm", "windfire")),
    ("order counts", ["beyond", "above"], ("beyond", "above")),
    ("doubles are dropped", ["gaia", "gaia", "voss"], ("gaia", "voss")),
    ("empty keys are dropped", ["gaia", "", "voss"], ("gaia", "voss")),
    ("nobody", [], ()),
    ("another name of an act", ["gaia", ALSO + "marlow"], ("gaia", "marlow")),
    ("an act does not reach into other names", ["above", ALSO + "beyond"], ("above", "beyond")),
    ("an act among other names", ["gaia", ALSO + "above", ALSO + "beyond"], ("gaia", "abovebeyond")),
]


@pytest.mark.parametrize(("parts", "acts"), [c[1:] for c in MERGED], ids=[c[0] for c in MERGED])
def test_merging(parts, acts):
    assert merge_acts(parts, PROTECTED) == acts


SPELLINGS = [
    ("equal", "gaia", "gaia", True),
    ("dj before the name", "djsneak", "sneak", True),
    ("a slip in a long name", "balthazarjackrock", "baltazarjackrock", True),
    ("five letters differ by one as names do", "poleo", "polea", False),
    ("contained and little longer", "oscarmulero", "oscarmuleroo", True),
    ("contained and much longer", "sasha", "sashacarassi", False),
    ("too short to be contained", "sman", "thesman", False),
    ("one other letter in a long name", "grennmarlow", "greenmarlow", True),
    ("numbers are no slip", "population1", "population2", False),
    ("words in another order", "marlowvoss", "vossmarlow", True),
    ("short words in another order", "abcde", "cdeab", False),
    ("nothing in common", "dubfire", "marlow", False),
    ("empty", "", "gaia", False),
]


@pytest.mark.parametrize(("one", "other", "same"), [c[1:] for c in SPELLINGS], ids=[c[0] for c in SPELLINGS])
def test_spellings(one, other, same):
    assert is_spelling_of(one, other) is same
    assert is_spelling_of(other, one) is same


ONE_NAME = [
    ("initials", "tpl", "tidal pier lights", True),
    ("two initials are too few", "pl", "pier lights", False),
    ("first name cut short", "ron van marlow", "ronald van marlow", True),
    ("surname cut short", "joy o", "joy orvane", True),
    ("two cut short", "jo o", "joy orvane", False),
    ("a common word is no name", "dj t", "dj tennant", False),
    ("surname alone", "marlow", "oskar marlow", True),
    ("first name alone", "oskar", "oskar marlow", False),
    ("short surname alone", "voe", "oskar voe", False),
    ("short surname with a number", "16v", "oskar 16v", True),
    ("a letter doubled", "dj anna", "dj ana", True),
    ("two slips in a long name", "locosollus", "locussolus", True),
    ("two slips in a short name", "pola voss", "polo vass", False),
    ("numbers differ", "gable project 1", "gable project 2", False),
    ("nothing in common", "oskar marlow", "tidal pier", False),
    ("equal", "oskar marlow", "oskar marlow", True),
    ("nobody", "", "oskar marlow", False),
]


@pytest.mark.parametrize(("one", "other", "may"), [c[1:] for c in ONE_NAME], ids=[c[0] for c in ONE_NAME])
def test_names_that_may_be_one(one, other, may):
    assert may_be_one_name(one.split(), other.split()) is may
    assert may_be_one_name(other.split(), one.split()) is may


@given(
    st.lists(st.text("abc", max_size=3), max_size=6),
    st.sets(st.text("abc", min_size=2, max_size=6), max_size=5),
)
def test_merging_loses_no_letter_and_adds_none(parts, protected):
    acts = merge_acts(parts, protected)
    assert len(set(acts)) == len(acts)
    assert set("".join(acts)) == set("".join(parts))
