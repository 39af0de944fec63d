from __future__ import annotations

import re

import pytest

from benchmarks import dumps


def test_the_benchmark_of_dumps_measures_and_finds(capsys: pytest.CaptureFixture[str]) -> None:
    """A benchmark that looks up what is not there, or the wrong thing, measures nothing."""
    dumps.main(["600"])
    said = capsys.readouterr().out
    assert "Loaded: 800 rows" in said
    assert "Looked up: 600 tracks" in said
    numbers = re.search(r"Found (\d+), of these with the label of their own release (\d+)", said)
    assert numbers is not None
    # nine in ten stand in the dump; some of the misspelled ones are too short to be recognised
    assert 520 <= int(numbers[1]) == int(numbers[2]) <= 540
    assert "The API allows 1 request/s: 5.6 hours" in said
