"""Many tracks looked up in a loaded dump at once: set operations in SQL, no row-by-row questions.

The ways are tried from the surest to the loosest, and on each the version is a veto: a recording of another version
is never a match, however alike its names. How sure an answer is, and which label is meant, is decided elsewhere.
"""

from __future__ import annotations

from typing import Literal

import duckdb
import pyarrow as pa

from enrichment_pipeline.sources.dumps.canonical import combined_lookup

DumpTable = Literal["mb_track_labels", "discogs_track_labels"]

_RELEASE_PAGES = {
    "mb_track_labels": "https://musicbrainz.org/release/",
    "discogs_track_labels": "https://www.discogs.com/release/",
}
# What a title without version may be called in the canonical list, where the version is glued to it.
_ORIGINALS = ("", " (original mix)", " (extended mix)", " (club mix)")

# Names of five letters differ by one letter as other names do; longer titles may slip one letter in six. Numbers,
# Roman ones too, and what follows a common beginning ("Theme A", "Theme B") set titles apart; a plural does not.
_MACROS = """
create or replace temp macro glued(names) as array_to_string(names, '');
create or replace temp macro acts_of(names) as
    list_filter(list_distinct(list_append(names, glued(names))), lambda act: act <> '');
create or replace temp macro is_one_name(one, other) as
    one = other
    or (least(length(one), length(other)) >= 6 and jaro_winkler_similarity(one, other) >= 0.93)
    or (length(one) < length(other) and (other = 'dj' || one
        or (length(one) >= 5 and length(one) >= 0.6 * length(other) and contains(other, one))))
    or (length(one) > length(other) and (one = 'dj' || other
        or (length(other) >= 5 and length(other) >= 0.6 * length(one) and contains(one, other))));
create or replace temp macro is_one_title(one, other) as
    least(length(one), length(other)) >= 6
    and abs(length(one) - length(other)) <= 2
    and jaro_winkler_similarity(one, other) >= 0.9
    and regexp_extract_all(one, '\\d+') = regexp_extract_all(other, '\\d+')
    and damerau_levenshtein(one, other) <= least(length(one), length(other)) // 6
    and regexp_extract(one, '[ivx]*$') = regexp_extract(other, '[ivx]*$')
    and (length(one) <> length(other) or left(one, -1) <> left(other, -1))
    and (not starts_with(one, other) or one = other || 's') and (not starts_with(other, one) or other = one || 's');
"""

_QUESTIONS = """
create or replace temp table dump_question as
select track_key, coalesce(artist_keys, []) as artist_keys, title_key, coalesce(version_key, '') as version_key, title, artist,
    list_transform(coalesce(isrcs, []), lambda code: upper(regexp_replace(code, '[^A-Za-z0-9]', '', 'g'))) as isrcs
from {questions};
create or replace temp table dump_question_act as
select distinct track_key, title_key, version_key, unnest(acts_of(artist_keys)) as act from dump_question where title_key is not null;
"""

# Narrow rows of the recordings a question's title may mean; whole rows are fetched for matches only.
_TITLE_ROWS = """
create or replace temp table dump_title_row as
select distinct recording_id, title_key, version_key, acts_of(artist_keys) as acts, label_key is not null as has_label
from {dump} d semi join (select distinct title_key, version_key from dump_question) q using (title_key, version_key);
"""

_BY_ISRC = """
insert into dump_pair
select q.track_key, d.recording_id, d.title_key, 1, 'isrc', max(d.isrc),
    coalesce(max(list_max(list_transform(acts_of(q.artist_keys),
        lambda one: list_max(list_transform(acts_of(d.artist_keys), lambda other: jaro_winkler_similarity(one, other)))))), 0) as artist_similarity,
    coalesce(jaro_winkler_similarity(q.title_key, d.title_key), 0) as title_similarity, bool_or(d.label_key is not null)
from (select *, unnest(isrcs) as isrc from {dump} where len(isrcs) > 0) d
join (select *, unnest(isrcs) as isrc from dump_question) q using (isrc)
where q.title_key is null or d.version_key = q.version_key
group by q.track_key, d.recording_id, d.title_key, q.title_key
-- a code that shares neither name with the question was given to the wrong recording
having q.title_key is null or title_similarity >= 0.8 or artist_similarity >= 0.93
"""

_BY_KEYS = """
insert into dump_pair
select q.track_key, d.recording_id, d.title_key, 2, 'exact', null, 1, 1, bool_or(d.has_label)
from dump_question q join dump_title_row d using (title_key, version_key)
where list_has_any(d.acts, acts_of(q.artist_keys))
group by all
"""

_BY_CANONICAL = """
insert into dump_pair
select q.track_key, d.recording_id, d.title_key, 3, 'exact', null, 1, 1, bool_or(d.label_key is not null)
from dump_combined c
join {canonical} m using (combined_lookup)
join {dump} d on d.recording_id = m.recording_id
join dump_question q on q.track_key = c.track_key and q.version_key = d.version_key
group by all
"""

_UNANSWERED = """
create or replace temp table dump_unanswered as
select * from dump_question_act anti join (select track_key from dump_pair where has_label) using (track_key)
"""

_BY_FUZZY_ARTIST = """
insert into dump_pair
select q.track_key, d.recording_id, d.title_key, 5, 'fuzzy artist', null, max(jaro_winkler_similarity(q.act, d.act)), 1, bool_or(d.has_label)
from dump_unanswered q
join (select distinct recording_id, title_key, version_key, has_label, unnest(acts) as act from dump_title_row) d using (title_key, version_key)
where is_one_name(q.act, d.act)
group by all
"""

_BY_FUZZY_TITLE = """
insert into dump_pair
select q.track_key, d.recording_id, d.title_key, 4, 'fuzzy title', null, 1, jaro_winkler_similarity(q.title_key, d.title_key), bool_or(d.has_label)
from dump_unanswered q
join (
    select recording_id, title_key, version_key, act, bool_or(label_key is not null) as has_label
    from (
        select recording_id, title_key, version_key, label_key, unnest(artist_keys) as act from {dump}
        union all
        select recording_id, title_key, version_key, label_key, glued(artist_keys) from {dump} where len(artist_keys) > 1
    ) semi join dump_unanswered using (act, version_key)
    group by all
) d on d.act = q.act and d.version_key = q.version_key and d.title_key <> q.title_key
where is_one_title(q.title_key, d.title_key)
group by q.track_key, d.recording_id, d.title_key, q.title_key
"""

_MATCHES = """
create or replace temp table dump_match as
with best as (
    select * from dump_pair qualify row_number() over (partition by track_key, recording_id order by rank, title_key) = 1
)
select distinct b.track_key, d.label_key, d.label, b.found_by, b.artist_similarity::double as artist_similarity,
    b.title_similarity::double as title_similarity, 1.0::double as version_similarity, d.release_kind, d.release_date, d.is_distributor,
    if(d.release_id is null, null, '{page}' || d.release_id) as url, d.recording_id as matched_id, d.isrcs, d.catalogue_number,
    case b.rank when 1 then 'ISRC ' || b.isrc || ' is this recording'
        when 2 then 'artist, title and version are equal'
        when 3 then 'the canonical list of MusicBrainz names artist and title so'
        when 4 then 'artist and version are equal, the title is alike (' || printf('%.2f', b.title_similarity) || ')'
        else 'title and version are equal, the artist is alike (' || printf('%.2f', b.artist_similarity) || ')' end
    || ': "' || coalesce(d.artist_credit || ' - ', '') || d.title || '"'
    || if(d.release_id is null, ', on no release', ' on "' || coalesce(d.release_title, '') || '"' || coalesce(' (' || d.release_kind || ')', ''))
    as reason
from best b join {dump} d on d.recording_id = b.recording_id and d.title_key is not distinct from b.title_key
-- an ISRC or a name decides which recording is meant; the version is asked again, whatever the way
join dump_question q on q.track_key = b.track_key and (q.title_key is null or q.version_key = d.version_key);
create or replace temp table dump_finding as
select * from dump_match where label_key is not null
order by track_key, matched_id, release_date, url, label_key, catalogue_number
"""

_ARTISTS = """
create or replace temp table dump_artist as
with named as (
    select d.title_key, d.version_key, d.label_key, d.label, d.release_date, d.recording_id,
        unnest(d.artist_keys) as artist_key, unnest(d.artists) as artist
    from {dump} d join dump_title t on t.title_key = d.title_key
        and (t.version_key is null or t.version_key = d.version_key) and (t.label_key is null or t.label_key = d.label_key)
)
select title_key, artist_key, min(artist) as artist, version_key, label_key, min(label) as label,
    min(release_date) as release_date, recording_id as matched_id
from named where artist_key <> ''
group by title_key, artist_key, version_key, label_key, recording_id
order by title_key, artist_key, version_key, label_key, matched_id
"""


def look_up_in_dump(
    con: duckdb.DuckDBPyConnection, questions: str, dump_table: DumpTable, *, canonical: str | None = None
) -> int:
    """Look many tracks up; makes temp tables `dump_finding` and `dump_match`.

    Ways, surest first: ISRC; any main artist, title and version equal; the canonical list (if given); and for tracks
    that have no label by then the same artist with a title alike, and the same title with an artist alike. A
    recording of another version is left out on every way. All recordings and all their labels are kept.

    Args:
        con: connection on which the dump table is mounted.
        questions: name of a relation with track_key, artist_keys VARCHAR[], title_key, version_key, isrcs
            VARCHAR[], title, artist; one row per track.
        dump_table: which dump to ask.
        canonical: name of the mounted `mb_canonical`, to ask MusicBrainz by artist and title glued too.

    Returns:
        Number of rows of `dump_finding(track_key, label_key, label, found_by, artist_similarity, title_similarity,
        version_similarity, release_kind, release_date, is_distributor, url, matched_id, isrcs, catalogue_number,
        reason)`: one per track, recording, release and label. `found_by` is isrc, exact, fuzzy title or fuzzy
        artist. `dump_match` has the same columns and also the recordings whose releases name no label.

    Raises:
        ValueError: there is no such dump table.
    """
    page = _page(dump_table)
    con.execute(_MACROS)
    con.execute(_QUESTIONS.format(questions=questions))
    con.execute(
        "create or replace temp table dump_pair (track_key varchar, recording_id varchar, title_key varchar, rank integer,"
        " found_by varchar, isrc varchar, artist_similarity double, title_similarity double, has_label boolean)"
    )
    con.execute(_TITLE_ROWS.format(dump=dump_table))
    con.execute(_BY_ISRC.format(dump=dump_table))
    con.execute(_BY_KEYS)
    if canonical is not None:
        _register_combined(con)
        con.execute(_BY_CANONICAL.format(dump=dump_table, canonical=canonical))
        con.unregister("dump_combined")
    con.execute(_UNANSWERED)
    con.execute(_BY_FUZZY_ARTIST)
    con.execute(_BY_FUZZY_TITLE.format(dump=dump_table))
    con.execute(_MATCHES.format(dump=dump_table, page=page))
    for name in ("dump_question", "dump_question_act", "dump_title_row", "dump_pair", "dump_unanswered"):
        con.execute(f"drop table {name}")
    return int(con.execute("select count(*) from dump_finding").fetchall()[0][0])


def titles_in_dump(con: duckdb.DuckDBPyConnection, titles: str, dump_table: DumpTable) -> int:
    """Who made recordings of these titles; makes temp table `dump_artist`.

    Args:
        con: connection on which the dump table is mounted.
        titles: name of a relation with title_key, version_key and label_key; null in the latter two leaves
            them open, anything else must be equal.
        dump_table: which dump to ask.

    Returns:
        Number of rows of `dump_artist(title_key, artist_key, artist, version_key, label_key, label, release_date,
        matched_id)`: one per recording, credited artist and label; keys are the recording's own.

    Raises:
        ValueError: there is no such dump table.
    """
    _page(dump_table)
    con.execute(
        f"create or replace temp table dump_title as select distinct title_key, version_key, label_key from {titles}"
    )
    con.execute(_ARTISTS.format(dump=dump_table))
    con.execute("drop table dump_title")
    return int(con.execute("select count(*) from dump_artist").fetchall()[0][0])


def _page(dump_table: str) -> str:
    try:
        return _RELEASE_PAGES[dump_table]
    except KeyError:
        raise ValueError(f"no dump table {dump_table!r}; there are {', '.join(_RELEASE_PAGES)}") from None


def _register_combined(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select track_key, artist, title, version_key from dump_question where artist is not null and title is not null"
    ).fetchall()
    pairs = sorted(
        {
            (track_key, combined_lookup(artist, title + suffix))
            for track_key, artist, title, version_key in rows
            for suffix in (_ORIGINALS if not version_key else _ORIGINALS[:1])
        }
    )
    con.register(
        "dump_combined",
        pa.table(
            {
                "track_key": pa.array([key for key, _ in pairs], pa.string()),
                "combined_lookup": pa.array([lookup for _, lookup in pairs], pa.string()),
            }
        ),
    )
