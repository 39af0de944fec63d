"""Answers for tracks nobody names: candidates with probabilities, and one answer with a band per track."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from enrichment_pipeline.lake.buckets import bucket_sql
from enrichment_pipeline.matching import evidence, questions
from enrichment_pipeline.matching.comparisons import COMPARISONS
from enrichment_pipeline.matching.external import named_outside_sql, outside_kind
from enrichment_pipeline.matching.posterior import make_posterior
from enrichment_pipeline.matching.questions import VISIBILITIES
from enrichment_pipeline.matching.splink_model import Model, predict
from enrichment_pipeline.matching.train import Band

KEPT_CANDIDATES = 10

# What a track shows, and whether outside sources name anybody for it, decides which thresholds hold for it.
_SHOWN = f"""case when q.title_key is not null and q.label_key is not null then 'title+label'
    when q.title_key is not null then 'title' when q.label_key is not null then 'label' else 'none' end
    || case when q.question_no in ({named_outside_sql(shows_label=True)}) then '{outside_kind("")}' else '' end"""

_CANDIDATES = """
select q.track_id as track_key, {bucket} as bucket, p.rank, n.key as artist_key, coalesce(a.name, d.name, x.name, n.key) as artist,
    p.match_weight, p.own_probability, p.probability, p.p_none, {shown} as visibility, e.rules,
    e.levels, $model_hash as model_hash, $run_id as run_id
from posterior p join question q using (question_no)
join (select question_no, artist_no, rules, [{levels}] as levels from proposal) e using (question_no, artist_no)
join artist_no n on n.no = p.artist_no
left join artists a on a.artist_key = n.key left join dj_profiles d on d.dj_key = n.key
left join external_name x on x.key = n.key
where p.rank <= {kept}
"""

# Artists the catalogue has never seen are shown as the sources write them.
_EXTERNAL_NAMES = """
create or replace temp table external_name as
select key, arg_max(artist, (uses, artist)) as name
from (select key, artist, count(*) as uses from external_row group by all) group by key
"""

_RESOLVED = """
with weight as (select unnest($comparisons) as comparison, unnest($numbers) as level, unnest($words) as words,
                       unnest($weights) as bits),
said as (
    select track_key, list(w.comparison || ': ' || w.words order by w.bits desc)[:4] as evidence
    from (select track_key, unnest(levels) as l from {candidates} where rank = 1) c
    join weight w on w.comparison = c.l.comparison and w.level = c.l.level
    where w.bits >= 0.3 and w.comparison not in ('familiarity', 'visibility')
    group by 1
), top as (
    select track_key, list({{artist_key: artist_key, artist: artist, probability: probability}} order by rank)[:10] as top_candidates
    from {candidates} group by 1
), threshold as (select unnest($visibilities) as visibility, unnest($autos) as auto, unnest($reviews) as review),
answer as (
    select t.track_key, t.bucket, c.artist_key, c.artist, c.probability, coalesce(c.p_none, 1) as p_none,
        case when c.probability >= coalesce(h.auto, g.auto) then 'auto'
            when c.probability >= coalesce(h.review, g.review) then 'review' else 'none' end as band,
        coalesce(c.visibility, 'none') as visibility, top.top_candidates, said.evidence
    from asked_track t left join (select * from {candidates} where rank = 1) c using (track_key)
    left join threshold h on h.visibility = c.visibility
    -- without thresholds of their own, tracks that outside sources know have those of what they show
    left join threshold g on g.visibility = replace(c.visibility, '{outside}', '')
    left join top using (track_key) left join said using (track_key)
)
select track_key, bucket, artist_key, artist, probability, p_none, band,
    -- what the ledger says of it comes after: `verdicts.py`
    if(band = 'auto', 1, null) as generation, null::varchar as decided_run,
    visibility, coalesce(top_candidates, []) as top_candidates,
    coalesce(evidence, []) as evidence,
    case when artist_key is null then 'no set, label or title in the catalogue proposes anybody'
        when band = 'auto' then 'first answer above the threshold of its kind of question'
        when band = 'review' then 'likely enough to look at, not certain enough to write down'
        else 'none of these: no candidate is likely enough' end as reason,
    $model_hash as model_hash, $run_id as run_id
from answer
"""


def propose(con: duckdb.DuckDBPyConnection, model: Model, tracks: str, *, run_id: str | None) -> None:
    """Make temp table `candidates`: up to ten a track, columns as artist_candidates in `lake/tables.py`.

    All plays of the lake teach.

    Args:
        con: connection with the lake's views, external_candidates and external_lookups among them.
        model: trained model; splink's own `predict()` scores with it.
        tracks: query with track_key, label_key of the tracks to answer.
        run_id: Dagster run that asks.
    """
    questions.teach(con, "true")
    questions.ask_unknown(con, tracks)
    evidence.number_everything(con)
    evidence.gather(con)
    make_posterior(con, predict(con, model, questions.visible(VISIBILITIES[0])))
    con.execute(_EXTERNAL_NAMES)
    levels = ", ".join(f"{{comparison: '{c.name}', level: {c.sql()}}}" for c in COMPARISONS)
    con.execute(
        "create or replace temp table candidates as "
        + _CANDIDATES.format(
            bucket=bucket_sql("q.track_id"), shown=_SHOWN, levels=levels, kept=KEPT_CANDIDATES
        ),
        {"model_hash": model.model_hash, "run_id": run_id},
    )


def answer(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    bands: Mapping[str, Band],
    tracks: str,
    candidates: str,
    *,
    run_id: str | None,
) -> None:
    """Make temp table `resolved`: one row a track, columns as resolved_artists in `lake/tables.py`.

    Args:
        con: connection with the lake's views.
        model: the model the candidates were scored with.
        bands: thresholds by kind of question.
        tracks: query with track_key of the tracks to answer.
        candidates: relation with their candidates.
        run_id: Dagster run that asks.
    """
    con.execute(
        f"create or replace temp table asked_track as select track_key, {bucket_sql('track_key')} as bucket from ({tracks})"
    )
    rows = [
        (name, len(levels) - 1 - i, words, bits)
        for name, levels in model.level_weights().items()
        for i, (words, bits) in enumerate(levels)
    ]
    con.execute(
        f"create or replace temp table resolved as {_RESOLVED.format(candidates=candidates, outside=outside_kind(''))}",
        {
            "model_hash": model.model_hash,
            "run_id": run_id,
            "comparisons": [r[0] for r in rows],
            "numbers": [r[1] for r in rows],
            "words": [r[2] for r in rows],
            "weights": [r[3] for r in rows],
            "visibilities": list(bands),
            "autos": [b.auto for b in bands.values()],
            "reviews": [b.review for b in bands.values()],
        },
    )
