"""The list of erased people: the compacted topic that outlives a restored database (D10).

The key of a record is `<tenant>/<subject>`; a tenant's id has no slash, so the first one parts them.
"""

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from eventlog.restore import Erasure
from streams.consumers import reading


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
            found += [Erasure(*record.key.decode().split("/", 1)) for record in records if record.key]
    return found
