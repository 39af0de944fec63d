"""One row per play with its label and artist, where each comes from, and how sure it is.

Text outranks a person's verdict, and that outranks inference: what a line says stands as it says it. What is not in
the line is flagged, with source, probability and run. Of the matcher's answers only the band "auto" is written as the
artist; "review" stays among the candidates.
"""

from __future__ import annotations

from enrichment_pipeline.labels.decision import TITLE_TIER
from enrichment_pipeline.labels.lines import LINE_LABELS
from enrichment_pipeline.lake.lake import Lake

_READS = ("raw_tracks", "parsed_labels", "plays", "track_labels", "resolved_artists")

ENRICHED = f"""
with line_label as ({LINE_LABELS}),
worded as (select *, status in ('accepted', 'self-released') as has_label from line_label),
-- a verdict names a play for the catalogue; the line itself still names nobody
keyed as (select *, artist_known and artist_verdict is null as is_named from plays)
select r.play_id, r.set_key, r.source, r.set_id, r.set_name, r.dj, r.set_date, r.position, r.layer,
    coalesce(p.cue, r.cue) as cue, p.layered, r.raw_text, p.kind, k.track_key,
    p.title, p.version, p.catalogue_number,
    case when w.has_label then w.label end as label, case when w.has_label then w.source end as label_source,
    case when w.has_label then w.tier end as label_tier, case when w.has_label then w.confidence end as label_confidence,
    w.has_label and w.tier <> '{TITLE_TIER}' as label_inferred, w.reason as label_reason,
    coalesce(l.tier_log, '') as label_tier_log, coalesce(l.candidates, []) as label_candidates,
    coalesce(l.components, []) as component_labels,
    case when k.is_named then p.artist when a.band in ('auto', 'verdict') then a.artist end as artist,
    case when k.is_named then 'text' when a.band = 'auto' then 'matcher' when a.band = 'verdict' then 'verdict' end as artist_source,
    case when not k.is_named and a.band = 'auto' then a.probability end as artist_probability,
    not k.is_named and coalesce(a.band in ('auto', 'verdict'), false) as artist_inferred,
    case when k.is_named then 'known' else coalesce(a.band, 'not asked') end as artist_band,
    case when not k.is_named then a.generation end as artist_generation,
    case when not k.is_named then a.decided_run end as artist_decided_run,
    case when k.is_named then 'named by the line itself'
        when a.track_key is null then 'the line names no track'
        else a.reason || coalesce(' (' || nullif(array_to_string(a.evidence, '; '), '') || ')', '') end as artist_reason,
    case when k.is_named then [] else coalesce(a.top_candidates, []) end as top_candidates,
    case when not k.is_named then a.model_hash end as model_hash,
    $run_id as run_id
from raw_tracks r join parsed_labels p using (play_id) join keyed k using (play_id)
join worded w using (play_id)
left join track_labels l on l.track_key = k.track_key
left join resolved_artists a on a.track_key = k.track_key
"""


def write_enriched_tracks(lake: Lake, *, run_id: str) -> int:
    """Replace enriched_tracks; returns rows, one for every play of raw_tracks."""
    with lake.connect(_READS) as con:
        con.execute(f"create temp table enriched as {ENRICHED}", {"run_id": run_id})
        return lake.write(
            con, "enriched_tracks", "select * from enriched", order_by="set_key, position, layer, play_id"
        )
