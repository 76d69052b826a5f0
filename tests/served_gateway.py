"""A gateway on real Kafka and PostgreSQL, served on loopback, with whoever decides behind it."""

import asyncio
import base64
import itertools
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from contracts.envelope import header, outcome_headers
from contracts.routing import part_of
from gateway.app import application
from gateway.opening import AWAITED, opened
from kit import logging
from kit.health import Health
from kit.settings import Settings
from stack import Postgres
from streams.topics import ensure_topics

logging.configure("gateway", level="error")

PARTS = 3
OPERATOR_KEY = "sk_ops_first-operator-key"
SECONDS = 30
Decide = Callable[[dict[str, Any]], dict[str, Any] | None]
"""A command, as `{id, source, type, tenant, data, headers}`, to what its outcome adds; None: not decided."""


async def gateway_settings(
    kafka: str, postgres: Postgres, prefix: str, *, schemas: Sequence[str] = ("eventlog", "gateway"), **more: Any
) -> Settings:
    """Topics and a database of its own, with the log's schema and the gateway's."""
    dsn = await postgres.with_schemas(*schemas, parts=range(PARTS))
    await ensure_topics(kafka, prefix, PARTS)
    given: dict[str, Any] = {
        "kafka": kafka,
        "topic_prefix": prefix,
        "partitions": PARTS,
        "databases": {"main": dsn},
        "database": dsn,
        "master_key": base64.b64encode(b"m" * 32).decode(),
        "internal_key": "internal",
        "operator_key": OPERATOR_KEY,
        "booking_url": f"http://127.0.0.1:{free_port()}",
        "availability_url": f"http://127.0.0.1:{free_port()}",
    }
    return Settings(**(given | more))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            if happened():
                return
            await asyncio.sleep(0.01)


@dataclass
class Served:
    """A gateway that listens."""

    url: str
    settings: Settings
    server: uvicorn.Server

    @asynccontextmanager
    async def client(self, key: str | None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        shown = {"Authorization": f"Bearer {key}"} if key else {}
        async with httpx.AsyncClient(base_url=self.url, headers=shown | headers, timeout=SECONDS) as client:
            yield client

    async def new_key(self, tenant: str, *scopes: str) -> dict[str, Any]:
        """A key made as an operator makes it."""
        async with self.client(OPERATOR_KEY) as operator:
            wish = {"tenant": tenant} | ({"scopes": list(scopes)} if scopes else {})
            made: dict[str, Any] = (await operator.post("/ops/keys", json=wish)).raise_for_status().json()
            return made


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Served]:
    """Listens once it is ready; on leaving it has ended, with everything it opened."""
    health = Health(*AWAITED)
    port = free_port()
    config = uvicorn.Config(
        application(opened(settings, health), health), port=port, log_level="error", lifespan="on",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: (server.started and health.ready) or running.done())
        assert not running.done(), "the gateway ended while starting"
        yield Served(f"http://127.0.0.1:{port}", settings, server)
    finally:
        server.should_exit = True
        async with asyncio.timeout(SECONDS):
            await running


@dataclass
class Scripted:
    """Decides as it is told, in place of booking; `seen` is every command, in the order of its partition."""

    seen: list[dict[str, Any]]
    decide: Decide
    _news: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    def again(self) -> None:
        """Those that were not decided are looked at once more."""
        for command in self.seen:
            self._news.put_nowait(command)


@asynccontextmanager
async def scripted_booking(settings: Settings, decide: Decide) -> AsyncIterator[Scripted]:
    """Reads all commands from the beginning and publishes an outcome for each that is decided."""
    script = Scripted([], decide)
    reader = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False, fetch_max_wait_ms=20)
    writer = AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True)
    await reader.start()
    await writer.start()
    places = [TopicPartition(settings.topics.commands, part) for part in range(settings.partitions)]
    reader.assign(places)
    await reader.seek_to_beginning(*places)
    working = asyncio.create_task(_work(script, settings, reader, writer))
    try:
        yield script
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await reader.stop()
        await writer.stop()


async def _work(script: Scripted, settings: Settings, reader: AIOKafkaConsumer, writer: AIOKafkaProducer) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_take(script, settings, reader))
        tasks.create_task(_decide(script, settings, writer))


async def _take(script: Scripted, settings: Settings, reader: AIOKafkaConsumer) -> None:
    async for record in reader:
        command = _command(record)
        assert part_of(command["tenant"], settings.partitions) == record.partition
        script.seen.append(command)
        script._news.put_nowait(command)


async def _decide(script: Scripted, settings: Settings, writer: AIOKafkaProducer) -> None:
    for pos in itertools.count(1):
        command = await script._news.get()
        if (members := script.decide(command)) is not None:
            await publish_outcome(settings, writer, command, members, pos)


async def publish_outcome(
    settings: Settings, writer: AIOKafkaProducer, command: dict[str, Any], members: dict[str, Any], pos: int
) -> None:
    part = part_of(command["tenant"], settings.partitions)
    begun = {"command_id": command["id"], "source": command["source"], "type": command["type"], "result": "accepted"}
    body = begun | {"position": f"{part}.{pos}", "decided_at": "2026-03-01T09:00:00Z", "events": []} | members
    headers = outcome_headers(
        command_id=command["id"], source=command["source"], type=command["type"], pos=pos, era=1,
        request_hash=command["headers"].get("ce_requesthash"),
    )  # fmt: skip
    await writer.send_and_wait(
        settings.topics.outcomes, orjson.dumps(body), key=command["tenant"].encode(), partition=part, headers=headers
    )


def _command(record: "ConsumerRecord[bytes, bytes]") -> dict[str, Any]:
    named = {name: (header(record.headers, f"ce_{name}") or b"").decode() for name in ("id", "source", "type")}
    data = orjson.loads(record.value or b"{}")
    return named | {"tenant": (record.key or b"").decode(), "data": data, "headers": dict(record.headers)}


def new_prefix() -> str:
    return f"t{secrets.token_hex(6)}"
