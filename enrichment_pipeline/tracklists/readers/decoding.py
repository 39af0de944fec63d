"""Bytes to lines of text: byte-order marks, UTF-8 with a Latin-1 fallback, the three line ends.

Knows nothing of tracklists.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

# UTF-32 before UTF-16: its little-endian mark begins with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a file, the encoding it was read with, and what a person should know about that."""

    text: str
    encoding: str
    notes: tuple[str, ...]


class UndecodableError(ValueError):
    """The bytes are no text in any encoding read here; the message says what to do."""


def decode(data: bytes) -> Decoded:
    """Text of `data`, without byte-order mark.

    UTF-8 and UTF-16 are known by their mark; without one UTF-8 is tried. Lines that are not UTF-8 are
    read as Latin-1 in its Windows form, each by itself: one wrong byte does not spoil the other lines.

    Raises:
        UndecodableError: a byte-order mark announces what the bytes are not, or UTF-16 has no mark.
    """
    for mark, name, codec in _MARKS:
        if data.startswith(mark) and name != "utf-8":
            try:
                return Decoded(data.decode(codec), name, ())
            except UnicodeDecodeError as error:
                raise UndecodableError(
                    f"begins with the byte-order mark of {name} but is not {name}: save it as UTF-8"
                ) from error
    body = data.removeprefix(codecs.BOM_UTF8)
    sample = body[:2000]
    # Every other byte of UTF-16 text in Latin script is zero; UTF-8 text has no zero byte at all.
    if len(sample) >= 8 and max(sample[0::2].count(0), sample[1::2].count(0)) * 5 > len(sample):
        raise UndecodableError(
            "looks like UTF-16 without a byte-order mark, or like no text: save it as UTF-8"
        )
    encoding = "utf-8-sig" if len(body) < len(data) else "utf-8"
    try:
        return Decoded(body.decode("utf-8"), encoding, ())
    except UnicodeDecodeError:
        return _decode_line_by_line(body)


def _decode_line_by_line(body: bytes) -> Decoded:
    parts: list[str] = []
    latin_lines = 0
    other_utf8_lines = 0
    lines = body.splitlines(keepends=True)
    for line in lines:
        try:
            parts.append(line.decode("utf-8"))
            other_utf8_lines += not line.isascii()
        except UnicodeDecodeError:
            parts.append(_latin(line))
            latin_lines += 1
    if other_utf8_lines:
        note = f"{latin_lines} of {len(lines)} lines are not UTF-8: those are read as Latin-1"
        return Decoded("".join(parts), "utf-8, latin-1", (note,))
    return Decoded("".join(parts), "latin-1", ("not UTF-8: read as Latin-1",))


def _latin(line: bytes) -> str:
    try:
        # Windows-1252 is Latin-1 with dashes and curly quotes where Latin-1 has control characters.
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def lines_of(text: str) -> list[str]:
    r"""Lines of `text` without their ends; only \n, \r\n and \r end a line.

    `str.splitlines` would also cut at characters such as U+2028 or U+0085 that stand inside titles.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    return lines
