"""Plain tracklist text: a header line per set, then one line per track.

Only tells headers from track lines; cues, numbers and labels inside a line are left as they stand.
"""

from __future__ import annotations

import re
from dataclasses import replace

from enrichment_pipeline.tracklists.readers.building import ReadingBuilder, RowError, SetFields
from enrichment_pipeline.tracklists.readers.dates import SetDate
from enrichment_pipeline.tracklists.readers.decoding import Decoded, lines_of
from enrichment_pipeline.tracklists.readers.rows import FileReading
from enrichment_pipeline.tracklists.readers.set_titles import SetTitle, parse_set_title

_FULL_DATE = re.compile(r"\s*[0-9Xx?]{4}[-/.][0-9Xx?]{1,2}[-/.][0-9Xx?]{1,2}\s")

# Lines `text_export` writes below a play to say what was inferred; no tracklist has them of itself.
EXPORT_REMARK = re.compile(r"\s+\{(?:artist|label) inferred\b.*\}\s*")


def read_text(file_name: str, decoded: Decoded) -> FileReading:
    """Read plain tracklist text.

    A header is `DATE - DJ @ NAME` or `DATE - DJ - NAME`: with a whole date (unknown digits as X or ?)
    anywhere, with a year or month alone only at the beginning or after a blank line, because a track
    may begin with a year. Text without a header at its beginning is one undated set named after the
    file. Blank lines part sets; they are neither plays nor rejected rows, and neither are the remarks
    of a text this project has written itself.

    Returns:
        The reading; lines under a header whose date is impossible are rejected one by one.
    """
    builder = ReadingBuilder(file_name)
    stem = file_name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0] or file_name
    current: SetFields | None = None
    problem = ""
    position = 0
    after_blank = True
    started = False
    headers: dict[str, int] = {}
    for line_no, line in enumerate(lines_of(decoded.text), start=1):
        if not line.strip():
            after_blank = True
            continue
        if EXPORT_REMARK.fullmatch(line):
            builder.note("an export of this pipeline: values with a * were inferred, not given")
            continue
        title = _header(line, after_blank=after_blank)
        after_blank = False
        if title is not None:
            started, position = True, 0
            current, problem = _begin_set(builder, line, title, line_no, headers)
            continue
        if not started:
            started = True
            builder.note(f"no header line: one undated set named {stem!r}")
            current = builder.set_fields({"set_id": stem, "set_name": stem})
        builder.lines_in += 1
        try:
            if current is None:
                raise RowError(problem)
            position += 1
            builder.play(current, {"text": line, "position": position}, line_no)
        except RowError as error:
            builder.reject(line_no, str(error), line)
    notes = decoded.notes if started else (*decoded.notes, "the file is empty")
    return builder.reading("text", decoded.encoding, notes)


def _header(line: str, *, after_blank: bool) -> SetTitle | None:
    if not (after_blank or _FULL_DATE.match(line)):
        return None
    title = parse_set_title(line)
    return title if title.is_dated and title.dj else None


def _begin_set(
    builder: ReadingBuilder, line: str, title: SetTitle, line_no: int, headers: dict[str, int]
) -> tuple[SetFields | None, str]:
    if title.problem:
        return None, f"its header in line {line_no}: {title.problem}"
    set_id = line.strip()
    headers[set_id] = headers.get(set_id, 0) + 1
    if headers[set_id] > 1:
        # Two sets under one header stay two sets.
        set_id = f"{set_id} ({headers[set_id]})"
    builder.note_precision(SetDate(title.date, title.precision))
    try:
        the_set = builder.set_fields({"set_id": set_id, "set_name": title.name, "dj": title.dj})
    except RowError as error:
        return None, f"its header in line {line_no}: {error}"
    return replace(the_set, set_date=title.date), ""
