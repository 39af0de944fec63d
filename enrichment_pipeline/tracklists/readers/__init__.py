"""Reading tracklist files: CSV, TSV, JSON, JSON Lines, the djmix layout and plain text.

`read_file` gives the plays of one file with the rows that were rejected and why; `scan_inbox` says
which files of a folder are to be read. The meaning of a line's text is the set-line grammar's affair.
"""

from enrichment_pipeline.tracklists.readers.files import format_of, read_bytes, read_file
from enrichment_pipeline.tracklists.readers.inbox import InboxFile, scan_inbox
from enrichment_pipeline.tracklists.readers.rows import (
    PLAY_SCHEMA,
    REJECTED_SCHEMA,
    FileFormat,
    FileReading,
    PlayRow,
    RejectedRow,
    plays_table,
    rejected_table,
)
from enrichment_pipeline.tracklists.readers.set_titles import SetTitle, parse_set_title, split_djs, styles_of

__all__ = [
    "PLAY_SCHEMA",
    "REJECTED_SCHEMA",
    "FileFormat",
    "FileReading",
    "InboxFile",
    "PlayRow",
    "RejectedRow",
    "SetTitle",
    "format_of",
    "parse_set_title",
    "plays_table",
    "read_bytes",
    "read_file",
    "rejected_table",
    "scan_inbox",
    "split_djs",
    "styles_of",
]
