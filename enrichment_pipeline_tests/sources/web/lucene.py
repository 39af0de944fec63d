"""The Lucene query syntax that the MusicBrainz search understands, as a tree.

Classic query parser rules: the default operator is OR, `a AND b` makes both required, `+` and `-`
require and forbid, a field holds for one term, phrase, range or group. What a tree matches is the
affair of `index.py`. Terms are kept as written (unescaped); cutting them into words is the field's affair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

Occur = Literal["must", "should", "must not"]
# Solr's own limit (maxBooleanClauses); a longer query is refused as a whole.
MOST_CLAUSES = 1024


class QuerySyntaxError(ValueError):
    """The query cannot be read; the real server answers 400."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing to look for in one field.

    Attributes:
        kind: what `text` is.
        text: without escapes and quotes; of a range "low TO high" the two in `low` and `high`.
        field: field named before it or before its group; None for the search's default fields.
        boost: factor of its score.
        slop: words that a phrase may be apart, or edits that a fuzzy term may have.
        low: lower end of a range; "*" for none.
        high: upper end of a range; "*" for none.
        inclusive: whether each end belongs to the range.
    """

    kind: Literal["term", "phrase", "wildcard", "fuzzy", "regex", "range", "all"]
    text: str
    field: str | None = None
    boost: float = 1.0
    slop: int = 0
    low: str = "*"
    high: str = "*"
    inclusive: tuple[bool, bool] = (True, True)


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses in brackets, or the whole query."""

    clauses: tuple[tuple[Occur, Leaf | Group], ...]
    boost: float = 1.0


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<and>&&|AND(?=[\s(]|$)) | (?P<or>\|\||OR(?=[\s(]|$)) | (?P<not>!|NOT(?=[\s(]|$))
  | (?P<all>\*:\*)
  | (?P<phrase>"(?:\\.|[^"\\])*")
  | (?P<range>[\[{]\s*(?:"(?:\\.|[^"\\])*"|[^\s\]}]+)\s+TO\s+(?:"(?:\\.|[^"\\])*"|[^\s\]}]+)\s*[\]}])
  | (?P<regex>/(?:\\.|[^/\\])*/)
  | (?P<open>\() | (?P<close>\)) | (?P<colon>:) | (?P<plus>\+) | (?P<minus>-)
  | (?P<boost>\^\d+(?:\.\d+)?) | (?P<tilde>~\d*(?:\.\d+)?)
  | (?P<term>(?:\\.|[^\s+\-!(){}\[\]^"~:\\/])(?:\\.|[^\s!(){}\[\]^"~:\\/])*)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_WILDCARD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")


def parse(query: str) -> Group:
    """The tree of a query.

    Raises:
        QuerySyntaxError: brackets or quotes without partner, an operator without operand, a field
            without value, a stray special character, or more than 1,024 clauses.
    """
    parser = _Parser(_tokens(query))
    group = parser.group(None)
    if parser.kind is not None:
        raise QuerySyntaxError(f"unexpected {parser.text!r}")
    return group


def _tokens(query: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None or match.lastgroup is None:
            raise QuerySyntaxError(f"cannot read {query[at : at + 20]!r} at position {at}")
        if match.lastgroup != "space":
            tokens.append((match.lastgroup, match.group()))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._leaves = 0

    @property
    def kind(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    @property
    def text(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else "end of query"

    def _take(self) -> str:
        text = self._tokens[self._at][1]
        self._at += 1
        return text

    def group(self, field: str | None) -> Group:
        clauses: list[tuple[Occur, Leaf | Group]] = []
        while self.kind not in (None, "close"):
            joined_by_and = False
            if self.kind in ("and", "or"):
                if not clauses:
                    raise QuerySyntaxError(f"nothing before {self.text}")
                joined_by_and = self._take() in ("AND", "&&")
            occur: Occur = "should"
            if self.kind in ("plus", "minus", "not"):
                occur = "must" if self._take() == "+" else "must not"
            node = self._clause(field)
            if joined_by_and:
                # The classic parser: AND requires what stands on both its sides.
                if clauses[-1][0] == "should":
                    clauses[-1] = ("must", clauses[-1][1])
                if occur == "should":
                    occur = "must"
            clauses.append((occur, node))
        if not clauses:
            raise QuerySyntaxError(f"nothing to look for before {self.text!r}")
        return Group(tuple(clauses))

    def _clause(self, field: str | None) -> Leaf | Group:
        if (
            self.kind == "term"
            and self._at + 1 < len(self._tokens)
            and self._tokens[self._at + 1][0] == "colon"
        ):
            field = _ESCAPE.sub(r"\1", self._take())
            self._take()
        if self.kind == "open":
            self._take()
            inner = self.group(field)
            if self.kind != "close":
                raise QuerySyntaxError("a bracket is not closed")
            self._take()
            return replace(inner, boost=self._boost())
        leaf = self._leaf(field)
        self._leaves += 1
        if self._leaves > MOST_CLAUSES:
            raise QuerySyntaxError(f"too many boolean clauses: more than {MOST_CLAUSES}")
        return replace(leaf, boost=self._boost())

    def _leaf(self, field: str | None) -> Leaf:
        kind = self.kind
        if kind == "all":
            self._take()
            return Leaf("all", "")
        if kind == "phrase":
            text = _ESCAPE.sub(r"\1", self._take()[1:-1])
            slop = int(float(self._take()[1:] or 0)) if self.kind == "tilde" else 0
            return Leaf("phrase", text, field, slop=slop)
        if kind == "regex":
            return Leaf("regex", self._take()[1:-1], field)
        if kind == "range":
            return _range(self._take(), field)
        if kind == "term":
            written = self._take()
            if self.kind == "tilde":
                edits = self._take()[1:]
                return Leaf("fuzzy", _ESCAPE.sub(r"\1", written), field, slop=int(float(edits or 2)) or 1)
            if _WILDCARD.search(written):
                return Leaf("wildcard", written, field)
            return Leaf("term", _ESCAPE.sub(r"\1", written), field)
        raise QuerySyntaxError(f"unexpected {self.text!r}")

    def _boost(self) -> float:
        return float(self._take()[1:]) if self.kind == "boost" else 1.0


def _range(written: str, field: str | None) -> Leaf:
    low, high = re.split(r"\s+TO\s+", written[1:-1].strip(), maxsplit=1)
    return Leaf(
        "range",
        written,
        field,
        low=_ESCAPE.sub(r"\1", low.strip('"')),
        high=_ESCAPE.sub(r"\1", high.strip('"')),
        inclusive=(written[0] == "[", written[-1] == "]"),
    )
