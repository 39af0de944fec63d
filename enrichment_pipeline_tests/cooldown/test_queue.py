"""The state of wanted tracks, materialization after materialization: look-ups in, due times and wakes out."""

from __future__ import annotations

from datetime import datetime, timedelta

from enrichment_pipeline.cooldown.policy import Settings
from enrichment_pipeline.cooldown.requests import EVERY_TRACK, Wish
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline_tests.cooldown.lakes import (
    KEYS,
    START,
    Row,
    lookup,
    plain,
    queue,
    want,
    write,
)

A, B = KEYS[:2]
IN_30_DAYS = START + timedelta(days=30)


def placed(row: Row) -> tuple[str, str, datetime | None]:
    return row["state"], row["reason"], row["due_at"]


def outcomes(row: Row) -> list[str]:
    return [entry["outcome"] for entry in row["history"]]


def test_what_was_not_found_waits_for_its_time_and_falls_due(lake: Lake) -> None:
    want(lake, {"track_key": A})
    write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS))])
    row = queue(lake)[A]
    assert placed(row) == ("waiting", "no match", plain(IN_30_DAYS))
    assert (row["wants"], row["attempts"], row["strategy"]) == ("label", 1, "exponential")
    assert (row["first_asked_at"], row["last_asked_at"]) == (plain(START), plain(START))
    assert placed(queue(lake, IN_30_DAYS)[A])[0] == "due"


def test_trouble_of_a_source_counts_no_attempt(lake: Lake) -> None:
    want(lake, *({"track_key": key} for key in KEYS[:4]))
    soon = plain(START + timedelta(hours=1))
    trouble = [lookup(A, "down", next_ask_at=soon), lookup(B, "blocked", next_ask_at=soon)]
    write(lake, "musicbrainz_lookups", [*trouble, lookup(KEYS[2], "quota"), lookup(KEYS[3], "off")])
    rows = queue(lake)
    assert placed(rows[A]) == ("asked", "source down", soon)
    assert placed(rows[B]) == ("asked", "source blocked", soon)
    assert placed(rows[KEYS[2]]) == ("waiting", "quota", plain(START + timedelta(days=1)))
    assert placed(rows[KEYS[3]]) == ("waiting", "off", None)
    assert {row["attempts"] for row in rows.values()} == {0}


def test_the_earliest_source_that_can_answer_says_when(lake: Lake) -> None:
    want(lake, {"track_key": A})
    write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS))])
    write(
        lake,
        "partner_lookups",
        [lookup(A, "ambiguous", source="discogs", next_ask_at=plain(START + timedelta(days=9)))],
    )
    write(lake, "scraped_lookups", [lookup(A, "off", source="traxsource")])
    assert placed(queue(lake)[A]) == ("waiting", "ambiguous", plain(START + timedelta(days=9)))


def test_who_is_passed_over_because_another_found_something_is_not_waited_for(lake: Lake) -> None:
    want(lake, {"track_key": A, "best_label": "Perhaps"})
    write(lake, "musicbrainz_lookups", [lookup(A, "hit")])
    write(lake, "partner_lookups", [lookup(A, source="discogs", next_ask_at=plain(START))])
    row = queue(lake)[A]
    # the label found is not sure enough: what is decided anew may be
    assert (row["state"], row["reason"]) == ("waiting", "low probability")


def test_a_dump_is_waited_for_by_nobody_and_wakes_when_it_is_loaded_anew(lake: Lake) -> None:
    want(lake, {"track_key": A})
    of_dump = lookup(A, source="musicbrainz_dump", next_ask_at=plain(START))
    write(lake, "musicbrainz_lookups", [of_dump, lookup(A, "off")])
    dumps = {"musicbrainz_dump": START}
    assert placed(queue(lake, dumps=dumps)[A]) == ("waiting", "off", None)
    later = START + timedelta(days=40)
    row = queue(lake, later, dumps={"musicbrainz_dump": later - timedelta(days=1)})[A]
    assert (row["state"], row["due_at"], row["waked_by"]) == (
        "due",
        plain(later),
        "musicbrainz_dump was loaded anew",
    )
    # nobody asked meanwhile: it is the same wake
    again = queue(lake, later + timedelta(days=1), dumps={"musicbrainz_dump": later - timedelta(days=1)})[A]
    assert (again["due_at"], outcomes(again)) == (plain(later), ["wanted", "waked"])


def test_who_is_found_leaves_as_resolved_and_stays_to_be_counted(lake: Lake) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    write(lake, "musicbrainz_lookups", [lookup(key, next_ask_at=plain(IN_30_DAYS)) for key in (A, B)])
    queue(lake)
    want(lake, {"track_key": B})
    row = queue(lake, IN_30_DAYS)[A]
    assert (row["state"], row["due_at"], row["since"]) == ("resolved", None, plain(IN_30_DAYS))
    assert outcomes(row) == ["wanted", "resolved"]
    assert queue(lake, IN_30_DAYS + timedelta(days=1))[A] == row


def test_nobody_is_exhausted_before_the_last_answer(lake: Lake) -> None:
    want(lake, {"track_key": A})
    write(lake, "musicbrainz_lookups", [lookup(A, attempts=6)])
    row = queue(lake)[A]
    assert (row["state"], row["attempts"], row["due_at"]) == ("exhausted", 6, None)
    assert outcomes(row)[-1] == "exhausted"


def test_new_evidence_wakes_who_waits_and_who_is_exhausted(lake: Lake) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS)), lookup(B, attempts=6)])
    queue(lake)
    want(lake, {"track_key": A, "plays": 2}, {"track_key": B, "plays": 2})
    later = START + timedelta(days=2)
    for row in queue(lake, later).values():
        assert (row["state"], row["due_at"], row["waked_at"]) == ("due", plain(later), plain(later))
        assert row["waked_by"] == "a new set plays it"
    again = queue(lake, later + timedelta(days=1))[A]
    assert (again["due_at"], outcomes(again)) == (plain(later), ["wanted", "waked"])


def test_an_answer_ends_a_wake_and_silence_does_not(lake: Lake) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    asked = [lookup(key, next_ask_at=plain(IN_30_DAYS)) for key in (A, B)]
    write(lake, "musicbrainz_lookups", asked)
    queue(lake)
    waked = START + timedelta(days=2)
    want(lake, {"track_key": A, "plays": 2}, {"track_key": B, "plays": 2})
    queue(lake, waked)
    answered = lookup(A, attempts=2, asked_at=plain(waked), next_ask_at=plain(waked + timedelta(days=60)))
    write(lake, "musicbrainz_lookups", [answered, asked[1]])
    rows = queue(lake, waked)
    assert placed(rows[A]) == ("waiting", "no match", plain(waked + timedelta(days=60)))
    assert (rows[A]["waked_by"], outcomes(rows[A])) == (None, ["wanted", "waked", "no match"])
    assert (rows[B]["state"], rows[B]["waked_by"]) == ("due", "a new set plays it")


def test_a_person_asks_now_or_revives(lake: Lake) -> None:
    want(lake, {"track_key": A}, {"track_key": B})
    write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS)), lookup(B, attempts=6)])
    queue(lake)
    at = START + timedelta(days=1)
    wishes = [Wish(at, A, "ask"), Wish(at, EVERY_TRACK, "revive")]
    rows = queue(lake, at, wishes=wishes)
    assert (rows[A]["state"], rows[A]["waked_by"]) == ("due", "asked for by hand")
    assert (rows[B]["state"], rows[B]["waked_by"], rows[B]["attempts"]) == ("due", "revived by hand", 0)
    answered = {"asked_at": plain(at), "next_ask_at": plain(at + timedelta(days=30)), "attempts": 1}
    write(lake, "musicbrainz_lookups", [lookup(A, **answered), lookup(B, **answered)])
    rows = queue(lake, at + timedelta(hours=1), wishes=wishes)
    assert {row["state"] for row in rows.values()} == {"waiting"}
    assert {row["attempts"] for row in rows.values()} == {1}


def test_an_unsure_artist_is_predicted_again_and_counts_only_when_it_was_due(lake: Lake) -> None:
    want(lake, {"track_key": A, "label_missing": False, "artist_missing": True})

    def predicted(run: str, band: str = "none") -> None:
        write(
            lake,
            "resolved_artists",
            [{"track_key": A, "band": band, "run_id": run, "reason": "nobody is likely"}],
        )

    predicted("first")
    row = queue(lake)[A]
    assert (row["wants"], row["reason"], row["strategy"], row["attempts"]) == (
        "artist",
        "low probability",
        "adaptive",
        1,
    )
    due = row["due_at"]
    assert timedelta(days=7) <= due - plain(START) <= timedelta(days=158)
    predicted("by the way")
    assert queue(lake, START + timedelta(days=1))[A]["due_at"] == due
    later = START + (due - plain(START))
    assert queue(lake, later)[A]["state"] == "due"
    predicted("when due")
    again = queue(lake, later)[A]
    assert (again["state"], again["attempts"]) == ("waiting", 2)
    assert again["due_at"] > due
    predicted("found", "auto")
    assert queue(lake, later)[A]["state"] == "resolved"


def test_the_title_named_elsewhere_and_a_known_label_wake_an_unknown_artist(lake: Lake) -> None:
    unknown = {"track_key": A, "artist_missing": True, "title_key": "overcast"}
    want(lake, unknown)
    write(lake, "external_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS))])
    write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS))])
    assert queue(lake)[A]["wants"] == "both"
    want(lake, {**unknown, "label_missing": False})
    write(lake, "plays", [{"play_id": "p", "title_key": "overcast", "artist_known": True}])
    row = queue(lake, START + timedelta(days=1))[A]
    assert row["waked_by"] == "its label is known now; its title is named with an artist in another set"


def test_many_new_tracks_are_spread_and_keep_their_day(lake: Lake) -> None:
    want(lake, *({"track_key": key} for key in KEYS))
    # a bucket tells of all 32
    settings = Settings(tracks_per_day=len(KEYS) * 32 // 10)
    rows = queue(lake, settings=settings)
    assert {row["reason"] for row in rows.values()} == {"not asked"}
    first = {key: row["due_at"] for key, row in rows.items()}
    days = {(due - plain(START)).days for due in first.values()}
    assert len(days) > 3
    assert max(days) <= 10
    later = queue(lake, START + timedelta(days=1), settings=settings)
    assert {key: row["due_at"] for key, row in later.items()} == first


def test_what_nobody_can_be_asked_waits_without_a_time(lake: Lake) -> None:
    want(lake, {"track_key": A})
    write(lake, "label_questions", [])
    assert placed(queue(lake)[A]) == ("waiting", "not asked", None)


def test_the_history_is_short(lake: Lake) -> None:
    for n in range(1, 30):
        want(lake, {"track_key": A, "plays": n})
        write(lake, "musicbrainz_lookups", [lookup(A, next_ask_at=plain(IN_30_DAYS))])
        row = queue(lake, START + timedelta(hours=n))[A]
    assert len(row["history"]) == 20
