"""Values out of JSON by path, and lists by their place in any object."""

from __future__ import annotations

from typing import Any

import pytest

from enrichment_pipeline.sources.web.json_paths import list_at, list_by_shape, parse, values_at

TRACK = {
    "name": "Lantern Ferry",
    "by": [{"n": "Ida", "k": "a"}, {"n": "Merle", "k": "r"}, "odd"],
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("name", ["Lantern Ferry"]),
        ("by.n", ["Ida", "Merle"]),
        ("by[k=r].n", ["Merle"]),
        ("by[k=x].n", []),
        ("none", []),
        ("none.deeper", []),
        ("name.deeper", []),
        ("missing", []),
        ("by[k=", []),
        ("", [TRACK]),
    ],
)
def test_values_at(path: str, values: list[Any]) -> None:
    assert values_at(TRACK, path) == values


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"a": {"b": []}}, "a.b", []),
        ({"a": {"b": [1]}}, "a.b", [1]),
        ({"a": {"b": {"c": 1}}}, "a.b", None),
        ({"a": []}, "a.b", None),
        ({"a": [{"t": "x"}, {"t": "y"}, 3]}, "a[t=x]", [{"t": "x"}]),
        (None, "a", None),
    ],
)
def test_list_at(value: Any, path: str, found: list[Any] | None) -> None:
    assert list_at(value, path) == found


def test_the_first_list_of_the_shape_is_found_however_deep() -> None:
    data = {
        "q": [{"tracks": {"data": "no"}}, {"state": {"tracks": {"data": [1]}}}],
        "z": {"tracks": {"data": [2]}},
    }
    assert list_by_shape(data, "tracks.data") == [1]
    assert list_by_shape(data, "albums.data") is None


def test_what_is_no_json_is_nothing() -> None:
    assert parse('{"half') is None
    assert parse("[" * 100_000) is None
    assert parse(" [1] ") == [1]
