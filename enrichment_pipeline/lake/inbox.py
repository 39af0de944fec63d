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


def inbox_folder(data: Path, environment: Mapping[str, str]) -> Path:
    """The inbox: `ENRICHMENT_INBOX`, else where `point_inbox` pointed, else `data/inbox`.

    Args:
        data: the data folder.
        environment: environment variables.
    """
    if named := environment.get(INBOX_VARIABLE):
        return Path(named)
    pointer = data / _POINTER
    if pointer.exists():
        return Path(pointer.read_text(encoding="utf-8").strip())
    return data / "inbox"


def point_inbox(data: Path, folder: Path) -> None:
    """Let every later run, from wherever it is started, read `folder`."""
    data.mkdir(parents=True, exist_ok=True)
    draft = data / f".{_POINTER}.draft"
    draft.write_text(f"{folder.resolve()}\n", encoding="utf-8")
    draft.replace(data / _POINTER)
