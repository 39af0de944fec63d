"""Verdicts join the questions the model learns from: asked without their own sets, counted by their weight, judged by the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import numpy as np
import pytest

from enrichment_pipeline.catalogue.build import build_catalogue
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append
from enrichment_pipeline.ledger.review import name_artist
from enrichment_pipeline.matching import logit, questions, spelling, train
from enrichment_pipeline.matching.current import models_folder
from enrichment_pipeline.matching.store import EXTERNAL_TABLES, write_masked_tracks
from enrichment_pipeline_tests.ledger import chain

_OF_VERDICTS = "question_no in (select question_no from question where starts_with(track_id, 'verdict|'))"


def decide(lake: Lake, key: str, artist: str) -> str:
    """Record a verdict and let the catalogue take it up; returns the entry."""
    entry = name_artist(lake, chain.track(lake, key), artist, chain.sitting())
    append(lake, [entry])
    build_catalogue(lake)
    return entry.entry_id


def unknown_tracks(lake: Lake, split: str) -> list[tuple[str, str]]:
    """Tracks of a split alone that nobody names, with the second candidate of each."""
    return chain.rows(
        lake,
        "select track_key, any_value(c.artist) from artist_candidates c join plays using (track_key) join set_splits using (set_key)"
        f" where c.rank = 2 group by 1 having bool_and(split = '{split}') order by 1",
        "artist_candidates", "plays", "set_splits",
    )  # fmt: skip


@contextmanager
def questions_asked(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    with lake.connect(["plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES]) as con:
        train.ask_masked(con)
        yield con


def probability_of_right(choices: logit.Choices, weights: logit.Weights) -> float:
    """What a model gives the right candidates of a single question."""
    assert len(set(choices.questions)) == 1
    score = sum(w[choices.levels[:, i]] for i, w in enumerate(weights.levels))
    mass = np.exp(score) * choices.times
    return float(mass[choices.right].sum() / (mass.sum() + np.exp(weights.none)))


def test_a_verdict_moves_the_weights_by_what_it_counts_for(own_lake: Lake) -> None:
    key, second = unknown_tracks(own_lake, "train")[0]
    decide(own_lake, key, second)
    with questions_asked(own_lake) as con:
        proposals = spelling.judged(train.masked_proposals(outside=False))
        alone = train.choices(con, f"select * from ({proposals}) where {_OF_VERDICTS}")
        assert alone.right.sum() == 1
        found = [
            probability_of_right(alone, train.fit_model(con, proposals, verdict_weight=weight)[1])
            for weight in (0.0, 1.0, train.VERDICT_WEIGHT, 50.0)
        ]
    assert found == sorted(found)
    assert found[-1] > found[0] + 0.05
    assert train.VERDICT_WEIGHT > 1


def test_a_verdict_does_not_vouch_for_itself(own_lake: Lake) -> None:
    """Asked with its own sets as witnesses, every verdict would prove that titles name artists."""
    key, _ = unknown_tracks(own_lake, "train")[0]
    decide(own_lake, key, "Wholly Unheard")
    with questions_asked(own_lake) as con:
        asked, truths, proposed, right = con.execute(
            "select count(distinct question_no), (select count(*) from question_truth where "
            + _OF_VERDICTS
            + f"), count(*), count(*) filter (is_truth) from proposal where {_OF_VERDICTS}"
        ).fetchall()[0]
    assert (asked, truths, right) == (1, 1, 0)
    assert proposed > 10


def test_sets_that_measure_teach_nothing(own_lake: Lake) -> None:
    """A verdict in a dev or test set is a fact there, and no lesson."""
    for split in ("dev", "test"):
        for key, second in unknown_tracks(own_lake, split)[:1]:
            decide(own_lake, key, second)
    with questions_asked(own_lake) as con:
        assert con.execute(f"select count(*) from question where {_OF_VERDICTS}").fetchall() == [(0,)]
        named = con.execute("select count(distinct artist_verdict) from plays").fetchall()[0][0]
    assert named >= 1


def test_verdicts_are_no_masked_and_no_measured_lines(own_lake: Lake) -> None:
    """What the matcher proposed to the person would measure itself."""
    masked = chain.rows(own_lake, "from masked_tracks order by all", "masked_tracks")
    for key, second in unknown_tracks(own_lake, "train")[:2] + unknown_tracks(own_lake, "dev")[:1]:
        decide(own_lake, key, second)
    write_masked_tracks(own_lake)
    assert chain.rows(own_lake, "from masked_tracks order by all", "masked_tracks") == masked
    with questions_asked(own_lake) as con:
        questions.ask_hidden(con, "true")
        query = "select count(*) from asked where play_id in (select play_id from plays where artist_verdict is not null)"
        assert con.execute(query).fetchall() == [(0,)]


@pytest.mark.parametrize("stands", [True, False], ids=["it stands", "it was taken back"])
def test_a_model_of_a_verdict_that_was_taken_back_is_compared_with_nothing(
    own_lake: Lake, stands: bool
) -> None:
    """However well it does on dev: it knows what a person has unsaid."""
    key, second = unknown_tracks(own_lake, "train")[0]
    entry = decide(own_lake, key, second)
    in_use = train.load_current(models_folder(own_lake))
    with own_lake.connect(["plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES]) as con:
        trained = train.train(con, in_use=in_use, in_use_verdicts=(entry if stands else "unsaid",))
    assert (trained.score_in_use is not None) is stands
    assert trained.verdicts == (entry,)
