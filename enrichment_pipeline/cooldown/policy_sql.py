"""The policy of `policy.py` over whole tables, as SQL expressions; a property test holds the two equal.

No tables stand here; whose rows are scheduled is `queue.py`'s business.
"""

from __future__ import annotations

from enrichment_pipeline.cooldown.policy import DEFAULT, Reason, Settings


def unit_sql(seed: str) -> str:
    """SQL of `policy.unit`. Args: seed: SQL of the text."""
    return f"(('0x' || substr(md5({seed}), 1, 13))::bigint / {2**52}.0::double)"


def base_days_sql(reason: str, attempts: str, facts: str, settings: Settings = DEFAULT) -> str:
    """SQL of `policy.base_days`, null for no step.

    Args:
        reason: SQL of the reason's words.
        attempts: SQL of the answers so far.
        facts: SQL of how many facts speak for asking soon, 0..3.
        settings: schedules.
    """
    adaptive = f"({settings.latest_days}::double - {settings.latest_days - settings.soonest_days}::double / 3 * {facts})"
    steps = ", ".join(f"{days}::double" for days in settings.steps)
    no_match = {
        "fixed": f"{settings.fixed_days}::double",
        "adaptive": f"{adaptive} * (1 + 0.5::double * ({attempts} - 1))",
        "exponential": f"([{steps}])[least({attempts}, {len(settings.steps)})::integer]",
    }[settings.strategy]
    return f"""(case when {attempts} < 1 or {attempts} > {settings.retries} then null
        when {reason} = '{Reason.AMBIGUOUS}' then {settings.ambiguous_days}::double
        when {reason} = '{Reason.LOW_PROBABILITY}' then {adaptive}
        when {reason} = '{Reason.NO_MATCH}' then {no_match} end)"""


def wait_seconds_sql(days: str, seed: str, attempts: str, settings: Settings = DEFAULT) -> str:
    """SQL of `policy.wait` in whole seconds (BIGINT), null for null days.

    Args:
        days: SQL of the step before jitter.
        seed: SQL of the track's key.
        attempts: SQL of the answers so far.
        settings: jitter, floor and cap.
    """
    down, up = {
        "none": (0.0, 0.0),
        "plus-minus": (settings.jitter_share, settings.jitter_share),
        "additive": (0.0, settings.jitter_share),
        "full": (settings.full_share, settings.full_share),
    }[settings.jitter]
    width = f"({0.0 if settings.jitter == 'none' else settings.jitter_share}::double * ({days}))"
    cap, floor = f"{settings.cap_days}::double", f"{settings.floor_days}::double"
    cut = f"least(({days}) * {1 + up}::double, {cap})"
    low = f"greatest(least(({days}) * {1 - down}::double, {cut} - {width}), {floor})"
    high = f"least(greatest({cut}, {low} + {width}), {cap})"
    drawn_from = f"{seed} || '|' || {attempts}"
    drawn = f"{low} + {unit_sql(drawn_from)} * ({high} - {low})"
    # greatest and least pass over nulls, and so would give an exhausted track the floor
    return f"(case when ({days}) is null then null else floor(({drawn}) * 86400 + 0.5)::bigint end)"
