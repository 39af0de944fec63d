"""From the place a person names to one checked archive on this disk.

A place is an archive, a folder that holds one, or the address of either; MetaBrainz' folders of dated dumps are
understood (`LATEST`, listings). Nothing is believed before its SHA-256 fits. What is inside is not looked at here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from enrichment_pipeline.sources.dumps.download import Download, shown
from enrichment_pipeline.sources.dumps.report import DumpChecksumError, DumpError, DumpNotFoundError

_SUMS = "SHA256SUMS"
_LATEST = "LATEST"
_ARCHIVE_NAME = re.compile(r"\.(?:tar(?:\.(?:bz2|gz|xz|zst))?|xml(?:\.gz)?)$")
_SUM_LINE = re.compile(r"^([0-9a-fA-F]{64})[ \t]+[* ]?(?:.*/)?([^/\s]+)\s*$", re.MULTILINE)
_LINK = re.compile(r"""href\s*=\s*["']([^"'?#]+)["']""", re.IGNORECASE)
_DATED_FOLDER = re.compile(r"^[\w-]*\d{8}-\d{6}$")
_HASH_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Archive:
    """A checked archive: where it lies, what it was called where it came from, checksum and size."""

    path: Path
    place: str
    sha256: str
    size_bytes: int


@contextmanager
def archive_at(
    place: str | Path,
    name: re.Pattern[str],
    *,
    keep_in: Path,
    download: Download | None,
    sha256: str | None = None,
) -> Iterator[Archive]:
    """The archive of a place, its checksum verified.

    A download lies in `keep_in` only while it is used: it is removed when the block ends well, and stays where
    the block fails, so that gigabytes need not come twice.

    Args:
        place: path or address of an archive, of a folder that holds one, or of a folder of dated folders.
        name: what the archive is called.
        keep_in: folder for downloads.
        download: fetches an address; needed for addresses only.
        sha256: the published checksum where none stands beside the archive.

    Raises:
        DumpNotFoundError: nothing of that name is there.
        DumpChecksumError: the file is not the published one, or no checksum is known.
        DumpError: the place is an address and there is no `download`, or it failed.
    """
    if urlsplit(str(place)).scheme not in ("http", "https"):
        path = _local_archive(Path(place), name)
        expected = sha256 or _sum_beside(path)
        yield Archive(path, str(path), _checked(path, expected), path.stat().st_size)
        return
    if download is None:
        raise DumpError(f"{shown(place)} is an address: pass a download, such as http_download(user_agent)")
    remote = _Remote(download, keep_in, name)
    url = remote.archive_url(str(place))
    expected = sha256 or remote.sum_of(url)
    # named by its checksum too, so that what has arrived of another dump is never gone on with
    path = keep_in / f"{expected[:12].lower()}-{_last(url)}"
    for other in keep_in.glob(f"*-{_last(url)}*"):
        if not other.name.startswith(path.name):
            other.unlink()
    if not path.exists():
        download(url, path)
    try:
        found = _checked(path, expected)
    except DumpChecksumError:
        # what is wrong with it cannot be mended by going on
        path.unlink()
        raise
    yield Archive(path, shown(url), found, path.stat().st_size)
    path.unlink()


def _local_archive(path: Path, name: re.Pattern[str]) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise DumpNotFoundError(f"{path}: no such file or folder")
    found = sorted(p for p in path.iterdir() if p.is_file() and name.search(p.name))
    if found:
        return found[-1]
    latest = path / _LATEST
    if latest.is_file():
        return _local_archive(path / Path(latest.read_text(encoding="ascii").strip()).name, name)
    dated = sorted(p for p in path.iterdir() if p.is_dir() and _DATED_FOLDER.match(p.name))
    if dated:
        return _local_archive(dated[-1], name)
    raise DumpNotFoundError(f"{path}: holds no file like {name.pattern} and no {_LATEST}")


class _Remote:
    """Finds things below an address."""

    def __init__(self, download: Download, keep_in: Path, name: re.Pattern[str]) -> None:
        self._download = download
        self._keep_in = keep_in
        self._name = name

    def archive_url(self, url: str) -> str:
        """Address of the archive: the one given, the one its folder's checksums name, or that of the latest."""
        if _ARCHIVE_NAME.search(urlsplit(url).path):
            return url
        folder = url.rstrip("/") + "/"
        sums = self._text(urljoin(folder, _SUMS))
        if sums is not None:
            names = sorted(found for _, found in _SUM_LINE.findall(sums) if self._name.search(found))
            if not names:
                raise DumpNotFoundError(f"{shown(folder)}: {_SUMS} names no file like {self._name.pattern}")
            return urljoin(folder, names[-1])
        latest = self._text(urljoin(folder, _LATEST))
        if latest is not None:
            return self.archive_url(urljoin(folder, Path(latest.strip()).name + "/"))
        return self._listed(folder)

    def _listed(self, folder: str) -> str:
        listing = self._text(folder)
        links = [unquote(link) for link in _LINK.findall(listing or "")]
        files = sorted(link for link in links if "/" not in link and self._name.search(link))
        if files:
            return urljoin(folder, files[-1])
        dated = sorted(link for link in links if _DATED_FOLDER.match(link.rstrip("/")))
        if dated:
            return self.archive_url(urljoin(folder, dated[-1]))
        raise DumpNotFoundError(
            f"{shown(folder)}: no {_SUMS}, no {_LATEST} and no listing with a file like {self._name.pattern}; "
            "give the address of the file itself"
        )

    def sum_of(self, url: str) -> str:
        """The published checksum of a file.

        Raises:
            DumpChecksumError: there is none.
        """
        name = _last(url)
        for beside in _sum_files(name):
            text = self._text(urljoin(url, beside))
            found = _sum_in(text, name) if text is not None else None
            if found:
                return found
        raise _no_sum(shown(url), name)

    def _text(self, url: str) -> str | None:
        target = self._keep_in / f"{_last(url) or 'listing'}.text"
        target.unlink(missing_ok=True)
        try:
            self._download(url, target)
            return target.read_text(encoding="utf-8", errors="replace")
        except DumpNotFoundError:
            return None
        finally:
            target.unlink(missing_ok=True)


def _last(url: str) -> str:
    return unquote(urlsplit(url).path).rsplit("/", 1)[-1]


def _sum_files(name: str) -> tuple[str, ...]:
    """Names of files that may hold the checksum of `name`: MetaBrainz', the common one, Discogs'."""
    discogs = re.sub(r"_[a-z]+\.xml(?:\.gz)?$", "_CHECKSUM.txt", name)
    return (_SUMS, f"{name}.sha256", *([discogs] if discogs != name else []))


def _sum_beside(path: Path) -> str:
    for beside in _sum_files(path.name):
        file = path.with_name(beside)
        found = _sum_in(file.read_text(encoding="utf-8"), path.name) if file.is_file() else None
        if found:
            return found
    raise _no_sum(str(path), path.name)


def _sum_in(text: str, name: str) -> str | None:
    named = {found: digest for digest, found in _SUM_LINE.findall(text)}
    bare = re.fullmatch(r"\s*([0-9a-fA-F]{64})\s*", text)
    digest = bare[1] if bare else named.get(name)
    return digest.lower() if digest else None


def _no_sum(place: str, name: str) -> DumpChecksumError:
    return DumpChecksumError(
        f"{place}: no checksum is known. Put the published {' or '.join(_sum_files(name))} beside it, or pass sha256="
    )


def _checked(path: Path, expected: str) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
    found = digest.hexdigest()
    if found != expected.lower():
        raise DumpChecksumError(
            f"{path}: expected SHA-256 {expected.lower()}, found {found}; the file is damaged or another one. "
            "Fetch it again"
        )
    return found
