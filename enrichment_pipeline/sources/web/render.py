"""Pages that are empty before a browser has run them: a system Chromium that cannot reach the network by itself.

Every request of a page is handed out, checked, and carried by the same transport as all others: same exits, same
true name, no other host, redirects left to the client. A page that is a bot check is never run. What is asked, and
how often, is the client's business.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

from enrichment_pipeline.sources.http.client import LARGEST_BODY
from enrichment_pipeline.sources.outcomes import DownError, OffError, RefusedError
from enrichment_pipeline.sources.surroundings import Surroundings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route

RENDER_VARIABLE = "ENRICHMENT_RENDER"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_OFF = ("0", "no", "false", "off")
_SEARCH = ("1", "yes", "true", "on")
_NOT_LOADED = ("image", "media", "font")
# A shop's page needs a dozen scripts; one that wants hundreds of files is not worth their load.
_MOST_FILES = 60
_DEFAULT_TIMEOUT_SECONDS = 30.0
_LAUNCH_TIMEOUT_SECONDS = 60.0
# Says something of how the body travelled, which is over once it is here.
_OF_THE_WAY = ("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive")
# The browser is given what it needs to start, and none of the keys in the environment.
_BROWSER_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_RUNTIME_DIR", "DISPLAY")


def browser_path(surroundings: Surroundings) -> str | None:
    """The Chromium that is used: the one `ENRICHMENT_RENDER` names, else one on PATH; None where there is none."""
    wanted = surroundings.get(RENDER_VARIABLE) or "0"
    names = _BROWSERS if wanted.lower() in (*_SEARCH, *_OFF) else (wanted,)
    found = (shutil.which(name, path=surroundings.get("PATH")) for name in names)
    return next((path for path in found if path is not None), None)


def off_reason(surroundings: Surroundings) -> str | None:
    """Why pages are not rendered, saying what to set or install; None when they are."""
    wanted = surroundings.get(RENDER_VARIABLE) or "0"
    if wanted.lower() in _OFF:
        return f"its pages are empty before a browser has run them: set {RENDER_VARIABLE}=1"
    if importlib.util.find_spec("playwright") is None:
        return "rendering needs Playwright: install the project with its extra, enrichment-pipeline[render]"
    if browser_path(surroundings) is None:
        names = ", ".join(_BROWSERS)
        return (
            f"rendering needs a Chromium: install one ({names} on PATH), or set {RENDER_VARIABLE} to its path"
        )
    return None


class Renderer(httpx.BaseTransport):
    """Gets a page, lets a browser run it, and answers with the page's status and its HTML after that.

    What is no HTML of status 200 comes as it is: redirects, refusals, robots.txt. The browser starts with the first
    page to run, in a thread of its own, because Playwright is bound to the thread that started it.

    Args:
        surroundings: environment: which browser.
        network: what carries requests; the caller's, closed with this.
        refuses: bodies that are not run, such as bot checks.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        network: httpx.BaseTransport,
        *,
        refuses: Callable[[bytes], bool] = lambda body: False,
    ) -> None:
        self._surroundings = surroundings
        self._network = network
        self._refuses = refuses
        self._thread: ThreadPoolExecutor | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Get and render one page.

        Raises:
            RefusedError: not a GET.
            DownError: the page cannot be run, or is more than 10 MB.
            OffError: there is no browser.
            httpx.TransportError: of the network.
        """
        if request.method != "GET":
            raise RefusedError(f"a browser renders what GET answers, not {request.method}")
        response = self._fetch(request)
        is_page = response.status_code == 200 and "html" in response.headers.get("content-type", "")
        if not is_page or self._refuses(response.content):
            return response
        seconds = (request.extensions.get("timeout") or {}).get("read") or _DEFAULT_TIMEOUT_SECONDS
        html = self._in_thread(lambda: self._run(request, response, seconds))
        headers = [(k, v) for k, v in response.headers.multi_items() if k != "content-type"]
        return httpx.Response(
            200, headers=[*headers, ("content-type", "text/html; charset=utf-8")], content=html.encode()
        )

    def close(self) -> None:
        """Stop the browser; it starts again when needed."""
        if self._thread is not None:
            self._in_thread(self._stop)
            self._thread.shutdown()
            self._thread = None
        self._network.close()

    def _fetch(self, request: httpx.Request) -> httpx.Response:
        """The answer with its whole body, as it is once unpacked."""
        response = self._network.handle_request(request)
        try:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise DownError(
                        f"{request.url.host} answered more than {LARGEST_BODY // 2**20} MB; cut off"
                    )
        finally:
            response.close()
        headers = [(k, v) for k, v in response.headers.multi_items() if k not in _OF_THE_WAY]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body))

    # ---- in the browser's thread ---------------------------------------------------------------------

    def _in_thread(self, work: Callable[[], Any]) -> Any:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        future: Future[Any] = self._thread.submit(work)
        return future.result()

    def _started(self) -> Browser:
        if self._browser is not None and self._browser.is_connected():
            return self._browser
        self._stop()
        reason = off_reason(self._surroundings)
        if reason is not None:
            raise OffError(reason)
        from playwright.sync_api import sync_playwright  # optional: only who renders has it

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=browser_path(self._surroundings),
            # Chromium's sandbox does not start for root
            chromium_sandbox=os.geteuid() != 0,
            # whatever does not go through `_answer` leads nowhere
            args=["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-dev-shm-usage"],
            env={k: v for k, v in os.environ.items() if k in _BROWSER_ENVIRONMENT},
            timeout=1000 * _LAUNCH_TIMEOUT_SECONDS,
        )
        return self._browser

    def _stop(self) -> None:
        try:
            if self._browser is not None:
                self._browser.close()
        finally:
            self._browser = None
            if self._playwright is not None:
                self._playwright.stop()
            self._playwright = None

    def _run(self, request: httpx.Request, response: httpx.Response, seconds: float) -> str:
        from playwright.sync_api import Error

        context: BrowserContext | None = None
        try:
            context = self._started().new_context(
                user_agent=request.headers.get("user-agent"), service_workers="block", accept_downloads=False
            )
            context.route("**/*", _Files(self._fetch, request, response))
            context.route_web_socket("**/*", lambda socket: socket.close())
            return _html_of(context.new_page(), str(request.url), seconds)
        except Error as error:
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DownError(f"the page of {request.url.host} could not be rendered: {words}") from error
        finally:
            if context is not None and self._browser is not None and self._browser.is_connected():
                context.close()


def _html_of(page: Page, url: str, seconds: float) -> str:
    """The page's HTML once it asks for nothing more, or when the time is over."""
    from playwright.sync_api import TimeoutError as TooLong

    deadline = time.monotonic() + seconds

    def left() -> float:
        return max(1.0, 1000 * (deadline - time.monotonic()))

    page.goto(url, wait_until="commit", timeout=left())
    with suppress(TooLong):  # a page that never rests is taken as it is by then
        page.wait_for_load_state("networkidle", timeout=left())
    # bounded, as `page.content()` is not: a script that never ends would hold it for good
    return f"<!DOCTYPE html>\n<html>{page.locator('html').inner_html(timeout=max(2000.0, left()))}</html>"


class _Files:
    """Answers what one page asks for: itself, and files of its own host."""

    def __init__(
        self,
        fetch: Callable[[httpx.Request], httpx.Response],
        request: httpx.Request,
        response: httpx.Response,
    ) -> None:
        self._fetch = fetch
        self._request = request
        self._response: httpx.Response | None = response
        self._files = 0

    def __call__(self, route: Route) -> None:
        if not route.request.is_navigation_request():
            response = self._file(route)
            if response is None:
                route.abort()
                return
        elif self._response is not None:
            # the page is here already
            response, self._response = self._response, None
        else:
            # Where it wants to lead on to, its frames and windows: "nothing new", so that it stays as it is. An
            # error would put a page of the browser in its place.
            response = httpx.Response(204)
        route.fulfill(
            status=response.status_code, headers=dict(response.headers.items()), body=response.content
        )

    def _file(self, route: Route) -> httpx.Response | None:
        asked, page = route.request, self._request
        url = httpx.URL(asked.url)
        is_own = (url.scheme, url.host, url.port) == (page.url.scheme, page.url.host, page.url.port)
        self._files += 1
        if (
            not is_own
            or asked.method != "GET"
            or asked.resource_type in _NOT_LOADED
            or self._files > _MOST_FILES
        ):
            return None
        headers = {
            "User-Agent": page.headers.get("user-agent", ""),
            "Accept": asked.headers.get("accept", "*/*"),
        }
        try:
            response = self._fetch(
                httpx.Request("GET", url, headers=headers, extensions=dict(page.extensions))
            )
        except (httpx.HTTPError, DownError):
            return None
        return None if response.is_redirect else response
