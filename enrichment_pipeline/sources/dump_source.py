"""A loaded dump as a source: asked like an API, answered by joins.

How dumps are loaded and searched stands in `dumps`; here is only the shape all sources share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pyarrow as pa

from enrichment_pipeline.labels.decision import RELEASE_ORDER, SECONDARY_RELEASES
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.loaded import loaded_dump
from enrichment_pipeline.sources.dumps.look_up import DumpTable, look_up_in_dump, titles_in_dump
from enrichment_pipeline.sources.questions import (
    ArtistFinding,
    FoundBy,
    LabelFinding,
    LookUp,
    TitleQuestion,
    TrackQuestion,
)

_KINDS = SECONDARY_RELEASES | set(RELEASE_ORDER)
# A title that more artists have says nothing about any of them.
_MOST_ARTISTS = 20
_TEXTS = pa.list_(pa.string())
_TRACK_COLUMNS = {
    "track_key": pa.string(),
    "artist": pa.string(),
    "artist_keys": _TEXTS,
    "title": pa.string(),
    "title_key": pa.string(),
    "version_key": pa.string(),
    "isrcs": _TEXTS,
}
_TITLE_COLUMNS = dict.fromkeys(("title_key", "version_key", "label_key"), pa.string())

Row = dict[str, Any]


class DumpSource:
    """A dump in the lake.

    Args:
        lake: tables.
        name: of the source, e.g. musicbrainz_dump.
        table: table it was loaded into.
        variable: environment variable that names the dump to load.
        canonical: table with MusicBrainz' canonical list, asked too where it was loaded.
    """

    def __init__(
        self, lake: Lake, *, name: str, table: str, variable: str, canonical: str | None = None
    ) -> None:
        self.name = name
        self.requests = 0
        self._lake = lake
        self._table = cast(DumpTable, table)
        self._variable = variable
        self._canonical = canonical if canonical and lake.files(canonical) else None

    @property
    def off_reason(self) -> str | None:
        """Names the variable, where no dump was loaded."""
        if self._lake.files(self._table):
            return None
        return f"{self.name}: no dump is loaded; set {self._variable} to its folder or address"

    @property
    def as_of(self) -> datetime:
        """The dump's own date: who was looked up in an older one is looked up again."""
        return self._dumped_at()

    def close(self) -> None:
        """Holds nothing open."""

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Answers to all questions at once; the time of asking is that of the dump."""
        asked_at = self._dumped_at()
        found: dict[str, list[Row]] = defaultdict(list)
        tables = [self._table, *([self._canonical] if self._canonical else [])]
        with self._lake.connect(tables) as con:
            con.register("asked_track", _arrow(questions, _TRACK_COLUMNS))
            look_up_in_dump(con, "asked_track", self._table, canonical=self._canonical)
            for row in _rows(con.execute("select * from dump_match order by all")):
                found[row["track_key"]].append(row)
        for question in questions:
            yield _label_answer(question, found[question.track_key], asked_at)

    def look_up_titles(self, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
        """Who made these titles; other versions and labels are told as such."""
        asked_at = self._dumped_at()
        found: dict[str, list[Row]] = defaultdict(list)
        with self._lake.connect([self._table]) as con:
            open_titles = [{"title_key": q.title_key} for q in questions]
            con.register("asked_title", pa.Table.from_pylist(open_titles, schema=pa.schema(_TITLE_COLUMNS)))
            titles_in_dump(con, "asked_title", self._table)
            for row in _rows(con.execute("select * from dump_artist order by all")):
                found[row["title_key"]].append(row)
        for question in questions:
            yield _title_answer(question, found[question.title_key], asked_at)

    def _dumped_at(self) -> datetime:
        dump = loaded_dump(self._lake, self._table)
        # a table that was put there by hand has no date of its own
        return dump.dumped_at if dump else datetime(1970, 1, 1, tzinfo=UTC)


def _label_answer(question: TrackQuestion, rows: list[Row], asked_at: datetime) -> LookUp:
    named = [row for row in rows if row["label_key"] is not None]
    isrcs = tuple(sorted({isrc for row in rows for isrc in row["isrcs"] or ()}))
    if not rows:
        return LookUp(question.track_key, "miss", "no recording of that artist, title and version", asked_at)
    matched = rows[0]["matched_id"]
    if not named:
        words = f"{len({row['matched_id'] for row in rows})} recordings, no release of them names a label"
        return LookUp(question.track_key, "miss", words, asked_at, matched_id=matched, isrcs=isrcs)
    labels = tuple(
        LabelFinding(
            label=row["label"],
            found_by=_found_by(row["found_by"]),
            artist_similarity=row["artist_similarity"],
            title_similarity=row["title_similarity"],
            version_similarity=row["version_similarity"],
            reason=row["reason"],
            release_kind=row["release_kind"] if row["release_kind"] in _KINDS else None,
            release_date=row["release_date"],
            is_distributor=row["is_distributor"],
            url=row["url"],
            catalogue_number=row["catalogue_number"],
            matched_id=row["matched_id"],
        )
        for row in named
    )
    words = (
        f"{len({row['label_key'] for row in named})} labels on {len({row['url'] for row in named})} releases"
    )
    return LookUp(
        question.track_key,
        "hit",
        words,
        asked_at,
        labels=labels,
        matched_id=named[0]["matched_id"],
        isrcs=isrcs,
    )


def _found_by(words: str) -> FoundBy:
    return "isrc" if words == "isrc" else "exact" if words == "exact" else "fuzzy"


def _title_answer(question: TitleQuestion, rows: list[Row], asked_at: datetime) -> LookUp:
    artists = {row["artist_key"] for row in rows}
    if not rows:
        return LookUp(question.track_key, "miss", "no recording of that title", asked_at)
    kept = rows
    if len(artists) > _MOST_ARTISTS:
        kept = [row for row in rows if _agrees(question, row)]
        if not kept or len({row["artist_key"] for row in kept}) > _MOST_ARTISTS:
            words = f"{len(artists)} artists have a recording of that title"
            return LookUp(question.track_key, "ambiguous", words, asked_at)
    return LookUp(
        question.track_key,
        "hit",
        f"{len({row['artist_key'] for row in kept})} artists have a recording of that title",
        asked_at,
        artists=tuple(
            ArtistFinding(
                artist=row["artist"],
                artists=(row["artist"],),
                title=question.title,
                version=None,
                title_similarity=1.0,
                version_agrees=row["version_key"] == question.version_key,
                label=row["label"],
                label_agrees=_label_agrees(question, row),
                matched_id=f"{row['matched_id']}/{row['label_key'] or ''}",
                release_date=row["release_date"],
            )
            for row in kept
        ),
    )


def _agrees(question: TitleQuestion, row: Row) -> bool:
    """Whether version, and label where it is known, are those asked for."""
    return row["version_key"] == question.version_key and _label_agrees(question, row) is not False


def _label_agrees(question: TitleQuestion, row: Row) -> bool | None:
    if question.label_key is None or row["label_key"] is None:
        return None
    return bool(row["label_key"] == question.label_key)


def _arrow(questions: Sequence[TrackQuestion], columns: dict[str, pa.DataType]) -> pa.Table:
    rows = [{name: _plain(getattr(question, name)) for name in columns} for question in questions]
    for row, question in zip(rows, questions, strict=True):
        # the canonical list has title and version as one text
        row["title"] = f"{question.title} ({question.version})" if question.version else question.title
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _rows(result: Any) -> Iterator[Row]:
    names = [column[0] for column in result.description]
    for values in result.fetchall():
        yield dict(zip(names, values, strict=True))
