"""Receivers that behave, and endpoints made for them through the front door."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from aiohttp import web

from served_gateway import free_port

ROOT = "/v1/webhooks"
ENDPOINTS = f"{ROOT}/endpoints"
URL = "https://hooks.example.com/slots"
SECONDS = 20


@dataclass
class Got:
    """A request that a receiver got."""

    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """Somebody's server: keeps what it gets and answers with `status`."""

    url: str
    status: int = 200
    got: list[Got] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(headers, await request.read()))
        return web.Response(status=self.status)

    def types(self) -> list[str]:
        return [one.json()["type"] for one in self.got]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    port = free_port()
    receiver = Receiver(f"http://127.0.0.1:{port}/hooks")
    app = web.Application()
    app.router.add_post("/hooks", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def made(client: httpx.AsyncClient, url: str = URL, **more: Any) -> dict[str, Any]:
    """A new endpoint, as its 201 shows it."""
    answer = await client.post(ENDPOINTS, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def refused(answer: httpx.Response) -> tuple[int, str, str | None]:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, problem["code"], problem.get("field")
