"""A forward proxy and a plain host on this machine, for tests of the exits."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class Served:
    """A server in a thread of its own, what it was asked, and how often anybody knocked."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], **settings: Any) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"served": self}))
        self.asked: list[str] = []
        self.connections = 0
        self.settings = settings

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[Served]:
        """Serves within the block."""
        # polls often, so that stopping does not wait
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # a connection a request: nothing is left open
    served: Served

    def handle(self) -> None:
        self.served.connections += 1
        super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class HostHandler(_Quiet):
    """Answers with a page by path; 404 for others."""

    def do_GET(self) -> None:
        self.served.asked.append(self.path)
        pages: dict[str, Any] = self.served.settings["pages"]
        page = pages.get(urlsplit(self.path).path)
        if page is None:
            self.answer(404, b"not found")
        else:
            self.answer(*(page if isinstance(page, tuple) else (200, page.encode())))


class ProxyHandler(_Quiet):
    """Passes GET requests on, to those who know the login."""

    def do_GET(self) -> None:
        self.served.asked.append(self.path)
        login = self.served.settings.get("login")
        wanted = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None
        if wanted is not None and self.headers.get("Proxy-Authorization") != wanted:
            self.answer(407, b"who are you?")
            return
        target = urlsplit(self.path)
        connection = HTTPConnection(target.netloc, timeout=5)
        try:
            connection.request("GET", f"{target.path}?{target.query}" if target.query else target.path)
            response = connection.getresponse()
            self.answer(response.status, response.read(), response.headers["Content-Type"])
        finally:
            connection.close()


def host(pages: dict[str, Any]) -> Served:
    """A host with these pages."""
    return Served(HostHandler, pages=pages)


def proxy(login: str | None = None) -> Served:
    """A forward proxy; `login` is "user:password"."""
    return Served(ProxyHandler, login=login)
