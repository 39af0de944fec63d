"""The decision rule of `decision.py` over whole tables, and the rows of track_labels and unresolved_tracks.

Set operations over views and the evidence that is heard. A test holds the order here equal to
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


def label_candidates(evidence: str) -> str:
    """Query: one row per track, tier and label: the best release among its evidence, the surest source."""
    return f"""
select track_key, bucket, tier, label_key, arg_max(label, coalesce(label_confidence, confidence)) as label,
    max(coalesce(label_confidence, confidence)) as confidence,
    arg_max(source, (confidence, source)) as source, arg_max(reason, (confidence, source)) as reason,
    coalesce(max(plays_for) filter (tier = '{TITLE_TIER}'), 0) as votes,
    coalesce(arg_max(plays_for, (confidence, source)), 0) as plays_for,
    coalesce(min(release_date), min(earliest_set)) as earliest,
    arg_min(coalesce(release_kind, ''), ({_SECONDARY}, {_RELEASE_NO}, coalesce(release_kind, ''))) as release_kind,
    bool_and(coalesce(is_distributor, false)) as is_distributor
from {evidence} where component_no is null group by all
"""


# The order of `decision.decide`: see there for the reasons.
_RANK = f"""not stands, {_SECONDARY}, tier_no, if(tier = '{TITLE_TIER}', -votes, 0),
    if(tier = '{CATALOGUE_TIER}', -confidence, 0), {_RELEASE_NO}, coalesce(earliest, '9999-12-31'::date), is_distributor,
    -confidence, label_key"""


def ranked_candidates(evidence: str) -> str:
    """Query: the candidates of each track with `place` (1: chosen) and `is_decided` (one of them stands)."""
    return f"""
with candidate as (
    select *, {_TIER_NO} as tier_no, tier = '{TITLE_TIER}' or confidence >= {ACCEPT_AT} as stands
    from ({label_candidates(evidence)})
), known as (select *, bool_or(stands) over (partition by track_key) as is_decided from candidate)
select *, row_number() over (partition by track_key order by if(is_decided, 0, -confidence), {_RANK}) as place from known
"""


# Needs `heard`, the evidence, and `lookup`, how look-ups ended (see `outside.py`).
TRACK_LABELS = f"""
with ranked as ({ranked_candidates("heard")}),
listed as (
    select track_key, list({{label_key: label_key, label: label, source: source, tier: tier, confidence: confidence,
        plays_for: plays_for::bigint}} order by place) as candidates
    from ranked group by 1
), of_tier as (
    select track_key,
        max(label || ': ' || reason) filter (tier = '{TITLE_TIER}' and in_tier = 1) as said_title,
        max(label || ': ' || reason || ' (' || round(100 * confidence)::integer || ' %)') filter (tier = '{CATALOGUE_TIER}' and in_tier = 1) as said_catalogue
    from (select *, row_number() over (partition by track_key, tier order by place) as in_tier from ranked) group by 1
), found as (
    select track_key, source, 'found ' || arg_min(label || ', ' || h.reason, (place, label_key))
            || ' (' || round(100 * arg_min(h.confidence, (place, label_key)))::integer || ' %)' as words
    from heard h join (select track_key, tier, label_key, place from ranked) r using (track_key, tier, label_key) group by all
), asked as (
    select track_key, string_agg('tier ' || words, ' → ' order by asked_as, asked_at nulls last, words) as said_outside
    from (
        select l.track_key, l.asked_as, l.asked_at, l.tier[1] || ' ' || source || ': ' || case when outcome = 'hit' then coalesce(f.words, reason)
            when outcome in ('miss', 'ambiguous') then reason else outcome || ', ' || reason end as words
        from lookup l left join found f using (track_key, source) where outcome <> 'off'
        union all
        select track_key, min(asked_as), null, tier || ': off' from lookup group by track_key, tier having bool_and(outcome = 'off')
    ) group by 1
), parts as (
    select track_key, list({{no: component_no, label_key: label_key, label: label, confidence: confidence}} order by component_no) as components
    from (
        select * from heard where component_no is not null
        qualify row_number() over (partition by track_key, component_no order by tier, confidence desc, label_key) = 1
    ) group by 1
), answer as (
    select t.track_key, t.bucket, t.artist_known, t.title_known, t.is_mashup, b.label_key, b.label, b.tier, b.source, b.confidence, b.reason, b.is_decided,
        l.candidates, p.components, o.said_title, o.said_catalogue, w.said_outside
    from tracks t left join (select * from ranked where place = 1) b using (track_key)
    left join listed l using (track_key) left join of_tier o using (track_key) left join asked w using (track_key)
    left join parts p using (track_key)
    where t.bucket in (select bucket from asked_bucket)
)
select track_key, bucket, label_key, label,
    case when label_key is null then 'none' when not is_decided then 'candidate' when label_key = '{SELF_RELEASED_KEY}' then 'self-released'
        else 'accepted' end as status,
    tier, source, confidence,
    case when label_key is null then 'no source names a label'
        when not is_decided then 'not sure enough (' || round(100 * confidence)::integer || ' %): ' || reason else reason end as reason,
    'tier {TITLE_TIER}: ' || coalesce(said_title, 'no bracket') || case
        when said_catalogue is not null then ' → tier {CATALOGUE_TIER}: ' || said_catalogue
        when said_title is not null then ''
        when not title_known or not artist_known then ' → tier {CATALOGUE_TIER}: not asked, artist or title unknown'
        when is_mashup then ' → tier {CATALOGUE_TIER}: asked for its parts'
        else ' → tier {CATALOGUE_TIER}: nothing like it is named elsewhere' end
        || coalesce(' → ' || said_outside, '') as tier_log,
    coalesce(candidates, []) as candidates, coalesce(components, []) as components, $run_id as run_id
from answer
"""

# Whose label neither text nor catalogue tells, and of those the lines name some to measure outside sources by.
# Needs `heard` (of text and catalogue) and `asked_bucket`; mashups are asked by their parts.
_CALIBRATION_SHARE = 0.05
LABEL_QUESTIONS = f"""
with decided as (select track_key, bool_or(is_decided) as is_decided from ({ranked_candidates("heard")}) group by 1),
askable as (
    select t.*, coalesce(d.is_decided, false) as is_decided, row_number() over known as known_no,
        count(*) filter (not coalesce(d.is_decided, false)) over (partition by t.bucket) as wanted
    from tracks t left join decided d using (track_key)
    where t.bucket in (select bucket from asked_bucket) and t.kind = 'track' and t.artist_known and t.title_known and not t.is_mashup
    window known as (partition by t.bucket, coalesce(d.is_decided, false), t.label_in_text order by md5(t.track_key))
), named as (
    select track_key, list(a.name order by i) as artists
    from (select track_key, unnest(artist_keys) as artist_key, generate_subscripts(artist_keys, 1) as i from askable)
    join artists a using (artist_key) group by 1
)
select track_key, bucket, if(is_decided, 'calibration', 'label') as purpose, artist, artists, artist_keys, title, title_key, version, version_key, plays
from askable join named using (track_key)
where artist is not null and title is not null and (not is_decided or (label_in_text and known_no <= ceil({_CALIBRATION_SHARE} * wanted)))
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
