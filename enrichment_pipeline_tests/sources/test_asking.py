"""Who is asked when, what is remembered, and what silence leaves untouched; with scripted sources, a real lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from enrichment_pipeline.labels.decision import OPEN_TIER
from enrichment_pipeline.lake.buckets import bucket_of
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.sources.asking import ask
from enrichment_pipeline.sources.label_hunt import label_ask
from enrichment_pipeline.sources.outcomes import BlockedError, DownError, QuotaError, SourceError
from enrichment_pipeline.sources.questions import LabelFinding, LookUp, TrackQuestion
from enrichment_pipeline.sources.surroundings import Surroundings

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS = tuple(key for key in (f"track{n}" for n in range(400)) if bucket_of(key) == "03")[:4]
WAY = label_ask("musicbrainz_labels", "musicbrainz_lookups", tier=OPEN_TIER)


def finding(label: str, **more: Any) -> LabelFinding:
    return LabelFinding(label, "exact", 1.0, 1.0, 1.0, "found as exact match", **more)


class Scripted:
    """A source that knows some labels and may stop talking after some answers."""

    def __init__(
        self,
        knows: dict[str, str],
        *,
        name: str = "musicbrainz",
        stops_with: SourceError | None = None,
        after: int = 0,
        off: str | None = None,
        asked_at: datetime = NOW,
    ) -> None:
        self.name = name
        self.off_reason = off
        self.requests = 0
        self.asked: list[str] = []
        self._knows = knows
        self._error = stops_with
        self._after = after
        self._asked_at = asked_at

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        for number, question in enumerate(questions):
            if self._error is not None and number >= self._after:
                raise self._error
            self.requests += 1
            self.asked.append(question.track_key)
            label = self._knows.get(question.track_key)
            if label is None:
                yield LookUp(question.track_key, "miss", "no recording of that title", self._asked_at)
            else:
                yield LookUp(
                    question.track_key,
                    "hit",
                    "found",
                    self._asked_at,
                    labels=(finding(label),),
                    isrcs=("GBAAA9900303",),
                )

    def close(self) -> None:
        pass


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    rows = [
        {
            "track_key": key,
            "bucket": bucket_of(key),
            "purpose": "label",
            "artist": "Somebody",
            "artists": ["Somebody"],
            "artist_keys": ["somebody"],
            "title": f"Title {n}",
            "title_key": f"title{n}",
            "version": None,
            "version_key": "",
            "plays": 10 - n,
        }
        for n, key in enumerate(KEYS)
    ]
    with lake.connect([]) as con:
        lake.write_rows(con, "label_questions", rows, partition="03")
    return lake


def run(lake: Lake, *sources: Scripted, now: datetime = NOW, way: Any = WAY) -> Any:
    return ask(lake, way, sources, ["03", "05"], Surroundings(lake.root, {}, lambda: now))


def rows(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    tables = [name for name in TABLES if name in sql]
    with lake.connect(tables) as con:
        return con.execute(sql).fetchall()


def lookups(lake: Lake) -> dict[str, tuple[Any, ...]]:
    found = rows(lake, "select track_key, outcome, attempts, next_ask_at from musicbrainz_lookups")
    return {row[0]: row[1:] for row in found}


def test_the_most_played_are_asked_first(lake: Lake) -> None:
    source = Scripted({})
    run(lake, source)
    assert source.asked == list(KEYS)


def test_a_second_run_asks_nobody(lake: Lake) -> None:
    run(lake, Scripted({KEYS[0]: "Viper"}))
    before = {f: f.read_bytes() for f in lake.folder.rglob("*.parquet")}
    again = Scripted({})
    run(lake, again, now=NOW + timedelta(days=6))
    assert again.asked == []
    assert {f: f.read_bytes() for f in lake.folder.rglob("*.parquet")} == before


def test_a_miss_is_asked_again_in_its_time_and_a_hit_never(lake: Lake) -> None:
    run(lake, Scripted({KEYS[0]: "Viper"}))
    state = lookups(lake)
    assert state[KEYS[0]] == ("hit", 1, None)
    outcome, attempts, due = state[KEYS[1]]
    assert (outcome, attempts) == ("miss", 1)
    assert timedelta(days=7) <= due - NOW.replace(tzinfo=None) <= timedelta(days=53)
    later = Scripted({KEYS[1]: "Hospital"}, asked_at=NOW + timedelta(days=54))
    run(lake, later, now=NOW + timedelta(days=54))
    assert sorted(later.asked) == sorted(KEYS[1:])
    assert lookups(lake)[KEYS[1]] == ("hit", 2, None)
    assert lookups(lake)[KEYS[2]][1] == 2


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(DownError("sick"), "down"), (BlockedError("go away"), "blocked"), (QuotaError("spent"), "quota")],
)
def test_silence_is_no_miss_and_no_attempt(lake: Lake, error: SourceError, outcome: str) -> None:
    source = Scripted({KEYS[0]: "Viper"}, stops_with=error, after=1)
    report = run(lake, source)
    state = lookups(lake)
    assert state[KEYS[0]][0] == "hit"
    assert {state[key][:2] for key in KEYS[1:]} == {(outcome, 0)}
    assert report.notes == {"musicbrainz": str(error)}
    later = Scripted({})
    run(lake, later, now=NOW + timedelta(days=2))
    assert sorted(later.asked) == sorted(KEYS[1:])


def test_a_pause_the_source_named_is_kept(lake: Lake) -> None:
    until = NOW + timedelta(hours=7)
    run(lake, Scripted({}, stops_with=DownError("later", until=until)))
    assert lookups(lake)[KEYS[0]][2] == until.replace(tzinfo=None)
    early = Scripted({})
    run(lake, early, now=NOW + timedelta(hours=6))
    assert early.asked == []


def test_silence_keeps_what_was_known(lake: Lake) -> None:
    run(lake, Scripted({}))
    evidence = "select track_key, label from musicbrainz_labels"
    with lake.connect(["musicbrainz_labels"]) as con:
        known = {
            "track_key": KEYS[0],
            "bucket": "03",
            "label_key": "viper",
            "label": "Viper",
            "source": "musicbrainz",
        }
        known |= {"tier": OPEN_TIER, "found_by": "exact", "confidence": 0.8, "reason": "found"}
        lake.write_rows(con, "musicbrainz_labels", [known], partition="03")
    run(lake, Scripted({}, stops_with=DownError("sick")), now=NOW + timedelta(days=54))
    assert rows(lake, evidence) == [(KEYS[0], "Viper")]
    run(lake, Scripted({}, asked_at=NOW + timedelta(days=80)), now=NOW + timedelta(days=80))
    assert rows(lake, evidence) == []


def test_off_is_told_and_due_as_soon_as_it_is_on(lake: Lake) -> None:
    report = run(lake, Scripted({}, off="musicbrainz: set ENRICHMENT_CONTACT"))
    assert rows(lake, "select distinct outcome, attempts, reason from musicbrainz_lookups") == [
        ("off", 0, "musicbrainz: set ENRICHMENT_CONTACT")
    ]
    assert report.notes["musicbrainz"].endswith("ENRICHMENT_CONTACT")
    on = Scripted({})
    run(lake, on)
    assert sorted(on.asked) == sorted(KEYS)


def test_a_later_source_is_asked_only_for_what_none_before_found(lake: Lake) -> None:
    first = Scripted({KEYS[0]: "Viper", KEYS[2]: "Hospital"}, name="discogs")
    second = Scripted({KEYS[1]: "Ram"}, name="beatport_api")
    run(lake, first, second)
    assert sorted(second.asked) == sorted([KEYS[1], KEYS[3]])
    assert rows(lake, "select source, label from musicbrainz_labels order by all") == [
        ("beatport_api", "Ram"),
        ("discogs", "Hospital"),
        ("discogs", "Viper"),
    ]


def test_hits_of_an_earlier_table_are_not_asked_and_its_identifiers_are_handed_on(lake: Lake) -> None:
    run(lake, Scripted({KEYS[0]: "Viper"}))
    seen: list[TrackQuestion] = []

    class Watching(Scripted):
        def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
            seen.extend(questions)
            return super().look_up(questions)

    skipping = label_ask("partner_labels", "partner_lookups", tier=OPEN_TIER, hits=("musicbrainz_lookups",))
    run(lake, Watching({}, name="discogs"), way=skipping)
    assert KEYS[0] not in [q.track_key for q in seen]
    seen.clear()
    knowing = label_ask(
        "songstats_labels", "songstats_lookups", tier=OPEN_TIER, identifiers=("musicbrainz_lookups",)
    )
    run(lake, Watching({}, name="songstats"), way=knowing)
    assert {q.track_key: q.isrcs for q in seen}[KEYS[0]] == ("GBAAA9900303",)


def test_several_releases_become_one_row_per_label_with_the_best(lake: Lake) -> None:
    class Many(Scripted):
        def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
            for question in questions:
                labels = (
                    finding("Viper Recordings", release_kind="compilation", release_date=date(2010, 1, 1)),
                    finding("Viper", release_kind="single", release_date=date(2012, 1, 1)),
                    finding("Not On Label (Somebody Self-released)", release_kind="album"),
                    finding("Ministry", release_kind="compilation"),
                )
                yield LookUp(question.track_key, "hit", "found", NOW, labels=labels)

    run(lake, Many({}))
    found = rows(
        lake,
        f"select label_key, label, release_kind, confidence from musicbrainz_labels where track_key = '{KEYS[0]}' order by 1",
    )
    assert [row[:3] for row in found] == [
        ("ministry", "Ministry", "compilation"),
        ("selfreleased", "self-released", "album"),
        ("viper", "Viper", "single"),
    ]
    assert found[0][3] < found[2][3]


def test_a_source_that_forgets_a_question_is_a_fault_of_ours(lake: Lake) -> None:
    class Forgetful(Scripted):
        def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
            return iter(())

    with pytest.raises(AssertionError, match="said nothing"):
        run(lake, Forgetful({}))
