"""Which label keys are one label: spellings learned from recordings that carry both."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa
from rapidfuzz.distance import Levenshtein

from enrichment_pipeline.catalogue.names import enough_evidence
from enrichment_pipeline.naming.keys import COMPANY_WORDS, fold

_SHARED = """
with line as (
    select distinct f.artist_keys[1] as act, title_key, version_key, label_key
    from {teaching} join first_act f using (play_id)
    where artist_known and title_known and label_key is not null
), plays as (select label_key, count(*) as plays from {teaching} where label_key is not null group by 1)
select a.label_key, b.label_key, count(*) as titles, any_value(x.plays), any_value(y.plays)
from line a join line b
  on a.act = b.act and a.title_key = b.title_key and a.version_key = b.version_key and a.label_key < b.label_key
join plays x on x.label_key = a.label_key join plays y on y.label_key = b.label_key
group by 1, 2 order by titles desc, 1, 2
"""
_NAMES = "select distinct label_key, label from {teaching} where label_key is not null and label is not null"
_NUMBER = re.compile(r"\d+")
_NUMBER_BEHIND = re.compile(r"\d+$")
# Words that a label is called with and without; a word that is missing here names a sub-label of its own
# (Toolroom Trax, Octopus Black).
_GENERIC_ENDINGS = (
    "digital",
    "group",
    "organisation",
    "organization",
    "collective",
    "sound",
    "sounds",
    "tunes",
    "beat",
    "beats",
    "imprint",
    "platform",
    "worldwide",
    "international",
    "house",
    "series",
    "uk",
    "us",
    "usa",
)
_SHORTEST_STEM = 3
_SHORTEST_INITIALS = 2
_SHORTEST_SHUFFLED = 8
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPELLED_NUMBERS = {
    **{word: str(n) for n, word in enumerate(_ONES, start=1)},
    **{ten: str(10 * n) for n, ten in enumerate(_TENS, start=2)},
    **{
        ten + one: str(10 * n + m)
        for n, ten in enumerate(_TENS, start=2)
        for m, one in enumerate(_ONES, start=1)
    },
}


def same_label_spelling(one: str, other: str) -> bool:
    """Whether two label keys look like one name.

    That is: a slip (one letter in six, two in twelve, numbers equal), words in another order, a number
    spelled out, a general word more ("Intec Digital"), or a catalogue number behind the name. Any other
    longer name is most often a sub-label (Octopus, Octopus Black), so containment alone proves nothing.
    """
    if one == other:
        return True
    short, long = sorted((one, other), key=lambda key: (len(key), key))
    if _SPELLED_NUMBERS.get(long) == short or _SPELLED_NUMBERS.get(short) == long:
        return True
    if len(short) >= _SHORTEST_STEM and long.startswith(short):
        rest = long.removeprefix(short)
        if rest in _GENERIC_ENDINGS or (_NUMBER_BEHIND.fullmatch(rest) and not short[-1].isdigit()):
            return True
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return False
    if len(one) == len(other) >= _SHORTEST_SHUFFLED and sorted(one) == sorted(other):
        return True
    slips = len(short) // 6
    return slips > 0 and Levenshtein.distance(one, other, score_cutoff=min(slips, 2)) <= min(slips, 2)


def initials_of(name: str) -> frozenset[str]:
    """What a label of several words is written as for short: "Get Physical Music" is "gpm" or, by its key, "gp"."""
    words = fold(name).split()
    without_company = [word for word in words if word not in COMPANY_WORDS]
    found = {"".join(word[0] for word in some) for some in (words, without_company)}
    return frozenset(f for f in found if len(f) >= _SHORTEST_INITIALS)


def learn_labels(con: duckdb.DuckDBPyConnection, teaching: str = "every_play") -> None:
    """Make temp table `label_aliases(alias_key, act_key, shared_titles, alias_plays, act_plays)`.

    Needs temp table first_act. A pair is taken when one recording carries both keys and they look like
    one name (`same_label_spelling`) or one is the other's initials; the more played key stands.

    Args:
        con: connection with the teaching relation and first_act.
        teaching: name of a relation of plays (play_id, title_key, version_key, label_key, artist_known,
            title_known, label); only these plays teach.
    """
    initials: dict[str, set[str]] = {}
    for key, name in con.execute(_NAMES.format(teaching=teaching)).fetchall():
        initials.setdefault(key, set()).update(initials_of(name))
    found: dict[str, tuple[str, int, int, int]] = {}
    for one, other, titles, one_plays, other_plays in con.execute(
        _SHARED.format(teaching=teaching)
    ).fetchall():
        is_short_for = one in initials.get(other, ()) or other in initials.get(one, ())
        if not (is_short_for or same_label_spelling(one, other)):
            continue
        if not enough_evidence(titles, one_plays, other_plays):
            continue
        alias, act = sorted((one, other), key=lambda k: ((one_plays if k == one else other_plays), k))
        plays = (one_plays, other_plays) if alias == one else (other_plays, one_plays)
        found.setdefault(alias, (act, titles, *plays))
    rows = []
    for alias, (first, titles, alias_plays, act_plays) in sorted(found.items()):
        act = first
        while act in found:
            act = found[act][0]
        rows.append((alias, act, titles, alias_plays, act_plays))
    names = ("alias_key", "act_key", "shared_titles", "alias_plays", "act_plays")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.int64())
    con.register(
        "label_alias_rows",
        pa.table(
            {n: pa.array([r[i] for r in rows], t) for i, (n, t) in enumerate(zip(names, types, strict=True))}
        ),
    )
    con.execute("create or replace temp table label_aliases as select * from label_alias_rows")
    con.unregister("label_alias_rows")
