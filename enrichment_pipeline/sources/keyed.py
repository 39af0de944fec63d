"""What the sources that ask for a key have in common: being off, their host, one question at a time.

How an API is asked and what its answers mean stands with the source; nothing here knows one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from enrichment_pipeline.sources.http.answers import Answer
from enrichment_pipeline.sources.http.client import Client, HostPolicy, Verdict, pace_of
from enrichment_pipeline.sources.outcomes import (
    CredentialsError,
    DownError,
    OffError,
    RefusedError,
    SourceError,
)
from enrichment_pipeline.sources.questions import (
    LookUp,
    TitleQuestion,
    TrackQuestion,
)
from enrichment_pipeline.sources.surroundings import CONTACT_VARIABLE, Surroundings

_KEY = re.compile(r"[\x21-\x7e]+")

Question = TypeVar("Question", TrackQuestion, TitleQuestion)


@dataclass
class Trail:
    """The answers one look-up rests on, in the order they were had."""

    answers: list[Answer] = field(default_factory=list)

    def add(self, answer: Answer) -> Answer:
        """Note an answer; returns it."""
        self.answers.append(answer)
        return answer

    @property
    def asked_at(self) -> datetime | None:
        """When the host was last asked; None where it was not."""
        return max((answer.asked_at for answer in self.answers), default=None)

    @property
    def http_status(self) -> int | None:
        """Status of the last answer."""
        return self.answers[-1].status if self.answers else None

    @property
    def refs(self) -> tuple[str, ...]:
        """Content hashes of the kept answers, each once."""
        return tuple(dict.fromkeys(answer.ref for answer in self.answers if answer.ref))


class KeyedSource:
    """A source behind a key. Sources derive from it and add how they ask.

    Args:
        surroundings: data folder, environment, clock.
        policy: how its host is asked.
        off_reason: why it is off, naming the variable; None when it is on.
        network: what carries requests; None for the real one.
    """

    name = ""

    def __init__(
        self,
        surroundings: Surroundings,
        policy: HostPolicy,
        off_reason: str | None,
        *,
        network: httpx.BaseTransport | None,
    ) -> None:
        self.surroundings = surroundings
        self.client = Client(policy, surroundings, network=network)
        self._off_reason = off_reason
        # what was kept can be read again without a key
        if surroundings.offline and self.client.store.count(policy.name):
            self._off_reason = None

    @property
    def off_reason(self) -> str | None:
        """Why it is off, naming the variable that turns it on; None when it is on.

        A key that was not accepted turns it off for the rest of the run.
        """
        return self._off_reason

    @property
    def requests(self) -> int:
        """Requests made to the network so far."""
        return self.client.requests

    def close(self) -> None:
        """Let go of connections."""
        self.client.close()

    def one_by_one(
        self, questions: Sequence[Question], answer: Callable[[Question, Trail], LookUp]
    ) -> Iterator[LookUp]:
        """Answer questions in their order; one that was refused by itself does not stop the others.

        Args:
            questions: to be answered.
            answer: looks one up and notes on the trail what it was told.

        Raises:
            SourceError: the source answers no more.
        """
        self.require_on()
        for question in questions:
            trail = Trail()
            try:
                found = answer(question, trail)
            except SourceError as error:
                found = self.unanswered(question.track_key, trail, error)
            yield found

    def require_on(self) -> None:
        """Check that the source may be asked.

        Raises:
            OffError: it is off.
        """
        if self.off_reason is not None:
            raise OffError(self.off_reason)

    def unanswered(self, track_key: str, trail: Trail, error: SourceError) -> LookUp:
        """The look-up of a question that alone got no answer.

        That is one that was refused itself, one answered with rubbish, and offline one never asked: what is
        kept of the others is still good.

        Raises:
            SourceError: `error`, where it is about the source and not about this question.
        """
        if isinstance(error, CredentialsError):
            self._off_reason = error.reason
        is_rubbish = isinstance(error, DownError) and error.http_status == 200
        is_not_kept = isinstance(error, OffError) and self.surroundings.offline
        if not (isinstance(error, RefusedError) or is_rubbish or is_not_kept):
            raise error
        return LookUp(
            track_key,
            error.outcome,
            error.reason,
            trail.asked_at,
            http_status=error.http_status,
            refs=trail.refs,
        )


def host_policy(
    surroundings: Surroundings,
    name: str,
    *,
    variables: str,
    url: str,
    per_second: float,
    budget: int,
    headers: Mapping[str, str] | None = None,
    max_age: timedelta = timedelta(days=7),
    verdict: Verdict | None = None,
) -> HostPolicy:
    """The policy of an API, with what the environment says of its address, pace and budget.

    Args:
        surroundings: environment.
        name: name of the source, under which answers are kept.
        variables: beginning of its variables: "DISCOGS" for ENRICHMENT_DISCOGS_URL, _PER_SECOND and _BUDGET.
        url: public address.
        per_second: what the public host allows.
        budget: requests a run, where the environment does not say.
        headers: sent with every request.
        max_age: see `HostPolicy`.
        verdict: see `HostPolicy`.

    Raises:
        ValueError: a variable holds no number.
    """
    base = surroundings.get(f"ENRICHMENT_{variables}_URL") or url
    is_public = urlsplit(base).hostname == urlsplit(url).hostname
    return HostPolicy(
        name,
        base,
        pace_of(surroundings, variables, per_second, is_public=is_public),
        headers=headers or {},
        max_age=max_age,
        budget=int(surroundings.number(f"ENRICHMENT_{variables}_BUDGET", budget)),
        verdict=verdict,
    )


def key_of(surroundings: Surroundings, variable: str) -> str | None:
    """A key or token of the environment; None where it is unset or no header could hold it.

    A library that cannot send a value may show it in its error, so a broken one never gets that far.
    """
    value = surroundings.get(variable)
    return value if value and _KEY.fullmatch(value) else None


def why_off(surroundings: Surroundings, name: str, variable: str, what: str) -> str | None:
    """Why a source without this variable is off; None where it holds a key.

    Args:
        surroundings: environment.
        name: of the source, as people write it.
        variable: that must hold a key.
        what: what must be put there: "a personal access token of your Discogs account".
    """
    if surroundings.get(variable) is None:
        return f"{name} is off: set {variable} to {what}"
    if key_of(surroundings, variable) is None:
        return f"{name} is off: {variable} holds blanks or letters that no key has; set it to {what}"
    if surroundings.contact is None and not surroundings.offline:
        return f"{name} is off: set {CONTACT_VARIABLE} to your mail address or web page, so that it knows who asks"
    return None


def shape_error(
    name: str, response: httpx.Response, content: bytes, is_right: Callable[[str, dict[str, Any]], bool]
) -> SourceError | None:
    """The fault an answer of another shape than promised amounts to, for a verdict: such answers are not kept.

    Args:
        name: of the source.
        response: the answer.
        content: its body; what is no JSON at all is the client's to say.
        is_right: from the path asked and the JSON object answered to whether its shape is the promised one.
    """
    if response.status_code != 200:
        return None
    try:
        body = json.loads(content)
    except (UnicodeDecodeError, ValueError):
        return None
    path = response.request.url.path
    if isinstance(body, dict) and is_right(path, body):
        return None
    return DownError(f"{name}: {path} answered JSON of another shape than promised", http_status=200)
