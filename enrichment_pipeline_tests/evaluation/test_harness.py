"""The whole evaluation over a small invented world: methods, rows, files, another split, other tracklists."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from enrichment_pipeline.cli import main
from enrichment_pipeline.evaluation import (
    baselines,
    board,
    em,
    harness,
    learned,
    plots,
    report,
    set_methods,
    store,
)
from enrichment_pipeline.evaluation.harness import (
    ALL_METHODS,
    MODEL,
    EvaluationResult,
    Row,
    UnknownMethodError,
)
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.matching import questions, spelling, train
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.splink_model import score_sql
from enrichment_pipeline.matching.store import EXTERNAL_TABLES, models_folder
from enrichment_pipeline_tests.matching.worlds import World, write_split_file

_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)


@pytest.fixture(scope="session")
def result(trained_lake: Lake) -> EvaluationResult:
    # EM takes as long as all others together and has a test of its own
    return store.measure_lake(trained_lake, methods=[m for m in ALL_METHODS if m not in harness.EM_METHODS])


@pytest.fixture(scope="module")
def asked(trained_lake: Lake) -> Iterator[tuple[duckdb.DuckDBPyConnection, board.Board]]:
    """A connection on which the test sets were asked, and their questions."""
    with trained_lake.connect(_VIEWS) as con:
        board.teach(con)
        questions_of_split = board.ask_split(con, "test")
        assert questions_of_split is not None
        yield con, questions_of_split


# ---- the ladder -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [m for m in ALL_METHODS if m not in harness.EM_METHODS])
@pytest.mark.parametrize("split", harness.SPLITS)
def test_every_method_answers_every_split(result: EvaluationResult, split: str, method: str) -> None:
    value = result.value(split, "title+label", method, "hit@1")
    assert value is not None
    assert 0 <= value <= 1


def test_em_answers_or_says_why_not(trained_lake: Lake) -> None:
    """On some data splink's EM ends in its own exception; that is then said, and nothing breaks."""
    model, bands = train.load_current(models_folder(trained_lake))
    with trained_lake.connect(_VIEWS) as con:
        got = harness.evaluate(
            con, model, bands, splits=["test"], visibilities=VISIBILITIES[:1], methods=harness.EM_METHODS
        )
    notes = got.notes["splink_em"]
    hits = [got.value("test", "title+label", method, "hit@1") for method in harness.EM_METHODS]
    assert hits[0] == hits[1]
    assert hits[0] is not None or any(name.startswith("failed_") for name in notes)
    assert "EM by blocking rule" in report.text_report(got, with_targets=False)


def test_no_key_stands_twice(result: EvaluationResult) -> None:
    keys = [(r.split, r.visibility, r.method, r.measure) for r in result.rows]
    assert len(keys) == len(set(keys))


def test_intervals_hold_their_value(result: EvaluationResult) -> None:
    for row in result.rows:
        if row.value is not None and row.low is not None and row.high is not None:
            assert row.low <= row.high
            if row.measure in ("hit@1", "hit@10", "mrr"):
                assert row.low - 0.1 <= row.value <= row.high + 0.1


def test_the_model_beats_counting(result: EvaluationResult) -> None:
    def hit(method: str) -> float:
        return result.value("test", "title+label", method, "hit@1") or 0

    assert hit(MODEL) > hit("popularity") + 0.3
    assert hit(MODEL) > hit("label_only") + 0.3
    assert hit(MODEL) > hit("title_lookup")


def test_more_shown_is_more_found(result: EvaluationResult) -> None:
    found = {v.name: result.value("test", v.name, MODEL, "hit@1") or 0 for v in VISIBILITIES}
    assert found["title+label"] > found["label"] >= found["none"]
    assert found["title"] > found["none"]


def test_hits_are_bounded_by_candidates_and_catalogue(result: EvaluationResult) -> None:
    for split in harness.SPLITS:
        for visibility in VISIBILITIES:
            recall = result.value(split, visibility.name, MODEL, "candidate_recall") or 0
            assert (result.value(split, visibility.name, MODEL, "hit@10") or 0) <= recall


def test_the_denominator_is_every_line_with_a_known_artist(
    result: EvaluationResult, trained_lake: Lake
) -> None:
    with trained_lake.connect(_VIEWS) as con:
        lines = con.execute(
            "select count(*) from plays join set_splits using (set_key) where split = 'test' and artist_known"
        ).fetchall()[0][0]
    assert result.value("test", "title", MODEL, "questions") == lines


def test_methods_that_see_nothing_shown_have_no_row(result: EvaluationResult) -> None:
    assert result.value("test", "title", "label_only", "hit@1") is None
    assert result.value("test", "label", "title_lookup", "hit@1") is None


def test_hidden_labels_are_measured_in_the_same_run(result: EvaluationResult) -> None:
    rows = [r for r in result.rows if r.visibility == "hidden label"]
    assert {r.split for r in rows} == set(harness.SPLITS)
    assert {r.measure for r in rows} >= {"coverage", "accuracy"}


def test_an_unknown_method_is_named(trained_lake: Lake) -> None:
    model, bands = train.load_current(models_folder(trained_lake))
    with (
        trained_lake.connect(_VIEWS) as con,
        pytest.raises(UnknownMethodError, match="no such method: guess"),
    ):
        harness.evaluate(con, model, bands, methods=["guess"])


def test_fewer_sets_on_request(trained_lake: Lake) -> None:
    model, bands = train.load_current(models_folder(trained_lake))
    with trained_lake.connect(_VIEWS) as con:
        got = harness.evaluate(con, model, bands, splits=["test"], methods=[MODEL], most_sets=4, resamples=20)
    assert got.value("test", "none", MODEL, "sets") == 4


def test_a_split_without_lines_gives_no_row(trained_lake: Lake) -> None:
    model, bands = train.load_current(models_folder(trained_lake))
    with trained_lake.connect(_VIEWS) as con:
        assert harness.evaluate(con, model, bands, splits=["nowhere"], methods=[MODEL]).rows == []


# ---- single methods -------------------------------------------------------------------------------------


def test_the_logit_in_numpy_gives_the_models_weights(
    trained_lake: Lake, asked: tuple[duckdb.DuckDBPyConnection, board.Board]
) -> None:
    con, _ = asked
    model, _ = train.load_current(models_folder(trained_lake))
    for visibility in VISIBILITIES:
        shown = questions.visible(visibility)
        by_numpy = learned.logit_bits(
            model, board.fetch(con, learned.levels_query(shown), learned.LEVEL_COLUMNS)
        )
        by_sql = board.fetch(con, score_sql(model, shown), ("match_weight",))["match_weight"]
        assert np.abs(by_numpy - by_sql).max() < 1e-9


def test_popularity_ranks_by_plays(asked: tuple[duckdb.DuckDBPyConnection, board.Board]) -> None:
    con, asked_board = asked
    got = baselines.popularity(baselines.Context(con, asked_board))
    plays = dict(con.execute("select artist_no, count(*) from fact group by 1").fetchall())
    order = sorted(plays, key=lambda no: (-plays[no], no))
    for question, truth in con.execute(
        "select question_no, list(artist_no) from right_artist group by 1 order by 1"
    ).fetchall():
        places = [order.index(no) + 1 for no in truth if no in plays]
        assert got.rank[question - 1] == (min(places) if places else 0)


def test_neighbours_and_sets_leave_the_hidden_line_out(
    asked: tuple[duckdb.DuckDBPyConnection, board.Board], trained_lake: Lake
) -> None:
    """An artist on one line of the set must not be among the "other lines" of that very line."""
    con, asked_board = asked
    models = set_methods.learn_sets(con, with_regression=True, fewest_sets=1)
    got = set_methods.read_questions(con, asked_board, models)
    for question, item in zip(got.right_question, got.right_item, strict=True):
        lines = con.execute(
            "select count(distinct s.play_id) from question_set q join set_line s using (set_key) join artist_no n on n.no = s.artist_no"
            " where q.question_no = $question and n.key = $key",
            {"question": int(question) + 1, "key": next(k for k, i in models.items.items() if i == item)},
        ).fetchall()[0][0]
        assert got.others[question, item] == (1.0 if lines > 1 else 0.0)
        if question > 40:
            break


def test_ease_is_the_regression_its_formula_says(trained_lake: Lake) -> None:
    """The short way (Woodbury) must give the inverse of the whole Gram matrix."""
    with trained_lake.connect(_VIEWS) as con:
        board.teach(con)
        models = set_methods.learn_sets(con, with_regression=True)
    gram = (models.sets.T @ models.sets).toarray().astype(np.float64)
    whole = np.linalg.inv(gram + set_methods.RIDGE * np.eye(gram.shape[0]))
    assert models.precision is not None
    assert np.abs(models.precision - whole).max() < 1e-5


def test_ease_without_its_regression_is_refused(asked: tuple[duckdb.DuckDBPyConnection, board.Board]) -> None:
    con, asked_board = asked
    models = set_methods.learn_sets(con, with_regression=False)
    with pytest.raises(ValueError, match="needs the regression"):
        set_methods.ease(models, set_methods.read_questions(con, asked_board, models))


def test_boosting_needs_right_and_wrong(asked: tuple[duckdb.DuckDBPyConnection, board.Board]) -> None:
    nothing = np.zeros(10, bool)
    assert learned.train_boosting(np.arange(10), nothing, np.zeros((10, 2), np.float32), seed=1) is None


def test_em_of_nothing_finds_nothing(asked: tuple[duckdb.DuckDBPyConnection, board.Board]) -> None:
    con, _ = asked
    assert em.train_em(con, "select * from proposal where false", seed=1).model is None


def test_splink_is_sure_of_pairs_not_of_artists() -> None:
    assert em.match_probability(np.array([-2000.0, 0.0, 2000.0])) == pytest.approx([0, 0.5, 1])


def test_another_spelling_is_right_and_said_apart(
    asked: tuple[duckdb.DuckDBPyConnection, board.Board],
) -> None:
    con, _ = asked
    exact, alike = con.execute(
        "select count(*) filter (is_exact), count(*) filter (not is_exact) from right_artist"
    ).fetchall()[0]
    assert exact == con.execute("select count(*) from question_truth").fetchall()[0][0]
    assert alike < 0.05 * exact


def test_a_credit_cut_in_two_is_right_as_one_name(
    asked: tuple[duckdb.DuckDBPyConnection, board.Board],
) -> None:
    """Who reads "Eddy Dus" for "Eddy & Dus" calls it right; the strict figure does not."""
    con, _ = asked
    question, track, number, key = con.execute(
        "select question_no, track_id, artist_no, key from proposal join question using (question_no)"
        " join artist_no on no = artist_no where not is_truth and len(key) >= 9 order by 1, 3 limit 1"
    ).fetchall()[0]
    con.execute("create temp table asked_before as from asked")
    cut = f"['{key[:4]}', '{key[4:]}']"
    con.execute(f"update asked set truth = {cut} where track_id = $track", {"track": track})
    spelling.judge(con)
    judged = con.execute(
        "select is_exact from right_artist where question_no = $question and artist_no = $artist",
        {"question": question, "artist": number},
    ).fetchall()
    con.execute("create or replace temp table asked as from asked_before")
    con.execute("drop table asked_before")
    spelling.judge(con)
    assert judged == [(False,)]


# ---- table, files, plots --------------------------------------------------------------------------------


def test_table_and_files(result: EvaluationResult, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    written = store.write_evaluation(lake, result)
    with lake.connect(["match_evaluation"]) as con:
        rows = con.execute(
            "select count(*), count(distinct (split, visibility, method, measure)) from match_evaluation"
        )
        assert rows.fetchall() == [(written.rows, written.rows)]
        hashes = con.execute(
            "select distinct model_hash from match_evaluation where method = $m", {"m": MODEL}
        ).fetchall()
    assert len(hashes) == 1
    listed = json.loads(written.json_file.read_text())
    assert {frozenset(row) for row in listed} == {
        frozenset(c.name for c in TABLES["match_evaluation"].columns[:-1])
    }
    assert len(listed) == written.rows
    pictures = sorted(p.name for p in (lake.root / "reports").glob("*.png"))
    assert len(pictures) == 2 * len(harness.SPLITS)
    for name in pictures:
        content = (lake.root / "reports" / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 50_000
    assert all("data:image/png;base64," in image for image in written.plots.values())
    assert written.numbers["test_hit_at_1"] == result.value("test", "title+label", MODEL, "hit@1")
    assert store.better_baselines(lake) == [b for b in store.better_baselines(lake) if b.theirs > b.models]


def test_a_plot_of_nothing_is_a_plot() -> None:
    assert plots.precision_coverage_png(EvaluationResult(), "test").startswith(b"\x89PNG")


def test_a_better_baseline_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    rows = [
        Row("test", "title+label", method, "hit@1", value, None, None)
        for method, value in ((MODEL, 0.4), ("popularity", 0.5), ("ease", 0.3), ("logit", 0.41))
    ]
    store.write_evaluation(lake, EvaluationResult(rows=rows))
    assert store.better_baselines(lake) == [store.Beaten("test", "popularity", 0.5, 0.4)]


def test_the_report_says_what_is_to_reach_only_where_it_is(result: EvaluationResult) -> None:
    assert "to reach" in report.markdown_report(result, with_targets=True)
    assert "to reach" not in report.markdown_report(result, with_targets=False)


# ---- enrich evaluate ------------------------------------------------------------------------------------


def _run(*arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)])


def test_the_command_prints_and_writes_rows(
    trained_lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.json"
    assert _run("--data", trained_lake.root, "--split", "test", "--quick", "--json", file) == 0
    printed = capsys.readouterr().out
    assert "test, title+label" in printed
    assert "splink_model" in printed
    rows = json.loads(file.read_text())
    assert {row["split"] for row in rows} == {"test"}
    assert {"split", "visibility", "method", "measure", "value", "low", "high"} == set(rows[0])


def test_other_tracklists_and_another_split(
    trained_lake: Lake, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Built from the files alone, the same split must give the very numbers of the lake."""
    splits = write_split_file(world, tmp_path / "splits.csv")
    with splits.open("a") as lines:
        lines.write("gone1,test\n")
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.json"
    inbox = trained_lake.root / "test_inbox"
    assert (
        _run(
            "--data",
            tmp_path / "nowhere",
            "--input",
            inbox,
            "--splits",
            splits,
            "--quick",
            "--split",
            "test",
            "--json",
            ours,
        )
        == 0
    )
    said = capsys.readouterr().err
    assert f"1 of {len(world.sets) + 1} set ids of" in said
    assert "gone1" in said
    assert _run("--data", trained_lake.root, "--quick", "--split", "test", "--json", theirs) == 0
    assert json.loads(ours.read_text()) == json.loads(theirs.read_text())


def test_another_split_of_the_same_lake_learns_anew(
    trained_lake: Lake, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = trained_lake.file_of("set_splits").read_bytes()
    turned = {"test": "train", "train": "train", "dev": "dev", "heldout_2019plus": "test"}
    splits = write_split_file(
        World(world.sets, {k: turned[v] for k, v in world.splits.items()}), tmp_path / "s.csv"
    )
    assert _run("--data", trained_lake.root, "--splits", splits, "--quick", "--split", "test") == 0
    assert f"of {len(world.of('heldout_2019plus'))} sets" in capsys.readouterr().out
    assert trained_lake.file_of("set_splits").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--splits", "{tmp}/none.csv"], 2, "there is no such file"),
        (["--input", "{tmp}/none"], 2, "there is no such folder"),
        (["--json", "{tmp}/none/rows.json"], 2, "its folder does not exist"),
        ([], 1, "`enrich run` first"),
        (["--splits", "{tmp}/good.csv"], 1, "`enrich run` first"),
        (["--input", "{tmp}/empty"], 1, "no line could be read"),
    ],
)
def test_what_cannot_be_measured_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    (tmp_path / "good.csv").write_text("set_id,split\na,train\n")
    (tmp_path / "empty").mkdir()
    filled = [a.format(tmp=tmp_path) for a in arguments]
    assert _run("--data", tmp_path / "data", *filled) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("set_id,split\na,tset\n", "line 2: split 'tset' is none of"),
        ("id,part\na,test\n", "needs the columns set_id and split"),
        ("set_id,split\nother1,test\nother2,train\n", "names no set of these tracklists"),
    ],
)
def test_what_is_wrong_with_a_split_is_said(
    trained_lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    splits = tmp_path / "s.csv"
    splits.write_text(text)
    assert _run("--data", trained_lake.root, "--splits", splits) == 1
    assert words in capsys.readouterr().err


def test_a_lake_without_model_says_so(
    trained_lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(trained_lake.folder, data / "lake")
    assert _run("--data", data) == 1
    assert "no model in" in capsys.readouterr().err
