"""Parsed lines as Arrow columns: the schema, and the way from texts to a table.

Storage and partitions are the lake's business; what a line means is decided in `grammar.py`.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess  # a fixed command of this very interpreter, no shell
import sys
import threading
from collections.abc import Container, Iterable, Sequence
from itertools import accumulate, chain

import pyarrow as pa

from enrichment_pipeline.tracklists.grammar import DEFAULT_PROTECTED, Row, collector_at_rest, read_rows
from enrichment_pipeline.tracklists.line import Credit, ParsedLine, Version

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


_FIELDS = tuple(ParsedLine.__dataclass_fields__)
# Below this many distinct lines a second interpreter takes longer to start than it saves.
_HELPER_PAYS_FROM = 40_000
# The helper starts late by the time an interpreter needs, so it gets the smaller share.
_HELPER_SHARE = 0.47
_HELPER_COMMAND = "from enrichment_pipeline.tracklists.columns import _serve; _serve()"


def _texts(values: Iterable[object]) -> pa.Array:
    return pa.array(values, pa.string())


def _lists(column: Sequence[Sequence[object]], values: pa.Array, kind: pa.DataType) -> pa.Array:
    """A list column from the lengths of `column` and the values of all its items in order."""
    offsets = pa.array(list(accumulate(map(len, column), initial=0)), pa.int32())
    return pa.ListArray.from_arrays(offsets, values, kind)


def _string_lists(column: Sequence[Sequence[str]]) -> pa.Array:
    return _lists(column, _texts(chain.from_iterable(column)), pa.list_(pa.string()))


def _joined(versions: Sequence[Version]) -> str | None:
    if not versions:
        return None
    return versions[0].text if len(versions) == 1 else " / ".join(v.text for v in versions)


def _credits(column: Sequence[Sequence[Credit]]) -> pa.Array:
    flat = list(chain.from_iterable(column))
    values = pa.StructArray.from_arrays(
        [_texts([c.name for c in flat]), _texts([c.role for c in flat]), _texts([c.join for c in flat])],
        fields=list(_CREDIT),
    )
    return _lists(column, values, pa.list_(_CREDIT))


def _table(texts: Sequence[str | None], rows: Sequence[Row]) -> pa.Table:
    """A table of `PARSED_SCHEMA` from rows of fields."""
    if not rows:
        return PARSED_SCHEMA.empty_table()
    by_name = dict(zip(_FIELDS, zip(*rows, strict=True), strict=True))
    versions = by_name["versions"]
    brackets = list(chain.from_iterable(by_name["brackets"]))
    bracket_values = pa.StructArray.from_arrays(
        [
            _texts([b.text for b in brackets]),
            _texts([b.kind for b in brackets]),
            _texts([b.reason for b in brackets]),
            pa.array([b.confidence for b in brackets], pa.float64()),
        ],
        fields=list(_BRACKET),
    )
    components = [
        [
            {
                "artist": c.artist,
                "title": c.title,
                "version": _joined(c.versions),
                "remixers": [r for v in c.versions for r in v.remixers],
                "label": c.label,
            }
            for c in line
        ]
        if line
        else ()
        for line in by_name["components"]
    ]
    made: dict[str, pa.Array] = {
        "text": _texts(texts),
        "credits": _credits(by_name["credits"]),
        "version": _texts([_joined(v) for v in versions]),
        "version_kinds": _string_lists([[v.kind for v in line] if line else () for line in versions]),
        "remixers": _string_lists(
            [[r for v in line for r in v.remixers] if line else () for line in versions]
        ),
        "components": pa.array(components, pa.list_(_COMPONENT)),
        "labels": _string_lists(by_name["labels"]),
        "brackets": _lists(by_name["brackets"], bracket_values, pa.list_(_BRACKET)),
        "notes": _string_lists(by_name["notes"]),
    }
    columns = [made[f.name] if f.name in made else pa.array(by_name[f.name], f.type) for f in PARSED_SCHEMA]
    return pa.table(columns, schema=PARSED_SCHEMA)


def to_arrow(texts: Sequence[str | None], lines: Iterable[ParsedLine]) -> pa.Table:
    """Readings as a table of `PARSED_SCHEMA`.

    Args:
        texts: the lines as given; null stays null in `text`.
        lines: their readings, in the same order.
    """
    rows = [tuple(getattr(line, name) for name in _FIELDS) for line in lines]
    if len(rows) != len(texts):
        message = f"{len(texts)} texts, but {len(rows)} readings"
        raise ValueError(message)
    return _table(texts, rows)


def _read_table(
    texts: Sequence[str | None], known_labels: Container[str], protected: Container[str]
) -> pa.Table:
    return _table(texts, read_rows(texts, known_labels=known_labels, protected=protected))


class _NoPandas:
    """Keeps pyarrow from loading pandas at its first array, half of the helper's whole start otherwise."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Refuses pandas and leaves everything else to the next finder."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _serve() -> None:
    """Body of the helper process: lines come in on standard input, their table goes out."""
    sys.meta_path.insert(0, _NoPandas)
    texts, known_labels, protected = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own parent
    gc.disable()
    table = _read_table(texts, known_labels, DEFAULT_PROTECTED if protected is None else protected)
    with pa.ipc.new_stream(sys.stdout.buffer, PARSED_SCHEMA) as sink:
        sink.write_table(table)
    # The result is out; taking a hundred thousand values apart one by one would only hold up the parent.
    sys.stdout.buffer.flush()
    os._exit(0)


class _Helper:
    """A second interpreter that reads a share of the lines.

    Not a process pool: a forked child of a process with threads may find a lock held for ever, and a
    spawned one imports the main module again, which may be all of Dagster. A plain interpreter that
    imports this module alone has neither fault.
    """

    def __init__(
        self, texts: Sequence[str | None], known_labels: Container[str], protected: Container[str]
    ) -> None:
        # The default set travels as None: a copy of it would miss what is remembered for the original.
        own = None if protected is DEFAULT_PROTECTED else protected
        self._input = pickle.dumps((list(texts), known_labels, own), protocol=pickle.HIGHEST_PROTOCOL)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _HELPER_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._output = b""
        self._thread = threading.Thread(target=self._talk, name="grammar-helper", daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        self._output = self._process.communicate(self._input)[0]

    def table(self) -> pa.Table | None:
        """The helper's table; None when it could not do its work."""
        self._thread.join()
        if self._process.returncode != 0:
            return None
        with pa.ipc.open_stream(self._output) as source:
            return source.read_all()


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
        workers: 1 keeps all work in this process; 2 or more hands a share to a second interpreter; None
            does so when there are lines and processors enough for it to pay.
        known_labels: as for `parse_line`; must be picklable for a second interpreter.
        protected: as for `parse_line`; must be picklable for a second interpreter.
    """
    if workers is None:
        workers = 2 if len(texts) >= _HELPER_PAYS_FROM and (os.cpu_count() or 1) > 1 else 1
    with collector_at_rest():
        if workers < 2 or len(texts) < 2:
            return _read_table(texts, known_labels, protected)
        middle = round(len(texts) * (1 - _HELPER_SHARE))
        helper = _Helper(texts[middle:], known_labels, protected)
        first = _read_table(texts[:middle], known_labels, protected)
        second = helper.table()
        if second is None:
            # The helper could not start or was stopped: the work is done here, only later.
            second = _read_table(texts[middle:], known_labels, protected)
        return pa.concat_tables([first, second.cast(PARSED_SCHEMA)]).combine_chunks()
