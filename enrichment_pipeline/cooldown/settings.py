"""Settings of the cool-down as the environment and a run's config give them. What they mean stands in `policy.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast, get_args

from enrichment_pipeline.cooldown.policy import DEFAULT, Jitter, Settings, Strategy

STRATEGY_VARIABLE = "ENRICHMENT_COOLDOWN_STRATEGY"
JITTER_VARIABLE = "ENRICHMENT_COOLDOWN_JITTER"


def settings_of(get: Callable[[str], str | None], **config: Any) -> Settings:
    """The default settings, changed by the environment, changed by a config.

    Args:
        get: reads a variable; None where it is not set.
        config: fields of `Settings`; those equal to the default give way to the environment.

    Raises:
        ValueError: a variable names no strategy or jitter; the message says which there are.
    """
    strategy = _one_of(get, STRATEGY_VARIABLE, get_args(Strategy)) or DEFAULT.strategy
    jitter = _one_of(get, JITTER_VARIABLE, get_args(Jitter)) or DEFAULT.jitter
    settings = replace(DEFAULT, strategy=cast(Strategy, strategy), jitter=cast(Jitter, jitter))
    return replace(settings, **{k: v for k, v in config.items() if v != getattr(DEFAULT, k)})


def _one_of(get: Callable[[str], str | None], variable: str, names: tuple[str, ...]) -> str | None:
    value = get(variable)
    if value is not None and value not in names:
        raise ValueError(f"{variable}={value!r}: one of {', '.join(names)} is meant")
    return value
