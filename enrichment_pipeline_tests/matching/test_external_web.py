"""From a line without an artist to a named candidate: titles asked of the simulated web, answers as evidence."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from enrichment_pipeline.labels.build import write_track_labels, write_unresolved
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.store import EXTERNAL_TABLES, write_title_questions
from enrichment_pipeline.sources.asking import ask
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.title_hunt import hunt_titles
from enrichment_pipeline_tests.catalogue.lakes import fill_lake
from enrichment_pipeline_tests.sources.demo import simulated_environment
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedTrack, SimulatedWeb

_TRACKS = (
    SimulatedTrack("Harrow Vane", "Salt Meridian", label="Northlight"),
    SimulatedTrack("Other Namesake", "Salt Meridian", label="Elsewhere"),
)
_LINES = [
    "Mira Solenne - Overcast [Quayside]",
    "ID - Salt Meridian [Northlight]",
    "ID - Never Released [Northlight]",
]
_NOW = datetime(2024, 5, 4, 12, tzinfo=UTC)


def test_a_title_only_outside_sources_know_gets_its_artist(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    fill_lake(lake, {"a": _LINES})
    write_track_labels(lake, BUCKET_KEYS, None)
    write_unresolved(lake, BUCKET_KEYS)
    assert sum(write_title_questions(lake, BUCKET_KEYS).values()) == 2
    with SimulatedWeb(Catalogue.of(_TRACKS)).running() as web:
        surroundings = Surroundings(lake.root, simulated_environment(web), lambda: _NOW)
        way, sources = hunt_titles(lake, surroundings)
        with ExitStack() as stack:
            for source in sources:
                stack.enter_context(closing(source))
            ask(lake, way, sources, BUCKET_KEYS, surroundings)
    with lake.connect(["plays", "unresolved_tracks", *EXTERNAL_TABLES]) as con:
        questions.teach(con, "true")
        questions.ask_unknown(
            con, "select track_key, null::varchar as label_key from unresolved_tracks where artist_missing"
        )
        evidence.number_everything(con)
        evidence.gather(con)
        external = next(c for c in COMPARISONS if c.name == "external")
        found = con.execute(
            f"select q.title_key, n.key, {external.sql()} from ({questions.visible(VISIBILITIES[0])}) p"
            " join question q using (question_no) join artist_no n on n.no = p.artist_no order by 1, 2"
        ).fetchall()
    words = {
        (title, artist): external.levels[len(external.levels) - 1 - n].words for title, artist, n in found
    }
    assert words["saltmeridian", "harrowvane"].startswith("title, version and label")
    assert words["saltmeridian", "mirasolenne"] == "title and version under other names only"
    assert words["neverreleased", "mirasolenne"] == "asked, and nobody named"
