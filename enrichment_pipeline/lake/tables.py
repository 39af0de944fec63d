"""Every table of the lake: columns, types, meanings, keys and rules, once.

A new asset's table is added here first; its Parquet file, check, column schema and documentation follow.
Keys ending in `_key` are canonical (`enrichment_pipeline.naming.keys`): for comparison, not for show.
"""

from __future__ import annotations

from enrichment_pipeline.lake.schema import Column, Rule, Table

_PROBABILITY = "0..1"


def _required(name: str, type_: str, meaning: str) -> Column:
    return Column(name, type_, meaning, required=True)


_PLAY_ID = _required("play_id", "VARCHAR", "hash of source, set id, position and layer: one line of one set")
_TRACK_KEY = _required(
    "track_key", "VARCHAR", "hash of what a line names: artist, title, version (see DESIGN section 5)"
)
_BUCKET = _required("bucket", "VARCHAR", "hash bucket of the track key, 00..31")
_MONTH = _required(
    "set_month",
    "VARCHAR",
    "first day of the month of the set date; 1980-01-01 also holds sets without a date that can be right",
)
_RUN = Column("run_id", "VARCHAR", "Dagster run that wrote the row")

_PARSED_COLUMNS = (
    _required("kind", "VARCHAR", "track, unknown, segment, junk or blank"),
    _required("reason", "VARCHAR", "why this kind, in words"),
    Column("cue", "VARCHAR", "cue as written"),
    Column("cue_seconds", "INTEGER", "cue in seconds from the start, where it says so"),
    Column("number", "VARCHAR", "position prefix as written"),
    _required("layered", "BOOLEAN", "played over the line before (w/, +)"),
    Column("segment", "VARCHAR", "heading before the track, such as Tune Of The Week"),
    Column("artist", "VARCHAR", "artist credit as written"),
    Column("credits", 'STRUCT(name VARCHAR, role VARCHAR, "join" VARCHAR)[]', "the credit, split"),
    Column("title", "VARCHAR", "title as written, without version and label"),
    Column("version", "VARCHAR", "version texts as written, joined by ' / '"),
    Column("version_kinds", "VARCHAR[]", "kind of each version: original, remix, edit ..."),
    Column("remixers", "VARCHAR[]", "names in the version texts"),
    Column(
        "components",
        "STRUCT(artist VARCHAR, title VARCHAR, version VARCHAR, remixers VARCHAR[], label VARCHAR)[]",
        "the tracks inside a mashup, each with its own label where one is named",
    ),
    Column("label", "VARCHAR", "label named by the line's own text"),
    Column("labels", "VARCHAR[]", "all labels the text names"),
    Column("catalogue_number", "VARCHAR", "catalogue number as written"),
    Column("year", "INTEGER", "year of release, where the bracket gives one"),
    Column("label_confidence", "DOUBLE", "0..1 that the bracket is a label"),
    Column("label_reason", "VARCHAR", "why it is a label, or why there is none"),
    Column(
        "brackets",
        "STRUCT(text VARCHAR, kind VARCHAR, reason VARCHAR, confidence DOUBLE)[]",
        "every bracket of the line, classified",
    ),
    _required("artist_unknown", "BOOLEAN", "the line says or leaves open who made it"),
    _required("title_unknown", "BOOLEAN", "the line says or leaves open what it is called"),
    Column("notes", "VARCHAR[]", "UNRELEASED, country tags, repaired encoding ..."),
)

_ALL = (
    # ---- ingest ------------------------------------------------------------------------------------
    Table(
        "source_files",
        "One row per file seen in the inbox: what it is and how much of it was read.",
        (
            _required("file_name", "VARCHAR", "path below the inbox"),
            Column("content_hash", "VARCHAR", "sha256 of the content; a file is read once per hash"),
            _required("size_bytes", "BIGINT", "file size"),
            Column("format", "VARCHAR", "csv, tsv, json, jsonl, djmix or text"),
            Column("encoding", "VARCHAR", "encoding it was read with"),
            _required("status", "VARCHAR", "read, same content, skipped or broken"),
            _required("lines", "BIGINT", "lines found: plays + rejected"),
            _required("plays", "BIGINT", "lines that became plays"),
            _required("rejected", "BIGINT", "lines kept aside in rejected_rows"),
            Column("notes", "VARCHAR[]", "what a person should know, such as a fallback encoding"),
        ),
        key=("file_name",),
        rules=(Rule("nothing_is_lost", "lines <> plays + rejected", "lines in = plays + rejected"),),
    ),
    Table(
        "staged_readings",
        "How each inbox file was read, cut by content hash; read again only when content or readers change.",
        (
            _required("content_hash", "VARCHAR", "sha256 of the file"),
            _required("reader_version", "VARCHAR", "version of the readers that read it"),
            _required("format_of_name", "VARCHAR", "format its name stands for"),
            Column("format", "VARCHAR", "format it was read as"),
            Column("encoding", "VARCHAR", "encoding it was read with"),
            _required("lines", "BIGINT", "lines found, counted before any was looked at"),
            Column("notes", "VARCHAR[]", "what a person should know, such as a fallback encoding"),
            Column(
                "rejected",
                "STRUCT(line_no BIGINT, place VARCHAR, reason VARCHAR, raw_text VARCHAR)[]",
                "rows that could not become plays",
            ),
        ),
        key=("content_hash",),
        partitioned_by="content_hash",
    ),
    Table(
        "staged_plays",
        "Lines of each inbox file as they were read, cut by content hash; raw_tracks takes them from here.",
        (
            _required("content_hash", "VARCHAR", "sha256 of the file"),
            _required("line_no", "BIGINT", "line or record number in the file"),
            _required("source", "VARCHAR", "where the set comes from: mixesdb, inbox ..."),
            _required("set_id", "VARCHAR", "set id as given"),
            Column("set_name", "VARCHAR", "set name as given"),
            Column("dj", "VARCHAR", "DJ string as given"),
            Column("djs", "VARCHAR[]", "the DJs, split"),
            Column("set_date", "DATE", "date of the set"),
            _required("position", "INTEGER", "position in the set, from 1"),
            _required("layer", "INTEGER", "0 for the first line at a position, 1.. for lines played over it"),
            Column("cue", "VARCHAR", "cue column as given"),
            _required("raw_text", "VARCHAR", "the line, unchanged"),
            Column("given_artist", "VARCHAR", "artist column as given"),
            Column("given_title", "VARCHAR", "title column as given"),
            Column("given_label", "VARCHAR", "label column as given"),
            Column("media_id", "VARCHAR", "id of a recording of this play (YouTube)"),
            Column("genres", "VARCHAR[]", "style tags of the set"),
        ),
        key=("content_hash", "line_no", "position", "layer"),
        partitioned_by="content_hash",
    ),
    Table(
        "rejected_rows",
        "Lines that could not become plays, with the reason; nothing that came in is lost.",
        (
            _required("file_name", "VARCHAR", "path below the inbox"),
            Column("content_hash", "VARCHAR", "sha256 of the file"),
            _required(
                "line_no", "BIGINT", "line or record number in the file; 0 when the whole file is meant"
            ),
            Column("place", "VARCHAR", "the same in words: line 12, sets[3].tracks[2], whole file"),
            _required("reason", "VARCHAR", "what is wrong and what to do"),
            Column("raw_text", "VARCHAR", "the row as it stands in the file"),
        ),
    ),
    Table(
        "raw_tracks",
        "One row per play: a line of a set exactly as it came in, cut by month of the set date.",
        (
            _PLAY_ID,
            _MONTH,
            _required("set_key", "VARCHAR", "source and set id, the set's identity here"),
            _required("source", "VARCHAR", "where the set comes from"),
            _required("set_id", "VARCHAR", "set id as given"),
            Column("set_name", "VARCHAR", "set name as given"),
            Column("dj", "VARCHAR", "DJ string as given"),
            Column("djs", "VARCHAR[]", "the DJs, split"),
            Column("set_date", "DATE", "date of the set; null when unknown"),
            _required("position", "INTEGER", "position in the set, from 1"),
            _required("layer", "INTEGER", "0 for the first line at a position, 1.. for lines played over it"),
            Column("cue", "VARCHAR", "cue column as given"),
            _required("raw_text", "VARCHAR", "the line, unchanged"),
            Column("given_artist", "VARCHAR", "artist column as given"),
            Column("given_title", "VARCHAR", "title column as given"),
            Column("given_label", "VARCHAR", "label column as given"),
            Column("media_id", "VARCHAR", "id of a recording of this play (YouTube)"),
            Column("genres", "VARCHAR[]", "style tags of the set"),
            _required("file_name", "VARCHAR", "file it came from"),
            _required("content_hash", "VARCHAR", "sha256 of that file"),
            _required("line_no", "BIGINT", "line or record number in that file"),
        ),
        key=("play_id",),
        partitioned_by="month",
    ),
    Table(
        "parsed_labels",
        "Tier 1 of the label hunt: what each play's own text says, by the set-line grammar.",
        (_PLAY_ID, _MONTH, *_PARSED_COLUMNS),
        key=("play_id",),
        partitioned_by="month",
        rules=(
            Rule(
                "label_has_confidence",
                "label is not null and label_confidence is null",
                "a label has a confidence",
            ),
        ),
    ),
)

TABLES: dict[str, Table] = {t.name: t for t in _ALL}
