"""Who was waked is really asked, once, and counts as the queue says; with scripted sources and a real lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import yaml

from enrichment_pipeline.cooldown.report import wished_buckets
from enrichment_pipeline.cooldown.requests import EVERY_TRACK, Wish, append_wish, read_wishes
from enrichment_pipeline.definitions import build_defs
from enrichment_pipeline.labels.decision import OPEN_TIER
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.asking import ask
from enrichment_pipeline.sources.http.client import Client, HostPolicy, asked_anew
from enrichment_pipeline.sources.label_hunt import label_ask
from enrichment_pipeline.sources.outcomes import DownError
from enrichment_pipeline.sources.questions import LookUp, TrackQuestion
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline_tests.cooldown.lakes import BUCKET, KEYS, START, lookup, plain, queue, want, write

WAY = label_ask("musicbrainz_labels", "musicbrainz_lookups", tier=OPEN_TIER)
A, B = KEYS[:2]
DAY = timedelta(days=1)


class Unknowing:
    """A source that knows nothing, or is down."""

    off_reason: str | None = None
    requests = 0

    def __init__(self, now: datetime, *, name: str = "musicbrainz", is_down: bool = False) -> None:
        self.name = name
        self.asked: list[str] = []
        self._now = now
        self._is_down = is_down

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        for question in questions:
            if self._is_down:
                raise DownError("sick")
            self.asked.append(question.track_key)
            yield LookUp(question.track_key, "miss", "nothing", self._now)

    def close(self) -> None:
        """Holds nothing open."""


class Dump(Unknowing):
    """A dump of a date."""

    def __init__(self, as_of: datetime) -> None:
        super().__init__(as_of, name="musicbrainz_dump")
        self.as_of = as_of


def run(lake: Lake, source: Unknowing, now: datetime) -> list[str]:
    """Ask at a time; returns who was asked."""
    ask(lake, WAY, [source], [BUCKET], Surroundings(lake.root, {}, lambda: now))
    return source.asked


def attempts(lake: Lake) -> dict[str, int]:
    with lake.connect(["musicbrainz_lookups"]) as con:
        return dict(con.execute("select track_key, attempts from musicbrainz_lookups").fetchall())


def test_who_was_waked_is_asked_before_its_time_first_and_once(lake: Lake) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    assert sorted(run(lake, Unknowing(START), START)) == sorted((A, B))
    queue(lake)
    later = START + DAY
    queue(lake, later, wishes=[Wish(later, B, "ask")])
    # a run that asks at the same time as another finds the look-ups of the other, their pool lets one in at a time
    assert run(lake, Unknowing(later), later) == [B]
    assert run(lake, Unknowing(later), later) == []
    assert attempts(lake) == {A: 1, B: 2}
    row = queue(lake, later, wishes=[Wish(later, B, "ask")])[B]
    assert (row["state"], row["attempts"]) == ("waiting", 2)


def test_who_was_waked_is_asked_by_every_source_when_it_is_well_again(lake: Lake) -> None:
    want(lake, {"track_key": A})
    run(lake, Unknowing(START), START)
    queue(lake)
    later = START + DAY
    queue(lake, later, wishes=[Wish(later, A, "ask")])
    assert run(lake, Unknowing(later, is_down=True), later) == []
    assert queue(lake, later, wishes=[Wish(later, A, "ask")])[A]["state"] == "due"
    assert attempts(lake) == {A: 1}
    well = later + timedelta(hours=2)
    assert run(lake, Unknowing(well), well) == [A]
    assert queue(lake, well)[A]["state"] == "waiting"


def test_who_was_revived_has_all_attempts_again(lake: Lake) -> None:
    want(lake, {"track_key": A})
    write(lake, "musicbrainz_lookups", [lookup(A, attempts=6)])
    queue(lake)
    later = START + DAY
    assert run(lake, Unknowing(later), later) == []
    queue(lake, later, wishes=[Wish(later, EVERY_TRACK, "revive")])
    assert run(lake, Unknowing(later), later) == [A]
    assert attempts(lake) == {A: 1}
    row = queue(lake, later)[A]
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert row["due_at"] <= plain(later + timedelta(days=53))


def test_a_wish_is_asked_by_the_next_run_and_once(lake: Lake) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    write(
        lake, "musicbrainz_lookups", [lookup(A, attempts=6), lookup(B, next_ask_at=plain(START + 30 * DAY))]
    )
    queue(lake)
    at = START + DAY
    append_wish(lake, Wish(at, EVERY_TRACK, "revive"))
    assert wished_buckets(lake) == {BUCKET: at}
    append_wish(lake, Wish(at, B, "ask"))
    later = at + timedelta(hours=1)
    assert sorted(run(lake, Unknowing(later), later)) == sorted((A, B))
    assert attempts(lake) == {A: 1, B: 2}
    rows = queue(lake, later, wishes=read_wishes(lake))
    assert {row["state"] for row in rows.values()} == {"waiting"}
    assert {key: row["attempts"] for key, row in rows.items()} == {A: 1, B: 2}
    assert wished_buckets(lake) == {}
    assert run(lake, Unknowing(later + DAY), later + DAY) == []


def test_new_evidence_gives_an_exhausted_track_one_answer_more(lake: Lake) -> None:
    want(lake, {"track_key": A})
    write(lake, "musicbrainz_lookups", [lookup(A, attempts=6)])
    queue(lake)
    later = START + DAY
    want(lake, {"track_key": A, "plays": 2})
    write(lake, "label_questions", [{"track_key": A}])
    queue(lake, later)
    assert run(lake, Unknowing(later), later) == [A]
    assert (queue(lake, later)[A]["state"], attempts(lake)) == ("exhausted", {A: 7})


def test_a_dump_is_asked_again_when_it_is_loaded_anew_and_not_by_the_clock(lake: Lake) -> None:
    want(lake, {"track_key": A})
    assert run(lake, Dump(START - 100 * DAY), START) == [A]
    assert run(lake, Dump(START - 100 * DAY), START + 100 * DAY) == []
    assert run(lake, Dump(START), START + 100 * DAY) == [A]
    assert attempts(lake) == {A: 2}


def test_what_is_put_again_on_purpose_is_not_answered_from_the_store(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={})

    now = [START]
    surroundings = Surroundings(tmp_path, {"ENRICHMENT_CONTACT": "tests@example.org"}, lambda: now[0])
    policy = HostPolicy("host", "http://host.invalid", 1000)
    with Client(policy, surroundings, network=httpx.MockTransport(answer)) as client:
        client.get("/a")
        client.get("/a")
        assert len(asked) == 1
        now[0] = START + DAY
        with asked_anew(START + DAY):
            client.get("/a")
            # what a run that was killed learned after the wake is not asked twice
            client.get("/a")
        client.get("/a")
        assert len(asked) == 2


def test_every_asset_that_asks_outside_has_a_pool_that_lets_one_run_in_at_a_time() -> None:
    settings = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["concurrency"]["pools"]["default_limit"] == 1
    nodes = build_defs().resolve_asset_graph()
    asking = [key for key in nodes.get_all_asset_keys() if key.to_user_string().endswith("_lookups")]
    assert len(asking) == 5
    assert all(nodes.get(key).pools for key in asking)
