"""An upstream system on Kafka: publishes commands and counts their outcomes, while whatever happens happens."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from cli.demo.diary import Planned
from contracts.envelope import command_headers, header
from contracts.routing import Topics, part_of

SOURCE = "front-desk"


@dataclass(slots=True)
class Upstream:
    """One tenant's commands and outcomes. `waiting` is what has no outcome yet."""

    bootstrap: str
    topics: Topics
    partitions: int
    tenant: str
    waiting: set[str] = field(default_factory=set)
    results: Counter[str] = field(default_factory=Counter)
    position: str = ""
    """Where the last outcome is true."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, commands: Iterable[Planned], told: Callable[[int], None]) -> None:
        """Publishes all in order; `told` learns how many are on their way."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            for count, command in enumerate(commands, 1):
                await self._send(producer, command)
                if count % 100 == 0:
                    told(count)
                    await asyncio.sleep(0)
        finally:
            await producer.stop()

    async def _send(self, producer: AIOKafkaProducer, command: Planned) -> None:
        self.waiting.add(command.id)
        headers = command_headers(id=command.id, source=SOURCE, type=command.type, imported=command.imported)
        part = part_of(self.tenant, self.partitions)
        body = orjson.dumps(command.data)
        await producer.send(self.topics.commands, body, key=self.tenant.encode(), partition=part, headers=headers)

    async def listen(self, ready: asyncio.Event) -> None:
        """Counts outcomes until cancelled: `accepted`, or the code of the refusal. Repeats count once."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        await consumer.start()
        place = TopicPartition(self.topics.outcomes, part_of(self.tenant, self.partitions))
        consumer.assign([place])
        await consumer.seek_to_end(place)
        await consumer.position(place)
        ready.set()
        try:
            async for record in consumer:
                self._note(header(record.headers, "ce_commandid"), record.value)
        finally:
            await consumer.stop()

    def _note(self, command: bytes | None, body: bytes) -> None:
        id = (command or b"").decode()
        if id not in self.waiting:
            return
        self.waiting.remove(id)
        outcome = orjson.loads(body)
        self.position = outcome["position"]
        self.results[outcome["result"] if outcome["result"] == "accepted" else outcome["error"]["code"]] += 1
        self._news.set()

    async def settled(self, seconds: float, told: Callable[[int], None]) -> None:
        """Returns when every command has its outcome. Raises TimeoutError when `seconds` pass without any news."""
        while self.waiting:
            self._news.clear()
            told(len(self.waiting))
            async with asyncio.timeout(seconds):
                await self._news.wait()
