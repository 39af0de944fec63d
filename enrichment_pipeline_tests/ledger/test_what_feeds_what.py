"""An inference feeds nothing, a verdict is a fact, and undoing either restores every table byte for byte."""

from __future__ import annotations

from enrichment_pipeline_tests.ledger import chain
from enrichment_pipeline_tests.ledger.conftest import Story


def test_a_wrong_answer_of_the_matcher_does_not_spread(story: Story) -> None:
    """An inference that were evidence would change a candidate, a weight or a name somewhere."""
    assert chain.tables_that_differ(story.before.files, story.with_answer.files) == set()
    assert story.with_answer.published == story.before.published
    assert story.with_answer.model == story.before.model


def test_undoing_a_wrong_answer_restores_every_table(story: Story) -> None:
    assert story.answer_undone.files == story.before.files
    assert story.answer_undone.published == story.before.published


def test_a_wrong_verdict_spreads_because_it_is_a_fact(story: Story) -> None:
    """The same name on the same track as above: what keeps that one from spreading is its generation alone."""
    assert (story.verdict.track_key, story.verdict.artist_keys) == (
        story.answer.track_key,
        story.answer.artist_keys,
    )
    changed = chain.tables_that_differ(story.before.files, story.with_verdict.files)
    assert {"plays", "artists", "artist_candidates", "splink_model", "enriched_tracks"} <= changed
    assert story.plays_with_verdict > story.plays_before
    assert story.with_verdict.model != story.before.model


def test_undoing_a_wrong_verdict_restores_every_table(story: Story) -> None:
    assert chain.tables_that_differ(story.before.files, story.verdict_undone.files) == set()
    assert story.verdict_undone.published == story.before.published
    assert story.verdict_undone.model == story.before.model


def test_the_model_learns_from_verdicts_while_they_stand(story: Story) -> None:
    assert story.before.learned_from == ()
    assert story.with_verdict.learned_from == (story.verdict.entry_id,)
    assert story.verdict_undone.learned_from == ()


def test_what_a_line_says_is_never_altered(story: Story) -> None:
    """A verdict names plays for the catalogue; the text, and what the grammar read in it, stay."""
    changed = chain.tables_that_differ(story.before.files, story.with_verdict.files)
    assert changed.isdisjoint({"raw_tracks", "parsed_labels", "staged_plays"})


def test_a_verdict_is_shown_and_flagged(story: Story) -> None:
    columns = [
        "artist", "artist_source", "artist_band", "artist_inferred", "artist_generation", "artist_decided_run",
        "artist_probability", "model_hash",
    ]  # fmt: skip
    key = story.verdict.track_key
    before, after = (
        {tuple(row[_column(name)] for name in columns) for row in state if row[_column("track_key")] == key}
        for state in (
            story.before.published["enriched_tracks"],
            story.with_verdict.published["enriched_tracks"],
        )
    )
    assert after == {(story.verdict.artist, "verdict", "verdict", True, 0, story.verdict.run_id, None, None)}
    assert {row[2] for row in before} == {"review"}


def test_certain_answers_are_noted_once(story: Story) -> None:
    """Five runs over the same answers are no five answers, and each says which run to undo."""
    noted = chain.rows(
        story.lake,
        "select track_key, artist_keys[1], generation, run_id from ledger where kind = 'auto answer' and run_id = 'chain' order by 1",
        "ledger",
    )
    shown = chain.rows(
        story.lake,
        "select track_key, artist_key, generation, decided_run from resolved_artists where band = 'auto' order by 1",
        "resolved_artists",
    )
    assert len(shown) >= 3
    assert set(shown) <= set(noted)
    assert len({(row[0], row[1]) for row in noted}) >= len(shown)


def _column(name: str) -> int:
    from enrichment_pipeline.lake.tables import TABLES

    return TABLES["enriched_tracks"].column_names.index(name)
