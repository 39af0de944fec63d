"""Measured lines against those of real use: weights that make them alike, and one track asked with all its lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from enrichment_pipeline.evaluation import board, clusters, raking, reality, store
from enrichment_pipeline.evaluation.harness import MODEL
from enrichment_pipeline.labels.build import (
    write_calibration,
    write_evidence,
    write_track_labels,
    write_unresolved,
)
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import train
from enrichment_pipeline.matching.store import (
    EXTERNAL_TABLES,
    models_folder,
    write_candidates,
    write_resolved,
)
from enrichment_pipeline_tests.catalogue.lakes import SetLines
from enrichment_pipeline_tests.matching.worlds import World, fill_and_train

_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
BAND = "title+label"


# ---- weights --------------------------------------------------------------------------------------------


def test_raking_gives_every_column_its_shares() -> None:
    draw = np.random.default_rng(5)
    colour, size = draw.choice(["red", "green"], 400), draw.choice(["small", "large", "huge"], 400)
    wanted = [{"red": 0.8, "green": 0.2}, {"small": 0.5, "large": 0.5}]
    weights = raking.rake([colour, size], wanted, cap=50)
    assert weights.mean() == pytest.approx(1)
    assert weights[colour == "red"].sum() / weights.sum() == pytest.approx(0.8, abs=1e-6)
    assert weights[size == "small"].sum() / weights.sum() == pytest.approx(0.5, abs=1e-6)
    assert (weights[size == "huge"] == 0).all()


def test_no_weight_speaks_for_all() -> None:
    rare = np.array(["often"] * 99 + ["once"])
    assert raking.rake([rare], [{"once": 1.0, "often": 1.0}], cap=3.0).max() == pytest.approx(3)


def test_kinds_no_line_is_of_are_said() -> None:
    with pytest.raises(ValueError, match="no line is of any kind that is wanted: blue"):
        raking.rake([np.array(["red"])], [{"blue": 1.0}], cap=3)


def test_columns_that_no_line_satisfies_together_are_said() -> None:
    kinds = [np.array(["red", "green"]), np.array(["small", "large"])]
    with pytest.raises(ValueError, match="in every column"):
        raking.rake(kinds, [{"red": 1.0}, {"large": 1.0}], cap=3)


def test_measured_lines_are_made_alike_to_unknown_ones(trained_lake: Lake) -> None:
    result = store.measure_lake(trained_lake, splits=["test", "heldout_2019plus"], methods=[MODEL])
    model, bands = train.load_current(models_folder(trained_lake))
    with trained_lake.connect(_VIEWS) as con:
        board.teach(con)
        unknown = reality.ask_unknown(con, model, bands)
        names = con.execute("select count(*) from plays where kind = 'track' and not artist_known").fetchall()
    assert unknown.lines.size == unknown.probability.size == names[0][0]
    likened, margins = reality.liken(result, unknown)
    plain = next(found for found in likened if found.largest_gap is None)
    assert plain.measured["hit@1"].value == result.value(plain.split, BAND, MODEL, "hit@1")
    assert plain.effective_lines == result.value(plain.split, BAND, MODEL, "questions")
    for split in {m.split for m in margins}:
        by_what = [found for found in likened if found.split == split and found.largest_gap is not None]
        assert by_what[0].largest_gap == pytest.approx(0, abs=1e-9)
        assert all(found.effective_lines <= result.lines[split].size for found in by_what)
        shown = [m for m in margins if m.split == split and m.column == "what is shown"]
        assert sum(m.real for m in shown) == pytest.approx(1)


# ---- the same unknown in several sets -------------------------------------------------------------------


def test_lines_of_one_track_are_asked_as_one(trained_lake: Lake) -> None:
    model, bands = train.load_current(models_folder(trained_lake))
    with trained_lake.connect(_VIEWS) as con:
        found = clusters.ask_clusters(con, model, bands[BAND], splits=["test", "heldout_2019plus"])
        many = con.execute(
            "select count(*), count(distinct cluster), min(sets) from cluster_line join"
            " (select cluster, count(distinct set_key) as sets from cluster_line join plays using (play_id) group by 1) using (cluster)"
        ).fetchall()[0]
    ways = {(a.way, a.kind): a for a in found}
    alone, together = ways[clusters.ONE_BY_ONE, clusters.ALL], ways[clusters.TOGETHER, clusters.ALL]
    assert (alone.lines, alone.tracks) == (together.lines, together.tracks) == many[:2]
    assert many[2] >= 2
    named = ways[clusters.NAMED, clusters.OTHERS]
    assert named.tracks == alone.tracks
    assert named.lines < alone.lines
    assert (named.measured["hit@1"].value or 0) > (alone.measured["hit@1"].value or 0)


def test_where_no_track_stands_in_two_sets_there_is_nothing_to_ask(trained_lake: Lake) -> None:
    model, bands = train.load_current(models_folder(trained_lake))
    with trained_lake.connect(_VIEWS) as con:
        assert clusters.ask_clusters(con, model, bands[BAND], splits=["exclude"]) == []


def test_a_track_is_asked_with_the_lines_of_all_its_sets(trained_lake: Lake) -> None:
    with trained_lake.connect(_VIEWS) as con:
        board.teach(con)
        whole = "split = 'test' and len(artist_keys) = 1"
        hidden = (
            f"play_id in (select play_id from canonical_play join set_splits using (set_key) where {whole})"
        )
        asked = board.ask_lines(con, hidden, track="md5(artist_keys[1] || title_key)")
        assert asked is not None
        tracks, sets = con.execute(
            "select count(distinct track_id), max(sets) from asked join question using (track_id)"
        ).fetchall()[0]
    assert asked.size == tracks
    assert sets > 1


def _answer(lake: Lake) -> None:
    write_calibration(lake)
    write_evidence(lake, BUCKET_KEYS)
    write_track_labels(lake, BUCKET_KEYS, "test")
    write_unresolved(lake, BUCKET_KEYS)
    write_candidates(lake, BUCKET_KEYS, run_id="test")
    write_resolved(lake, BUCKET_KEYS, run_id="test")


UNKNOWN = "ID - Gantry Lullaby [Pellworm Audio]"


def _with_unknown(world: World, lines: list[str]) -> World:
    """The world with further train sets, each with one of the lines among lines it has elsewhere."""
    known = [
        line for set_id in world.of("train")[:9] for line in world.sets[set_id].lines if "ID -" not in line
    ]
    for number, line in enumerate(lines):
        around = known[number * 8 : number * 8 + 8]
        given = SetLines([*around[:4], line, *around[4:]], f"2016-0{number + 1}-11", f"DJ Marrow {number}")
        world = world.with_set(f"u{number}", given, "train")
    return world


def test_one_set_that_names_it_resolves_all(world: World, tmp_path: Path) -> None:
    """Three sets play `ID - Title [Label]`, a fourth says who made it: all three lines are answered, as one track."""
    lake = Lake(tmp_path / "data", threads=1)
    fill_and_train(lake, _with_unknown(world, [UNKNOWN] * 3 + [UNKNOWN.replace("ID", "Quillon Sabre")]))
    _answer(lake)
    with lake.connect(["plays", "resolved_artists"]) as con:
        rows = con.execute(
            "select count(*), count(distinct track_key), any_value(r.artist), any_value(r.probability)"
            " from plays p join resolved_artists r using (track_key) where p.title = 'Gantry Lullaby' and not p.artist_known"
        ).fetchall()
    lines, tracks, artist, probability = rows[0]
    assert (lines, tracks, artist) == (3, 1, "Quillon Sabre")
    assert probability > 0.5
