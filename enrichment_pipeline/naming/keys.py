"""Canonical keys: one spelling-free string per artist, title, label and catalogue number.

A key only serves comparison; the name shown to people is always a spelling somebody wrote.
Aliases that need evidence (two names of one act) are learned in `enrichment_pipeline.catalogue`;
only what holds for every name stands here.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ı": "i",
        "þ": "th",
        "$": "s",
        "@": "a",
    }
)
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_NOT_WORD = re.compile(r"[\W_]+")
_APOSTROPHE = re.compile(r"['’‘`´ʼ]")
_ABBREVIATION_DOT = re.compile(r"(?<=\b\w)\.(?=\w\b|\w\.|\s|$)")
_JOIN_WORDS = frozenset({"and", "n", "und", "y", "et"})
_COUNTRY_TAG = re.compile(
    r"\s*[(\[](?:USA?|UK|GB|DE|GER|FR|FRA|IT|ITA|NL|HOL|ES|ESP|SP|BE|BEL|BR|BRA|AR|ARG|AU|AUS|CA|CAN|CH|SUI|SE|SWE|"
    r"JP|JPN|RU|RUS|UA|UKR|PL|POL|PT|POR|IE|IRL|MX|MEX|CL|CHI|TR|TUR|GR|GRE|HU|HUN|RO|ROU|DK|DEN|NO|NOR|FI|FIN|AT|"
    r"AUT|IL|ISR|ZA|RSA|NZ|IN|CZ|SK|RS|SRB|HR|CRO|LT|LV|EE|CO|COL|PE|VE|UY)[)\]]\s*$"
)
# Words that name the kind of company and not the label; only folded in the key, never in the shown name.
COMPANY_WORDS = frozenset(
    (
        "records",
        "record",
        "recordings",
        "recording",
        "recs",
        "rec",
        "music",
        "musik",
        "musica",
        "ltd",
        "limited",
        "inc",
        "incorporated",
        "llc",
        "gmbh",
        "kft",
        "plc",
        "co",
        "corp",
        "company",
        "label",
        "srl",
        "sarl",
        "bv",
        "ag",
        "sa",
        "productions",
        "production",
        "prod",
        "entertainment",
        "ent",
        "audio",
    )
)
_PART = re.compile(r"\b(?:pt|part|parte|teil|vol|volume)\b")


@lru_cache(maxsize=400_000)
def fold(text: str) -> str:
    """Text without accents, case, punctuation and doubled spaces; `&` and `+` read as "and".

    Returns "" for text without any letter or digit.
    """
    text = _ZERO_WIDTH.sub("", html.unescape(text) if "&" in text else text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    text = text.casefold().translate(_LETTERS).replace("&", " and ").replace("+", " and ")
    text = _ABBREVIATION_DOT.sub("", _APOSTROPHE.sub("", text))
    return _NOT_WORD.sub(" ", text).strip()


def _compact(words: list[str], original: str) -> str:
    key = "".join(words)
    # A name of signs alone ("!!!", "???") is still a name: its own characters are its key.
    return key or "".join(original.casefold().split())


@lru_cache(maxsize=400_000)
def artist_key(name: str) -> str:
    """Key of one artist or one whole credit.

    Folds accents, case, punctuation, spacing, `&`/and, a leading "The" and a country tag: "Pan-Pot",
    "Panpot" and "The Pan Pot (DE)" share the key "panpot". "" only for blank input.
    """
    words = fold(_COUNTRY_TAG.sub("", name)).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    # "M A N I K" is spelled out, its N joins nothing
    if len(words) > 2 and any(len(w) > 1 for w in words):
        words = [words[0], *(w for w in words[1:-1] if w not in _JOIN_WORDS), words[-1]]
    return _compact(words, name)


@lru_cache(maxsize=400_000)
def title_key(title: str) -> str:
    """Key of a title without its version: spacing and punctuation folded, "Part 2" like "Pt. 2"."""
    words = _PART.sub("pt", fold(title)).split()
    if len(words) > 2:
        words = [words[0], *("and" if w == "n" else w for w in words[1:-1]), words[-1]]
    return _compact(words, title)


_ROOT_CUT = re.compile(r"\s*(?:[(\[]|\bvs\b\.?).*$", re.IGNORECASE)
_ROOT_SPELLINGS = (
    (re.compile(r"\byou\b"), "u"),
    (re.compile(r"\bthrough\b"), "thru"),
    (re.compile(r"\band\b"), ""),
    (re.compile(r"ing\b"), "in"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|qu"), "k"),
    (re.compile(r"z"), "s"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_ROOT_NUMBER = re.compile(r"(?:\b(?:pt|no|v|ver)\b|\b[ivx]+\b|[\d\W_])+$")


@lru_cache(maxsize=400_000)
def title_root(title: str) -> str:
    """A looser key, for titles that may be one: bracketed tails, numbers at the end and common slips folded.

    "Skulls 1" and "Skulls2", "The Legecy (Live)" and "Legecy", "I Found You" and "I Found U" share a root.
    Equal roots are a hint, never a proof: they only propose candidates. "" where fewer than four letters stay.
    """
    words = _PART.sub("pt", fold(_ROOT_CUT.sub("", title) or title))
    if words.startswith("the "):
        words = words[4:]
    words = _ROOT_NUMBER.sub("", words) or words
    for pattern, replacement in _ROOT_SPELLINGS:
        words = pattern.sub(replacement, words)
    root = "".join(words.split())
    return root if len(root) >= 4 else ""


@lru_cache(maxsize=100_000)
def label_key(name: str) -> str:
    """Key of a label: company words (Records, Music, Ltd, ...) and `&`/`+` folded away.

    "SCI + TEC" and "Sci-Tec Records" share "scitec"; a label of company words alone keeps them.
    """
    words = [w for w in fold(name).split() if w not in _JOIN_WORDS]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    core = [w for w in words if w not in COMPANY_WORDS]
    return _compact(core or words, name)


_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def catalogue_number_key(number: str) -> str:
    """Key of a catalogue number: letters and digits only, leading zeros of each number dropped."""
    return _LEADING_ZEROS.sub("", "".join(fold(number).split()))


# Kinds that are one recording, whole or shortened (DESIGN section 5), have no part in the key.
_SAME_RECORDING = frozenset({"original", "radio"})


def version_key(
    kinds: tuple[str, ...] | list[str], texts: str | None, remixers: tuple[str, ...] | list[str]
) -> str:
    """Key of what sets a version apart: "" for the original, else kinds and remixers.

    Args:
        kinds: values of `VersionKind`, in the order written.
        texts: the version texts joined, used where no remixer is named ("Terrace Mix").
        remixers: names as written.
    """
    telling = sorted({k for k in kinds if k not in _SAME_RECORDING})
    if not telling:
        return ""
    names = sorted({artist_key(r) for r in remixers if r})
    if names:
        # Remix, rework and edit of one hand are told apart by words that vary from list to list.
        return (
            "by:"
            + ",".join(names)
            + ("" if set(telling) <= {"remix", "other", "edit", "rework", "dub"} else ":" + ",".join(telling))
        )
    return ",".join(telling) + ":" + title_key(texts or "")
