"""Each alert is raised by its measure and by nothing else, and says what happened and what to do."""

from __future__ import annotations

import pytest

from enrichment_pipeline.operations.docs import TARGET, with_tables
from enrichment_pipeline.operations.history import History
from enrichment_pipeline.operations.kinds import KINDS, Measure, shown
from enrichment_pipeline.operations.plots import main_series_png
from enrichment_pipeline.operations.report import alerts_markdown, page
from enrichment_pipeline.operations.thresholds import THRESHOLDS, Threshold, judge
from enrichment_pipeline_tests.operations.lakes import NOW

NAMES = [limit.name for limit in THRESHOLDS]


def measure(limit: Threshold, value: float) -> Measure:
    return Measure(limit.area, (*limit.subjects, "somebody")[0], limit.measure, value, "because")


@pytest.mark.parametrize("limit", THRESHOLDS, ids=NAMES)
def test_an_alert_is_raised_beyond_its_limit_only(limit: Threshold) -> None:
    step = -0.01 if limit.side == "below" else 0.01
    (beyond,) = judge([measure(limit, limit.limit + step)], [limit])
    assert not beyond.is_fine
    assert limit.happened in beyond.words()
    assert limit.do in beyond.words()
    assert shown(limit.limit + step, limit.unit) in beyond.words()
    (before,) = judge([measure(limit, limit.limit - step)], [limit])
    assert before.is_fine
    assert before.words().startswith("Fine: ")
    (at,) = judge([measure(limit, limit.limit)], [limit])
    assert at.is_fine == (limit.side != "from")
    (unmeasured,) = judge([], [limit])
    assert unmeasured.is_fine
    assert unmeasured.words().startswith("Nothing measured yet")


def test_every_alert_is_of_a_measure_that_exists_and_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all((limit.area, limit.measure) in KINDS for limit in THRESHOLDS)


def test_only_its_subjects_raise_it() -> None:
    (limit,) = [limit for limit in THRESHOLDS if limit.name == "musicbrainz_answers"]
    (verdict,) = judge([Measure("sources", "discogs", "share silent", 1.0)], [limit])
    assert verdict.is_fine
    assert verdict.worst is None


def test_the_worst_stands_first() -> None:
    (limit,) = [limit for limit in THRESHOLDS if limit.name == "sources_answer"]
    silent = [Measure("sources", s, "share silent", v) for s, v in (("a", 0.3), ("b", 0.9), ("c", 0.1))]
    (verdict,) = judge(silent, [limit])
    assert [m.subject for m in verdict.crossed] == ["b", "a"]
    assert "b: share silent 90.0 %; a: share silent 30.0 %" in verdict.words()


def test_the_page_begins_with_what_is_to_be_done() -> None:
    silent = Measure("sources", "musicbrainz", "share silent", 0.5, "a | in the words")
    verdicts = judge([silent])
    text = page([silent], verdicts, History(), NOW)
    assert text.index("**error**, musicbrainz_answers") < text.index("**warning**, sources_answer")
    assert text.index("What to do") < text.index("## Sources")
    assert r"a \| in the words" in text
    assert "All is well" in alerts_markdown(judge([]))


def test_the_picture_is_drawn_with_and_without_values() -> None:
    key = ("sources", "musicbrainz", "share silent")
    drawn = main_series_png(History([NOW], {key: [(NOW, 0.1)]}))
    assert drawn.startswith(b"\x89PNG")
    assert drawn == main_series_png(History([NOW], {key: [(NOW, 0.1)]}))
    assert main_series_png(History()) != drawn
    # it stands inside an event of every materialization
    assert len(drawn) < 60_000


def test_the_document_has_the_thresholds_and_measures_as_they_are() -> None:
    text = TARGET.read_text(encoding="utf-8")
    assert text == with_tables(text), "run make docs"
    with pytest.raises(ValueError, match="are to stand in the page"):
        with_tables("a page without marks")
