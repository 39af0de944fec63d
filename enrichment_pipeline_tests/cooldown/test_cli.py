"""`enrich cooldown`: what a person reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from enrichment_pipeline import cli
from enrichment_pipeline.cooldown.report import herd_index
from enrichment_pipeline.cooldown.requests import EVERY_TRACK, read_wishes, requests_file
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline_tests.cooldown.lakes import KEYS, START, lookup, plain, queue, want, write

A, B = KEYS[:2]
Typed = Callable[..., int]


@pytest.fixture
def enrich(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types `enrich cooldown ...` on a stopped clock."""
    monkeypatch.setenv("ENRICHMENT_NOW", START.isoformat())
    # --data sets it for the process
    monkeypatch.setenv("ENRICHMENT_DATA", str(lake.root))

    def typed(*words: str) -> int:
        return cli.main(["cooldown", "--data", str(lake.root), *words])

    return typed


def test_an_empty_queue_says_how_to_fill_it(enrich: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    assert enrich() == cli.OK
    assert "enrich run" in capsys.readouterr().out


def test_the_queue_in_words(lake: Lake, enrich: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    want(lake, *({"track_key": key} for key in KEYS[:4]))
    due = plain(START + timedelta(days=30))
    asked = [
        lookup(A, next_ask_at=due),
        lookup(B, attempts=6),
        lookup(KEYS[2], "off"),
        lookup(KEYS[3], next_ask_at=due),
    ]
    write(lake, "musicbrainz_lookups", asked)
    queue(lake)
    assert enrich() == cli.OK
    said = capsys.readouterr().out
    for words in (
        "4 tracks",
        "waiting            2  no match",
        "exhausted          1",
        "enrich doctor",
        "2026-05-25",
    ):
        assert words in said
    assert "100.0% of 2 waiting tracks fall due on 2026-05-31" in said


def test_wishes_are_appended_and_only_for_tracks_that_wait(
    lake: Lake, enrich: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    write(lake, "musicbrainz_lookups", [lookup(A), lookup(B)])
    queue(lake)
    assert enrich("ask", A) == cli.OK
    assert enrich("revive", "--all-exhausted") == cli.OK
    assert [(w.at, w.track_key, w.kind) for w in read_wishes(lake)] == [
        (START, EVERY_TRACK, "revive"),
        (START, A, "ask"),
    ]
    assert enrich("ask", "no such") == cli.FAILED
    assert enrich("ask", "track") == cli.FAILED
    assert "2 tracks begin with 'track'" in capsys.readouterr().err
    want(lake, {"track_key": B})
    queue(lake)
    assert enrich("ask", A) == cli.FAILED
    assert "resolved" in capsys.readouterr().err
    assert len(read_wishes(lake)) == 2


def test_lines_that_are_no_wish_are_passed_over(lake: Lake) -> None:
    requests_file(lake).parent.mkdir(parents=True)
    broken = ['{"at": "2026-05-01", "track_key": "a", "kind": "ask"}', "[]", "not json", '{"at": 3}']
    requests_file(lake).write_text("\n".join(broken) + "\n", encoding="utf-8")
    assert read_wishes(lake) == []


def test_a_herd_is_one_when_enough_tracks_wait_for_one_day(lake: Lake) -> None:
    rows = [
        {"track_key": f"t{n}", "state": "waiting", "reason": "no match", "due_at": plain(START)}
        for n in range(200)
    ]
    filled = {"wants": "label", "attempts": 1, "strategy": "fixed", "since": plain(START), "seen": {}}
    with lake.connect([]) as con:
        lake.write_rows(
            con,
            "cooldown_queue",
            [{"bucket": "03", "history": [], **filled, **row} for row in rows[:199]],
            partition="03",
        )
    assert not herd_index(lake).is_herd
    with lake.connect([]) as con:
        lake.write_rows(
            con,
            "cooldown_queue",
            [{"bucket": "03", "history": [], **filled, **row} for row in rows],
            partition="03",
        )
    herd = herd_index(lake)
    assert (herd.is_herd, herd.share, herd.tracks) == (True, 1.0, 200)
