"""The set operation over whole tables decides as the rule does, on generated evidence."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date

import pytest

from enrichment_pipeline.labels.build import write_track_labels
from enrichment_pipeline.labels.decide_tables import label_candidates, ranked_candidates
from enrichment_pipeline.labels.decision import SELF_RELEASED_KEY, TIERS, TITLE_TIER, LabelCandidate, decide
from enrichment_pipeline.lake.tables import TABLES

KINDS = [None, "single", "ep", "album", "compilation", "dj-mix", "bootleg", "various artists", "live"]
DATES = [None, date(2001, 1, 1), date(2001, 2, 1), date(2010, 6, 1)]
CONFIDENCES = [0.1, 0.3, 0.71, 0.72, 0.8, 0.9]


def generated_evidence(seed, tracks=150):
    rng = random.Random(seed)
    found = []
    for number in range(tracks):
        seen = set()
        for _ in range(rng.randint(0, 7)):
            label = rng.choice(["quay", "pier", "dock", SELF_RELEASED_KEY])
            tier = rng.choice(TIERS)
            source = rng.choice(["one", "two"])
            if (label, source) in seen:
                continue
            seen.add((label, source))
            outside = tier in TIERS[2:]
            found.append(
                {
                    "track_key": f"t{number:03d}",
                    "bucket": "00",
                    "label_key": label,
                    "label": label.title(),
                    "source": source,
                    "tier": tier,
                    "found_by": "exact",
                    "plays_for": rng.randint(1, 3),
                    "plays_total": 3,
                    "release_kind": rng.choice(KINDS) if outside else None,
                    "release_date": rng.choice(DATES) if outside else None,
                    "is_distributor": rng.choice([None, True, False]) if outside else None,
                    "earliest_set": None if outside else rng.choice(DATES),
                    "confidence": rng.choice(CONFIDENCES),
                    "label_confidence": None if outside else rng.choice(CONFIDENCES),
                    "reason": "said so",
                }
            )
    return found


def fill(lake, evidence, tracks=150):
    spec = TABLES["label_evidence"]
    with lake.connect([]) as con:
        con.execute(f"create table rows as {spec.empty_select()}")
        for row in evidence:
            names = ", ".join(f'"{n}"' for n in row)
            con.execute(
                f"insert into rows ({names}) values ({', '.join('?' for _ in row)})", list(row.values())
            )
        lake.write(con, "label_evidence", "select * from rows", partition="00")
        con.execute(f"create table all_tracks as {TABLES['tracks'].empty_select()}")
        for number in range(tracks):
            con.execute(
                "insert into all_tracks (track_key, bucket, artist_known, title_known, is_mashup, kind, artist, title)"
                " values (?, '00', true, true, false, 'track', 'A', 'B')",
                [f"t{number:03d}"],
            )
        lake.write(con, "tracks", "select * from all_tracks")


def expected_decisions(lake):
    """`decide` on the candidates the table gives, one per track, tier and label."""
    with lake.connect(["label_evidence"]) as con:
        rows = con.execute(
            "select track_key, label_key, label, tier, source, confidence, votes, earliest, nullif(release_kind, ''),"
            f" is_distributor from ({label_candidates('label_evidence')})"
        ).fetchall()
    candidates = defaultdict(list)
    for track, key, label, tier, source, confidence, votes, earliest, kind, distributor in rows:
        candidates[track].append(
            LabelCandidate(
                key,
                label,
                tier,
                source,
                confidence,
                votes=votes if tier == TITLE_TIER else 0,
                earliest=earliest,
                release_kind=kind,
                is_distributor=distributor,
            )
        )
    return {track: decide(given) for track, given in candidates.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tables_decide_as_the_rule_does(lake, seed):
    fill(lake, generated_evidence(seed))
    expected = expected_decisions(lake)
    with lake.connect(["label_evidence"]) as con:
        ranked = con.execute(
            f"select track_key, list(tier || ' ' || label_key order by place) from ({ranked_candidates('label_evidence')}) group by 1"
        ).fetchall()
    assert len(ranked) == len(expected) > 100
    for track, order in ranked:
        assert order == [f"{c.tier} {c.label_key}" for c in expected[track].ranked], track
    write_track_labels(lake, ["00"], "run 1")
    with lake.connect(["track_labels"]) as con:
        written = con.execute(
            "select track_key, status, tier, label_key, len(candidates), run_id from track_labels"
        ).fetchall()
    assert len(written) == 150
    statuses = set()
    for track, status, tier, label_key, count, run_id in written:
        statuses.add(status)
        decision = expected.get(track) or decide([])
        assert (status, tier, count) == (decision.status, decision.tier, len(decision.ranked)), track
        assert label_key == (decision.chosen.label_key if decision.chosen else None)
        assert run_id == "run 1"
    assert statuses == {"accepted", "candidate", "none", "self-released"}


def test_evidence_of_several_sources_for_one_label_is_one_candidate(lake):
    row = generated_evidence(0)[0] | {"track_key": "t000", "tier": "2 open sources", "label_key": "quay"}
    rows = [
        row
        | {
            "source": "one",
            "release_kind": "compilation",
            "release_date": date(1999, 1, 1),
            "confidence": 0.9,
            "label_confidence": None,
        },
        row
        | {
            "source": "two",
            "release_kind": "single",
            "release_date": date(2001, 1, 1),
            "confidence": 0.8,
            "label_confidence": None,
        },
    ]
    fill(lake, rows, tracks=1)
    (decision,) = expected_decisions(lake).values()
    assert len(decision.ranked) == 1
    assert decision.chosen is not None
    assert (decision.chosen.release_kind, decision.chosen.confidence) == ("single", 0.9)
