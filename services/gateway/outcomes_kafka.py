"""Reads every partition of the outcomes topic without a group, from before the gateway says that it is ready (D14).

No outcome is missed: the end of every partition is known first, and a consumer that had to be replaced goes on where
the one before it stood.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope import header
from kit.health import Health
from kit.logging import log
from streams.consumers import FETCH_WAIT_MS, attentive, end

PART = "outcomes"
SET_UP_SECONDS = 20.0
BACK_OFF_SECONDS = 0.5

Arrived = Callable[[int, Sequence[tuple[str, bytes]], bytes], None]
"""Told the partition, the headers and the body."""


class Outcomes:
    """Every outcome, told to `arrived` as it comes by."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, arrived: Arrived, health: Health) -> None:
        self._bootstrap, self._arrived, self._health = bootstrap, arrived, health
        self._places = [TopicPartition(topic, part) for part in range(partitions)]
        self._next: dict[TopicPartition, int] = {}
        self.positions: dict[int, int] = {}
        """The newest position seen of each partition."""

    async def run(self) -> None:
        """Reads until cancelled, whatever Kafka does meanwhile."""
        while True:
            try:
                await self._listen()
            except (KafkaError, TimeoutError, OSError) as broken:
                self._health.ill(PART, "Kafka does not answer")
                log.warning("outcomes are not read", exc_info=broken)
                await asyncio.sleep(BACK_OFF_SECONDS)

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        try:
            async with asyncio.timeout(SET_UP_SECONDS):
                await consumer.start()
                attentive(consumer)
                await self._take_position(consumer)
            self._health.well(PART)
            while True:
                for place, records in (await consumer.getmany(timeout_ms=1000)).items():
                    self._read(place, records)
        finally:
            await end(consumer)

    async def _take_position(self, consumer: AIOKafkaConsumer) -> None:
        """Of every partition: where it was left, else its end."""
        consumer.assign(self._places)
        unknown = [place for place in self._places if place not in self._next]
        if unknown:
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(unknown)
            self._next.update(ends)
        for place in self._places:
            consumer.seek(place, self._next[place])
            await consumer.position(place)

    def _read(self, place: TopicPartition, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        for record in records:
            self._next[place] = record.offset + 1
            pos = header(record.headers, "pos")
            if pos is not None and pos.isdigit():
                self.positions[place.partition] = max(int(pos), self.positions.get(place.partition, 0))
            if record.value is not None:
                self._arrived(place.partition, record.headers, record.value)
