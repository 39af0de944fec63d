"""`make demo-sources`: the whole main job against the simulated web, so that every tier is seen at work.

The catalogue of that web is made from the very tracklists that are read: what the sources "answer" is invented.
A data folder of its own keeps these answers away from real ones.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from enrichment_pipeline import cli_run
from enrichment_pipeline.lake.lake import Lake, data_root
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedWeb

_PROJECT = Path(__file__).resolve().parents[2]
_WORD = "The outside sources below are SIMULATED on this machine: their labels and artists are invented."
_SHOWN = 2
# Pages of a simulated shop need no ten seconds each.
_NAMES = ("MUSICBRAINZ", "DISCOGS", "BEATPORT", "SONGSTATS", "BEATPORT_WEB", "TRAXSOURCE", "JUNO", "BANDCAMP")


def simulated_environment(web: SimulatedWeb, *, per_second: float = 200.0) -> dict[str, str]:
    """Variables that turn every source on, at the simulated web and without its patience."""
    return {**web.environment(), **{f"ENRICHMENT_{name}_PER_SECOND": str(per_second) for name in _NAMES}}


def main(argv: list[str] | None = None) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--input", type=Path, default=_PROJECT / "data" / "example", help="folder of tracklists"
    )
    parser.add_argument(
        "--data", type=Path, help="folder of all state (default: demo-sources in the data folder)"
    )
    arguments = parser.parse_args(argv)
    data = (arguments.data or data_root() / "demo-sources").resolve()
    print(f"{_WORD}\n")
    with SimulatedWeb(Catalogue.from_tracklists(arguments.input)).running() as web:
        os.environ.update(simulated_environment(web))
        os.environ["ENRICHMENT_DATA"] = str(data)
        code = cli_run.run(arguments.input, data_was_named=True)
        if code == 0:
            _show_tiers(Lake(data))
            print(f"\n{len(web.requests):,} requests were answered by the simulated web. {_WORD}")
    return code


def _show_tiers(lake: Lake) -> None:
    """Some tracks of each tier, with their log."""
    with lake.connect(["track_labels", "tracks"]) as con:
        rows = con.execute(f"""
            select tier, artist || ' - ' || title || coalesce(' (' || version || ')', ''), tier_log
            from track_labels join tracks using (track_key) where status in ('accepted', 'self-released') and artist is not null
            qualify row_number() over (partition by tier, source order by md5(track_key)) <= {_SHOWN} order by tier, source, 2
        """).fetchall()
    print("\nHow it was found, some tracks of each tier:")
    for tier, track, log in rows:
        print(f"  [{tier}] {track}\n      {log}")


if __name__ == "__main__":
    sys.exit(main())
