"""Keeping entries and saying which are in force, over a ledger and nothing else."""

from __future__ import annotations

import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest

from enrichment_pipeline.lake.faults import inspect_table
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append, find_run, tally
from enrichment_pipeline.ledger.entries import (
    ACCEPT,
    REJECT,
    Entry,
    Kind,
    LedgerError,
    auto_answer,
    new_run_id,
)
from enrichment_pipeline.ledger.history import history
from enrichment_pipeline.ledger.review import Session, entries_to_revert
from enrichment_pipeline.ledger.rule import IN_FORCE, make_tables
from enrichment_pipeline_tests.ledger.chain import NOW, rows, sitting

WRITERS, RUNS_EACH = 2, 15


def verdict(kind: Kind, artist: str, minute: int, track: str = "t1") -> Entry:
    return Entry(
        track_key=track,
        kind=kind,
        generation=0,
        artist=artist,
        artist_keys=(artist.lower(),),
        artist_names=(artist,),
        run_id=f"review-{minute:02}",
        decided_at=NOW + timedelta(minutes=minute),
        who="Ines",
        line="ID - Tide",
    )


def auto(artist: str, minute: int, track: str = "t1", model: str = "m1") -> Entry:
    return auto_answer(
        track,
        artist.lower(),
        artist,
        probability=0.99,
        model_hash=model,
        run_id=f"matcher-{minute:02}",
        now=NOW + timedelta(minutes=minute),
    )


def undo(lake: Lake, run: str, minute: int) -> None:
    append(lake, entries_to_revert(lake, run, sitting(minute)))


def in_force(lake: Lake) -> dict[str, tuple[str, str]]:
    return {
        t: (kind, artist)
        for t, kind, artist in rows(lake, f"select track_key, kind, artist from ({IN_FORCE})", "ledger")
    }


def told(lake: Lake) -> tuple[list[tuple], list[tuple], list[tuple]]:
    """Who is named, who is rejected, and which answers were taken back."""
    with lake.connect(["ledger"]) as con:
        make_tables(con)
        return (
            con.execute("select track_key, artist from verdict_named order by all").fetchall(),
            con.execute("select track_key, artist_key from answer_rejected order by all").fetchall(),
            con.execute(
                "select track_key, artist_key, model_hash, run_id from answer_taken_back order by all"
            ).fetchall(),
        )


CASES = [
    ("the later verdict counts", [verdict(ACCEPT, "Vole", 1), verdict(ACCEPT, "Ossip", 2)], (ACCEPT, "Ossip"), ["Ossip"], []),
    ("a verdict beats a later answer", [verdict(ACCEPT, "Vole", 1), auto("Ossip", 2)], (ACCEPT, "Vole"), ["Vole"], []),
    ("the later answer counts", [auto("Vole", 1), auto("Ossip", 2)], ("auto answer", "Ossip"), [], []),
    ("rejected after accepted", [verdict(ACCEPT, "Vole", 1), verdict(REJECT, "Vole", 2)], (REJECT, "Vole"), [], ["vole"]),
    ("accepted after rejected", [verdict(REJECT, "Vole", 1), verdict(ACCEPT, "Vole", 2)], (ACCEPT, "Vole"), ["Vole"], []),
    ("another rejected", [verdict(ACCEPT, "Vole", 1), verdict(REJECT, "Ossip", 2)], (ACCEPT, "Vole"), ["Vole"], ["ossip"]),
    ("two rejected", [verdict(REJECT, "Vole", 1), verdict(REJECT, "Ossip", 2)], (REJECT, "Ossip"), [], ["ossip", "vole"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "force", "named", "rejected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_is_in_force(
    lake: Lake, entries: list[Entry], force: tuple[str, str], named: list[str], rejected: list[str]
) -> None:
    for entry in entries:
        append(lake, [entry])
    assert in_force(lake) == {"t1": force}
    assert told(lake)[:2] == ([("t1", name) for name in named], [("t1", key) for key in rejected])


def test_undoing_a_run_gives_back_what_was_in_force_before(lake: Lake) -> None:
    append(lake, [verdict(ACCEPT, "Vole", 1)])
    before = in_force(lake)
    append(lake, [verdict(REJECT, "Vole", 2)])
    append(lake, [verdict(ACCEPT, "Ossip", 3)])
    undo(lake, "review-03", 4)
    undo(lake, "review-02", 5)
    assert in_force(lake) == before
    assert tally(lake).entries == 5


def test_an_answer_taken_back_is_remembered_with_its_model(lake: Lake) -> None:
    append(lake, [auto("Vole", 1)])
    assert told(lake)[2] == []
    undo(lake, "matcher-01", 2)
    assert told(lake)[2] == [("t1", "vole", "m1", "review-02")]
    assert in_force(lake) == {}


def test_entries_are_only_added(lake: Lake) -> None:
    """Every file a run left is there byte for byte after others wrote, undid, and the same run wrote again."""
    append(lake, [verdict(ACCEPT, "Vole", 1)])
    left = {path: path.read_bytes() for path in lake.files("ledger")}
    append(lake, [auto("Ossip", 2)])
    undo(lake, "review-01", 3)
    assert append(lake, [verdict(ACCEPT, "Vole", 1)]) == 0
    assert {path: path.read_bytes() for path in left} == left
    assert append(lake, [verdict(ACCEPT, "Vole", 1, track="t2")]) == 1
    assert tally(lake).entries == 4


def test_the_table_holds_its_rules(lake: Lake) -> None:
    append(lake, [verdict(ACCEPT, "Vole", 1)])
    append(lake, [auto("Ossip", 2)])
    undo(lake, "review-01", 3)
    assert inspect_table(lake, "ledger").faults == ()


def test_history_says_what_became_of_each_entry(lake: Lake) -> None:
    with lake.connect([]) as con:
        lake.write_rows(con, "tracks", [{"track_key": "t1"}, {"track_key": "t2"}, {"track_key": "t3"}])
    append(lake, [verdict(ACCEPT, "Vole", 1)])
    append(lake, [verdict(ACCEPT, "Ossip", 2)])
    append(lake, [verdict(REJECT, "Crane", 3, track="t2")])
    append(lake, [verdict(ACCEPT, "Tide", 6, track="gone")])
    append(lake, [auto("Heron", 4, track="t3")])
    undo(lake, "review-02", 5)
    found = {(line.run_id, line.artist): line.status for line in history(lake)}
    assert found == {
        ("review-01", "Vole"): "in force",
        ("review-02", "Ossip"): "undone by review-05",
        ("review-03", "Crane"): "in force",
        ("matcher-04", "Heron"): "not answered any more",
        ("review-05", "Ossip"): "undoes review-02",
        ("review-06", "Tide"): "no line names the track now",
    }
    assert [line.track_key for line in history(lake, "t2")] == ["t2"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("nothing-like-it", "no run 'nothing-like-it' in the ledger; the latest are review-03"),
        ("rev", "no run 'rev'"),
        ("review-0", "3 runs begin with 'review-0'"),
    ],
)
def test_a_run_that_is_not_there_is_told(lake: Lake, wanted: str, words: str) -> None:
    for minute in (1, 2, 3):
        append(lake, [verdict(ACCEPT, "Vole", minute)])
    with pytest.raises(LedgerError, match=words.replace("(", r"\(")):
        find_run(lake, wanted)
    assert find_run(lake, "review-02") == "review-02"


def test_an_empty_ledger_is_told(lake: Lake) -> None:
    with pytest.raises(LedgerError, match="the ledger is empty"):
        find_run(lake, "review-01")


def test_a_run_is_undone_once_and_a_revert_never(lake: Lake) -> None:
    append(lake, [verdict(ACCEPT, "Vole", 1)])
    undo(lake, "review-01", 2)
    with pytest.raises(LedgerError, match="run review-01 was undone already, by review-02"):
        entries_to_revert(lake, "review-01", sitting(3))
    with pytest.raises(LedgerError, match="is a revert itself"):
        entries_to_revert(lake, "review-02", sitting(3))


@pytest.mark.parametrize("run_id", ["", "../elsewhere", ".hidden", "a/b"])
def test_a_run_id_cannot_lead_elsewhere(lake: Lake, run_id: str) -> None:
    entry = auto_answer("t1", "vole", "Vole", probability=0.99, model_hash="m1", run_id=run_id, now=NOW)
    with pytest.raises(ValueError, match="run id"):
        append(lake, [entry])


def test_entries_of_two_runs_are_not_one_file(lake: Lake) -> None:
    with pytest.raises(ValueError, match="of one run"):
        append(lake, [verdict(ACCEPT, "Vole", 1), verdict(ACCEPT, "Vole", 2)])


def test_two_people_in_one_second_have_two_runs() -> None:
    assert new_run_id("review", NOW, "aa11") != new_run_id("review", NOW, "bb22")
    assert new_run_id("review", NOW, "aa11") == "review-20260304T093000-aa11"


def write_runs(root: str, writer: int) -> None:
    """Record verdicts, a run each; a process of its own."""
    lake = Lake(Path(root), threads=1)
    for number in range(RUNS_EACH):
        who = Session(f"review-{writer}-{number}", f"person {writer}", NOW + timedelta(seconds=number))
        append(
            lake,
            [
                Entry(
                    track_key=f"t{number}",
                    kind=ACCEPT,
                    generation=0,
                    artist="Vole",
                    artist_keys=("vole",),
                    artist_names=("Vole",),
                    run_id=who.run_id,
                    decided_at=who.now,
                    who=who.who,
                )
            ],
        )


def test_two_processes_add_at_once_and_nothing_is_lost(lake: Lake) -> None:
    lake.folder.mkdir(parents=True)
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_runs, args=(str(lake.root), n)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    seen = [0]
    while any(writer.is_alive() for writer in writers):
        seen.append(tally(lake).entries)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen == sorted(seen)
    assert tally(lake).entries == WRITERS * RUNS_EACH
    assert inspect_table(lake, "ledger").faults == ()
    assert not list(lake.folder.rglob("*.draft"))
