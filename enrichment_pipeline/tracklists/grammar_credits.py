"""Splitting of an artist credit into names, roles and joins.

Only what the words of one credit tell belongs here. Whether two names are one act is decided by the
set of protected names handed in.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

from enrichment_pipeline.tracklists.grammar_words import COUNTRY_TAGS, DEFAULT_PROTECTED, ID_IN_NAMES
from enrichment_pipeline.tracklists.line import Credit, Role

# Cheap test that a credit holds a join at all; two thirds of all credits are one plain name, and finding
# substrings is several times as fast as one pattern of alternatives.
_HINT_TEXT = ",|&|+|/|×| x | and |feat|ft| pres| vs| versus| with| meet|aka|a.k.a|(|["
_HINTS = tuple(_HINT_TEXT.split("|"))


def is_plain_name(text: str) -> bool:
    """Whether a credit is one name without any join, bracket or alias.

    Args:
        text: the credit as written, stripped.
    """
    lowered = text.lower()
    # A plain loop: `any` with a generator takes twice as long, and this is asked of every name.
    for hint in _HINTS:  # noqa: SIM110
        if hint in lowered:
            return False
    return True


_JOIN = re.compile(
    # "Ada,Moss" is two names, "10,000 Moths" is one
    r",(?:\s+|(?<=\w,)(?=[^\W\d]))(?:(?:&|and|feat\.?|ft\.?)\s+)?"
    r"|\s+(?:(?P<feat>(?:(?:&|and)\s+)?(?:feat|ft|featuring)[.:]?(?:\s+feat\.?)?|w/)|(?P<pres>pres\.?|presents|presenta)|(?P<vs>vs\.?|versus)"
    r"|&|\+|/|and(?!\s+(?:the|his|her|friends)\b)|with(?!\s+(?:an?|no|the|my|your)\b)|meets?"
    # "Adam X & Perc", "Cygnus X feat. Y": an X before another join is the end of a name.
    r"|[x×](?!\s+(?:&|and|feat|ft|vs|pres|x|\+|/)(?:\W|$)))\s+"
    r"|\s+(?P<glued>ft\.|feat\.|w/)(?=\S)",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_AKA_BRACKET = re.compile(r"\s*[(\[](?P<alias>a\.?k\.?a\.?\s[^()\[\]]*)[)\]]", re.IGNORECASE)
_AKA = re.compile(r"(?<=\S)\s+(?P<alias>a\.?k\.?a\.?\s+.+)$", re.IGNORECASE)
_AKA_MARK = re.compile(r"a\.?k\.?a\.?\s+", re.IGNORECASE)
_NAMES_BEHIND = re.compile(r"(?P<name>[^()\[\]]*\w[^()\[\]]*?)\s*\((?P<others>[^()\[\]]*\w[^()\[\]]*)\)")
_WORD = re.compile(r"\w[\w.'’]*")
# What a bracket behind a name says that is not a name: how it was played, which copy, whose or where from.
_NO_NAMES = re.compile(
    r"\b(?:set|live|remix(?:es)?|rmx|mix|re-?edit|edit|version|bootleg|vip|dub|cover|tribute|unreleased|official|original|"
    r"promo|demo|vocals?|acappella|records?|recordings|ep|album|formerly|band)\b"
    r"|^(?:feat|ft|with|w/|by|from|of|ex|at|on|in|for|presents|pres)\b|^\W*\d+\W*$",
    re.IGNORECASE,
)
_SHORTEST_NAME_BEHIND = 4
_FILLER = "\x00"


def _is_sure_name(text: str) -> bool:
    """Whether a part of a credit is one name, and not a mark that says nobody is known."""
    return is_plain_name(text) and text[:1] not in "iIuUnN?" and text == text.strip(" ,") != ""


def _mask(match: re.Match[str]) -> str:
    return _FILLER * len(match[0])


def _strip_alias(name: str) -> tuple[str, str | None]:
    """A name without "aka ..." behind it, and that alias part."""
    match = _AKA_BRACKET.search(name)
    if match:
        return (name[: match.start()] + name[match.end() :]).strip(), match["alias"]
    match = _AKA.search(name)
    # "AKA AKA" is a name.
    if match and not re.match(r"a\.?k\.?a\b", name, re.IGNORECASE):
        return name[: match.start()], match["alias"]
    return name, None


def _strip_names_behind(piece: str, protected: Container[str]) -> tuple[str, str | None, str]:
    """A name without other names of the act behind it, those names, and the words between the two."""
    if "(" not in piece and "k" not in piece.lower():
        return piece, None, ""
    name, alias = _strip_alias(piece)
    if alias:
        mark = _AKA_MARK.match(alias)
        return name, alias[mark.end() :] if mark else alias, " aka "
    match = _NAMES_BEHIND.fullmatch(piece)
    if not match or piece.casefold() in protected or not _are_names_of(match["name"], match["others"]):
        return name, None, ""
    return match["name"], match["others"], " ("


def _are_names_of(name: str, inner: str) -> bool:
    """Whether words in a bracket behind a name are other names of that act, and not a part of its name."""
    of_inner, of_name = _WORD.findall(inner), _WORD.findall(name)
    # "Was (Not Was)" says its own words again
    if _NO_NAMES.search(inner) or {w.casefold() for w in of_inner} & {w.casefold() for w in of_name}:
        return False
    if any(w[0].islower() for w in of_inner):
        return False
    if len(of_inner) > 1:
        return any(len(w) > 1 for w in of_inner)
    # one short word, or one in capitals, is as often a country, a label or a crew
    is_name = len(inner) >= _SHORTEST_NAME_BEHIND and not inner.isupper() and inner[:1].isalpha()
    return is_name or (len(of_name) > 1 and inner.casefold() == "".join(w[0] for w in of_name).casefold())


def strip_country_tags(text: str) -> tuple[str, tuple[str, ...]]:
    """Text of a credit without country tags such as "(USA)", and the tags in order.

    Args:
        text: a credit or a remixer's name.

    Returns:
        The text without the tags, and the tags without their brackets.
    """
    if "(" not in text and "[" not in text:
        return text, ()
    tags: list[str] = []

    def drop(match: re.Match[str]) -> str:
        inner = match[1].strip()
        if match.start() > 0 and inner in COUNTRY_TAGS:
            tags.append(inner)
            return ""
        return match[0]

    stripped = _BRACKET.sub(drop, text)
    return (stripped.strip(), tuple(tags)) if tags else (text, ())


def _split(text: str, protected: Container[str]) -> tuple[Credit, ...]:
    text = text.strip()
    if not text:
        return ()
    pair = text.split(" & ") if text.count("&") == 1 else ()
    if len(pair) == 2 and all(map(_is_sure_name, pair)) and text.casefold() not in protected:
        return (Credit(pair[0], Role.MAIN, " & "), Credit(pair[1], Role.MAIN, ""))
    if is_plain_name(text):
        return () if ID_IN_NAMES.fullmatch(text) else (Credit(text, Role.MAIN, ""),)
    # Joins inside brackets belong to the bracket: "Get Real (Claude VonStroke & Green Velvet)".
    masked = _BRACKET.sub(_mask, text) if "(" in text or "[" in text else text
    joins = [m for m in _JOIN.finditer(masked) if m.start() > 0 and m.end() < len(masked)]
    starts = [0, *(m.end() for m in joins)]
    ends = [*(m.start() for m in joins), len(text)]
    # Longest protected span from each piece on wins.
    pieces: list[tuple[str, re.Match[str] | None]] = []
    i = 0
    while i < len(starts):
        j = len(starts) - 1
        while j > i and text[starts[i] : ends[j]].casefold() not in protected:
            j -= 1
        pieces.append((text[starts[i] : ends[j]], joins[j] if j < len(joins) else None))
        i = j + 1
    credits: list[Credit] = []
    role = Role.MAIN
    group_start = 0
    for piece, join in pieces:
        name, others, between = _strip_names_behind(piece, protected)
        name = name.strip(" ,")
        join_text = masked[join.start() : join.end()] if join else ""
        behind = _split(others, protected) if name and others else ()
        if behind:
            credits.append(Credit(name, role, between))
            of_act = Role.ALIAS if role is Role.MAIN else role
            credits.extend(Credit(c.name, of_act, c.join) for c in behind[:-1])
            credits.append(Credit(behind[-1].name, of_act, join_text))
        elif name:
            credits.append(Credit(name, role, join_text))
        elif credits:
            last = credits[-1]
            credits[-1] = Credit(last.name, last.role, last.join + join_text)
        if join is None:
            break
        if join["feat"] or join["glued"] or re.search(r"\b(?:feat|ft)\b", join_text, re.IGNORECASE):
            role = Role.FEATURED
        elif join["vs"]:
            role, group_start = Role.MAIN, len(credits)
        elif join["pres"]:
            credits[group_start:] = [
                Credit(c.name, Role.PRESENTER if c.role is Role.MAIN else c.role, c.join)
                for c in credits[group_start:]
            ]
            role, group_start = Role.MAIN, len(credits)
    # A piece that says "somebody" is not a name; the join before it stays readable in the credit as written.
    named = [c for c in credits if not ID_IN_NAMES.fullmatch(c.name)]
    if named and named[-1].join:
        last = named[-1]
        named[-1] = Credit(last.name, last.role, "")
    return tuple(named)


_split_default = lru_cache(maxsize=200_000)(lambda text: _split(text, DEFAULT_PROTECTED))


def split_credit(text: str, protected: Container[str] = DEFAULT_PROTECTED) -> tuple[Credit, ...]:
    """Names of an artist credit with the role of each and the words that join it to the next.

    "A & B feat. C" gives A and B as main artists and C as featured; "A pres. B" gives A as presenter of
    B. Names behind "aka", or in a round bracket behind a name, are aliases: other names or members of the act
    before them. Other words in brackets are never split, country tags are dropped, and so is a part that names
    nobody ("ID", "?").

    Args:
        text: the credit as written.
        protected: casefolded names that are one act although they hold a join ("above & beyond").

    Returns:
        The credits in the order written; () when the text names nobody.
    """
    text = strip_country_tags(text)[0]
    if protected is DEFAULT_PROTECTED:
        return _split_default(text)
    return _split(text, protected)


def aliases_in(text: str) -> tuple[str, ...]:
    """The "aka ..." parts of a credit, as written.

    Args:
        text: the credit as written.
    """
    if not re.search(r"\ba\.?k\.?a\b", text, re.IGNORECASE):
        return ()
    masked = _BRACKET.sub(_mask, text)
    found: list[str] = [m["alias"] for m in _AKA_BRACKET.finditer(text)]
    bounds = [0, *(p for m in _JOIN.finditer(masked) for p in m.span()), len(text)]
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        alias = _strip_alias(_AKA_BRACKET.sub("", text[start:end]))[1]
        if alias:
            found.append(alias)
    return tuple(found)
