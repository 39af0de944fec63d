"""The catalogue of the simulated web: what is in it follows from the tracks and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from enrichment_pipeline_tests.sources.web import NO_LABEL, Catalogue, SimulatedTrack
from enrichment_pipeline_tests.sources.web.catalogue import EVERYWHERE, NO_LABEL_ID, SOURCES

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
TITLES = ["Hollow Bell", "Low Water Mark", "Resin", "Causeway", "Rivet Hymn", "Paper Lanterns Only"]
LINES = [
    (
        f"Artist {n % 60}",
        f"{TITLES[n % 6]} {n}",
        "Ida Merle Remix" if n % 5 == 0 else None,
        label,
        2000 + n % 20,
    )
    for n in range(1500)
    for label in [f"Label {n % 40}" if n % 3 else None]
]


def test_recordings_are_told_apart_by_artist_title_and_version() -> None:
    catalogue = Catalogue.of(
        [
            SimulatedTrack("Ida Merle", "Resin", label="Low Orchard"),
            SimulatedTrack("IDA MERLE", "Resin", "Extended Mix", label="Later", kind="compilation"),
            SimulatedTrack("Ida Merle", "Resin", "Quillon Sabre Remix", label="Low Orchard"),
        ]
    )
    assert sorted(r.title for r in catalogue.recordings.values()) == ["Resin", "Resin (Quillon Sabre remix)"]
    assert catalogue.truth("Ida Merle", "resin") == "Low Orchard"
    assert catalogue.truth("Ida Merle", "Resin", "Original Mix") == "Low Orchard"
    assert catalogue.truth("Ida Merle", "Resin", "Somebody's Remix") is None


def test_a_compilation_never_decides_the_label_whatever_the_order() -> None:
    catalogue = Catalogue.of(
        [
            SimulatedTrack("Ida Merle", "Resin", label="Sampler House", kind="compilation"),
            SimulatedTrack("Ida Merle", "Resin", label="Low Orchard", known_to=frozenset({"discogs"})),
        ]
    )
    assert catalogue.truth("Ida Merle", "Resin") == "Low Orchard"
    assert catalogue.sources_with("Ida Merle", "Resin") == {"discogs"}


def test_self_released_and_missing_labels_are_two_things() -> None:
    catalogue = Catalogue.of(
        [
            SimulatedTrack("Ida Merle", "Resin", label=None),
            SimulatedTrack("Ida Merle", "Causeway", label="Low Orchard", label_is_missing=True),
        ]
    )
    infos = [release.label_infos[0] for release in catalogue.releases.values()]
    assert infos[0].label is not None
    assert infos[0].label.id == NO_LABEL_ID
    assert infos[1].label is None
    assert infos[1].catalogue_number
    assert catalogue.truth("Ida Merle", "Resin") == NO_LABEL
    assert catalogue.truth("Ida Merle", "Causeway") == "Low Orchard"


def test_the_same_lines_make_the_same_world() -> None:
    one, same, other = (Catalogue.from_lines(LINES, seed=seed) for seed in ("a", "a", "b"))
    assert list(one.releases.values()) == list(same.releases.values())
    assert list(one.releases) != list(other.releases)


def test_every_trouble_is_there_and_knowledge_is_spread() -> None:
    catalogue = Catalogue.from_lines(LINES)
    releases = list(catalogue.releases.values())
    assert {release.kind for release in releases} == {
        "single",
        "ep",
        "album",
        "compilation",
        "dj-mix",
        "bootleg",
    }
    assert any(len(release.label_infos) == 2 for release in releases)
    assert any(info.label is None for release in releases for info in release.label_infos)
    assert any(NO_LABEL_ID in {i.label.id for i in r.label_infos if i.label} for r in releases)
    assert {len(release.date) for release in releases} == {0, 4, 7, 10}
    assert catalogue.old_id
    named = {(artist, title, version) for artist, title, version, _, _ in LINES}
    shares = {
        source: sum(source in catalogue.sources_with(*track) for track in named) / len(named)
        for source in SOURCES
    }
    assert shares["musicbrainz"] == pytest.approx(0.60, abs=0.05)
    assert shares["discogs"] == pytest.approx(0.50, abs=0.05)
    assert shares["beatport"] == pytest.approx(0.65, abs=0.05)
    assert shares["traxsource"] == pytest.approx(0.45, abs=0.05)


def test_labels_of_the_lines_are_the_truth() -> None:
    catalogue = Catalogue.from_lines(LINES)
    for artist, title, version, label, _ in LINES:
        truth = catalogue.truth(artist, title, version)
        assert truth == label if label else truth is not None


def test_an_unlabelled_line_gets_a_label_of_its_artist() -> None:
    lines = [("Ida Merle", f"Title {n}", None, "Low Orchard" if n < 5 else None, 2010) for n in range(50)]
    catalogue = Catalogue.from_lines(lines)
    assert {catalogue.truth("Ida Merle", f"Title {n}") for n in range(50)} <= {"Low Orchard", NO_LABEL}


def test_the_example_becomes_a_catalogue() -> None:
    catalogue = Catalogue.from_tracklists(EXAMPLE)
    assert catalogue.truth("Quillon Sabre", "Envelope Please") == "Ninth Pier Records"
    assert len(catalogue.tracks) > 50
    assert all(catalogue.known_to(source) for source in EVERYWHERE)
    assert len(Catalogue.from_tracklists(EXAMPLE, limit=3).tracks) < 12


def test_of_the_example_something_is_known_to_shop_pages_alone() -> None:
    """Otherwise the demo never shows the last tier."""
    catalogue = Catalogue.from_tracklists(EXAMPLE)
    assert catalogue.sources_with("Midfielder", "Offside Heart", "Bootleg") == {"juno", "traxsource"}
