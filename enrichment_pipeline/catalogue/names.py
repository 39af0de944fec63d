"""Which names are one artist, learned from the plays that may teach it.

Two facts are learned, each with its evidence: credits that are one act (`protected_acts`) and keys that
are spellings of another (`artist_aliases`). The teaching plays are named by the caller, so that an
evaluation never learns from what it hides.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from enrichment_pipeline.naming.credits import ALSO, is_slip_of, is_spelling_of, may_be_one_name, merge_acts
from enrichment_pipeline.naming.keys import artist_key, fold

# A credit is one act when it is played more often than each of its parts is without it; another name of an act is
# no part of it.
_PROTECTED_ACTS = """
create or replace temp table protected_acts as
with credit as (
    select artist_parts, count(*) as plays from {teaching}
    where len(artist_parts) between 2 and 4 and not contains(array_to_string(artist_parts, ''), ' ') group by 1
), part as (
    select name, count(*) as plays
    from (select distinct play_id, replace(unnest(artist_parts), '{also}', '') as name from {teaching}) group by 1
), weakest as (
    select artist_parts, any_value(credit.plays) as plays, max(part.plays - credit.plays) as alone
    from (select artist_parts, plays, unnest(artist_parts) as name from credit) as credit
    join part using (name)
    group by 1
)
select array_to_string(artist_parts, '') as act_key, sum(plays)::bigint as plays, max(alone)::bigint as plays_of_a_part_alone
from weakest where plays >= 2 and plays > alone group by 1
"""

_WHOLE_NAMES = """
select artist_parts[1] from {teaching} where len(artist_parts) = 1 group by 1 having count(*) >= 3
"""

_WRITTEN = """
select artist_parts[1], artist, count(*) as plays from {plays}
where len(artist_parts) = 1 group by all order by plays, artist
"""
_SLASHED = r"""
select artist_parts[1], artist from every_play
where len(artist_parts) = 1 and regexp_full_match(artist, '[^/]*\w/\w[^/]*') group by all order by all
"""
_PLAYS = "select name, count(*) from (select unnest(artist_parts) as name from {teaching}) group by 1"
_PAIRS = "select artist_parts from {teaching} where len(artist_parts) = 2 group by 1 order by 1"

# Two keys of one recording: the same media id or the same title, version and label, and the same acts beside them.
_SHARED_RECORDINGS = """
with line as (
    select unnest(acts) as act, list_sort(acts) as credit, title_key, version_key, label_key, media_id
    from {teaching} join acts_of_parts using (artist_parts)
    where len(acts) between 1 and 3 and title_key is not null and len(title_key) >= 4
), beside as (select * exclude (credit), list_filter(credit, lambda a: a <> act) as others from line
), shared as (
    select a.act as one, b.act as other, a.title_key
    from beside a join beside b
      on a.media_id = b.media_id and a.title_key = b.title_key and a.others = b.others and a.act < b.act
    union
    select a.act, b.act, a.title_key
    from beside a join beside b
      on a.title_key = b.title_key and a.version_key = b.version_key and a.label_key = b.label_key and a.others = b.others
      and a.act < b.act
), plays as (select act, count(*) as plays from line group by 1)
select one, other, count(distinct title_key) as titles, any_value(x.plays) as one_plays, any_value(y.plays) as other_plays
from shared join plays x on x.act = one join plays y on y.act = other
group by 1, 2
order by titles desc, one, other
"""


def learn_names(con: duckdb.DuckDBPyConnection, teaching: str) -> None:
    """Make temp tables `protected_acts`, `artist_aliases` and `acts_of_parts`.

    Args:
        con: connection with `every_play` (all plays with `artist` and `artist_parts`) and the teaching relation.
        teaching: name of a relation of plays with columns play_id, artist, artist_parts, title_key, version_key,
            label_key, media_id; only these plays teach.

    Tables made: `protected_acts(act_key, plays, plays_of_a_part_alone)`,
    `artist_aliases(alias_key, act_key, shared_titles, alias_plays, act_plays)` and
    `acts_of_parts(artist_parts, acts, artist_keys)`, where `acts` are keys after merging and
    `artist_keys` the same after resolving aliases.
    """
    con.execute(_PROTECTED_ACTS.format(teaching=teaching, also=ALSO))
    protected = {row[0] for row in con.execute("select act_key from protected_acts").fetchall()}
    # a name that is whole on other lines ("Super8 & Tab") is whole on a line that was cut too far ("Super 8 & Tab")
    protected |= {row[0] for row in con.execute(_WHOLE_NAMES.format(teaching=teaching)).fetchall()}
    parts = [
        row[0]
        for row in con.execute(
            "select distinct artist_parts from every_play where len(artist_parts) > 0 order by 1"
        ).fetchall()
    ]
    words = words_of_names(con, teaching)
    full = _by_surnames([row[0] for row in con.execute(_PAIRS.format(teaching=teaching)).fetchall()], words)
    plays = dict(con.execute(_PLAYS.format(teaching=teaching)).fetchall())
    full |= _by_slash(con.execute(_SLASHED).fetchall(), plays)
    acts = [merge_acts(full.get(tuple(p), p), protected) for p in parts]
    _register(con, "acts_of_parts", {"artist_parts": parts, "acts": [list(a) for a in acts]}, "acts_raw")
    aliases = _aliases(con.execute(_SHARED_RECORDINGS.format(teaching=teaching)).fetchall(), words)
    con.register(
        "alias_rows",
        pa.table(
            {
                "alias_key": pa.array([a[0] for a in aliases], pa.string()),
                "act_key": pa.array([a[1] for a in aliases], pa.string()),
                "shared_titles": pa.array([a[2] for a in aliases], pa.int64()),
                "alias_plays": pa.array([a[3] for a in aliases], pa.int64()),
                "act_plays": pa.array([a[4] for a in aliases], pa.int64()),
            }
        ),
    )
    con.execute("create or replace temp table artist_aliases as select * from alias_rows")
    con.unregister("alias_rows")
    resolve = {a[0]: a[1] for a in aliases}
    keys = [list(dict.fromkeys(resolve.get(k, k) for k in a)) for a in acts]
    _register(
        con,
        "acts_of_parts",
        {"artist_parts": parts, "acts": [list(a) for a in acts], "artist_keys": keys},
        "acts_final",
    )


def enough_evidence(shared_titles: int, one_plays: int, other_plays: int) -> bool:
    """Whether keys that look alike and share recordings are one: by two recordings, or as a rare slip.

    One shared recording is enough only when the rarer key is played at most a fifth as often: two
    names in equal use ("3 Phase", "Ø [Phase]") are two names.
    """
    return shared_titles >= 2 or 5 * min(one_plays, other_plays) <= max(one_plays, other_plays)


def words_of_names(con: duckdb.DuckDBPyConnection, plays: str) -> dict[str, tuple[str, ...]]:
    """Words of each name that stands alone in a credit, by its key, as written most often; folded.

    Args:
        con: connection with the relation.
        plays: name of a relation of plays with columns artist_parts, artist.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, artist, _ in con.execute(_WRITTEN.format(plays=plays)).fetchall():
        words = tuple(fold(artist).split())
        words = words[1:] if words[:1] == ("the",) and len(words) > 1 else words
        # a guest, a country or an "and" folded away: the words are not the key's
        if "".join(words) == key:
            found[key] = words
    return found


def _by_surnames(
    pairs: list[list[str]], words: dict[str, tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Credits of two surnames, and the two artists meant: they are credited together with their full names.

    In either order; nothing where two pairs have the surnames.
    """
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for one, other in pairs:
        names = words.get(one, ()), words.get(other, ())
        if min(map(len, names)) > 1:
            surnames = names[0][-1], names[1][-1]
            found.setdefault(surnames, set()).add((one, other))
            found.setdefault(surnames[::-1], set()).add((other, one))
    return {
        surnames: min(meant) for surnames, meant in found.items() if len({frozenset(m) for m in meant}) == 1
    }


def _by_slash(
    credits: list[tuple[str, str]], plays: dict[str, int]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Credits such as "Ada/Moss" that are two acts: each is played by itself more often than the whole ("AC/DC")."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for whole, artist in credits:
        names = tuple(artist_key(name) for name in artist.split("/"))
        if all(plays.get(name, 0) > plays.get(whole, 0) for name in names):
            found[(whole,)] = names
    return found


def _register(
    con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, list[list[str]]], view: str
) -> None:
    con.register(
        view, pa.table({name: pa.array(values, pa.list_(pa.string())) for name, values in columns.items()})
    )
    con.execute(f"create or replace temp table {table} as select * from {view}")
    con.unregister(view)


def _aliases(
    shared: list[tuple[str, str, int, int, int]], words: dict[str, tuple[str, ...]]
) -> list[tuple[str, str, int, int, int]]:
    """Alias rows (alias, act, titles, alias plays, act plays): spellings of the more played key.

    Chains are followed to their end, so an act is never itself an alias.
    """
    target: dict[str, tuple[str, int, int, int]] = {}
    for one, other, titles, one_plays, other_plays in shared:
        alike = is_spelling_of(one, other) or may_be_one_name(
            words.get(one, (one,)), words.get(other, (other,))
        )
        # one letter in a long name is a slip however often it is made
        if not alike or not (enough_evidence(titles, one_plays, other_plays) or is_slip_of(one, other)):
            continue
        # the more played key stands; among equals the longer, which tends to be the full name
        alias, act = sorted((one, other), key=lambda k: ((one_plays if k == one else other_plays), len(k), k))
        plays = (one_plays, other_plays) if alias == one else (other_plays, one_plays)
        if alias not in target or titles > target[alias][1]:
            target[alias] = (act, titles, *plays)
    rows = []
    for alias, (first, titles, alias_plays, act_plays) in sorted(target.items()):
        act, seen = first, {alias}
        while act in target and act not in seen:
            seen.add(act)
            act = target[act][0]
        if act != alias:
            rows.append((alias, act, titles, alias_plays, act_plays))
    return rows
