"""What a set's title and tags say: date, DJs, name, styles.

A title is the one line above a tracklist, such as `1991-08-04 - DJ @ Club`; the tags are those of a
tracklist wiki. Lines of the tracklist itself do not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from enrichment_pipeline.naming.keys import artist_key
from enrichment_pipeline.tracklists.readers.dates import Precision, UnreadableDateError, parse_date

# Style words of this project, chosen by what recurs as the last tags of sets; a tag is a style only
# when it is one of them, since most tags are people, shows and places ("Trance Energy", "DJ Bassline").
_STYLE_LIST = """
    2 Step | Acid | Acid House | Acid Techno | Afro House | Ambient | Balearic | Bass Music |
    Bassline | Big Beat | Big Room | Booty | Breakbeat | Breakbeat Hardcore | Breakcore | Breaks |
    Chill Out | Classical | Dancehall | Dark Wave | Deep House | Deep Tech House | Detroit Techno |
    Disco | Downtempo | Drone | Drum & Bass | Dub | Dub Techno | Dubstep | EBM | Electro |
    Electro House | Electronica | Electronica (Synthesizer) | Experimental | Footwork | Freestyle |
    Funk | Future Bass | Future House | Future Jazz | Gabber | Ghetto | Goa | Gqom | Grime |
    Happy Hardcore | Hard House | Hard Techno | Hard Trance | Hardcore | Hardstyle | Hip Hop |
    Hip House | House | House (Old School) | IDM | Industrial | Italo Disco | Jazz | Juke | Jungle |
    Krautrock | Latin | Leftfield | Lo-Fi House | Melodic House | Melodic Techno | Minimal |
    Minimal Techno | Moombahton | New Wave | Noise | Nu Disco | Old School | Pop | Power House |
    Progressive | Progressive House | Progressive Trance | Psychedelic | Psytrance | Punk | R&B |
    Rare Groove | Rave | Reggae | Rock | Soul | Soulful House | Soulful Techno | Speed Garage |
    Synth Pop | Tech House | Tech Trance | Techno | Trance | Trap | Tribal House | Trip Hop |
    UK Funky | UK Garage | Uplifting Trance | Vocal House | Vocal Trance | World Music
"""
STYLES = frozenset(" ".join(style.split()) for style in _STYLE_LIST.split("|"))
_STYLE_OF = {style.casefold(): style for style in STYLES}

_DASH = r"[-‐‑‒–—]"
_YEAR = r"(?:[0-9]{4}|[0-9]{0,3}[Xx?]{1,4})"
# The dash after a full date is left out by some writers; after a bare year it is what makes it a date.
_DATED_TITLE = re.compile(
    r"\s*(?:"
    rf"(?P<date>{_YEAR}(?:[-/.][0-9Xx?]{{1,2}}){{0,2}})\s+{_DASH}\s+"
    rf"|(?P<full_date>{_YEAR}(?:[-/.][0-9Xx?]{{1,2}}){{2}})\s+"
    r")(?P<rest>\S.*)",
    re.DOTALL,
)
_DJ_AND_NAME = re.compile(rf"(?P<dj>\S.*?)\s+(?P<sign>@|{_DASH})\s+(?P<name>\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SetTitle:
    """A set's title taken apart.

    Attributes:
        date: the day, or the first day of the month or year; None when unknown or impossible.
        dj: the DJ string as written, with its notes; None when the title names none.
        name: what is left: club, show, festival.
        precision: how much of the date was known.
        problem: why a date that is there cannot be used, in words; None when all is well.
        is_dated: the title begins with something that has the shape of a date.
    """

    date: date | None
    dj: str | None
    name: str | None
    precision: Precision = "unknown"
    problem: str | None = None
    is_dated: bool = False


def parse_set_title(title: str) -> SetTitle:
    """Take `DATE - DJ @ NAME` or `DATE - DJ - NAME` apart; the first sign after the date ends the DJ.

    Unknown parts of the date (`200X`, `2012-??`) are allowed. A title of another shape is all name.
    """
    day: date | None = None
    precision: Precision = "unknown"
    problem: str | None = None
    rest = title.strip()
    dated = _DATED_TITLE.fullmatch(title)
    if dated:
        rest = dated["rest"].rstrip()
        try:
            parsed = parse_date(dated["date"] or dated["full_date"])
            day, precision = parsed.value, parsed.precision
        except UnreadableDateError as error:
            problem = str(error)
    parts = _DJ_AND_NAME.fullmatch(rest) if dated else None
    if parts:
        return SetTitle(day, parts["dj"], parts["name"].rstrip(), precision, problem, is_dated=True)
    return SetTitle(day, None, rest or None, precision, problem, is_dated=dated is not None)


_NOBODY = frozenset(
    {
        "various",
        "variousartists",
        "variousdjs",
        "va",
        "unknown",
        "unknownartist",
        "unknownartists",
        "unknowndj",
        "id",
    }
    | {"na", "tba", "none", "?", "??", "???"}
)
# Square brackets belong to names ("Ø [Phase]"); round ones hold notes and qualifiers.
_NOTE = re.compile(r"\s*\([^()]*\)")
_COMMA = re.compile(r"\s*[,;]\s*(?![^(\[]*[)\]])")  # not inside a bracket
# Words that stand between two DJs and never inside the name of one.
_BETWEEN = re.compile(r"\s+(?:b2b|back to back|vs\.?|feat\.?|ft\.?|featuring)\s+", re.IGNORECASE)
_SAME_PERSON = re.compile(r"\s+(?:aka|a\.k\.a\.?)\s+", re.IGNORECASE)
# Words that may join two DJs or be part of one act's name: evidence decides.
_MAYBE_BETWEEN = re.compile(r"(\s+(?:&|and|und|\+|x|/|with|w/)\s+)", re.IGNORECASE)


_MOST_PIECES = 19  # ten names; trying every grouping of more would take too long


def split_djs(dj: str, tag_names: Sequence[str] = ()) -> tuple[str, ...]:
    """DJs of a DJ string, as written there, notes such as `(Live PA)` removed, doubles too.

    A comma, `b2b`, `vs` and `feat.` always part two DJs. `&`, `and`, `+`, `x`, `/` do so only when the
    tags hold each part and not the whole: `Above & Beyond` stays one. `Various`, `VA`, `Unknown` are
    nobody. Of `A aka B` the first name is kept.

    Args:
        dj: the DJ string of a set.
        tag_names: names the set is tagged with; a qualifier in brackets (`Fabio (DJ)`) does not matter.
    """
    return _split_djs(dj, tuple(tag_names))


@lru_cache(maxsize=50_000)
def _split_djs(dj: str, tag_names: tuple[str, ...]) -> tuple[str, ...]:
    tag_keys = {_name_key(tag) for tag in tag_names if tag.strip()}
    whole = dj.strip()
    # Whole names with a comma ("Crosby, Stills & Nash") are proved by a tag of that very spelling.
    pieces = [whole] if whole in tag_names else [p for c in _COMMA.split(whole) for p in _BETWEEN.split(c)]
    djs: dict[str, str] = {}
    for piece in pieces:
        name = _without_notes(_SAME_PERSON.split(piece.strip())[0])
        for found in _tagged_parts(name, tag_keys) or [name]:
            key = artist_key(found)
            if found and key not in _NOBODY:
                djs.setdefault(key, found)
    return tuple(djs.values())


def _tagged_parts(name: str, tag_keys: set[str]) -> list[str]:
    """`name` cut into the fewest parts that are all tagged; [] when the tags do not cover it."""
    if _name_key(name) in tag_keys:
        return [name]
    pieces = _MAYBE_BETWEEN.split(name)  # names at even places, the words between them at odd ones
    if len(pieces) > _MOST_PIECES:
        return []
    for end in range(len(pieces) - 2, 0, -2):
        first = "".join(pieces[:end])
        if _name_key(first) in tag_keys:
            rest = _tagged_parts("".join(pieces[end + 1 :]), tag_keys)
            if rest:
                return [first, *rest]
    return []


def _without_notes(name: str) -> str:
    bare = _NOTE.sub("", name).strip()
    # "(a:rpia:r)" is a name and not a note: what would leave nothing is kept.
    return bare or name.strip()


def _name_key(name: str) -> str:
    """Key that ignores a qualifier in brackets and the words DJ and MC before or after the name."""
    words = _without_notes(name).split()
    if len(words) > 1 and words[0].casefold() in {"dj", "mc"}:
        words = words[1:]
    if len(words) > 1 and words[-1].casefold() in {"dj", "mc"}:
        words = words[:-1]
    return artist_key(" ".join(words))


def styles_of(tag_names: Sequence[str]) -> tuple[str, ...]:
    """The styles among the tags, in their order, spelled as in `STYLES`."""
    return tuple(dict.fromkeys(_STYLE_OF[t.casefold()] for t in tag_names if t.casefold() in _STYLE_OF))
