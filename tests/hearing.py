"""Waiting for what must come, never longer than a while, and reading a partition to its end."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.envelope import header

SECONDS = 30.0


async def until(there: Callable[[], Awaitable[bool]], seconds: float = SECONDS) -> None:
    """Asks until it is so, or fails; the longer it takes the less often, as asking too keeps others from working."""
    async with asyncio.timeout(seconds):
        for turn in itertools.count(1):
            if await there():
                return
            await asyncio.sleep(min(0.02 * turn, 0.2))


def identity(record: ConsumerRecord) -> tuple[str, str]:
    """The source and id of the command that an outcome answers."""
    names = "ce_commandsource", "ce_commandid"
    source, id = ((header(record.headers, name) or b"").decode() for name in names)
    return source, id


async def all_of(consumer: AIOKafkaConsumer, place: TopicPartition, end: int) -> list[ConsumerRecord]:
    """Everything of one partition from where the consumer stands to `end`."""
    found: list[ConsumerRecord] = []
    async with asyncio.timeout(SECONDS):
        while await consumer.position(place) < end:
            found += (await consumer.getmany(place, timeout_ms=500)).get(place, [])
    return found
