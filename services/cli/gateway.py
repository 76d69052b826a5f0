"""The gateway as the command line asks it: with the operator's key, or any that is given."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp
import orjson

from cli.exits import not_there
from kit.settings import settings

SECONDS = 600
Told = Callable[[int, int], None]
Query = Mapping[str, str | list[str]]


class Refused(Exception):
    """A problem body came back: its code, detail and status."""

    def __init__(self, problem: Mapping[str, Any], status: int) -> None:
        super().__init__(f"{problem.get('code', status)}: {problem.get('detail') or problem.get('title') or ''}")
        self.code, self.status = problem.get("code"), status


class Gateway:
    """`/v1` and `/ops`. An operator's key names the tenant it acts for."""

    def __init__(self, tenant: str | None = None, key: str | None = None) -> None:
        bearer = key or settings().operator_key.get_secret_value()
        self._headers = {"Authorization": f"Bearer {bearer}"} | ({"Slotkeeper-Tenant": tenant} if tenant else {})

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=SECONDS, connect=5)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, body: Any = None, query: Query | None = None) -> Any:
        """The decoded answer. Raises `Refused` on a problem; ends the command when nobody answers."""
        url = settings().gateway_url + path
        data = orjson.dumps(body) if body is not None else None
        headers = {"Content-Type": "application/json"} if data else {}
        try:
            async with self._session.request(method, url, data=data, params=query, headers=headers) as answer:
                found = orjson.loads(await answer.read() or b"null")
                if answer.status >= 400:
                    raise Refused(found or {}, answer.status)
                return found
        except aiohttp.ClientConnectionError:
            not_there(f"no gateway answers at {settings().gateway_url}", "slotkeeper up, or slotkeeper status")

    async def get(self, path: str, **query: str | list[str]) -> Any:
        return await self.ask("GET", path, query=query)

    async def rebuild(
        self, name: str, *, dry_run: bool = False, back: bool = False, told: Told = lambda done, of: None
    ) -> dict[str, Any]:
        """Starts a rebuild and waits for its report; `told` learns how many events of how many are folded."""
        state = await self.ask("POST", "/ops/rebuild", {"name": name, "dry_run": dry_run, "back": back})
        while state["running"]:
            await asyncio.sleep(0.1)
            state = await self.get("/ops/rebuild")
            if progress := state["progress"]:
                told(progress["done"], progress["of"])
        if state["error"]:
            raise Refused({"code": state["error"]["error"], "detail": state["error"]["detail"]}, 409)
        report: dict[str, Any] = state["report"]
        return report
