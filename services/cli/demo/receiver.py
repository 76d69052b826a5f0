"""A subscriber's receiver: a plain web server on loopback that checks every signature with the public library."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from aiohttp import web
from standardwebhooks import Webhook

from cli.demo.door import Unexpected

SECONDS = 30.0


@dataclass(slots=True)
class Receiver:
    """`failing` requests are answered with 500 first; what came in is kept in order, failures included."""

    failing: int = 0
    url: str = ""
    secret: str = ""
    heard: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """The status answered, and the body."""
    _runner: web.AppRunner | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hooks", self._hear)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/hooks"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = 500 if self.failing else 200 if self._signed(body, request.headers) else 401
        self.failing = max(0, self.failing - 1)
        async with self._news:
            self.heard.append((status, orjson.loads(body)))
            self._news.notify_all()
        return web.Response(status=status)

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        named = {name.lower(): value for name, value in headers.items()}
        try:
            Webhook(self.secret).verify(body.decode(), named)
        except Exception:  # the library leaks errors of several kinds for a signature that is none
            return False
        return True

    async def until(self, type: str, id: str) -> None:
        """Waits until a body of that type about that appointment was taken."""

        def there() -> bool:
            return any(s == 200 and (b["type"], b["data"]["id"]) == (type, id) for s, b in self.heard)

        try:
            async with asyncio.timeout(SECONDS), self._news:
                await self._news.wait_for(there)
        except TimeoutError:
            told = [(status, body["type"]) for status, body in self.heard]
            raise Unexpected(f"no {type} came in {SECONDS:.0f} s, only {told}") from None
