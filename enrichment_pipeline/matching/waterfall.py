"""Why a candidate is likely: what each comparison says of it, in words and in bits that add up to its match weight.

Only what was stored beside an answer is read; nothing is scored anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from enrichment_pipeline.matching.splink_model import Model

_BAR_BITS = 0.5
_LONGEST_BAR = 24
# Smaller weights are put together in one line, so that the bars still add up.
_LEAST_BITS = 0.05
_SHOWN_ANSWERS = 8


@dataclass(frozen=True, slots=True)
class Weight:
    """What one comparison says of a candidate."""

    comparison: str
    words: str
    bits: float


def weights_of(
    con: duckdb.DuckDBPyConnection,
    models: Path,
    levels: Sequence[Mapping[str, object]],
    match_weight: float,
    model_hash: str,
) -> list[Weight] | None:
    """Weights of a candidate's levels in the model that scored it: the start first, then every comparison.

    Args:
        con: connection with the view splink_model.
        models: folder of model files, for models that are not in use any more.
        levels: as artist_candidates keeps them, `comparison` and `level`.
        match_weight: of the candidate, in bits.
        model_hash: of the model that scored it.

    Returns:
        The weights, or None when that model is gone.
    """
    table = {
        (comparison, level): (words, bits)
        for comparison, level, words, bits in con.execute(
            "select comparison, level, words, match_weight from splink_model where model_hash = $hash",
            {"hash": model_hash},
        ).fetchall()
    }
    if not table:
        table = _table_of(models / f"artist_model-{model_hash}.json")
    if not table:
        return None
    found = []
    for entry in levels:
        words, bits = table[entry["comparison"], entry["level"]]
        found.append(Weight(str(entry["comparison"]), words, bits))
    start = match_weight - sum(weight.bits for weight in found)
    return [Weight("start", "every candidate starts here (book-keeping of the model)", start), *found]


def _table_of(path: Path) -> dict[tuple[object, object], tuple[str, float]]:
    if not path.is_file():
        return {}
    return {
        (name, len(levels) - 1 - i): entry
        for name, levels in Model.load(path).level_weights().items()
        for i, entry in enumerate(levels)
    }


def waterfall(weights: Sequence[Weight] | None, match_weight: float) -> list[str]:
    """Bars of bits that add up to the match weight, the largest first after the start.

    Args:
        weights: the start, then every comparison; None when they are not known.
        match_weight: what they add up to.
    """
    if weights is None:
        return [f"match weight {match_weight:+.2f} bits; the model that gave it is no longer there"]
    start, *rest = weights
    shown = sorted((w for w in rest if abs(w.bits) >= _LEAST_BITS), key=lambda w: -abs(w.bits))
    small = [w for w in rest if abs(w.bits) < _LEAST_BITS]
    if small:
        shown.append(Weight(f"{len(small)} others", "say next to nothing", sum(w.bits for w in small)))
    lines = []
    for weight in (start, *shown):
        length = min(round(abs(weight.bits) / _BAR_BITS), _LONGEST_BAR)
        bar = ("+" if weight.bits > 0 else "-") * length
        lines.append(f"{weight.bits:+7.2f}  {bar:<{_LONGEST_BAR}}  {weight.comparison}: {weight.words}")
    lines.append(f"{match_weight:+7.2f}  match weight in bits, against 0 for none of these")
    return lines


_SUREST = """
select min(p.title), min(p.label), r.artist, r.probability, r.band, r.track_key,
    any_value(c.levels), any_value(c.match_weight), any_value(c.model_hash)
from resolved_artists r join artist_candidates c on c.track_key = r.track_key and c.artist_key = r.artist_key
join plays p on p.track_key = r.track_key
where r.band in ('auto', 'review') and r.bucket in (select unnest($buckets))
group by r.artist, r.probability, r.band, r.track_key order by r.probability desc, r.track_key limit $most
"""


def surest_answers(
    con: duckdb.DuckDBPyConnection, models: Path, buckets: Sequence[str], *, most: int = _SHOWN_ANSWERS
) -> str:
    """The surest answers of some buckets as Markdown, each with its waterfall.

    Args:
        con: connection with the views resolved_artists, artist_candidates, plays and splink_model.
        models: folder of model files.
        buckets: whose answers are shown.
        most: how many.
    """
    parts = []
    rows = con.execute(_SUREST, {"buckets": list(buckets), "most": most}).fetchall()
    for title, label, artist, probability, band, key, levels, match_weight, model_hash in rows:
        on = f" [{label}]" if label else ""
        bars = waterfall(weights_of(con, models, levels, match_weight, model_hash), match_weight)
        parts.append(f"**{title or 'ID'}{on}: {artist}**, {probability:.3f}, {band} (`{key[:12]}`)\n")
        parts.append("\n".join(["```", *bars, "```\n"]))
    return "\n".join(parts) or "No answer and nothing for review in these buckets."
