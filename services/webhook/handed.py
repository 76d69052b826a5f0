"""The topic of notices: what notification hands over (`reminder.due`) becomes deliveries, each once by its id.

A notice is a public event as JSON. Where to go on stands in our own table, in the transaction that made the deliveries;
a notice that comes again is already there.
"""

import asyncio
from collections.abc import Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.public_events import PublicEvent
from kit.logging import log
from projections.model import Connection
from streams.consumers import end
from webhook.listeners import Placed
from webhook.making import Wanted, listening, make
from webhook.notices import SQL
from webhook.sources import Sources

PAUSE_SECONDS = 1.0

_decode = msgspec.json.Decoder(PublicEvent).decode


class Handed:
    """Reads every partition of the topic, in no group: two processes make the same deliveries, which are one."""

    def __init__(self, sources: Sources, bootstrap: str, topic: str) -> None:
        self._sources, self._bootstrap, self._topic = sources, bootstrap, topic

    async def run(self) -> None:
        """As long as the process; begins again where it stands when Kafka or the database fail."""
        while True:
            try:
                await self._read()
            except Exception as error:
                log.warning("notices not read", exc_info=error)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        try:
            await consumer.start()
            await self._seek(consumer)
            while True:
                found = await consumer.getmany(timeout_ms=1000)
                for place, records in found.items():
                    await self.take(place.partition, records)
        finally:
            await end(consumer)

    async def _seek(self, consumer: AIOKafkaConsumer) -> None:
        places = [TopicPartition(self._topic, part) for part in range(self._sources.partitions)]
        consumer.assign(places)
        offsets = {row["part"]: row["kafka_offset"] for row in await self._sources.pool.fetch(SQL["offsets"])}
        for place in places:
            consumer.seek(place, offsets.get(place.partition, 0))

    async def take(self, part: int, records: Sequence["ConsumerRecord[bytes, bytes]"]) -> None:
        """One transaction: the deliveries, and where it goes on."""
        events = [(one.offset, event) for one in records if (event := _event(one)) is not None]
        async with self._sources.pool.acquire() as connection, connection.transaction():
            placed = [Placed(offset, 0, part, event) for offset, event in events]
            while not await make(connection, await _wanted(connection, placed), self._sources.clock()):
                pass
            await connection.execute(SQL["set_offset"], part, records[-1].offset + 1)
        self._sources.stir()


async def _wanted(connection: Connection, placed: Sequence[Placed]) -> list[Wanted]:
    hearing = await listening(connection, [each.event.tenant for each in placed])
    return [(one, each) for each in placed for one in hearing.get(each.event.tenant, []) if one.hears(each.event)]


def _event(one: "ConsumerRecord[bytes, bytes]") -> PublicEvent | None:
    """What does not parse is told and left out: it would never parse."""
    try:
        return _decode(one.value or b"")
    except msgspec.MsgspecError as error:
        log.error("notice not understood", part=one.partition, offset=one.offset, exc_info=error)
        return None
