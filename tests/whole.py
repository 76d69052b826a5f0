"""The gateway and every service on real Kafka and PostgreSQL, in one process, each on its own port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from availability.app import create_app
from booking.app import booking
from kit.health import Health
from kit.settings import Settings
from notification.app import create_app as notification_app
from served_gateway import OPERATOR_KEY, Served, free_port, gateway_settings, new_prefix, served, until
from stack import Postgres
from webhook.app import create_app as webhook_app

SUPPLY: list[tuple[str, dict[str, Any]]] = [
    ("/v1/locations/main", {"name": "Main Street", "tz": "America/New_York", "primary": True}),
    ("/v1/services/cut", {"name": "Haircut", "duration_minutes": 30, "slot_step_minutes": 15}),
    ("/v1/resources/ann", {"kind": "staff", "name": "Ann Lee", "email": "ann@example.com"}),
    ("/v1/resources/ann/schedule", {"weekly": [{"days": ["mon", "tue", "wed"], "start": "09:00", "end": "17:00"}]}),
]
MONDAY = "2031-03-03"


@asynccontextmanager
async def whole(kafka: str, postgres: Postgres, **more: Any) -> AsyncIterator[Served]:
    """Everything runs and is ready; on leaving it has ended."""
    ports = {name: free_port() for name in ("booking_url", "availability_url", "webhook_url", "notification_url")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    schemas = "eventlog", "gateway", "availability", "webhook", "notification"
    more = {"webhook_allow_loopback": True} | more
    settings = await gateway_settings(kafka, postgres, new_prefix(), schemas=schemas, **urls, **more)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_booking(settings, ports["booking_url"]))
        app = create_app(settings)
        await stack.enter_async_context(_listening(app, ports["availability_url"], app.state.health))
        hooks = webhook_app(settings)
        await stack.enter_async_context(_listening(hooks, ports["webhook_url"], hooks.state.health))
        mails = notification_app(settings)
        await stack.enter_async_context(_listening(mails, ports["notification_url"], mails.state.health))
        yield await stack.enter_async_context(served(settings))


@asynccontextmanager
async def clinic(edge: Served, tenant: str = "acme") -> AsyncIterator[httpx.AsyncClient]:
    """A client of a new tenant with Ann, who cuts hair on the first days of the week."""
    async with edge.client(OPERATOR_KEY) as operator:
        made = await operator.post("/ops/tenants", json={"id": tenant, "name": tenant.title()})
        assert made.status_code == 201, made.text
    async with edge.client((await edge.new_key(tenant))["key"]) as client:
        for path, body in SUPPLY:
            answer = await client.put(path, json=body)
            assert answer.status_code in (200, 201), answer.text
        seen = await client.get("/v1/resources/ann", params={"after": answer.headers["Slotkeeper-Position"]})
        assert seen.status_code == 200, seen.text
        yield client


def haircut(time: str, **more: Any) -> dict[str, Any]:
    """A booking with Ann on a Monday far ahead, at a local time."""
    customer = {"name": "Joe Doe", "email": "joe@example.com"}
    wish = {"service_id": "cut", "start": f"{MONDAY}T{time}:00-05:00", "resources": ["ann"], "customer": customer}
    return wish | more


@asynccontextmanager
async def _booking(settings: Settings, port: int) -> AsyncIterator[None]:
    async with booking(settings) as parts:
        shift = asyncio.create_task(parts.shift.run())
        try:
            async with _listening(parts.app, port, parts.tools.health):
                yield
        finally:
            parts.shift.end()
            async with asyncio.timeout(30):
                await shift


@asynccontextmanager
async def _listening(app: FastAPI, port: int, health: Health) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=5))
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: (server.started and health.ready) or running.done())
        yield
    finally:
        server.should_exit = True
        async with asyncio.timeout(30):
            await running
