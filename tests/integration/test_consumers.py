"""A consumer lets the broker wait long when it asks for all of its partitions, and briefly when it leaves one out."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.fetch import FetchRequest

from streams.consumers import FETCH_WAIT_MS, QUIET_WAIT_MS, attentive, end


async def test_a_fetch_waits_long_for_all_partitions_and_briefly_for_some(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}.read"
    await _make(kafka, topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        attentive(consumer)
        asked = _listening(consumer)
        consumer.assign([TopicPartition(topic, part) for part in range(2)])
        assert await _next(asked, parts=2) == QUIET_WAIT_MS
        await _write(kafka, topic, part=0)
        assert await _next(asked, parts=1) == FETCH_WAIT_MS, "nobody takes what came in 0: it is left out"
        assert len((await consumer.getmany(timeout_ms=5000))[TopicPartition(topic, 0)]) == 1
        assert await _next(asked, parts=2) == QUIET_WAIT_MS
    finally:
        await end(consumer)


def _listening(consumer: AIOKafkaConsumer) -> "asyncio.Queue[FetchRequest]":
    """What it asks brokers for from now on."""
    asked: asyncio.Queue[FetchRequest] = asyncio.Queue()
    send = consumer._client.send

    async def heard(node: int, request: Any, **options: Any) -> Any:
        if isinstance(request, FetchRequest):
            asked.put_nowait(request)
        return await send(node, request, **options)

    consumer._client.send = heard
    return asked


async def _next(asked: "asyncio.Queue[FetchRequest]", *, parts: int) -> int:
    """The wait of the next request that names so many partitions."""
    async with asyncio.timeout(10):
        while True:
            request = await asked.get()
            if sum(len(places) for _, places in request._topics) == parts:
                return int(request._max_wait_ms)


async def _make(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        await admin.close()


async def _write(kafka: str, topic: str, *, part: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"came", partition=part)
    finally:
        await producer.stop()
