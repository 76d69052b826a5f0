"""The client of the measurements: publishes commands in bulk or at a steady rate, and times each outcome."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.work import Booking
from contracts.envelope import command_headers, header
from contracts.routing import PARTITIONS, part_of
from streams.consumers import FETCH_WAIT_MS

SOURCE = "bench"


@dataclass(slots=True)
class Client:
    """One upstream system on Kafka. `sent` and `answered` are readings of the monotonic clock, by command id."""

    bootstrap: str
    inlet: str
    outlet: str
    sent: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    refused: int = 0
    newest: dict[str, str] = field(default_factory=dict)
    """By partition: the position of the last outcome that came."""
    _producer: AIOKafkaProducer | None = None
    _consumer: AIOKafkaConsumer | None = None
    _reader: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> "Client":
        self._producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=FETCH_WAIT_MS
        )
        await self._producer.start()
        await self._consumer.start()
        parts = [TopicPartition(self.outlet, part) for part in range(PARTITIONS)]
        self._consumer.assign(parts)
        await self._consumer.seek_to_end(*parts)
        for part in parts:
            await self._consumer.position(part)
        self._reader = asyncio.create_task(self._read(self._consumer))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._reader
        assert self._producer
        assert self._consumer
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._producer.stop()
        await self._consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            batch = await consumer.getmany(timeout_ms=1000)
            now = time.perf_counter()
            for records in batch.values():
                for record in records:
                    self._note(record.headers, record.value, now)
            self._news.set()

    def _note(self, headers: Sequence[tuple[str, bytes]], value: bytes, now: float) -> None:
        command = (header(headers, "ce_commandid") or b"").decode()
        if command in self.sent and command not in self.answered:
            self.answered[command] = now
            self.refused += b'"result":"rejected"' in value
            position = position_in(value)
            self.newest[position.partition(".")[0]] = position

    async def send(self, tenant: str, id: str, type: str, body: bytes) -> None:
        assert self._producer
        self.sent[id] = time.perf_counter()
        headers = command_headers(id=id, source=SOURCE, type=type)
        await self._producer.send(self.inlet, body, key=tenant.encode(), partition=part_of(tenant), headers=headers)

    async def all_answered(self, seconds: float = 120) -> None:
        """Waits for every outcome; a lost one is an error, not a fast time."""
        async with asyncio.timeout(seconds):
            while len(self.answered) < len(self.sent):
                self._news.clear()
                await self._news.wait()

    async def ask(self, tenant: str, commands: Sequence[tuple[str, dict[str, object]]], prefix: str) -> None:
        """Publishes commands as fast as possible and waits for all outcomes."""
        for number, (type, data) in enumerate(commands):
            await self.send(tenant, f"{prefix}-{tenant}-{number}", type, orjson.dumps(data))
        await self.all_answered()

    async def flood(self, bookings: Sequence[Booking]) -> float:
        """Commands a second, from the first publish to the last outcome."""
        ready = [(booking.tenant, booking.id, orjson.dumps(booking.command())) for booking in bookings]
        started = time.perf_counter()
        for tenant, id, body in ready:
            await self.send(tenant, id, "BookAppointment", body)
        await self.all_answered()
        return len(ready) / (time.perf_counter() - started)

    async def steadily(self, bookings: Sequence[Booking], rate: float) -> list[float]:
        """Publishes at `rate` a second; the latency of each, in milliseconds, sorted."""
        started = time.perf_counter()
        for number, booking in enumerate(bookings):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            await self.send(booking.tenant, booking.id, "BookAppointment", orjson.dumps(booking.command()))
        await self.all_answered()
        return sorted((self.answered[b.id] - self.sent[b.id]) * 1000 for b in bookings)


def position_in(outcome: bytes) -> str:
    """The position an outcome names, without decoding all of it."""
    return outcome.partition(b'"position":"')[2].partition(b'"')[0].decode()
