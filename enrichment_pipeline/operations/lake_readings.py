"""Measures that are counted over tables: tiers, sources, web pages, queue, calibration, matcher, funnel.

What was never measured gives no row: a 0 would be a false answer. What is kept outside the tables is read in
`state_readings.py`.
"""

from __future__ import annotations

from enrichment_pipeline.cooldown.report import MOST_SHARE_A_DAY, queue_report
from enrichment_pipeline.labels.decision import CATALOGUE_TIER, TITLE_TIER
from enrichment_pipeline.labels.outside import assumed
from enrichment_pipeline.labels.sources import OUTSIDE
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.lake.summary import funnel
from enrichment_pipeline.operations.kinds import ALL, Measure
from enrichment_pipeline.sources.outcomes import ANSWERED, CHANGED_PAGES
from enrichment_pipeline.sources.states import LOOKUP_TABLES, source_states

_ANSWERED_SQL = ", ".join(f"'{outcome}'" for outcome in sorted(ANSWERED))
# Of fewer questions a share says more about chance than about the model.
LEAST_QUESTIONS = 200
# The published model in match_evaluation, where baselines stand beside it, asked with all a line may show.
MODEL, VISIBILITY = "splink_model", "title+label"
_OF_MODEL = {
    "auto_precision": "auto precision",
    "auto_coverage": "auto coverage",
    "ece": "ece",
    "hit@1": "right first",
}


def read_tiers(lake: Lake) -> list[Measure]:
    """What each tier was asked and answered, and the share of tracks with a label."""
    outside: dict[str, list[str]] = {}
    for tables in OUTSIDE:
        outside.setdefault(tables.tier, []).append(tables.lookups)
    with lake.connect(["track_labels", "label_questions", *(t.lookups for t in OUTSIDE)]) as con:
        con.execute(
            "create temp table labelled as select track_key, tier from track_labels"
            " where status in ('accepted', 'self-released')"
        )
        tracks = _count(con.execute("select count(*) from track_labels").fetchall())
        by_tier = dict(con.execute("select tier, count(*) from labelled group by 1").fetchall())
        counts = [
            (TITLE_TIER, tracks, by_tier.get(TITLE_TIER, 0)),
            (CATALOGUE_TIER, tracks - by_tier.get(TITLE_TIER, 0), by_tier.get(CATALOGUE_TIER, 0)),
        ]
        for tier, lookups in outside.items():
            asked = " union ".join(
                f"select track_key from {table} where outcome in ({_ANSWERED_SQL})" for table in lookups
            )
            wanted = "select track_key from label_questions where purpose = 'label'"
            row = con.execute(
                f"select count(*), count(l.track_key) from (({asked}) intersect ({wanted})) a"
                " left join labelled l on l.track_key = a.track_key and l.tier = $tier",
                {"tier": tier},
            ).fetchall()[0]
            counts.append((tier, row[0], row[1]))
    found = []
    for tier, asked_of, answered in counts:
        if asked_of:
            words = f"{answered:,} of {asked_of:,} tracks asked"
            found += [
                Measure("labels", tier, "tracks asked", asked_of),
                Measure("labels", tier, "share answered", answered / asked_of, words),
            ]
    if tracks:
        labelled = sum(by_tier.values())
        words = f"{labelled:,} of {tracks:,} tracks"
        found.append(Measure("labels", ALL, "share with label", labelled / tracks, words))
    return found


def read_sources(lake: Lake) -> list[Measure]:
    """How each outside source answers; who is switched off is left out."""
    found = []
    for state in source_states(lake, LOOKUP_TABLES):
        subject = f"{state.source}, titles" if state.table == "external_lookups" else state.source
        asked = sum(n for outcome, n in state.outcomes.items() if outcome != "off")
        if not asked:
            continue
        silent = state.outcomes.get("down", 0) + state.outcomes.get("blocked", 0)
        answered = sum(state.outcomes.get(outcome, 0) for outcome in ANSWERED)
        found += [
            Measure("sources", subject, "tracks answered", answered, state.words()),
            Measure("sources", subject, "share silent", silent / asked, state.words() if silent else ""),
            Measure("sources", subject, "tracks out of quota", state.outcomes.get("quota", 0)),
        ]
        if state.share_found is not None:
            found.append(Measure("sources", subject, "share found", state.share_found))
    return found


def read_web_pages(lake: Lake) -> list[Measure]:
    """Why web pages did not answer, by site that is switched on."""
    with lake.connect(["scraped_lookups"]) as con:
        rows = con.execute(
            f"""
select source, case when outcome = 'down' and contains(reason, '{CHANGED_PAGES}') then 'tracks on changed pages'
    when outcome in ('down', 'blocked') then 'tracks ' || outcome end as kind, count(*), any_value(reason order by track_key)
from scraped_lookups where outcome <> 'off' group by all"""
        ).fetchall()
    counted = {(row[0], row[1]): row[2:] for row in rows}
    return [
        Measure("web pages", site, name, *counted.get((site, name), (0, "")))
        for site in sorted({row[0] for row in rows})
        for name in ("tracks down", "tracks blocked", "tracks on changed pages")
    ]


def read_queue(lake: Lake) -> list[Measure]:
    """The cool-down queue by state and reason, what is given up, and whether too many come back at once."""
    report = queue_report(lake)
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for state, reason, n in report.states:
        states[state] = states.get(state, 0) + n
        if state != "resolved":
            reasons[reason] = reasons.get(reason, 0) + n
    found = [Measure("cooldown", state, "tracks", n) for state, n in sorted(states.items())]
    found += [Measure("cooldown", reason, "waiting for", n) for reason, n in sorted(reasons.items())]
    if open_ones := sum(reasons.values()):
        exhausted = states.get("exhausted", 0)
        words = f"{exhausted:,} of {open_ones:,} unresolved tracks"
        found.append(Measure("cooldown", ALL, "share exhausted", exhausted / open_ones, words))
    herd = report.herd
    # of few tracks some fall on one day by chance; `is_herd` knows how many are few
    if herd.tracks and (herd.is_herd or herd.share <= MOST_SHARE_A_DAY):
        found.append(Measure("cooldown", ALL, "herd index", herd.share, herd.words()))
    return found


def read_calibration(lake: Lake) -> list[Measure]:
    """How often each outside source names a label that is known, against what was assumed before measuring."""
    with lake.connect(["source_calibration"]) as con:
        rows = con.execute(
            'select source, support, n, "right" from source_calibration where n > 0 order by 1, 2'
        ).fetchall()
    found = []
    for source in dict.fromkeys(row[0] for row in rows):
        mine = [row[1:] for row in rows if row[0] == source]
        n = sum(row[1] for row in mine)
        share = sum(row[2] for row in mine) / n
        expected = sum(row[1] * assumed(row[0]) for row in mine) / n
        # half the width of the 95 % interval around what was assumed: that far a share strays by chance
        chance = 1.96 * (expected * (1 - expected) / n) ** 0.5
        words = f"{share:.1%} of {n:,} known labels named, {expected:.1%} assumed"
        found += [
            Measure("calibration", source, "share right", share, words),
            Measure("calibration", source, "drift", max(0.0, abs(share - expected) - chance), words),
        ]
    return found


def read_matcher(lake: Lake) -> list[Measure]:
    """How right the matcher was on questions with known answers, and its answers by band."""
    with lake.connect(["match_evaluation", "resolved_artists"]) as con:
        evaluated = con.execute(
            "select split, measure, value from match_evaluation"
            " where method = $method and visibility = $visibility and value is not null order by all",
            {"method": MODEL, "visibility": VISIBILITY},
        ).fetchall()
        # a person's verdict is no answer of the matcher
        bands = dict(
            con.execute(
                "select band, count(*) from resolved_artists where band <> 'verdict' group by 1"
            ).fetchall()
        )
    questions = {split: int(value) for split, measure, value in evaluated if measure == "questions"}
    found = [
        Measure("matcher", split, _OF_MODEL[measure], value, f"of {questions[split]:,} questions")
        for split, measure, value in evaluated
        if measure in _OF_MODEL and questions.get(split, 0) >= LEAST_QUESTIONS
    ]
    if tracks := sum(bands.values()):
        for band in ("auto", "review", "none"):
            n = bands.get(band, 0)
            found += [
                Measure("matcher", band, "tracks in band", n),
                Measure("matcher", band, "share in band", n / tracks, f"{n:,} of {tracks:,} tracks"),
            ]
    return found


def read_funnel(lake: Lake) -> list[Measure]:
    """How many lines got how far, as the run's summary counts them."""
    return [
        Measure("funnel", step.name.replace("_", " "), "rows", step.count, step.words.strip())
        for step in funnel(lake)
    ]


def _count(rows: list[tuple[int]]) -> int:
    return int(rows[0][0])
