"""What is hidden stays hidden: no play of a held-out set, and no answer of a question, reaches the evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from enrichment_pipeline.evaluation import board
from enrichment_pipeline.evaluation.set_methods import learn_sets
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.store import EXTERNAL_TABLES
from enrichment_pipeline_tests.catalogue.lakes import SetLines
from enrichment_pipeline_tests.matching.worlds import World, fill, make_world

_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
PLANTED = "zzyrkplandor"
PARTNER = "kwebblethorp"


def _lake(folder: Path, world: World) -> Lake:
    lake = Lake(folder, threads=1)
    fill(lake, world)
    return lake


def _tables_with(con: duckdb.DuckDBPyConnection, needles: Sequence[str], tables: Sequence[str]) -> list[str]:
    """Which of the tables hold one of the words anywhere in a row."""
    found = []
    for table in tables:
        texts = f"select cast(t as varchar) as row_text from {table} t"
        condition = " or ".join(f"contains(row_text, '{needle}')" for needle in needles)
        if con.execute(f"select count(*) from ({texts}) where {condition}").fetchall()[0][0]:
            found.append(table)
    return found


@pytest.fixture(scope="module")
def planted_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """An invented artist, credited with another as one act would be, with a title and a label of their own."""
    world = make_world()
    first, second = world.of("test")[:2]
    # twice, so that a credit of two names could be learned as one act and spellings as aliases
    world = world.with_line(first, 2, "Zzyrk Plandor & Kwebble Thorp - Quovadium Nexis [Plonklabel]")
    world = world.with_line(second, 5, "Zzyrk Plandor & Kwebble Thorp - Quovadium Nexis [Plonklabel]")
    world = world.with_line(second, 7, "Zzyrk Plandorr - Quovadium Nexis [Plonklabel]")
    return _lake(tmp_path_factory.mktemp("planted") / "data", world)


def test_the_lake_itself_has_the_planted_play(planted_lake: Lake) -> None:
    """Else the tests below would prove nothing."""
    with planted_lake.connect(["plays", "artists"]) as con:
        assert _tables_with(con, [PLANTED], ["plays", "artists"]) == ["plays", "artists"]


def test_the_catalogue_of_an_evaluation_does_not_know_a_planted_play(planted_lake: Lake) -> None:
    with planted_lake.connect(_VIEWS) as con:
        board.teach(con)
        asked = board.ask_split(con, "test")
        assert asked is not None
        words = [PLANTED, PARTNER, "quovadiumnexis", "plonklabel"]
        taught = (
            "known_play", "teaching_play", "artist_aliases", "protected_acts", "fact", "title_fact", "root_fact",
            "label_fact", "number_fact", "label_time",
        )  # fmt: skip
        assert _tables_with(con, words, taught) == []
        numbers = [
            row[0]
            for row in con.execute(
                "select no from artist_no where contains(key, 'zzyrk') or contains(key, 'kwebble')"
            ).fetchall()
        ]
        assert numbers
        for table in ("artist_fact", "artist_total", "genre_total", "dj_fact", "remixer_fact", "credit_fact"):
            known = con.execute(
                f"select count(*) from {table} where artist_no in (select unnest($numbers))",
                {"numbers": numbers},
            )
            assert known.fetchall() == [(0,)], table
        lines = con.execute(
            "select question_no - 1 from question_truth where artist_no in (select unnest($numbers))",
            {"numbers": numbers},
        ).fetchall()
        assert not any(asked.in_catalogue[index] for (index,) in lines)


def test_a_planted_artist_is_proposed_for_no_line_of_another_set_and_not_for_its_own(
    planted_lake: Lake,
) -> None:
    """Other lines of its own set may see it there: the rest of the set stays visible."""
    with planted_lake.connect(_VIEWS) as con:
        board.teach(con)
        board.ask_split(con, "test")
        planted = f"artist_no in (select no from artist_no where key = '{PLANTED}')"
        elsewhere = con.execute(
            f"select count(*) from proposal where {planted} and question_no not in (select question_no from question_set"
            " join asked_set_line using (set_key) where list_contains(artist_keys, $key))",
            {"key": PLANTED},
        ).fetchall()
        assert elsewhere == [(0,)]
        # in the first set it stands on one line only: nothing may propose it there
        own = con.execute(
            f"select count(*) from proposal p join question_truth t using (question_no, artist_no) where p.{planted}"
            " and question_no in (select question_no from question_set where set_key = $first)",
            {
                "first": con.execute(
                    "select min(set_key) from asked where list_contains(truth, $key)", {"key": PLANTED}
                ).fetchall()[0][0]
            },
        ).fetchall()
        assert own == [(0,)]
        known = con.execute(
            f"select coalesce(sum(artist_n + artist_sets + title_n + label_n), 0) from proposal where {planted}"
        )
        assert known.fetchall() == [(0,)]


def test_set_methods_do_not_know_a_planted_artist(planted_lake: Lake) -> None:
    with planted_lake.connect(_VIEWS) as con:
        board.teach(con)
        models = learn_sets(con, with_regression=False, fewest_sets=1)
    assert models.items
    assert not [key for key in models.items if "zzyrk" in key or "kwebble" in key]


def _evidence_of(lake: Lake, set_id: str, position: int) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Every proposal of one hidden line by candidate key: all columns but numbers and truth."""
    with lake.connect(_VIEWS) as con:
        board.teach(con)
        questions.ask_hidden(con, f"set_key = 'inbox:{set_id}' and position = {position}")
        evidence.number_everything(con)
        evidence.gather(con)
        truth = [row[0] for row in con.execute("select unnest(truth) from asked").fetchall()]
        levels = ", ".join(f"{c.sql()} as level_{c.name}" for c in COMPARISONS)
        rows = con.sql(
            f"select n.key, p.* exclude (artist_no, question_no, is_truth), {levels} from proposal p join artist_no n on n.no = p.artist_no"
        ).to_arrow_table()
    return truth, {row["key"]: row for row in rows.to_pylist()}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


@pytest.mark.parametrize(
    ("split", "number", "position"),
    [("test", 0, 3), ("heldout_2019plus", 1, 6), ("train", 3, 5), ("train", 20, 12)],
)
def test_evidence_does_not_depend_on_the_answer(
    tmp_path: Path, world: World, trained_lake: Lake, split: str, number: int, position: int
) -> None:
    """The strongest test: put another name on the hidden line, and nothing of its evidence may change.

    On a train line its own set must be left out of the catalogue for that, as in training.
    """
    set_id = world.of(split)[number]
    line = world.sets[set_id].lines[position - 1]
    swapped = world.with_line(set_id, position, f"Nobodyever Heardof - {line.split(' - ', 1)[1]}")
    truth, before = _evidence_of(trained_lake, set_id, position)
    other, after = _evidence_of(_lake(tmp_path / "data", swapped), set_id, position)
    assert truth != other == ["nobodyeverheardof"]
    assert "nobodyeverheardof" not in after
    assert len(before) > 20
    if world.sets[set_id].genres:
        assert any(row["genre_n"] for row in before.values())
    assert set(before) == set(after)
    differing = {
        (key, column): (before[key][column], after[key][column])
        for key in before
        for column in before[key]
        if not _same(before[key][column], after[key][column])
    }
    assert differing == {}


def _levels_of(lake: Lake, set_id: str, position: int, shown: questions.Visibility) -> dict[str, Any]:
    """The levels of what a hidden line may show, by candidate key."""
    with lake.connect(_VIEWS) as con:
        board.teach(con)
        questions.ask_hidden(con, f"set_key = 'inbox:{set_id}' and position = {position}")
        evidence.number_everything(con)
        evidence.gather(con)
        levels = ", ".join(f"{c.sql()} as {c.name}" for c in COMPARISONS)
        rows = con.sql(
            f"select n.key, {levels} from ({questions.visible(shown)}) p join artist_no n on n.no = p.artist_no"
        ).to_arrow_table()
    return {row["key"]: row for row in rows.to_pylist()}


@pytest.mark.parametrize("shown", questions.VISIBILITIES[1:], ids=lambda v: v.name)
def test_evidence_does_not_depend_on_what_is_not_shown(
    tmp_path: Path, world: World, trained_lake: Lake, shown: questions.Visibility
) -> None:
    """A candidate whom a hidden title or label proposes as well must not look different for it."""
    set_id = world.of("test")[0]
    artist, rest = world.sets[set_id].lines[2].split(" - ")
    title, label = rest.removesuffix("]").split(" [")
    kept_title = title if shown.title else "Nowhere Heardbefore"
    kept_label = label if shown.label else "Unheard Imprint"
    other = f"{artist} - {kept_title} [{kept_label}]"
    first = _levels_of(trained_lake, set_id, 3, shown)
    second = _levels_of(_lake(tmp_path / "data", world.with_line(set_id, 3, other)), set_id, 3, shown)
    assert len(first) > 10
    assert first == second


@pytest.mark.parametrize("split", ["test", "train"])
def test_a_label_that_bears_a_name_nobody_else_plays_does_not_name_him(
    tmp_path: Path, world: World, split: str
) -> None:
    """The hidden answer itself must not be what makes its label's name an artist's name."""
    own = world.with_line(world.of(split)[1], 4, "Lonesome Ownname - Rarefact [Lonesome Ownname]")
    truth, found = _evidence_of(_lake(tmp_path / "data", own), own.of(split)[1], 4)
    assert truth == ["lonesomeownname"]
    assert "lonesomeownname" not in found
    again = own.with_line(own.of("train")[2], 4, "Lonesome Ownname - Otherfact [Somelabel]")
    _, found = _evidence_of(_lake(tmp_path / "other", again), own.of(split)[1], 4)
    assert found["lonesomeownname"]["rules"] == ["label bears the name"]
    assert found["lonesomeownname"]["is_label_name"]


def test_a_double_of_a_held_out_set_teaches_nothing(tmp_path: Path) -> None:
    world = make_world()
    original = world.sets[world.of("test")[0]]
    # the same night uploaded twice, one copy placed among the train sets, with one more track
    copy = SetLines(
        [*original.lines[:11], "Onlyhere Copied - Doublefact [Copylabel]"], original.date, original.dj
    )
    lake = _lake(tmp_path / "data", world.with_set("copy1", copy, "train"))
    with lake.connect(_VIEWS) as con:
        split, reason = con.execute(
            "select split, reason from set_splits where set_key = 'inbox:copy1'"
        ).fetchall()[0]
        assert split == "exclude"
        assert "near-duplicate" in reason
        board.teach(con)
        assert con.execute("select count(*) from known_play where set_key = 'inbox:copy1'").fetchall() == [
            (0,)
        ]
        assert _tables_with(con, ["onlyherecopied", "copylabel"], ["known_play"]) == []


def test_sets_of_one_group_never_vouch_for_each_other(tmp_path: Path) -> None:
    """Two doubles among the train sets: a hidden line of one must not find itself in the other."""
    world = make_world()
    original = world.sets[world.of("train")[0]]
    lines = ["Alonso Uniquely - Rarefact [Onelabel]", *original.lines[1:]]
    world = world.with_set("twin1", SetLines(lines, original.date, original.dj), "train")
    world = world.with_set("twin2", SetLines(lines, original.date, original.dj), "train")
    _, found = _evidence_of(_lake(tmp_path / "data", world), "twin1", 1)
    assert "alonsouniquely" not in found
