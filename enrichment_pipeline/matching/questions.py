"""Which tracks are asked about, and which plays may answer: the three inputs of `evidence.py`.

Masking, evaluation and use differ only in what is asked and which plays teach; all of that is here.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from enrichment_pipeline.catalogue.names import learn_names


@dataclass(frozen=True, slots=True)
class Visibility:
    """What of a question its evidence may use; the rest of the set is always visible."""

    name: str
    title: bool
    label: bool


VISIBILITIES = (
    Visibility("title+label", title=True, label=True),
    Visibility("title", title=True, label=False),
    Visibility("label", title=False, label=True),
    Visibility("none", title=False, label=False),
)

_CANONICAL = """
create or replace temp table canonical_play as
with known_act as (
    select distinct unnest(acts) as act_key from acts_of_parts semi join teaching_play using (artist_parts)
), set_dj as (select distinct dj_keys, unnest(dj_keys) as key from every_play),
-- a duo whose DJs are named one by one is that act as well
duo as (
    select a.dj_keys, a.key || b.key as key from set_dj a join set_dj b on a.dj_keys = b.dj_keys and a.key <> b.key
    semi join known_act on act_key = a.key || b.key
), resolved_dj_keys as (
    select dj_keys as written, list(distinct coalesce(a.act_key, key) order by coalesce(a.act_key, key)) as dj_keys
    from (from set_dj union all from duo) left join artist_aliases a on a.alias_key = key group by 1
), resolved_dj as (
    select play_id, r.dj_keys from every_play p join resolved_dj_keys r on r.written = p.dj_keys
), resolved_remixer as (
    select play_id, list(distinct coalesce(a.act_key, key) order by coalesce(a.act_key, key)) as remixer_keys
    from (select play_id, unnest(remixer_keys) as key from every_play) left join artist_aliases a on a.alias_key = key group by 1
)
select p.* exclude (artist_keys, dj_keys, remixer_keys),
    case when p.artist_known then coalesce(a.artist_keys, []) else [] end as artist_keys,
    coalesce(d.dj_keys, []) as dj_keys, coalesce(r.remixer_keys, []) as remixer_keys
from every_play p left join acts_of_parts a using (artist_parts)
left join resolved_dj d using (play_id) left join resolved_remixer r using (play_id)
"""


def teach(con: duckdb.DuckDBPyConnection, teaching_sets: str) -> None:
    """Let the plays of some sets teach, and no others.

    Makes temp tables `canonical_play` (all plays, names as the teaching plays say) and view `known_play`
    (the teaching plays with a known artist). Needs the view `plays`.

    Args:
        con: connection with the lake's views.
        teaching_sets: SQL condition over `plays` that is true for sets that may teach.
    """
    con.execute(
        "create or replace temp table every_play as"
        " select *, (12 * year(set_date) + month(set_date))::int as month_no from plays"
    )
    con.execute(
        f"create or replace temp table teaching_play as select * from every_play where artist_known and ({teaching_sets})"
    )
    learn_names(con, "teaching_play")
    con.execute(_CANONICAL)
    con.execute(
        f"create or replace temp table known_play as select * from canonical_play where len(artist_keys) > 0 and ({teaching_sets})"
    )


def ask_hidden(con: duckdb.DuckDBPyConnection, hidden: str, *, track: str = "play_id") -> None:
    """Ask for the artist of plays that are known, each on its own line unless told otherwise.

    Makes `asked` and `asked_set_line`; needs `canonical_play`. Plays that a verdict names are not among them: what the
    matcher proposed to the person who decided would measure itself.

    Args:
        con: connection that `teach` prepared.
        hidden: SQL condition over `canonical_play`: which plays are hidden.
        track: SQL expression over `canonical_play`; plays for which it is the same are asked as one track.
    """
    con.execute(
        f"create or replace temp table asked as select {track} as track_id, play_id, set_key, set_group, set_year, month_no, position,"
        " title_key, title_root, version_key, label_key, catalogue_key, dj_keys, remixer_keys, genres, artist_keys as truth"
        f" from canonical_play where len(artist_keys) > 0 and artist_verdict is null and ({hidden})"
    )
    _set_lines(con)


VERDICT_QUESTION = "starts_with(track_id, 'verdict|')"
_ASK_DECIDED = """
insert into asked
select 'verdict|' || track_key as track_id, play_id, set_key, set_group, set_year, month_no, position, title_key, title_root, version_key,
    label_key, catalogue_key, dj_keys, remixer_keys, genres, artist_keys as truth
from canonical_play where len(artist_keys) > 0 and artist_verdict is not null and ({teaching_sets})
"""


def ask_decided_too(con: duckdb.DuckDBPyConnection, teaching_sets: str) -> None:
    """Ask, beside what is asked already, who made the tracks that people decided: each once, with all its plays.

    None of their sets answers for them, so a verdict cannot vouch for itself.

    Args:
        con: connection on which `ask_hidden` has run.
        teaching_sets: SQL condition over `canonical_play`: which plays may be asked.
    """
    con.execute(_ASK_DECIDED.format(teaching_sets=teaching_sets))
    _set_lines(con)


def ask_unknown(con: duckdb.DuckDBPyConnection, tracks: str) -> None:
    """Ask for the artist of tracks nobody names, with the contexts of all their plays.

    Args:
        con: connection that `teach` prepared.
        tracks: query whose column track_key says which tracks; their label may be given as label_key and
            then stands in for a label the lines do not name.
    """
    con.execute(
        "create or replace temp table asked as select p.track_key as track_id, p.play_id, p.set_key, p.set_group, p.set_year,"
        " p.month_no, p.position, p.title_key, p.title_root, p.version_key, coalesce(p.label_key, t.label_key) as label_key, p.catalogue_key, p.dj_keys,"
        " p.remixer_keys, p.genres, cast([] as varchar[]) as truth"
        f" from canonical_play p join ({tracks}) t using (track_key)"
    )
    _set_lines(con)


def _set_lines(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create or replace temp table asked_set_line as select set_key, play_id, position, artist_keys, title_key, title_root, label_key"
        " from canonical_play where set_key in (select set_key from asked)"
    )


def visible(
    visibility: Visibility, proposals: str = "proposal", *, outside: bool = True, supports: bool = True
) -> str:
    """A query over proposals that shows only what a visibility allows, candidates included.

    A candidate that only a hidden fact brought is gone; counts that rest on a hidden fact are 0.

    Args:
        visibility: what the questions show.
        proposals: relation or query to look at.
        outside: whether what outside sources say is shown; they answer for a title, so never without it.
        supports: whether Songstats' counts are shown; they too count for a title.
    """
    hidden: dict[str, str] = {}
    came = ["from_context"]
    if visibility.title:
        came.append("from_title")
    else:
        hidden |= dict.fromkeys(_TITLE_FLAGS, "false") | dict.fromkeys(_TITLE_COUNTS, "0")
        hidden |= dict.fromkeys(("title_gap", "root_gap", "title_support"), "null::int")
    if not supports:
        hidden["title_support"] = "null::int"
    if visibility.label:
        came.append("from_label")
    else:
        hidden |= dict.fromkeys(_LABEL_FLAGS, "false") | dict.fromkeys(_LABEL_COUNTS, "0")
        hidden["label_gap"] = "null::int"
    if not (outside and visibility.title):
        hidden |= {"has_external": "false"} | dict.fromkeys(_EXTERNAL_COUNTS, "0")
    elif visibility.label:
        came.append("from_external")
    else:
        # what was said when asked with the label would tell of the label
        hidden |= {name: f"{name}_unlabelled" for name in ("has_external", *_EXTERNAL_COUNTS)}
        came.append("from_external_unlabelled")
    replaced = ", ".join(f"{value} as {name}" for name, value in hidden.items())
    star = f"* replace ({replaced})" if replaced else "*"
    return f"select {star} from {proposals} where ({' or '.join(came)})"


_TITLE_FLAGS = ("has_title", "has_version", "is_remixer")
_TITLE_COUNTS = (
    "title_length",
    "title_n",
    "title_labelled_n",
    "version_n",
    "title_label_n",
    "version_label_n",
    "title_artists",
    "root_n",
    "root_label_n",
    "root_artists",
    "title_plays",
    "version_artists",
    "title_label_artists",
    "remixer_n",
    "set_title_n",
    "set_root_n",
)
_LABEL_FLAGS = ("has_label", "has_number", "is_label_name")
_LABEL_COUNTS = (
    "label_n",
    "label_plays",
    "label_artists",
    "number_n",
    "title_label_n",
    "version_label_n",
    "title_label_artists",
    "root_label_n",
    "set_label_n",
    "relative_n",
    "relative_plays",
)
_EXTERNAL_COUNTS = ("external_best", "external_fit", "external_rivals", "external_sources")
