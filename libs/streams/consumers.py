"""Opens a Kafka consumer on given partitions, and ends one for good, whatever state Kafka is in.

With no broker there aiokafka's own `stop` lets the cancelling of its pending fetches through, as if its caller were
cancelled: a service's loop would end by it, and its connections would stay open. It may also take its time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

FETCH_WAIT_MS = 25
"""How long a broker holds a fetch that finds nothing. aiokafka has one fetch under way; it leaves out a partition whose
last records are still worked on: what comes in there meanwhile waits for as long (500 ms by default)."""


@asynccontextmanager
async def reading(
    bootstrap: str, places: Sequence[TopicPartition], *, seconds: float
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of just these places, in no group, for as long at most; one that cannot start leaves nothing open."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    async with asyncio.timeout(seconds):
        try:
            await consumer.start()
            consumer.assign(places)
            yield consumer
        finally:
            await end(consumer)


async def end(consumer: AIOKafkaConsumer, seconds: float = 5) -> None:
    """Returns within twice that time, with nothing left open; raises only what happens to the caller itself."""
    stopping = asyncio.create_task(consumer.stop())
    try:
        await asyncio.wait([stopping], timeout=seconds)
    finally:
        stopping.cancel()
        await asyncio.wait([stopping], timeout=seconds)
        if not stopping.done() or stopping.cancelled() or stopping.exception():
            await consumer._client.close()
