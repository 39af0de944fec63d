"""The decision rule of `decision.py` over whole tables, and the rows of track_labels and unresolved_tracks.

Set operations over the views tracks, plays and label_evidence. A test holds the order here equal to
`decision.decide`.
"""

from __future__ import annotations

from enrichment_pipeline.labels.decision import (
    ACCEPT_AT,
    CATALOGUE_TIER,
    RELEASE_ORDER,
    SECONDARY_RELEASES,
    SELF_RELEASED_KEY,
    TIERS,
    TITLE_TIER,
)

_TIER_NO = "case tier " + " ".join(f"when '{tier}' then {no}" for no, tier in enumerate(TIERS)) + " end"
_RELEASE_NO = (
    "case release_kind "
    + " ".join(f"when '{kind}' then {no}" for kind, no in RELEASE_ORDER.items())
    + f" else {len(RELEASE_ORDER)} end"
)
_SECONDARY = (
    "coalesce(release_kind in (" + ", ".join(f"'{k}'" for k in sorted(SECONDARY_RELEASES)) + "), false)"
)

# One row per track, tier and label: the best release among its evidence, the surest source.
LABEL_CANDIDATES = f"""
select track_key, bucket, tier, label_key, arg_max(label, coalesce(label_confidence, confidence)) as label,
    max(coalesce(label_confidence, confidence)) as confidence,
    arg_max(source, (confidence, source)) as source, arg_max(reason, (confidence, source)) as reason,
    coalesce(max(plays_for) filter (tier = '{TITLE_TIER}'), 0) as votes,
    coalesce(arg_max(plays_for, (confidence, source)), 0) as plays_for,
    coalesce(min(release_date), min(earliest_set)) as earliest,
    arg_min(coalesce(release_kind, ''), ({_SECONDARY}, {_RELEASE_NO}, coalesce(release_kind, ''))) as release_kind,
    bool_and(coalesce(is_distributor, false)) as is_distributor
from label_evidence where component_no is null group by all
"""

# The order of `decision.decide`: see there for the reasons.
_RANK = f"""not stands, {_SECONDARY}, tier_no, if(tier = '{TITLE_TIER}', -votes, 0),
    if(tier = '{CATALOGUE_TIER}', -confidence, 0), {_RELEASE_NO}, coalesce(earliest, '9999-12-31'::date), is_distributor,
    -confidence, label_key"""

RANKED_CANDIDATES = f"""
with candidate as (
    select *, {_TIER_NO} as tier_no, tier = '{TITLE_TIER}' or confidence >= {ACCEPT_AT} as stands
    from ({LABEL_CANDIDATES})
), known as (select *, bool_or(stands) over (partition by track_key) as is_decided from candidate)
select *, row_number() over (partition by track_key order by if(is_decided, 0, -confidence), {_RANK}) as place from known
"""

TRACK_LABELS = f"""
with ranked as ({RANKED_CANDIDATES}),
listed as (
    select track_key, list({{label_key: label_key, label: label, source: source, tier: tier, confidence: confidence,
        plays_for: plays_for::bigint}} order by place) as candidates
    from ranked group by 1
), of_tier as (
    select track_key,
        max(label || ': ' || reason) filter (tier = '{TITLE_TIER}' and in_tier = 1) as said_title,
        max(label || ': ' || reason || ' (' || round(100 * confidence)::integer || ' %)') filter (tier = '{CATALOGUE_TIER}' and in_tier = 1) as said_catalogue,
        string_agg('tier ' || tier || ': ' || label || ': ' || reason || ' (' || round(100 * confidence)::integer || ' %)', '; ' order by tier_no)
            filter (tier not in ('{TITLE_TIER}', '{CATALOGUE_TIER}') and in_tier = 1) as said_outside
    from (select *, row_number() over (partition by track_key, tier order by place) as in_tier from ranked) group by 1
), parts as (
    select track_key, list({{no: component_no, label_key: label_key, label: label, confidence: confidence}} order by component_no) as components
    from (
        select * from label_evidence where component_no is not null
        qualify row_number() over (partition by track_key, component_no order by tier, confidence desc, label_key) = 1
    ) group by 1
), answer as (
    select t.track_key, t.bucket, t.artist_known, t.title_known, t.is_mashup, b.label_key, b.label, b.tier, b.source, b.confidence, b.reason, b.is_decided,
        l.candidates, p.components, o.said_title, o.said_catalogue, o.said_outside
    from tracks t left join (select * from ranked where place = 1) b using (track_key)
    left join listed l using (track_key) left join of_tier o using (track_key) left join parts p using (track_key)
    where t.bucket in (select bucket from asked_bucket)
)
select track_key, bucket, label_key, label,
    case when label_key is null then 'none' when not is_decided then 'candidate' when label_key = '{SELF_RELEASED_KEY}' then 'self-released'
        else 'accepted' end as status,
    tier, source, confidence,
    case when label_key is null then 'no source names a label'
        when not is_decided then 'not sure enough (' || round(100 * confidence)::integer || ' %): ' || reason else reason end as reason,
    'tier {TITLE_TIER}: ' || coalesce(said_title, 'no bracket') || case
        when said_catalogue is not null then '; tier {CATALOGUE_TIER}: ' || said_catalogue
        when said_title is not null then ''
        when not title_known or not artist_known then '; tier {CATALOGUE_TIER}: not asked, artist or title unknown'
        when is_mashup then '; tier {CATALOGUE_TIER}: asked for its parts'
        else '; tier {CATALOGUE_TIER}: nothing like it is named elsewhere' end
        || coalesce('; ' || said_outside, '') as tier_log,
    coalesce(candidates, []) as candidates, coalesce(components, []) as components, $run_id as run_id
from answer
"""

UNRESOLVED_TRACKS = """
select t.track_key, t.bucket, t.artist, t.title, t.version,
    l.status in ('none', 'candidate') as label_missing, not t.artist_known as artist_missing,
    array_to_string(list_filter([
        case l.status when 'none' then 'label: ' || l.reason when 'candidate' then 'label: ' || l.label || ', ' || l.reason end,
        case when not t.artist_known and t.title_known then 'artist: the line names only a title'
            when not t.artist_known then 'artist: the line names neither artist nor title' end
    ], lambda w: w is not null), '; ') as why,
    if(l.status = 'candidate', l.label, null) as best_label, if(l.status = 'candidate', l.confidence, null) as best_confidence,
    t.plays, t.last_played
from tracks t join track_labels l using (track_key)
where t.bucket in (select bucket from asked_bucket) and t.kind in ('track', 'unknown')
    and (l.status in ('none', 'candidate') or not t.artist_known)
"""
