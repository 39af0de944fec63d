"""A dump as a source and as assets: loaded once, asked before any API, dated by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from enrichment_pipeline.assets import sources
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming import keys
from enrichment_pipeline.orchestration.resources import LakeResource
from enrichment_pipeline.sources.dump_source import DumpSource
from enrichment_pipeline.sources.dumps.loaded import dump_date, loaded_dump
from enrichment_pipeline.sources.dumps.loads import load_dump
from enrichment_pipeline.sources.dumps.report import DumpChecksumError
from enrichment_pipeline.sources.questions import TitleQuestion, TrackQuestion
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline_tests.sources.dumps.tiny import write_tiny

NOW = datetime(2026, 11, 20, tzinfo=UTC)
VARIABLE = "ENRICHMENT_MUSICBRAINZ_DUMP"


def surroundings(lake: Lake, **environment: str) -> Surroundings:
    return Surroundings(lake.root, environment, lambda: NOW)


def source(lake: Lake) -> DumpSource:
    return DumpSource(lake, name="musicbrainz_dump", table="mb_track_labels", variable=VARIABLE)


def question(
    title: str, *, artist: str = "Mirka Vorn", version: str | None = None, version_key: str = ""
) -> TrackQuestion:
    return TrackQuestion(
        f"{artist} - {title} - {version}",
        artist,
        (artist,),
        (keys.artist_key(artist),),
        title,
        keys.title_key(title),
        version,
        version_key,
    )


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "dump")


def test_without_a_dump_it_is_off_and_says_what_to_set(lake: Lake) -> None:
    assert VARIABLE in (source(lake).off_reason or "")
    assert VARIABLE in load_dump(lake, "mb_track_labels", surroundings(lake)).words


def test_a_dump_is_loaded_once_and_again_when_asked(lake: Lake, dump: Path) -> None:
    world = surroundings(lake, **{VARIABLE: str(dump)})
    assert load_dump(lake, "mb_track_labels", world).report is not None
    again = load_dump(lake, "mb_track_labels", world)
    assert again.report is None
    assert "already" in again.words
    assert load_dump(lake, "mb_track_labels", world, again=True).report is not None
    assert "stand" in load_dump(lake, "mb_track_labels", surroundings(lake)).words
    noted = loaded_dump(lake, "mb_track_labels")
    assert noted is not None
    assert noted.rows > 0


def test_an_address_is_not_asked_offline_nor_without_saying_who_asks(lake: Lake) -> None:
    address = {VARIABLE: "https://dumps.example/fullexport"}
    assert "ENRICHMENT_CONTACT" in load_dump(lake, "mb_track_labels", surroundings(lake, **address)).words
    offline = surroundings(lake, **address, ENRICHMENT_OFFLINE="1", ENRICHMENT_CONTACT="a@b.example")
    assert "offline" in load_dump(lake, "mb_track_labels", offline).words


def test_the_source_answers_from_the_dump_with_the_dumps_own_date(lake: Lake, dump: Path) -> None:
    load_dump(lake, "mb_track_labels", surroundings(lake, **{VARIABLE: str(dump)}))
    title = "Glass Harbour"  # written with "(Extended Mix)", which is no version of its own
    asked = source(lake)
    assert asked.off_reason is None
    found, unknown, other = asked.look_up(
        [
            question(title),
            question("Never Heard"),
            question(title, version="Somebody Remix", version_key="by:somebody"),
        ]
    )
    assert found.outcome == "hit"
    assert {finding.label for finding in found.labels} == {"Kelp Recordings", "Big Parcel"}
    assert (unknown.outcome, other.outcome) == ("miss", "miss")
    noted = loaded_dump(lake, "mb_track_labels")
    assert noted is not None
    assert found.asked_at == noted.dumped_at
    titled, nobody = asked.look_up_titles(
        [TitleQuestion("t", title, keys.title_key(title)), TitleQuestion("n", "Never Heard", "neverheard")]
    )
    assert "Mirka Vorn" in [finding.artist for finding in titled.artists]
    assert nobody.outcome == "miss"


def test_the_asset_loads_it_and_a_damaged_one_fails_at_once_with_words(
    lake: Lake, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = build_defs(resources={"lake": LakeResource(data_folder=str(lake.root))}, layers=[sources])
    job = definitions.resolve_job_def("load_dumps")
    with dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv(VARIABLE, str(dump))
        assert job.execute_in_process(instance=instance).success
        made = instance.get_latest_materialization_event(dg.AssetKey("mb_track_labels"))
        assert made is not None
        assert made.asset_materialization is not None
        assert made.asset_materialization.metadata["dagster/row_count"].value > 0
        dump.write_bytes(dump.read_bytes()[:-100] + b"x" * 100)
        again = {"ops": {"musicbrainz_dump": {"config": {"again": True}}}}
        failed = job.execute_in_process(instance=instance, run_config=again, raise_on_error=False)
        assert not failed.success
        assert [event for event in failed.all_events if event.is_step_up_for_retry] == []
        with pytest.raises(DumpChecksumError, match="mbdump"):
            load_dump(lake, "mb_track_labels", surroundings(lake, **{VARIABLE: str(dump)}), again=True)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-05-02 00:06:12.34+00", datetime(2026, 5, 2, 0, 6, 12, tzinfo=UTC)),
        ("20260502-080003", datetime(2026, 5, 2, 8, 0, 3, tzinfo=UTC)),
        ("20260501", datetime(2026, 5, 1, tzinfo=UTC)),
        ("20261399", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_dates_of_dumps(text: str | None, date: datetime | None) -> None:
    assert dump_date(text) == date
