"""What holds for every history in the queue: thousands of them, drawn by hypothesis, a bucket full at a time."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_pipeline.cooldown.policy import DEFAULT, next_ask
from enrichment_pipeline.lake.buckets import bucket_of
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.outcomes import ANSWERED, OUTCOMES, Outcome
from enrichment_pipeline_tests.cooldown.lakes import BUCKET, START, lookup, plain, queue, want, write

KEYS = tuple(key for key in (f"song{n}" for n in range(3000)) if bucket_of(key) == BUCKET)
# how the last look-up ended, after how many answers, how many days ago
ENDS = st.tuples(st.sampled_from(OUTCOMES), st.integers(1, 7), st.integers(0, 400))


@settings(max_examples=25)
@given(st.lists(ENDS, min_size=60, max_size=len(KEYS)))
def test_every_track_has_a_state_that_fits_and_a_wake_makes_it_due(
    ends: list[tuple[Outcome, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder), threads=1)
        tracks = dict(zip(KEYS, ends, strict=False))
        want(lake, *({"track_key": key} for key in tracks))
        rows = []
        for key, (outcome, answers, days) in tracks.items():
            attempts = answers if outcome in ANSWERED else answers - 1
            asked_at = plain(START - timedelta(days=days))
            due = next_ask(outcome, attempts, asked_at, seed=key)
            asked = {"asked_at": asked_at if outcome in ANSWERED else None, "next_ask_at": due}
            rows.append(lookup(key, outcome, attempts=attempts, **asked))
        write(lake, "musicbrainz_lookups", rows)

        found = queue(lake)
        assert set(found) == set(tracks)
        for row in found.values():
            outcome, answers, _ = tracks[row["track_key"]]
            is_over = row["due_at"] is not None and row["due_at"] <= plain(START)
            assert (row["state"] == "due") == is_over
            if outcome not in ANSWERED:
                # trouble of a source is no attempt of the track
                assert row["attempts"] == 0
                assert row["state"] != "exhausted"
            if row["state"] == "exhausted":
                assert answers > DEFAULT.retries
            if outcome in ("miss", "ambiguous"):
                assert (row["state"] == "exhausted") == (answers > DEFAULT.retries)
            if outcome == "off":
                assert (row["state"], row["due_at"]) == ("waiting", None)

        # made again, nothing changes
        assert queue(lake) == found

        later = START + timedelta(hours=1)
        want(lake, *({"track_key": key, "plays": 2} for key in tracks))
        for row in queue(lake, later).values():
            if tracks[row["track_key"]][0] != "off":
                assert (row["state"], row["due_at"], row["waked_by"]) == (
                    "due",
                    plain(later),
                    "a new set plays it",
                )
