"""Questions over HTTP to the edge of availability, in this process, as the gateway would ask them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

import samples
from availability.app import edge
from given import Clinic
from kit.identity import HEADER, sign
from read_model import Reading, write

KEY = "internal"


class Asking:
    """A caller of one tenant."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, path: str, tenant: str | None = samples.TENANT, **params: Any) -> httpx.Response:
        """`from_` is sent as `from`; `headers` are sent beside the identity."""
        headers = {HEADER: sign(KEY, tenant, ["ops"], "key"), **params.pop("headers", {})}
        query = {name.rstrip("_"): value for name, value in params.items() if value is not None}
        return await self._client.get(path, params=query, headers=headers)

    async def answer(self, path: str, **params: Any) -> Any:
        """The body of an answer that has to be given."""
        response = await self.ask(path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    async def refusal(self, path: str, **params: Any) -> tuple[int, str, str | None]:
        """Status, code and field of a problem."""
        response = await self.ask(path, **params)
        assert response.headers["content-type"] == "application/problem+json", response.text
        body = response.json()
        assert body["status"] == response.status_code
        return response.status_code, body["code"], body.get("field")


@asynccontextmanager
async def asking(here: Reading) -> AsyncIterator[Asking]:
    app = edge(KEY)
    app.state.sources = here.sources
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://availability") as client:
        yield Asking(client)


class Office:
    """A clinic whose new records are written and projected on request; the read model's clock is the clinic's."""

    def __init__(self, here: Reading, clinic: Clinic) -> None:
        self.here, self.clinic = here, clinic
        self._published = 0

    async def publish(self) -> None:
        new = self.clinic.records[self._published :]
        self._published = len(self.clinic.records)
        self.here.clock.now = self.clinic.now
        if new:
            await self.here.project(await write(self.here.log, new))
