"""The HTTP door, as the demonstration's people use it: one key, plain requests, answers as they come."""

from collections.abc import Mapping
from typing import Any, Self

import aiohttp
import orjson

Query = Mapping[str, str] | None


class Unexpected(Exception):
    """An answer that the play did not expect: what was asked, and what came."""


class Door:
    """`/v1` with one API key, which reads its own writes. A status that was not expected raises `Unexpected`."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key
        self.seen = ""
        """The last position written: what is read afterwards is true there or later."""

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=30)
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._key}"}, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(
        self, method: str, path: str, body: Any = None, *, expect: int | None = None, query: Query = None
    ) -> Any:
        """The decoded answer; with `expect`, only if it has that status (200 also stands for 201)."""
        data = orjson.dumps(body) if body is not None else None
        headers = {"Content-Type": "application/json"} if data else {}
        if method == "GET" and self.seen:
            headers["Slotkeeper-After"] = self.seen
        async with self._session.request(method, self._url + path, data=data, params=query, headers=headers) as answer:
            text = await answer.read()
            good = {200, 201} if expect in (None, 200) else {expect}
            if answer.status not in good:
                raise Unexpected(f"{method} {path}: {answer.status} {text[:400].decode(errors='replace')}")
            if method != "GET":
                self.seen = answer.headers.get("Slotkeeper-Position", self.seen)
            return orjson.loads(text) if text else None
