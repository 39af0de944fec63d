"""metrics.prom keeps the rules of the text format, whatever stands in subjects, and is put in place whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.operations.kinds import ALL, KINDS, Measure
from enrichment_pipeline.operations.prometheus import metric_name, prometheus_text, write_prometheus
from enrichment_pipeline.operations.thresholds import THRESHOLDS, judge
from enrichment_pipeline_tests.operations.exposition import parse
from enrichment_pipeline_tests.operations.lakes import NOW

SUBJECTS = [
    "musicbrainz",
    "musicbrainz, titles",
    'quote " slash \\ line\nend',
    "ümläut",
    "1b catalogue",
    "{}",
]


def test_every_kind_and_alert_can_be_scraped() -> None:
    measures = [
        Measure(area, subject, name, number / 7)
        for area, name in KINDS
        for number, subject in enumerate(SUBJECTS)
    ]
    samples = parse(prometheus_text(measures, judge(measures), NOW))
    for measure in measures:
        key = (metric_name(measure.area, measure.name), (("subject", measure.subject),))
        assert samples[key] == measure.value
    alerts = {dict(labels)["alert"]: value for (name, labels), value in samples.items() if "alert" in name}
    assert set(alerts) == {limit.name for limit in THRESHOLDS}
    assert alerts["songstats_money"] == 0
    assert alerts["musicbrainz_answers"] == 0
    assert alerts["sources_answer"] == 1
    assert samples["enrichment_operations_timestamp_seconds", ()] == NOW.timestamp()
    assert len({metric_name(*key) for key in KINDS}) == len(KINDS)


@given(st.text(), st.floats(allow_nan=False))
def test_any_subject_comes_back(subject: str, value: float) -> None:
    measure = Measure("runs", subject, "failed", value)
    assert parse(prometheus_text([measure], [], NOW))[
        "enrichment_runs_failed", (("subject", subject),)
    ] == pytest.approx(value)


@pytest.mark.parametrize(
    "broken",
    [
        "a 1\n",
        "# HELP a x\n# TYPE a gauge\na 1",
        "# HELP a x\n# TYPE a gauge\na one\n",
        '# HELP a x\n# TYPE a gauge\na{b="c"d"} 1\n',
        "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a x\n# TYPE a sorcery\na 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\n# TYPE a gauge\n",
    ],
)
def test_the_checker_is_strict(broken: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(broken)


def test_the_file_is_replaced_and_no_draft_is_left(tmp_path: Path) -> None:
    write_prometheus(tmp_path, "old\n")
    target = write_prometheus(tmp_path, prometheus_text([Measure("answers", ALL, "kept", 3)], [], NOW))
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.prom"]
    assert "enrichment_answers_kept" in target.read_text(encoding="utf-8")
