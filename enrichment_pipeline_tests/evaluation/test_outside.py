"""What outside sources are worth, measured: side by side in the evaluation, and on a simulated source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.outside import Simulation, report_lines, simulated_source
from enrichment_pipeline.evaluation import harness, report
from enrichment_pipeline.evaluation.harness import MODEL, WITHOUT_OUTSIDE, EvaluationResult
from enrichment_pipeline.evaluation.outside import WithAndWithout, evaluate_with_external
from enrichment_pipeline.evaluation.store import borrow_plays
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.matching import train
from enrichment_pipeline.matching.store import ANSWER_TABLES, EXTERNAL_TABLES, models_folder
from enrichment_pipeline_tests.matching.worlds import World, fill

_SIMULATION = Simulation(known=70)


@pytest.fixture(scope="module")
def asked_lake(world: World, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("outside") / "data", threads=1)
    # in each test set one artist of a single play, whom the train sets cannot know
    for number, set_id in enumerate(world.of("test")):
        name = chr(ord("a") + number)
        world = world.with_line(
            set_id, 7, f"Late {name} Newname - Tune {name}{name} Unheard [Label {name} New]"
        )
    fill(lake, world)
    return lake


@pytest.fixture(scope="module")
def found(asked_lake: Lake) -> WithAndWithout:
    return evaluate_with_external(
        asked_lake, lambda con, titles: simulated_source(con, titles, _SIMULATION), splits=["test"]
    )


def _row(result: EvaluationResult, method: str, measure: str, visibility: str = "title+label") -> float:
    value = result.value("test", visibility, method, measure)
    assert value is not None
    return value


def test_both_are_measured_on_the_same_lines(found: WithAndWithout) -> None:
    for measure in ("questions", "sets"):
        assert _row(found.without, MODEL, measure) == _row(found.with_outside, MODEL, measure)
    assert found.without.value("test", "title", WITHOUT_OUTSIDE, "hit@1") is None
    assert found.asked["evaluation"] > 50
    assert found.candidates > 100


def test_outside_answers_bring_candidates(found: WithAndWithout) -> None:
    for visibility in ("title+label", "title"):
        with_them = _row(found.with_outside, MODEL, "candidate_recall", visibility)
        assert with_them > _row(found.with_outside, WITHOUT_OUTSIDE, "candidate_recall", visibility)
        assert 0.8 < _row(found.with_outside, MODEL, "outside_answered", visibility) < 1
        assert 0.5 < _row(found.with_outside, MODEL, "outside_named_right", visibility) < 0.9


def test_without_the_title_nothing_differs(found: WithAndWithout) -> None:
    for visibility in ("label", "none"):
        assert found.with_outside.value("test", visibility, WITHOUT_OUTSIDE, "hit@1") is None
        assert found.with_outside.value("test", visibility, MODEL, "outside_answered") is None


def test_the_report_says_what_outside_sources_did(found: WithAndWithout) -> None:
    words = report.text_report(found.with_outside, with_targets=False)
    assert "outside sources answered for" in words
    assert words.index(f"  {MODEL} ") < words.index(WITHOUT_OUTSIDE)
    assert "outside sources" not in report.text_report(found.without, with_targets=False)


def test_simulated_figures_say_that_they_are(found: WithAndWithout) -> None:
    lines = report_lines(found, _SIMULATION, ["test"])
    assert "SIMULATED" in lines[0]
    assert "no real source was asked" in lines[0]
    assert any(line.strip().startswith("without") for line in lines)


def test_the_simulated_source_fills_the_tables_as_they_are(asked_lake: Lake, found: WithAndWithout) -> None:
    with asked_lake.connect(ANSWER_TABLES) as con:
        for table in ANSWER_TABLES:
            spec = TABLES[table]
            for rule in spec.rules:
                assert con.execute(f"select count(*) from {table} where {rule.violation}").fetchall() == [
                    (0,)
                ]
            rows, keys = con.execute(
                f"select count(*), count(distinct ({', '.join(spec.key)})) from {table}"
            ).fetchall()[0]
            assert rows == keys > 0
        outcomes = {row[0] for row in con.execute("select distinct outcome from external_lookups").fetchall()}
    assert outcomes == {"hit", "miss", "down"}


def test_thresholds_of_their_own_hold_for_lines_that_are_known_outside(
    asked_lake: Lake, found: WithAndWithout, tmp_path: Path
) -> None:
    model, bands = train.load_current(models_folder(asked_lake))
    assert "title+label+outside" in bands
    # everything auto where outside sources name somebody, nothing elsewhere
    bands = {**bands, "title+label": train.Band(2.0, 2.0, None, 0.0, 0)}
    bands["title+label+outside"] = train.Band(0.0, 0.0, None, 0.0, 0)
    views = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
    with asked_lake.connect(views) as con:
        got = harness.evaluate(con, model, bands, splits=["test"], methods=[MODEL], resamples=10)
    named = _row(got, MODEL, "outside_answered") * _row(got, MODEL, "outside_named")
    assert _row(got, MODEL, "auto_coverage") == pytest.approx(named)
    assert got.value("test", "title+label", WITHOUT_OUTSIDE, "auto_coverage") is None


def test_another_split_of_the_same_plays_knows_what_was_asked(
    asked_lake: Lake, found: WithAndWithout, trained_lake: Lake, tmp_path: Path
) -> None:
    target = Lake(tmp_path / "data")
    borrow_plays(asked_lake, target)
    assert all(target.files(table) for table in ("plays", *ANSWER_TABLES))
    never_asked = Lake(tmp_path / "other")
    borrow_plays(trained_lake, never_asked)
    assert not any(never_asked.files(table) for table in EXTERNAL_TABLES)


def test_a_lake_that_was_asked_already_is_refused(
    asked_lake: Lake, found: WithAndWithout, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    shutil.copytree(asked_lake.folder, lake.folder)
    with pytest.raises(ValueError, match="has external candidates already"):
        evaluate_with_external(lake, simulated_source)
    with pytest.raises(ValueError, match="no such split: nowhere"):
        evaluate_with_external(Lake(tmp_path / "other"), simulated_source, splits=["nowhere"])
