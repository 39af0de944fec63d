"""One lake on which everything was made once, and what two planted answers did to it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append
from enrichment_pipeline.ledger.entries import Entry, auto_answer
from enrichment_pipeline.ledger.review import entries_to_revert, name_artist
from enrichment_pipeline.matching.current import current_model, current_path, models_folder
from enrichment_pipeline.matching.train import verdicts_of
from enrichment_pipeline_tests.ledger import chain
from enrichment_pipeline_tests.matching.worlds import fill, make_world


@dataclass(frozen=True)
class State:
    """What a whole run left behind."""

    files: dict[str, bytes]
    published: dict[str, list[tuple[object, ...]]]
    model: str | None
    learned_from: tuple[str, ...]

    @classmethod
    def of(cls, lake: Lake) -> State:
        """The state of a lake."""
        folder = models_folder(lake)
        path = current_path(folder)
        assert path is not None
        return cls(chain.files(lake), chain.published(lake), current_model(folder), verdicts_of(path))


@dataclass(frozen=True)
class Story:
    """A lake, then a wrong answer of the matcher planted and undone, then a wrong verdict planted and undone."""

    lake: Lake
    before: State
    answer: Entry
    with_answer: State
    answer_undone: State
    verdict: Entry
    with_verdict: State
    verdict_undone: State
    plays_before: int
    plays_with_verdict: int


@pytest.fixture(scope="session")
def followed_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The small world with every table made; do not write to it."""
    lake = Lake(tmp_path_factory.mktemp("ledger") / "data", threads=1)
    fill(lake, make_world())
    chain.follow(lake)
    return lake


@pytest.fixture
def own_lake(followed_lake: Lake, tmp_path: Path) -> Lake:
    """A copy of that lake to write to."""
    shutil.copytree(followed_lake.root, tmp_path / "own")
    return Lake(tmp_path / "own", threads=1)


@pytest.fixture(scope="session")
def story(followed_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Five whole runs; each test looks at another side of them."""
    root = tmp_path_factory.mktemp("story") / "data"
    shutil.copytree(followed_lake.root, root)
    lake = Lake(root, threads=1)
    before = State.of(lake)
    key, right = chain.rows(
        lake,
        "select track_key, artist_key from resolved_artists join plays using (track_key) join set_splits using (set_key)"
        " where split = 'train' and band = 'review' order by probability, track_key limit 1",
        "resolved_artists", "plays", "set_splits",
    )[0]  # fmt: skip
    wrong, name = chain.rows(
        lake,
        "select artist_key, name from artists where artist_key not in"
        f" (select artist_key from artist_candidates where track_key = '{key}') and artist_key <> '{right}' order by plays, 1 limit 1",
        "artists", "artist_candidates",
    )[0]  # fmt: skip
    answer = auto_answer(
        key, wrong, name, probability=0.999, model_hash=str(before.model), run_id="planted", now=chain.NOW
    )
    append(lake, [answer])
    chain.follow(lake)
    with_answer = State.of(lake)
    append(lake, entries_to_revert(lake, "planted", chain.sitting(1)))
    chain.follow(lake)
    answer_undone = State.of(lake)
    plays = f"select plays from artists where artist_key = '{wrong}'"
    plays_before = chain.rows(lake, plays, "artists")[0][0]
    verdict = name_artist(lake, chain.track(lake, key), name, chain.sitting(2))
    append(lake, [verdict])
    chain.follow(lake)
    with_verdict = State.of(lake)
    plays_with_verdict = chain.rows(lake, plays, "artists")[0][0]
    append(lake, entries_to_revert(lake, verdict.run_id, chain.sitting(3)))
    chain.follow(lake)
    return Story(
        lake, before, answer, with_answer, answer_undone, verdict, with_verdict, State.of(lake), plays_before, plays_with_verdict
    )  # fmt: skip
