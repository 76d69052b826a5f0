"""The list of erased people: the compacted topic that outlives a restored database (D10).

The key of a record is `<tenant>/<subject>`; a tenant's id has no slash, so the first one parts them. booking adds to it
before it publishes the event, so whoever follows the list knows of an erasure no later than of the event.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.events import CustomerErased
from contracts.record import Record
from eventlog.restore import Erasure
from eventlog.vault import Vault
from kit.logging import log
from streams.consumers import end, reading
from streams.message import Parcel

SET_UP_SECONDS = 20.0
BACK_OFF_SECONDS = 0.5

Told = Callable[[Sequence[Erasure]], Awaitable[None]]


def erasure_of(record: Record) -> Parcel | None:
    """What the list is told of an event that erases somebody. It has a value: without one it would end an entry."""
    if not isinstance(record.event, CustomerErased):
        return None
    facts = {"position": record.position, "decided_at": record.decided_at, "event_id": record.event_id}
    return Parcel(f"{record.tenant}/{record.stream}".encode(), msgspec.json.encode(facts), [])


async def erasures(bootstrap: str, topic: str, parts: Iterable[int], seconds: float = 60) -> list[Erasure]:
    """Everybody on the list, from its beginning to where it ends now."""
    places = [TopicPartition(topic, part) for part in parts]
    async with reading(bootstrap, places, seconds=seconds) as consumer:
        return await _all(consumer, places)


async def _all(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> list[Erasure]:
    ends = await consumer.end_offsets(places)
    await consumer.seek_to_beginning(*places)
    found: list[Erasure] = []
    while [place for place in places if await consumer.position(place) < ends[place]]:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found += _erasures(records)
    return found


def _erasures(records: "Iterable[ConsumerRecord[bytes, bytes]]") -> list[Erasure]:
    return [Erasure(*record.key.decode().split("/", 1)) for record in records if record.key]


class Following:
    """Whoever is erased from when this began, or with `ever` whoever was: each told at least once, in order.

    `told` may fail: it is told the same again.
    """

    def __init__(self, bootstrap: str, topic: str, parts: Iterable[int], told: Told, *, ever: bool = False) -> None:
        self._bootstrap, self._told, self._ever = bootstrap, told, ever
        self._places = [TopicPartition(topic, part) for part in parts]
        self._next: dict[TopicPartition, int] = {}
        self.begun = asyncio.Event()
        """Nobody who is erased from now on is missed."""

    async def run(self) -> None:
        """Follows until cancelled, whatever happens meanwhile."""
        while True:
            try:
                await self._follow()
            except Exception as broken:
                log.warning("the list of erasures is not followed", exc_info=broken)
                await asyncio.sleep(BACK_OFF_SECONDS)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        try:
            async with asyncio.timeout(SET_UP_SECONDS):
                await consumer.start()
                await self._take_position(consumer)
            self.begun.set()
            while True:
                for place, records in (await consumer.getmany(timeout_ms=1000)).items():
                    await self._told(_erasures(records))
                    self._next[place] = records[-1].offset + 1
        finally:
            await end(consumer)

    async def _take_position(self, consumer: AIOKafkaConsumer) -> None:
        """Of every partition: where it was left, else its end or its beginning."""
        consumer.assign(self._places)
        if not self._next:
            offsets = consumer.beginning_offsets if self._ever else consumer.end_offsets
            self._next.update(await offsets(self._places))
        for place in self._places:
            consumer.seek(place, self._next[place])
            await consumer.position(place)


async def kept_closed(vault: Vault, bootstrap: str, topic: str, partitions: int) -> None:
    """Runs as long as the process: a vault forgets whoever is erased. What it learned before this began is dropped."""

    async def told(erased: Sequence[Erasure]) -> None:
        for one in erased:
            vault.erase(one.tenant, one.subject)

    following = Following(bootstrap, topic, range(partitions), told)
    run = asyncio.create_task(following.run())
    try:
        await following.begun.wait()
        vault.drop_subjects()
        await run
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
