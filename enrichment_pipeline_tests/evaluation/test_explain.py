"""`enrich explain`: which track is meant, and weights that add up."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from enrichment_pipeline.cli import main
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching import resolve, train
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.store import EXTERNAL_TABLES, models_folder
from enrichment_pipeline.matching.waterfall import Weight, surest_answers, waterfall


@pytest.fixture(scope="module")
def answered_lake(trained_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The small world with its unnamed lines answered."""
    data = tmp_path_factory.mktemp("answered") / "data"
    shutil.copytree(trained_lake.root, data)
    lake = Lake(data, threads=1)
    model, bands = train.load_current(models_folder(lake))
    unnamed = "select track_key, null::varchar as label_key from tracks where not artist_known"
    with lake.connect(["plays", "artists", "dj_profiles", "tracks", *EXTERNAL_TABLES]) as con:
        resolve.propose(con, model, unnamed, run_id="r1")
        resolve.answer(con, model, bands, unnamed, "candidates", run_id="r1")
        for table, source in (("artist_candidates", "candidates"), ("resolved_artists", "resolved")):
            lake.write_partitions(
                con, table, f"select * from {source}", column="bucket", partitions=BUCKET_KEYS
            )
    return lake


def _track(lake: Lake, condition: str) -> tuple[str, str]:
    with lake.connect(["tracks", "plays", "raw_tracks"]) as con:
        row = con.execute(
            "select t.track_key, min(r.raw_text) from tracks t join plays p using (track_key) join raw_tracks r using (play_id)"
            f" where {condition} group by 1 order by 1 limit 1"
        ).fetchall()[0]
    return row[0], row[1]


def test_an_unnamed_track_is_explained_with_weights_that_add_up(
    answered_lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    key, text = _track(answered_lake, "not t.artist_known and t.title_known")
    assert main(["explain", key, "--data", str(answered_lake.root)]) == 0
    said = capsys.readouterr().out
    assert text in said
    assert "Artist: " in said
    assert "band" in said
    assert "none of these" in said
    first = said.split("\n1. ")[1].split("\n2. ")[0]
    bits = [float(b) for b in re.findall(r"^ +([+-]\d+\.\d\d)  ", first, re.MULTILINE)]
    assert sum(bits[:-1]) == pytest.approx(bits[-1], abs=0.15)
    assert "title: " in first


def test_the_beginning_of_a_key_is_enough(answered_lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    key, text = _track(answered_lake, "t.artist_known")
    assert main(["explain", key[:10], "--data", str(answered_lake.root)]) == 0
    said = capsys.readouterr().out
    assert text in said
    assert "the catalogue knows" in said
    assert "Label: not asked yet" in said


def test_words_of_a_line_are_enough_whatever_their_case(
    answered_lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text = _track(answered_lake, "t.artist_known and t.plays = 1")
    assert main(["explain", text.upper(), "--data", str(answered_lake.root)]) == 0
    assert text in capsys.readouterr().out


def test_several_tracks_are_listed_with_their_keys(
    answered_lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "ID - ", "--data", str(answered_lake.root)]) == 1
    said = capsys.readouterr().out
    assert "name one by its key" in said
    assert re.search(r"^  [0-9a-f]{12}  ID - ", said, re.MULTILINE)


@pytest.mark.parametrize("wanted", ["no such words anywhere", "", "ffffffffffffffff", "100%_"])
def test_nothing_found_is_said(answered_lake: Lake, capsys: pytest.CaptureFixture[str], wanted: str) -> None:
    assert main(["explain", wanted, "--data", str(answered_lake.root)]) == 1
    assert "no track has the key" in capsys.readouterr().err


def test_without_a_run_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "x", "--data", str(tmp_path / "data")]) == 1
    assert "`enrich run` first" in capsys.readouterr().err


def test_bars_add_up_and_small_ones_share_a_line() -> None:
    weights = [
        Weight("start", "start", -5.0),
        Weight("title", "unique", 6.0),
        Weight("era", "none", 0.02),
        Weight("dj", "never", -0.5),
        Weight("label", "none", 0.01),
    ]
    lines = waterfall(weights, 0.53)
    assert [line.split()[0] for line in lines] == ["-5.00", "+6.00", "-0.50", "+0.03", "+0.53"]
    assert "++++++++++++" in lines[1]
    assert "2 others" in lines[3]


def test_a_model_that_is_gone_is_said() -> None:
    assert "no longer there" in waterfall(None, 1.0)[0]


def test_weights_come_from_the_model_file_when_the_table_has_another(
    answered_lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a new training, answers of the model before are still explained with their own weights."""
    data = tmp_path / "data"
    shutil.copytree(answered_lake.root, data)
    lake = Lake(data, threads=1)
    lake.file_of("splink_model").unlink()
    key, _ = _track(lake, "not t.artist_known and t.title_known")
    assert main(["explain", key, "--data", str(data)]) == 0
    assert "title: " in capsys.readouterr().out


def test_the_surest_answers_are_shown_with_bars_that_add_up(answered_lake: Lake) -> None:
    model, _ = train.load_current(models_folder(answered_lake))
    bands = {v.name: train.Band(0.0, 0.0, None, 1.0, 0) for v in VISIBILITIES}
    views = ["plays", "artists", "dj_profiles", "tracks", "splink_model", "artist_candidates"]
    with answered_lake.connect(views) as con:
        unnamed = "select track_key from tracks where not artist_known"
        resolve.answer(con, model, bands, unnamed, "artist_candidates", run_id="r2")
        con.execute("create or replace temp view resolved_artists as select * from resolved")
        shown = surest_answers(con, models_folder(answered_lake), BUCKET_KEYS, most=3)
        none = surest_answers(con, models_folder(answered_lake), [], most=3)
    assert shown.count("**") == 6
    chances = [float(p) for p in re.findall(r"\*\*, (\d\.\d+), auto", shown)]
    assert chances == sorted(chances, reverse=True)
    for block in shown.split("```")[1::2]:
        bits = [float(b) for b in re.findall(r"^ *([+-]\d+\.\d\d)  ", block, re.MULTILINE)]
        assert sum(bits[:-1]) == pytest.approx(bits[-1], abs=0.15)
    assert none == "No answer and nothing for review in these buckets."
