"""What several processes share, and what survives when one is killed: pace, kept answers, resume.

Real processes that ask a real server; the server's own record of arrivals is what counts.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from enrichment_pipeline.lake.buckets import BUCKET_KEYS, bucket_of
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline_tests.sources.web import Catalogue, SimulatedTrack, SimulatedWeb

TRACKS = tuple(
    SimulatedTrack(f"Artist {n} Oarsman", f"Lighthouse Number {n}", label=f"Label {n % 7}")
    for n in range(160)
)
# One question a request, so that there are many.
WORKER = """
import os, sys
from pathlib import Path
from enrichment_pipeline.labels.decision import OPEN_TIER
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.asking import ask
from enrichment_pipeline.sources.label_hunt import label_ask
from enrichment_pipeline.sources.musicbrainz.source import MusicBrainz
from enrichment_pipeline.sources.surroundings import Surroundings

root, buckets, batch = Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
surroundings = Surroundings(root)
source = MusicBrainz(surroundings, batch_size=batch)
way = label_ask("musicbrainz_labels", "musicbrainz_lookups", tier=OPEN_TIER)
report = ask(Lake(root), way, [source], buckets, surroundings)
source.close()
print(report.requests, dict(report.totals()))
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Questions in every bucket."""
    lake = Lake(tmp_path / "data")
    rows: dict[str, list[dict[str, object]]] = {}
    for track in TRACKS:
        key = f"{track.artist}|{track.title}"
        rows.setdefault(bucket_of(key), []).append(
            {
                "track_key": key,
                "bucket": bucket_of(key),
                "purpose": "label",
                "artist": track.artist,
                "artists": [track.artist],
                "artist_keys": [track.artist.lower().replace(" ", "")],
                "title": track.title,
                "title_key": track.title.lower().replace(" ", ""),
                "version": None,
                "version_key": "",
                "plays": 1,
            }
        )
    with lake.connect([]) as con:
        for bucket, mine in rows.items():
            lake.write_rows(con, "label_questions", mine, partition=bucket)
    return lake


def start(
    lake: Lake, web: SimulatedWeb, buckets: list[str], *, batch: int, **more: str
) -> subprocess.Popen[str]:
    environment = {**os.environ, **web.environment(), **more}
    command = [sys.executable, "-c", WORKER, str(lake.root), ",".join(buckets), str(batch)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_four_processes_together_ask_musicbrainz_once_a_second(lake: Lake) -> None:
    with SimulatedWeb(
        Catalogue.of(TRACKS), musicbrainz_per_second=1.0, musicbrainz_burst=1.0
    ).running() as web:
        # own pace: the address is local, and the rule of the public host holds all the same
        workers = [
            start(lake, web, list(BUCKET_KEYS[n::4]), batch=1, ENRICHMENT_MUSICBRAINZ_BUDGET="4")
            for n in range(4)
        ]
        said = [worker.communicate(timeout=120)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0, 0, 0], said
        seen = web.requests_to("musicbrainz")
    assert len(seen) == 16
    gaps = [
        later.arrived_at - earlier.arrived_at
        for earlier, later in pairwise(sorted(seen, key=lambda s: s.arrived_at))
    ]
    assert min(gaps) >= 0.95, gaps  # permits are 1.05 s apart; the network may bring two a little closer
    assert {s.status for s in seen} == {200}


def test_killed_at_any_moment_nothing_answered_is_asked_again(lake: Lake) -> None:
    with SimulatedWeb(Catalogue.of(TRACKS)).running() as web:
        settings = {"ENRICHMENT_MUSICBRAINZ_PER_SECOND": "25", "ENRICHMENT_MUSICBRAINZ_BUDGET": "100000"}
        buckets = list(BUCKET_KEYS)
        for requests_before_kill in (5, 25, 50):
            worker = start(lake, web, buckets, batch=4, **settings)
            wait_for(web, requests_before_kill)
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
        last = start(lake, web, buckets, batch=4, **settings)
        said = last.communicate(timeout=120)[0]
        assert last.returncode == 0, said
        asked = [(seen.path, seen.query) for seen in web.requests_to("musicbrainz") if seen.status == 200]
        # the one request under way when a process dies was not answered as far as anybody knows
        assert len(asked) - len(set(asked)) <= 3
        with lake.connect(["musicbrainz_lookups", "musicbrainz_labels"]) as con:
            outcomes = con.execute("select outcome, count(*) from musicbrainz_lookups group by 1").fetchall()
            labels = con.execute("select count(distinct track_key) from musicbrainz_labels").fetchall()
        assert outcomes == [("hit", len(TRACKS))]
        assert labels == [(len(TRACKS),)]
        before = len(web.requests)
        again = start(lake, web, buckets, batch=4, **settings)
        again.communicate(timeout=120)
        assert len(web.requests) == before


def wait_for(web: SimulatedWeb, requests: int) -> None:
    until = time.monotonic() + 60
    while len(web.requests_to("musicbrainz")) < requests:
        assert time.monotonic() < until, "the worker does not ask"
        time.sleep(0.01)
