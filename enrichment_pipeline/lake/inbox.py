"""Where tracklists are picked up from.

Only the place; what is in it is read by `enrichment_pipeline.tracklists.readers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

INBOX_VARIABLE = "ENRICHMENT_INBOX"
# Tables are a function of what the inbox holds. Were the place only known to the command that ran last,
# a click on "Materialize" in the UI would read another folder and empty them.
_POINTER = "inbox_location.txt"
_STOPGAP = "until the inbox has files"


def inbox_folder(data: Path, environment: Mapping[str, str]) -> Path:
    """The inbox: `ENRICHMENT_INBOX`, else where `point_inbox` pointed, else `data/inbox`.

    A stopgap is left as soon as `data/inbox` has files, as the next `enrich run` would leave it.

    Args:
        data: the data folder.
        environment: environment variables.
    """
    if named := environment.get(INBOX_VARIABLE):
        return Path(named)
    pointer, own = data / _POINTER, data / "inbox"
    if not pointer.exists():
        return own
    place, *notes = pointer.read_text(encoding="utf-8").splitlines()
    return own if _STOPGAP in notes and _has_files(own) else Path(place.strip())


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(p.is_file() and not p.name.startswith(".") for p in folder.rglob("*"))


def point_inbox(data: Path, folder: Path, *, is_stopgap: bool = False) -> None:
    """Let every later run, from wherever it is started, read `folder`.

    Args:
        data: the data folder.
        folder: what is read.
        is_stopgap: nobody asked for it; it serves while `data/inbox` has no files.
    """
    data.mkdir(parents=True, exist_ok=True)
    draft = data / f".{_POINTER}.draft"
    note = f"{_STOPGAP}\n" if is_stopgap else ""
    draft.write_text(f"{folder.resolve()}\n{note}", encoding="utf-8")
    draft.replace(data / _POINTER)
