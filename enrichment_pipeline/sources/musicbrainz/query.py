"""Questions to the MusicBrainz search as Lucene text, and what each of them would bring back.

Pure. Many questions go into one request, so each `Clause` can also tell by itself which of the items
received it would have brought if asked alone: what is found must not depend on the company it was asked in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from rapidfuzz.distance import DamerauLevenshtein

from enrichment_pipeline.naming.keys import COMPANY_WORDS, fold
from enrichment_pipeline.sources.musicbrainz.answers import Item, Recording, Release

# A query travels in the address of the request, of which gateways cut or refuse more than some 4 to 8 kB.
LONGEST_QUERY = 3_800
LONGEST_TITLE = 200
LONGEST_ARTIST = 100
# Each required word costs the server a look into its dictionary; eight tell a title from any other.
_MOST_WORDS = 8
# Shorter words are one letter from too many others.
_SHORTEST_FUZZY_WORD = 5
# Written or left out at will, so they may not be required.
_JOIN_WORDS = frozenset(
    {"a", "an", "and", "by", "feat", "featuring", "ft", "n", "of", "the", "vs", "with", "x"}
)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One question inside a query.

    Args:
        text: Lucene text that may be joined to others by OR.
        brings: whether this clause, asked alone, would have brought the item.
        is_alone: it matches so much that it would crowd out others; it gets a request of its own.
    """

    text: str
    brings: Callable[[Item], bool]
    is_alone: bool = False


def cleaned(text: str, longest: int) -> str:
    """A text that fits a query: no control characters, single blanks, cut between words where too long.

    Args:
        text: any text at all.
        longest: most characters kept; a single longer word is cut inside.
    """
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    whole = " ".join(kept.split())
    if len(whole) <= longest:
        return whole
    cut = whole[: longest + 1].rpartition(" ")[0]
    return cut or whole[:longest]


def phrase(text: str) -> str:
    """A text as a Lucene phrase; inside the quotes only quote and backslash have a meaning."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encoded_length(query: str) -> int:
    """How long a query is in the address of a request."""
    return len(quote_plus(query))


def any_of(clauses: Sequence[Clause]) -> str:
    """One query that brings what each of the clauses brings."""
    return " OR ".join(clause.text for clause in clauses)


def by_field(field: str) -> Callable[[Sequence[Clause]], str]:
    """As `any_of`, for clauses that are values of one field, which is then named once."""

    def joined(clauses: Sequence[Clause]) -> str:
        return f"{field}:({any_of(clauses)})"

    return joined


def valid_isrcs(isrcs: Sequence[str]) -> tuple[str, ...]:
    """Those of the texts that are ISRCs, without dashes, in their order."""
    bare = ("".join(isrc.upper().replace("-", "").split()) for isrc in isrcs)
    return tuple(dict.fromkeys(isrc for isrc in bare if _ISRC.fullmatch(isrc)))


def isrc_clause(isrc: str) -> Clause:
    """Recordings with an ISRC; a value for `by_field("isrc")`."""
    return Clause(phrase(isrc), lambda item: isinstance(item, Recording) and isrc in item.isrcs)


def id_clause(mbid: str) -> Clause:
    """The thing with an id; a value for `by_field("reid")` or `by_field("laid")`."""
    return Clause(phrase(mbid), lambda item: item.id == mbid)


def exact_clause(title: str, artist: str) -> Clause | None:
    """Recordings whose title and artist hold these words in this order; None where either is blank."""
    title, artist = cleaned(title, LONGEST_TITLE), cleaned(artist, LONGEST_ARTIST)
    if not title or not artist:
        return None
    title_words, artist_words = fold(title).split(), fold(artist).split()

    def brings(item: Item) -> bool:
        return (
            isinstance(item, Recording)
            and _holds(item.title, title_words)
            and any(_holds(name, artist_words) for name in item.artist_names)
        )

    return Clause(
        f"(recording:{phrase(title)} AND artistname:{phrase(artist)})",
        brings,
        # signs alone are no words to the index: such a clause matches everything of the other field
        is_alone=not title_words or not artist_words,
    )


def loose_clause(title: str, artists: Sequence[str]) -> Clause | None:
    """Recordings whose title and artist hold these words in any order, each spelled a letter otherwise at most.

    Args:
        title: without version.
        artists: main artists, of which one is enough.

    Returns:
        None where title or artists have no words to look for.
    """
    wanted = _words(cleaned(title, LONGEST_TITLE))
    names = [words for name in artists[:3] if (words := _words(cleaned(name, LONGEST_ARTIST)))]
    # "Pan-Pot" is also written in one word
    names += [("".join(words),) for words in names if len(words) > 1]
    if not wanted or not names:
        return None

    def brings(item: Item) -> bool:
        if not isinstance(item, Recording):
            return False
        return _has_all(item.title, wanted) and any(_has_all(item.credit, words) for words in names)

    choices = " ".join(f"({_required(words)})" for words in names)
    return Clause(f"(recording:({_required(wanted)}) AND artist:({choices}))", brings)


def title_clause(title: str, version: str | None) -> Clause | None:
    """Recordings whose title holds these words, those of a version first; None for a blank title."""
    title = cleaned(title, LONGEST_TITLE)
    if not title:
        return None
    words = fold(title).split()
    text = f"+recording:{phrase(title)}"
    version = cleaned(version or "", LONGEST_ARTIST)
    if fold(version):
        text += f" recording:{phrase(version)}^2"
    return Clause(text, lambda item: isinstance(item, Recording) and _holds(item.title, words), is_alone=True)


def release_clause(title: str, label: str) -> Clause | None:
    """Releases whose title and label hold these words in this order; None where either is blank.

    Company words at the end of the label are not asked for: one's "Keel Records" is the other's "Keel".
    """
    title, label = cleaned(title, LONGEST_TITLE), _without_company(cleaned(label, LONGEST_ARTIST))
    if not title or not label:
        return None
    title_words, label_words = fold(title).split(), fold(label).split()

    def brings(item: Item) -> bool:
        return (
            isinstance(item, Release)
            and _holds(item.title, title_words)
            and any(_holds(info.name, label_words) for info in item.labels)
        )

    return Clause(
        f"(release:{phrase(title)} AND label:{phrase(label)})",
        brings,
        is_alone=not title_words or not label_words,
    )


def _without_company(label: str) -> str:
    words = label.split()
    while len(words) > 1 and fold(words[-1]) in COMPANY_WORDS:
        words.pop()
    return " ".join(words)


def _words(text: str) -> tuple[str, ...]:
    words = fold(text).split()
    telling = [word for word in words if word not in _JOIN_WORDS]
    return tuple(dict.fromkeys((telling or words)[:_MOST_WORDS]))


def _required(words: Sequence[str]) -> str:
    return " ".join(f"+{word}~1" if len(word) >= _SHORTEST_FUZZY_WORD else f"+{word}" for word in words)


def _holds(text: str, words: Sequence[str]) -> bool:
    """Whether the words stand in the text one after the other; no words stand in every text."""
    if not words:
        return True
    return f" {' '.join(words)} " in f" {fold(text)} "


def _has_all(text: str, words: Sequence[str]) -> bool:
    there = set(fold(text).split())
    return all(
        word in there
        or (
            len(word) >= _SHORTEST_FUZZY_WORD
            and any(DamerauLevenshtein.distance(word, other, score_cutoff=1) <= 1 for other in there)
        )
        for word in words
    )
