"""Opens a Kafka consumer on given partitions, and ends one for good, whatever state Kafka is in.

With no broker there aiokafka's own `stop` lets the cancelling of its pending fetches through, as if its caller were
cancelled: a service's loop would end by it, and its connections would stay open. It may also take its time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher

FETCH_WAIT_MS = 25
"""How long a broker holds a fetch that finds nothing and leaves something out. aiokafka has one fetch under way; it
leaves out a partition whose last records nobody has taken yet: what comes in there meanwhile waits for as long."""
QUIET_WAIT_MS = 250
"""How long it holds one of all partitions: whatever comes ends it at once, and a quiet service hardly works."""


class _Attentive(Fetcher):  # type: ignore[misc]
    """aiokafka's own, which asks for its wait anew with every request."""

    @property
    def _fetch_max_wait_ms(self) -> int:
        return FETCH_WAIT_MS if self._records else QUIET_WAIT_MS


def attentive(consumer: AIOKafkaConsumer) -> None:
    """Makes a started consumer wait long for all of its partitions and briefly for some of them; twice is once."""
    consumer._fetcher.__class__ = _Attentive


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
