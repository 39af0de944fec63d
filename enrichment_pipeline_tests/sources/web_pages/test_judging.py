"""Which found track is the one asked for, and what it says of the label."""

from __future__ import annotations

from datetime import date

import pytest

from enrichment_pipeline.labels.decision import SELF_RELEASED_NAME
from enrichment_pipeline.sources.questions import TrackQuestion
from enrichment_pipeline.sources.web.judging import Judgement, is_the_track, judge, matches
from enrichment_pipeline.sources.web.pages import FoundTrack
from enrichment_pipeline.sources.web.site import Site
from enrichment_pipeline.sources.web.sites import BANDCAMP, BEATPORT, JUNO
from enrichment_pipeline_tests.sources.web_pages.asked import question


def judged(asked: TrackQuestion, *tracks: FoundTrack, site: Site = BEATPORT) -> Judgement:
    return judge(site, asked, tracks, matches(asked, tracks, "ref"))


def track(title: str = "Lantern Ferry", mix: str | None = "Original Mix", **more: object) -> FoundTrack:
    facts: dict[str, object] = {"artists": ("DJ Pellworm",), "label": "Harbourlight", **more}
    return FoundTrack(title=title, mix=mix, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "found", "outcome", "reason"),
    [
        (question(), (track(release_date=date(2015, 3, 9)),), "hit", "found as exact match on Beatport: Harbourlight, 2015-03-09"),
        (question(), (), "miss", "no results"),
        (question(), (track(mix="Mira Vole Remix"),), "miss", "1 candidate, none passes the version gate"),
        (question(), (track("Margin Notes"), track("Salt")), "miss", "2 candidates, none of this title"),
        (question(), (track(artists=("Mira Vole",)),), "miss", "1 candidate, none by this artist"),
        (question(title="Lantern Ferrys"), (track(),), "hit", "found as fuzzy match on Beatport: Harbourlight"),
        (question(version="Mira Vole Remix"), (track(), track(mix="Mira Vole Remix", label="Tin Owl")), "hit", "found as exact match on Beatport: Tin Owl"),
        (question(version="Mira Vole Remix"), (track("Lantern Ferry (Mira Vole Remix)", "Mira Vole Remix"),), "hit", "found as exact match on Beatport: Harbourlight"),
        (question(version="Mira Vole Remix"), (track(mix="Remix", remixers=("Mira Vole",)),), "hit", "found as exact match on Beatport: Harbourlight"),
        (question(), (track(label=None),), "miss", "found as exact match on Beatport, but no label stands there"),
    ],
)  # fmt: skip
def test_judgements(asked: TrackQuestion, found: tuple[FoundTrack, ...], outcome: str, reason: str) -> None:
    judgement = judged(asked, *found)
    assert (judgement.outcome, judgement.reason) == (outcome, reason)


def test_every_label_is_told_once_with_its_earliest_release() -> None:
    """A track sold again on a compilation of another label must not hide the first."""
    again = track(label="Tin Owl", release_date=date(2019, 1, 1))
    late = track(label="Harbourlight Records", release_date=date(2020, 1, 1), url="https://shop.example/2")
    first = track(release_date=date(2015, 3, 9), url="https://shop.example/1", catalogue_number="HBL026")
    judgement = judged(question(), again, late, first)
    assert judgement.outcome == "hit"
    assert [(f.label, f.release_date, f.url) for f in judgement.labels] == [
        ("Harbourlight", date(2015, 3, 9), "https://shop.example/1"),
        ("Tin Owl", date(2019, 1, 1), None),
    ]
    assert judgement.labels[0].catalogue_number == "HBL026"
    assert judgement.labels[0].raw_answer_ref == "ref"


def test_near_matches_of_several_labels_are_ambiguous() -> None:
    near = (track("Lantern Ferrys"), track("Lantern Ferryy", label="Tin Owl"))
    judgement = judged(question(), *near)
    assert judgement.outcome == "ambiguous"
    assert judgement.reason == "2 near matches on Beatport name Harbourlight, Tin Owl"


def test_a_near_spelling_does_not_stand_beside_an_equal_one() -> None:
    judgement = judged(question(), track("Lantern Ferrys", label="Tin Owl"), track())
    assert [f.label for f in judgement.labels] == ["Harbourlight"]


def test_an_isrc_finds_what_is_spelled_otherwise() -> None:
    asked = question(isrcs=("QZTST1500041",))
    (match,) = matches(asked, [track("Laternenfähre", isrc="QZTST1500041")], "ref")
    assert match.found_by == "isrc"


def test_an_isrc_alone_is_not_enough() -> None:
    """Codes are given twice now and then; artist or title have to agree."""
    asked = question(isrcs=("QZTST1500041",))
    other = track("Salt", artists=("Quillon Sabre",), isrc="QZTST1500041")
    assert matches(asked, [other], "ref") == []


@pytest.mark.parametrize(
    ("account", "label"),
    [
        ("Harbourlight", "Harbourlight"),
        ("DJ Pellworm", None),
        ("dj pellworm", None),
        ("Pellworm", None),
        ("DJ Pellworm Music", None),
    ],
)
def test_an_account_is_a_label_only_when_it_is_not_the_artist(account: str, label: str | None) -> None:
    judgement = judged(question(), track(mix=None, label=account), site=BANDCAMP)
    assert [f.label for f in judgement.labels] == ([label] if label else [])
    if label is None:
        assert judgement == Judgement(
            "miss",
            "found as exact match on Bandcamp, but published by the artist's own account: no label is concluded",
        )


def test_no_label_in_words_is_no_label_of_that_name() -> None:
    (finding,) = judged(question(), track(label="Not On Label")).labels
    assert finding.label == SELF_RELEASED_NAME


def test_a_compilation_is_told() -> None:
    (finding,) = judged(question(), track(mix=None, is_on_compilation=True), site=JUNO).labels
    assert finding.release_kind == "compilation"


def test_a_release_of_its_own_comes_before_a_compilation() -> None:
    early = track(is_on_compilation=True, release_date=date(2014, 1, 1), label="Tin Owl")
    first, second = judged(question(), early, track(release_date=date(2015, 3, 9))).labels
    assert (first.label, first.release_kind) == ("Harbourlight", None)
    assert (second.label, second.release_kind) == ("Tin Owl", "compilation")


def test_the_known_good_track_is_known_in_any_version() -> None:
    assert is_the_track(track(mix="Mira Vole Remix"), "DJ Pellworm", "Lantern Ferry")
    assert not is_the_track(track("Salt"), "DJ Pellworm", "Lantern Ferry")
