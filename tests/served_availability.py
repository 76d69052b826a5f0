"""A service that reads events, as a process on real Kafka and PostgreSQL, to be asked, killed and started again.

The test is booking. The service is availability unless another is named.
"""

import asyncio
import base64
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

import samples
from contracts.envelope import event_headers
from contracts.record import Record, encode
from eventlog.postgres import PostgresLog
from kit.identity import HEADER, sign
from read_model import MASTER_KEY, as_role, write
from streams.topics import ensure_topics

PARTS = 12
SECONDS = 30
KEY = "internal"


@dataclass(slots=True)
class Served:
    """A log, its topic, and how to run the service over them."""

    kafka: str
    prefix: str
    dsn: str
    log: PostgresLog
    producer: AIOKafkaProducer
    port: int
    process: asyncio.subprocess.Process | None = field(default=None)
    service: str = "availability"
    told: dict[str, str] = field(default_factory=dict)
    """Further settings."""

    async def publish(self, records: Sequence[Record]) -> list[Record]:
        """Into the log, then onto the topic: as booking does."""
        written = await write(self.log, records)
        await self.announce(written)
        return written

    async def reopen_log(self) -> None:
        """For a test that has cut every connection, its own too."""
        await self.log.close()
        self.log = await PostgresLog.open({"main": self.dsn}, writer=True)

    async def announce(self, records: Sequence[Record]) -> None:
        for one in records:
            await self.producer.send(
                f"{self.prefix}.events", encode(one), key=one.tenant.encode(), partition=one.part,
                headers=event_headers(one),
            )  # fmt: skip
        await self.producer.flush()

    def environment(self) -> dict[str, str]:
        given = {
            "KAFKA": self.kafka,
            "TOPIC_PREFIX": self.prefix,
            "PARTITIONS": str(PARTS),
            "DATABASES": f'{{"main": "{as_role(self.dsn, "log_reader")}"}}',
            "DATABASE": as_role(self.dsn, self.service),
            "MASTER_KEY": base64.b64encode(MASTER_KEY).decode(),
            "INTERNAL_KEY": KEY,
            "PORT": str(self.port),
            "LOG_LEVEL": "warning",
            **self.told,
        }
        return {**os.environ, **{f"SLOTKEEPER_{name}": value for name, value in given.items()}}

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", self.service, env=self.environment())
        async with asyncio.timeout(SECONDS):
            while not await self._ready():
                assert self.process.returncode is None, f"{self.service} ended while starting"
                await asyncio.sleep(0.05)

    async def _ready(self) -> bool:
        with suppress(httpx.TransportError):
            return (await self.ask("/readyz")).status_code == 200
        return False

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        """Ends the process this way; its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), SECONDS)

    async def ask(self, path: str, method: str = "GET", json: Any = None, **params: Any) -> httpx.Response:
        headers = {HEADER: sign(KEY, samples.TENANT, ["ops"], "key")}
        query = {name.rstrip("_"): value for name, value in params.items()}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=20) as client:
            return await client.request(method, path, params=query, headers=headers, json=json)

    async def reached(self, last: Record) -> httpx.Response:
        """An answer of the service once it is at this record: within the patience of a token, tried again."""
        async with asyncio.timeout(SECONDS):
            while True:
                with suppress(httpx.TransportError):
                    response = await self.ask("/v1/appointments", after=last.position, limit=500)
                    if response.status_code == 200:
                        return response
                await asyncio.sleep(0.05)

    async def rebuild(self, **wish: bool) -> dict[str, Any]:
        """Asks for a rebuild; its report."""
        started = await self.ask("/ops/rebuild", "POST", json={"name": "availability", **wish})
        assert started.status_code == 202, started.text
        async with asyncio.timeout(60):
            while True:
                state = (await self.ask("/ops/rebuild")).json()
                if not state["running"]:
                    break
                await asyncio.sleep(0.05)
        assert state["error"] is None, state
        report: dict[str, Any] = state["report"]
        return report


async def until(true: Callable[[], bool]) -> None:
    """Until it is true, within `SECONDS`."""
    async with asyncio.timeout(SECONDS):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def served(kafka: str, postgres: Any, prefix: str, service: str = "availability") -> AsyncIterator[Served]:
    """Topics and a database of its own; the service is not started yet, and ended at the end."""
    dsn = await postgres.with_schemas("eventlog", service, parts=range(PARTS))
    await ensure_topics(kafka, prefix, PARTS)
    log = await PostgresLog.open({"main": dsn}, writer=True)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
    await producer.start()
    here = Served(kafka, prefix, dsn, log, producer, _free_port(), service=service)
    try:
        yield here
    finally:
        if here.process is not None and here.process.returncode is None:
            await here.kill()
        await producer.stop()
        await here.log.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
