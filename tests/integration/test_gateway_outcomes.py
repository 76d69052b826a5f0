"""Reading every outcome from before one says to be ready, and on from there whatever happens to Kafka's connection."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from gateway.outcomes_kafka import PART, Outcomes
from kit.health import Health
from served_gateway import SECONDS, until
from streams.topics import ensure_topics

PARTS = 12


class AtOnce(Health):
    """Does something the very moment a part says it is well, before that part can take another step."""

    def __init__(self, act: Callable[[], Awaitable[None]]) -> None:
        super().__init__(PART)
        self._act = act

    def well(self, part: str) -> None:
        super().well(part)
        elsewhere = threading.Thread(target=asyncio.run, args=(self._act(),))
        elsewhere.start()
        elsewhere.join(SECONDS)


async def publish(kafka: str, topic: str, text: bytes) -> None:
    """An outcome on every partition."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for part in range(PARTS):
            await producer.send_and_wait(topic, text, partition=part, headers=[("pos", b"7")])


@asynccontextmanager
async def reading(outcomes: Outcomes) -> AsyncIterator[None]:
    running = asyncio.create_task(outcomes.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def topic(kafka: str, topic_prefix: str) -> str:
    await ensure_topics(kafka, topic_prefix, PARTS)
    return f"{topic_prefix}.outcomes"


async def test_what_is_published_the_moment_it_is_ready_is_read(kafka: str, topic: str) -> None:
    """Whoever says so before every partition's end is known misses these (D14)."""
    heard: list[bytes] = []
    health = AtOnce(lambda: publish(kafka, topic, b"at once"))
    outcomes = Outcomes(kafka, topic, PARTS, lambda part, headers, body: heard.append(body), health)
    await publish(kafka, topic, b"before")
    async with reading(outcomes):
        await until(lambda: len(heard) >= PARTS)
    assert heard == [b"at once"] * PARTS
    assert outcomes.positions == dict.fromkeys(range(PARTS), 7)


async def test_what_comes_while_the_connection_is_lost_is_read_after_it_once(
    kafka: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    health = Health(PART)
    broken = KafkaError("the connection is lost")

    def hear(part: int, headers: object, body: bytes) -> None:
        heard.append(body)
        if body == b"last words" and len(heard) == 1:
            raise broken

    outcomes = Outcomes(kafka, topic, PARTS, hear, health)
    async with reading(outcomes):
        await until(lambda: health.ready)
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            await producer.send_and_wait(topic, b"last words", partition=0)
            await until(lambda: not health.ready)
            await producer.send_and_wait(topic, b"meanwhile", partition=0)
            await producer.send_and_wait(topic, b"meanwhile", partition=5)
        await until(lambda: len(heard) >= 3)
    assert sorted(heard) == [b"last words", b"meanwhile", b"meanwhile"]
