"""The polite client over a scripted network: what is kept, what is refused, and what is remembered of a host."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from enrichment_pipeline.sources.http.client import LARGEST_BODY, Client, HostPolicy, pace_of, retry_after
from enrichment_pipeline.sources.outcomes import (
    BlockedError,
    CredentialsError,
    DownError,
    OffError,
    QuotaError,
    RefusedError,
)
from enrichment_pipeline.sources.surroundings import Surroundings

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECRET = "very-secret-key"
POLICY = HostPolicy("mb", "https://mb.example/ws/2", 200.0, retries=2)


class Script:
    """Answers by path; remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[httpx.Response | Exception]] = {}
        self.requests: list[httpx.Request] = []

    def say(self, path: str, *answers: httpx.Response | Exception) -> None:
        self.answers[path] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        waiting = self.answers.get(request.url.path, [])
        answer = (
            waiting.pop(0) if len(waiting) > 1 else (waiting[0] if waiting else httpx.Response(404, json={}))
        )
        if isinstance(answer, Exception):
            raise answer
        # a response object is read once; every request gets its own
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, script: Script, clock: Clock) -> Iterator[Client]:
    with made(tmp_path, script, clock) as client:
        yield client


def made(
    root: Path,
    script: Callable[[httpx.Request], httpx.Response],
    clock: Clock,
    policy: HostPolicy = POLICY,
    **environment: str,
) -> Client:
    variables = {"ENRICHMENT_CONTACT": "who@example.org", "ENRICHMENT_TEST_KEY": SECRET, **environment}
    return Client(policy, Surroundings(root, variables, clock), network=httpx.MockTransport(script))


OK = httpx.Response(200, json={"is": "fine"})


def test_a_repeated_question_costs_no_request(client: Client, script: Script) -> None:
    script.say("/ws/2/a", OK)
    first = client.get("/a", {"x": 1, "b": "ü&"})
    again = client.get("/a", {"b": "ü&", "x": 1})
    assert (first.is_from_store, again.is_from_store) == (False, True)
    assert again.json() == {"is": "fine"}
    assert (again.ref, again.asked_at) == (first.ref, NOW)
    assert len(script.requests) == client.requests == 1


def test_not_found_is_an_answer_and_kept(client: Client, script: Script) -> None:
    assert not client.get("/nobody").is_found
    assert client.get("/nobody").is_from_store
    assert len(script.requests) == 1


def test_an_old_answer_is_asked_again_and_offline_it_is_not(
    tmp_path: Path, script: Script, clock: Clock
) -> None:
    script.say("/ws/2/a", OK)
    with made(tmp_path, script, clock) as client:
        client.get("/a")
        clock.time = NOW + POLICY.max_age + timedelta(seconds=1)
        client.get("/a")
    assert len(script.requests) == 2
    clock.time += timedelta(days=900)
    with made(tmp_path, script, clock, ENRICHMENT_OFFLINE="1") as client:
        assert client.get("/a").json() == {"is": "fine"}
        with pytest.raises(OffError, match="ENRICHMENT_OFFLINE"):
            client.get("/never-asked")
    assert len(script.requests) == 2


def test_without_a_contact_nobody_is_asked(tmp_path: Path, script: Script, clock: Clock) -> None:
    with (
        made(tmp_path, script, clock, ENRICHMENT_CONTACT=" ") as client,
        pytest.raises(OffError, match="ENRICHMENT_CONTACT"),
    ):
        client.get("/a")
    assert script.requests == []


def test_name_and_contact_are_told(client: Client, script: Script) -> None:
    client.get("/a")
    assert script.requests[0].headers["user-agent"].startswith("enrichment_pipeline/")
    assert "who@example.org" in script.requests[0].headers["user-agent"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_refusal_for_now_is_tried_again(client: Client, script: Script, status: int) -> None:
    script.say("/ws/2/a", httpx.Response(status), httpx.Response(status), OK)
    assert client.get("/a").json() == {"is": "fine"}
    assert len(script.requests) == 3


def test_a_broken_connection_is_tried_again(client: Client, script: Script) -> None:
    script.say("/ws/2/a", httpx.ReadError("reset"), httpx.ConnectError("refused"), OK)
    assert client.get("/a").is_found


def test_a_host_that_stays_down_is_down_and_nothing_is_kept(client: Client, script: Script) -> None:
    script.say("/ws/2/a", httpx.Response(503))
    with pytest.raises(DownError, match="status 503 after 3 tries"):
        client.get("/a")
    assert client.store.count() == 0


def test_a_long_retry_after_closes_the_host_for_everybody(
    tmp_path: Path, script: Script, clock: Clock
) -> None:
    script.say("/ws/2/a", httpx.Response(503, headers={"Retry-After": "900"}))
    with made(tmp_path, script, clock) as client, pytest.raises(DownError) as raised:
        client.get("/a")
    assert raised.value.until == NOW + timedelta(seconds=900)
    assert len(script.requests) == 1
    script.say("/ws/2/b", OK)
    with made(tmp_path, script, clock) as other, pytest.raises(DownError, match="left alone until"):
        other.get("/b")
    assert len(script.requests) == 1
    clock.time = NOW + timedelta(seconds=901)
    with made(tmp_path, script, clock) as other:
        assert other.get("/b").is_found


def test_the_breaker_opens_after_three_failures_for_longer_each_time(
    client: Client, script: Script, clock: Clock
) -> None:
    script.say("/ws/2/a", httpx.Response(200, text="<html>"))
    for _ in range(3):
        with pytest.raises(DownError, match="no JSON"):
            client.get("/a")
    with pytest.raises(DownError, match="left alone") as first:
        client.get("/b")
    assert len(script.requests) == 3
    assert first.value.until == NOW + timedelta(minutes=5)
    clock.time = NOW + timedelta(minutes=6)
    for _ in range(3):
        with pytest.raises(DownError, match="no JSON"):
            client.get("/a")
    with pytest.raises(DownError, match="left alone") as second:
        client.get("/b")
    assert second.value.until == clock.time + timedelta(minutes=10)
    clock.time += timedelta(minutes=11)
    script.say("/ws/2/a", OK)
    client.get("/a")
    assert client.hosts.states(clock.time) == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, headers={"cf-mitigated": "challenge"}, text="Just a moment..."),
        httpx.Response(503, headers={"cf-mitigated": "challenge"}),
        httpx.Response(403),
        httpx.Response(451),
        httpx.Response(302, headers={"location": "https://elsewhere.example/a"}),
        httpx.Response(302, headers={"location": "https://mb.example:8443/a"}),
    ],
    ids=["challenge", "challenge 503", "forbidden", "legal", "other host", "other port"],
)
def test_a_block_is_respected_for_a_day(client: Client, script: Script, answer: httpx.Response) -> None:
    script.say("/ws/2/a", answer)
    with pytest.raises(BlockedError) as raised:
        client.get("/a")
    assert raised.value.until == NOW + timedelta(days=1)
    asked = len(script.requests)
    with pytest.raises(BlockedError, match="left alone"):
        client.get("/b")
    assert len(script.requests) == asked


def test_a_redirect_on_the_same_host_is_followed(client: Client, script: Script) -> None:
    script.say("/ws/2/old", httpx.Response(301, headers={"location": "/ws/2/new"}))
    script.say("/ws/2/new", OK)
    assert client.get("/old").json() == {"is": "fine"}


def test_redirects_in_a_circle_end(client: Client, script: Script) -> None:
    script.say("/ws/2/a", httpx.Response(301, headers={"location": "/ws/2/a"}))
    with pytest.raises(DownError, match="circle"):
        client.get("/a")


def test_a_wrong_key_switches_off_and_a_wrong_question_does_not(client: Client, script: Script) -> None:
    script.say("/ws/2/a", httpx.Response(401, json={}))
    script.say("/ws/2/b", httpx.Response(400, json={"error": "what?"}))
    with pytest.raises(CredentialsError):
        client.get("/a")
    with pytest.raises(RefusedError, match=r"what\?"):
        client.get("/b")
    script.say("/ws/2/c", OK)
    assert client.get("/c").is_found


def test_a_body_without_end_is_cut(client: Client, script: Script) -> None:
    script.say("/ws/2/a", httpx.Response(200, content=b"1" * (LARGEST_BODY + 1)))
    with pytest.raises(DownError, match="10 MB"):
        client.get("/a")


def test_the_budget_is_for_requests_and_not_for_kept_answers(
    tmp_path: Path, script: Script, clock: Clock
) -> None:
    policy = HostPolicy("mb", "https://mb.example/ws/2", 200.0, budget=2)
    with made(tmp_path, script, clock, policy) as client:
        client.get("/a")
        client.get("/b")
        client.get("/a")
        with pytest.raises(QuotaError, match="budget of 2"):
            client.get("/c")
    assert len(script.requests) == 2


def test_robots_are_asked_once_and_obeyed(tmp_path: Path, script: Script, clock: Clock) -> None:
    policy = HostPolicy("shop", "https://mb.example", 200.0, obeys_robots=True)
    script.say("/robots.txt", httpx.Response(200, text="User-agent: *\nDisallow: /search\n"))
    script.say("/track", httpx.Response(200, text="page"))
    with made(tmp_path, script, clock, policy) as client:
        assert client.get("/track", is_json=False).text() == "page"
        with pytest.raises(BlockedError, match=r"robots\.txt does not allow"):
            client.get("/search", {"q": "x"}, is_json=False)
        client.get("/track", is_json=False)
    assert [r.url.path for r in script.requests] == ["/robots.txt", "/track"]


def test_without_robots_everything_is_allowed_and_with_sick_ones_nothing(
    tmp_path: Path, script: Script, clock: Clock
) -> None:
    policy = HostPolicy("shop", "https://mb.example", 200.0, obeys_robots=True, retries=0)
    script.say("/track", httpx.Response(200, text="page"))
    with made(tmp_path, script, clock, policy) as client:
        assert client.get("/track", is_json=False).is_found
    script.say("/robots.txt", httpx.Response(500))
    with made(tmp_path / "other", script, clock, policy) as client, pytest.raises(DownError):
        client.get("/track", is_json=False)


def test_no_secret_is_written_anywhere(
    tmp_path: Path, script: Script, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    policy = HostPolicy("mb", "https://mb.example/ws/2", 200.0, headers={"apikey": SECRET}, retries=0)
    script.say("/ws/2/a", OK)
    script.say("/ws/2/b", httpx.Response(422, text=f"you sent {SECRET}"))
    script.say("/ws/2/c", httpx.ConnectError(f"proxy user:{SECRET}@host"))
    with made(tmp_path, script, clock, policy) as client:
        client.get("/a")
        said = []
        for path in ("/b", "/c"):
            with pytest.raises((RefusedError, DownError)) as raised:
                client.get(path)
            said.append(str(raised.value))
    assert script.requests[0].headers["apikey"] == SECRET
    assert SECRET not in repr(policy) + " ".join(said) + caplog.text
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and SECRET.encode() in f.read_bytes()]


def test_a_public_host_is_never_asked_faster_than_its_rule(tmp_path: Path) -> None:
    fast = Surroundings(tmp_path, {"ENRICHMENT_MB_PER_SECOND": "50"}, lambda: NOW)
    slow = Surroundings(tmp_path, {"ENRICHMENT_MB_PER_SECOND": "0.5"}, lambda: NOW)
    assert pace_of(fast, "mb", 1.0, is_public=True) == 1.0
    assert pace_of(slow, "mb", 1.0, is_public=True) == 0.5
    assert pace_of(fast, "mb", 1.0, is_public=False) == 50.0
    for wrong in ("0", "often", "-1", "nan"):
        with pytest.raises(ValueError, match="ENRICHMENT_MB_PER_SECOND"):
            pace_of(Surroundings(tmp_path, {"ENRICHMENT_MB_PER_SECOND": wrong}), "mb", 1.0, is_public=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("Fri, 01 May 2026 12:02:00 GMT", 120), ("soon", None), ("", None), ("-3", None)],
)
def test_retry_after_in_all_its_forms(header: str, seconds: int | None) -> None:
    until = retry_after(httpx.Response(503, headers={"Retry-After": header}), NOW)
    assert until == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_the_same_body_is_kept_once(client: Client, script: Script) -> None:
    script.say("/ws/2/a", OK)
    script.say("/ws/2/b", OK)
    refs = {client.get("/a").ref, client.get("/b").ref}
    assert len(refs) == 1
    assert client.store.body(refs.pop()) == OK.content
    assert len(list(client.store.folder.rglob("*.gz"))) == 1
    with pytest.raises(KeyError):
        client.store.body("00" * 32)


def test_a_damaged_kept_answer_is_asked_again(client: Client, script: Script) -> None:
    script.say("/ws/2/a", OK)
    ref = client.get("/a").ref
    next(client.store.folder.rglob(f"{ref}.gz")).write_bytes(b"\x1f\x8b cut")
    assert not client.get("/a").is_from_store
