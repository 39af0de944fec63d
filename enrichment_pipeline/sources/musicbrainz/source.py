"""MusicBrainz as a source of labels and of artists: where it is, how fast it may be asked, in what portions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import httpx

from enrichment_pipeline.sources.http.client import Client, HostPolicy, pace_of
from enrichment_pipeline.sources.musicbrainz.answers import verdict
from enrichment_pipeline.sources.musicbrainz.search import Search
from enrichment_pipeline.sources.musicbrainz.titles import TitleChunk
from enrichment_pipeline.sources.musicbrainz.tracks import TrackChunk
from enrichment_pipeline.sources.questions import LookUp, TitleQuestion, TrackQuestion
from enrichment_pipeline.sources.surroundings import CONTACT_VARIABLE, Surroundings

PUBLIC_URL = "https://musicbrainz.org/ws/2"
_DOMAIN = "musicbrainz.org"
URL_VARIABLE = "ENRICHMENT_MUSICBRAINZ_URL"
BUDGET_VARIABLE = "ENRICHMENT_MUSICBRAINZ_BUDGET"
# A quarter of an hour at the one request a second that MusicBrainz allows.
_BUDGET = 900
_PER_SECOND = 1.0
# A hundred results come back at most, and a track has two or three recordings of its title and artist.
_BATCH = 50
# Larger portions fill their batches better; smaller ones give answers sooner: at one request a second some
# twenty seconds.
_TRACKS_AT_ONCE = 200
_TITLES_AT_ONCE = 50


def _is_public(url: str) -> bool:
    """Whether an address is one of MusicBrainz' own hosts, however it was written."""
    host = (urlsplit(url).hostname or "").lower()
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}")


class MusicBrainz:
    """Labels of tracks, and artists of titles, from the MusicBrainz web service.

    Args:
        surroundings: data folder, environment, clock.
        network: what carries requests; None for the real one.
        batch_size: most questions in one request; 1 asks one by one. What is found is the same.

    Raises:
        ValueError: a variable holds no fitting number.
    """

    name = "musicbrainz"

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        network: httpx.BaseTransport | None = None,
        batch_size: int = _BATCH,
    ) -> None:
        self._surroundings = surroundings
        url = surroundings.get(URL_VARIABLE)
        self._client = Client(
            HostPolicy(
                self.name,
                url or PUBLIC_URL,
                pace_of(surroundings, self.name, _PER_SECOND, is_public=_is_public(url or PUBLIC_URL)),
                headers={"Accept": "application/json"},
                budget=int(surroundings.number(BUDGET_VARIABLE, _BUDGET)),
                verdict=verdict,
            ),
            surroundings,
            network=network,
        )
        self._search = Search(self._client, batch_size=batch_size)

    @property
    def off_reason(self) -> str | None:
        """Why it is off, naming the variable that turns it on; None when it is on."""
        if self._surroundings.contact is None:
            return (
                f"set {CONTACT_VARIABLE} to your mail address or web page: MusicBrainz wants to know who asks"
            )
        return None

    @property
    def requests(self) -> int:
        """Requests made to the network so far."""
        return self._client.requests

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def look_up(self, questions: Sequence[TrackQuestion]) -> Iterator[LookUp]:
        """Labels of tracks, portion by portion, in the order of the questions.

        Args:
            questions: tracks; each gets exactly one answer.

        Raises:
            SourceError: MusicBrainz does not answer; see `outcomes`.
        """
        for start in range(0, len(questions), _TRACKS_AT_ONCE):
            yield from TrackChunk(self._search, questions[start : start + _TRACKS_AT_ONCE]).look_up()

    def look_up_titles(self, questions: Sequence[TitleQuestion]) -> Iterator[LookUp]:
        """Artists that may have made titles, portion by portion, in the order of the questions.

        Args:
            questions: titles; each gets exactly one answer.

        Raises:
            SourceError: MusicBrainz does not answer; see `outcomes`.
        """
        for start in range(0, len(questions), _TITLES_AT_ONCE):
            yield from TitleChunk(self._search, questions[start : start + _TITLES_AT_ONCE]).look_up()
