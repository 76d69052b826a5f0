"""A courier: takes commands to Kafka, in order, and waits for the outcome of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from cli.lines import Line
from contracts.envelope import command_headers, header
from contracts.routing import part_of
from kit.clock import system_clock
from kit.settings import Settings

UNDER_WAY = 5_000
"""Commands without an outcome, at most."""

Told = Callable[[Line, dict[str, Any]], None]


@dataclass(slots=True)
class Courier:
    """One tenant's commands from one source. `waiting` are those without an outcome yet."""

    settings: Settings
    tenant: str
    source: str
    told: Told
    waiting: dict[str, Line] = field(default_factory=dict)
    _producer: AIOKafkaProducer = field(init=False)
    _room: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def on_duty(self) -> AsyncIterator[Self]:
        """Listens from before the first command is sent."""
        reader = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka, enable_auto_commit=False)
        self._producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka, enable_idempotence=True)
        try:
            await reader.start()
            await self._producer.start()
            place = TopicPartition(self.settings.topics.outcomes, self._part)
            reader.assign([place])
            await reader.seek_to_end(place)
            await reader.position(place)
            listening = asyncio.create_task(self._listen(reader))
            try:
                yield self
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            await self._producer.stop()
            await reader.stop()

    @property
    def _part(self) -> int:
        return part_of(self.tenant, self.settings.partitions)

    async def take(self, lines: Sequence[Line], patience: float) -> int:
        """Sends them all and waits for their outcomes; gives up when none comes for `patience` seconds.

        Returns how many have none.
        """
        for sent, line in enumerate(lines):
            await self._until(lambda: len(self.waiting) < UNDER_WAY, patience)
            if len(self.waiting) >= UNDER_WAY:
                return len(self.waiting) + len(lines) - sent
            await self._send(line)
        await self._producer.flush()
        await self._until(lambda: not self.waiting, patience)
        return len(self.waiting)

    async def _send(self, line: Line) -> None:
        self.waiting[line.id] = line
        headers = command_headers(
            id=line.id, source=self.source, type=line.type, time=system_clock(), imported=line.imported
        )
        await self._producer.send(
            self.settings.topics.commands,
            orjson.dumps(line.data),
            key=self.tenant.encode(),
            partition=self._part,
            headers=headers,
        )

    async def _until(self, enough: Callable[[], bool], patience: float) -> None:
        """Returns when it is so, or when there was no outcome for `patience` seconds."""
        async with self._room:
            while not enough():
                try:
                    await asyncio.wait_for(self._room.wait(), patience)
                except TimeoutError:
                    return

    async def _listen(self, reader: AIOKafkaConsumer) -> None:
        while True:
            for records in (await reader.getmany(timeout_ms=500)).values():
                async with self._room:
                    for record in records:
                        self._hear(record.headers, record.value)
                    self._room.notify_all()

    def _hear(self, headers: Any, body: bytes) -> None:
        if header(headers, "ce_commandsource") != self.source.encode():
            return
        line = self.waiting.pop((header(headers, "ce_commandid") or b"").decode(), None)
        if line is not None:
            self.told(line, orjson.loads(body))
