"""The real Kafka and PostgreSQL that tests run on: given ones, containers, or local processes; never a pretence.

In order: the environment's SLOTKEEPER_TEST_KAFKA and SLOTKEEPER_TEST_POSTGRES; containers where an engine answers; the
local stack under `.local/test`, which runs of one checkout share. Where none of these works, the run fails loudly.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psycopg
from aiokafka.admin import AIOKafkaAdminClient

from eventlog.placement import place
from kit import migrations
from local import kafka, ports, postgres, shared
from local.process import wait_until

KAFKA_IMAGE = "apache/kafka:4.1.2"
POSTGRES_IMAGE = "postgres:17"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server on which tests may make databases."""

    admin: str
    """DSN of a superuser."""
    made: list[str] = field(default_factory=list)
    _first: dict[tuple[object, ...], str] = field(default_factory=dict)
    """The first database of each kind, which nobody uses: the others are its copies."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def dsn(self, database: str) -> str:
        return urlunsplit(urlsplit(self.admin)._replace(path=f"/{database}"))

    async def create_database(self, like: str = "template0") -> str:
        """A fresh database of its own; its DSN. Empty, or like one that nobody is connected to."""
        name = f"t_{secrets.token_hex(8)}"
        connection = await asyncpg.connect(self.admin, timeout=10)
        try:
            # From template0, so that runs at the same time do not wait for each other's use of template1.
            await connection.execute(f'create database "{name}" template "{like}"')
        finally:
            await connection.close()
        self.made.append(name)
        return self.dsn(name)

    async def with_schemas(self, *packages: str, parts: Iterable[int] = ()) -> str:
        """A fresh database with the packages' schemas and these partitions of the log; its DSN."""
        kind = (*packages, *parts)
        async with self._one_at_a_time:
            if kind not in self._first:
                self._first[kind] = await self._migrated(packages, parts)
        return await self.create_database(self._first[kind])

    async def _migrated(self, packages: Iterable[str], parts: Iterable[int]) -> str:
        dsn = await self.create_database()
        for package in packages:
            await asyncio.to_thread(migrations.apply, dsn, package)
        for part in parts:
            await place({"main": dsn}, part, "main")
        return self.made[-1]

    def drop_databases(self) -> None:
        """Those that this run made, whoever is still connected. Many at a time: each waits for a checkpoint."""
        with ThreadPoolExecutor(16) as hands:
            list(hands.map(self._drop, self.made))
        self.made.clear()
        self._first.clear()

    def _drop(self, name: str) -> None:
        with psycopg.connect(self.admin, autocommit=True, connect_timeout=10) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)'.encode())


@contextmanager
def kafka_for_tests() -> Iterator[str]:
    """The bootstrap address of a running Kafka."""
    if given := os.environ.get("SLOTKEEPER_TEST_KAFKA"):
        yield given
    elif engine_answers(os.environ):
        yield from _kafka_container()
    else:
        with shared.using() as home:
            shared.start(home, kafka.NAME)
            yield kafka.address(home)


@contextmanager
def postgres_for_tests() -> Iterator[Postgres]:
    """A running PostgreSQL."""
    if given := os.environ.get("SLOTKEEPER_TEST_POSTGRES"):
        yield Postgres(given)
    elif engine_answers(os.environ):
        yield from _postgres_container()
    else:
        with shared.using() as home:
            shared.start(home, postgres.NAME)
            yield Postgres(postgres.dsn(home))


def engine_answers(environment: Mapping[str, str], seconds: float = 2) -> bool:
    """Whether a container engine is there; asked of its socket itself, and not for long."""
    where = urlsplit(environment.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    try:
        with _connected(where.scheme, where.hostname, where.port, where.path, seconds) as connection:
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b"200" in connection.recv(64)
    except OSError:
        return False


def _connected(scheme: str, host: str | None, port: int | None, path: str, seconds: float) -> socket.socket:
    if scheme != "unix":
        return socket.create_connection((host or "127.0.0.1", port or 2375), timeout=seconds)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    connection.connect(path)
    return connection


async def drop_topics(bootstrap: str, prefix: str) -> None:
    """A broker gets slow with thousands of partitions: each test takes its own away."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if mine := [name for name in await admin.list_topics() if name.startswith(f"{prefix}.")]:
            await admin.delete_topics(mine)
    finally:
        await admin.close()


def _kafka_container() -> Iterator[str]:
    """On a port chosen before: the broker must be told by which address clients reach it."""
    from testcontainers.core.container import DockerContainer

    port = ports.any_free()
    told = {
        "KAFKA_LISTENERS": "INSIDE://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        **{
            f"KAFKA_{name.upper().replace('.', '_')}": value
            for name, value in kafka.FIXED.items()
            if "listener" not in name
        },
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in told.items():
        container = container.with_env(name, value)
    with container:
        if not wait_until(lambda: kafka.serves(f"127.0.0.1:{port}"), 90):
            raise TimeoutError(f"Kafka in a container does not answer: {container.get_logs()}")
        yield f"127.0.0.1:{port}"


def _postgres_container() -> Iterator[Postgres]:
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
        yield Postgres(container.get_connection_url())
