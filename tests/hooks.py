"""Endpoints made over HTTP, at either door; refusals as a caller sees them; a slow receiver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

import samples
from hooked import Hooked, Received
from kit.identity import HEADER, sign
from kit.settings import Settings
from webhook.app import edge

ROOT = "/v1/webhooks"
ENDPOINTS = f"{ROOT}/endpoints"
INTERNAL_KEY = "internal"
URL = "https://hooks.example.com/slots"


@asynccontextmanager
async def asking(here: Hooked, *scopes: str, tenant: str | None = samples.TENANT) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service alone, that the gateway let in with these scopes."""
    app = edge(Settings(internal_key=INTERNAL_KEY, webhook_allow_loopback=True))  # type: ignore[arg-type]
    app.state.sources = here.sources
    headers = {HEADER: sign(INTERNAL_KEY, tenant, scopes or ["webhooks:*"], "key")}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://webhook", headers=headers) as client:
        yield client


async def made(client: httpx.AsyncClient, url: str = URL, **more: Any) -> dict[str, Any]:
    """A new endpoint, as its 201 shows it."""
    answer = await client.post(ENDPOINTS, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def refused(answer: httpx.Response) -> tuple[int, str, str | None]:
    """The status, code and member of a problem."""
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, problem["code"], problem.get("field")


class Gate:
    """A receiver that lets nobody go until it is opened."""

    def __init__(self, here: Hooked) -> None:
        self.open = asyncio.Event()
        here.receiver.answers = self._answer

    async def _answer(self, one: Received) -> web.Response:
        await asyncio.wait_for(self.open.wait(), 20)
        return web.Response()
