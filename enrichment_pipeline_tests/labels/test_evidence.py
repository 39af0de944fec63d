"""Label evidence over tiny lakes: which kinds speak, for what, and who is not heard."""

from __future__ import annotations

import pytest

from enrichment_pipeline.labels.build import (
    write_calibration,
    write_evidence,
    write_track_labels,
    write_unresolved,
)
from enrichment_pipeline.labels.funnel import label_funnel
from enrichment_pipeline.labels.lines import LINE_LABELS
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.faults import inspect_table
from enrichment_pipeline_tests.catalogue.lakes import SetLines, fill_lake, rows

LABEL_TABLES = ("label_calibration", "label_evidence", "track_labels", "unresolved_tracks")


def label(lake, sets):
    fill_lake(lake, sets)
    # only buckets with tracks: the others would be empty files
    buckets = [
        bucket for (bucket,) in rows(lake, "select distinct bucket from tracks order by 1", ["tracks"])
    ]
    assert set(buckets) <= set(BUCKET_KEYS)
    write_calibration(lake)
    write_evidence(lake, buckets)
    write_track_labels(lake, buckets, "run 1")
    write_unresolved(lake, buckets)


def evidence(lake, title, columns="source, label_key, plays_for, plays_total"):
    return rows(
        lake,
        f"select {columns} from label_evidence e join tracks t using (track_key) where t.title = '{title}' order by all",
        ["label_evidence", "tracks"],
    )


def decided(lake, title, columns="status, label, tier, source"):
    (found,) = rows(
        lake,
        f"select {columns} from track_labels l join tracks t using (track_key) where t.title = '{title}'",
        ["track_labels", "tracks"],
    )
    return found


def test_the_texts_own_bracket_is_added_up_over_the_plays_of_a_track(lake):
    label(
        lake,
        {
            "a": ["Marlow - One [Quay]"],
            "b": ["Marlow - One [Quay Records]"],
            "c": ["Marlow - One [Pier]"],
            "d": ["Marlow - One"],
        },
    )
    titles = [row for row in evidence(lake, "One") if row[0] == "title"]
    assert titles == [("title", "pier", 1, 4), ("title", "quay", 2, 4)]
    assert decided(lake, "One", "status, label_key, tier, source") == ("accepted", "quay", "1 title", "title")
    (log,) = decided(lake, "One", "replace(tier_log, 'Quay Records', 'Quay')")
    assert log.startswith(
        "tier 1 title: Quay: 2 of 4 plays name it → tier 1b catalogue: Quay: 2 of 3 plays of it elsewhere name it"
    )


def test_as_many_plays_for_two_labels_the_earlier_set_decides(lake):
    label(
        lake,
        {
            "a": SetLines(["Marlow - One [Pier]"], date="2016-05-01"),
            "b": SetLines(["Marlow - One [Quay]"], date="2012-05-01"),
        },
    )
    assert decided(lake, "One")[:2] == ("accepted", "Quay")
    assert len(decided(lake, "One", "candidates")[0]) == 2, "the other is kept"


def test_a_line_without_bracket_learns_from_other_lines_of_its_track(lake):
    many = [f"Marlow - Tune {n} [Quay]" for n in range(12)]
    label(lake, {"a": many, "b": [*many[:4], "Voss - Song"], "c": ["Marlow - Tune 1", "Voss - Song 2"]})
    found = rows(
        lake,
        f"select l.label, l.tier, l.source, l.status from ({LINE_LABELS}) l join raw_tracks using (play_id) where raw_text = 'Marlow - Tune 1'",
        ["plays", "parsed_labels", "track_labels", "raw_tracks"],
    )
    assert found == [("Quay", "1b catalogue", "catalogue exact", "accepted")]


def test_other_versions_speak_as_base_title(lake):
    label(
        lake,
        {
            "a": ["Marlow - One (Voss Remix) [Quay]"],
            "b": ["Marlow - One"],
            "c": ["Marlow - One (Ennis Remix) [Quay]"],
        },
    )
    found = rows(
        lake,
        "select source, label_key, plays_for, plays_total, version_similarity from label_evidence join tracks using (track_key)"
        " where title = 'One' and version is null and source = 'catalogue base title'",
        ["label_evidence", "tracks"],
    )
    assert found == [("catalogue base title", "quay", 2, 2, 0.0)]


@pytest.mark.parametrize("version", ["(Voss Bootleg)", "(Voss Mashup)"])
def test_a_bootleg_does_not_inherit_the_label_of_the_original(lake, version):
    label(lake, {"a": ["Marlow - One [Quay]"], "b": [f"Marlow - One {version}"]})
    found = rows(
        lake,
        "select count(*) from label_evidence join tracks using (track_key) where version is not null",
        ["label_evidence", "tracks"],
    )
    assert found == [(0,)]


def test_an_artists_habit_and_the_set_speak_too(lake):
    label(
        lake,
        {"a": [f"Marlow - Tune {n} [Quay]" for n in range(4)], "b": ["Marlow - New", "Ennis - Other [Quay]"]},
    )
    sources = [(source, key, n, of) for source, key, n, of in evidence(lake, "New")]
    assert sources == [("artist habit", "quay", 4, 4), ("same set", "quay", 1, 1)]
    (confidence,) = {row[0] for row in evidence(lake, "New", "label_confidence")}
    assert 0 < confidence < 1


def test_a_bracket_that_is_a_label_elsewhere_counts_though_its_form_does_not_say_so(lake):
    label(
        lake,
        {
            "a": [f"Marlow - Tune {n} [Slow Tide]" for n in range(3)],
            "b": ["Voss - One (Slow Tide)", "Voss - Two (Marlow)"],
        },
    )
    assert [row[:2] for row in evidence(lake, "One (Slow Tide)")] == [("title bracket", "slowtide")]
    assert evidence(lake, "Two (Marlow)") == [], "an artist's name is no label"


def test_a_catalogue_number_names_the_label_others_use_such_numbers_for(lake):
    sets = {f"s{n}": [f"Marlow - Tune {n} [Quay - QY00{n}]"] for n in range(1, 6)}
    label(lake, {**sets, "z": ["Ennis - One [QY009]", "Ennis - Two [ZZ001]"]})
    assert [row for row in evidence(lake, "One") if row[0] == "catalogue number"] == [
        ("catalogue number", "quay", 5, 5)
    ]
    assert [row for row in evidence(lake, "Two") if row[0] == "catalogue number"] == []


def test_parts_of_a_mashup_have_labels_of_their_own(lake):
    label(
        lake,
        {
            "a": ["Marlow - Tidal [Quay]", "Voss - Ember [Pier]"],
            "b": ["Marlow vs Voss - Tidal vs Ember (Ennis Mashup)"],
        },
    )
    found = rows(
        lake,
        "select component_no, label_key, source, found_by from label_evidence where component_no is not null order by 1",
        ["label_evidence"],
    )
    assert found == [(0, "quay", "mashup component", "exact"), (1, "pier", "mashup component", "exact")]
    ((status, label_name, components),) = rows(
        lake,
        "select status, l.label, components from track_labels l join tracks using (track_key) where is_mashup",
        ["track_labels", "tracks"],
    )
    assert (status, label_name) == ("none", None), "the labels of its parts are not the mashup's"
    assert [(c["no"], c["label"]) for c in components] == [(0, "Quay"), (1, "Pier")]


@pytest.mark.parametrize("words", ["Self Released", "Not On Label", "No Label"])
def test_no_label_is_a_known_fact(lake, words):
    label(lake, {"a": [f"Marlow - One [{words}]", "Marlow - Two [Quay]"]})
    assert decided(lake, "One")[:2] == ("self-released", "self-released")
    missing = rows(
        lake,
        "select title from unresolved_tracks join tracks using (track_key, title)",
        ["unresolved_tracks", "tracks"],
    )
    assert missing == []


def test_tracks_without_label_or_artist_are_listed_with_what_is_missing(lake):
    label(lake, {"a": ["Marlow - One", "ID - Two [Quay]", "ID - ID", "Marlow - Three [Quay]"]})
    found = rows(
        lake,
        "select title, label_missing, artist_missing, why from unresolved_tracks order by title nulls first",
        ["unresolved_tracks"],
    )
    assert [row[:3] for row in found] == [(None, True, True), ("One", True, False), ("Two", False, True)]
    assert "artist: the line names neither artist nor title" in found[0][3]
    assert found[1][3].startswith("label: Quay, not sure enough")
    assert found[2][3] == "artist: the line names only a title"


def test_near_duplicate_sets_do_not_vouch_for_each_other(lake):
    """A label planted in a set and its second upload only must not count as agreement of two sets."""
    shared = [f"Marlow - Tune {n}" for n in range(6)]
    planted = "Ennis - Planted [Hidden Quay]"
    label(lake, {"a": [*shared, planted], "b": [*shared, planted], "c": ["Voss - Other [Pier]"]})
    found = rows(
        lake,
        "select n from label_calibration where kind = 'catalogue exact' and support <> 'not named elsewhere'",
        ["label_calibration"],
    )
    assert {n for (n,) in found} == {0}, "neither upload may be asked about the other"


def test_a_label_planted_in_the_own_set_alone_is_not_seen_when_it_is_hidden(lake):
    """Were the own set heard, every exact case of the calibration would be right."""
    label(lake, {"a": ["Marlow - One [Quay]", "Marlow - One [Quay]"], "b": ["Voss - Two [Pier]"]})
    exact = rows(
        lake,
        "select sum(n) from label_calibration where kind = 'catalogue exact' and support <> 'not named elsewhere'",
        ["label_calibration"],
    )
    assert exact == [(0,)]


def test_confidence_grows_with_support(lake):
    """Labels that one, two or three other sets confirm, and labels on which no two sets agree."""
    sets = {}
    for block in range(6):
        for number in range(2 + block % 3):
            agreed = [f"Marlow {block} - Tune {n} [Quay]" for n in range(3)]
            disputed = f"Voss {block} - Song [Label {'abcdef'[number]}]"
            sets[f"s{block}{number}"] = [*agreed, disputed]
    label(lake, sets)
    query = "select support, n, confidence from label_calibration where kind = '{}'"
    exact = {
        support: c for support, _, c in rows(lake, query.format("catalogue exact"), ["label_calibration"])
    }
    assert exact["three sets and more, all agree"] > exact["sets disagree"]
    assert exact["two sets agree"] > exact["sets disagree"]
    assert exact["one set, within a year"] > exact["sets disagree"]
    titles = {support: c for support, _, c in rows(lake, query.format("title"), ["label_calibration"])}
    assert titles["three sets and more, all agree"] >= titles["one set"] > titles["sets disagree"]
    measured = rows(lake, 'select n, "right", confidence from label_calibration', ["label_calibration"])
    assert all(0 <= right <= n and 0 <= confidence <= 1 for n, right, confidence in measured)


def test_all_tables_pass_their_schema_checks_also_without_any_play(lake):
    label(lake, {})
    for name in LABEL_TABLES:
        assert inspect_table(lake, name).faults == ()


def test_all_tables_pass_their_schema_checks(lake):
    label(
        lake,
        {
            "a": ["Marlow - One [Quay]", "Voss - Two", "ID - ID", "intro", "Marlow vs Voss - One vs Two"],
            "b": ["Voss - Two [Pier]"],
        },
    )
    for name in LABEL_TABLES:
        assert inspect_table(lake, name).faults == ()
    tracks = rows(
        lake,
        "select count(*), count(l.track_key) from tracks t left join track_labels l using (track_key)",
        ["tracks", "track_labels"],
    )
    assert tracks[0][0] == tracks[0][1], "every track has its row"


def test_a_bucket_made_again_is_the_same_and_leaves_the_others(lake):
    label(
        lake,
        {
            "a": [f"Marlow - Tune {n} [Quay]" for n in range(8)],
            "b": [f"Marlow - Tune {n}" for n in range(4, 14)],
        },
    )
    before = {path: path.read_bytes() for name in LABEL_TABLES[1:] for path in lake.files(name)}
    bucket = rows(lake, "select bucket from track_labels order by 1 limit 1", ["track_labels"])[0][0]
    write_evidence(lake, [bucket])
    write_track_labels(lake, [bucket], "run 1")
    write_unresolved(lake, [bucket])
    assert {path: path.read_bytes() for name in LABEL_TABLES[1:] for path in lake.files(name)} == before


def test_the_funnel_counts_lines_by_tier(lake):
    many = [f"Marlow - Tune {n} [Quay]" for n in range(12)]
    label(lake, {"a": many, "b": [*many[:4], "Voss - Song"], "c": ["Marlow - Tune 1", "Voss - Song 2"]})
    with lake.connect(["plays", "parsed_labels", "track_labels"]) as con:
        found = label_funnel(con)
    assert found["lines"] == 19
    assert found["tier 1 title"] == 16
    assert found["without label in text"] == 3
    assert found["gain of tier 1b"] == 1
    assert found["gain share"] == pytest.approx(1 / 3)
    assert found["with label"] == 17
