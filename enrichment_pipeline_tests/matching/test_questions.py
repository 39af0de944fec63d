"""Names as the teaching plays say, in what is asked: DJs that are an act together."""

from __future__ import annotations

from enrichment_pipeline.matching import questions
from enrichment_pipeline_tests.catalogue.lakes import SetLines, fill_lake


def test_djs_named_one_by_one_are_their_duo_too(lake):
    fill_lake(
        lake,
        {
            "a": ["Gable & Thorn - One", "Gable & Thorn - Two"],
            "b": SetLines(["Ennis - Three"], dj="Gable; Thorn"),
            "c": SetLines(["Ennis - Four"], dj="Gable; Voss"),
        },
    )
    with lake.connect(["plays"]) as con:
        questions.teach(con, "set_key like '%:a'")
        taught = dict(con.execute("select title, dj_keys from canonical_play").fetchall())
        questions.teach(con, "set_key like '%:c'")
        untaught = dict(con.execute("select title, dj_keys from canonical_play").fetchall())
    assert taught["Three"] == ["gable", "gablethorn", "thorn"]
    assert taught["Four"] == ["gable", "voss"]
    assert untaught["Three"] == ["gable", "thorn"], "who is one act is learned from the teaching plays"
