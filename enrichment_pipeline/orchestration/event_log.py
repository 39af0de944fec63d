"""Dagster's SQLite event log, writing a batch of asset events in one transaction.

A run over 390 months writes 1,600 asset events. Dagster's own class opens two databases and commits
twice for each: 13 s on a quiet machine and up to a minute on a busy one, against 1 s here (measured on
2 cores, dagster 1.13.27). The files are the same; only the way in differs, so either class may read
what the other wrote. Named in dagster.yaml; nothing else belongs here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

from dagster import EventLogEntry
from dagster._core.events import ASSET_EVENTS
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection

_BATCH_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
_EVENTS_PER_BATCH = "1000"


class BatchedSqliteEventLog(SqliteEventLogStorage):
    """SQLite event log for which many partitions in one run are cheap.

    Making one also asks Dagster to hand events over in batches, which it does not do by default.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        os.environ.setdefault(_BATCH_VARIABLE, _EVENTS_PER_BATCH)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Make the storage from its entry in dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events: asset events of one run together, anything else one by one as Dagster does.

        When this fails Dagster stores the events one by one; a change of its internals would cost
        time and not data.
        """
        by_run: dict[str, list[EventLogEntry]] = {}
        others = []
        for event in events:
            if event.is_dagster_event and event.dagster_event_type in ASSET_EVENTS:
                by_run.setdefault(event.run_id, []).append(event)
            else:
                others.append(event)
        for run_id, of_run in by_run.items():
            self._store_asset_events(run_id, of_run)
        super().store_event_batch(others)

    def _store_asset_events(self, run_id: str, events: Sequence[EventLogEntry]) -> None:
        rows = [self._event_to_row(event) for event in events]
        with self.index_transaction() as connection:
            ids = [_insert(connection, row) for row in rows]
            self._store_asset_event_tags(connection, events, ids)
            # Only the last event of an asset stays in the table of assets.
            last = {
                event.get_dagster_event().asset_key: (event, id_)
                for event, id_ in zip(events, ids, strict=True)
            }
            for event, id_ in last.values():
                self._store_asset_event(connection, event, id_)
        with self.run_connection(run_id) as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)


def _insert(connection: Connection, row: Mapping[str, Any]) -> int:
    inserted = connection.execute(SqlEventLogStorageTable.insert(), row).inserted_primary_key
    assert inserted is not None  # a single-row insert has one
    return int(inserted[0])
