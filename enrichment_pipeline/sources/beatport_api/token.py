"""The access token of Beatport's API: fetched when first needed, kept in memory only, renewed in time.

Neither the token nor what it is fetched with is ever stored, logged or named in an error. What is asked with it
stands in `api.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from enrichment_pipeline.sources.http.client import Client
from enrichment_pipeline.sources.keyed import key_of, why_off
from enrichment_pipeline.sources.outcomes import CredentialsError, DownError, SourceError
from enrichment_pipeline.sources.surroundings import Surroundings
from enrichment_pipeline.sources.values import text_of

CLIENT_ID = "ENRICHMENT_BEATPORT_CLIENT_ID"
CLIENT_SECRET = "ENRICHMENT_BEATPORT_CLIENT_SECRET"  # noqa: S105 the name of the variable
REFRESH_TOKEN = "ENRICHMENT_BEATPORT_REFRESH_TOKEN"  # noqa: S105
_PATH = "/auth/o/token/"
# Beatport's own words for a token's life, where an answer has none; renewed a little before its end.
_LIFE = 36_000
_GOOD_PART = 0.9
_RETRIED = (429, 500, 502, 503, 504)


def why_no_token(surroundings: Surroundings) -> str | None:
    """Why no token can be had, naming the variables; None where there are credentials."""
    what = f"a client of your own, with {CLIENT_SECRET} or {REFRESH_TOKEN} beside it"
    reason = why_off(surroundings, "Beatport's API", CLIENT_ID, what)
    if reason is not None:
        return reason
    second = REFRESH_TOKEN if surroundings.get(REFRESH_TOKEN) else CLIENT_SECRET
    return why_off(
        surroundings, "Beatport's API", second, f"what Beatport gave you for the client of {CLIENT_ID}"
    )


class BeatportToken:
    """Fetches and holds the access token.

    Args:
        surroundings: environment and clock.
        client: of Beatport's API; the same pace and budget count for tokens.
    """

    def __init__(self, surroundings: Surroundings, client: Client) -> None:
        self._surroundings = surroundings
        self._client = client
        self._access = ""
        self._best_before = datetime.min.replace(tzinfo=UTC)
        # a refresh token may serve once only: the next one comes with the access token
        self._refresh = key_of(surroundings, REFRESH_TOKEN)

    @property
    def is_held(self) -> bool:
        """Whether there is a token, of whatever age."""
        return bool(self._access)

    def headers(self) -> Mapping[str, str]:
        """The header that carries the token; fetches it where there is none or it is about to run out.

        Raises:
            SourceError: none can be had.
        """
        if not self._access or self._surroundings.now() >= self._best_before:
            self.forget()
            self._fetch()
        return {"Authorization": f"Bearer {self._access}"}

    def forget(self) -> None:
        """Drop the token: the next request fetches another."""
        self._access = ""

    def _fetch(self) -> None:
        form = {"client_id": key_of(self._surroundings, CLIENT_ID) or ""}
        secret = key_of(self._surroundings, CLIENT_SECRET)
        if secret:
            form["client_secret"] = secret
        if self._refresh:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh}
        else:
            form["grant_type"] = "client_credentials"
        try:
            answer = self._client.post(_PATH, form=form, is_kept=False)
        except DownError as error:
            # whatever the answer was, without a token no question can be asked: this is not about one of them
            raise DownError(error.reason, until=error.until) from None
        body = answer.json()
        access = text_of(body.get("access_token")) if isinstance(body, dict) else ""
        if not access.isascii() or not access.isprintable() or " " in access or not access:
            raise DownError("Beatport's token request was answered without a token")
        life = body.get("expires_in")
        seconds = life if isinstance(life, int) and not isinstance(life, bool) and life > 0 else _LIFE
        self._access = access
        self._best_before = answer.asked_at + timedelta(seconds=seconds) * _GOOD_PART
        self._refresh = (text_of(body.get("refresh_token")) or self._refresh) if self._refresh else None


def token_verdict(response: httpx.Response) -> SourceError | None:
    """What an answer to the token request amounts to; its body is never shown."""
    status = response.status_code
    if status in (400, 401, 403):
        which = f"{CLIENT_SECRET} or {REFRESH_TOKEN}"
        return CredentialsError(
            f"Beatport did not accept {CLIENT_ID} with {which} ({status}); a refresh token may be used up",
            http_status=status,
        )
    if status == 200 or status in _RETRIED or status in (301, 302, 303, 307, 308):
        return None
    return DownError(f"Beatport's token request was answered with status {status}", http_status=status)
