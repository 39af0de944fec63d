"""The Dagster instance of a data folder: where runs are recorded, whoever starts them.

`dagster dev` in the project's folder reads dagster.yaml there, whose paths lie under `data/dagster`. Here
the same file serves any data folder, so that runs of the command line stand in the same place as those of
the UI. Settings belong in dagster.yaml.
https://docs.dagster.io/deployment/oss/oss-instance-configuration
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

PROJECT = Path(__file__).resolve().parents[2]
CONFIG_NAME = "dagster.yaml"
_STATE_IN_PROJECT = "data/dagster"


class InstanceUnavailableError(Exception):
    """Dagster's instance cannot be opened; the message says what to do."""


def instance_home(data: Path) -> Path:
    """The folder of all Dagster state of a data folder; it can be named as `DAGSTER_HOME`."""
    return data.resolve() / "dagster"


def write_config(data: Path) -> Path:
    """Write the project's dagster.yaml with the paths of this data folder; returns the file.

    Raises:
        InstanceUnavailableError: the project's own dagster.yaml is not beside the package.
    """
    template = PROJECT / CONFIG_NAME
    if not template.is_file():
        raise InstanceUnavailableError(
            f"{template} is missing: install the project in place (`make`), or set DAGSTER_HOME"
        )
    home = instance_home(data)
    text = template.read_text(encoding="utf-8").replace(_STATE_IN_PROJECT, str(home))
    config = home / CONFIG_NAME
    if not config.is_file() or config.read_text(encoding="utf-8") != text:
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f".{CONFIG_NAME}.draft"
        draft.write_text(text, encoding="utf-8")
        draft.replace(config)
    return config


@contextmanager
def open_instance(data: Path, *, dagster_home: str | None = None) -> Iterator[dg.DagsterInstance]:
    """The instance in which runs over a data folder are recorded; closed on the way out.

    Args:
        data: the data folder.
        dagster_home: an instance set up elsewhere, which the UI then uses as well.

    Raises:
        InstanceUnavailableError: see `write_config`.
    """
    home = Path(dagster_home) if dagster_home else write_config(data).parent
    instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home)))
    try:
        yield instance
    finally:
        instance.dispose()
