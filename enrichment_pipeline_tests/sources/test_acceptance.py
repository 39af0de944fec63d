"""The label hunt as a user runs it: real Dagster runs over a real lake, against the simulated web.

(a) a well-known track without a bracket is answered by tier 2, and the log says so; (b) the Songstats check with and
without a key; (c) a track that only a shop knows goes 1 -> 2 -> 3 in that order. And what holds for all of it: the
second run asks nobody, and offline everything comes out the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.assets import catalogue, ingest, labels, sources
from enrichment_pipeline.cli_doctor import doctor
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.orchestration.driver import StageResult, run_all
from enrichment_pipeline.orchestration.groups import Stage
from enrichment_pipeline.orchestration.instance import open_instance
from enrichment_pipeline.orchestration.resources import InboxResource, LakeResource
from enrichment_pipeline_tests.sources.demo import simulated_environment
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedTrack, SimulatedWeb

KNOWN_TO_ALL = ("Harrow Vane", "Salt Meridian", "Northlight")
KNOWN_TO_A_SHOP = ("Pell Ottery", "Cellar Door Key", "Gablefold")
KNOWN_TO_DISCOGS = ("Juno Brack", "Ash Weather", "Tidewrack")
KNOWN_TO_NOBODY = ("Wend", "Unheard Of")
TRACKS = (
    SimulatedTrack(*KNOWN_TO_ALL[:2], label=KNOWN_TO_ALL[2], isrc="GBZZZ2600001", supports=(57, 131)),
    SimulatedTrack(*KNOWN_TO_ALL[:2], version="Orrin Pike Remix", label="Wrong Label"),
    SimulatedTrack(*KNOWN_TO_A_SHOP[:2], label=KNOWN_TO_A_SHOP[2], known_to=frozenset({"traxsource"})),
    SimulatedTrack(*KNOWN_TO_DISCOGS[:2], label=KNOWN_TO_DISCOGS[2], known_to=frozenset({"discogs"})),
)
# Lines with a label, so that there is a catalogue at all; and the four that are asked for.
LINES = (
    "Harrow Vane - Salt Meridian",
    "Pell Ottery - Cellar Door Key",
    "Juno Brack - Ash Weather",
    "Wend - Unheard Of",
    "Mira Solenne - Overcast [Quayside]",
    "Mira Solenne - Undertow [Quayside]",
    "ID - ID",
)
STAGES = ("ingest_files", "ingest_months", "build_catalogue", "load_dumps", "label_tracks")
ASKED = tuple(name for name in TABLES if name.endswith(("_lookups", "_labels", "_supports", "_questions")))


class Silent:
    def started(self, stage: Stage, number: int, of: int) -> None:
        pass

    def finished(self, result: StageResult, number: int, of: int) -> None:
        pass


@dataclass
class World:
    lake: Lake
    web: SimulatedWeb
    inbox: Path

    def run(self) -> None:
        """The stages of the label hunt, as `enrich run` runs them."""
        definitions = build_defs(
            resources={
                "lake": LakeResource(data_folder=str(self.lake.root)),
                "inbox": InboxResource(folder=str(self.inbox)),
            },
            layers=(ingest, catalogue, labels, sources),
        )
        with open_instance(self.lake.root) as instance:
            run_all(definitions, instance, self.lake, Silent(), only=STAGES)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.lake.connect() as con:
            return con.execute(sql).fetchall()

    def label_of(self, title: str) -> tuple[Any, ...]:
        return self.rows(
            "select label, tier, source, tier_log from track_labels join tracks using (track_key)"
            f" where title = '{title}' and version_key = ''"
        )[0]

    def outcomes(self, title: str) -> dict[str, str]:
        lookups = " union all by name ".join(f"from {t}" for t in TABLES if t.endswith("_lookups"))
        return dict(
            self.rows(
                f"select source, outcome from ({lookups}) join tracks using (track_key) where title = '{title}'"
            )
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hunt")
    inbox = folder / "inbox"
    inbox.mkdir()
    (inbox / "2025-03-01 - Somebody - Night.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    with SimulatedWeb(Catalogue.of(TRACKS)).running() as web, pytest.MonkeyPatch.context() as patch:
        for name, value in simulated_environment(web).items():
            patch.setenv(name, value)
        world = World(Lake(folder / "data"), web, inbox)
        world.run()
        yield world


@pytest.fixture(autouse=True)
def simulated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test sees the simulated web, though tests in general see no settings at all."""
    for name, value in simulated_environment(world.web).items():
        monkeypatch.setenv(name, value)


def test_a_well_known_track_without_bracket_is_answered_by_tier_2(world: World) -> None:
    label, tier, source, log = world.label_of("Salt Meridian")
    # Songstats finds it by the ISRC that MusicBrainz gave, and is surer by that
    assert (label, tier, source) == ("Northlight", "2 open sources", "songstats")
    assert log.startswith("tier 1 title: no bracket → tier 1b catalogue: ")
    assert "→ tier 2 musicbrainz: found Northlight" in log
    # whoever comes later is not bothered
    assert "discogs" not in world.outcomes("Salt Meridian")
    assert "tier 3" not in log


def test_supports_are_counted_for_a_track_whose_label_is_found(world: World) -> None:
    assert world.rows(
        "select is_on_tracklists, unique_support, total_support from songstats_dj_supports join tracks using (track_key)"
        " where title = 'Salt Meridian'"
    ) == [(True, 57, 131)]


def test_a_track_only_a_shop_knows_goes_through_the_tiers_in_order(world: World) -> None:
    label, tier, source, log = world.label_of("Cellar Door Key")
    assert (label, tier, source) == ("Gablefold", "3 web pages", "traxsource")
    steps = [
        "tier 1 title: no bracket",
        "tier 1b catalogue",
        "tier 2 musicbrainz",
        "tier 2 discogs",
        "tier 2 beatport_api",
        "tier 2 songstats",
        "tier 3 traxsource: found Gablefold",
    ]
    places = [log.index(step) for step in steps]
    assert places == sorted(places)
    first = {
        host: min(seen.arrived_at for seen in world.web.requests_to(host))
        for host in ("musicbrainz", "discogs", "traxsource")
    }
    assert first["musicbrainz"] < first["discogs"] < first["traxsource"]


def test_within_a_tier_the_next_is_asked_for_what_the_first_lacks(world: World) -> None:
    label, tier, source, _ = world.label_of("Ash Weather")
    assert (label, tier, source) == ("Tidewrack", "2 open sources", "discogs")
    assert world.outcomes("Ash Weather")["musicbrainz"] == "miss"
    assert "traxsource" not in world.outcomes("Ash Weather")


def test_what_nobody_knows_is_missed_by_all_and_blamed_on_none(world: World) -> None:
    label, tier, _, log = world.label_of("Unheard Of")
    assert (label, tier) == (None, None)
    outcomes = world.outcomes("Unheard Of")
    assert {name for name, outcome in outcomes.items() if outcome == "miss"} >= {
        "musicbrainz", "discogs", "beatport_api", "songstats", "beatport_web", "traxsource", "bandcamp",
    }  # fmt: skip
    assert "found" not in log


def test_a_second_run_asks_nobody(world: World) -> None:
    before, files = len(world.web.requests), hashes(world.lake)
    world.run()
    assert len(world.web.requests) == before
    assert hashes(world.lake) == files


def test_offline_everything_comes_out_the_same_byte_for_byte(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = len(world.web.requests)
    elsewhere = World(Lake(tmp_path / "data"), world.web, world.inbox)
    shutil.copytree(world.lake.root / "answers", elsewhere.lake.root / "answers")
    monkeypatch.setenv("ENRICHMENT_OFFLINE", "1")
    elsewhere.run()
    assert len(world.web.requests) == asked
    assert hashes(elsewhere.lake) == hashes(world.lake)


def hashes(lake: Lake) -> dict[str, bytes]:
    """Every file of the tables that outside sources fill."""
    files = [file for table in ASKED for file in lake.files(table) if table != "track_labels"]
    assert files
    return {str(file.relative_to(lake.folder)): file.read_bytes() for file in files}


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        (None, 0, "set ENRICHMENT_SONGSTATS_KEY"),
        ("simulated-songstats-key", 0, "ok    Songstats: "),
        ("a-wrong-key", 1, "look  Songstats: "),
    ],
)
def test_the_songstats_check(
    key: str | None,
    code: int,
    words: str,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ENRICHMENT_DATA", str(data))
    if key is None:
        monkeypatch.delenv("ENRICHMENT_SONGSTATS_KEY")
    else:
        monkeypatch.setenv("ENRICHMENT_SONGSTATS_KEY", key)
    assert doctor() == code
    said = capsys.readouterr().out
    assert words in said
    assert "a-wrong-key" not in said
