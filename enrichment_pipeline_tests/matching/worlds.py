"""A small invented world of DJs, labels and artists that the matcher can learn something from."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching.store import write_masked_tracks, write_model, write_set_splits
from enrichment_pipeline_tests.catalogue.lakes import SetLines, fill_lake

_SYLLABLES = (
    "vel",
    "kar",
    "oru",
    "nim",
    "tas",
    "bel",
    "dro",
    "fen",
    "gal",
    "hux",
    "jor",
    "lim",
    "mab",
    "pex",
    "quo",
    "zil",
)
_TRAIN, _DEV, _TEST, _LATER = 44, 10, 10, 6
# DJs keep to a style, some have none
_GENRES = ("Techno", "House", "")


@dataclass(frozen=True)
class World:
    """Sets by id, and the split each belongs to."""

    sets: Mapping[str, SetLines]
    splits: Mapping[str, str]

    def of(self, split: str) -> list[str]:
        """Set ids of a split."""
        return [set_id for set_id, name in self.splits.items() if name == split]

    def with_line(self, set_id: str, position: int, line: str) -> World:
        """The same world with another line at a position (from 1)."""
        given = self.sets[set_id]
        lines = [line if n == position else old for n, old in enumerate(given.lines, start=1)]
        return World({**self.sets, set_id: SetLines(lines, given.date, given.dj, given.genres)}, self.splits)

    def with_set(self, set_id: str, given: SetLines, split: str) -> World:
        """The same world with one more set."""
        return World({**self.sets, set_id: given}, {**self.splits, set_id: split})


def _name(draw: random.Random, taken: set[str]) -> str:
    while True:
        words = ["".join(draw.sample(_SYLLABLES, draw.choice((2, 3)))).title() for _ in range(2)]
        name = " ".join(words)
        if name not in taken:
            taken.add(name)
            return name


def make_world(seed: int = 7) -> World:
    """Seventy sets of twelve lines: DJs keep to labels, labels to artists, some lines name nobody."""
    draw = random.Random(seed)
    taken: set[str] = set()
    labels = [_name(draw, taken) for _ in range(8)]
    rosters = {label: [_name(draw, taken) for _ in range(6)] for label in labels}
    titles = {
        artist: [_name(draw, taken) for _ in range(5)] for roster in rosters.values() for artist in roster
    }
    # two DJs make tracks themselves
    djs = [rosters[labels[0]][0], rosters[labels[1]][0], *(_name(draw, taken) for _ in range(4))]
    likes = {dj: [labels[i % 8], labels[(i + 3) % 8]] for i, dj in enumerate(djs)}
    sets, splits = {}, {}
    kinds = ["train"] * _TRAIN + ["dev"] * _DEV + ["test"] * _TEST + ["heldout_2019plus"] * _LATER
    for number, kind in enumerate(kinds):
        dj = djs[number % len(djs)]
        lines = []
        for _ in range(12):
            label = draw.choice(likes[dj]) if draw.random() < 0.85 else draw.choice(labels)
            artist = dj if dj in titles and draw.random() < 0.2 else draw.choice(rosters[label])
            credit = artist if draw.random() < 0.9 else f"{artist} & {draw.choice(rosters[label])}"
            title = draw.choice(titles[artist])
            shown = f" [{label}]" if draw.random() < 0.7 else ""
            lines.append(f"{credit} - {title}{shown}")
        if number % 5 == 0:
            artist = draw.choice(rosters[likes[dj][0]])
            lines[3] = f"ID - {titles[artist][0]} [{likes[dj][0]}]"
        set_id = f"s{number:03}"
        year = 2020 if kind == "heldout_2019plus" else 2014 + number % 5
        date = f"{year}-{1 + number % 12:02}-{1 + number % 27:02}"
        sets[set_id] = SetLines(lines, date, dj, _GENRES[djs.index(dj) % len(_GENRES)])
        splits[set_id] = kind
    return World(sets, splits)


def write_split_file(world: World, path: Path) -> Path:
    """The world's split as a CSV."""
    rows = "".join(f"{set_id},{split}\n" for set_id, split in world.splits.items())
    path.write_text(f"set_id,split\n{rows}", encoding="utf-8")
    return path


def fill(lake: Lake, world: World) -> None:
    """Read the world's sets and place them in their splits."""
    fill_lake(lake, world.sets)
    write_set_splits(lake, write_split_file(world, lake.root / "splits.csv"))


def fill_and_train(lake: Lake, world: World) -> None:
    """The same, with masked tracks and a model."""
    fill(lake, world)
    write_masked_tracks(lake)
    write_model(lake)
