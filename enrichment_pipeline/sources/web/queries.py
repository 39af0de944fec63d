"""Words and requests a site is searched with. Pure; who sends them stands in `scrape.py`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from enrichment_pipeline.sources.web.site import Search

# A search box is made for some words; a mash-up with twenty artists finds nothing, and a title of 5,000
# characters is refused.
LONGEST_QUERY = 160
_MOST_ARTISTS = 3
_BRACKETS = str.maketrans("[]{}", "()()")


def query_words(search: Search, artists: Sequence[str], title: str, version: str | None) -> str:
    """What is typed into the search box; "" where nothing is left to type.

    Args:
        search: how the site is searched.
        artists: main artists.
        title: title without version.
        version: version text, where the track is not the original.
    """
    words = search.words.format(artists=" ".join(artists[:_MOST_ARTISTS]), title=title, version=version or "")
    return _cut(" ".join(_without_brackets(_without_controls(words), search.most_brackets).split()))


def fill(template: Any, words: str) -> Any:
    """A query or JSON body with the words in place of `{query}`."""
    if isinstance(template, str):
        return template.replace("{query}", words)
    return (
        {key: fill(value, words) for key, value in template.items()}
        if isinstance(template, dict)
        else template
    )


def _without_controls(text: str) -> str:
    # halves of a surrogate pair, too, which cannot be sent
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def _without_brackets(text: str, most: int) -> str:
    """The text with the signs of brackets beyond the first `most` pairs taken out, and of those that never pair."""
    text = text.translate(_BRACKETS)
    kept: set[int] = set()
    for match in list(re.finditer(r"\([^()]*\)", text))[:most]:
        kept |= {match.start(), match.end() - 1}
    return "".join(c if c not in "()" or at in kept else " " for at, c in enumerate(text))


def _cut(text: str) -> str:
    if len(text) <= LONGEST_QUERY:
        return text
    whole_words = text[: LONGEST_QUERY + 1].rsplit(" ", 1)[0]
    # a bracket cut in two is no pair any more
    return _without_brackets(whole_words[:LONGEST_QUERY], whole_words.count(")")).strip()
