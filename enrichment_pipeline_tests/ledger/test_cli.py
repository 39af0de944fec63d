"""`enrich review`, `enrich ledger` and `enrich revert` as typed; what follows is started as stages of a run."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from enrichment_pipeline import cli_run
from enrichment_pipeline.cli import main
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import tally
from enrichment_pipeline.ledger.review import tracks_to_review
from enrichment_pipeline_tests.ledger import chain

_RUN = re.compile(r"as run (review-\S+);")


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was started to follow the ledger, in place of doing it."""
    started: list[tuple[str, ...]] = []

    def follow(stages: Collection[str], *, data_was_named: bool) -> int:
        started.append(tuple(stages))
        assert data_was_named
        return 0

    monkeypatch.setattr(cli_run, "follow", follow)
    return started


def typed(lake: Lake, *arguments: str) -> int:
    return main([*arguments, "--data", str(lake.root)])


def test_the_list_names_answer_evidence_and_others(
    own_lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(own_lake, "review") == 0
    out = capsys.readouterr().out
    for track in tracks_to_review(own_lake):
        assert f"{track.track_key[:12]}  {track.line}" in out
        assert f"{track.answer} {track.probability:.3f} (review)" in out
    assert "    + " in out
    assert "others: " in out


def test_a_verdict_is_recorded_shown_and_undone(
    own_lake: Lake, followed: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    track = tracks_to_review(own_lake)[0]
    assert (
        typed(own_lake, "review", track.track_key[:10], "--accept", "--by", "Ines", "--note", "on the sleeve")
        == 0
    )
    out = capsys.readouterr().out
    run = _RUN.search(out)
    assert run
    assert f"`enrich revert {run[1]}` undoes it" in out
    assert "`enrich review --apply` makes all tables follow" in out
    assert typed(own_lake, "review") == 0
    out = capsys.readouterr().out
    assert track.track_key[:12] not in out
    assert "1 decided since the tables were made" in out
    assert typed(own_lake, "ledger", track.track_key[:10]) == 0
    out = capsys.readouterr().out
    assert f"verdict accept: {track.answer} {track.probability:.3f} [in force]; on the sleeve" in out
    assert typed(own_lake, "revert", run[1], "--by", "Ines") == 0
    out = capsys.readouterr().out
    assert f"{track.track_key[:12]}  {track.line}  {track.answer}" in out
    assert f"Undid 1 of run {run[1]}" in out
    assert followed == [cli_run.AFTER_VERDICTS]
    assert typed(own_lake, "revert", run[1]) == 1
    assert f"run {run[1]} was undone already" in capsys.readouterr().err


def test_undoing_answers_of_the_matcher_makes_only_answers_anew(
    own_lake: Lake, followed: list[tuple[str, ...]]
) -> None:
    """They were evidence for nothing, so no catalogue and no model has to follow."""
    assert typed(own_lake, "revert", chain.RUN, "--by", "Ines") == 0
    assert followed == [cli_run.AFTER_ANSWERS]


def test_undoing_can_be_written_down_only(own_lake: Lake, followed: list[tuple[str, ...]]) -> None:
    assert typed(own_lake, "revert", chain.RUN, "--by", "Ines", "--record-only") == 0
    assert followed == []
    assert typed(own_lake, "review", "--apply") == 0
    assert followed == [cli_run.AFTER_VERDICTS]


def test_the_same_verdict_twice_is_one(own_lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    key = tracks_to_review(own_lake)[0].track_key
    before = tally(own_lake).entries
    for _ in range(2):
        assert typed(own_lake, "review", key, "--artist", "Wholly Unheard", "--by", "Ines") == 0
    assert "stands already; nothing was recorded" in capsys.readouterr().out
    assert tally(own_lake).entries == before + 1


def test_a_list_goes_out_and_comes_back(
    own_lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "review.csv"
    assert typed(own_lake, "review", "--export", str(path)) == 0
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines[1] = lines[1].removesuffix(",,,") + ",accept,,"
    lines[2] = lines[2].removesuffix(",,,") + ",perhaps,,"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert typed(own_lake, "review", "--import", str(path), "--by", "Ines") == 1
    told = capsys.readouterr()
    assert (
        told.err
        == f"{path}, row 3: verdict 'perhaps': accept or reject is meant; a name belongs in right_artist\n"
    )
    assert "1 rows cannot be used" in told.out
    assert _RUN.search(told.out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("review", "--accept"), 2, "which TRACK?"),
        (("review", "abc", "--apply"), 2, "TRACK goes with"),
        (("review", "no line holds this"), 1, "no track has the key"),
        (("review", "--import", "nowhere.csv"), 1, "nowhere.csv cannot be read"),
        (("revert", "review-of-nobody"), 1, "no run 'review-of-nobody' in the ledger; the latest are chain"),
    ],
)
def test_wrong_use_is_told(
    own_lake: Lake, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert typed(own_lake, *arguments) == code
    assert words in capsys.readouterr().err


def test_before_the_first_run_there_is_nothing_to_review(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(lake, "review") == 1
    assert "`enrich run` first" in capsys.readouterr().err
    assert typed(lake, "ledger") == 0
    assert "The ledger is empty" in capsys.readouterr().out


def test_a_named_line_is_not_decided_about(own_lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    key = chain.rows(
        own_lake, "select track_key from tracks where artist_known order by 1 limit 1", "tracks"
    )[0][0]
    assert typed(own_lake, "review", key, "--artist", "Vole") == 1
    assert "its lines name the artist themselves" in capsys.readouterr().err
