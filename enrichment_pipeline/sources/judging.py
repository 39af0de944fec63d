"""What found tracks amount to: rules every API source shares for accepting, and its words for the tier log.

Pure. How alike two tracks are is measured in `similarity.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from enrichment_pipeline.naming.keys import artist_key
from enrichment_pipeline.sources.outcomes import Outcome
from enrichment_pipeline.sources.questions import ArtistFinding, LabelFinding
from enrichment_pipeline.sources.similarity import SIMILAR_ARTIST, SIMILAR_TITLE, Likeness


def is_same_by_isrc(likeness: Likeness) -> bool:
    """Whether a track found by ISRC is the one meant: one of its names must agree too.

    ISRCs are misassigned now and then, but never to a track that by chance has the artist or the title.
    """
    return likeness.artist >= SIMILAR_ARTIST or likeness.title >= SIMILAR_TITLE


def why_none(likenesses: Sequence[Likeness], what: str) -> str:
    """Why none of the tracks found is the one asked for, in words.

    Args:
        likenesses: of each found one.
        what: one of them: "search result".
    """
    if not likenesses:
        return f"no {what}"
    is_near = any(each.artist >= SIMILAR_ARTIST and each.title >= SIMILAR_TITLE for each in likenesses)
    gate = "passes the version gate" if is_near else "has this artist and title"
    return f"{len(likenesses)} {what}{'' if len(likenesses) == 1 else 's'}, none {gate}"


def first_of_each_label(
    findings: Sequence[LabelFinding], key: Callable[[str], str]
) -> tuple[LabelFinding, ...]:
    """One finding per label, the first given; labels without a letter are left out."""
    first: dict[str, LabelFinding] = {}
    for finding in findings:
        first.setdefault(key(finding.label), finding)
    first.pop("", None)
    return tuple(first.values())


def title_outcome(findings: Sequence[ArtistFinding]) -> tuple[Outcome, str]:
    """How a look-up of a title ended, and why in words: one artist is a hit, several are ambiguous.

    A source that names another label, or another version, does not speak of the track asked for.
    """
    agreeing = [f for f in findings if f.version_agrees and f.label_agrees is not False]
    credits = list(dict.fromkeys(f.artist for f in agreeing))
    if not findings:
        return "miss", "no track of this title"
    if not credits:
        return "miss", f"{len(findings)} tracks of this title, none agrees in version and label"
    if len({artist_key(name) for name in credits}) == 1:
        return "hit", f"one artist made this title: {credits[0]}"
    return "ambiguous", f"{len(credits)} artists made this title"
