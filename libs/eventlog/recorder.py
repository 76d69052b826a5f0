"""The log in the terms of the `eventsourcing` library: its recorders over one partition, synchronous.

Positions are notification ids: who appends holds the partition's head row, so they are dense and in commit order (D1).
Such a partition has a number below zero. It lives in the same tables under the same constraints, but no tenant hashes
to it, no topic has it, and `heads` leaves it out, so that none of our readers meets bytes that are not records.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DatabaseError,
    IntegrityError,
    Notification,
    OperationalError,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)
from psycopg_pool import ConnectionPool

from eventlog.statements import statements

SQL: dict[str, Any] = statements("eventlog", "recorder.sql")

_LAST = 2**31 - 1
_FOREVER = 2**63 - 1
_PAUSE = 0.05

Cursor = psycopg.Cursor[Any]


class Partition:
    """One partition of the log through psycopg; threads may share it."""

    def __init__(self, dsn: str, part: int, *, originator_id: Callable[[str], UUID | str] = UUID) -> None:
        if part >= 0:
            raise ValueError("a recorder's partition has a number below zero")
        self._part = part
        self.originator_id = originator_id
        self._pool = ConnectionPool(dsn, min_size=1, max_size=8, timeout=30, open=True)
        with self._cursor() as cursor:
            cursor.execute(SQL["place"], (part,))

    def close(self) -> None:
        self._pool.close()

    def append(self, events: Sequence[StoredEvent], tracking: Tracking | None = None) -> list[int]:
        """Positions of the events, written together with the tracking, or neither."""
        with self._cursor() as cursor:
            position: int = cursor.execute(SQL["lock"], (self._part,)).fetchall()[0][0]
            if tracking:
                self._track(cursor, tracking)
            if events:
                cursor.execute(SQL["insert"], {"part": self._part, "position": position, **_columns(events)})
                cursor.execute(SQL["advance"], (len(events), self._part))
        return list(range(position + 1, position + 1 + len(events)))

    def stream(self, originator_id: UUID | str, gt: int, lte: int, desc: bool, limit: int) -> list[StoredEvent]:
        bounds = {"part": self._part, "stream": str(originator_id), "gt": gt, "lte": lte, "limit": limit}
        rows = self._fetch("stream_backwards" if desc else "stream", bounds)
        return [StoredEvent(self.originator_id(stream), *rest) for stream, *rest in rows]

    def notifications(self, start: int, stop: int, topics: Sequence[str], limit: int) -> list[Notification]:
        bounds = {"part": self._part, "start": start, "stop": stop, "types": list(topics), "limit": limit}
        rows = self._fetch("notifications", bounds)
        return [Notification(self.originator_id(stream), *rest) for stream, *rest in rows]

    def last(self) -> int | None:
        return _only(self._fetch("last", (self._part,)))

    def tracked(self, application: str) -> int | None:
        return _only(self._fetch("tracked", (self._part, application)))

    def _track(self, cursor: Cursor, tracking: Tracking) -> None:
        row = (self._part, tracking.application_name, tracking.notification_id)
        if not cursor.execute(SQL["track"], row).fetchall():
            raise IntegrityError(f"{tracking} is no progress")

    def _fetch(self, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            return cursor.execute(SQL[statement], parameters).fetchall()

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """A transaction; its errors in the library's names."""
        try:
            with self._pool.connection() as connection, connection.cursor() as cursor:
                yield cursor
        except psycopg.IntegrityError as error:
            raise IntegrityError(str(error)) from error
        except psycopg.OperationalError as error:
            raise OperationalError(str(error)) from error
        except psycopg.DatabaseError as error:
            raise DatabaseError(str(error)) from error


class LogAggregateRecorder(AggregateRecorder):
    """Originators' events only: an insert tells no positions."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self.partition.append(stored_events, **kwargs)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        above = -1 if gt is None else gt
        return self.partition.stream(
            originator_id, above, _LAST if lte is None else lte, desc, _LAST if limit is None else limit
        )


class LogRecorder(LogAggregateRecorder, ProcessRecorder):
    """Events in one order, and tracking in the same transaction."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        return self.partition.append(stored_events, **kwargs)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = (start or 0) + (start is not None and not inclusive_of_start)
        return self.partition.notifications(first, _FOREVER if stop is None else stop, topics, limit)

    def max_notification_id(self) -> int | None:
        return self.partition.last()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return PolledSubscription(self, gt, topics)

    def insert_tracking(self, tracking: Tracking) -> None:
        self.partition.append([], tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        return self.partition.tracked(application_name)


class PolledSubscription(Subscription[ApplicationRecorder]):
    """Notifications as they come, asked for again and again: a NOTIFY in every append would cost a third of it (D2)."""

    def __init__(self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._ahead: list[Notification] = []
        self._stopped = Event()

    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._ahead or self._look():
                return self._ahead.pop(0)
            self._stopped.wait(_PAUSE)
        raise StopIteration

    def _look(self) -> bool:
        self._ahead = list(
            self._recorder.select_notifications(
                self._last_notification_id, 500, topics=self._topics, inclusive_of_start=False
            )
        )
        if self._ahead:
            self._last_notification_id = self._ahead[-1].id
        return bool(self._ahead)


def _columns(events: Sequence[StoredEvent]) -> dict[str, list[Any]]:
    return {
        "streams": [str(event.originator_id) for event in events],
        "versions": [event.originator_version for event in events],
        "types": [event.topic for event in events],
        "states": [event.state for event in events],
    }


def _only(rows: list[tuple[Any, ...]]) -> int | None:
    return rows[0][0] if rows else None
