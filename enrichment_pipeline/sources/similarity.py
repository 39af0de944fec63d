"""Is what a source found the track that was asked for? Our own judgement, never the source's score.

Pure. A version that differs is a veto, not a low score: the remix of a track came out elsewhere and by
another hand (DESIGN section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from enrichment_pipeline.naming import keys
from enrichment_pipeline.naming.credits import is_spelling_of
from enrichment_pipeline.sources.questions import FoundBy, TrackQuestion
from enrichment_pipeline.tracklists.grammar import parse_line

# Two spellings of one title differ by a letter or a word ending, two titles by more. Between these the source's
# other facts cannot tell either, so nothing is accepted there.
SIMILAR_TITLE = 0.9
SIMILAR_ARTIST = 0.88


@dataclass(frozen=True, slots=True)
class ReadTitle:
    """A title as a source writes it, read by the set-line grammar: title, version text, and their keys."""

    title: str
    title_key: str
    version: str | None
    version_key: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a found track is: 0..1 each; `is_same_version` is the gate, `found_by` None for no match."""

    artist: float
    title: float
    is_same_version: bool

    @property
    def version(self) -> float:
        """1 for the same version, 0 for another."""
        return 1.0 if self.is_same_version else 0.0

    @property
    def found_by(self) -> FoundBy | None:
        """Exact where all keys are equal, fuzzy where spellings differ a little, None where it is another track."""
        if not self.is_same_version:
            return None
        if self.artist == 1.0 and self.title == 1.0:
            return "exact"
        if self.artist >= SIMILAR_ARTIST and self.title >= SIMILAR_TITLE:
            return "fuzzy"
        return None


@lru_cache(maxsize=200_000)
def read_title(text: str, mix: str | None = None) -> ReadTitle:
    """Title and version of a track title as sources write it: "Opus (Four Tet Remix)", "Opus - Four Tet Remix".

    Args:
        text: the title.
        mix: the version where the source keeps it apart ("Original Mix"); not added where the title ends in it.
    """
    whole = text if mix is None or mix.casefold() in text.casefold() else f"{text} ({mix})"
    # A line needs an artist before the dash, else "Opus - Four Tet Remix" reads as one.
    parsed = parse_line(f"X - {whole}")
    title = parsed.title or text
    versions = parsed.versions
    texts = " / ".join(v.text for v in versions) or None
    key = keys.version_key(
        [v.kind.value for v in versions], texts, [name for v in versions for name in v.remixers]
    )
    return ReadTitle(title, keys.title_key(title), texts, key)


def artist_similarity(asked: Sequence[str], found: Sequence[str]) -> float:
    """1 where a main artist is in both, else how alike the most alike two names are.

    Args:
        asked: main artists of the question, as written; the whole credit may be among them.
        found: artists the source names, as written; the whole credit may be among them.
    """
    asked_keys = {keys.artist_key(name) for name in asked}
    found_keys = {keys.artist_key(name) for name in found}
    asked_keys.discard("")
    found_keys.discard("")
    if not asked_keys or not found_keys:
        return 0.0
    if asked_keys & found_keys:
        return 1.0
    best = 0.0
    for one in asked_keys:
        for other in found_keys:
            if is_spelling_of(one, other) or is_spelling_of(other, one):
                return 0.95
            best = max(best, fuzz.ratio(one, other) / 100)
    return best


def title_similarity(asked_key: str, found_key: str) -> float:
    """1 where the keys are equal, else how alike they are letter by letter."""
    if asked_key == found_key:
        return 1.0
    # short titles are one letter from many others
    if min(len(asked_key), len(found_key)) < 5:
        return 0.0
    return fuzz.ratio(asked_key, found_key) / 100


def likeness(
    question: TrackQuestion, *, artists: Sequence[str], title: str, mix: str | None = None
) -> Likeness:
    """How alike a track of a source is to the one asked for.

    Args:
        question: the track asked for.
        artists: names the source credits, the whole credit among them where it is one text.
        title: title as the source writes it, with or without its version.
        mix: the version, where the source keeps it apart.
    """
    found = read_title(title, mix)
    return Likeness(
        artist_similarity((question.artist, *question.artists), artists),
        title_similarity(question.title_key, found.title_key),
        found.version_key == question.version_key,
    )
