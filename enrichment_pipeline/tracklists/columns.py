"""Parsed lines as Arrow columns: the schema, and the way from texts to a table.

Storage and partitions are the lake's business; what a line means is decided in `grammar.py`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

import pyarrow as pa

from enrichment_pipeline.tracklists.grammar import DEFAULT_PROTECTED, parse_many
from enrichment_pipeline.tracklists.line import ParsedLine

_CREDIT = pa.struct([("name", pa.string()), ("role", pa.string()), ("join", pa.string())])
_COMPONENT = pa.struct(
    [
        ("artist", pa.string()),
        ("title", pa.string()),
        ("version", pa.string()),
        ("remixers", pa.list_(pa.string())),
        ("label", pa.string()),
    ]
)
_BRACKET = pa.struct(
    [("text", pa.string()), ("kind", pa.string()), ("reason", pa.string()), ("confidence", pa.float64())]
)


def _column(name: str, kind: pa.DataType, doc: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"description": doc})


PARSED_SCHEMA: pa.Schema = pa.schema(
    [
        _column("text", pa.string(), "the line unchanged"),
        _column("kind", pa.string(), "track, unknown, segment, junk or blank", nullable=False),
        _column("reason", pa.string(), "why this kind, in words", nullable=False),
        _column("cue", pa.string(), "time mark as written, without its bracket"),
        _column(
            "cue_seconds", pa.int32(), "seconds from the start of the set; a bare number counts as minutes"
        ),
        _column("number", pa.string(), "position prefix as written, such as 12."),
        _column("layered", pa.bool_(), "played over the line before (w/, with, +, vs.)", nullable=False),
        _column("segment", pa.string(), "part of the show named before the track"),
        _column("artist", pa.string(), "artist credit as written, without country tags; null when unknown"),
        _column(
            "credits",
            pa.list_(_CREDIT),
            "names of the credit in order, each with role and the words that join it to the next",
            nullable=False,
        ),
        _column(
            "title", pa.string(), "title as written, without version, label and notes; null when unknown"
        ),
        _column("version", pa.string(), "all version marks, joined by ' / '; null when none"),
        _column("version_kinds", pa.list_(pa.string()), "kind of each version mark in order", nullable=False),
        _column("remixers", pa.list_(pa.string()), "names in all version marks, in order", nullable=False),
        _column(
            "components",
            pa.list_(_COMPONENT),
            "the tracks inside a mashup or of a line of two tracks; empty otherwise",
            nullable=False,
        ),
        _column("label", pa.string(), "first label named"),
        _column("labels", pa.list_(pa.string()), "all labels named", nullable=False),
        _column("catalogue_number", pa.string(), "catalogue number as written"),
        _column("year", pa.int32(), "year named beside the label or behind the title"),
        _column(
            "label_confidence",
            pa.float64(),
            "0 to 1 that label is the label; 0 when none is named",
            nullable=False,
        ),
        _column("label_reason", pa.string(), "why, in words", nullable=False),
        _column(
            "brackets",
            pa.list_(_BRACKET),
            "every bracket with what it was taken for, why, and how surely",
            nullable=False,
        ),
        _column(
            "artist_unknown",
            pa.bool_(),
            "the line names no artist or says that he is unknown",
            nullable=False,
        ),
        _column(
            "title_unknown", pa.bool_(), "the line names no title or says that it is unknown", nullable=False
        ),
        _column(
            "notes",
            pa.list_(pa.string()),
            "words about the copy played, country tags, aliases, repairs",
            nullable=False,
        ),
    ]
)
"""Schema of `parse_to_arrow`: one row per line; each field's metadata holds its description."""


def to_arrow(texts: Sequence[str | None], lines: Iterable[ParsedLine]) -> pa.Table:
    """Readings as a table of `PARSED_SCHEMA`.

    Args:
        texts: the lines as given; null stays null in `text`.
        lines: their readings, in the same order.
    """
    rows: dict[str, list[object]] = {name: [] for name in PARSED_SCHEMA.names}
    add = {name: column.append for name, column in rows.items()}
    for text, line in zip(texts, lines, strict=True):
        add["text"](text)
        add["kind"](line.kind.value)
        add["reason"](line.reason)
        add["cue"](line.cue)
        add["cue_seconds"](line.cue_seconds)
        add["number"](line.number)
        add["layered"](line.layered)
        add["segment"](line.segment)
        add["artist"](line.artist)
        add["credits"]([{"name": c.name, "role": c.role.value, "join": c.join} for c in line.credits])
        add["title"](line.title)
        add["version"](" / ".join(v.text for v in line.versions) or None)
        add["version_kinds"]([v.kind.value for v in line.versions])
        add["remixers"]([r for v in line.versions for r in v.remixers])
        add["components"](
            [
                {
                    "artist": c.artist,
                    "title": c.title,
                    "version": " / ".join(v.text for v in c.versions) or None,
                    "remixers": [r for v in c.versions for r in v.remixers],
                    "label": c.label,
                }
                for c in line.components
            ]
        )
        add["label"](line.label)
        add["labels"](line.labels)
        add["catalogue_number"](line.catalogue_number)
        add["year"](line.year)
        add["label_confidence"](line.label_confidence)
        add["label_reason"](line.label_reason)
        add["brackets"](
            [
                {"text": b.text, "kind": b.kind.value, "reason": b.reason, "confidence": b.confidence}
                for b in line.brackets
            ]
        )
        add["artist_unknown"](line.artist_unknown)
        add["title_unknown"](line.title_unknown)
        add["notes"](line.notes)
    return pa.table([pa.array(rows[f.name], f.type) for f in PARSED_SCHEMA], schema=PARSED_SCHEMA)


def parse_to_arrow(
    texts: Sequence[str | None],
    *,
    workers: int | None = None,
    known_labels: Container[str] = frozenset(),
    protected: Container[str] = DEFAULT_PROTECTED,
) -> pa.Table:
    """Reads lines and returns them as a table of `PARSED_SCHEMA`, one row per line in the order given.

    Args:
        texts: lines.
        workers: as for `parse_many`.
        known_labels: as for `parse_line`.
        protected: as for `parse_line`.
    """
    return to_arrow(texts, parse_many(texts, workers=workers, known_labels=known_labels, protected=protected))
