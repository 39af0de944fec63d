"""Cleaning of one line before it is read: encoding accidents, marks of wikis and HTML, white space.

Only repairs that lose no word belong here. What a word means is for the other `grammar_*` modules;
the raw line itself is never changed, it stays in `ParsedLine.raw`.
"""

from __future__ import annotations

import html
import re
import unicodedata

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Only names of real tags: "Wreck<" is a label and "<3" a heart.
_TAG = re.compile(
    r"</?(?:nowiki|ref|references|small|big|sup|sub|br|b|i|u|s|em|strong|span|div|p|a|li|ul|ol|font|code|tt|del|ins)"
    r"(?:\s[^<>]{0,200})?\s?/?>",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"\[\[(?:Category|File|Image):[^\[\]]*\]\]", re.IGNORECASE)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]{1,120}\|)?([^\[\]|]{1,120})\]\](?!\])")
_WIKI_QUOTES = re.compile(r"'''''|'''|(?<![\w'])''(?=[^'])|(?<=[^'])''(?![\w'])")

# cp1252 gives its own characters to most bytes 0x80-0x9f; the five it leaves free come through as
# control characters, so both spellings of a continuation byte are met.
_CP1252_BYTES = {
    bytes([b]).decode("cp1252"): b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BYTE_OF = {**{chr(b): b for b in range(0x80, 0x100)}, **_CP1252_BYTES}
_QUOTES_AND_DASHES = "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2039\u203a"
_CONTINUATION = "\x80-\xbf" + "".join(re.escape(c) for c in _CP1252_BYTES)
_STRICT_CONTINUATION = "\x80-\x9f\xa1-\xbf" + "".join(
    re.escape(c) for c in _CP1252_BYTES if c not in _QUOTES_AND_DASHES
)
# Lead bytes whose result is a letter of a Latin script, a punctuation mark or a symbol. Others (Cyrillic,
# Greek) count only in pairs, because "É" or "Ð" before a quotation mark is ordinary text.
_MOJIBAKE = re.compile(
    f"[\xc2\xc3][{_CONTINUATION}]"
    f"|[\xc4\xc5][{_STRICT_CONTINUATION}]"
    f"|(?:[\xce\xcf\xd0\xd1][{_CONTINUATION}]){{2,}}"
    f"|[\xe2\xe3\xef][{_CONTINUATION}]{{2}}"
    f"|\xf0[{_CONTINUATION}]{{3}}"
)

REPAIRED_MOJIBAKE = "repaired: UTF-8 read as Latin-1"
REPAIRED_MARKUP = "repaired: HTML or wiki marks"
REPAIR_NOTES = frozenset({REPAIRED_MOJIBAKE, REPAIRED_MARKUP})


def _redecode(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTE_OF[c] for c in match[0]).decode("utf-8")
    except (UnicodeDecodeError, KeyError):
        return match[0]


def repair_mojibake(text: str) -> str:
    """Text with UTF-8 that was read as Latin-1 or Windows-1252 turned back ("Ã˜" to "Ø").

    Works on each garbled run alone, so that a line of mixed origin is repaired as far as it can be.
    A run that does not decode stays as it is.
    """
    return _MOJIBAKE.sub(_redecode, text)


def _clean_once(text: str) -> tuple[str, str, str]:
    """One pass; returns the text, then how it stood after mojibake repair, then after mark removal."""
    decoded = text if text.isascii() else repair_mojibake(text)
    plain = decoded
    if "&" in plain:
        plain = _ENTITY.sub(lambda m: html.unescape(m[0]), plain)
    if "<" in plain:
        plain = _TAG.sub("", plain)
    if "[[" in plain:
        plain = _WIKI_LINK.sub(r"\1", _CATEGORY.sub(" ", plain))
    if "''" in plain:
        plain = _WIKI_QUOTES.sub("", plain)
    result = plain
    if not result.isascii():
        result = unicodedata.normalize("NFC", _INVISIBLE.sub("", result))
    elif not result.isprintable():
        result = _INVISIBLE.sub("", result)
    result = _SPACES.sub(" ", result).strip()
    if "_-_" in result and " - " not in result:
        # A file name: its underscores stand for spaces.
        result = _SPACES.sub(" ", result.replace("_", " ")).strip()
    return result, decoded, plain


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """The line as it is read, and which repairs that took.

    Args:
        text: any string.

    Returns:
        The text with mojibake repaired, entities resolved, tags, wiki marks, zero-width and control
        characters gone and white space folded; and the repair notes (members of `REPAIR_NOTES`).
        Cleaning a cleaned text changes nothing.
    """
    if (
        text.isascii()
        and text.isprintable()
        and "  " not in text
        and "<" not in text
        and "[[" not in text
        and "''" not in text
        and "_-_" not in text
        and (";" not in text or "&" not in text)
    ):
        # Most lines are plain ASCII and need no more; methods of str beat one pattern here by far.
        return text.strip(), ()
    repairs: list[str] = []
    # Each pass either shortens the text or changes nothing, so the loop ends.
    while True:
        result, decoded, plain = _clean_once(text)
        if decoded != text and REPAIRED_MOJIBAKE not in repairs:
            repairs.append(REPAIRED_MOJIBAKE)
        if plain != decoded and REPAIRED_MARKUP not in repairs:
            repairs.append(REPAIRED_MARKUP)
        if result == text:
            return result, tuple(repairs)
        text = result
