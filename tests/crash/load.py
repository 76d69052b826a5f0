"""A steady load on Kafka, and every outcome that comes of it, while whatever happens happens.

What is sent is owed an answer; what Kafka itself did not acknowledge is sent again later, under the same id.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope import command_headers, header
from contracts.routing import part_of
from crash.traffic import SOURCE, Sent, Traffic, opening
from local.stack import Stack
from stack_clinic import until

PATIENCE = 90
"""Seconds in which everything has recovered and been answered, or the test fails."""


class Load:
    """The sender's side: `sent` by id, and in `heard` every outcome of it that came."""

    def __init__(self, site: Stack, tenants: Sequence[str], *, seed: int, rate: float) -> None:
        self.site = site
        self.tenants = list(tenants)
        self.sent: dict[str, Sent] = {}
        self.heard: defaultdict[str, list[bytes]] = defaultdict(list)
        self._seed, self._rate, self._open = seed, rate, False
        self._acknowledged: list[asyncio.Future[Any]] = []
        options = {"bootstrap_servers": site.kafka, "request_timeout_ms": 20_000}
        self._producer = AIOKafkaProducer(enable_idempotence=True, **options)
        self._reader = AIOKafkaConsumer(enable_auto_commit=False, auto_offset_reset="earliest", **options)

    async def send(self, commands: Iterable[Sent]) -> None:
        """On their way, in order; whether Kafka took them is seen when all is settled."""
        topic = f"{self.site.topic_prefix}.commands"
        for one in commands:
            self.sent[one.id] = one
            headers = command_headers(id=one.id, source=SOURCE, type=one.type)
            part, body = part_of(one.tenant, self.site.partitions), orjson.dumps(one.data)
            sending = self._producer.send(topic, body, key=one.tenant.encode(), partition=part, headers=headers)
            self._acknowledged.append(await _taken(sending))

    @asynccontextmanager
    async def flowing(self, tenants: Sequence[str] = ()) -> AsyncIterator[None]:
        """Within, commands of these tenants (or all) are sent at the steady rate; at the end all are answered."""
        self._open = True
        sending = asyncio.create_task(self._flow(Traffic(self._seed, list(tenants or self.tenants))))
        try:
            yield
        finally:
            self._open = False
            async with asyncio.timeout(PATIENCE):
                await sending
        await self.settled()

    async def open(self) -> None:
        """The tenants and what they work with."""
        await self.send(one for tenant in self.tenants for one in opening(tenant))
        await self.settled()
        assert all(b'"result":"accepted"' in self.heard[one][0] for one in self.sent)

    async def settled(self) -> None:
        """Every command has its outcome."""
        failed = await asyncio.gather(*self._acknowledged, return_exceptions=True)
        self._acknowledged.clear()
        if any(isinstance(one, BaseException) for one in failed):
            await self.send([one for id, one in self.sent.items() if not self.heard[id]])
            await asyncio.gather(*self._acknowledged)
        await self.until_heard(self.sent)

    async def until_heard(self, ids: Iterable[str], copies: int = 1) -> None:
        waiting = set(ids)

        async def answered() -> bool:
            waiting.difference_update([id for id in waiting if len(self.heard[id]) >= copies])
            return not waiting

        await until(answered, PATIENCE)

    async def moved_on(self, tenants: Sequence[str] = ()) -> None:
        """A command sent now, to be refused, is answered for each of these tenants (or all): they work again."""
        nobody, number = {"appointment_id": "apt_none"}, len(self.sent)
        probes = [Sent(f"{one}-probe-{number}", one, "CheckIn", nobody) for one in tenants or self.tenants]
        await self.send(probes)
        await self.until_heard(one.id for one in probes)

    async def repeat(self) -> None:
        """Everything is sent once more, and answered once more."""
        before = {id: len(self.heard[id]) for id in self.sent}
        await self.send(list(self.sent.values()))
        await asyncio.gather(*self._acknowledged)
        for copies in sorted(set(before.values())):
            await self.until_heard([id for id, count in before.items() if count == copies], copies + 1)

    async def _flow(self, traffic: Traffic) -> None:
        due = time.monotonic()
        while self._open:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.send([traffic.next()])
            due = max(due + 1 / self._rate, time.monotonic() - 1)

    async def _hear(self) -> None:
        while True:
            try:
                batch = await self._reader.getmany(timeout_ms=500)
            except KafkaError:
                continue
            for records in batch.values():
                for record in records:
                    self._note(record)

    def _note(self, record: ConsumerRecord) -> None:
        if header(record.headers, "ce_commandsource") == SOURCE.encode():
            self.heard[(header(record.headers, "ce_commandid") or b"").decode()].append(record.value)

    async def start(self) -> "asyncio.Task[None]":
        await self._producer.start()
        await self._reader.start()
        places = [TopicPartition(f"{self.site.topic_prefix}.outcomes", part) for part in range(self.site.partitions)]
        self._reader.assign(places)
        await self._reader.seek_to_end(*places)
        for place in places:
            await self._reader.position(place)
        return asyncio.create_task(self._hear())

    async def stop(self, hearing: "asyncio.Task[None]") -> None:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await self._producer.stop()
        await self._reader.stop()


async def _taken(sending: "Awaitable[asyncio.Future[Any]]") -> "asyncio.Future[Any]":
    """What will tell whether Kafka has it; where there is no Kafka to take it, something that tells so at once."""
    try:
        return await sending
    except KafkaError as refused:
        failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        failed.set_exception(refused)
        return failed


@asynccontextmanager
async def loading(site: Stack, tenants: Sequence[str], *, seed: int = 7, rate: float = 120) -> AsyncIterator[Load]:
    """A load that can be started, its tenants open."""
    load = Load(site, tenants, seed=seed, rate=rate)
    hearing = await load.start()
    try:
        await load.open()
        yield load
    finally:
        await load.stop(hearing)
