"""The benchmark of answers: the whole command, the time split's sets, and tables in documents."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmark
from benchmarks import sample_lake, sections, tables, timesplit
from enrichment_pipeline.evaluation.clusters import ALL, TOGETHER, Asked
from enrichment_pipeline.evaluation.harness import MODEL, Row
from enrichment_pipeline.evaluation.metrics import Measured
from enrichment_pipeline.evaluation.rivals import Rival
from enrichment_pipeline.evaluation.targets import TARGETS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.tracklists.sample import SampleUnavailableError


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where reports of a command go; not the folder of whoever runs the tests."""
    monkeypatch.setenv("ENRICHMENT_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "reports"


# ---- the command ----------------------------------------------------------------------------------------


def test_a_finished_lake_is_measured_and_left_alone(
    trained_lake: Lake, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in trained_lake.root.rglob("*"))
    assert benchmark.main(["--quick", "--lake", str(trained_lake.root)]) == 0
    printed = capsys.readouterr().out
    report = json.loads((reports / "benchmark.json").read_text())
    assert sorted(path.name for path in trained_lake.root.rglob("*")) == before
    assert printed.strip() == (reports / "benchmark.md").read_text().strip()
    assert len(report["targets"]) == len(TARGETS)
    found = {t["verdict"].split(" by ")[0] for t in report["targets"] if t["measure"].startswith("hit@")}
    assert found <= {"met", "missed"}
    assert len(report["rivals"]) == 16
    for words in (
        "targets met.",
        "As the real unknown lines are",
        "The same unknown track",
        "2019+, neither",
    ):
        assert words in printed


def test_without_the_sample_nothing_is_claimed(
    reports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Targets speak of the sample; figures of the example beside them would be nonsense."""

    def unavailable(folder: Path) -> object:
        raise SampleUnavailableError("no package index answers")

    monkeypatch.setattr(sample_lake, "load_sample", unavailable)
    assert benchmark.main([]) == 1
    assert timesplit.main([]) == 1
    assert capsys.readouterr().err.count("no package index answers") == 2
    assert not reports.exists()


def test_a_folder_without_a_model_is_said(
    tmp_path: Path, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["--lake", str(tmp_path / "nothing")]) == 1
    assert "no model in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.004, 0.001, 0.007, "is beaten by ease, by 0.0040 (0.0010 to 0.0070)"),
        (0.004, -0.001, 0.009, "is beaten by ease, by 0.0040 (-0.0010 to 0.0090), which may be chance"),
        (-0.1, -0.12, -0.08, "is beaten by none; next is ease, 0.1000 behind (0.0800 to 0.1200)"),
        (0.0, -0.001, 0.001, "is the same with ease"),
    ],
)
def test_whether_a_baseline_wins_is_said_in_words(value: float, low: float, high: float, words: str) -> None:
    rival = Rival("test", "none", "hit@1", "ease", Measured("hit@1", value, low, high))
    assert sections.rival_lines([rival]) == [f"- test, neither: hit@1 {words}."]


@pytest.mark.parametrize(
    ("says", "words"), [(0.372, "surer than it should be by 0.032"), (0.33, "no surer than it should be")]
)
def test_contexts_that_make_too_sure_are_said(says: float, words: str) -> None:
    found = {
        "hit@1": Measured("hit@1", 0.34, None, None),
        "hit@1_expected": Measured("hit@1_expected", says, None, None),
    }
    lines = sections.cluster_lines([Asked(TOGETHER, ALL, 2, 5, found)])
    assert lines[-1] == (
        f"Asked as one track, the model expects {says:.3f} of its first answers to be right, and 0.340 are: {words}."
    )


# ---- time split -----------------------------------------------------------------------------------------


def one(set_id: str, split: str, day: str | None, lines: int = 10) -> timesplit.OneSet:
    return timesplit.OneSet(set_id, split, date.fromisoformat(day) if day else None, lines, set_id)


SETS = [
    one("a", "train", "2014-01-01"),
    one("b", "dev", "2015-12-31"),
    one("c", "train", "2016-01-01"),
    one("d", "dev", "2017-01-01"),
    one("e", "train", "2018-01-01"),
    one("f", "train", None),
    one("g", "train", "2015-01-01"),
]


def test_only_the_past_teaches_and_only_later_sets_are_asked() -> None:
    split = timesplit.time_splits(SETS, before=date(2016, 1, 1), most_sets=2)[timesplit.PAST]
    wanted = {
        "a": "train",
        "b": "dev",
        "c": "test",
        "d": "test",
        "e": "exclude",
        "f": "exclude",
        "g": "train",
    }
    assert split == wanted


def test_the_other_catalogue_is_as_large_and_asked_the_same() -> None:
    """Otherwise what fewer lines cost would look like what time costs."""
    both = timesplit.time_splits(SETS, before=date(2016, 1, 1), most_sets=2)
    asked = [{k for k, v in split.items() if v == "test"} for split in both.values()]
    assert asked[0] == asked[1]
    lines = [
        sum(s.lines for s in SETS if split[s.set_id] == "train" and s.split == "train")
        for split in both.values()
    ]
    assert lines == [20, 20]
    assert both[timesplit.ANY_TIME]["e"] == "train"


def test_a_day_with_nothing_on_one_side_is_refused() -> None:
    with pytest.raises(ValueError, match="no set to ask, or none that teaches"):
        timesplit.time_splits(SETS, before=date(2030, 1, 1), most_sets=2)


def test_a_time_split_is_learned_and_measured(trained_lake: Lake, tmp_path: Path) -> None:
    sets = timesplit.read_sets(trained_lake)
    assert {s.split for s in sets} == {"train", "dev"}
    splits = timesplit.time_splits(sets, before=date(2017, 1, 1), most_sets=5)
    (tmp_path / "past").mkdir()
    before = trained_lake.file_of("set_splits").read_bytes()
    found = timesplit.measure(trained_lake, splits[timesplit.PAST], tmp_path / "past", (MODEL, "popularity"))
    assert found.value("test", "title", MODEL, "sets") == 5
    assert trained_lake.file_of("set_splits").read_bytes() == before
    parts = timesplit.markdown({timesplit.PAST: found}, sets, before=date(2017, 1, 1), asked=5)
    assert "asked are 5 sets from that day on" in parts["time split"][0]
    assert any("popularity" in line for line in parts["methods"])


# ---- tables of documents --------------------------------------------------------------------------------


def rows() -> list[Row]:
    found = [
        Row("test", v, method, measure, value, value - 0.01, value + 0.01)
        for v in ("title+label", "title", "label", "none")
        for method in (MODEL, "popularity")
        for measure, value in (("hit@1", 0.455), ("hit@10", 0.6), ("ece", 0.01))
    ]
    found += [Row("test", "title+label", MODEL, "auto_coverage", 0.3, None, None)]
    found += [Row("test", "title+label", MODEL, "auto_precision", 0.99, 0.98, 1.0)]
    found += [Row("test", "hidden label", "track_labels", m, 0.4, 0.3, 0.5) for m in ("coverage", "accuracy")]
    return found


def test_tables_stand_as_documents_have_them() -> None:
    made = tables.tables_of(rows())
    assert set(made) == {"test", "hidden artist", "hidden label", "in short", "label rules"}
    assert "| *to reach* | 0.460 | 0.580 | - | 0.985 | 0.250 | 0.020 | - |" in made["test"]
    assert f"| {MODEL} | 0.455 (0.445-0.465) | 0.600 | - | 0.990 | 0.300 | 0.010 | - |" in made["test"]
    first = "| test, title and label | .455 (.445-.465) / .46 | .600 / .58 | .300 / .25 | .990 (.980-1.000) / .985 | .010 / .02 |"
    assert first in made["hidden artist"]
    assert "| test, neither | .455 (.445-.465) | .600 | none | - | .010 |" in made["hidden artist"]
    assert made["hidden label"][-1] == "| test | .400 (.300-.500) / .33 | .400 (.300-.500) / .92 |"
    assert "test, title and label: hit@1 by .005" in made["in short"][0]


def test_only_marked_tables_are_renewed() -> None:
    text = "# A\n<!-- table: test -->\nold\n<!-- end of table -->\n<!-- table: other -->\nkept\n<!-- end of table -->\n"
    new, put = tables.renew(text, {"test": ["new"]})
    assert new == text.replace("old", "new")
    assert put == ["test"]
    assert tables.renew(new, {"test": ["new"]})[0] == new


def test_results_go_into_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, document = tmp_path / "rows.json", tmp_path / "doc.md"
    listed = [
        {k: getattr(r, k) for k in ("split", "visibility", "method", "measure", "value", "low", "high")}
        for r in rows()
    ]
    results.write_text(json.dumps({"rows": listed, "sections": {"same track": ["| a |"]}}))
    document.write_text("<!-- table: same track -->\n<!-- end of table -->\n")
    assert tables.main([str(results), "--into", str(document)]) == 0
    assert document.read_text() == "<!-- table: same track -->\n| a |\n<!-- end of table -->\n"
    assert capsys.readouterr().out == f"{document}: same track\n"
    results.write_text(json.dumps(listed))
    assert tables.main([str(results)]) == 0
    assert "<!-- table: hidden artist -->" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["[1, 2]", "{}", "nothing"])
def test_a_file_of_something_else_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    assert tables.main([str(file)]) == 1
    assert f"{file}: not a file of results" in capsys.readouterr().err


def test_the_sample_is_read_into_a_lake_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every set has a split, and `data/` is not looked at."""
    found = [
        {
            "id": f"s{n}",
            "title": f"2015-0{n}-01 - DJ Marrow",
            "tracklist": [{"id": None, "title": f"A{n} - B [C]"}] * 3,
        }
        for n in range(1, 4)
    ]
    monkeypatch.setattr(sample_lake, "load_sample", lambda folder: (found, "Invented sets."))
    lake = sample_lake.read_lake(tmp_path)
    with lake.connect(["plays", "set_splits"]) as con:
        rows = con.execute(
            "select count(*), count(distinct set_key) from plays join set_splits using (set_key)"
        )
        assert rows.fetchall() == [(9, 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "inbox"]
