"""The pool of exits, over two real forward proxies on this machine."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from enrichment_pipeline.sources.outcomes import BlockedError, DownError
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.web.egress import REST, ExitPool, exit_addresses
from enrichment_pipeline.sources.web.scrape import WebPages, web_sources
from enrichment_pipeline.sources.web.sites import TRAXSOURCE
from enrichment_pipeline_tests.sources.web_pages import shop_pages as pages
from enrichment_pipeline_tests.sources.web_pages.asked import Clock, question, surroundings
from enrichment_pipeline_tests.sources.web_pages.local_proxy import Served, host, proxy

PROBE = {"ENRICHMENT_WEB_TRAXSOURCE_PROBE": "DJ Pellworm - Lantern Ferry"}


@dataclass
class Net:
    """A host and two ways to it."""

    host: Served
    one: Served
    two: Served

    @property
    def proxies(self) -> list[str]:
        return [f"http://{self.one.address}", f"http://user:pass-word@{self.two.address}"]

    @property
    def url(self) -> str:
        return f"http://{self.host.address}"


@pytest.fixture
def net() -> Iterator[Net]:
    found = pages.traxsource(pages.traxsource_row())
    with ExitStack() as stack:
        yield Net(
            *(
                stack.enter_context(served.running())
                for served in (host({"/search/tracks": found, "/x": "x"}), proxy(), proxy("user:pass-word"))
            )
        )


def closed_door() -> str:
    """Address of a port of this machine that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{door.getsockname()[1]}"


def pool(*addresses: str, clock: Clock | None = None) -> tuple[ExitPool, httpx.Client]:
    exits = ExitPool(addresses, clock or Clock())
    return exits, httpx.Client(transport=exits, trust_env=False)


def test_exits_are_used_in_turn(net: Net) -> None:
    exits, client = pool(*net.proxies)
    with client:
        assert [client.get(f"{net.url}/x").text for _ in range(6)] == ["x"] * 6
    assert (len(net.one.asked), len(net.two.asked), len(net.host.asked)) == (3, 3, 6)
    assert [one.uses for one in exits.exits] == [3, 3]


def test_another_exit_carries_what_one_cannot(net: Net) -> None:
    exits, client = pool(closed_door(), net.proxies[0])
    with client:
        assert client.get(f"{net.url}/x").text == "x"
    assert [one.failures for one in exits.exits] == [1, 0]
    assert len(net.host.asked) == 1


def test_a_refused_login_is_a_broken_exit_and_no_answer(net: Net) -> None:
    exits, client = pool(f"http://user:wrong@{net.two.address}", net.proxies[0])
    with client:
        assert client.get(f"{net.url}/x").status_code == 200
    assert [one.failures for one in exits.exits] == [1, 0]


def test_a_broken_exit_rests_ten_minutes(net: Net) -> None:
    clock = Clock(step=timedelta(0))
    exits, client = pool(closed_door(), net.proxies[0], clock=clock)
    broken, well = exits.exits
    with client:
        for _ in range(6):
            client.get(f"{net.url}/x")
        assert (broken.rests_until, broken.uses) == (clock.time + REST, 3)
        assert well.uses == 6
        clock.time += REST
        client.get(f"{net.url}/x")
    assert broken.uses == 4
    assert broken.is_healthy(clock.time)


def test_an_exit_that_works_again_starts_afresh(net: Net) -> None:
    exits, client = pool(closed_door(), net.proxies[0])
    broken = exits.exits[0]
    with client:
        client.get(f"{net.url}/x")
        broken.address = net.proxies[0]
        exits.close()
        client.get(f"{net.url}/x")
    assert (broken.failures, broken.rests_until) == (0, None)


def test_without_a_healthy_exit_nothing_is_asked(net: Net) -> None:
    """Above all not past the exits, with the address of one's own."""
    clock = Clock(step=timedelta(0))
    _, client = pool(closed_door(), closed_door(), clock=clock)
    with client:
        for _ in range(2):
            with pytest.raises(DownError, match="none of the 2 exits of ENRICHMENT_PROXIES") as error:
                client.get(f"{net.url}/x")
            assert error.value.until is None
        for _ in range(2):
            with pytest.raises(DownError) as error:
                client.get(f"{net.url}/x")
            assert error.value.until == clock.time + REST
    assert net.host.asked == []


def test_a_broken_answer_is_not_tried_through_another_exit() -> None:
    """It may have reached the host; trying again is the client's, behind the pace."""

    class Breaking(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("slow", request=request)

    exits, client = pool("http://one.test:1", "http://two.test:1")
    exits._transports = {1: Breaking(), 2: Breaking()}
    with client, pytest.raises(httpx.ReadTimeout):
        client.get("http://host.test/")
    assert [one.uses for one in exits.exits] == [1, 0]


def test_addresses_of_the_environment(tmp_path: Path) -> None:
    def of(value: str) -> tuple[str, ...]:
        return exit_addresses(
            Surroundings(tmp_path, {"ENRICHMENT_PROXIES": value}, lambda: datetime.now(UTC))
        )

    assert of("") == of(" , ") == ()
    assert of("http://a:1, https://u:p@b:2,") == ("http://a:1", "https://u:p@b:2")
    for wrong in ("a:1", "socks5://me:secret@a:1", "http://", "http://[half", "http://a:99999"):
        with pytest.raises(ValueError, match="exit 2 is no address like") as error:
            of(f"http://a:1,{wrong}")
        assert "secret" not in f"{error.value!r}"


def test_no_address_no_pool(tmp_path: Path) -> None:
    assert ExitPool.of(Surroundings(tmp_path, {}, lambda: datetime.now(UTC))) is None
    with pytest.raises(ValueError, match="one at least"):
        ExitPool((), lambda: datetime.now(UTC))


def test_an_exit_does_not_show_its_address() -> None:
    exits = ExitPool(("http://user:pass-word@a:1",), Clock())
    assert "pass-word" not in repr(exits.exits)


# ---- below the pace and the breaker ------------------------------------------------------------------


def test_a_site_is_asked_through_the_exits_at_one_pace(net: Net, tmp_path: Path) -> None:
    """Two exits are not two guests: the time between requests stays that of the site."""
    around = surroundings(
        tmp_path,
        Clock(),
        ENRICHMENT_WEB_TRAXSOURCE_URL=net.url,
        ENRICHMENT_PROXIES=",".join(net.proxies),
        ENRICHMENT_TRAXSOURCE_PER_SECOND="4",
        **PROBE,
    )
    (source,) = [one for one in web_sources(around) if one.name == "traxsource"]
    start = time.monotonic()
    answers = list(source.look_up([question(title=f"Salt {n}", key=str(n)) for n in range(3)]))
    seconds = time.monotonic() - start
    source.close()
    assert [a.outcome for a in answers] == ["miss"] * 3
    # robots.txt, the known-good query and three questions: three pauses of a quarter of a second at least
    assert seconds >= 0.75
    assert (len(net.one.asked), len(net.two.asked)) == (3, 2)


def test_a_block_closes_the_site_for_all_exits(net: Net, tmp_path: Path) -> None:
    net.host.settings["pages"]["/search/tracks"] = (403, pages.CHALLENGE.encode())
    around = surroundings(
        tmp_path,
        Clock(),
        ENRICHMENT_WEB_TRAXSOURCE_URL=net.url,
        ENRICHMENT_PROXIES=",".join(net.proxies),
        **PROBE,
    )
    for words in ("bot check", "left alone until", "left alone until"):
        source = WebPages(TRAXSOURCE, around)
        with pytest.raises(BlockedError, match=words):
            list(source.look_up([question()]))
        source.close()
    assert [path.partition("?")[0] for path in net.host.asked] == ["/robots.txt", "/search/tracks"]
