"""The bare baselines: the same rows into the same tables in batches; Kafka → one commit → Kafka, nothing between."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.consumers import FETCH_WAIT_MS

BATCH = 256
TABLES = """
drop table if exists bare_events, bare_inbox, bare_diary;
create table bare_events (like booking.events including all);
create table bare_inbox (like booking.inbox including all);
create table bare_diary (like booking.diary including all);
"""
INSERT = """
with e as (insert into bare_events
    select 0, p, 'north', 'appointment/apt_r0-' || p, 1, 'AppointmentBooked', $2, s
    from unnest($1::bigint[], $3::bytea[]) x(p, s)),
i as (insert into bare_inbox
    select 0, 'north', 'bench', 'r0-' || p, sha256('body'), p, o, $2 from unnest($1::bigint[], $4::bytea[]) x(p, o))
insert into bare_diary
    select 0, 'north', 'r' || p % 50, 22000 + p / 800, 'appointment/apt_r0-' || p, 31680000 + p, 31680030 + p,
           31680000 + p, 31680030 + p, 'booked', null, null, 'evt_1.0.' || p
    from unnest($1::bigint[]) x(p)
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """The sizes that our own rows had: the bare side writes as many bytes."""

    state: bytes
    outcome: bytes


async def insert_rate(dsn: str, rows: Rows, count: int) -> float:
    """Commands a second of nothing but batched inserts of one event, one inbox row and one diary row each."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLES)
    insert = await connection.prepare(INSERT)
    started = time.perf_counter()
    for first in range(0, count, BATCH):
        positions = range(first, min(first + BATCH, count))
        states, outcomes = [rows.state] * len(positions), [rows.outcome] * len(positions)
        await insert.fetch(list(positions), datetime.now(UTC), states, outcomes)
    seconds = time.perf_counter() - started
    await connection.close()
    return count / seconds


async def path(dsn: str, bootstrap: str, inlet: str, outlet: str, rows: Rows, ready: Callable[[], None]) -> None:
    """Runs until cancelled: poll, one commit, answer under the command's own headers."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLES)
    insert = await connection.prepare(INSERT)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="latest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await consumer.start()
    await producer.start()
    parts = [TopicPartition(inlet, part) for part in sorted(await _partitions(producer, inlet))]
    consumer.assign(parts)
    await consumer.seek_to_end(*parts)
    for part in parts:
        await consumer.position(part)
    ready()
    try:
        await _serve(consumer, producer, insert, outlet, rows)
    finally:
        await consumer.stop()
        await producer.stop()
        await connection.close()


async def _partitions(producer: AIOKafkaProducer, topic: str) -> set[int]:
    found: set[int] = await producer.partitions_for(topic)
    return found


async def _serve(
    consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, insert: asyncpg.prepared_stmt.PreparedStatement,
    outlet: str, rows: Rows,
) -> None:  # fmt: skip
    position = 0
    while True:
        polled = [record for records in (await consumer.getmany(timeout_ms=1000)).values() for record in records]
        if not polled:
            continue
        positions = list(range(position, position + len(polled)))
        position += len(polled)
        await insert.fetch(positions, datetime.now(UTC), [rows.state] * len(polled), [rows.outcome] * len(polled))
        for record in polled:
            identity = [("ce_commandid", value) for name, value in record.headers if name == "ce_id"]
            await producer.send(outlet, rows.outcome, key=record.key, partition=record.partition, headers=identity)
