"""What every loader makes of its dump, and how keys are put to it: the way to `mb_track_labels` and its like.

A loader brings rows of `ROWS_SCHEMA` as the dump writes them; here titles are read by the set-line grammar and
names become keys, a part of the rows at a time, so that memory does not grow with the dump.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from enrichment_pipeline.labels.decision import SELF_RELEASED_KEY, SELF_RELEASED_NAME, is_self_released
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.naming import keys
from enrichment_pipeline.sources.dumps.core_tables import NO_LABEL_ID
from enrichment_pipeline.tracklists.columns import parse_to_arrow
from enrichment_pipeline.tracklists.grammar_brackets import read_round
from enrichment_pipeline.tracklists.line import BracketKind

ROWS_SCHEMA: pa.Schema = pa.schema(
    [
        ("recording_id", pa.string()),
        ("title", pa.string()),
        ("comment", pa.string()),
        ("artist_credit", pa.string()),
        ("artists", pa.list_(pa.string())),
        ("length_ms", pa.int32()),
        ("isrcs", pa.list_(pa.string())),
        ("release_id", pa.string()),
        ("release_title", pa.string()),
        ("release_kind", pa.string()),
        ("status", pa.string()),
        ("release_date", pa.date32()),
        ("label_id", pa.string()),
        ("label", pa.string()),
        ("catalogue_number", pa.string()),
        ("is_distributor", pa.bool_()),
        ("merged_from", pa.list_(pa.string())),
    ]
)
"""What a loader delivers; a row is a recording on a release with one label of it, or with none."""

# Order of the finished table: rows of one title lie together, so that a look-up reads few row groups.
ROW_ORDER = (
    "title_key, version_key, recording_id, release_date, release_id, label_key, label_id, catalogue_number"
)
_ROWS_A_PART = 50_000
_TITLES_AT_ONCE = 20_000

# Credits that stand for "somebody": not a name to look up, nor a candidate.
_NOBODY = frozenset(
    {"various artists", "various", "[unknown]", "unknown artist", "[no artist]", "unknown", "[anonymous]"}
)
# "part of a DJ-mix" says where the recording was taken from, not which version it is.
_DJ_MIX_WORDS = ("dj-mix", "dj‐mix", "dj mix")

_KEYED = f"""
select distinct r.recording_id, r.title, coalesce(t.base_title, r.title) as base_title, t.version, nullif(r.comment, '') as comment,
    r.artist_credit, coalesce(a.named, []) as artists, coalesce(a.artist_keys, []) as artist_keys, t.title_key,
    coalesce(t.version_key, '') as version_key, r.length_ms, coalesce(r.isrcs, []) as isrcs, r.release_id, r.release_title,
    r.release_kind, r.status, r.release_date, r.label_id,
    case when r.label_id = '{NO_LABEL_ID}' or l.is_self_released then '{SELF_RELEASED_NAME}' else r.label end as label,
    case when r.label_id = '{NO_LABEL_ID}' or l.is_self_released then '{SELF_RELEASED_KEY}' else l.label_key end as label_key,
    case when lower(trim(r.catalogue_number)) not in ('', 'none', '[none]') then trim(r.catalogue_number) end as catalogue_number,
    r.is_distributor, coalesce(r.merged_from, []) as merged_from
from {{rows}} r
left join title_reading t on t.text = r.title and t.comment = coalesce(r.comment, '')
left join artist_reading a on a.artists = r.artists
left join label_reading l on l.text = r.label
"""


def add_keys(con: duckdb.DuckDBPyConnection, rows: str, target: Path) -> None:
    """Write rows of `ROWS_SCHEMA` with titles read and keys made, doubles dropped.

    Args:
        con: connection on which `rows` can be read.
        rows: name of a relation, or a table function; small enough for its texts to fit in memory.
        target: Parquet file to make.
    """
    titles = con.execute(f"select distinct title, coalesce(comment, '') from {rows} where title is not null")
    con.register("title_reading", read_titles(titles.fetchall()))
    credits = con.execute(f"select distinct artists from {rows} where len(artists) > 0").fetchall()
    con.register("artist_reading", _read_artists([artists for (artists,) in credits]))
    labels = con.execute(f"select distinct label from {rows} where label is not null").fetchall()
    con.register("label_reading", _read_labels([label for (label,) in labels]))
    con.execute(
        f"copy ({_KEYED.format(rows=rows)}) to '{_quoted(target)}' (format parquet, compression zstd)"
    )
    for name in ("title_reading", "artist_reading", "label_reading"):
        con.unregister(name)


def finish(lake: Lake, con: duckdb.DuckDBPyConnection, parts: Path, table: str) -> tuple[int, int]:
    """Replace a table by all parts of a folder, sorted; returns its rows and how many recordings they are."""
    if not any(parts.glob("*.parquet")):
        rows = lake.write_arrow(con, table, _empty_keyed(), partition=None)
        return rows, 0
    source = f"read_parquet('{_quoted(parts)}/*.parquet')"
    rows = lake.write(con, table, f"select * from {source}", order_by=ROW_ORDER)
    # as a grouping, because that goes to disk where memory ends; count(distinct ...) does not
    counted = con.execute(f"select count(*) from (select distinct recording_id from {source})").fetchall()
    return rows, int(counted[0][0])


class RowWriter:
    """Collects rows of `ROWS_SCHEMA` and writes them with keys, a part at a time."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._con = con
        self._folder = folder
        self._rows: list[Mapping[str, Any]] = []
        self._parts = 0
        self.target = folder / "keyed"
        self.target.mkdir()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take the rows of one release; a release never lies in two parts."""
        self._rows.extend(rows)
        if len(self._rows) >= _ROWS_A_PART:
            self.flush()

    def flush(self) -> None:
        """Write what is collected."""
        if not self._rows:
            return
        raw = pa.Table.from_pylist(self._rows, schema=ROWS_SCHEMA)
        self._rows = []
        self._con.register("loaded_rows", raw)
        add_keys(self._con, "loaded_rows", self.target / f"{self._parts:06}.parquet")
        self._con.unregister("loaded_rows")
        self._parts += 1


def read_titles(pairs: Sequence[tuple[str, str]]) -> pa.Table:
    """Titles with their comments as the set-line grammar reads them.

    Args:
        pairs: title as the dump writes it, and its disambiguation comment or "".

    Returns:
        text and comment as given, base_title, version, title_key (null for a title without a sign) and version_key;
        in the same order.
    """
    # readings are wide and most of their columns are not needed: only a few at once
    starts = range(0, len(pairs), _TITLES_AT_ONCE) if pairs else (0,)
    return pa.concat_tables([_read_some_titles(pairs[start : start + _TITLES_AT_ONCE]) for start in starts])


def _read_some_titles(pairs: Sequence[tuple[str, str]]) -> pa.Table:
    texts = [_with_version(title, comment) for title, comment in pairs]
    # an artist must stand before the dash, or "Title - Some Remix" would read as artist and title
    read = parse_to_arrow([f"X - {text}" for text in texts], workers=1)
    titles, versions, kinds, remixers = (
        read.column(name).to_pylist() for name in ("title", "version", "version_kinds", "remixers")
    )
    base = [found or text for found, (text, _) in zip(titles, pairs, strict=True)]
    version_keys = [
        keys.version_key(kind, version, remixer) if kind else ""
        for kind, version, remixer in zip(kinds, versions, remixers, strict=True)
    ]
    return pa.table(
        {
            "text": pa.array([title for title, _ in pairs], pa.string()),
            "comment": pa.array([comment for _, comment in pairs], pa.string()),
            "base_title": pa.array(base, pa.string()),
            "version": pa.array(versions, pa.string()),
            "title_key": pa.array([keys.title_key(title) or None for title in base], pa.string()),
            "version_key": pa.array(version_keys, pa.string()),
        }
    )


def _with_version(title: str, comment: str) -> str:
    """The title, with the version that only the disambiguation comment names."""
    folded = comment.casefold()
    if not comment or folded in title.casefold() or any(words in folded for words in _DJ_MIX_WORDS):
        return title
    is_version = read_round(comment)[0] in (BracketKind.VERSION, BracketKind.REMIX)
    return f"{title} ({comment})" if is_version else title


def _read_artists(credits: Sequence[Sequence[str | None]]) -> pa.Table:
    named = [[n for n in names if n and n.casefold() not in _NOBODY] for names in credits]
    strings = pa.list_(pa.string())
    return pa.table(
        {
            "artists": pa.array(credits, strings),
            "named": pa.array(named, strings),
            "artist_keys": pa.array([[keys.artist_key(n) for n in names] for names in named], strings),
        }
    )


def _read_labels(labels: Sequence[str]) -> pa.Table:
    return pa.table(
        {
            "text": pa.array(labels, pa.string()),
            "label_key": pa.array([keys.label_key(label) or None for label in labels], pa.string()),
            "is_self_released": pa.array([is_self_released(label) for label in labels], pa.bool_()),
        }
    )


def _empty_keyed() -> pa.Table:
    names = ("base_title", "version", "title_key", "version_key", "label_key")
    schema = pa.schema(
        [*ROWS_SCHEMA, *((n, pa.string()) for n in names), ("artist_keys", pa.list_(pa.string()))]
    )
    return schema.empty_table()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
