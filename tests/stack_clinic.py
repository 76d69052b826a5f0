"""A clinic on real Kafka and PostgreSQL: its own topics and log, a sender, a reader of every outcome, its bookings.

A booking runs in this process (to be paused, fenced, given another clock) or as a process of its own (to be killed).
"""

import asyncio
import base64
import itertools
import json
import os
import secrets
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from pydantic import SecretStr

from booking.app import Booking, booking
from contracts.envelope import command_headers, header
from contracts.record import Record, decode
from contracts.routing import part_of
from eventlog.log import Log
from eventlog.postgres import PostgresLog
from hearing import SECONDS as SECONDS
from hearing import all_of, identity
from hearing import until as until
from kit import logging
from kit.clock import Clock, system_clock
from kit.settings import Settings
from stack import Postgres
from streams.topics import ensure_topics

logging.configure("booking", level="warning")

PARTS = 3
TENANT = "acme"
ALL_WEEK = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "08:00", "end": "20:00"}]
SUPPLY: list[tuple[str, dict[str, Any]]] = [
    ("DefineLocation", {"id": "main", "name": "Main Street", "tz": "America/New_York", "primary": True}),
    ("DefineService", {"id": "cut", "name": "Haircut", "duration_minutes": 30}),
    ("DefineResource", {"id": "ann", "kind": "staff", "name": "Ann", "email": "ann@example.com"}),
    ("DefineResource", {"id": "bob", "kind": "staff", "name": "Bob"}),
    ("SetSchedule", {"resource_id": "ann", "weekly": ALL_WEEK}),
    ("SetSchedule", {"resource_id": "bob", "weekly": ALL_WEEK}),
]

_numbers = itertools.count(1)


class Clinic:
    """Made by `open_clinic`."""

    def __init__(self, settings: Settings, log: PostgresLog, dsn: str) -> None:
        self.settings = settings
        self.log = log
        self.dsn = dsn
        self.heard: defaultdict[tuple[str, str], list[ConsumerRecord]] = defaultdict(list)
        """Every outcome so far, by source and command id."""
        self.running: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka, enable_idempotence=True, max_request_size=8_388_608
        )

    # --- sending and hearing ----------------------------------------------------------------------------------

    async def send(
        self, type: str, data: Mapping[str, Any] | bytes, *, id: str | None = None, tenant: str = TENANT,
        source: str = "web", partition: int | None = None, **envelope: Any,
    ) -> str:  # fmt: skip
        """One command, acknowledged by Kafka; its id."""
        id = id or f"cmd-{next(_numbers)}"
        body = data if isinstance(data, bytes) else orjson.dumps(data)
        headers = command_headers(id=id, source=source, type=type, **envelope)
        await self.put(tenant.encode(), body, headers, partition=self.part(tenant) if partition is None else partition)
        return id

    async def put(
        self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]], *, partition: int
    ) -> None:
        """A record as it is."""
        topic = self.settings.topics.commands
        await self._producer.send_and_wait(topic, value, key=key, partition=partition, headers=list(headers))

    async def ask(self, type: str, data: Mapping[str, Any] | bytes, **how: Any) -> dict[str, Any]:
        """One command's outcome."""
        id = await self.send(type, data, **how)
        return await self.outcome(id, how.get("source", "web"))

    async def ask_all(self, commands: Sequence[tuple[str, dict[str, Any]]], **how: Any) -> list[dict[str, Any]]:
        """Several commands at once, in order; their outcomes."""
        ids = [await self.send(type, data, **how) for type, data in commands]
        return [await self.outcome(id, how.get("source", "web")) for id in ids]

    async def outcome(self, id: str, source: str = "web", *, copies: int = 1) -> dict[str, Any]:
        """The outcome, once it was heard so often; all copies are the same, or the test fails here."""
        records = await self.outcomes(id, source, copies=copies)
        bodies = {record.value for record in records}
        assert len(bodies) == 1, f"{id} was answered differently: {bodies}"
        return dict(orjson.loads(bodies.pop()))

    async def outcomes(self, id: str, source: str = "web", *, copies: int = 1) -> list[ConsumerRecord]:
        """Every outcome of that id, once there are so many."""
        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(lambda: len(self.heard[source, id]) >= copies)
        return list(self.heard[source, id])

    async def set_up(self, tenant: str = TENANT) -> None:
        """The tenant with Ann and Bob, who cut hair."""
        commands = [("DefineTenant", {"id": tenant, "name": "Acme"}), *SUPPLY]
        for outcome in await self.ask_all(commands, tenant=tenant):
            assert outcome["result"] == "accepted", outcome

    # --- what is there ----------------------------------------------------------------------------------------

    def part(self, tenant: str = TENANT) -> int:
        return part_of(tenant, self.settings.partitions)

    async def execute(self, sql: str) -> None:
        """Does to the log's database what no service does."""
        connection = await asyncpg.connect(self.dsn, timeout=10)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    def clock(self) -> datetime:
        return system_clock()

    async def records(self, tenant: str | None = TENANT) -> list[Record]:
        """The log's records, of one tenant or all, partition by partition."""
        parts = range(self.settings.partitions) if tenant is None else [self.part(tenant)]
        pages = [page for part in parts for page in await self.log.read(part, 0, limit=1_000_000, tenant=tenant)]
        return [decode(page.state) for page in pages]

    async def topic(self, name: str) -> list[ConsumerRecord]:
        """All records on a topic now, partition by partition."""
        consumer = self._consumer()
        await consumer.start()
        try:
            places = [TopicPartition(name, part) for part in range(self.settings.partitions)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            return [record for place in places for record in await all_of(consumer, place, ends[place])]
        finally:
            await consumer.stop()

    async def published(self, tenant: str | None = TENANT) -> list[Record]:
        """The events topic as a consumer applies it: by position, each once; and it must be the log's order."""
        found: list[Record] = []
        for part in range(self.settings.partitions):
            last = 0
            for record in await self.topic(self.settings.topics.events):
                if record.partition != part or int(header(record.headers, "pos") or b"0") <= last:
                    continue
                event = decode(record.value)
                assert event.pos == last + 1, f"the topic skips from {part}.{last} to {event.position}"
                last = event.pos
                found.append(event)
        return [record for record in found if tenant in (None, record.tenant)]

    async def until_published(self) -> None:
        """Until the events topic has all that the log has."""

        async def there() -> bool:
            logged = sum(head.position for head in (await self.log.heads()).values())
            return len(await self.published(None)) >= logged

        await until(there)

    # --- bookings ---------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def booking(
        self, instance: str = "a", *, log: Log | None = None, clock: Clock = system_clock, wait_ready: bool = True,
        **settings: Any,
    ) -> AsyncIterator[Booking]:  # fmt: skip
        """A booking in this process, at work; `running` is its shift."""
        changed = self.settings.model_copy(update={"instance": instance, **settings})
        async with booking(changed, log=log, clock=clock) as parts:
            running = self.running = asyncio.create_task(parts.shift.run())
            try:
                if wait_ready:
                    await _until_ready(parts, running)
                yield parts
            finally:
                parts.shift.end()
                async with asyncio.timeout(SECONDS):
                    await asyncio.gather(running, return_exceptions=True)

    @asynccontextmanager
    async def process(self, instance: str = "a", *, fault: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
        """A booking in a process of its own."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "booking", env=os.environ | self._environment(instance, fault)
        )
        try:
            yield child
        finally:
            if child.returncode is None:
                child.terminate()
                async with asyncio.timeout(SECONDS):
                    await child.wait()

    def _environment(self, instance: str, fault: str) -> dict[str, str]:
        own = self.settings
        return {
            "SLOTKEEPER_KAFKA": own.kafka,
            "SLOTKEEPER_TOPIC_PREFIX": own.topic_prefix,
            "SLOTKEEPER_PARTITIONS": str(own.partitions),
            "SLOTKEEPER_DATABASES": json.dumps(own.databases),
            "SLOTKEEPER_MASTER_KEY": own.master_key.get_secret_value(),
            "SLOTKEEPER_INTERNAL_KEY": own.internal_key.get_secret_value(),
            "SLOTKEEPER_INSTANCE": instance,
            "SLOTKEEPER_PORT": str(10_000 + secrets.randbelow(20_000)),
            "SLOTKEEPER_FAULT": fault,
            "PYTHONTZPATH": "",
        }

    # --- opening ----------------------------------------------------------------------------------------------

    async def _open(self) -> "asyncio.Task[None]":
        await self._producer.start()
        reader = self._consumer()
        await reader.start()
        places = [TopicPartition(self.settings.topics.outcomes, part) for part in range(self.settings.partitions)]
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        return asyncio.create_task(self._hear(reader))

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
        )

    async def _hear(self, reader: AIOKafkaConsumer) -> None:
        try:
            while True:
                for records in (await reader.getmany(timeout_ms=500)).values():
                    async with self._news:
                        for record in records:
                            self.heard[identity(record)].append(record)
                        self._news.notify_all()
        finally:
            await reader.stop()

    async def _close(self, hearing: "asyncio.Task[None]") -> None:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await self._producer.stop()


@asynccontextmanager
async def open_clinic(kafka: str, postgres: Postgres, *, parts: int = PARTS) -> AsyncIterator[Clinic]:
    """A clinic with nothing in it, not even a tenant."""
    dsn = await postgres.with_schemas("eventlog", parts=range(parts))
    settings = Settings(
        kafka=kafka,
        topic_prefix=f"t{secrets.token_hex(6)}",
        partitions=parts,
        databases={"main": dsn},
        master_key=SecretStr(base64.b64encode(b"m" * 32).decode()),
        internal_key=SecretStr("internal"),
        timer_seconds=0.2,
    )
    await ensure_topics(kafka, settings.topic_prefix, parts)
    log = await PostgresLog.open(settings.databases, writer=True)
    clinic = Clinic(settings, log, dsn)
    hearing = await clinic._open()
    try:
        yield clinic
    finally:
        await clinic._close(hearing)
        await log.close()


def book(start: str, *, resource: str | None = "ann", customer: str = "joe@example.com", **more: Any) -> dict[str, Any]:
    """The fields of a `BookAppointment`; `start` as `10:00` on a day far ahead, or a whole instant."""
    instant = start if "T" in start else f"2031-03-03T{start}:00-05:00"
    body = {"service_id": "cut", "start": instant, "customer": {"email": customer, "name": "Joe Doe"}}
    return body | ({"resources": [resource]} if resource else {}) | more


async def _until_ready(parts: Booking, running: "asyncio.Task[None]") -> None:
    async def ready() -> bool:
        return parts.tools.health.ready or running.done()

    await until(ready)
    if running.done():
        running.result()
