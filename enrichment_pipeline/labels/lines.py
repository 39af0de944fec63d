"""The label of each line: what its own text names, else what its track's label is, and which tier that is.

A track's label can come from another line's text. For the line that says nothing it is then the internal
catalogue's answer (tier 1b), with the sureness of that.
"""

from __future__ import annotations

from enrichment_pipeline.labels.decision import ACCEPT_AT, CATALOGUE_TIER, SELF_RELEASED_KEY, TITLE_TIER

# Needs the views plays, parsed_labels and track_labels; a row for every play.
LINE_LABELS = f"""
with line as (
    select p.play_id, p.track_key, p.label_key as own_key, l.label as own_label, l.label_confidence as own_confidence, l.label_reason,
        t.label_key, t.label, t.status, t.tier, t.source, t.confidence, t.reason, t.candidates,
        t.tier = '{TITLE_TIER}' and t.source = 'title' and t.label_key <> '{SELF_RELEASED_KEY}' as is_from_other_line
    from plays p join parsed_labels l using (play_id) left join track_labels t using (track_key)
), told as (
    select *, list_filter(candidates, lambda c: c.tier = '{CATALOGUE_TIER}' and c.label_key = line.label_key)[1].confidence as catalogue_confidence
    from line
)
select play_id, track_key,
    coalesce(own_key, label_key) as label_key,
    case when own_key is not null then own_label else label end as label,
    case when own_key is not null then 'accepted'
        when is_from_other_line and coalesce(catalogue_confidence, confidence) < {ACCEPT_AT} then 'candidate'
        else coalesce(status, 'none') end as status,
    case when own_key is not null then '{TITLE_TIER}' when is_from_other_line then '{CATALOGUE_TIER}' else tier end as tier,
    case when own_key is not null then 'title' when is_from_other_line then 'catalogue exact' else source end as source,
    case when own_key is not null then own_confidence
        when is_from_other_line then coalesce(catalogue_confidence, confidence) else confidence end as confidence,
    case when own_key is not null then 'named by the line itself: ' || label_reason
        when is_from_other_line then 'other lines of the track: ' || reason else coalesce(reason, 'no tier was asked') end as reason
from told
"""
