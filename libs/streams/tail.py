"""The tail of the events topic: the last event of each partition, which a new owner goes on from."""

from collections.abc import Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.envelope import header
from streams.consumers import reading


class Tail(NamedTuple):
    """Where a partition's events on Kafka end."""

    era: int
    pos: int


async def tails(bootstrap: str, topic: str, parts: Iterable[int], seconds: float = 20) -> dict[int, Tail]:
    """The last event of each partition; those that hold none are absent."""
    places = [TopicPartition(topic, part) for part in parts]
    if not places:
        return {}
    async with reading(bootstrap, places, seconds=seconds) as consumer:
        return await _last(consumer, places)


async def _last(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> dict[int, Tail]:
    first, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    waiting = {place for place in places if ends[place] > first[place]}
    consumer.pause(*(place for place in places if place not in waiting))
    for place in waiting:
        consumer.seek(place, ends[place] - 1)
    found: dict[int, Tail] = {}
    while waiting:
        for place, records in (await consumer.getmany(*waiting, timeout_ms=1000)).items():
            found[place.partition] = _tail(records[-1])
            waiting.discard(place)
    return found


def _tail(record: ConsumerRecord) -> Tail:
    era, pos = header(record.headers, "era"), header(record.headers, "pos")
    if era is None or pos is None:
        raise ValueError(f"{record.topic} {record.partition}@{record.offset} is no event: it has no position")
    return Tail(int(era), int(pos))
