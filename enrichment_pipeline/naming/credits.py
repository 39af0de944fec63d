"""Which words of an artist credit are one act: pure rules over keys and counts.

How a credit line is cut into names stands in `tracklists`; here the pieces are put together again
where the evidence says that the whole, not the parts, is what people play.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from rapidfuzz.distance import JaroWinkler, Levenshtein

# Names of five letters and less differ by one letter as different names do ("Pole", "Pola").
_SHORTEST_FUZZY_KEY = 6
_SPELLING_SIMILARITY = 0.93
_CONTAINED_SHARE = 0.6
# From here on one letter is a slip wherever it stands; Jaro-Winkler alone minds the first letters too much.
_SHORTEST_SLIPPED_KEY = 9


def merge_acts(parts: Sequence[str], protected: AbstractSet[str]) -> tuple[str, ...]:
    """Acts of a credit, given the keys of its names in order.

    Neighbouring parts are one act when the keys written together are protected; the longest such run
    wins. Keys of joins and of "and" are empty, so "Above & Beyond" is `("above", "beyond")` and its
    protected key "abovebeyond". Doubles are dropped, order is kept.
    """
    acts: list[str] = []
    start = 0
    while start < len(parts):
        end = next(
            (e for e in range(len(parts), start + 1, -1) if "".join(parts[start:e]) in protected),
            start + 1,
        )
        acts.append("".join(parts[start:end]))
        start = end
    return tuple(dict.fromkeys(a for a in acts if a))


def is_spelling_of(one: str, other: str) -> bool:
    """Whether two artist or label keys look like one name spelled twice.

    True for equal keys, for keys of six letters and more that are alike (Jaro-Winkler at least 0.93), for keys of
    nine and more with one other letter, for words in another order ("headjam", "jamhead"), and where one contains
    the other and is not much longer ("sman" is too short, "djsneak"/"sneak" fits).
    """
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if not short:
        return False
    if long.startswith("dj") and long[2:] == short:
        return True
    if len(short) >= _SHORTEST_FUZZY_KEY - 1 and short in long and len(short) >= _CONTAINED_SHARE * len(long):
        return True
    if len(short) == len(long) >= _SHORTEST_FUZZY_KEY and short in long + long:
        return True
    if len(short) >= _SHORTEST_SLIPPED_KEY and Levenshtein.distance(one, other, score_cutoff=1) <= 1:
        # "Population 1" and "Population 2" are two
        return [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()]
    return len(short) >= _SHORTEST_FUZZY_KEY and JaroWinkler.similarity(one, other) >= _SPELLING_SIMILARITY
