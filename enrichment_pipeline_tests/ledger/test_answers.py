"""What the matcher answers where people decided: verdicts first, nothing rejected again, nothing taken back again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append
from enrichment_pipeline.ledger.review import (
    accept,
    entries_to_revert,
    name_artist,
    reject,
    tracks_behind,
    tracks_to_review,
)
from enrichment_pipeline.matching.current import current_model, models_folder
from enrichment_pipeline.matching.splink_model import Model
from enrichment_pipeline_tests.ledger import chain

_ANSWER = "select artist_key, band, probability, p_none, reason, decided_run from resolved_artists where track_key = '{key}'"


def answer_of(lake: Lake, key: str) -> tuple:
    return chain.rows(lake, _ANSWER.format(key=key), "resolved_artists")[0]


def a_track(lake: Lake, band: str) -> str:
    query = (
        f"select track_key from resolved_artists where band = '{band}' order by probability desc, 1 limit 1"
    )
    return chain.rows(lake, query, "resolved_artists")[0][0]


@pytest.mark.parametrize("band", ["auto", "review"])
def test_a_rejected_answer_does_not_come_back(own_lake: Lake, band: str) -> None:
    """The next candidate takes its share of what is left, and is never written down by itself."""
    key = a_track(own_lake, band)
    candidates = chain.rows(
        own_lake, f"select artist_key, own_probability, p_none from artist_candidates where track_key = '{key}' order by rank",
        "artist_candidates",
    )  # fmt: skip
    append(own_lake, [reject(chain.track(own_lake, key), chain.sitting())])
    chain.decide(own_lake)
    artist, new_band, probability, p_none, reason, run = answer_of(own_lake, key)
    assert artist != candidates[0][0]
    assert artist in {other for other, *_ in candidates[1:]}
    assert new_band in {"review", "none"}
    assert run is None
    left = 1 - candidates[0][1]
    own = {other: p for other, p, _ in candidates}[artist]
    assert probability == pytest.approx(own / left)
    assert p_none == pytest.approx(candidates[0][2] / left)
    assert "rejected by Ines (review-01)" in reason
    # each further rejection goes on to the next
    append(own_lake, [reject(chain.track(own_lake, key), chain.sitting(2))])
    chain.decide(own_lake)
    assert answer_of(own_lake, key)[0] not in {candidates[0][0], artist}


def test_nobody_is_left_when_all_are_rejected(own_lake: Lake) -> None:
    key = a_track(own_lake, "review")
    track = chain.track(own_lake, key)
    candidates = chain.rows(
        own_lake,
        f"select artist_key, artist from artist_candidates where track_key = '{key}' order by rank",
        "artist_candidates",
    )
    each = [replace(track, answer=name, answer_keys=(k,), answer_names=(name,)) for k, name in candidates]
    append(own_lake, [reject(seen, chain.sitting()) for seen in each])
    chain.decide(own_lake)
    artist, band, _, p_none, reason, _ = answer_of(own_lake, key)
    assert (artist, band, p_none) == (None, "none", 1)
    assert "rejected by Ines" in reason


def test_rejecting_changes_no_other_track(own_lake: Lake) -> None:
    key = a_track(own_lake, "auto")
    others = f"select * from resolved_artists where track_key <> '{key}' order by all"
    before = chain.rows(own_lake, others, "resolved_artists")
    append(own_lake, [reject(chain.track(own_lake, key), chain.sitting())])
    chain.decide(own_lake)
    assert chain.rows(own_lake, others, "resolved_artists") == before


def test_an_answer_taken_back_goes_to_review_while_the_model_is_the_same(own_lake: Lake) -> None:
    key = a_track(own_lake, "auto")
    artist, _, sure, *_ = answer_of(own_lake, key)
    append(own_lake, entries_to_revert(own_lake, chain.RUN, chain.sitting()))
    chain.decide(own_lake)
    again, band, probability, _, reason, run = answer_of(own_lake, key)
    assert (again, band, probability, run) == (artist, "review", sure, None)
    assert "taken back (review-01)" in reason
    assert chain.rows(
        own_lake, "select count(*) from resolved_artists where band = 'auto'", "resolved_artists"
    ) == [(0,)]
    # nor is it noted anew
    assert chain.rows(
        own_lake, "select distinct run_id from ledger where kind = 'auto answer'", "ledger"
    ) == [(chain.RUN,)]


def test_another_model_may_answer_what_was_taken_back(own_lake: Lake) -> None:
    key = a_track(own_lake, "auto")
    artist = answer_of(own_lake, key)[0]
    append(own_lake, entries_to_revert(own_lake, chain.RUN, chain.sitting()))
    old = use_another_model(own_lake)
    chain.decide(own_lake, run_id="later")
    assert current_model(models_folder(own_lake)) != old
    again, band, *_, run = answer_of(own_lake, key)
    assert (again, band, run) == (artist, "auto", "later")


def use_another_model(lake: Lake) -> str:
    """Give the model in use another hash and the same answers; returns the old hash."""
    folder = models_folder(lake)
    old = current_model(folder)
    assert old is not None
    path = folder / f"artist_model-{old}.json"
    settings = Model.load(path).settings
    # far below what rounding shows
    settings["comparisons"][0]["comparison_levels"][-1]["m_probability"] *= 1 + 1e-9
    changed = Model(settings)
    new = folder / f"artist_model-{changed.model_hash}.json"
    new.write_text(changed.text)
    new.with_suffix(".bands.json").write_text(path.with_suffix(".bands.json").read_text())
    (folder / "CURRENT").write_text(new.name)
    return old


@pytest.mark.parametrize("band", ["auto", "review", "none"])
def test_a_verdict_outranks_the_matcher_at_once(own_lake: Lake, band: str) -> None:
    """Already when only the answers are made anew, before the catalogue knows."""
    key = a_track(own_lake, band)
    append(
        own_lake,
        [name_artist(own_lake, chain.track(own_lake, key), "Wholly Unheard", chain.sitting(), "told me so")],
    )
    chain.decide(own_lake)
    artist, now, probability, p_none, reason, run = answer_of(own_lake, key)
    assert (artist, now, probability, p_none, run) == ("whollyunheard", "verdict", None, None, "review-01")
    assert reason == "decided by Ines on 2026-03-04: told me so"


def test_the_list_is_surest_first_and_without_what_was_decided(own_lake: Lake) -> None:
    waiting = tracks_to_review(own_lake)
    assert len(waiting) >= 3
    sure = [track.probability or 0 for track in waiting]
    assert sure == sorted(sure, reverse=True)
    assert all(track.band == "review" and track.evidence for track in waiting)
    assert tracks_behind(own_lake) == 0
    append(own_lake, [accept(waiting[0], chain.sitting(1))])
    append(own_lake, [reject(waiting[1], chain.sitting(2))])
    assert tracks_to_review(own_lake) == waiting[2:]
    assert tracks_behind(own_lake) == 2
    chain.decide(own_lake)
    # the catalogue does not know the first yet; the second is answered anew
    assert tracks_behind(own_lake) == 1
