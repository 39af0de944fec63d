"""Which words of an artist credit are one act: pure rules over keys and counts.

How a credit line is cut into names stands in `tracklists`; here the pieces are put together again
where the evidence says that the whole, not the parts, is what people play.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby

from rapidfuzz.distance import JaroWinkler, Levenshtein

# Names of five letters and less differ by one letter as different names do ("Pole", "Pola").
_SHORTEST_FUZZY_KEY = 6
_SPELLING_SIMILARITY = 0.93
_CONTAINED_SHARE = 0.6
# From here on one letter is a slip wherever it stands; Jaro-Winkler alone minds the first letters too much.
_SHORTEST_SLIPPED_KEY = 9
# What may be one name where a recording vouches for it, and is as often two names where none does.
_SHORTEST_INITIALS = 3
_SHORTEST_SURNAME = 4
_SHORTEST_DOUBLED = 5
_SHORTEST_TWO_SLIPS = 10
_NO_FIRST_NAMES = frozenset({"dj", "mr", "mc", "dr"})
# A name behind "aka" is written so among the parts of a credit; no key holds a space.
ALSO = "aka "


def merge_acts(parts: Sequence[str], protected: AbstractSet[str]) -> tuple[str, ...]:
    """Acts of a credit, given the keys of its names in order.

    Neighbouring parts are one act when the keys written together are protected; the longest such run
    wins. Keys of joins and of "and" are empty, so "Above & Beyond" is `("above", "beyond")` and its
    protected key "abovebeyond". A part that begins with `ALSO` is another name of the act before it: it is
    put together with others of its kind only. Doubles are dropped, order is kept.
    """
    acts: list[str] = []
    for _, run in groupby(parts, key=lambda part: part.startswith(ALSO)):
        names = [part.removeprefix(ALSO) for part in run]
        start = 0
        while start < len(names):
            end = next(
                (e for e in range(len(names), start + 1, -1) if "".join(names[start:e]) in protected),
                start + 1,
            )
            acts.append("".join(names[start:end]))
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
        return is_slip_of(one, other)
    return len(short) >= _SHORTEST_FUZZY_KEY and JaroWinkler.similarity(one, other) >= _SPELLING_SIMILARITY


def is_slip_of(one: str, other: str) -> bool:
    """Whether two keys of nine letters and more differ in one letter, numbers apart: "Population 1" and "2" are two."""
    return (
        min(len(one), len(other)) >= _SHORTEST_SLIPPED_KEY
        and Levenshtein.distance(one, other, score_cutoff=1) <= 1
        and [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()]
    )


def may_be_one_name(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names could be one, written for short or with slips, if they share a recording.

    Alone this proves nothing: of 91 pairs of known artists in the real sample that fit by initials most are two. So ask
    only where both carry one recording. True for initials of three letters and more ("SMD"), for one word cut short
    ("Ron" and "Ronald van Gelderen", "Joy O"), for a surname alone ("Garnier"), for a letter doubled or not, and
    for two slips in ten letters and more. Numbers must be the same.

    Args:
        one: words of a name, folded.
        other: words of the other.
    """
    short, long = sorted((one, other), key=lambda words: (len("".join(words)), tuple(words)))
    short_key, long_key = "".join(short), "".join(long)
    if not short_key or short_key == long_key:
        return bool(short_key)
    if len(long) >= _SHORTEST_INITIALS and short_key == "".join(word[0] for word in long):
        return True
    # "16B" tells as much as a surname of four letters
    least = _SHORTEST_SURNAME - any(c.isdigit() for c in short_key)
    if len(short) < len(long) and len(short_key) >= least and list(long[-len(short) :]) == list(short):
        return True
    if [c for c in short_key if c.isdigit()] != [c for c in long_key if c.isdigit()]:
        return False
    if _one_word_cut(short, long):
        return True
    one_key, other_key = _undoubled(short_key), _undoubled(long_key)
    if len(short_key) >= _SHORTEST_DOUBLED and one_key == other_key:
        return True
    return (
        len(short_key) >= _SHORTEST_TWO_SLIPS
        and Levenshtein.distance(one_key, other_key, score_cutoff=2) <= 2
    )


def _one_word_cut(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether all words are the same but one, which is the beginning of its counterpart."""
    differ = [(s, t) for s, t in zip(short, long, strict=False) if s != t]
    same = {s for s, t in zip(short, long, strict=False) if s == t}
    return (
        len(short) == len(long)
        and len(differ) == 1
        and bool(same - _NO_FIRST_NAMES)
        and differ[0][1].startswith(differ[0][0])
    )


def _undoubled(key: str) -> str:
    return "".join(letter for letter, _ in groupby(key))
