"""The splink model: comparisons and weights as one settings JSON, and the linker that runs it.

Left table `ctx`: proposals, one row per question and candidate, with the evidence for the pair. Right
table `prof`: one row per artist. The blocking rule is equality of the artist, so splink scores exactly
the proposed pairs, by plain columns, on any of its backends. How weights are learned stands in `train.py`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from enrichment_pipeline.matching.comparisons import COMPARISONS, PROPOSAL_COLUMNS, Comparison

if TYPE_CHECKING:
    import duckdb
    from splink import Linker

    from enrichment_pipeline.matching.logit import Weights

# splink writes a random id into its settings unless it is given one; with it no two trainings would be equal
_LINKER_UID = "artistmodel"
_SIGNIFICANT_DIGITS = 12
_RAREST_SHARE = 1e-6
_COLUMN = re.compile(r"\b(" + "|".join(sorted(PROPOSAL_COLUMNS, key=len, reverse=True)) + r")\b")
# both tables of a link need the same columns; the right one leaves these empty
_LEFT_COLUMNS = ("unique_id", "question_no", "artist_no", *PROPOSAL_COLUMNS)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model: splink's settings as a dict of canonical JSON, and the hash that names it."""

    settings: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Canonical JSON: keys sorted, floats at 12 digits, so that equal models are equal files."""
        return json.dumps(_rounded(self.settings), sort_keys=True, separators=(",", ":"))

    @property
    def model_hash(self) -> str:
        """First 12 hex digits of the sha256 of the canonical JSON; every prediction carries it."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def prior_weight(self) -> float:
        """log2 of the prior odds in the settings: what every pair's match weight starts from."""
        p = self.settings["probability_two_random_records_match"]
        return float(np.log2(p / (1 - p)))

    def level_weights(self) -> dict[str, list[tuple[str, float]]]:
        """Per comparison, its levels in words with log2(m/u), in the order of the settings."""
        return {
            c["output_column_name"]: [
                (level["label_for_charts"], float(np.log2(level["m_probability"] / level["u_probability"])))
                for level in c["comparison_levels"]
            ]
            for c in self.settings["comparisons"]
        }

    @property
    def is_of_this_program(self) -> bool:
        """Whether its comparisons and their levels are those of this version, which gathers no other evidence."""
        theirs = [
            (c["output_column_name"], [level["label_for_charts"] for level in c["comparison_levels"]])
            for c in self.settings["comparisons"]
        ]
        return theirs == [(c.name, [level.words for level in c.levels]) for c in COMPARISONS]

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a model file.

        Raises:
            FileNotFoundError: there is none.
        """
        return cls(json.loads(path.read_text()))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
    if isinstance(value, Mapping):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value


def blank_settings(comparisons: Sequence[Comparison] = COMPARISONS) -> dict[str, Any]:
    """Settings without weights: link_only, the comparisons' levels in SQL, one blocking rule."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    built = [
        cl.CustomComparison(
            output_column_name=c.name,
            comparison_description=c.meaning,
            comparison_levels=[
                *(
                    cll.CustomLevel(_COLUMN.sub(r'"\1_l"', level.condition), label_for_charts=level.words)
                    for level in c.levels[:-1]
                ),
                {"sql_condition": "ELSE", "label_for_charts": c.levels[-1].words},
            ],
        )
        for c in comparisons
    ]
    creator = SettingsCreator(
        link_type="link_only",
        comparisons=built,
        blocking_rules_to_generate_predictions=[block_on("artist_no")],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        additional_columns_to_retain=["question_no", "artist_no"],
        linker_uid=_LINKER_UID,
        probability_two_random_records_match=0.5,
    )
    return dict(creator.create_settings_dict("duckdb"))


def with_weights(settings: dict[str, Any], weights: Weights, shares: Sequence[np.ndarray]) -> Model:
    """Store fitted weights as m and u, so that splink's match weight is the logit's score in bits.

    u of a level is its share among candidate pairs, m = u * 2^w / c with c the sum that makes m add up to
    one, and the prior takes up every c and the weight of "none of these":
    match_weight = (score - none) / ln 2. The prior is therefore a book-keeping constant, no base rate.

    Args:
        settings: from `blank_settings`.
        weights: in nats, per comparison by level number (0 is the last level).
        shares: per comparison, share of candidate pairs at each level number.
    """
    prior = -weights.none / np.log(2)
    for comparison, nats, share in zip(settings["comparisons"], weights.levels, shares, strict=True):
        u = np.maximum(share, _RAREST_SHARE)
        u = u / u.sum()
        m = u * np.exp(nats)
        prior += np.log2(m.sum())
        m = m / m.sum()
        for level, number in zip(comparison["comparison_levels"], range(len(nats) - 1, -1, -1), strict=True):
            level["m_probability"] = float(m[number])
            level["u_probability"] = float(u[number])
    settings["probability_two_random_records_match"] = float(1 / (1 + 2.0**-prior))
    return Model(json.loads(json.dumps(settings)))


def make_linker(
    con: duckdb.DuckDBPyConnection, model: Model, proposals: str, *, retain_columns: bool = False
) -> Linker:
    """A linker over proposals and their artists.

    splink leaves tables of its own on the connection, so give it one of your own and close it.

    Args:
        con: connection that has the proposals.
        model: trained model.
        proposals: query with question_no, artist_no and the columns of `PROPOSAL_COLUMNS`.
        retain_columns: keep matching and intermediate columns (waterfalls need them).
    """
    from splink import DuckDBAPI, Linker

    columns = ", ".join(PROPOSAL_COLUMNS)
    con.execute(
        "create or replace temp table ctx_rows as select row_number() over (order by question_no, artist_no)::bigint"
        f" as unique_id, question_no, artist_no, {columns} from ({proposals})"
    )
    con.execute(f"create or replace table ctx as select {', '.join(_LEFT_COLUMNS)} from ctx_rows")
    con.execute(
        "create or replace table prof as select artist_no::bigint as unique_id, null::int as question_no, artist_no,"
        + ", ".join(f"any_value({c}) filter (false) as {c}" for c in PROPOSAL_COLUMNS)
        + " from ctx group by artist_no"
    )
    settings = dict(model.settings)
    if retain_columns:
        settings |= {"retain_matching_columns": True, "retain_intermediate_calculation_columns": True}
    api = DuckDBAPI(connection=con)
    tables = [api.register(name, dataset_display_name=name) for name in ("ctx", "prof")]
    return Linker(tables, settings, log_level=logging.ERROR, validate_settings=False)


def predict(con: duckdb.DuckDBPyConnection, model: Model, proposals: str) -> str:
    """Score proposals with splink's own `predict()`.

    Returns:
        Name of a table on `con` with question_no, artist_no and match_weight (bits).
    """
    linker = make_linker(con, model, proposals)
    scored = linker.inference.predict(warning_mode="never").physical_name
    con.execute(
        "create or replace temp table scored as select question_no_l as question_no, artist_no_l as artist_no, match_weight"
        f' from "{scored}"'
    )
    con.execute(f'drop table "{scored}"')
    return "scored"


def score_sql(model: Model, proposals: str) -> str:
    """The same match weights as one plain query, for bulk measurement; equal to `predict` (see tests).

    Returns:
        A query with question_no, artist_no, is_truth and match_weight.
    """
    terms = [repr(model.prior_weight)]
    for comparison in model.settings["comparisons"]:
        whens, other = [], "0"
        for level in comparison["comparison_levels"]:
            weight = repr(float(np.log2(level["m_probability"] / level["u_probability"])))
            condition = re.sub(r'"(\w+)_l"', r"\1", level["sql_condition"])
            if condition == "ELSE":
                other = weight
            else:
                whens.append(f"when {condition} then {weight}")
        terms.append(f"case {' '.join(whens)} else {other} end")
    return f"select question_no, artist_no, is_truth, {' + '.join(terms)} as match_weight from ({proposals})"
