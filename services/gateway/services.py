"""The services that own answers, asked over HTTP on behalf of a caller whose tenant and scopes are signed (design §2).

A port, so that tests of the edge need no services.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from gateway.callers import Caller
from gateway.keys import SCOPES
from gateway.refusals import unavailable
from kit import tracing
from kit.identity import HEADER, sign

BOOKING, AVAILABILITY, WEBHOOK, NOTIFICATION = "booking", "availability", "webhook", "notification"
SECONDS = 15.0


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Services(Protocol):
    """Who owns an answer."""

    async def ask(
        self, service: str, method: str, target: str, caller: Caller, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        """The service's answer, whatever it is. `target` is path and query. Raises `unavailable`."""
        ...


class HttpServices:
    """The services at their URLs."""

    def __init__(self, urls: Mapping[str, str], internal_key: str) -> None:
        self._urls, self._key = urls, internal_key
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, service: str, method: str, target: str, caller: Caller, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        url = URL(self._urls[service].rstrip("/") + target, encoded=True)
        signed = {HEADER: sign(self._key, caller.tenant, granted(caller), caller.key_id)}
        if traceparent := tracing.passed_on():
            signed[tracing.HEADER] = traceparent
        try:
            async with self._connected().request(
                method, url, headers={**headers, **signed}, data=body or None, allow_redirects=False
            ) as answer:
                return Reply(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as broken:
            raise unavailable(f"The {service} service does not answer.") from broken

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            self._session = aiohttp.ClientSession(
                timeout=timeout, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def granted(caller: Caller) -> frozenset[str]:
    """The scopes as the services see them: an operator has all."""
    return frozenset(SCOPES) if caller.is_operator else caller.scopes


async def outcome_of(services: Services, caller: Caller, tenant: str, source: str, command_id: str) -> Reply:
    """What booking's inbox knows of a command."""
    query = urlencode({"source": source, "tenant": tenant})
    target = f"/commands/{segment(command_id)}?{query}"
    return await services.ask(BOOKING, "GET", target, caller._replace(tenant=tenant), {})


def segment(text: str) -> str:
    """A path segment that no URL library takes for something else (`..` is one step up to most)."""
    return text.replace(".", "%2E") if text.strip(".") == "" else quote(text, safe="")
