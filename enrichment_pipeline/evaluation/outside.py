"""What outside sources are worth: the same lines asked without them and with them, each by a model of its own.

For a lake whose titles can be asked for freely (a simulated source, a dump): real sources answer too slowly to ask
for every held-out line, and their worth on the lines they were asked for stands in the evaluation itself
(`harness.WITHOUT_OUTSIDE`). What asks is given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from enrichment_pipeline.evaluation.harness import MODEL, SPLITS, EvaluationResult
from enrichment_pipeline.evaluation.store import measure_lake
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching.external import CALIBRATION_TITLES, titles_to_ask
from enrichment_pipeline.matching.store import ANSWER_TABLES, WrittenModel, write_masked_tracks, write_model

Answer = Callable[[duckdb.DuckDBPyConnection, str], tuple[pa.Table, pa.Table]]


@dataclass(frozen=True, slots=True)
class WithAndWithout:
    """The two measurements, and what was asked between them.

    Attributes:
        without: by a model that was learned without any outside source.
        with_outside: by a model that was learned with them.
        trained: what the second model says of its training.
        asked: titles asked for, by purpose.
        candidates: rows of external_candidates that came of it.
    """

    without: EvaluationResult
    with_outside: EvaluationResult
    trained: WrittenModel
    asked: dict[str, int]
    candidates: int


def evaluate_with_external(
    lake: Lake,
    answer: Answer,
    *,
    splits: Sequence[str] = ("test",),
    methods: Sequence[str] = (MODEL,),
    most_calibration: int = CALIBRATION_TITLES,
) -> WithAndWithout:
    """Learn and measure without outside sources, ask them, learn and measure again.

    Writes masked_tracks, splink_model, external_candidates and external_lookups of the lake.

    Args:
        lake: with plays and set_splits, and nothing asked outside.
        answer: given a connection and the name of a table of titles (`external.titles_to_ask`), the rows of
            external_candidates and external_lookups; asked twice, it must say the same.
        splits: what is measured; all their titles are asked for, after the model was learned.
        methods: out of `harness.ALL_METHODS`.
        most_calibration: titles of masked and dev lines asked for, as in a real run.

    Raises:
        ValueError: something was asked outside already, or there is nothing to learn from.
    """
    if any(lake.files(table) for table in ANSWER_TABLES):
        raise ValueError(f"{lake.root} has external candidates already: nothing there is without them")
    if unknown := set(splits) - set(SPLITS):
        raise ValueError(f"no such split: {', '.join(sorted(unknown))}; there are {', '.join(SPLITS)}")
    write_masked_tracks(lake)
    write_model(lake)
    without = measure_lake(lake, splits=splits, methods=methods)
    _ask(lake, answer, most_calibration, ())
    # before the held-out titles are asked: masked lines that share them are those of titles many people play, and
    # what is learned from a draw must not be learned from these
    trained = write_model(lake)
    asked, candidates = _ask(lake, answer, most_calibration, splits)
    measured = measure_lake(lake, splits=splits, methods=methods)
    return WithAndWithout(without, measured, trained, asked, candidates)


def _ask(
    lake: Lake, answer: Answer, most_calibration: int, evaluated: Sequence[str]
) -> tuple[dict[str, int], int]:
    """Ask and write; returns titles by purpose and the number of candidates."""
    with lake.connect(["plays", "artists", "set_splits", "masked_tracks", "unresolved_tracks"]) as con:
        titles = titles_to_ask(con, most_calibration=most_calibration, evaluated=evaluated)
        asked = dict(con.execute(f"select purpose, count(*) from {titles} group by 1 order by 1").fetchall())
        candidates, lookups = answer(con, titles)
        for table, rows in zip(ANSWER_TABLES, (candidates, lookups), strict=True):
            con.register("answered_rows", rows)
            query = "select * from answered_rows"
            lake.write_partitions(con, table, query, column="bucket", partitions=BUCKET_KEYS)
            con.unregister("answered_rows")
    return asked, candidates.num_rows
