from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.sources.dumps.core import load_core_dump
from enrichment_pipeline.sources.dumps.download import http_download, shown
from enrichment_pipeline.sources.dumps.report import DumpChecksumError, DumpError, DumpNotFoundError
from enrichment_pipeline_tests.sources.dumps.lakes import left_over
from enrichment_pipeline_tests.sources.dumps.tiny import write_tiny

AGENT = "enrichment_pipeline/test ( nobody@example.org )"
CONTENT = bytes(range(256)) * 40
URL = "https://dumps.example/file.tar.bz2"


class Body(httpx.SyncByteStream):
    """A body as the network brings it, which may break off."""

    def __init__(self, content: bytes, *, is_cut: bool = False) -> None:
        self.content, self.is_cut = content, is_cut

    def __iter__(self) -> Iterator[bytes]:
        yield self.content
        if self.is_cut:
            raise httpx.ReadError("the line is dead")


class Host:
    """Answers with what it has, from where it is asked, and breaks off after `cut` bytes as often as told."""

    def __init__(self, *, cuts: int = 0, cut: int = 3_000, resumes: bool = True) -> None:
        self.cuts, self.cut, self.resumes = cuts, cut, resumes
        self.asked: list[str | None] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["User-Agent"] == AGENT
        asked = request.headers.get("Range")
        self.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.resumes else 0
        if asked and start >= len(CONTENT):
            return httpx.Response(416)
        rest = CONTENT[start:]
        headers = {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
        if self.cuts:
            self.cuts -= 1
            return httpx.Response(
                206 if start else 200, headers=headers, stream=Body(rest[: self.cut], is_cut=True)
            )
        return httpx.Response(206 if start else 200, headers=headers, stream=Body(rest))

    def fetch(self, target: Path, attempts: int = 3) -> None:
        fetch(self, target, attempts, self.waits.append)


def fetch(
    answer: Callable[[httpx.Request], httpx.Response],
    target: Path,
    attempts: int = 3,
    sleep: Callable[[float], object] = lambda _: None,
) -> None:
    transport = httpx.MockTransport(answer)
    http_download(AGENT, attempts=attempts, transport=transport, sleep=lambda s: (sleep(s), None)[1])(
        URL, target
    )


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    Host().fetch(tmp_path / "new" / "file")
    assert (tmp_path / "new" / "file").read_bytes() == CONTENT
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["file"]


def test_an_interruption_is_resumed_in_the_same_call(tmp_path: Path) -> None:
    host = Host(cuts=2)
    host.fetch(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert host.asked == [None, "bytes=3000-", "bytes=6000-"]
    assert host.waits == [2.0, 2.0]  # each attempt brought something


def test_a_call_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:5_000])
    host = Host()
    host.fetch(tmp_path / "file")
    assert host.asked == ["bytes=5000-"]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_does_not_resume_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"x" * 5_000)
    Host(resumes=False).fetch(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"x" * 50_000)
    Host().fetch(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_giving_up_keeps_what_has_arrived(tmp_path: Path) -> None:
    waits: list[float] = []
    (tmp_path / "file.part").write_bytes(b"kept")
    with pytest.raises(DumpError, match=r"after 3 attempts; what has arrived \(4 bytes\) is kept"):
        fetch(lambda _: httpx.Response(503), tmp_path / "file", sleep=waits.append)
    assert (tmp_path / "file.part").read_bytes() == b"kept"
    assert waits == [4.0, 8.0]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(404), DumpNotFoundError, "404, there is no such file"),
        (httpx.Response(403), DumpNotFoundError, "403, no such file, or asking is refused"),
        (httpx.Response(401), DumpError, "the server answers 401"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example/x"}), DumpError, "another host"),
        (httpx.Response(302, headers={"Location": URL}), DumpError, "more than 5 redirects"),
    ],
)
def test_what_is_no_file(answer: httpx.Response, error: type[Exception], words: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=words):
        fetch(lambda _: answer, tmp_path / "file")


def test_a_redirect_on_the_same_host_is_followed(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/moved":
            return httpx.Response(301, headers={"Location": "/moved"})
        return httpx.Response(200, stream=Body(b"here"))

    fetch(answer, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"here"


def test_secrets_of_an_address_are_not_shown() -> None:
    assert shown("https://me:secret@dumps.example:8443/a/b?key=secret") == "https://dumps.example:8443/a/b"
    assert shown("data/dump") == "data/dump"


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder served on 127.0.0.1 with listings, as MetaBrainz serves its dumps."""
    folder = tmp_path / "site"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Files, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "path",
    [
        "/fullexport/",
        "/fullexport",
        "/fullexport/20261104-000000/",
        "/fullexport/20261104-000000/mbdump.tar.bz2",
    ],
)
def test_a_dump_is_loaded_from_an_address(path: str, site: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = site
    write_tiny(folder / "fullexport" / "20261101-000000", {"isrc": []})
    write_tiny(folder / "fullexport" / "20261104-000000")
    (folder / "fullexport" / "LATEST").write_text("20261104-000000\n")
    lake = Lake(tmp_path / "data")
    report = load_core_dump(lake, address + path, download=http_download(AGENT))
    assert report.rows == 9
    assert report.place == f"{address}/fullexport/20261104-000000/mbdump.tar.bz2"
    assert left_over(lake) == []


def test_a_listing_is_read_where_there_is_no_latest(site: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = site
    write_tiny(folder / "20261101-000000", {"isrc": []})
    write_tiny(folder / "20261104-000000")
    report = load_core_dump(Lake(tmp_path / "data"), address, download=http_download(AGENT))
    assert "/20261104-000000/" in report.place


def test_a_damaged_download_is_removed_so_that_the_next_call_fetches_it_again(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    archive = write_tiny(folder)
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-100] + b"x" * 100)
    lake = Lake(tmp_path / "data")
    with pytest.raises(DumpChecksumError, match="expected SHA-256"):
        load_core_dump(lake, address, download=http_download(AGENT))
    archive.write_bytes(whole)
    assert load_core_dump(lake, address, download=http_download(AGENT)).rows == 9


def test_what_has_arrived_of_another_dump_is_not_gone_on_with(site: tuple[Path, str], tmp_path: Path) -> None:
    """Every core dump has the same name; the halves of two would never fit a checksum."""
    folder, address = site
    write_tiny(folder)
    lake = Lake(tmp_path / "data")
    kept = tmp_path / "data" / "dumps" / "mb_track_labels"
    kept.mkdir(parents=True)
    for name in ("0123456789ab-mbdump.tar.bz2.part", "0123456789ab-mbdump.tar.bz2"):
        (kept / name).write_bytes(b"of last month")
    assert load_core_dump(lake, address, download=http_download(AGENT)).rows == 9
    assert left_over(lake) == []


def test_a_download_that_could_not_be_loaded_is_not_fetched_again(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    archive = write_tiny(folder, {"isrc": None})
    lake = Lake(tmp_path / "data")
    with pytest.raises(DumpError, match="lacks mbdump/isrc"):
        load_core_dump(lake, address, download=http_download(AGENT))
    assert [name.split("-", 1)[1] for name in left_over(lake)] == ["mbdump.tar.bz2"]
    archive.unlink()
    with pytest.raises(DumpError, match="lacks mbdump/isrc"):
        load_core_dump(lake, address, download=http_download(AGENT))


def test_an_address_needs_a_download_and_a_place_with_a_dump(site: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="pass a download"):
        load_core_dump(Lake(tmp_path / "data"), site[1])
    with pytest.raises(DumpNotFoundError, match="no SHA256SUMS, no LATEST and no listing"):
        load_core_dump(Lake(tmp_path / "data"), site[1], download=http_download(AGENT))
