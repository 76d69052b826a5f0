"""Opens the edge of a running gateway from its settings, and closes it again without leaving anything behind.

Nothing here waits for Kafka or PostgreSQL: the gateway listens at once, and `/readyz` says what it still lacks.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from contracts.routing import part_of
from eventlog.postgres import PostgresLog
from eventlog.tenants import list_tenants
from eventlog.vault import Vault, open_all
from gateway.bus_kafka import KafkaBus
from gateway.edge import Edge
from gateway.keyring import Keyring
from gateway.keys import operator_key, pepper_of
from gateway.keys_postgres import GONE, PostgresKeys
from gateway.metrics import WAITING
from gateway.quotas import Quotas
from gateway.refusals import unavailable
from gateway.services import AVAILABILITY, BOOKING, NOTIFICATION, WEBHOOK, HttpServices
from kit.clock import system_clock
from kit.health import Health
from kit.logging import log
from kit.problems import Problem
from kit.settings import Settings
from streams.erasures import kept_closed

AWAITED = ("outcomes", "commands", "keys", "log")
CHECK_SECONDS = 1.0


class LogEdge:
    """The log as the gateway needs it, connected when first asked: opens sealed values, names tenants."""

    def __init__(self, databases: dict[str, str], partitions: int, master_key: bytes) -> None:
        self._databases, self._partitions = databases, partitions
        self.vault = Vault(master_key)
        self._log: PostgresLog | None = None
        self._opening = asyncio.Lock()

    async def connected(self) -> PostgresLog:
        async with self._opening:
            if self._log is None:
                self._log = await PostgresLog.open(self._databases, writer=False)
            return self._log

    async def unseal(self, tenant: str, value: Any) -> Any:
        """The value with personal members in clear; what was erased is null."""
        try:
            part = part_of(tenant, self._partitions)
            return await open_all(await self.connected(), self.vault, part, tenant, value)
        except GONE as gone:
            raise unavailable("Personal members cannot be read now; ask again.") from gone

    async def tenants(self) -> list[dict[str, Any]]:
        try:
            return await list_tenants(self._databases, await self.connected())
        except GONE as gone:
            raise unavailable("The log cannot be read now.") from gone

    async def positions(self) -> dict[int, int]:
        return {part: head.position for part, head in (await (await self.connected()).heads()).items()}

    async def close(self) -> None:
        if self._log is not None:
            await self._log.close()


@asynccontextmanager
async def opened(settings: Settings, health: Health) -> AsyncIterator[Edge]:
    """The edge on the real Kafka, PostgreSQL and services."""
    master_key = base64.b64decode(settings.master_key.get_secret_value())
    pepper = pepper_of(master_key)
    operator = operator_key(pepper, settings.operator_key.get_secret_value(), system_clock())
    keys = PostgresKeys(settings.database)
    log_edge = LogEdge(settings.databases, settings.partitions, master_key)
    urls = {
        BOOKING: settings.booking_url,
        AVAILABILITY: settings.availability_url,
        WEBHOOK: settings.webhook_url,
        NOTIFICATION: settings.notification_url,
    }
    services = HttpServices(urls, settings.internal_key.get_secret_value())
    bus = KafkaBus(settings.kafka, settings.topics, settings.partitions, health)
    WAITING.set_function(lambda: len(bus.waiting))
    running = [
        asyncio.create_task(_kept_running(health, bus)),
        asyncio.create_task(kept_closed(log_edge.vault, settings.kafka, settings.topics.erasures, settings.partitions)),
        asyncio.create_task(_watch(health, "keys", lambda: keys.find(""))),
        asyncio.create_task(_watch(health, "log", lambda: _learn_positions(log_edge, bus))),
    ]
    try:
        yield Edge(
            keyring=Keyring(keys, pepper, operator),
            quotas=Quotas(settings.quota_per_second, settings.quota_burst),
            bus=bus,
            services=services,
            unseal=log_edge.unseal,
            tenants=log_edge.tenants,
            health=health,
        )
    finally:
        await _stop(running)
        for part in (services, keys, log_edge):
            await part.close()


async def _kept_running(health: Health, bus: KafkaBus) -> None:
    """A bug in reading or sending must be seen: the gateway is not ready from then on."""
    try:
        await bus.run()
    except Exception as bug:
        health.ill("bus", "it ended with a bug; start this process again")
        log.error("the bus ended", exc_info=bug)


async def _learn_positions(log_edge: LogEdge, bus: KafkaBus) -> None:
    bus.known(await log_edge.positions())


async def _watch(health: Health, part: str, works: Callable[[], Any]) -> None:
    """Tries a part every second: well while it works, and when not, why."""
    while True:
        try:
            await works()
            health.well(part)
        except (Problem, *GONE) as away:
            health.ill(part, "its database does not answer")
            log.warning("a part is away", part=part, exc_info=away)
        await asyncio.sleep(CHECK_SECONDS)


async def _stop(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
