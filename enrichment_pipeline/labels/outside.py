"""How sure an outside answer is: assumed before anything is measured, measured as soon as it can be.

Tracks whose label the lines name are asked too, a few of every bucket. How often the source gives the known
label replaces the assumption, kind of answer by kind of answer. How sources are asked stands in
`enrichment_pipeline.sources`.
"""

from __future__ import annotations

from enrichment_pipeline.labels.decision import RELEASE_ORDER, SECONDARY_RELEASES
from enrichment_pipeline.labels.sources import OUTSIDE

# Not measured: no key of any host was at hand when this was written. 0.88 is how often other plays of the same
# artist and title name the right label; an identifier is surer, a near spelling and several labels less sure; a
# compilation says who printed the track again. An assumption counts as much as `_WORTH` tracks that were asked.
_ASSUMED = {
    "isrc": 0.93,
    "exact": 0.88,
    "fuzzy": 0.75,
    "isrc, several labels": 0.78,
    "exact, several labels": 0.72,
    "fuzzy, several labels": 0.6,
    "isrc, secondary release": 0.45,
    "exact, secondary release": 0.4,
    "fuzzy, secondary release": 0.3,
}
_WORTH = 20


def assumed(support: str) -> float:
    """What is assumed of a kind of answer before it is measured, 0..1.

    Raises:
        KeyError: no such kind.
    """
    return _ASSUMED[support]


_SECONDARY = (
    "coalesce(release_kind in (" + ", ".join(f"'{k}'" for k in sorted(SECONDARY_RELEASES)) + "), false)"
)
_RELEASE_NO = (
    "case release_kind "
    + " ".join(f"when '{kind}' then {no}" for kind, no in RELEASE_ORDER.items())
    + f" else {len(RELEASE_ORDER)} end"
)


def supports_sql(evidence: str) -> str:
    """Query: the rows of a relation of outside evidence with `support` and `place` (1: the source's own choice).

    The order is that of `labels.decision`: single before EP before album, earlier, imprint before distributor.
    """
    return f"""
select *, found_by || case when is_secondary then ', secondary release' when labels > 1 then ', several labels' else '' end as support,
    row_number() over (partition by source, track_key order by is_secondary, {_RELEASE_NO},
        coalesce(release_date, '9999-12-31'::date), coalesce(is_distributor, false), label_key) as place
from (
    select *, {_SECONDARY} as is_secondary,
        count(*) filter (not {_SECONDARY}) over (partition by source, track_key) as labels
    from {evidence}
)
"""


def calibration_sql(evidence: str, known: str) -> str:
    """Query with the rows of `source_calibration`.

    Args:
        evidence: relation of outside evidence with resolved label keys.
        known: relation (track_key, label_key) of the labels that the lines of a track name.
    """
    assumptions = " union all ".join(f"select '{s}' as support, {p} as assumed" for s, p in _ASSUMED.items())
    return f"""
with assumption as ({assumptions}),
source_name as (select distinct source from ({evidence})),
answer as (
    select e.source, e.support, (e.track_key, e.label_key) in (select (track_key, label_key) from {known}) as is_right
    from ({supports_sql(f"({evidence})")}) e
    where e.place = 1 and e.track_key in (select track_key from {known})
), counted as (select source, support, count(*) as n, count(*) filter (is_right) as "right" from answer group by all)
select s.source, a.support, coalesce(c.n, 0) as n, coalesce(c."right", 0) as "right",
    (coalesce(c."right", 0) + {_WORTH} * a.assumed) / (coalesce(c.n, 0) + {_WORTH}) as confidence
from source_name s cross join assumption a left join counted c on c.source = s.source and c.support = a.support
"""


def outside_sql(*, tiers: tuple[str, ...] | None = None) -> str:
    """Query: all outside evidence in the views, label keys with their spellings resolved.

    Args:
        tiers: only of these; None for all.
    """
    tables = [s.evidence for s in OUTSIDE if tiers is None or s.tier in tiers]
    union = " union all by name ".join(f"from {table}" for table in tables)
    return f"""
select e.* replace (coalesce(a.act_key, e.label_key) as label_key)
from ({union}) e left join label_aliases a on a.alias_key = e.label_key
qualify row_number() over (partition by e.track_key, coalesce(a.act_key, e.label_key), e.component_no, e.source order by e.confidence desc, e.label_key) = 1
"""


def heard_sql(*, tiers: tuple[str, ...] | None = None) -> str:
    """Query: evidence of the text and the catalogue, and of outside sources as sure as they were measured to be.

    Needs the views label_evidence, label_aliases, source_calibration and those of `OUTSIDE`, and `asked_bucket`.
    """
    return f"""
select * from label_evidence where bucket in (select bucket from asked_bucket)
union all by name
select * exclude (support, place, is_secondary, labels, measured) replace (coalesce(measured, confidence) as confidence)
from (
    select e.*, c.confidence as measured
    from ({supports_sql(f"({outside_sql(tiers=tiers)})")}) e left join source_calibration c using (source, support)
    where e.bucket in (select bucket from asked_bucket)
)
"""


def lookups_sql(*, tiers: tuple[str, ...] | None = None) -> str:
    """Query: how every look-up of a label ended, with the tier and the place of its table in the order of asking."""
    return " union all by name ".join(
        f"select *, '{s.tier}' as tier, {place} as asked_as from {s.lookups}"
        for place, s in enumerate(OUTSIDE)
        if tiers is None or s.tier in tiers
    )


# Of the tracks that a tier's sources said anything about, the share that one of them found.
FOUND_BY_TIER = f"""
select tier, avg(is_found::integer) from (
    select tier, track_key, bool_or(outcome = 'hit') as is_found from ({lookups_sql()})
    where outcome in ('hit', 'miss', 'ambiguous') group by all
) group by tier order by tier
"""
