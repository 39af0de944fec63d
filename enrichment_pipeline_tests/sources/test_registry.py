"""Every source as users see it: the README's table, and what turns each on."""

from __future__ import annotations

from pathlib import Path

from enrichment_pipeline.labels.sources import OUTSIDE_EVIDENCE
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.registry import SOURCES, label_sources, markdown_table, states, title_sources
from enrichment_pipeline.sources.surroundings import Surroundings

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_shows_the_sources_there_are() -> None:
    text = README.read_text(encoding="utf-8")
    shown = text.split("<!-- sources -->")[1].split("<!-- /sources -->")[0].strip()
    assert shown == markdown_table()


def test_without_settings_every_source_is_off_and_says_what_turns_it_on(lake: Lake) -> None:
    for entry, reason in states(lake, Surroundings(lake.root, {})):
        assert reason is not None, entry.name
        assert "ENRICHMENT_" in reason, entry.name


def test_with_a_contact_musicbrainz_alone_is_on(lake: Lake) -> None:
    on = [
        e.name
        for e, why in states(lake, Surroundings(lake.root, {"ENRICHMENT_CONTACT": "a@b.example"}))
        if why is None
    ]
    assert on == ["musicbrainz"]


def test_every_table_of_evidence_has_its_sources_and_names_are_those_of_the_registry(lake: Lake) -> None:
    surroundings = Surroundings(lake.root, {})
    named = [source.name for table in OUTSIDE_EVIDENCE for source in label_sources(table, lake, surroundings)]
    assert named == [entry.name for entry in SOURCES]
    assert [source.name for source in title_sources(lake, surroundings)] == [
        e.name for e in SOURCES if e.titles
    ]
