from __future__ import annotations

import pytest

from benchmarks import dumps


def test_the_benchmark_of_dumps_measures_and_finds(capsys: pytest.CaptureFixture[str]) -> None:
    """A benchmark that looks up what is not there, or the wrong thing, measures nothing."""
    dumps.main(["600"])
    said = capsys.readouterr().out
    assert "Loaded: 800 rows" in said
    assert "Looked up: 600 tracks" in said
    assert "Found 540, of these with the label of their own release 540" in said
    assert "The API allows 1 request/s: 5.6 hours" in said
