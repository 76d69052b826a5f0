"""Names looked up for a webhook: every address of the answer is judged, and one refused address refuses them all.

A name that points inside and outside at once is an attack or a mistake. Look-ups have threads of their own: names whose
servers never answer must not hold up everybody else's.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from webhook.sending.addresses import refusal

LookUp = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a name; raises OSError when it has none."""

THREADS = 64


class RefusedAddress(OSError):
    """The address is none that a webhook may be sent to; no socket was opened."""


class SystemNames:
    """Names as this machine resolves them."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, "names")

    async def __call__(self, name: str) -> Sequence[str]:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, name)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class JudgedNames(AbstractResolver):
    """A resolver for aiohttp that passes on nothing but addresses that may be dialled."""

    def __init__(self, look_up: LookUp, *, allow_loopback: bool) -> None:
        self._look_up = look_up
        self._allow_loopback = allow_loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._look_up(host)
        for address in addresses:
            judge(address, allow_loopback=self._allow_loopback)
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Whoever made the look-up closes it."""


def judge(address: str, *, allow_loopback: bool) -> None:
    """Raises `RefusedAddress` for one that is refused."""
    if refused := refusal(address, allow_loopback=allow_loopback):
        raise RefusedAddress(refused)


def _addresses(name: str) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except UnicodeError as unusable:
        raise socket.gaierror(socket.EAI_NONAME, str(unusable)) from None
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in found]


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
