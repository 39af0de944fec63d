"""Which model is in use: the pointer beside the model files. Light enough for who only wants to know that."""

from __future__ import annotations

from pathlib import Path

from enrichment_pipeline.lake.lake import Lake

_POINTER = "CURRENT"
_PREFIX, _SUFFIX = "artist_model-", ".json"


def models_folder(lake: Lake) -> Path:
    """Where model files and the pointer are kept."""
    return lake.root / "models"


def model_path(folder: Path, model_hash: str) -> Path:
    """The file of a model."""
    return folder / f"{_PREFIX}{model_hash}{_SUFFIX}"


def current_path(folder: Path) -> Path | None:
    """The file of the model in use; None before the first training."""
    pointer = folder / _POINTER
    if not pointer.exists():
        return None
    return folder / pointer.read_text(encoding="utf-8").strip()


def current_model(folder: Path) -> str | None:
    """The hash of the model in use; None before the first training."""
    path = current_path(folder)
    return path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) if path else None


def use_model(folder: Path, model_hash: str) -> None:
    """Let everything that predicts from now on use this model."""
    draft = folder / f".{_POINTER}.draft"
    draft.write_text(model_path(folder, model_hash).name, encoding="utf-8")
    draft.replace(folder / _POINTER)
