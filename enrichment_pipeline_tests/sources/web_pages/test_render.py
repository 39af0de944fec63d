"""Rendering with a real Chromium, against a host of this machine; and what is said where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

import httpx
import pytest

from enrichment_pipeline.sources.http.client import LARGEST_BODY
from enrichment_pipeline.sources.outcomes import DownError, OffError, RefusedError
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.web import render
from enrichment_pipeline.sources.web.render import Renderer
from enrichment_pipeline.sources.web.scrape import WebPages
from enrichment_pipeline.sources.web.sites import TRAXSOURCE
from enrichment_pipeline_tests.sources.web_pages import shop_pages as pages
from enrichment_pipeline_tests.sources.web_pages.asked import Clock, question, surroundings
from enrichment_pipeline_tests.sources.web_pages.local_proxy import Served, host, proxy

SECRET = "hush-hush-key"
AGENT = "enrichment_pipeline/0 ( tests@example.org )"
ROW = pages.traxsource_row().replace("\n", "")
# The rows come only when a script has asked for them.
PAGE = """<!DOCTYPE html><html><head><link rel="stylesheet" href="/s.css"></head><body>
<p id="who"></p><div id="rows">nothing yet</div><img src="/i.png"><script src="/app.js"></script></body></html>"""
APP = """
document.getElementById('who').textContent = navigator.userAgent;
fetch('/rows' + location.search).then(r => r.text()).then(t => { document.getElementById('rows').innerHTML = t; });
"""


def script(text: str) -> tuple[int, bytes, str]:
    return 200, text.encode(), "text/javascript"


def with_script(text: str) -> str:
    return f"<html><body><b id=there>there</b><script>{text}</script></body></html>"


@pytest.fixture(scope="module")
def net() -> Iterator[Served]:
    with host({}).running() as served:
        yield served


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renderer]:
    """One browser for all tests of this module."""
    around = Surroundings(tmp_path_factory.mktemp("data"), {render.RENDER_VARIABLE: "1"}, Clock())
    renderer = Renderer(around, httpx.HTTPTransport(), refuses=lambda body: b"_cf_chl_opt" in body)
    yield renderer
    renderer.close()


def serve(net: Served, **served: object) -> None:
    net.asked.clear()
    net.settings["pages"] = {f"/{name.replace('_', '.')}": page for name, page in served.items()}


def get(browser: Renderer, net: Served, path: str = "/page", seconds: float = 10.0) -> httpx.Response:
    url = f"http://{net.address}{path}"
    extensions = {"timeout": {"read": seconds, "connect": 5.0, "write": 5.0, "pool": 5.0}}
    request = httpx.Request("GET", url, headers={"User-Agent": AGENT}, extensions=extensions)
    return browser.handle_request(request)


@pytest.mark.browser
def test_what_scripts_put_into_a_page_is_there(browser: Renderer, net: Served) -> None:
    serve(net, page=PAGE, app_js=script(APP), rows=ROW, i_png="no picture", s_css="b {}")
    response = get(browser, net)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Lantern Ferry" in response.text
    # the true name, in the page as on the way
    assert f'<p id="who">{AGENT}</p>' in response.text
    # no pictures, and each file once
    assert sorted(net.asked) == ["/app.js", "/page", "/rows", "/s.css"]


@pytest.mark.browser
def test_other_hosts_are_not_asked(browser: Renderer, net: Served) -> None:
    """Not by a file, a frame, a form, a socket, a redirect or a window."""
    with host({"/x": "x"}).running() as other:
        there = other.address
        page = f"""<html><head><link rel="preconnect" href="http://{there}"><script src="http://{there}/x"></script></head>
          <body><b id=there>there</b><iframe src="http://{there}/x"></iframe><img src="http://{there}/x">
          <script>fetch('http://{there}/x').catch(() => 0); new WebSocket('ws://{there}/x');
          navigator.sendBeacon('http://{there}/x', 'a'); window.open('http://{there}/x'); fetch('/away').catch(() => 0);
          location.href = 'http://{there}/x';</script></body></html>"""
        serve(net, page=page)
        response = get(browser, net)
        assert "there" in response.text
        assert other.connections == 0


@pytest.mark.browser
def test_a_page_that_leads_on_is_read_as_it_is(browser: Renderer, net: Served) -> None:
    serve(net, page=with_script("location.href = '/next'"), next="next")
    assert "there" in get(browser, net).text
    assert net.asked == ["/page"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, PAGE, "text/html"),
        (503, PAGE, "text/html"),
        (200, "User-agent: *", "text/plain"),
        (200, '{"a": 1}', "application/json"),
        (200, pages.CHALLENGE, "text/html"),
    ],
    ids=["404", "503", "robots.txt", "JSON", "bot check"],
)
def test_what_is_no_page_is_not_run(
    status: int, body: str, kind: str, browser: Renderer, net: Served
) -> None:
    """Above all a bot check: running it would be the first step of going round it."""
    serve(net, page=(status, body.encode(), kind))
    response = get(browser, net)
    assert (response.status_code, response.text, response.headers["content-type"]) == (status, body, kind)
    assert net.asked == ["/page"]


@pytest.mark.browser
def test_a_redirect_is_left_to_the_client(browser: Renderer) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "https://elsewhere.test/"}, html="moved")

    renderer = Renderer(browser._surroundings, httpx.MockTransport(answer))
    response = renderer.handle_request(httpx.Request("GET", "http://shop.test/"))
    assert (response.status_code, response.headers["location"]) == (302, "https://elsewhere.test/")


@pytest.mark.browser
@pytest.mark.parametrize(
    "endless",
    [
        "setInterval(() => fetch('/tick').catch(() => 0), 50)",
        "setTimeout(() => { for (;;); }, 50)",
        "for (;;);",
    ],
    ids=["never rests", "hangs later", "hangs at once"],
)
def test_a_page_without_end_ends(endless: str, browser: Renderer, net: Served) -> None:
    serve(net, page=with_script(endless), tick="x")
    start = monotonic()
    with suppress(DownError):
        assert "there" in get(browser, net, seconds=1.0).text
    assert monotonic() - start < 10
    # and the browser can still be used
    serve(net, page=with_script("document.getElementById('there').textContent = 'again'"))
    assert "again" in get(browser, net).text


@pytest.mark.browser
def test_the_browser_does_not_know_the_keys(
    browser: Renderer, net: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENRICHMENT_SONGSTATS_KEY", SECRET)
    serve(net, page=with_script(""))
    # one that is stopped starts again by itself
    browser.close()
    get(browser, net)
    children = [
        environ.read_bytes()
        for environ in Path("/proc").glob("[0-9]*/environ")
        if environ.parent.joinpath("cmdline").exists() and is_our_browser(environ.parent)
    ]
    assert children
    assert all(SECRET.encode() not in environment for environment in children)


def is_our_browser(process: Path) -> bool:
    """A Chromium that descends from this test."""
    try:
        if b"--host-resolver-rules" not in process.joinpath("cmdline").read_bytes():
            return False
        parent = process
        for _ in range(10):
            parent = Path("/proc") / parent.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if parent.name == str(os.getpid()):
                return True
    except OSError:
        return False
    return False


@pytest.mark.browser
def test_a_site_that_needs_it_is_read_through_browser_exit_and_robots(net: Served, tmp_path: Path) -> None:
    """All of it together: pace, robots.txt, exits and browser, for a site that is one value more."""
    site = replace(TRAXSOURCE, name="scripted", key="SCRIPTED", needs_rendering=True)
    serve(net, **{"search/tracks": PAGE, "app_js": script(APP), "rows": ROW})
    with proxy().running() as exit_:
        around = surroundings(
            tmp_path,
            Clock(),
            ENRICHMENT_WEB_SITES="scripted",
            ENRICHMENT_WEB_SCRIPTED_URL=f"http://{net.address}",
            ENRICHMENT_WEB_SCRIPTED_PROBE="DJ Pellworm - Lantern Ferry",
            ENRICHMENT_SCRIPTED_PER_SECOND="1000",
            ENRICHMENT_PROXIES=f"http://{exit_.address}",
            ENRICHMENT_RENDER="1",
        )
        source = WebPages(site, around)
        try:
            (answer,) = source.look_up([question()])
        finally:
            source.close()
        assert [finding.label for finding in answer.labels] == ["Harbourlight"]
        assert len(exit_.asked) == len(net.asked) > 4
        # files of a page are no requests of their own in the budget: robots.txt and one page, which the
        # known-good query and the question share
        assert source.requests == 2


# ---- without a browser -------------------------------------------------------------------------------


def around_with(tmp_path: Path, **environment: str) -> Surroundings:
    return surroundings(tmp_path, Clock(), **environment)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "set ENRICHMENT_RENDER=1"),
        ({"ENRICHMENT_RENDER": "off"}, "set ENRICHMENT_RENDER=1"),
        ({"ENRICHMENT_RENDER": "1", "PATH": "/nowhere"}, "install one (chromium, chromium-browser, google-chrome on PATH)"),
        ({"ENRICHMENT_RENDER": "/nowhere/chromium"}, "set ENRICHMENT_RENDER to its path"),
    ],
)  # fmt: skip
def test_why_pages_are_not_rendered(environment: dict[str, str], words: str, tmp_path: Path) -> None:
    around = around_with(tmp_path, **environment)
    reason = render.off_reason(around)
    assert reason is not None
    assert words in reason


def test_without_playwright_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render.importlib.util, "find_spec", lambda name: None)
    reason = render.off_reason(around_with(tmp_path, ENRICHMENT_RENDER="1"))
    assert reason is not None
    assert "enrichment-pipeline[render]" in reason


def test_the_browser_named_is_the_one_used(tmp_path: Path) -> None:
    program = tmp_path / "my-chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert render.browser_path(around_with(tmp_path, ENRICHMENT_RENDER=str(program))) == str(program)
    assert render.browser_path(around_with(tmp_path, ENRICHMENT_RENDER="1", PATH=str(tmp_path))) is None


def test_a_site_that_needs_rendering_is_off_without_it(tmp_path: Path) -> None:
    site = replace(TRAXSOURCE, needs_rendering=True)
    reason = WebPages(site, around_with(tmp_path)).off_reason
    assert reason is not None
    assert "ENRICHMENT_RENDER" in reason


def html_network(body: bytes = b"<html></html>") -> httpx.MockTransport:
    return httpx.MockTransport(
        lambda request: httpx.Response(200, headers={"Content-Type": "text/html"}, content=body)
    )


def test_no_browser_no_page(tmp_path: Path) -> None:
    renderer = Renderer(around_with(tmp_path), html_network())
    with pytest.raises(OffError, match="ENRICHMENT_RENDER"):
        renderer.handle_request(httpx.Request("GET", "http://shop.test/"))
    renderer.close()


def test_only_get_is_rendered(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="not POST"):
        Renderer(around_with(tmp_path), html_network()).handle_request(
            httpx.Request("POST", "http://shop.test/")
        )


def test_a_page_without_end_in_size_is_cut(tmp_path: Path) -> None:
    renderer = Renderer(around_with(tmp_path), html_network(b"x" * (LARGEST_BODY + 1)))
    with pytest.raises(DownError, match="more than 10 MB"):
        renderer.handle_request(httpx.Request("GET", "http://shop.test/"))
