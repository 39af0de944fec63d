"""Values out of parsed JSON by a short path, and lists found by their place in any object.

As much of a path language as the sites need: names joined by dots, lists gone through of themselves,
`name[key=value]` for elements that say so. Pure.
"""

from __future__ import annotations

import json
import re
from typing import Any

_STEP = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<key>[^=\]]+)=(?P<value>[^\]]*)\])?")


def parse(text: str) -> Any:
    """The value of a JSON text; None where it is none, or nested so deep that nobody meant it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def values_at(value: Any, path: str) -> list[Any]:
    """Everything at a path, in order; nothing where it does not lead anywhere.

    Args:
        value: parsed JSON.
        path: "artists[kind=Artist].name"; "" is the value itself.
    """
    found = value if isinstance(value, list) else [value]
    for step in filter(None, path.split(".")):
        match = _STEP.fullmatch(step)
        if match is None:
            return []
        entered: list[Any] = []
        for one in found:
            if isinstance(one, dict) and one.get(match["name"]) is not None:
                inner = one[match["name"]]
                entered += inner if isinstance(inner, list) else [inner]
        if match["key"] is not None:
            entered = [
                e for e in entered if isinstance(e, dict) and str(e.get(match["key"])) == match["value"]
            ]
        found = entered
    return found


def list_at(value: Any, path: str) -> list[Any] | None:
    """The elements of the list at a path from the top; None where there is no list."""
    *outer, last = path.split(".")
    match = _STEP.fullmatch(last)
    for holder in values_at(value, ".".join(outer)):
        if match is not None and isinstance(holder, dict) and isinstance(holder.get(match["name"]), list):
            return values_at(holder, last)
    return None


def list_by_shape(value: Any, path: str) -> list[Any] | None:
    """The elements of the first list that stands at the path below any object, however deep; None for none.

    Args:
        value: parsed JSON.
        path: such as "tracks.data".
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found = list_at(one, path)
            if found is not None:
                return found
            waiting += reversed(list(one.values()))
        elif isinstance(one, list):
            waiting += reversed(one)
    return None
