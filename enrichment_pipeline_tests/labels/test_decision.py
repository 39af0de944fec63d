"""The decision rule as a table of cases."""

from __future__ import annotations

from datetime import date

import pytest

from enrichment_pipeline.labels.decision import (
    ACCEPT_AT,
    CATALOGUE_TIER,
    OPEN_TIER,
    SELF_RELEASED_KEY,
    TITLE_TIER,
    WEB_TIER,
    LabelCandidate,
    decide,
    is_self_released,
)

SURE, UNSURE = 0.95, 0.3


def text(label, votes=1, **more):
    return LabelCandidate(label, label.title(), TITLE_TIER, "title", SURE, votes=votes, **more)


def inside(label, confidence=SURE, **more):
    return LabelCandidate(label, label.title(), CATALOGUE_TIER, "catalogue exact", confidence, **more)


def release(label, kind=None, confidence=SURE, tier=OPEN_TIER, **more):
    return LabelCandidate(label, label.title(), tier, "musicbrainz", confidence, release_kind=kind, **more)


CASES = [
    ("nothing known", [], "none", None),
    ("the text's own bracket", [text("quay")], "accepted", "quay"),
    (
        "the text stands however unsure",
        [LabelCandidate("quay", "Quay", TITLE_TIER, "title", 0.2)],
        "accepted",
        "quay",
    ),
    ("the text before a surer catalogue", [inside("pier", 0.99), text("quay")], "accepted", "quay"),
    ("more plays of the track", [text("pier", 1), text("quay", 3)], "accepted", "quay"),
    (
        "as many plays: the earlier set",
        [text("pier", earliest=date(2016, 1, 1)), text("quay", earliest=date(2014, 1, 1))],
        "accepted",
        "quay",
    ),
    (
        "as many plays, one without a date",
        [text("pier"), text("quay", earliest=date(2019, 1, 1))],
        "accepted",
        "quay",
    ),
    ("a tie in everything: the alphabet", [text("quay"), text("pier")], "accepted", "pier"),
    ("the surer inside the catalogue", [inside("pier", 0.7), inside("quay", 0.9)], "accepted", "quay"),
    ("just sure enough", [inside("quay", ACCEPT_AT)], "accepted", "quay"),
    ("not sure enough", [inside("quay", ACCEPT_AT - 0.01)], "candidate", "quay"),
    (
        "the likeliest of the unsure leads",
        [inside("quay", 0.2), release("pier", "single", 0.5)],
        "candidate",
        "pier",
    ),
    ("an unsure tier passes on", [inside("pier", UNSURE), release("quay", "single")], "accepted", "quay"),
    ("an earlier tier answers", [release("pier", "single"), inside("quay")], "accepted", "quay"),
    (
        "open sources before web pages",
        [release("pier", "single", tier=WEB_TIER), release("quay", "single")],
        "accepted",
        "quay",
    ),
    ("single before EP", [release("pier", "ep"), release("quay", "single")], "accepted", "quay"),
    ("EP before album", [release("pier", "album"), release("quay", "ep")], "accepted", "quay"),
    ("album before an unknown kind", [release("pier"), release("quay", "album")], "accepted", "quay"),
    (
        "the kind before the date",
        [
            release("pier", "album", earliest=date(2001, 1, 1)),
            release("quay", "single", earliest=date(2009, 1, 1)),
        ],
        "accepted",
        "quay",
    ),
    (
        "the earlier of two singles",
        [
            release("pier", "single", earliest=date(2009, 1, 1)),
            release("quay", "single", earliest=date(2008, 1, 1)),
        ],
        "accepted",
        "quay",
    ),
    (
        "a dated release before one without date",
        [release("pier", "single"), release("quay", "single", earliest=date(2008, 1, 1))],
        "accepted",
        "quay",
    ),
    (
        "imprint before distributor",
        [release("pier", "single", is_distributor=True), release("quay", "single")],
        "accepted",
        "quay",
    ),
    (
        "the kind before sureness",
        [release("pier", "album", 0.99), release("quay", "single", 0.8)],
        "accepted",
        "quay",
    ),
    (
        "a compilation is dropped",
        [release("pier", "compilation", earliest=date(1999, 1, 1)), release("quay", "album")],
        "accepted",
        "quay",
    ),
    ("a DJ mix is dropped", [release("pier", "dj-mix"), release("quay", "album")], "accepted", "quay"),
    ("a bootleg is dropped", [release("pier", "bootleg"), release("quay", "album")], "accepted", "quay"),
    (
        "various artists are dropped",
        [release("pier", "various artists"), release("quay", "album")],
        "accepted",
        "quay",
    ),
    (
        "a compilation is dropped for a later tier",
        [release("pier", "compilation"), release("quay", "ep", tier=WEB_TIER)],
        "accepted",
        "quay",
    ),
    (
        "a compilation where nothing else is left",
        [release("quay", "compilation"), inside("pier", UNSURE)],
        "accepted",
        "quay",
    ),
    (
        "self-released is a known fact",
        [release(SELF_RELEASED_KEY, "single")],
        "self-released",
        SELF_RELEASED_KEY,
    ),
    ("self-released by the text", [text(SELF_RELEASED_KEY)], "self-released", SELF_RELEASED_KEY),
    ("perhaps self-released", [release(SELF_RELEASED_KEY, "single", UNSURE)], "candidate", SELF_RELEASED_KEY),
]


@pytest.mark.parametrize(
    ("candidates", "status", "chosen"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_decision(candidates, status, chosen):
    for given in (candidates, candidates[::-1]):
        decision = decide(given)
        assert decision.status == status
        assert (decision.chosen.label_key if decision.chosen else None) == chosen
        assert sorted(c.label_key for c in decision.ranked) == sorted(c.label_key for c in candidates)


def test_all_candidates_are_kept_in_order():
    decision = decide([inside("pier", 0.8), text("quay"), release("dock", "single")])
    assert [c.label_key for c in decision.ranked] == ["quay", "pier", "dock"]
    assert decision.tier == TITLE_TIER
    assert decide([]).tier is None


def test_an_unknown_tier_is_an_error():
    with pytest.raises(ValueError, match="unknown tier '9 guess'"):
        decide([LabelCandidate("quay", "Quay", "9 guess", "x", 1.0)])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("[no label]", True),
        ("Not On Label", True),
        ("Not On Label (Marlow Self-released)", True),
        ("Self-Released", True),
        ("SELF RELEASE", True),
        ("Self", False),
        ("No Label Records", False),
        ("No. 19 Music", False),
        ("Label", False),
        ("", False),
    ],
)
def test_words_for_no_label(name, expected):
    assert is_self_released(name) is expected
