"""The one request that carries a webhook: to a public address, over one deadline, with a bounded answer.

Nothing of the answer is followed, decompressed or remembered: no redirects, no cookies, no proxies of this machine.
Lines to receivers that answer well are kept a few seconds for the next webhook. How many requests are under way at once
is the caller's to bound.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter
from types import TracebackType
from typing import Self

import aiohttp

from webhook.sending import faults
from webhook.sending.addresses import check_url
from webhook.sending.line import Lines
from webhook.sending.names import JudgedNames, LookUp, SystemNames, judge
from webhook.sending.waits import retry_after

CONNECT_SECONDS = 5.0
KEPT_SECONDS = 4.0
"""Shorter than the usual receiver keeps an idle line: it should be us who close it."""
BODY_BYTES = 16_384
RECEIVE_BUFFER = 32_768
"""The kernel's share of an answer, so that a receiver who floods fills little."""

_HEADERS = {"User-Agent": "Slotkeeper-Webhooks/1", "Accept-Encoding": "identity"}
_DEADLINES = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS)
_url_refusal = lru_cache(4_096)(check_url)
_FAULTS = (aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said. `error` names what went wrong, also where a status was already read."""

    status: int | None
    error: str | None
    retry_after: float | None
    latency_ms: int
    body: bytes

    @property
    def success(self) -> bool:
        return self.error is None and self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class _Heard:
    """What has come of an answer so far."""

    status: int | None = None
    retry_after: float | None = None
    body: bytes = b""


class Poster:
    """Sends; to be used as a context. `look_up` and `now` are the system's unless given."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        ca_file: str = "",
        look_up: LookUp | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._allow_loopback = allow_loopback
        self._trust = ssl.create_default_context()
        if ca_file:
            self._trust.load_verify_locations(ca_file)
        self._given = look_up
        self._now = now
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        look_up = self._given
        if look_up is None:
            look_up = SystemNames()
            self._open.callback(look_up.close)
        lines = Lines(
            ssl=self._trust,
            resolver=JudgedNames(look_up, allow_loopback=self._allow_loopback),
            socket_factory=self._socket,
            limit=0,
            keepalive_timeout=KEPT_SECONDS,
        )
        self._session = await self._open.enter_async_context(
            aiohttp.ClientSession(
                connector=lines,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                timeout=_DEADLINES,
                auto_decompress=False,
                read_bufsize=BODY_BYTES,
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout: float,  # noqa: ASYNC109
    ) -> Answer:
        """One attempt; never raises for what a receiver or the way to it does. `timeout` covers everything."""
        began = perf_counter()
        heard, error = _Heard(), None
        if _url_refusal(url, allow_loopback=self._allow_loopback):
            error = faults.REFUSED_ADDRESS
        else:
            try:
                async with asyncio.timeout(timeout):
                    await self._exchange(url, headers, body, heard)
            except _FAULTS as fault:
                error = faults.named(fault)
        if error is None and heard.status is not None and 300 <= heard.status < 400:
            error = faults.REDIRECT
        latency = round((perf_counter() - began) * 1000)
        return Answer(heard.status, error, heard.retry_after, latency, heard.body)

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes, heard: _Heard) -> None:
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            heard.status = response.status
            if response.status in (429, 503):
                heard.retry_after = retry_after(response.headers.getall("Retry-After", ()), self._now())
            while (room := BODY_BYTES - len(heard.body)) and (part := await response.content.read(room)):
                heard.body += part

    def _socket(self, dialled: aiohttp.AddrInfoType) -> socket.socket:
        """The last gate: whatever led to this address, it is judged here, and no socket is made for a refused one."""
        family, kind, protocol, _, where = dialled
        judge(str(where[0]), allow_loopback=self._allow_loopback)
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        return made
