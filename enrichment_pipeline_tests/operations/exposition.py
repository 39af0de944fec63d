"""A small strict reader of Prometheus' text format, to hold what we write against the format's own rules.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{((?:{_LABEL})(?:,{_LABEL})*)\}})? (\S+)")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Sample = tuple[str, tuple[tuple[str, str], ...]]


def parse(text: str) -> dict[Sample, float]:
    """Samples by name and labels.

    Raises:
        ValueError: the text breaks a rule of the format; the message names the line.
    """
    if text and not text.endswith("\n"):
        raise ValueError("the last line does not end")
    samples: dict[Sample, float] = {}
    helped: set[str] = set()
    typed: dict[str, str] = {}
    closed: set[str] = set()
    current = ""
    for line in text.split("\n")[:-1]:
        if match := re.fullmatch(rf"# (HELP|TYPE) ({_NAME}) (.+)", line):
            what, name, rest = match.groups()
            seen = helped if what == "HELP" else typed
            if name in seen or any(sample[0] == name for sample in samples):
                raise ValueError(f"second {what}, or after its samples: {line}")
            if what == "TYPE" and rest not in ("gauge", "counter", "untyped", "histogram", "summary"):
                raise ValueError(f"no type: {line}")
            helped.add(name) if what == "HELP" else typed.update({name: rest})
            continue
        match = _SAMPLE.fullmatch(line)
        if match is None:
            raise ValueError(f"no sample: {line}")
        name, labels, value = match.groups()
        if name not in typed or name not in helped:
            raise ValueError(f"no HELP or no TYPE before: {line}")
        if name != current:
            if name in closed:
                raise ValueError(f"samples of one metric stand apart: {line}")
            closed.add(name)
            current = name
        pairs = tuple(
            (key, re.sub(r'\\[\\"n]', lambda m: _ESCAPED[m[0]], text))
            for key, text in _PAIR.findall(labels or "")
        )
        if (name, pairs) in samples:
            raise ValueError(f"twice: {line}")
        samples[name, pairs] = float(value)
    return samples
