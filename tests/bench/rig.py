"""What a measurement runs on: the tests' Kafka and PostgreSQL, a database and topics of its own, real services."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.client import Client
from bench.work import bookings, supply
from contracts.routing import Topics
from homes import share_secrets
from local.home import Home, test_home
from local.stack import Stack
from stack import kafka_for_tests, postgres_for_tests

TENANTS = ["north", "south", "east", "west"]


@dataclass(slots=True)
class Rig:
    """One stack for the measurements. `told` is how progress is shown."""

    stack: Stack
    told: Callable[[str], None]
    running: list[tuple[str, str]] = field(default_factory=list)

    @property
    def topics(self) -> Topics:
        return Topics(self.stack.topic_prefix)

    def service(self, name: str, instance: str = "1", **extra: str) -> str:
        """Starts a service; its URL."""
        url = self.stack.start_service(name, instance, extra)
        self.running.append((name, instance))
        return url

    def end_service(self, name: str, instance: str = "1") -> None:
        self.running.remove((name, instance))
        self.stack.stop_service(name, instance=instance)

    def end_services(self) -> None:
        while self.running:
            name, instance = self.running.pop()
            self.stack.stop_service(name, instance=instance)

    def client(self, topics: Topics | None = None) -> Client:
        chosen = topics or self.topics
        return Client(self.stack.kafka, chosen.commands, chosen.outcomes)

    @property
    def writer(self) -> dict[str, str]:
        """The databases of the log, for its writer."""
        databases: dict[str, str] = orjson.loads(self.stack.environment("cli")["SLOTKEEPER_DATABASES"])
        return databases

    @property
    def admin(self) -> str:
        return self.stack.site.database


@asynccontextmanager
async def rig(told: Callable[[str], None]) -> AsyncIterator[Rig]:
    """A prepared stack with a fresh database and fresh topics; its services end with it."""
    mark = secrets.token_hex(4)
    with kafka_for_tests() as kafka, postgres_for_tests() as postgres:
        stack = Stack(
            home=Home(Path(test_home().folder) / f"bench-{mark}"),
            given_kafka=kafka,
            given_postgres=postgres.admin,
            database=f"bench_{mark}",
            topic_prefix=f"bench-{mark}",
        )
        share_secrets(stack.home)
        ready = Rig(stack, told)
        told("database, schemas, topics")
        await _in_thread(stack.prepare)
        try:
            yield ready
        finally:
            await _in_thread(ready.end_services)


async def begin(ready: Rig) -> None:
    """Booking, the tenants with their supply, and a first few thousand bookings."""
    await asyncio.to_thread(ready.service, "booking")
    async with ready.client() as client:
        await set_up(client)
        await client.flood(bookings(4_000, TENANTS, seed=0, prefix="warm"))


async def set_up(client: Client, tenants: Sequence[str] = TENANTS) -> None:
    """Every tenant and its supply, through the front door."""
    for tenant in tenants:
        await client.ask(tenant, [("DefineTenant", {"id": tenant, "name": tenant.title()})], "tenant")
        await client.ask(tenant, supply(), "supply")


async def _in_thread(work: Callable[[], None]) -> None:
    await asyncio.to_thread(work)


def log(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
