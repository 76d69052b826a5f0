"""The `eventsourcing` library's own conformance suite, over the log's tables."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    EventStore,
    IntegrityError,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.tests import persistence as suite

from eventlog.log import Head
from eventlog.mapper import RecordMapper, recorded
from eventlog.postgres import PostgresLog
from eventlog.recorder import LogAggregateRecorder, LogRecorder, Partition
from logs import customer_registered, log_database


class OnTheLog:
    """Gives each test of the library a partition of its own, in a database of the test run."""

    partition: Callable[[], Partition]

    @pytest.fixture(autouse=True)
    def _partitions(self, partitions: Callable[[], Partition]) -> None:
        self.partition = partitions


@pytest.fixture(scope="module")
def dsn(postgres: Any) -> str:
    """One database for the module. The library's tests are synchronous: a loop of its own runs what is not."""
    with asyncio.Runner() as runner:
        return runner.run(log_database(postgres, parts=()))


@pytest.fixture
def partitions(dsn: str) -> Iterator[Callable[[], Partition]]:
    opened: list[Partition] = []

    def another() -> Partition:
        with psycopg.connect(dsn) as connection:
            lowest: Any = connection.execute("select least(min(part), 0) from booking.heads").fetchone()
        opened.append(Partition(dsn, (lowest[0] or 0) - 1))
        return opened[-1]

    yield another
    for partition in opened:
        partition.close()


class TestAggregateRecorder(OnTheLog, suite.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return LogAggregateRecorder(self.partition())


class TestApplicationRecorder(OnTheLog, suite.ApplicationRecorderTestCase[ApplicationRecorder]):
    def create_recorder(self) -> ApplicationRecorder:
        return LogRecorder(self.partition())

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnTheLog, suite.TrackingRecorderTestCase):
    def create_recorder(self) -> TrackingRecorder:
        return LogRecorder(self.partition())


class TestProcessRecorder(OnTheLog, suite.ProcessRecorderTestCase):
    def create_recorder(self) -> ProcessRecorder:
        return LogRecorder(self.partition())


class TestNonInterleavingNotificationIDs(OnTheLog, suite.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> ApplicationRecorder:
        return LogRecorder(self.partition())


def test_events_and_tracking_are_written_together_or_not_at_all(partitions: Callable[[], Partition]) -> None:
    recorder = LogRecorder(partitions())
    event = StoredEvent(uuid4(), 1, "topic", b"state")
    recorder.insert_events([event], tracking=Tracking("upstream", 5))
    with pytest.raises(IntegrityError):
        recorder.insert_events([StoredEvent(uuid4(), 1, "topic", b"")], tracking=Tracking("upstream", 5))
    with pytest.raises(IntegrityError):
        recorder.insert_events([event], tracking=Tracking("upstream", 6))
    assert (recorder.max_notification_id(), recorder.max_tracking_id("upstream")) == (1, 5)


def test_readers_of_the_log_never_meet_a_recorders_partition(partitions: Callable[[], Partition], dsn: str) -> None:
    LogRecorder(partitions()).insert_events([StoredEvent(uuid4(), 1, "topic", b"no record")])

    async def heads() -> Mapping[int, Head]:
        log = await PostgresLog.open({"main": dsn}, writer=False)
        try:
            return await log.heads()
        finally:
            await log.close()

    with asyncio.Runner() as runner:
        assert runner.run(heads()) == {}


def test_a_recorder_takes_no_partition_of_the_log(dsn: str) -> None:
    with pytest.raises(ValueError, match="below zero"):
        Partition(dsn, 0)


def test_records_go_through_the_librarys_event_store(dsn: str, partitions: Callable[[], Partition]) -> None:
    partition = partitions()
    partition.originator_id = str
    store = EventStore(RecordMapper(), LogRecorder(partition))
    written = [recorded(customer_registered(version=version)) for version in (1, 2)]
    assert [recording.notification.id for recording in store.put(written)] == [1, 2]
    assert list(store.get(written[0].originator_id)) == written
