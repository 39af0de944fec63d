"""Many questions per request: batches of clauses, split until everything the server counts was received.

Knows the web service and nothing of what the questions are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from enrichment_pipeline.sources.http.answers import Answer
from enrichment_pipeline.sources.http.client import Client
from enrichment_pipeline.sources.musicbrainz.answers import Entity, Item, Page, read_page
from enrichment_pipeline.sources.musicbrainz.query import LONGEST_QUERY, Clause, encoded_length
from enrichment_pipeline.sources.outcomes import RefusedError

# What the service gives at most; a search that asks for more gets 25.
_PAGE = 100
# Paging through a result costs less than asking its halves up to here; beyond, one clause is to blame.
_MOST_PAGES = 4
Join = Callable[[Sequence[Clause]], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer that a result rests on."""

    ref: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What one clause brought: items in the server's order, how many it counts, and the answers they stood in.

    `refused` is why the service would not answer this very clause; then there are no items.
    """

    items: tuple[Item, ...] = ()
    count: int = 0
    seen: tuple[Seen, ...] = ()
    refused: RefusedError | None = None


class Search:
    """Asks the service for things by clauses, and for the releases of a recording.

    Args:
        client: to MusicBrainz.
        batch_size: most clauses in one query; 1 asks one by one.
    """

    def __init__(self, client: Client, *, batch_size: int) -> None:
        self._client = client
        self._batch_size = batch_size

    def ask(
        self, entity: Entity, clauses: Sequence[Clause], join: Join, *, pages: int = _MOST_PAGES
    ) -> dict[str, Found]:
        """What each clause brings, by its text; the same whatever it is asked together with.

        Args:
            entity: kind of thing looked for.
            clauses: questions; equal ones are asked once.
            join: makes one query of several clauses.
            pages: most pages read of one result.

        Raises:
            SourceError: the service does not answer.
        """
        found: dict[str, Found] = {}
        for batch in self._batches(list({c.text: c for c in clauses}.values()), join):
            found.update(self._ask_batch(entity, batch, join, pages))
        return found

    def releases_of(self, recording_id: str) -> Found:
        """All official releases of a recording, with labels, by browse.

        Raises:
            SourceError: the service does not answer.
        """
        items: dict[str, Item] = {}
        seen: list[Seen] = []
        count = 0
        for _ in range(_MOST_PAGES):
            params: dict[str, str | int] = {
                "recording": recording_id,
                "inc": "artist-credits labels release-groups",
                "status": "official",
                "limit": _PAGE,
                "fmt": "json",
            }
            try:
                answer = self._client.get("/release", params | ({"offset": len(items)} if items else {}))
            except RefusedError as error:
                return Found(refused=error)
            seen.append(_seen(answer))
            if not answer.is_found:
                break
            page = read_page(answer.json(), "release")
            count = page.count
            before = len(items)
            items.update((item.id, item) for item in page.items)
            if len(items) >= count or len(items) == before:
                break
        return Found(tuple(items.values()), count, tuple(seen))

    def _batches(self, clauses: Sequence[Clause], join: Join) -> Iterator[list[Clause]]:
        batch: list[Clause] = []
        for clause in clauses:
            if clause.is_alone:
                yield [clause]
                continue
            is_full = len(batch) >= self._batch_size or encoded_length(join([*batch, clause])) > LONGEST_QUERY
            if batch and is_full:
                yield batch
                batch = []
            batch.append(clause)
        if batch:
            yield batch

    def _ask_batch(
        self, entity: Entity, batch: Sequence[Clause], join: Join, pages: int
    ) -> Iterator[tuple[str, Found]]:
        try:
            whole = self._received(entity, join(batch), pages)
        except RefusedError as error:
            if len(batch) == 1:
                yield batch[0].text, Found(refused=error)
                return
            whole = None
        if len(batch) > 1 and (whole is None or len(whole.items) < whole.count):
            middle = len(batch) // 2
            yield from self._ask_batch(entity, batch[:middle], join, pages)
            yield from self._ask_batch(entity, batch[middle:], join, pages)
            return
        assert whole is not None
        for clause in batch:
            items = tuple(item for item in whole.items if clause.brings(item))
            count = whole.count if len(batch) == 1 else len(items)
            yield clause.text, Found(items, count, whole.seen)

    def _received(self, entity: Entity, query: str, pages: int) -> Found:
        page, seen = self._page(entity, query, 0)
        items = {item.id: item for item in page.items}
        answers = [seen]
        # a result too large to be received whole is not begun: of a single clause the best hundred must do
        while len(items) < page.count <= pages * _PAGE and len(answers) < 2 * pages:
            further, seen = self._page(entity, query, len(items))
            answers.append(seen)
            before = len(items)
            items.update((item.id, item) for item in further.items)
            if len(items) == before:
                break  # paging fails at times: then the batch counts as incomplete
        return Found(tuple(items.values()), page.count, tuple(answers))

    def _page(self, entity: Entity, query: str, offset: int) -> tuple[Page, Seen]:
        params: dict[str, str | int] = {"query": query, "limit": _PAGE, "fmt": "json"}
        answer = self._client.get(f"/{entity}", params | ({"offset": offset} if offset else {}))
        return read_page(answer.json(), entity), _seen(answer)


def _seen(answer: Answer) -> Seen:
    return Seen(answer.ref, answer.asked_at)
