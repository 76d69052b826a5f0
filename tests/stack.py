"""The real Kafka and PostgreSQL that tests run on: given ones, containers, or local processes; never a pretence.

In order: the environment's SLOTKEEPER_TEST_KAFKA and SLOTKEEPER_TEST_POSTGRES; containers where an engine answers; the
local stack under `.local/test`, which runs of one checkout share. Where none of these works, the run fails loudly.
"""

import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from local import kafka, postgres, shared

KAFKA_IMAGE = "apache/kafka:4.1.1"
POSTGRES_IMAGE = "postgres:17"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server on which tests may make databases."""

    admin: str
    """DSN of a superuser."""

    def dsn(self, database: str) -> str:
        return urlunsplit(urlsplit(self.admin)._replace(path=f"/{database}"))

    async def create_database(self) -> str:
        """A fresh, empty database of its own; its DSN."""
        name = f"t_{secrets.token_hex(8)}"
        connection = await asyncpg.connect(self.admin, timeout=10)
        try:
            # From template0, so that runs at the same time do not wait for each other's use of template1.
            await connection.execute(f'create database "{name}" template template0')
        finally:
            await connection.close()
        return self.dsn(name)


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


def _kafka_container() -> Iterator[str]:
    from testcontainers.kafka import KafkaContainer

    with KafkaContainer(KAFKA_IMAGE).with_kraft() as container:
        yield container.get_bootstrap_server()


def _postgres_container() -> Iterator[Postgres]:
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
        yield Postgres(container.get_connection_url())
