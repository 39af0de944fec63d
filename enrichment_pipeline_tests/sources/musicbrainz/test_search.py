"""Batches: split until all that is counted was received; the same found whatever is asked together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrichment_pipeline.sources.http.client import Client, HostPolicy
from enrichment_pipeline.sources.musicbrainz import query
from enrichment_pipeline.sources.musicbrainz.search import Search
from enrichment_pipeline_tests.sources.musicbrainz.helpers import Service, page, release, surroundings


def search(tmp_path: Path, service: Service, batch_size: int = 50) -> Search:
    policy = HostPolicy("musicbrainz", "http://mb.example/ws/2", 1000.0)
    client = Client(policy, surroundings(tmp_path), network=service.transport())
    return Search(client, batch_size=batch_size)


def ids(params: httpx.QueryParams) -> list[str]:
    return re.findall(r'"([^"]+)"', params["query"])


def many(count: int) -> list[query.Clause]:
    return [query.id_clause(f"id-{number:04d}") for number in range(count)]


BY_ID = query.by_field("reid")


def test_a_query_holds_as_many_clauses_as_fit(tmp_path: Path) -> None:
    service = Service(lambda _, params: [release(mbid) for mbid in ids(params)])
    found = search(tmp_path, service, batch_size=100).ask("release", [*many(250), *many(10)], BY_ID)
    assert len(service.asked) == 3
    assert all(len(found[clause.text].items) == 1 for clause in many(250))
    long_ids = [query.id_clause(f"{number:04d}-{'x' * 120}") for number in range(100)]
    service.asked.clear()
    search(tmp_path, service, batch_size=100).ask("release", long_ids, BY_ID)
    assert len(service.asked) == 4
    assert all(query.encoded_length(params["query"]) <= query.LONGEST_QUERY for _, params in service.asked)


def test_a_result_of_several_pages_is_read_to_the_end(tmp_path: Path) -> None:
    rows = [release(f"r{number:03d}") for number in range(230)]

    def find(_: str, params: httpx.QueryParams) -> httpx.Response:
        start = int(params.get("offset", 0))
        return page("release", rows[start : start + 100], len(rows))

    clause = query.Clause("release:x", lambda _: True)
    found = search(tmp_path, Service(find)).ask("release", [clause], query.any_of)[clause.text]
    assert (len(found.items), found.count) == (230, 230)


def test_a_page_of_fewer_than_asked_for_is_no_end(tmp_path: Path) -> None:
    # a server that caps the page: the offset goes on by what was received
    rows = [release(f"r{number:03d}") for number in range(60)]

    def find(_: str, params: httpx.QueryParams) -> httpx.Response:
        start = int(params.get("offset", 0))
        return page("release", rows[start : start + 25], len(rows))

    service = Service(find)
    clause = query.Clause("release:x", lambda _: True)
    found = search(tmp_path, service).ask("release", [clause], query.any_of)[clause.text]
    assert len(found.items) == 60
    assert [params.get("offset") for _, params in service.asked] == [None, "25", "50"]


def test_where_paging_is_broken_halves_are_asked(tmp_path: Path) -> None:
    # ten of each: 80 clauses count 800, and every offset gives the first page again
    def find(_: str, params: httpx.QueryParams) -> httpx.Response:
        rows = [release(f"{mbid}.{number}") for mbid in ids(params) for number in range(10)]
        return page("release", rows[:100], len(rows))

    def clauses() -> list[query.Clause]:
        def clause(number: int) -> query.Clause:
            name = f"id-{number:02d}"
            return query.Clause(query.phrase(name), lambda item: item.id.startswith(name))

        return [clause(number) for number in range(80)]

    found = search(tmp_path, Service(find), batch_size=80).ask("release", clauses(), BY_ID)
    assert all(len(each.items) == 10 == each.count for each in found.values())


def test_a_single_clause_with_too_many_gives_the_best_hundred(tmp_path: Path) -> None:
    service = Service(lambda *_: page("release", [release(f"r{n}") for n in range(100)], 50_000))
    clause = query.Clause("release:x", lambda _: True)
    found = search(tmp_path, service).ask("release", [clause], query.any_of)[clause.text]
    assert (len(found.items), found.count, len(service.asked)) == (100, 50_000, 1)


def test_of_a_refused_batch_only_the_clause_to_blame_is_refused(tmp_path: Path) -> None:
    def find(_: str, params: httpx.QueryParams) -> Any:
        if "id-0005" in params["query"]:
            return httpx.Response(400, json={"error": "Unable to parse search"})
        return [release(mbid) for mbid in ids(params)]

    found = search(tmp_path, Service(find)).ask("release", many(16), BY_ID)
    refused = [text for text, each in found.items() if each.refused is not None]
    assert refused == ['"id-0005"']
    assert sum(len(each.items) for each in found.values()) == 15


def test_releases_of_a_recording_are_browsed_page_by_page(tmp_path: Path) -> None:
    rows = [release(f"r{number:03d}") for number in range(130)]

    def find(_: str, params: httpx.QueryParams) -> httpx.Response:
        start = int(params.get("offset", 0))
        assert params["inc"].split() == ["artist-credits", "labels", "release-groups"]
        shown = rows[start : start + 100]
        return httpx.Response(200, json={"release-count": len(rows), "releases": shown})

    assert len(search(tmp_path, Service(find)).releases_of("some-recording").items) == 130


@pytest.mark.parametrize("status", [404, 400])
def test_a_recording_that_is_gone_has_no_releases(tmp_path: Path, status: int) -> None:
    service = Service(lambda *_: httpx.Response(status, json={"error": "Not Found"}))
    assert search(tmp_path, service).releases_of("gone").items == ()
