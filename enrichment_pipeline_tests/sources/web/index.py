"""An inverted index over documents of several fields, and what a Lucene tree matches in it.

Scores are BM25 sums. The index knows nothing of music; which fields there are and what they hold is
said by the app that builds it.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein

from enrichment_pipeline.tracklists.grammar import collector_at_rest
from enrichment_pipeline_tests.sources.web.lucene import Group, Leaf

Document = TypeVar("Document")
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


@dataclass(frozen=True, slots=True)
class FieldOf(Generic[Document]):
    """A field: how its text becomes words, and its values in a document."""

    analyse: Analyser
    values: Callable[[Document], Sequence[str]]


class _Field:
    """The postings of one field."""

    def __init__(self, analyse: Analyser, values: Iterable[Sequence[str]]) -> None:
        self.analyse = analyse
        self.texts = list(values)  # for phrases, which must stand together
        self.postings: dict[
            str, array[int]
        ] = {}  # word -> documents in order, once for each time it stands there
        self.weights: dict[str, Hits] = {}  # filled when a word is first asked for
        lengths = array("l")
        postings = self.postings
        for at, texts in enumerate(self.texts):
            length = 0
            for text in texts:
                for word in analyse(text):
                    length += 1
                    places = postings.get(word)
                    if places is None:
                        places = postings[word] = array("l")
                    places.append(at)
            lengths.append(length)
        self.lengths = np.array(lengths, dtype=float)
        self.mean_length = max(float(self.lengths.mean()) if len(self.lengths) else 0.0, 1e-9)


class SearchIndex(Generic[Document]):
    """Documents are numbered 0, 1, ... in the order given.

    A field is read when it is first asked for, so that a large catalogue starts as fast as a small one.

    Args:
        fields: the fields by name; one not named does not exist.
        documents: the documents.
        default_fields: fields that a term without a field is looked for in.
    """

    def __init__(
        self,
        fields: Mapping[str, FieldOf[Document]],
        documents: Sequence[Document],
        *,
        default_fields: Sequence[str],
    ) -> None:
        self._sources = fields
        self._documents = documents
        self._default_fields = tuple(default_fields)
        self._count = len(documents)
        self._read: dict[str, _Field] = {}

    def _field(self, name: str) -> _Field:
        field = self._read.get(name)
        if field is None:
            source = self._sources[name]
            with collector_at_rest():
                field = self._read[name] = _Field(source.analyse, map(source.values, self._documents))
        return field

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
        fields = [self._field(name) for name in names if name in self._sources]
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
            known = field.weights[word] = self._weighed(field, field.postings.get(word))
        return known

    def _weighed(self, field: _Field, places: array[int] | None) -> Hits:
        if places is None:
            return _NONE
        ids, often = np.unique(np.frombuffer(places, dtype=np.int64), return_counts=True)
        rarity = np.log(1 + (self._count - len(ids) + 0.5) / (len(ids) + 0.5))
        relative = field.lengths[ids] / field.mean_length
        return ids, rarity * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * relative))

    def _phrase(self, field: _Field, looked_for: tuple[str, ...], slop: int) -> Hits | None:
        if not looked_for:
            return None
        hits = [self._word(field, word) for word in looked_for]
        if len(looked_for) == 1:
            return hits[0]
        matched = min((found for found, _ in hits), key=len)
        for found, _ in hits:
            matched = np.intersect1d(matched, found, assume_unique=True)
        kept = [
            at
            for at in matched.tolist()
            if any(_holds(field.analyse(text), looked_for, slop) for text in field.texts[at])
        ]
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
