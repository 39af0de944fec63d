"""`python -m benchmarks.cooldown [FOLDER]`: three years of cool-down of 100,000 tracks, by the very policy.

The clock is injected and nobody is asked: an invented world says when each promo comes out. Writes plots and a page
to FOLDER (cooldown-simulation when not said): tracks and requests per day, recovery by attempt, and herds, with
jitter and without.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from enrichment_pipeline.cooldown.policy import DEFAULT, Jitter, Reason, Settings, first_wait_days
from enrichment_pipeline.cooldown.policy_sql import base_days_sql, unit_sql, wait_seconds_sql

TRACKS = 100_000
DAYS = 3 * 365
JITTERS: tuple[Jitter, ...] = ("none", "plus-minus", "additive", "full")
# One request a second is what MusicBrainz allows; a track costs 0.06 to 0.15 requests, as tracks are asked in batches.
BUDGET_A_DAY = 86_400
REQUESTS_A_TRACK = (0.06, 0.15)
_FOLDER = "cooldown-simulation"


@dataclass(frozen=True, slots=True)
class World:
    """Which tracks come in when, and when they come out.

    Args:
        tracks: how many.
        days: how long is looked at.
        at_once: share of the tracks that come in on the first day, as an old collection does; the rest evenly.
        released: share that ever comes out under a findable name.
        median_days: of a log-normal time from coming in to coming out; three in four promos are out within about
            two medians.
        sigma: its spread.
    """

    tracks: int = TRACKS
    days: int = DAYS
    at_once: float = 0.5
    released: float = 0.7
    median_days: float = 75.0
    sigma: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a world under one schedule.

    `asked` is tracks asked per day; `found` and `asked_at_attempt` are by attempt, from 1; `herd` is the largest day
    of the second look-ups of tracks that failed on the first day, as a share of them; `delay_days` is the median
    from coming out to being found; `could_be_found` counts the tracks that came out within the time.
    """

    asked: npt.NDArray[np.int64]
    found: Mapping[int, int]
    asked_at_attempt: Mapping[int, int]
    could_be_found: int
    delay_days: float
    herd: float
    exhausted: int

    @property
    def recovered(self) -> int:
        """Tracks found, at whichever attempt."""
        return sum(self.found.values())


# Each chance of a track is drawn from its key, by the policy's own unit: the same world every time.
_WORLD = """
create or replace temp table track as
select key, if({at_once} < $at_once, 0, floor({day} * $days)) as came_in,
    if({released} < $released, came_in + exp(ln($median) + $sigma * sqrt(-2 * ln(1 - {normal})) * cos(2 * pi() * {angle})), null) as comes_out
from (select 'track ' || i as key from range($tracks) t(i))
"""
_FIRST = (
    "create or replace temp table asked as select key, 1 as attempt, came_in + {spread} as at_day from track"
)
_NEXT = """
insert into asked
select key, attempt + 1, at_day + {wait} / 86400.0 as at_day
from asked join track using (key)
where attempt = $attempt and not coalesce(comes_out <= at_day, false) and {wait} is not null
"""


def simulate(world: World, settings: Settings = DEFAULT, *, spreads_new: bool = True) -> Outcome:
    """Run the world.

    Args:
        world: what comes in and out.
        settings: the schedule.
        spreads_new: whether what comes in at once is spread before it is asked first.
    """
    with duckdb.connect() as con:
        ask_all(con, world, settings, spreads_new=spreads_new)
        per_day = dict(
            con.execute(
                "select floor(at_day)::bigint, count(*) from asked where at_day < $days group by 1",
                {"days": world.days},
            ).fetchall()
        )
        by_attempt = con.execute(
            "select attempt, count(*), count(*) filter (comes_out <= at_day) from asked join track using (key)"
            " where at_day < $days group by 1 order by 1",
            {"days": world.days},
        ).fetchall()
        could, delay = con.execute(
            "select count(*), median(found_at - greatest(comes_out, came_in)) from track"
            " left join (select key, min(at_day) as found_at from asked join track using (key) where comes_out <= at_day and at_day < $days group by 1)"
            " using (key) where comes_out < $days",
            {"days": world.days},
        ).fetchall()[0]
        herd, exhausted = con.execute(
            "select (select max(n) / sum(n) from (select count(*) as n from asked a join asked b using (key)"
            "   where a.attempt = 1 and a.at_day < 1 and b.attempt = 2 group by floor(b.at_day))),"
            " (select count(*) from asked join track using (key) where attempt = $last and at_day < $days and not coalesce(comes_out <= at_day, false))",
            {"last": settings.retries + 1, "days": world.days},
        ).fetchall()[0]
    return Outcome(
        asked=np.array([per_day.get(day, 0) for day in range(world.days)], dtype=np.int64),
        found={attempt: hits for attempt, _, hits in by_attempt},
        asked_at_attempt={attempt: n for attempt, n, _ in by_attempt},
        could_be_found=could,
        delay_days=delay or 0.0,
        herd=herd or 0.0,
        exhausted=exhausted,
    )


def ask_all(con: duckdb.DuckDBPyConnection, world: World, settings: Settings, *, spreads_new: bool) -> None:
    """Make temp tables `track` (key, came_in, comes_out) and `asked` (key, attempt, at_day), days as numbers."""
    draws = {
        name: unit_sql(f"'{name} ' || key") for name in ("at_once", "day", "released", "normal", "angle")
    }
    con.execute(
        _WORLD.format(**draws),
        {
            "at_once": world.at_once,
            "days": world.days,
            "released": world.released,
            "median": world.median_days,
            "sigma": world.sigma,
            "tracks": world.tracks,
        },
    )
    days = first_wait_days(round(world.tracks * world.at_once), settings) if spreads_new else 0
    first = unit_sql("key || '|0'")
    con.execute(_FIRST.format(spread=f"if(came_in = 0, floor({first} * {days} * 86400) / 86400.0, 0)"))
    step = base_days_sql(f"'{Reason.NO_MATCH}'", "attempt", "0", settings)
    wait = wait_seconds_sql(step, "key", "attempt", settings)
    for attempt in range(1, settings.retries + 1):
        con.execute(_NEXT.format(wait=wait), {"attempt": attempt})


def compare(world: World) -> dict[Jitter, Outcome]:
    """The same world with each jitter; without any, nothing that comes in at once is spread either."""
    return {
        jitter: simulate(world, replace(DEFAULT, jitter=jitter), spreads_new=jitter != "none")
        for jitter in JITTERS
    }


def page(world: World, outcomes: Mapping[Jitter, Outcome], herds: Mapping[Jitter, float]) -> str:
    """The figures as Markdown."""
    full = outcomes["full"]
    lines = [
        "# Cool-down over three years, simulated",
        "",
        f"{world.tracks:,} tracks over {world.days:,} days, {world.at_once:.0%} of them at once on the first day; {world.released:.0%} ever come"
        f" out, after a log-normal time (median {world.median_days:.0f} days, sigma {world.sigma}). Days and draws are those of the policy; nobody is asked.",
        "",
        "| jitter | asked at most in a day | requests that day | share of the 86,400 | 1,000 tracks failing on one day: largest day of their return |",
        "|---|---|---|---|---|",
    ]
    for jitter, outcome in outcomes.items():
        most = int(outcome.asked.max())
        low, high = (most * share for share in REQUESTS_A_TRACK)
        lines.append(
            f"| {jitter} | {most:,} | {low:,.0f} to {high:,.0f} | {high / BUDGET_A_DAY:.1%} | {herds[jitter]:.1%} |"
        )
    lines += [
        "",
        f"With full jitter {full.asked.mean():,.0f} tracks are asked on a mean day. Of {full.could_be_found:,} tracks that came out within the time"
        f" {full.recovered:,} were found ({full.recovered / max(full.could_be_found, 1):.1%}), half of them within {full.delay_days:.0f} days of coming out;"
        f" {full.exhausted:,} were given up after the last attempt.",
        "",
        "| attempt | asked | found | of those asked | found so far, of those that came out |",
        "|---|---|---|---|---|",
    ]
    so_far = 0
    for attempt, asked in full.asked_at_attempt.items():
        so_far += full.found[attempt]
        lines.append(
            f"| {attempt} | {asked:,} | {full.found[attempt]:,} | {full.found[attempt] / asked:.1%} | {so_far / max(full.could_be_found, 1):.1%} |"
        )
    return "\n".join(
        [*lines, "", "![Tracks asked per day](asked.png)", "", "![Found by attempt](found.png)", ""]
    )


def herd_of(tracks: int, jitter: Jitter) -> float:
    """Of so many tracks that fail on one day, the largest share that comes back on one day."""
    return simulate(
        World(tracks, at_once=1.0, released=0.0), replace(DEFAULT, jitter=jitter), spreads_new=False
    ).herd


def draw(outcomes: Mapping[Jitter, Outcome], folder: Path) -> None:
    """Write asked.png and found.png."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 1, figsize=(10, 7), sharex=True)
    shown: tuple[Jitter, ...] = ("none", "full")
    for axis, jitter in zip(axes, shown, strict=True):
        asked = outcomes[jitter].asked
        axis.plot(asked, linewidth=0.8)
        axis.set_title(f"jitter: {jitter}; at most {asked.max():,} tracks in a day", loc="left")
        axis.set_ylabel("tracks asked")
    most = BUDGET_A_DAY / REQUESTS_A_TRACK[1]
    axes[1].set_xlabel(f"day; one request a second would do {most:,.0f} tracks a day")
    figure.tight_layout()
    figure.savefig(folder / "asked.png", dpi=110)
    plt.close(figure)
    figure, axis = plt.subplots(figsize=(8, 4))
    found = outcomes["full"].found
    axis.bar([str(attempt) for attempt in found], list(found.values()))
    axis.set_xlabel("answer")
    axis.set_ylabel("tracks found")
    axis.set_title("Which answer finds a track (full jitter)", loc="left")
    figure.tight_layout()
    figure.savefig(folder / "found.png", dpi=110)
    plt.close(figure)


def main(arguments: Sequence[str]) -> None:
    """Simulate, print the page, write it and its plots."""
    folder = Path(arguments[0]) if arguments else Path(_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    world, began = World(), time.monotonic()
    outcomes = compare(world)
    text = page(world, outcomes, {jitter: herd_of(1_000, jitter) for jitter in JITTERS})
    draw(outcomes, folder)
    (folder / "README.md").write_text(text, encoding="utf-8")
    print(text)
    print(f"{time.monotonic() - began:.1f} s; {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
