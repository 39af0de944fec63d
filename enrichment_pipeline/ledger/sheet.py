"""Verdicts as a CSV file: the review list is written, a person fills columns, and the file is read back.

A row that cannot be used is told with file, row and reason, and stops no other. Other programs may have changed order
of columns, separator and byte order mark; track key and what a person fills in are what counts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.entries import Entry, LedgerError
from enrichment_pipeline.ledger.review import (
    Reviewed,
    Session,
    accept,
    is_already_so,
    name_artist,
    reject,
    tracks_by_key,
)

VERDICT, ARTIST, NOTE = "verdict", "right_artist", "note"
COLUMNS = (
    "track_key", "line", "label", "plays", "answer", "answer_key", "probability", "evidence", "others",
    VERDICT, ARTIST, NOTE,
)  # fmt: skip
_NEEDED = ("track_key", VERDICT)
_ACCEPT, _REJECT = "accept", "reject"
_OTHERS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be used: its number as a spreadsheet shows it (the header is 1), and why."""

    file: str
    row: int
    reason: str

    def words(self) -> str:
        """File, row and reason as one line."""
        return f"{self.file}, row {self.row}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: verdicts to record, rows that cannot be used, rows left empty, verdicts in force already."""

    entries: tuple[Entry, ...]
    bad: tuple[BadRow, ...]
    empty: int
    unchanged: int


def write_sheet(tracks: Sequence[Reviewed], target: Path) -> int:
    """Write tracks for a person to fill in `verdict` (accept or reject), or `right_artist`; returns rows.

    Raises:
        LedgerError: the file cannot be written.
    """
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, restval="")
    rows.writeheader()
    for track in tracks:
        rows.writerow(
            {
                "track_key": track.track_key,
                "line": track.line,
                "label": track.label or "",
                "plays": track.plays,
                "answer": track.answer or "",
                "answer_key": "+".join(track.answer_keys),
                "probability": "" if track.probability is None else f"{track.probability:.3f}",
                "evidence": "; ".join(track.evidence),
                "others": "; ".join(f"{name} ({p:.3f})" for name, p in track.others[:_OTHERS_SHOWN]),
            }
        )
    draft = target.with_name(f".{target.name}.draft")
    try:
        draft.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
        draft.replace(target)
    except OSError as error:
        raise LedgerError(f"{target} cannot be written: {error.strerror}") from error
    return len(tracks)


def read_sheet(lake: Lake, path: Path, session: Session) -> Read:
    """Read a filled file.

    Args:
        lake: knows the tracks.
        path: the file.
        session: who decides.

    Raises:
        LedgerError: the file cannot be read, or lacks a column; nothing of it is used.
    """
    rows = _rows(path)
    filled = [(number, row) for number, row in rows if row[VERDICT] or row[ARTIST]]
    tracks = tracks_by_key(lake, [row["track_key"] for _, row in filled])
    entries: list[Entry] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for number, row in filled:
        try:
            entry = _verdict(lake, row, tracks, session)
            if row["track_key"] in seen:
                raise LedgerError(f"row {seen[row['track_key']]} decides about the same track")
        except LedgerError as error:
            bad.append(BadRow(str(path), number, str(error)))
            continue
        seen[row["track_key"]] = number
        entries.append(entry)
    already = is_already_so(lake, entries)
    new = tuple(entry for entry, so in zip(entries, already, strict=True) if not so)
    return Read(new, tuple(bad), len(rows) - len(filled), len(entries) - len(new))


def _verdict(lake: Lake, row: dict[str, str], tracks: dict[str, Reviewed], session: Session) -> Entry:
    key, verdict, named, note = row["track_key"], row[VERDICT].lower(), row[ARTIST], row[NOTE]
    if not key:
        raise LedgerError("it has no track_key; export the list anew")
    if key not in tracks:
        raise LedgerError(f"there is no track {key}; export the list anew")
    track = tracks[key]
    if verdict and named:
        raise LedgerError(f"either {VERDICT} or {ARTIST} is meant, not both")
    if named:
        return name_artist(lake, track, named, session, note)
    if verdict not in (_ACCEPT, _REJECT):
        raise LedgerError(
            f"{VERDICT} {row[VERDICT]!r}: {_ACCEPT} or {_REJECT} is meant; a name belongs in {ARTIST}"
        )
    decide = accept if verdict == _ACCEPT else reject
    return decide(_as_shown(row, track), session, note)


def _as_shown(row: dict[str, str], track: Reviewed) -> Reviewed:
    """The track with the answer the person saw, which may be another by now."""
    keys = tuple(key for key in row["answer_key"].split("+") if key)
    if not keys or keys == track.answer_keys:
        return track
    if len(keys) > 1 or not row["answer"]:
        raise LedgerError(f"its answer is another by now ({track.answer or 'nobody'}); export the list anew")
    return replace(
        track,
        answer=row["answer"],
        answer_keys=keys,
        answer_names=(row["answer"],),
        probability=None,
        model_hash=None,
    )


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows with their number, every column of ours there and stripped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LedgerError(f"{path} is not UTF-8 text; save it as CSV UTF-8") from error
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise LedgerError(f"{path} is no CSV file: {error}") from error
    names = [name.strip() for name in table[0]] if table else []
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise LedgerError(
            f"{path}, row 1: no column {', '.join(missing)}; `enrich review --export` writes them"
        )
    found = []
    for number, values in enumerate(table[1:], start=2):
        row = dict.fromkeys(COLUMNS, "") | {n: v.strip() for n, v in zip(names, values, strict=False)}
        if any(row.values()):
            found.append((number, row))
    return found
