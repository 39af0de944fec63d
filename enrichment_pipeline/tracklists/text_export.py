"""Enriched plays written as tracklist text, what was inferred marked as such.

The text is for people; it can be read again as plain tracklist text (`readers`). Decides nothing:
artists, labels and their probabilities come in ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

# Stands behind every value that is not in the line itself. Canonical keys ignore it, so that a name
# with it compares equal to the name without.
INFERRED_MARK = "*"
UNKNOWN = "?"
UNDATED = "????"
NO_DJ = "Unknown"


@dataclass(slots=True)
class ExportRow:
    """One enriched play, ready to be written.

    Attributes:
        set_id: tells sets apart; not written unless the set has no name.
        set_name: name of the set.
        set_date: its date.
        dj: its DJ string.
        position: place in the set; rows are written in the order given.
        cue: cue as written, without brackets.
        layered: played over the line before.
        raw_text: the line as it came in; written where neither artist nor title is known.
        artist: artist credit, given or inferred.
        title: title without version.
        version: version text without brackets.
        label: label, given or inferred.
        catalogue_number: written beside a label that is in the line itself.
        artist_inferred: the artist is an answer and not in the line.
        artist_probability: probability of that answer.
        label_inferred: the label is an answer and not in the line.
        label_source: where that answer comes from, such as "internal catalogue".
        artist_by_person: the artist is a person's verdict and not in the line; such a one is marked as inferred too.
    """

    set_id: str
    set_name: str | None
    set_date: date | None
    dj: str | None
    position: int
    cue: str | None
    layered: bool
    raw_text: str
    artist: str | None
    title: str | None
    version: str | None
    label: str | None
    catalogue_number: str | None
    artist_inferred: bool
    artist_probability: float | None
    label_inferred: bool
    label_source: str | None
    artist_by_person: bool = False


def tracklist_text(rows: Iterable[ExportRow]) -> str:
    """The whole text of `tracklist_lines`, each line ended by a line feed; "" for no rows."""
    return "".join(f"{line}\n" for line in tracklist_lines(rows))


def tracklist_lines(rows: Iterable[ExportRow]) -> Iterator[str]:
    """Lines of tracklist text: per set a header, a line per play, and a blank line before the next set.

    A header is `DATE - DJ @ NAME`, a play `[cue] Artist - Title (Version) [Label - Number]`. An
    inferred value has a `*` behind it (`Some Name* - Title [Some Label*]`), and the line below says what
    is known about it: `  {artist inferred, 0.97; label inferred, internal catalogue}`. That remark has a
    line of its own because inside the play's line it could be taken for a label. What is unknown is `?`;
    a line of which nothing is known stays as it came in.

    Args:
        rows: plays, those of one set together and in the order of the set.

    Yields:
        Lines without line ends; as many plays as rows.
    """
    current: str | None = None
    for row in rows:
        if row.set_id != current:
            if current is not None:
                yield ""
            current = row.set_id
            yield _header(row)
        yield _play(row)
        if row.artist_inferred or row.label_inferred:
            yield from _remarks(row)


def _header(row: ExportRow) -> str:
    day = row.set_date.isoformat() if row.set_date else UNDATED
    name = _one_line(row.set_name) or _one_line(row.set_id) or UNKNOWN
    return f"{day} - {_one_line(row.dj) or NO_DJ} @ {name}"


def _play(row: ExportRow) -> str:
    if not row.artist and not row.title:
        line = _raw(row)
    else:
        artist = f"{row.artist}{INFERRED_MARK}" if row.artist and row.artist_inferred else row.artist
        cue = f"[{row.cue}] " if row.cue else ""
        layered = "w/ " if row.layered else ""
        version = f" ({row.version})" if row.version else ""
        line = f"{cue}{layered}{artist or UNKNOWN} - {row.title or UNKNOWN}{version}{_label(row)}"
    return _one_line(line)


def _raw(row: ExportRow) -> str:
    """The line as it came in; a label it does not name itself is added."""
    raw = row.raw_text if row.raw_text.strip() else UNKNOWN
    return raw + _label(row) if row.label_inferred else raw


def _label(row: ExportRow) -> str:
    if not row.label:
        return ""
    if row.label_inferred:
        return f" [{row.label}{INFERRED_MARK}]"
    return f" [{row.label} - {row.catalogue_number}]" if row.catalogue_number else f" [{row.label}]"


def _remarks(row: ExportRow) -> Iterator[str]:
    parts: list[str] = []
    if row.artist and row.artist_inferred:
        known = "" if row.artist_probability is None else f", {_two_decimals(row.artist_probability)}"
        parts.append("artist decided by a person" if row.artist_by_person else f"artist inferred{known}")
    if row.label and row.label_inferred:
        parts.append(f"label inferred, {row.label_source}" if row.label_source else "label inferred")
    if parts:
        yield _one_line(f"  {{{'; '.join(parts)}}}")


def _two_decimals(probability: float) -> str:
    # 0.997 must not be shown as certainty.
    return f"{min(probability, 0.99):.2f}" if probability < 1 else "1.00"


def _one_line(text: str | None) -> str:
    """`text` without line breaks, which would make two lines of one; other spaces stay."""
    if not text:
        return ""
    if "\n" in text or "\r" in text:
        text = " ".join(text.replace("\r", "\n").split("\n"))
    return text
