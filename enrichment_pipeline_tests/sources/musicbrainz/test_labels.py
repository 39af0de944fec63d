"""From a scripted service to the labels of a track: matching, choosing, reasons, and every way to end."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrichment_pipeline.sources.musicbrainz.source import MusicBrainz
from enrichment_pipeline.sources.outcomes import DownError, OffError, QuotaError
from enrichment_pipeline.sources.questions import LookUp, TrackQuestion
from enrichment_pipeline_tests.sources.musicbrainz.helpers import (
    NOW,
    Service,
    by_key,
    credit,
    page,
    recording,
    release,
    surroundings,
    track,
)

LOW_WATER = track("Ida Merle", "Low Water")


def asked(
    root: Path, service: Service, *questions: TrackQuestion, environment: Mapping[str, str] | None = None
) -> list[LookUp]:
    with closing(MusicBrainz(surroundings(root, environment), network=service.transport())) as source:
        return list(source.look_up(questions))


class World:
    """Recordings and releases; every search finds all of its kind, as the clauses sort out what is theirs."""

    def __init__(self, recordings: list[dict[str, Any]], releases: list[dict[str, Any]]) -> None:
        self.rows = {"recording": recordings, "release": releases, "label": []}
        self.browsed: list[dict[str, Any]] = []
        self.service = Service(self._find)

    def label(self, name: str, kind: str) -> None:
        self.rows["label"].append({"id": f"label-{name}", "name": name, "type": kind})

    def _find(self, entity: str, params: httpx.QueryParams) -> httpx.Response:
        if "query" not in params:
            return httpx.Response(200, json={"release-count": len(self.browsed), "releases": self.browsed})
        return page(entity, self.rows[entity])

    def ask(self, tmp_path: Path, *questions: TrackQuestion) -> list[LookUp]:
        return asked(tmp_path, self.service, *questions)


def on(mbid: str, *releases: dict[str, Any], **details: Any) -> dict[str, Any]:
    shown = [{k: v for k, v in each.items() if k != "label-info"} for each in releases]
    title = details.pop("title", "Low Water")
    return recording(mbid, title, releases=shown, **details)


def infos(*names: str | None, number: str | None = None) -> list[dict[str, Any]]:
    return [
        {"catalog-number": number, "label": {"id": f"label-{n}", "name": n} if n else None} for n in names
    ]


def test_a_hit_says_all_it_knows(tmp_path: Path) -> None:
    single = release("r1", **{"label-info": infos("Harbourlight", number="HL 001")})
    world = World([on("a", single, isrcs=["GBABC1512345"])], [single])
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.reason) == ("hit", "found as exact match on single, 2015")
    assert (answer.matched_id, answer.isrcs, answer.asked_at) == ("a", ("GBABC1512345",), NOW)
    (finding,) = answer.labels
    assert (finding.label, finding.found_by, finding.release_kind) == ("Harbourlight", "exact", "single")
    assert (finding.release_date, finding.catalogue_number) == (date(2015, 6, 1), "HL 001")
    assert finding.url == "https://musicbrainz.org/release/r1"
    assert finding.raw_answer_ref in answer.refs
    assert len(answer.refs) == 2
    assert [entity for entity, _ in world.service.asked] == ["recording", "release"]


def test_an_isrc_finds_what_is_spelled_otherwise(tmp_path: Path) -> None:
    single = release("r1")
    world = World([on("a", single, title="Lo Wtr", isrcs=["GBABC1512345"])], [single])
    (answer,) = world.ask(tmp_path, track("Ida Merle", "Low Water", isrcs=("GB-ABC-15-12345", "rubbish")))
    assert (answer.outcome, answer.reason) == ("hit", "found by ISRC on single, 2015")
    assert answer.labels[0].found_by == "isrc"


@pytest.mark.parametrize(
    ("title", "artist"), [("Low Water (Pellworm remix)", "Ida Merle"), ("Other Thing", "Somebody Else")]
)
def test_an_isrc_given_to_another_track_finds_nothing(tmp_path: Path, title: str, artist: str) -> None:
    wrong = on("a", release("r1"), title=title, isrcs=["GBABC1512345"], **{"artist-credit": credit(artist)})
    (answer,) = World([wrong], [release("r1")]).ask(
        tmp_path, track("Ida Merle", "Low Water", isrcs=("GBABC1512345",))
    )
    assert answer.outcome == "miss"


def test_another_version_is_no_match(tmp_path: Path) -> None:
    remixes = [
        on("a", release("r1"), title="Low Water (Pellworm remix)"),
        on("b", title="Low Water (Salt dub)"),
    ]
    (answer,) = World(remixes, [release("r1")]).ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.labels) == ("miss", ())
    assert answer.reason == "2 recordings of it, none passes the version gate"
    assert answer.http_status == 200


def test_a_comment_tells_the_version(tmp_path: Path) -> None:
    takes = [
        on("a", release("r1"), disambiguation="instrumental mix"),
        on("b", release("r2"), disambiguation="from the second session"),
    ]
    releases = [release("r1", "Wrong"), release("r2", "Harbourlight")]
    (answer,) = World(takes, releases).ask(tmp_path, LOW_WATER)
    assert [finding.label for finding in answer.labels] == ["Harbourlight"]


def test_extended_and_original_are_the_same(tmp_path: Path) -> None:
    world = World([on("a", release("r1"), title="Low Water (extended mix)")], [release("r1")])
    (answer,) = world.ask(tmp_path, track("Ida Merle", "Low Water", "Original Mix"))
    assert answer.outcome == "hit"


def test_nothing_found(tmp_path: Path) -> None:
    world = World([], [])
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.reason) == ("miss", "no recording of that title by that artist")
    assert len(world.service.asked) == 2  # exact words, then loose ones


def test_spelling_is_forgiven_by_the_second_question(tmp_path: Path) -> None:
    world = World([on("a", release("r1"), title="Low  Waterr")], [release("r1")])
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.labels[0].found_by) == ("hit", "fuzzy")


def test_what_is_only_alike_gives_way_to_the_track_itself(tmp_path: Path) -> None:
    parts = [
        on("a", release("r1"), title="Sunday Morning Walk Home, Part 1"),
        on("b", release("r2"), title="Sunday Morning Walk Home, Part 2"),
    ]
    world = World(parts, [release("r1", "Right"), release("r2", "Wrong")])
    (answer,) = world.ask(tmp_path, track("Ida Merle", "Sunday Morning Walk Home, Part 1"))
    assert [finding.label for finding in answer.labels] == ["Right"]


def test_findings_are_ordered_as_labels_are_decided(tmp_path: Path) -> None:
    releases = [
        release("r0", "Sampler", date="2001", **{"release-group": {"secondary-types": ["Compilation"]}}),
        release("r1", "Album Label", date="2003", **{"release-group": {"primary-type": "Album"}}),
        release("r2", "Later", date="2016-01-01"),
        release("r3", "First", date="2015-06"),
        release("r4", "FIRST Records", date="2018"),
        release("r5", "White", date="2000", status="Bootleg"),
        release("r6", "Undated", date=""),
        release("r7", "Copy", date="1999", status="Pseudo-Release"),
        release("r8", "Mixed", **{"artist-credit": credit("Various Artists")}),
    ]
    (answer,) = World([on("a", *releases)], releases).ask(tmp_path, LOW_WATER)
    labels = [finding.label for finding in answer.labels]
    assert labels == ["First", "Later", "Undated", "Album Label", "White", "Sampler", "Mixed"]
    assert answer.labels[0].release_date == date(2015, 6, 1)


def test_many_releases_do_not_make_many_questions(tmp_path: Path) -> None:
    releases = [release(f"r{n:02d}", f"Label {n}", date=f"{1990 + n}") for n in range(20)]
    (answer,) = World([on("a", *releases)], releases).ask(tmp_path, LOW_WATER)
    assert len(answer.labels) == 12
    assert answer.labels[0].label == "Label 0"


@pytest.mark.parametrize("name", ["[no label]", "Not On Label (Ida Merle Self-released)"])
def test_no_label_is_a_known_fact(tmp_path: Path, name: str) -> None:
    world = World([on("a", release("r1"))], [release("r1", name)])
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.labels[0].label) == ("hit", "self-released")
    assert answer.labels[0].is_distributor is False


def test_a_number_without_label_is_told(tmp_path: Path) -> None:
    numbered = release("r1", **{"label-info": infos(None, number="HL 001")})
    (answer,) = World([on("a", numbered)], [numbered]).ask(tmp_path, LOW_WATER)
    assert answer.outcome == "miss"
    assert answer.reason == "found, but no release of it names a label, only the catalogue number HL 001"
    assert answer.matched_id == "a"


def test_a_recording_on_no_release(tmp_path: Path) -> None:
    (answer,) = World([on("a")], []).ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.reason) == ("miss", "found, but on no release")


def test_of_several_labels_the_distributor_comes_last(tmp_path: Path) -> None:
    shared = release("r1", **{"label-info": infos("Away Distribution", "Harbourlight")})
    world = World([on("a", shared)], [shared])
    world.label("Away Distribution", "Distributor")
    world.label("Harbourlight", "Original Production")
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert [(f.label, f.is_distributor) for f in answer.labels] == [
        ("Harbourlight", False),
        ("Away Distribution", True),
    ]
    assert [entity for entity, _ in world.service.asked] == ["recording", "release", "label"]


def test_labels_of_unknown_type_are_both_kept(tmp_path: Path) -> None:
    shared = release("r1", **{"label-info": infos("Overland", "Harbourlight")})
    (answer,) = World([on("a", shared)], [shared]).ask(tmp_path, LOW_WATER)
    assert {(f.label, f.is_distributor) for f in answer.labels} == {
        ("Harbourlight", None),
        ("Overland", None),
    }


def test_namesakes_on_different_labels_are_ambiguous(tmp_path: Path) -> None:
    def by(artist_id: str) -> dict[str, Any]:
        return {"artist-credit": [{"name": "Ida Merle", "artist": {"id": artist_id, "name": "Ida Merle"}}]}

    world = World(
        [on("a", release("r1"), **by("one")), on("b", release("r2"), **by("two"))],
        [release("r1", "Harbourlight"), release("r2", "Keel")],
    )
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert answer.outcome == "ambiguous"
    assert answer.reason == (
        "2 artists of that name have that title, on different labels: Harbourlight, Keel"
    )
    assert len(answer.labels) == 2


def test_two_recordings_of_one_artist_are_not_ambiguous(tmp_path: Path) -> None:
    world = World(
        [on("a", release("r1")), on("b", release("r2", date="2011"))],
        [release("r1", "Harbourlight"), release("r2", "Keel", date="2011")],
    )
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert (answer.outcome, [f.label for f in answer.labels]) == ("hit", ["Keel", "Harbourlight"])


def test_a_list_that_may_be_cut_is_browsed(tmp_path: Path) -> None:
    listed = [release(f"r{n:02d}", "Later", date="2019") for n in range(25)]
    world = World([on("a", *listed)], listed)
    world.browsed = [release("r99", "First", date="2010")]
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert [finding.label for finding in answer.labels] == ["First", "Later"]


def test_releases_unknown_to_the_index_are_browsed(tmp_path: Path) -> None:
    world = World([on("a", release("merged"))], [])
    world.browsed = [release("r1")]
    (answer,) = world.ask(tmp_path, LOW_WATER)
    assert (answer.outcome, answer.labels[0].url) == ("hit", "https://musicbrainz.org/release/r1")


def test_a_second_artist_is_enough(tmp_path: Path) -> None:
    both = on("a", release("r1"), **{"artist-credit": credit("Salt Pellworm")})
    (answer,) = World([both], [release("r1")]).ask(
        tmp_path, track("Ida Merle & Salt Pellworm", "Low Water", artists=("Ida Merle", "Salt Pellworm"))
    )
    assert answer.outcome == "hit"


def test_a_track_without_names_is_not_asked(tmp_path: Path) -> None:
    world = World([], [])
    (answer,) = world.ask(tmp_path, track("Ida Merle", " "))
    assert (answer.outcome, answer.asked_at, world.service.asked) == ("miss", None, [])


def test_a_refused_question_harms_no_other(tmp_path: Path) -> None:
    def find(entity: str, params: httpx.QueryParams) -> Any:
        if "cursed" in params["query"].casefold():
            return httpx.Response(400, json={"error": "Unable to parse search"})
        return [on("a", release("r1"))] if entity == "recording" else [release("r1")]

    cursed = track("Ida Merle", "Cursed Title")
    answers = by_key(asked(tmp_path, Service(find), LOW_WATER, cursed, track("Salt", "Nowhere")))
    assert answers[LOW_WATER.track_key].outcome == "hit"
    assert (answers[cursed.track_key].outcome, answers[cursed.track_key].http_status) == ("down", 400)
    assert "400" in answers[cursed.track_key].reason
    assert answers["Salt|Nowhere|"].outcome == "miss"


def test_without_contact_it_is_off(tmp_path: Path) -> None:
    nobody = {"ENRICHMENT_CONTACT": ""}
    with closing(MusicBrainz(surroundings(tmp_path, nobody))) as source:
        assert source.off_reason is not None
        assert "ENRICHMENT_CONTACT" in source.off_reason
    with pytest.raises(OffError):
        asked(tmp_path, World([], []).service, LOW_WATER, environment=nobody)
    with closing(MusicBrainz(surroundings(tmp_path))) as source:
        assert source.off_reason is None


def test_a_spent_budget_ends_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    world = World([on("a", release("r1"))], [release("r1")])
    short = {"ENRICHMENT_MUSICBRAINZ_BUDGET": "1"}
    with pytest.raises(QuotaError):
        asked(tmp_path, world.service, LOW_WATER, environment=short)
    (answer,) = asked(tmp_path, world.service, LOW_WATER, environment=short)
    assert (answer.outcome, len(world.service.asked)) == ("hit", 2)


def test_an_answer_of_another_shape_is_down_and_not_kept(tmp_path: Path) -> None:
    is_ill = [True]

    def find(entity: str, params: httpx.QueryParams) -> Any:
        return httpx.Response(200, json=["maintenance"]) if is_ill[0] else []

    with pytest.raises(DownError):
        asked(tmp_path, Service(find), LOW_WATER)
    is_ill[0] = False
    (answer,) = asked(tmp_path, Service(find), LOW_WATER)
    assert answer.outcome == "miss"


def test_the_public_service_is_never_asked_faster_than_it_allows(tmp_path: Path) -> None:
    here = surroundings(tmp_path, {"ENRICHMENT_MUSICBRAINZ_URL": ""})
    with closing(MusicBrainz(here)) as source:
        policy = source._client.policy
    assert (policy.base_url, policy.per_second, policy.budget) == ("https://musicbrainz.org/ws/2", 1.0, 900)
