"""The layers of the graph: group names, and the stages in which they are run.

Every group name stands here once; an asset names its group, and jobs select by it. Which assets there
are does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from enrichment_pipeline.lake.schema import PartitionedBy

OWNERS = ("team:enrichment",)


class Group(StrEnum):
    """Groups of assets, as the UI shows them."""

    INGEST = "ingest"
    CATALOGUE = "catalogue"
    LABELS = "labels"
    SOURCES = "sources"
    MATCHING = "matching"
    FEEDBACK = "feedback"
    COOLDOWN = "cooldown"
    EVALUATION = "evaluation"
    OPERATIONS = "operations"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Stage:
    """One job of a whole run: the assets of a group, or those of them with one kind of partition.

    A run has one kind of partition, so a group with more kinds needs a stage for each. A stage of cut "none"
    holds only assets that name it.
    """

    name: str
    group: Group
    cut: PartitionedBy | Literal["whole", "any", "none"]
    meaning: str

    def holds(self, group: str | None, partitioned_by: PartitionedBy | None) -> bool:
        """Whether an asset of this group and partitioning belongs to the stage."""
        return group == self.group and self.cut in ("any", partitioned_by or "whole")


# In the order of a whole run.
STAGES: tuple[Stage, ...] = (
    Stage("ingest_files", Group.INGEST, "whole", "read the inbox, each file once"),
    Stage("ingest_months", Group.INGEST, "month", "cut plays by month and read what their text says"),
    Stage(
        "build_catalogue", Group.CATALOGUE, "any", "gather what is known of tracks, artists, labels and DJs"
    ),
    Stage("load_dumps", Group.SOURCES, "whole", "load MusicBrainz' and Discogs' dumps, where they are given"),
    Stage("label_tracks", Group.LABELS, "any", "ask every tier for labels and decide"),
    Stage("mask_tracks", Group.MATCHING, "none", "choose known plays whose artist is hidden to train by"),
    Stage("ask_titles", Group.SOURCES, "bucket", "ask outside who made titles nobody names"),
    Stage("train_matcher", Group.MATCHING, "whole", "hide known artists, learn to find them again"),
    Stage("resolve_tracks", Group.MATCHING, "bucket", "answer who made what nobody named"),
    Stage("cool_down", Group.COOLDOWN, "bucket", "say when what is still unknown is asked again"),
    Stage("evaluate", Group.EVALUATION, "any", "measure on sets the catalogue does not know"),
    Stage("publish", Group.PUBLISH, "any", "write the warehouse, exports and reports"),
)


def stage_of(
    group: str | None, partitioned_by: PartitionedBy | None, *, named: str | None = None
) -> Stage | None:
    """The stage that makes an asset: the one it names, else the first that holds it; None for none.

    Raises:
        KeyError: the asset names a stage that is not one.
    """
    if named is not None:
        return {stage.name: stage for stage in STAGES}[named]
    return next((stage for stage in STAGES if stage.holds(group, partitioned_by)), None)
