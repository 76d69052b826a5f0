"""A gateway to test with: real routes, keys and quotas around a bus and services in memory."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from gateway.app import application
from gateway.bus_memory import Decide, MemoryBus
from gateway.callers import Caller
from gateway.edge import Edge
from gateway.keyring import Keyring, MemoryKeys
from gateway.keys import OPERATOR, TENANT_SCOPES, new_key, operator_key
from gateway.order import Order
from gateway.quotas import Quotas
from gateway.services import Reply
from kit.health import Health

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PEPPER = b"pepper" * 6
OPERATOR_KEY = "sk_ops_first-operator-key"
NOT_FOUND = Reply(404, {}, b"{}")


def outcome(order: Order, **members: Any) -> dict[str, Any]:
    """An accepted outcome, as booking would publish it."""
    begun = {"command_id": order.id, "source": order.source, "type": order.type, "result": "accepted"}
    return begun | {"position": "0.1", "decided_at": "2026-03-01T09:00:00Z", "events": []} | members


def rejected(order: Order, code: str, **error: Any) -> dict[str, Any]:
    refused = outcome(order, result="rejected", error={"code": code, "detail": "No."} | error)
    del refused["events"]
    return refused


def accepting(**members: Any) -> Decide:
    return lambda order: orjson.dumps(outcome(order, **members))


def rejecting(code: str, **error: Any) -> Decide:
    return lambda order: orjson.dumps(rejected(order, code, **error))


def deciding_nothing(order: Order) -> None:
    return None


@dataclass
class MemoryServices:
    """Answers what it was told to; `asked` is what came."""

    answer: Callable[[str, str], Reply] = lambda service, target: NOT_FOUND
    asked: list[tuple[str, str, str, Caller, dict[str, str]]] = field(default_factory=list)

    async def ask(
        self, service: str, method: str, target: str, caller: Caller, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        self.asked.append((service, method, target, caller, dict(headers)))
        return self.answer(service, target)


@dataclass
class Gateway:
    """A running gateway, and what is behind it."""

    app: FastAPI
    bus: MemoryBus
    services: MemoryServices
    keyring: Keyring

    async def key(self, *scopes: str, tenant: str | None = "acme") -> str:
        """The text of a new key; without scopes one with all that a tenant's can have."""
        default = TENANT_SCOPES if tenant else (OPERATOR,)
        key, text = new_key(PEPPER, tenant, "test", scopes or default, NOW)
        await self.keyring.store.add(key)
        return text

    @asynccontextmanager
    async def client(self, key: str | None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        shown = {"Authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=shown | headers) as client:
            yield client


@asynccontextmanager
async def gateway(
    decide: Decide = deciding_nothing, *, services: MemoryServices | None = None, quotas: Quotas | None = None
) -> AsyncIterator[Gateway]:
    """A gateway whose commands are decided by `decide`."""
    bus, services = MemoryBus(decide), services or MemoryServices()
    keyring = Keyring(MemoryKeys(), PEPPER, operator_key(PEPPER, OPERATOR_KEY, NOW))
    health = Health()

    async def clear(tenant: str, value: Any) -> Any:
        return value

    async def tenants() -> list[dict[str, Any]]:
        return [{"id": "acme", "name": "Acme Clinics"}]

    @asynccontextmanager
    async def opened() -> AsyncIterator[Edge]:
        yield Edge(
            keyring=keyring,
            quotas=quotas or Quotas(1000, 1000),
            bus=bus,
            services=services,
            unseal=clear,
            tenants=tenants,
            health=health,
            clock=lambda: NOW,
        )

    app = application(opened(), health)
    async with app.router.lifespan_context(app):
        yield Gateway(app, bus, services, keyring)
