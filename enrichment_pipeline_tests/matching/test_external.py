"""What outside sources say as evidence: levels, what a hidden title or label hides, and who is asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.tables import TABLES
from enrichment_pipeline.matching import evidence, external, questions, resolve, train
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES, Visibility
from enrichment_pipeline.matching.splink_model import predict, score_sql
from enrichment_pipeline.matching.store import (
    ANSWER_TABLES,
    EXTERNAL_TABLES,
    models_folder,
    write_title_questions,
)
from enrichment_pipeline_tests.catalogue.lakes import fill_lake
from enrichment_pipeline_tests.matching.outside import Said, Silence, write_said
from enrichment_pipeline_tests.matching.worlds import World, fill

_TITLE_AND_LABEL, _TITLE, _LABEL, _NONE = VISIBILITIES
_VIEWS = ("plays", "set_splits", "masked_tracks", *EXTERNAL_TABLES)
_NOT_ASKED, _NOBODY = "not asked, or the title unknown", "asked, and nobody named"
_LEVELS = {c.name: c for c in COMPARISONS}

# two sets, so that the catalogue knows some names; the asked line shows title and label
_SETS = {
    "a": ["Somebody Known - Other Tune [Deep Label]", "Ana Quill - Quiet Harbour [Deep Label]"],
    "b": ["Somebody Known - Third Tune [Wide Label]", "Ben Orrin - Further Out [Wide Label]"],
}
_ASKED = "title_key = 'quietharbour'"


@contextmanager
def _gathered(
    folder: Path, said: Sequence[Said | Silence], asked: str = _ASKED
) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = Lake(folder / "data", threads=1)
    fill_lake(lake, _SETS)
    write_said(lake, said)
    with lake.connect(_VIEWS) as con:
        questions.teach(con, "true")
        questions.ask_hidden(con, asked)
        evidence.number_everything(con)
        evidence.gather(con)
        yield con


def _words(
    con: duckdb.DuckDBPyConnection, artist_key: str, visibility: Visibility, comparison: str = "external"
) -> str | None:
    """What the comparison says of a candidate; None when nobody proposes it."""
    found = _LEVELS[comparison]
    rows = con.execute(
        f"select {found.sql()} from ({questions.visible(visibility)}) join artist_no on no = artist_no where key = $key",
        {"key": artist_key},
    ).fetchall()
    return found.levels[len(found.levels) - 1 - rows[0][0]].words if rows else None


def _said(**changes: object) -> Said:
    given: dict[str, object] = {
        "title": "Quiet Harbour",
        "credit": ["Ana Quill"],
        "label": "Deep Label",
        "asked_label": "Deep Label",
    }
    return Said(**(given | changes))  # type: ignore[arg-type]


# ---- levels ---------------------------------------------------------------------------------------------

_OTHER = {"credit": ["Someone Else"], "recording": "r2"}
_CASES = {
    "title, version and label, under this name only": [_said()],
    "title, version and label, by two sources, under this name only": [_said(), _said(source="discogs")],
    "title, version and label, under several names": [_said(), _said(**_OTHER)],
    "title and version, under this name only": [_said(label=None)],
    "title and version, by two sources, under this name only": [
        _said(label=None),
        _said(label=None, source="songstats"),
    ],
    "title and version, under two or three names": [_said(label=None), _said(label=None, **_OTHER)],
    "title and version, under many names": [
        _said(label=None),
        *(_said(label=None, credit=[f"Namesake {n}"], recording=f"n{n}") for n in range(4)),
    ],
    "title and version on another label, under this name only": [_said(label="Third Label")],
    "title and version on another label, under several names": [
        _said(label="Third Label"),
        _said(label=None, **_OTHER),
    ],
    "title in another version on the label": [_said(version_agrees=False)],
    "similar title, version and label": [_said(similarity=0.95)],
    "title in another version, under this name only": [_said(version_agrees=False, label=None)],
    "title in another version, under several names": [
        _said(version_agrees=False, label=None),
        _said(**_OTHER),
    ],
    "similar title": [_said(similarity=0.95, label=None)],
    "title and version under other names only": [
        _said(**_OTHER),
        _said(source="dj", similarity=0.9, **_OTHER),
    ],
}


@pytest.mark.parametrize(("words", "said"), _CASES.items(), ids=_CASES)
def test_each_answer_has_its_level(tmp_path: Path, words: str, said: list[Said]) -> None:
    with _gathered(tmp_path, said) as con:
        # he is a candidate by his line of the same set
        wanted = "anaquill" if "other names only" not in words else "somebodyknown"
        assert _words(con, wanted, _TITLE_AND_LABEL) == words


def test_every_level_of_what_is_named_is_tested() -> None:
    tested = {*_CASES, _NOT_ASKED, _NOBODY, "similar title or another version under other names only"}
    assert tested == {level.words for level in _LEVELS["external"].levels}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], _NOT_ASKED),
        ([Silence("Quiet Harbour", outcome="miss")], _NOBODY),
        ([Silence("Quiet Harbour", outcome="ambiguous", asked_label="Deep Label")], _NOBODY),
        ([Silence("Quiet Harbour", outcome="down")], _NOT_ASKED),
        ([Silence("Quiet Harbour", outcome="off")], _NOT_ASKED),
        ([Silence("Quiet Harbour", outcome="quota")], _NOT_ASKED),
        ([Silence("Quiet Harbour", outcome="blocked")], _NOT_ASKED),
        ([Silence("Further Out", outcome="miss")], _NOT_ASKED),
        ([_said(similarity=0.95, **_OTHER)], "similar title or another version under other names only"),
        ([_said(credit=["Various Artists"])], _NOBODY),
    ],
)
def test_silence_is_not_a_miss(tmp_path: Path, said: list[Said | Silence], words: str) -> None:
    with _gathered(tmp_path, said) as con:
        assert _words(con, "somebodyknown", _TITLE_AND_LABEL) == words


def test_dump_and_interface_of_one_source_are_one_witness(tmp_path: Path) -> None:
    said = [_said(source="musicbrainz"), _said(source="musicbrainz_dump")]
    with _gathered(tmp_path, said) as con:
        assert _words(con, "anaquill", _TITLE_AND_LABEL) == "title, version and label, under this name only"


def test_two_artists_of_one_credit_do_not_contradict_each_other(tmp_path: Path) -> None:
    with _gathered(tmp_path, [_said(credit=["Ana Quill", "Newcomer Nobody"])]) as con:
        for artist in ("anaquill", "newcomernobody"):
            assert _words(con, artist, _TITLE_AND_LABEL) == "title, version and label, under this name only"
        con.execute(
            "create temp table scored as select question_no, artist_no, 8.0 as match_weight from by_external"
        )
        make_posterior(con, "scored")
        shared = con.execute(
            "select min(probability), max(own_probability) from posterior where match_weight = 8"
        ).fetchall()
        assert shared[0][0] > 0.9 > shared[0][1]


def test_an_alias_the_catalogue_learned_is_the_same_artist(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    fill_lake(lake, _SETS)
    write_said(lake, [_said(credit=["Ana Quil"])])
    with lake.connect(_VIEWS) as con:
        questions.teach(con, "true")
        con.execute("insert into artist_aliases values ('anaquil', 'anaquill', 2, 1, 9)")
        questions.ask_hidden(con, _ASKED)
        evidence.number_everything(con)
        evidence.gather(con)
        assert _words(con, "anaquil", _TITLE_AND_LABEL) is None
        assert _words(con, "anaquill", _TITLE_AND_LABEL) == "title, version and label, under this name only"


# ---- what is hidden -------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked_label", ["Deep Label", None])
def test_nothing_from_outside_without_the_title(tmp_path: Path, asked_label: str | None) -> None:
    # her name is also the label's, which must not bring her back
    named = [_said(credit=["Newcomer Nobody", "Deep"], asked_label=asked_label)]
    with _gathered(tmp_path, named) as con:
        for visibility in (_LABEL, _NONE):
            assert _words(con, "newcomernobody", visibility) is None
            assert _words(con, "deep", visibility) is None
            assert _words(con, "somebodyknown", visibility) == _NOT_ASKED
        assert _words(con, "newcomernobody", _TITLE_AND_LABEL) is not None


def test_what_was_asked_with_the_label_does_not_answer_without_it(tmp_path: Path) -> None:
    with _gathered(tmp_path, [_said(credit=["Newcomer Nobody"])]) as con:
        assert _words(con, "newcomernobody", _TITLE) is None
        assert _words(con, "somebodyknown", _TITLE) == _NOT_ASKED


def test_a_label_that_is_hidden_agrees_with_nothing(tmp_path: Path) -> None:
    with _gathered(tmp_path, [_said(credit=["Newcomer Nobody"], asked_label=None)]) as con:
        assert _words(con, "newcomernobody", _TITLE) == "title and version, under this name only"
        # asked without it, but the question shows it and the source names it
        assert (
            _words(con, "newcomernobody", _TITLE_AND_LABEL)
            == "title, version and label, under this name only"
        )


def test_asked_with_the_label_stands_before_asked_without(tmp_path: Path) -> None:
    said = [
        _said(credit=["Newcomer Nobody"]),
        _said(credit=["Namesake One"], asked_label=None, label=None),
    ]
    with _gathered(tmp_path, said) as con:
        assert _words(con, "namesakeone", _TITLE_AND_LABEL) is None
        assert _words(con, "namesakeone", _TITLE) == "title and version, under this name only"
        assert _words(con, "newcomernobody", _TITLE) is None


def test_on_request_outside_sources_are_as_if_never_asked(tmp_path: Path) -> None:
    with _gathered(tmp_path, [_said(credit=["Newcomer Nobody"])]) as con:
        shown = questions.visible(_TITLE_AND_LABEL, outside=False)
        rows = con.execute(
            f"select bool_or(has_external), max(external_best), max(external_fit) from ({shown})"
        )
        assert rows.fetchall() == [(False, 0, 0)]
        named = (
            f"select count(*) from ({shown}) join artist_no on no = artist_no where key = 'newcomernobody'"
        )
        assert con.execute(named).fetchall() == [(0,)]


# ---- weights and answers --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked_world(world: World, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The small world, with outside answers for most of its titles and one unknown track only they can answer."""
    from enrichment_pipeline.matching.store import write_masked_tracks

    lake = Lake(tmp_path_factory.mktemp("asked") / "data", threads=1)
    set_id = world.of("test")[0]
    world = world.with_line(set_id, 6, "ID - Nowhere Heard [Unheard Records]")
    # artists of one play each, whom no other set can know
    for number, each in enumerate(world.of("train") + world.of("dev")):
        name = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")
        world = world.with_line(each, 9, f"Once {name} Only - Tune {name} Rare [Label {name} Small]")
    fill(lake, world)
    write_masked_tracks(lake)
    with lake.connect(["plays"]) as con:
        titles = con.execute(
            "select title, arg_max(artist_parts[1], (artist_parts[1], title)), label from plays"
            " where artist_known and title_known group by title, label order by 1, 3"
        ).fetchall()
    said: list[Said | Silence] = [
        Said("Nowhere Heard", ["Newcomer Nobody"], "Unheard Records", asked_label="Unheard Records")
    ]
    for number, (title, artist, label) in enumerate(titles):
        for asked_label in {label, None}:
            if number % 4 == 0:
                said.append(Silence(title, outcome="miss", asked_label=asked_label))
            else:
                said.append(Said(title, [artist], label, asked_label=asked_label))
                said += [Said(title, ["Wrong Namesake"], None, asked_label, recording="r2")] * (
                    number % 7 == 1
                )
    write_said(lake, said)
    return lake


@pytest.fixture(scope="module")
def outside_model(asked_world: Lake) -> train.Trained:
    with asked_world.connect(_VIEWS) as con:
        return train.train(con, fewest_named_outside=20)


def _bits(trained: train.Trained, comparison: str) -> dict[str, float]:
    return dict(trained.model.level_weights()[comparison])


def test_weights_of_outside_answers_are_learned(outside_model: train.Trained) -> None:
    bits = _bits(outside_model, "external")
    assert outside_model.named_outside > 100
    assert (
        bits["title, version and label, under this name only"]
        > bits["title and version under other names only"] + 2
    )


def test_lines_outside_sources_know_have_thresholds_of_their_own(outside_model: train.Trained) -> None:
    assert set(outside_model.bands) == {
        "title+label", "title+label+outside", "title", "title+outside", "label", "none",
    }  # fmt: skip
    bands = outside_model.bands
    assert bands["title+label"].questions + bands["title+label+outside"].questions == outside_model.dev
    assert bands["title+label+outside"].questions == outside_model.dev_named_outside > 0


def test_too_few_answers_teach_nothing(asked_world: Lake) -> None:
    with asked_world.connect(_VIEWS) as con:
        trained = train.train(con, fewest_named_outside=100_000)
    for name in ("external", "external_known"):
        assert list(_bits(trained, name).values()) == pytest.approx(
            [0.0] * len(_LEVELS[name].levels), abs=1e-12
        )
    assert set(trained.bands) == {v.name for v in VISIBILITIES}


def test_asking_nobody_changes_nothing(asked_world: Lake, tmp_path: Path) -> None:
    """A model of empty tables and one that may not see what was said are one and the same."""
    silent = Lake(tmp_path / "data", threads=1)
    shutil.copytree(asked_world.folder, silent.folder)
    for table in ANSWER_TABLES:
        shutil.rmtree(silent.folder / table)
    with silent.connect(_VIEWS) as con:
        without = train.train(con)
        assert con.execute("select bool_or(has_external), max(external_best) from proposal").fetchall() == [
            (False, 0)
        ]
    with asked_world.connect(_VIEWS) as con:
        unseen = train.train(con, fewest_named_outside=100_000)
    assert without.model.model_hash == unseen.model.model_hash
    assert without.named_outside == 0


@pytest.mark.parametrize("visibility", VISIBILITIES, ids=lambda v: v.name)
def test_the_plain_query_gives_splinks_own_weights_of_outside_answers(
    asked_world: Lake, outside_model: train.Trained, visibility: Visibility
) -> None:
    with asked_world.connect(_VIEWS) as con:
        questions.teach(con, "set_key in (select set_key from set_splits where split = 'train')")
        questions.ask_hidden(con, "set_key in (select set_key from set_splits where split = 'test')")
        evidence.number_everything(con)
        evidence.gather(con)
        shown = questions.visible(visibility)
        named = con.execute(f"select count(*) from ({shown}) where external_fit > 0").fetchall()[0][0]
        assert (named > 0) == visibility.title
        table = predict(con, outside_model.model, shown)
        differing = con.execute(
            "select count(*) filter (abs(s.match_weight - q.match_weight) > 1e-9) from"
            f" {table} s join ({score_sql(outside_model.model, shown)}) q using (question_no, artist_no)"
        ).fetchall()
        assert differing == [(0,)]


def test_an_artist_the_catalogue_does_not_know_can_be_answered(
    asked_world: Lake, outside_model: train.Trained
) -> None:
    unknown = "select track_key, null::varchar as label_key from tracks where title_key = 'nowhereheard'"
    with asked_world.connect(["plays", "artists", "dj_profiles", "tracks", *EXTERNAL_TABLES]) as con:
        assert con.execute("select count(*) from artists where artist_key = 'newcomernobody'").fetchall() == [
            (0,)
        ]
        resolve.propose(con, outside_model.model, unknown, run_id=None)
        resolve.answer(con, outside_model.model, outside_model.bands, unknown, "candidates", run_id=None)
        named = con.execute(
            "select artist, probability, visibility, band from resolved where artist_key = 'newcomernobody'"
        ).fetchall()
        assert [row[0] for row in named] == ["Newcomer Nobody"]
        assert named[0][1] > 0.1
        assert named[0][2] == "title+label+outside"
        rules = con.execute("select rules from candidates where artist_key = 'newcomernobody'").fetchall()
        assert rules == [(["outside sources"],)]
        # a model that learned nothing of outside sources has no thresholds of their own: those of the visibility hold
        plain = {name: band for name, band in outside_model.bands.items() if "outside" not in name}
        plain["title+label"] = train.Band(0.0, 0.0, None, 0.0, 0)
        resolve.answer(con, outside_model.model, plain, unknown, "candidates", run_id=None)
        assert con.execute("select band from resolved").fetchall() == [("auto",)]


# ---- which titles are asked -----------------------------------------------------------------------------


def test_the_key_of_a_title_is_that_of_its_track(asked_world: Lake) -> None:
    key = external.title_track_key_sql("title_key", "version_key", "label_key")
    with asked_world.connect(["plays"]) as con:
        rows = con.execute(
            f"select count(*), count(*) filter (track_key <> {key}) from plays where title_known and not artist_known"
        ).fetchall()
    assert rows[0][0] > 3
    assert rows[0][1] == 0


@contextmanager
def _titles(lake: Lake, **given: object) -> Iterator[duckdb.DuckDBPyConnection]:
    with lake.connect(["plays", "set_splits", "masked_tracks"]) as con:
        con.execute(
            "create temp view unresolved_tracks as select distinct track_key, true as artist_missing from plays"
            " where kind = 'track' and not artist_known"
        )
        con.execute(f"create temp view asked as from {external.titles_to_ask(con, **given)}")  # type: ignore[arg-type]
        yield con


def test_unknown_titles_and_a_draw_of_hidden_ones_are_asked(asked_world: Lake) -> None:
    with _titles(asked_world, most_calibration=40) as con:
        counts = dict(con.execute("select purpose, count(*) from asked group by 1").fetchall())
        # a title that is drawn for learning and for thresholds is asked for once
        assert 30 < counts["calibration"] <= 40
        unknown = con.execute(
            "select count(distinct track_key) from plays where title_known and not artist_known"
        )
        assert counts["unknown"] == unknown.fetchall()[0][0] > 3
        key = external.title_track_key_sql("title_key", "version_key", "label_key")
        odd = con.execute(
            f"select count(*) - count(distinct track_key) + count(*) filter (track_key <> {key})"
            " + count(*) filter ((label is null) <> (label_key is null)) + count(*) filter (plays < 1) from asked"
        )
        assert odd.fetchall() == [(0,)]
        from_sets = con.execute(
            "select split, count(distinct a.track_key) from asked a join plays p using (title_key) join set_splits using (set_key)"
            " where a.purpose = 'calibration' group by 1"
        ).fetchall()
        assert {"train", "dev"} <= {split for split, _ in from_sets}


def test_more_titles_keep_those_drawn_before(asked_world: Lake) -> None:
    with _titles(asked_world, most_calibration=20) as con:
        few = {row[0] for row in con.execute("select track_key from asked").fetchall()}
    with _titles(asked_world, most_calibration=60) as con:
        more = {row[0] for row in con.execute("select track_key from asked").fetchall()}
    assert few < more


def test_measured_lines_are_asked_with_and_without_label(asked_world: Lake) -> None:
    with _titles(asked_world, evaluated=["test"], most_calibration=0) as con:
        missing = con.execute(
            f"select count(*) from plays join set_splits using (set_key) where split = 'test' and artist_known and title_known"
            f" and not ({external.title_track_key_sql('title_key', 'version_key', 'label_key')} in (select track_key from asked)"
            f" and {external.title_track_key_sql('title_key', 'version_key', 'null')} in (select track_key from asked))"
        )
        assert missing.fetchall() == [(0,)]
        assert con.execute("select count(*) from asked where purpose = 'calibration'").fetchall() == [(0,)]


def test_questions_are_written_by_bucket(asked_world: Lake, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data", threads=1)
    shutil.copytree(asked_world.folder, lake.folder)
    buckets = ["00", "01", "02", "03"]
    written = write_title_questions(lake, buckets)
    assert set(written) == set(buckets)
    with lake.connect(["title_questions"]) as con:
        assert {
            row[0] for row in con.execute("select distinct bucket from title_questions").fetchall()
        } <= set(buckets)
        assert con.execute("select count(*) from title_questions").fetchall() == [(sum(written.values()),)]
    assert TABLES["title_questions"].partitioned_by == "bucket"
    assert models_folder(lake).name == "models"
