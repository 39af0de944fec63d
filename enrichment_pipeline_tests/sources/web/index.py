"""An inverted index over documents of several fields, and what a Lucene tree matches in it.

Scores are BM25 sums. The index knows nothing of music; which fields there are and what they hold is
said by the app that builds it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein

from enrichment_pipeline_tests.sources.web.lucene import Group, Leaf

Analyser = Callable[[str], tuple[str, ...]]
Hits = tuple[np.ndarray, np.ndarray]  # document numbers in order, and a score above 0 for each
_K1, _B = 1.2, 0.75  # BM25 as Lucene has it
_WORD = re.compile(r"\w+")
_APOSTROPHE = re.compile(r"(?<=\w)['’`´](?=\w)")
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})


def words(text: str) -> tuple[str, ...]:
    """Words of a text without accents and case; `&` is "and"; a text of signs alone is one word."""
    bare = text.casefold().translate(_LETTERS)
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    found = tuple(_WORD.findall(_APOSTROPHE.sub("", bare).replace("&", " and ")))
    return found or _signs(text)


def words_with_accents(text: str) -> tuple[str, ...]:
    """The same with accents kept."""
    found = tuple(_WORD.findall(_APOSTROPHE.sub("", text.casefold()).replace("&", " and ")))
    return found or _signs(text)


def _signs(text: str) -> tuple[str, ...]:
    # "!!!" is a name. Brackets are not: `\(` of an escaped query must not become a word.
    bare = "".join(text.split())
    return (bare,) if bare and not set(bare) <= set("()[]{}-–—/,.\"'") else ()


def keyword(text: str) -> tuple[str, ...]:
    """The text as one word, without case."""
    bare = text.casefold().strip()
    return (bare,) if bare else ()


def code(text: str) -> tuple[str, ...]:
    """The text as one word, without case and blanks: catalogue numbers, ISRCs, barcodes."""
    bare = "".join(text.casefold().split())
    return (bare,) if bare else ()


def number(text: str) -> tuple[str, ...]:
    """A number as one word."""
    return keyword(text)


@dataclass(slots=True)
class _Field:
    analyse: Analyser
    postings: dict[str, dict[int, int]]  # word -> document -> how often
    values: dict[int, list[tuple[str, ...]]]  # document -> words of each value, for phrases
    weights: dict[str, Hits]  # filled when a word is first asked for
    total_words: int = 0


class SearchIndex:
    """Documents are numbered 0, 1, ... in the order given.

    Args:
        analysers: how the text of each field becomes words; a field not named does not exist.
        documents: for each document its fields, each with any number of values.
        default_fields: fields that a term without a field is looked for in.
    """

    def __init__(
        self,
        analysers: Mapping[str, Analyser],
        documents: Iterable[Mapping[str, Sequence[str]]],
        *,
        default_fields: Sequence[str],
    ) -> None:
        self._fields = {name: _Field(analyse, {}, {}, {}) for name, analyse in analysers.items()}
        self._default_fields = tuple(default_fields)
        self._count = 0
        for document in documents:
            self._add(document)

    def _add(self, document: Mapping[str, Sequence[str]]) -> None:
        at = self._count
        self._count += 1
        for name, values in document.items():
            field = self._fields[name]
            analysed = [field.analyse(value) for value in values]
            field.values[at] = analysed
            for value in analysed:
                field.total_words += len(value)
                for word in value:
                    places = field.postings.setdefault(word, {})
                    places[at] = places.get(at, 0) + 1

    def __len__(self) -> int:
        return self._count

    def search(self, query: Group) -> list[tuple[int, int]]:
        """All hits as (document, score of 0 to 100 relative to the best hit), best first."""
        found, scores = self._group(query)
        if not len(found):
            return []
        order = np.lexsort((found, -scores))
        relative = np.rint(100 * scores / scores.max()).astype(int)
        return [(int(found[i]), int(relative[i])) for i in order]

    # -- evaluation --------------------------------------------------------------------------

    def _group(self, group: Group) -> Hits:
        must: list[Hits] = []
        should: list[Hits] = []
        forbidden: list[np.ndarray] = []
        for occur, node in group.clauses:
            hits = self._group(node) if isinstance(node, Group) else self._leaf(node)
            if hits is None:
                continue  # nothing but punctuation: Lucene drops the clause
            if occur == "must":
                must.append(hits)
            elif occur == "should":
                should.append(hits)
            else:
                forbidden.append(hits[0])
        total = np.zeros(self._count)
        for found, scores in must + should:
            total[found] += scores
        if must:
            matched = min((found for found, _ in must), key=len)
            for found, _ in must:
                matched = np.intersect1d(matched, found, assume_unique=True)
        elif should:
            matched = np.flatnonzero(total)
        else:
            matched = np.arange(self._count if forbidden else 0)
            total += 1
        for found in forbidden:
            matched = np.setdiff1d(matched, found, assume_unique=True)
        return matched, total[matched] * group.boost

    def _leaf(self, leaf: Leaf) -> Hits | None:
        if leaf.kind == "all":
            return np.arange(self._count), np.ones(self._count)
        names = self._default_fields if leaf.field is None else (leaf.field,)
        fields = [self._fields[name] for name in names if name in self._fields]
        if not fields:
            return _NONE
        found = [hits for field in fields if (hits := self._in_field(field, leaf)) is not None]
        if not found:
            return None
        ids, scores = self._united(found)
        return ids, scores * leaf.boost

    def _in_field(self, field: _Field, leaf: Leaf) -> Hits | None:
        if leaf.kind == "phrase":
            return self._phrase(field, field.analyse(leaf.text), leaf.slop)
        if leaf.kind == "term":
            looked_for = field.analyse(leaf.text)
            return self._united([self._word(field, word) for word in looked_for]) if looked_for else None
        return self._united([self._word(field, word) for word in _expanded(field, leaf)])

    def _word(self, field: _Field, word: str) -> Hits:
        known = field.weights.get(word)
        if known is None:
            known = field.weights[word] = self._weighed(field, field.postings.get(word, {}))
        return known

    def _weighed(self, field: _Field, places: Mapping[int, int]) -> Hits:
        if not places:
            return _NONE
        ids = np.fromiter(places.keys(), dtype=np.int64, count=len(places))
        often = np.fromiter(places.values(), dtype=float, count=len(places))
        lengths = np.fromiter(
            (sum(map(len, field.values[i])) for i in places), dtype=float, count=len(places)
        )
        rarity = np.log(1 + (len(field.values) - len(places) + 0.5) / (len(places) + 0.5))
        mean = max(field.total_words / max(len(field.values), 1), 1e-9)
        return ids, rarity * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * lengths / mean))

    def _phrase(self, field: _Field, looked_for: tuple[str, ...], slop: int) -> Hits | None:
        if not looked_for:
            return None
        hits = [self._word(field, word) for word in looked_for]
        if len(looked_for) == 1:
            return hits[0]
        matched = min((found for found, _ in hits), key=len)
        for found, _ in hits:
            matched = np.intersect1d(matched, found, assume_unique=True)
        kept = [i for i in matched.tolist() if any(_holds(v, looked_for, slop) for v in field.values[i])]
        ids = np.array(kept, dtype=np.int64)
        total = np.zeros(self._count)
        for found, scores in hits:
            total[found] += scores
        return ids, total[ids]

    def _united(self, hits: Sequence[Hits]) -> Hits:
        if len(hits) == 1:
            return hits[0]
        total = np.zeros(self._count)
        for found, scores in hits:
            total[found] += scores
        ids = np.flatnonzero(total)
        return ids, total[ids]


_NONE: Hits = (np.array([], dtype=np.int64), np.array([], dtype=float))


def _holds(value: tuple[str, ...], looked_for: tuple[str, ...], slop: int) -> bool:
    span = len(looked_for)
    for start in range(len(value)):
        if value[start : start + span] == looked_for:
            return True
        if slop and value[start] == looked_for[0]:
            rest = iter(value[start : start + span + slop])
            if all(word in rest for word in looked_for):
                return True
    return False


def _expanded(field: _Field, leaf: Leaf) -> list[str]:
    """The words of the field that a wildcard, fuzzy term, regular expression or range stands for."""
    if leaf.kind == "range":
        return [word for word in field.postings if _in_range(word, leaf)]
    if leaf.kind == "fuzzy":
        asked = "".join(field.analyse(leaf.text))
        most = min(leaf.slop, 2)
        return [
            word
            for word in field.postings
            if abs(len(word) - len(asked)) <= most and DamerauLevenshtein.distance(word, asked) <= most
        ]
    pattern = leaf.text if leaf.kind == "regex" else _pattern(leaf.text.casefold())
    try:
        compiled = re.compile(pattern)
    except re.error:
        return []
    return [word for word in field.postings if compiled.fullmatch(word)]


def _pattern(wildcard: str) -> str:
    pieces = re.findall(r"\\.|.", wildcard, re.DOTALL)
    return "".join({"*": ".*", "?": "."}.get(p) or re.escape(p[-1]) for p in pieces)


def _in_range(word: str, leaf: Leaf) -> bool:
    ends = (leaf.low, leaf.high)
    # Of equal width digits compare like numbers, and dates like dates.
    width = max(map(len, (word, *ends))) if all(t.isdigit() for t in (word, *ends) if t != "*") else 0
    shown, low, high = (text.rjust(width, "0") for text in (word, *ends))
    above = leaf.low == "*" or shown > low or (leaf.inclusive[0] and shown == low)
    below = leaf.high == "*" or shown < high or (leaf.inclusive[1] and shown == high)
    return above and below
