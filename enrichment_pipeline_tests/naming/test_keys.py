"""Canonical keys: which spellings are one name, and which are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.naming.keys import (
    artist_key,
    catalogue_number_key,
    fold,
    label_key,
    title_key,
    version_key,
)

SAME_ARTIST = [
    ("hyphen and space", "Pan-Pot", "Pan Pot", "panpot"),
    ("written together", "Panpot", "PAN POT", "panpot"),
    ("leading the", "The Persuader", "Persuader", "persuader"),
    ("country tag", "Marlow (UK)", "Marlow", "marlow"),
    ("country tag in square brackets", "Marlow [DE]", "marlow", "marlow"),
    ("accents", "Âme", "Ame", "ame"),
    ("letters unicode does not take apart", "Kölsch Ø", "Kolsch O", "kolscho"),
    ("ligature", "Ægir", "Aegir", "aegir"),
    ("sharp s", "Straße", "STRASSE", "strasse"),
    ("ampersand", "Above & Beyond", "Above and Beyond", "abovebeyond"),
    ("plus", "Above + Beyond", "above & beyond", "abovebeyond"),
    ("n between words", "Prok 'n' Fitch", "Prok & Fitch", "prokfitch"),
    ("n in a name spelled out", "M A R N I K", "Marnik", "marnik"),
    ("dots of an abbreviation", "S.P.Y", "SPY", "spy"),
    ("dots at the end", "B.B.E.", "BBE", "bbe"),
    ("apostrophes", "Catz 'N Dogz", "Catz ’n Dogz", "catzdogz"),
    ("slash", "AC/DC", "AC DC", "acdc"),
    ("dollar", "A$AP", "ASAP", "asap"),
    ("at sign", "D@n", "Dan", "dan"),
    ("entity", "Drum &amp; Base", "Drum & Base", "drumbase"),
    ("zero width space", "Ga\u200bia", "Gaia", "gaia"),
    ("full width letters", "Ｇａｉａ", "Gaia", "gaia"),
    ("doubled spaces", "  Sasha   Carassi ", "Sasha Carassi", "sashacarassi"),
]
OTHER_ARTIST = [
    ("one letter", "Pole", "Pola"),
    ("a name that begins with the", "Theo", "o"),
    ("and at the end of a name", "The And", "The"),
    ("digits", "Channel 1", "Channel 2"),
    ("signs are a name", "!!!", "???"),
    ("another script", "Глеб", "Gleb"),
]


@pytest.mark.parametrize(
    ("one", "other", "key"), [c[1:] for c in SAME_ARTIST], ids=[c[0] for c in SAME_ARTIST]
)
def test_spellings_of_one_artist_share_a_key(one, other, key):
    assert artist_key(one) == artist_key(other) == key


@pytest.mark.parametrize(("one", "other"), [c[1:] for c in OTHER_ARTIST], ids=[c[0] for c in OTHER_ARTIST])
def test_other_artists_have_other_keys(one, other):
    assert artist_key(one) != artist_key(other)


def test_a_name_of_signs_is_its_own_key_and_only_blank_has_none():
    assert artist_key("!!!") == "!!!"
    assert artist_key("   ") == ""


SAME_TITLE = [
    ("case", "Drop The Bomb", "drop the bomb", "dropthebomb"),
    ("punctuation", "Who's Afraid?", "Whos Afraid", "whosafraid"),
    ("the stays", "The Bells", "the bells", "thebells"),
    ("part", "Voyage Part 2", "Voyage Pt. 2", "voyagept2"),
    ("volume", "Tools Vol. 3", "Tools Volume 3", "toolspt3"),
    ("and", "Rock 'n' Roll", "Rock and Roll", "rockandroll"),
    ("ampersand", "Black & White", "Black And White", "blackandwhite"),
    ("hyphen", "Re-Start", "Restart", "restart"),
    ("number sign", "Ficken #3", "Ficken 3", "ficken3"),
]
OTHER_TITLE = [
    ("part", "Voyage Part 1", "Voyage Part 2"),
    ("the counts in a title", "The Bells", "Bells"),
    ("number", "Track 1", "Track 11"),
]


@pytest.mark.parametrize(("one", "other", "key"), [c[1:] for c in SAME_TITLE], ids=[c[0] for c in SAME_TITLE])
def test_spellings_of_one_title_share_a_key(one, other, key):
    assert title_key(one) == title_key(other) == key


@pytest.mark.parametrize(("one", "other"), [c[1:] for c in OTHER_TITLE], ids=[c[0] for c in OTHER_TITLE])
def test_other_titles_have_other_keys(one, other):
    assert title_key(one) != title_key(other)


SAME_LABEL = [
    ("company word", "Drumcode Records", "Drumcode", "drumcode"),
    ("recordings", "Hospital Recordings", "Hospital", "hospital"),
    ("two company words", "Toolroom Music Ltd.", "Toolroom", "toolroom"),
    ("plus", "SCI + TEC", "Sci-Tec Records", "scitec"),
    ("leading the", "The Bunker", "Bunker", "bunker"),
    ("gmbh", "Kompakt GmbH", "KOMPAKT", "kompakt"),
    ("apostrophe", "Spinnin' Records", "Spinnin", "spinnin"),
    ("exclamation", "Ilian Tape!", "ilian tape", "iliantape"),
    ("accents", "Solä", "Sola", "sola"),
    ("and", "Lost & Found", "Lost and Found", "lostfound"),
]
OTHER_LABEL = [
    ("sub-label", "Toolroom", "Toolroom Trax"),
    ("colour", "Octopus", "Octopus Black"),
    ("number", "Token 1", "Token 2"),
]


@pytest.mark.parametrize(("one", "other", "key"), [c[1:] for c in SAME_LABEL], ids=[c[0] for c in SAME_LABEL])
def test_spellings_of_one_label_share_a_key(one, other, key):
    assert label_key(one) == label_key(other) == key


@pytest.mark.parametrize(("one", "other"), [c[1:] for c in OTHER_LABEL], ids=[c[0] for c in OTHER_LABEL])
def test_other_labels_have_other_keys(one, other):
    assert label_key(one) != label_key(other)


@pytest.mark.parametrize("name", ["Records", "The Recordings", "Music Co", "Audio"])
def test_a_label_of_company_words_alone_keeps_them(name):
    assert label_key(name)


NUMBERS = [
    ("leading zeros", "DC 001", "dc1"),
    ("hyphen", "DC-01", "dc1"),
    ("zeros inside a number stay", "Freakin 909", "freakin909"),
    ("zeros at the end stay", "TRM100", "trm100"),
    ("only zeros", "X000", "x0"),
    ("letters behind", "IT023D", "it23d"),
    ("blank", "", ""),
]


@pytest.mark.parametrize(("written", "key"), [c[1:] for c in NUMBERS], ids=[c[0] for c in NUMBERS])
def test_catalogue_numbers(written, key):
    assert catalogue_number_key(written) == key


VERSIONS = [
    ("no mention", [], None, [], ""),
    ("original mix", ["original"], "Original Mix", [], ""),
    ("radio edit is the same recording", ["radio"], "Radio Edit", [], ""),
    ("remix by one", ["remix"], "Gaia Remix", ["Gaia"], "by:gaia"),
    ("edit by the same hand", ["edit"], "Gaia Edit", ["Gaia"], "by:gaia"),
    ("two remixers in any order", ["remix"], "B & A Remix", ["B", "A"], "by:a,b"),
    ("live of a remixer is another", ["live"], "Gaia Live", ["Gaia"], "by:gaia:live"),
    ("bootleg is another", ["bootleg"], "Gaia Bootleg", ["Gaia"], "by:gaia:bootleg"),
    ("dub of nobody", ["dub"], "Dub Mix", [], "dub:dubmix"),
    ("named mix", ["other"], "Terrace Mix", [], "other:terracemix"),
    ("original and dub", ["original", "dub"], "Dub", [], "dub:dub"),
]


@pytest.mark.parametrize(
    ("kinds", "texts", "remixers", "key"), [c[1:] for c in VERSIONS], ids=[c[0] for c in VERSIONS]
)
def test_versions(kinds, texts, remixers, key):
    assert version_key(kinds, texts, remixers) == key


def test_a_differing_remixer_is_another_version():
    assert version_key(["remix"], None, ["One"]) != version_key(["remix"], None, ["Two"])


# "&" begins entities, whose names are not the same in capitals
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="&"), max_size=30)
KEYS = [fold, artist_key, title_key, label_key, catalogue_number_key]


@pytest.mark.parametrize("key", KEYS, ids=lambda f: f.__name__)
@given(text=TEXT)
def test_a_key_is_its_own_key(key, text):
    assert key(key(text)) == key(text)


@pytest.mark.parametrize("key", KEYS, ids=lambda f: f.__name__)
@given(
    text=st.text(
        st.characters(codec="latin-1", exclude_categories=("Cc",), exclude_characters="&"), max_size=30
    )
)
def test_case_does_not_matter(key, text):
    assert key(text.casefold()) == key(text)


@given(text=TEXT)
def test_folding_leaves_single_spaces_and_no_signs(text):
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert all(c.isalnum() or c == " " or not c.isascii() for c in folded)
