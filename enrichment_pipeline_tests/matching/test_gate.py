"""A model learned anew is used only if it answers the dev sets no worse than the one in use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import train
from enrichment_pipeline.matching.current import current_model, current_path, models_folder
from enrichment_pipeline.matching.gate import Score, Verdict, judge
from enrichment_pipeline.matching.splink_model import Model
from enrichment_pipeline.matching.store import write_model

LEAST = 0.985


def verdict(new: Score, current: Score | None) -> Verdict:
    return judge(new, current, least_auto_precision=LEAST)


@pytest.mark.parametrize(
    ("new", "current", "is_used"),
    [
        (Score(1000, 0.44, 0.99), None, True),
        (Score(1000, 0.44, 0.99), Score(1000, 0.44, 0.99), True),
        (Score(1000, 0.436, 0.99), Score(1000, 0.44, 0.99), True),
        (Score(1000, 0.434, 0.99), Score(1000, 0.44, 0.99), False),
        (Score(1000, 0.50, 0.98), Score(1000, 0.44, 0.99), False),
        # nothing is written as an answer, so nothing wrong is
        (Score(1000, 0.44, None), Score(1000, 0.44, 0.99), True),
        # one question of twenty is 5 %: that proves nothing
        (Score(20, 0.40, None), Score(20, 0.45, None), True),
    ],
)
def test_a_worse_model_is_not_used(new: Score, current: Score | None, is_used: bool) -> None:
    told = verdict(new, current)
    assert told.is_used is is_used
    assert told.words.startswith("used: " if is_used else "not used: ")


def test_the_verdict_says_both_numbers() -> None:
    words = verdict(Score(1000, 0.4, 0.99), Score(1000, 0.44, 0.99)).words
    assert words == "not used: worse by more than 0.005; right first on dev 0.400, the model in use 0.440"


@pytest.fixture
def lake_of_its_own(trained_lake: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(trained_lake.root, tmp_path / "copy")
    return Lake(tmp_path / "copy", threads=1)


def in_table(lake: Lake) -> set[str]:
    with lake.connect(["splink_model"]) as con:
        return {h for (h,) in con.execute("select distinct model_hash from splink_model").fetchall()}


def test_what_is_learned_anew_from_the_same_is_the_same_model(lake_of_its_own: Lake) -> None:
    before = current_model(models_folder(lake_of_its_own))
    written = write_model(lake_of_its_own)
    assert written.model_hash == written.learned_hash == before
    assert written.verdict.startswith("used: ")
    assert written.numbers["right_first_on_dev"] == written.numbers["right_first_on_dev_by_the_model_before"]


def test_a_model_that_does_not_pass_is_kept_and_answers_nobody(
    lake_of_its_own: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = models_folder(lake_of_its_own)
    path = current_path(folder)
    assert path is not None
    # the model in use is another one than what is learned: with another prior
    other = Model.load(path)
    in_use = Model({**other.settings, "probability_two_random_records_match": 0.25})
    theirs = train.model_path(folder, in_use.model_hash)
    theirs.write_text(in_use.text)
    shutil.copy(path.with_suffix(".bands.json"), theirs.with_suffix(".bands.json"))
    train.use_model(folder, in_use.model_hash)
    monkeypatch.setattr(train, "judge", lambda *_, **__: Verdict(False, "not used: worse"))
    written = write_model(lake_of_its_own)
    assert written.learned_hash == other.model_hash
    assert path.exists()
    assert "right_first_on_dev_by_the_model_before" in written.numbers
    assert written.model_hash == in_use.model_hash == current_model(folder)
    assert in_table(lake_of_its_own) == {in_use.model_hash}


def test_a_model_with_other_comparisons_cannot_be_asked(lake_of_its_own: Lake) -> None:
    folder = models_folder(lake_of_its_own)
    path = current_path(folder)
    assert path is not None
    model = Model.load(path)
    older = Model({**model.settings, "comparisons": model.settings["comparisons"][1:]})
    train.model_path(folder, older.model_hash).write_text(older.text)
    shutil.copy(
        path.with_suffix(".bands.json"), train.model_path(folder, older.model_hash).with_suffix(".bands.json")
    )
    train.use_model(folder, older.model_hash)
    written = write_model(lake_of_its_own)
    assert written.verdict == "used: there is no model to compare with"
    assert current_model(folder) == model.model_hash
