"""What is counted over tables, against small tables counted by hand; nothing measured gives no row."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from enrichment_pipeline.evaluation.harness import MODEL
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.operations import lake_readings
from enrichment_pipeline.operations.kinds import Measure
from enrichment_pipeline.sources.outcomes import CHANGED_PAGES
from enrichment_pipeline_tests.operations.lakes import NOW, put

ASKED = datetime(2026, 11, 1)


def values(measures: list[Measure], name: str) -> dict[str, float]:
    return {m.subject: m.value for m in measures if m.name == name}


def test_an_empty_lake_has_no_measures(lake: Lake) -> None:
    readings = (
        lake_readings.read_tiers,
        lake_readings.read_sources,
        lake_readings.read_web_pages,
        lake_readings.read_queue,
        lake_readings.read_calibration,
        lake_readings.read_matcher,
    )
    assert [read(lake) for read in readings] == [[]] * 6


def test_a_tier_is_measured_by_the_tracks_it_was_asked(lake: Lake) -> None:
    label = {"status": "accepted"}
    put(
        lake,
        "track_labels",
        {**label, "tier": "1 title"},
        {**label, "tier": "1 title"},
        {**label, "tier": "1b catalogue"},
        {**label, "tier": "2 open sources"},
        # a candidate is no answer
        {"status": "candidate", "tier": "2 open sources"},
        {"status": "none"},
    )
    put(lake, "label_questions", *({"purpose": p} for p in ["calibration", *["label"] * 5]))
    put(
        lake,
        "musicbrainz_lookups",
        # a track asked only to measure by is none the tier was asked for
        *({"source": "musicbrainz", "outcome": o, "asked_at": ASKED}
          for o in ["hit", "down", "off", "hit", "ambiguous", "quota"]),
    )  # fmt: skip
    found = lake_readings.read_tiers(lake)
    assert values(found, "tracks asked") == {"1 title": 6, "1b catalogue": 4, "2 open sources": 2}
    assert values(found, "share answered") == {
        "1 title": 2 / 6,
        "1b catalogue": 1 / 4,
        "2 open sources": 1 / 2,
    }
    assert values(found, "share with label") == {"all": 4 / 6}


def test_silence_is_a_share_of_those_asked_and_off_is_no_silence(lake: Lake) -> None:
    outcomes = ["hit", "hit", "hit", "miss", "down", "blocked", "quota", "quota", "off", "off"]
    put(
        lake, "musicbrainz_lookups", *({"source": "musicbrainz", "outcome": o, "reason": o} for o in outcomes)
    )
    put(lake, "external_lookups", {"source": "musicbrainz", "outcome": "down", "reason": "no answer"})
    put(lake, "partner_lookups", {"source": "discogs", "outcome": "off", "reason": "no key"})
    found = lake_readings.read_sources(lake)
    assert values(found, "share silent") == {"musicbrainz": 0.25, "musicbrainz, titles": 1.0}
    assert values(found, "share found") == {"musicbrainz": 0.75}
    assert values(found, "tracks out of quota") == {"musicbrainz": 2, "musicbrainz, titles": 0}
    assert any("no answer" in m.words for m in found if m.name == "share silent")


def test_web_pages_fail_by_kind(lake: Lake) -> None:
    changed = f"3 pages in a row: Beatport {CHANGED_PAGES}, and so on"
    put(
        lake,
        "scraped_lookups",
        {"source": "beatport_web", "outcome": "down", "reason": changed},
        {"source": "beatport_web", "outcome": "down", "reason": "cannot be reached"},
        {"source": "beatport_web", "outcome": "blocked", "reason": "robots.txt"},
        {"source": "beatport_web", "outcome": "miss", "reason": "no candidate"},
        {"source": "juno", "outcome": "off", "reason": "closed"},
        {"source": "traxsource", "outcome": "hit", "reason": "found"},
    )
    found = lake_readings.read_web_pages(lake)
    assert values(found, "tracks on changed pages") == {"beatport_web": 1, "traxsource": 0}
    assert values(found, "tracks down") == {"beatport_web": 1, "traxsource": 0}
    assert values(found, "tracks blocked") == {"beatport_web": 1, "traxsource": 0}
    assert [m.words for m in found if m.words == changed]


def queued(state: str, reason: str, day: int | None = None) -> dict[str, object]:
    due = None if day is None else NOW.replace(tzinfo=None) + timedelta(days=day)
    return {
        "state": state,
        "reason": reason,
        "due_at": due,
        "seen": None,
        "since": ASKED,
        "strategy": "fixed",
    }


def test_the_queue_is_told_by_state_and_reason(lake: Lake) -> None:
    put(
        lake,
        "cooldown_queue",
        queued("waiting", "no match", 30),
        queued("waiting", "source down", 1),
        queued("exhausted", "no match"),
        queued("resolved", "no match"),
    )
    found = lake_readings.read_queue(lake)
    assert values(found, "tracks") == {"waiting": 2, "exhausted": 1, "resolved": 1}
    assert values(found, "waiting for") == {"no match": 2, "source down": 1}
    assert values(found, "share exhausted") == {"all": 1 / 3}
    # one track on one day is no herd
    assert values(found, "herd index") == {}


@pytest.mark.parametrize(("days", "share"), [(1, 1.0), (100, 0.01)])
def test_many_on_one_day_are_a_herd(lake: Lake, days: int, share: float) -> None:
    put(lake, "cooldown_queue", *(queued("waiting", "no match", 30 + n % days) for n in range(300)))
    assert values(lake_readings.read_queue(lake), "herd index") == {"all": pytest.approx(share)}


def test_drift_is_what_chance_does_not_explain(lake: Lake) -> None:
    exact = {"support": "exact", "confidence": 0.5}  # assumed: 0.88
    put(
        lake,
        "source_calibration",
        {"source": "few", "n": 10, "right": 8, **exact},
        {"source": "off", "n": 0, "right": 0, **exact},
        {"source": "worse", "n": 1000, "right": 700, **exact},
    )
    found = lake_readings.read_calibration(lake)
    assert values(found, "share right") == {"few": 0.8, "worse": 0.7}
    drift = values(found, "drift")
    assert drift["few"] == 0
    assert drift["worse"] == pytest.approx(0.88 - 0.7 - 1.96 * (0.88 * 0.12 / 1000) ** 0.5)


def test_the_matcher_is_judged_only_by_enough_questions(lake: Lake) -> None:
    def rows(split: str, questions: float) -> list[dict[str, object]]:
        of = {"split": split, "visibility": "title+label", "method": MODEL}
        numbers = {"questions": questions, "auto_precision": 0.98, "ece": 0.02, "brier": 0.1}
        return [{**of, "measure": name, "value": value} for name, value in numbers.items()]

    put(lake, "match_evaluation", *rows("dev", 500), *rows("test", 12))
    put(lake, "resolved_artists", {"band": "auto"}, {"band": "none"}, {"band": "none"}, {"band": "none"})
    found = lake_readings.read_matcher(lake)
    assert values(found, "auto precision") == {"dev": 0.98}
    assert values(found, "ece") == {"dev": 0.02}
    assert values(found, "share in band") == {"auto": 0.25, "review": 0, "none": 0.75}


def test_the_model_has_the_name_the_evaluation_gives_it() -> None:
    assert lake_readings.MODEL == MODEL
