"""The catalogue over tiny lakes: names, tracks, rosters, near-duplicate sets."""

from __future__ import annotations

import pytest

from enrichment_pipeline.catalogue.labels import initials_of, learn_labels, same_label_spelling
from enrichment_pipeline.catalogue.names import learn_names
from enrichment_pipeline.catalogue.plays import build_every_play
from enrichment_pipeline_tests.catalogue.lakes import SetLines, fill_lake, rows

LABEL_SPELLINGS = [
    ("equal", "gaia", "gaia", True),
    ("a slip", "moonharbour", "monnharbour", True),
    ("two slips in twelve letters", "kingstreetsound", "kingsstreetsund", True),
    ("a slip in a short name", "moody", "mood", False),
    ("numbers differ", "token1long", "token2long", False),
    ("general word behind", "intec", "intecdigital", True),
    ("sub-label behind", "octopus", "octopusblack", False),
    ("trax is a sub-label", "toolroom", "toolroomtrax", False),
    ("catalogue number behind", "klockworks", "klockworks14", True),
    ("number behind a number", "metro1", "metro12", False),
    ("number spelled out", "31", "thirtyone", True),
    ("another number", "32", "thirtyone", False),
    ("words in another order", "schoolfreedom", "freedomschool", True),
    ("letters in another order, short", "noir", "iron", False),
    ("general word before a short stem", "uk", "ukdigital", False),
]


@pytest.mark.parametrize(
    ("one", "other", "same"), [c[1:] for c in LABEL_SPELLINGS], ids=[c[0] for c in LABEL_SPELLINGS]
)
def test_label_spellings(one, other, same):
    assert same_label_spelling(one, other) is same
    assert same_label_spelling(other, one) is same


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Black Sun Empire", {"bse"}),
        ("Get Physical Music", {"gpm", "gp"}),
        ("Drumcode Records", {"dr"}),
        ("Solo", set()),
    ],
)
def test_initials(name, initials):
    assert initials_of(name) == initials


def test_a_track_is_first_artist_title_and_version(lake):
    fill_lake(
        lake,
        {
            "a": ["Marlow - Tidal [Quay]", "Marlow - Tidal (Original Mix) [Quay Records]"],
            "b": ["MARLOW - Tidal (Voss Remix)", "Marlow & Voss - Tidal", "Ennis - Tidal"],
        },
    )
    tracks = rows(
        lake,
        "select p.position, p.set_key, p.track_key from plays p order by p.set_key, p.position",
        ["plays"],
    )
    keys = [track for _, _, track in tracks]
    original, extended, remix, duo, other = keys
    assert original == extended
    assert duo == original, "the first artist stands for the credit"
    assert len({original, remix, other}) == 3


def test_a_line_of_unknown_artist_is_a_track_by_title_and_label(lake):
    fill_lake(
        lake,
        {"a": ["ID - Tidal [Quay]", "ID - ID"], "b": ["ID - Tidal [Quay]", "ID - Tidal [Pier]", "ID - ID"]},
    )
    found = rows(lake, "select track_key, count(*) from plays group by 1 order by 2", ["plays"])
    # the two "ID - Tidal [Quay]" are one; every "ID - ID" is a track of its own
    assert [n for _, n in found] == [1, 1, 1, 2]


def test_a_credit_played_more_than_its_parts_is_one_act(lake):
    fill_lake(
        lake,
        {
            "a": ["Gable & Thorn - One", "Marlow & Voss - Two", "Marlow - Three"],
            "b": ["Gable & Thorn - Four", "Marlow - Five", "Voss - Six"],
        },
    )
    acts = rows(lake, "select artist_key, name from artists where is_protected_act", ["artists"])
    assert acts == [("gablethorn", "Gable & Thorn")]
    credit = rows(lake, "select artist_keys from plays where title = 'Two'", ["plays"])
    assert credit == [(["marlow", "voss"],)]


def _learned(lake, teaching):
    with lake.connect(["raw_tracks", "parsed_labels"]) as con:
        build_every_play(con)
        con.execute(
            f"create temp view teaching as select * from every_play where artist_known and ({teaching})"
        )
        learn_names(con, "teaching")
        con.execute(
            "create temp table first_act as select play_id, coalesce(a.artist_keys, []) as artist_keys"
            " from every_play left join acts_of_parts a using (artist_parts)"
        )
        learn_labels(con, "teaching")
        artists = con.execute("select alias_key, act_key from artist_aliases").fetchall()
        labels = con.execute("select alias_key, act_key from label_aliases").fetchall()
        acts = con.execute("select act_key from protected_acts").fetchall()
    return artists, labels, acts


def test_only_teaching_plays_teach_spellings_and_acts(lake):
    often = [f"Oskar Mulrow - Tune {n} [Moonquay]" for n in range(6)]
    fill_lake(
        lake,
        {
            "a": [*often, "Gable & Thorn - One", "Gable & Thorn - Two"],
            "b": ["Oscar Mulrow - Tune 1 [Moonquay]", "Oskar Mulrow - Tune 2 [Monquay]"],
        },
    )
    artists, labels, acts = _learned(lake, "true")
    assert artists == [("oscarmulrow", "oskarmulrow")]
    assert labels == [("monquay", "moonquay")]
    assert acts == [("gablethorn",)]
    artists, labels, acts = _learned(lake, "set_key like '%:b'")
    assert (artists, labels, acts) == ([], [], [])


def test_other_names_of_an_act_are_artists_of_the_line_and_no_part_of_it(lake):
    fill_lake(
        lake,
        {
            "a": [f"Gable (Oskar Mulrow & Thorn) - Tune {n}" for n in range(3)],
            "b": ["Marlow aka Ennis & Voss - One", "Gable - Two", "Oskar Mulrow - Three"],
        },
    )
    credits = rows(lake, "select distinct artist, artist_keys from plays order by 1", ["plays"])
    assert credits == [
        ("Gable", ["gable"]),
        ("Gable (Oskar Mulrow & Thorn)", ["gable", "oskarmulrow", "thorn"]),
        ("Marlow aka Ennis & Voss", ["marlow", "ennis", "voss"]),
        ("Oskar Mulrow", ["oskarmulrow"]),
    ]
    assert rows(lake, "select count(*) from artists where is_protected_act", ["artists"]) == [(0,)]


def test_two_surnames_are_the_two_who_are_credited_together(lake):
    fill_lake(
        lake,
        {
            "a": [
                "Oskar Mulrow & Iva Thorn - One",
                "Nils Gable & Ada Voss - Two",
                "Nils Gable & Tom Voss - Three",
            ],
            "b": ["Thorn & Mulrow - Four", "Gable & Voss - Five", "Mulrow - Six"],
            "c": [
                f"{name} - Alone"
                for name in ("Oskar Mulrow", "Iva Thorn", "Nils Gable", "Ada Voss", "Tom Voss")
            ],
        },
    )
    credits = dict(rows(lake, "select title, artist_keys from plays", ["plays"]))
    assert credits["Four"] == ["ivathorn", "oskarmulrow"]
    assert credits["Five"] == ["gable", "voss"], "two pairs have these surnames"
    assert credits["Six"] == ["mulrow"]


def test_a_slash_without_spaces_parts_two_acts_that_are_played_more_than_the_whole(lake):
    fill_lake(
        lake,
        {
            "a": ["Mulrow/Thorn - One", "Ebb/Flow - Two", "Ebb/Flow - Three", "Gable/Unheard - Four"],
            "b": [
                "Mulrow - Five",
                "Mulrow - Six",
                "Thorn - Seven",
                "Thorn - Eight",
                "Ebb - Nine",
                "Flow - Ten",
            ],
            "c": ["Gable - Eleven", "Gable - Twelve", "Flow - Thirteen", "Ebb - Fourteen"],
        },
    )
    credits = dict(rows(lake, "select distinct artist, artist_keys from plays", ["plays"]))
    assert credits["Mulrow/Thorn"] == ["mulrow", "thorn"]
    assert credits["Ebb/Flow"] == ["ebbflow"]
    assert credits["Gable/Unheard"] == ["gableunheard"]


def test_a_name_cut_short_is_an_alias_where_a_recording_carries_both(lake):
    often = [f"Laurin Mulrow - Tune {n} [Moonquay]" for n in range(6)]
    fill_lake(lake, {"a": often, "b": ["Mulrow - Tune 1 [Moonquay]"], "c": ["Tennant - Tune 2 [Moonquay]"]})
    assert rows(lake, "select alias_key, act_key from artist_aliases", ["artist_aliases"]) == [
        ("mulrow", "laurinmulrow")
    ]


def test_acts_beside_a_name_must_be_the_same_to_vouch_for_a_spelling(lake):
    alone = [f"{name} - Song {n}" for name in ("Thorn", "Ennis") for n in range(9)]
    together = [f"{name} - Tune {n}" for name in ("Oskar Mulrow & Thorn", "Delmar & Ennis") for n in range(6)]
    fill_lake(
        lake,
        {
            "a": [*alone, *(f"{line} [Moonquay]" for line in together)],
            "b": ["Oscar Mulrow & Thorn - Tune 1 [Moonquay]", "Delmarr & Voss - Tune 1 [Moonquay]"],
        },
    )
    assert rows(lake, "select alias_key, act_key from artist_aliases", ["artist_aliases"]) == [
        ("oscarmulrow", "oskarmulrow")
    ]


def test_one_letter_in_a_long_name_is_a_slip_though_made_as_often(lake):
    fill_lake(
        lake,
        {
            "a": ["Oskar Mulrow - Tidal [Moonquay]", "Pale Dogs - Harbour [Moonquay]"],
            "b": ["Oscar Mulrow - Tidal [Moonquay]", "Pale Dog - Harbour [Moonquay]"],
        },
    )
    aliases = rows(lake, "select alias_key, act_key from artist_aliases", ["artist_aliases"])
    assert aliases == [("oscarmulrow", "oskarmulrow")], "a short name needs more than one recording"


def test_initials_of_a_label_are_learned_from_a_shared_recording(lake):
    lines = [f"Marlow - Tune {n} [Old Pier Sounds]" for n in range(6)]
    fill_lake(lake, {"a": lines, "b": ["Marlow - Tune 1 [OPS]"], "c": ["Voss - Other [OPQ]"]})
    labels = rows(lake, "select alias_key, act_key from label_aliases", ["label_aliases"])
    assert labels == [("ops", "oldpiersounds")]


def test_sub_labels_stay_apart_though_they_share_recordings(lake):
    lines = [f"Marlow - Tune {n} [Octagon]" for n in range(6)]
    fill_lake(lake, {"a": lines, "b": [f"Marlow - Tune {n} [Octagon Black]" for n in range(3)]})
    assert rows(lake, "select * from label_aliases", ["label_aliases"]) == []


def test_two_uploads_of_one_set_are_one_group(lake):
    shared = [f"Marlow - Tune {n}" for n in range(6)]
    fill_lake(
        lake,
        {
            "a": [*shared, "Voss - Own"],
            "b": [*shared, "Ennis - Own"],
            "c": ["Marlow - Tune 1", *[f"Gable - Song {n}" for n in range(6)]],
        },
    )
    groups = dict(rows(lake, "select distinct set_key, set_group from plays", ["plays"]))
    a, b, c = sorted(groups)
    assert groups[a] == groups[b] == a
    assert groups[c] == c


def test_shares_add_up_to_one(lake):
    fill_lake(
        lake,
        {
            "a": ["Marlow - One [Quay]", "Marlow - Two [Pier]", "Marlow & Voss - Three [Quay]"],
            "b": ["Ennis - One [Quay]", "Marlow - Four [Quay]"],
        },
    )
    for share, by in (("share_of_artist", "artist_key"), ("share_of_label", "label_key")):
        for key, total in rows(
            lake, f"select {by}, sum({share}) from artist_labels group by 1", ["artist_labels"]
        ):
            assert total == pytest.approx(1), (by, key)


def test_rosters_count_plays_sets_and_artists(lake):
    fill_lake(
        lake, {"a": ["Marlow - One [Quay]", "Voss - Two [Quay Records]"], "b": ["Marlow - Three [Quay]"]}
    )
    found = rows(lake, "select label_key, label, plays, sets, artists from label_rosters", ["label_rosters"])
    assert found == [("quay", "Quay", 3, 2, 2)]
    top = rows(lake, "select top_artists from label_rosters", ["label_rosters"])[0][0]
    assert [(a["artist_key"], a["plays"]) for a in top] == [("marlow", 2), ("voss", 1)]


def test_the_internal_catalogue_names_labels_most_played_first(lake):
    fill_lake(
        lake,
        {
            "a": ["Marlow - One [Pier]"],
            "b": ["Marlow - One [Quay]"],
            "c": ["Marlow - One [Quay]", "ID - Two [Quay]"],
        },
    )
    found = rows(lake, "select title, plays, labels from internal_catalogue", ["internal_catalogue"])
    assert [(title, plays) for title, plays, _ in found] == [("One", 3)]
    assert [(k["label_key"], k["plays"], k["sets"]) for k in found[0][2]] == [("quay", 2, 2), ("pier", 1, 1)]


def test_a_djs_own_plays_and_favourites(lake):
    played = SetLines(["Mira Vole - Own", "Marlow - One [Quay]", "Marlow - Two"], dj="Mira Vole")
    fill_lake(lake, {"a": played})
    found = rows(
        lake, "select dj_key, name, sets, plays, own_plays, top_artists from dj_profiles", ["dj_profiles"]
    )
    assert [row[:5] for row in found] == [("miravole", "Mira Vole", 1, 3, 1)]
    assert [(a["artist_key"], a["plays"]) for a in found[0][5]] == [("marlow", 2)]
