"""The ledger in the graph: what a run says of it, that a broken file stops the catalogue, and the run that notes answers.

No `from __future__ import annotations` here: Dagster reads the type of `context` as it stands.
"""

from collections.abc import Mapping

import dagster as dg
import pytest

from enrichment_pipeline.assets import feedback, matching
from enrichment_pipeline.lake.buckets import BUCKET_KEYS
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.ledger.book import append
from enrichment_pipeline.ledger.review import accept, reject, tracks_to_review
from enrichment_pipeline.orchestration.checks import schema_checks
from enrichment_pipeline.orchestration.resources import LakeResource, OutsideResource
from enrichment_pipeline.orchestration.whole_runs import range_tags
from enrichment_pipeline_tests.ledger import chain


def made(
    lake: Lake,
    asset: dg.AssetsDefinition,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str] | None = None,
) -> dg.ExecuteInProcessResult:
    resources = {"lake": LakeResource(data_folder=str(lake.root), threads=1), "outside": OutsideResource()}
    assets = [asset, *schema_checks([asset.key.to_user_string()])]
    return dg.materialize(assets, resources=resources, instance=instance, raise_on_error=False, tags=tags)


def test_a_run_says_what_it_finds_in_the_ledger(own_lake: Lake, instance: dg.DagsterInstance) -> None:
    first, second, *_ = tracks_to_review(own_lake)
    append(own_lake, [accept(first, chain.sitting(1))])
    append(own_lake, [reject(second, chain.sitting(2))])
    files = {path: path.read_bytes() for path in own_lake.files("ledger")}
    result = made(own_lake, feedback.ledger, instance)
    assert result.success
    metadata = result.asset_materializations_for_node("ledger")[0].metadata
    told = {name: value.value for name, value in metadata.items()}
    answers = chain.rows(own_lake, "select count(*) from ledger where generation = 1", "ledger")[0][0]
    assert told["answers of the matcher not taken back"] == answers
    assert told["verdicts in force that name an artist"] == 1
    assert told["answers rejected by people"] == 1
    assert told["dagster/row_count"] == 2 + answers
    # who reads it writes nothing
    assert {path: path.read_bytes() for path in own_lake.files("ledger")} == files


def test_a_broken_entry_stops_what_would_read_it(own_lake: Lake, instance: dg.DagsterInstance) -> None:
    with own_lake.connect([]) as con:
        own_lake.write_rows(
            con, "ledger", [{"entry_id": "x", "kind": "wish", "run_id": "by-hand"}], partition="by-hand"
        )
    result = made(own_lake, feedback.ledger, instance)
    check = result.get_asset_check_evaluations()[0]
    assert not check.passed
    assert "one of four kinds" in (check.description or "")


def test_answers_are_noted_under_the_run_that_gave_them(
    own_lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`enrich revert` is told a run of Dagster, so that must be the run in the ledger."""
    monkeypatch.setenv("ENRICHMENT_NOW", chain.NOW.isoformat())
    for path in own_lake.files("ledger"):
        path.unlink()
    result = made(own_lake, matching.resolved_artists, instance, tags=range_tags(BUCKET_KEYS))
    assert result.success
    noted = chain.rows(own_lake, "select distinct run_id, generation, decided_at from ledger", "ledger")
    assert noted == [(result.run_id, 1, chain.NOW.replace(tzinfo=None))]
    shown = "select distinct decided_run from resolved_artists where band = 'auto'"
    assert chain.rows(own_lake, shown, "resolved_artists") == [(result.run_id,)]
