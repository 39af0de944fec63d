"""What assets are handed: the lake, the inbox, the split of the sets, and what outside sources are asked with.

Resources only read settings and hand out plain objects, so that domain code never sees Dagster. DuckDB
connections come from `Lake.connect` and not from dagster-duckdb's `DuckDBResource`: that one leaves the
connection open when the body of its `with` raises, and knows neither the views nor the time zone.
https://docs.dagster.io/guides/build/external-resources
"""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
from pydantic import Field

from enrichment_pipeline.lake.inbox import inbox_folder
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline.matching.splits import BENCHMARK_FILE
from enrichment_pipeline.sources.surroundings import OFFLINE_VARIABLE, Surroundings


class LakeResource(dg.ConfigurableResource):
    """The tables under the data folder."""

    data_folder: str = Field(
        default="", description="Folder of all state. Empty: ENRICHMENT_DATA, and `data` where that is unset."
    )
    memory_limit: str = Field(
        # half of the 2 GB a whole run may take; the other half is Python's, Arrow's and the matcher's
        default="1GB",
        description="DuckDB's memory limit of each connection; what does not fit goes to disk.",
    )
    threads: int | None = Field(default=None, description="DuckDB's threads; none given: one per core.")

    def lake(self) -> Lake:
        """The lake these settings name."""
        root = Path(self.data_folder) if self.data_folder else data_root()
        return Lake(root, threads=self.threads, memory_limit=self.memory_limit)


class InboxResource(dg.ConfigurableResource):
    """The folder whose files are read."""

    folder: str = Field(
        default="",
        description="Folder to read. Empty: ENRICHMENT_INBOX, else what the last `enrich run` was pointed "
        "at, else `inbox` in the data folder.",
    )

    def path(self, lake: Lake) -> Path:
        """The folder to read."""
        return Path(self.folder) if self.folder else inbox_folder(lake.root, os.environ)


class SplitsResource(dg.ConfigurableResource):
    """The file that says which sets teach, tune and measure."""

    file: str = Field(
        default="",
        description="CSV with set_id and split. Empty: ENRICHMENT_SPLITS, else the benchmark's own split of the"
        " real sample; sets no file names are split by md5.",
    )

    def path(self) -> Path:
        """The split file to read."""
        return Path(self.file or os.environ.get("ENRICHMENT_SPLITS", "") or BENCHMARK_FILE)


class OutsideResource(dg.ConfigurableResource):
    """What outside sources are asked with: contact, keys, addresses and budgets, from the environment.

    Keys are never config, which the UI shows; see `enrich doctor` for the variables.
    """

    offline: bool = Field(
        default=False,
        description="Ask nobody: use only answers kept from earlier, as ENRICHMENT_OFFLINE=1 does.",
    )

    def surroundings(self, lake: Lake) -> Surroundings:
        """Data folder, environment and clock."""
        offline = {OFFLINE_VARIABLE: "1"} if self.offline else {}
        return Surroundings(lake.root, {**os.environ, **offline})


def default_resources() -> dict[str, object]:
    """The resources of a run that nobody gave others, by the names assets ask for."""
    return {
        "lake": LakeResource(),
        "inbox": InboxResource(),
        "splits": SplitsResource(),
        "outside": OutsideResource(),
    }
