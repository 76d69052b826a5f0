"""Webhooks: deliveries against a bare client on the same sink, the lag from commit to receipt, and what fifty hostile
endpoints do to a healthy one."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from bench.client import Client
from bench.rig import TENANTS, Rig
from bench.sink import Arrivals, Sink, sink
from bench.table import Figure, figure
from bench.work import bookings
from kit.identity import HEADER, sign
from receivers import Caller, Play, receiving

ROUNDS = 3
ENDPOINTS = 4
"""Of each tenant in a round of deliveries."""
FLOOD = 12_000
"""Deliveries counted in a round, of all that the endpoints have before them."""
ABREAST = 64
"""Requests under way of the bare client: as many as the endpoints may have, four each."""
STEADY, SECONDS = 200, 6
CALM, CALM_SECONDS = 5, 20
"""Few enough that fifty more endpoints are no flood by their mere number: what they do is measured, not how many."""
HOSTILE = 50
QUIET_SECONDS = 4
TYPES = ["appointment.created"]


class Subscribing:
    """The webhook service, asked as the gateway would ask it."""

    def __init__(self, session: aiohttp.ClientSession, key: str) -> None:
        self._session, self._key = session, key

    async def subscribe(self, tenant: str, url: str, **members: object) -> tuple[str, str]:
        """A new endpoint: its tenant and id."""
        wanted = {"url": url, "types": TYPES} | members
        made = await self._ask("POST", tenant, "/v1/webhooks/endpoints", json=wanted)
        return tenant, str(made["id"])

    async def unsubscribe(self, endpoints: Sequence[tuple[str, str]]) -> None:
        for tenant, id in endpoints:
            await self._ask("DELETE", tenant, f"/v1/webhooks/endpoints/{id}")

    async def _ask(self, method: str, tenant: str, path: str, **given: Any) -> Any:
        signed = {HEADER: sign(self._key, tenant, ["webhooks:*"], "bench")}
        async with self._session.request(method, path, headers=signed, **given) as answer:
            content = await answer.read()
            if not answer.ok:
                raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return orjson.loads(content) if content else None


async def measure(rig: Rig) -> list[Figure]:
    """Deliveries of what the log holds already; then of what comes."""
    async with _subscribing(rig) as subscribing, sink() as target, rig.client() as client:
        figures = [await _throughput(rig, subscribing, target)]
        figures.append(await _lag(rig, subscribing, target, client))
        figures.append(await _isolation(rig, subscribing, target, client))
    await asyncio.to_thread(rig.end_service, "webhook")
    return figures


@asynccontextmanager
async def _subscribing(rig: Rig) -> AsyncIterator[Subscribing]:
    url = await asyncio.to_thread(rig.service, "webhook", SLOTKEEPER_WEBHOOK_ALLOW_LOOPBACK="true")
    async with aiohttp.ClientSession(url) as session:
        yield Subscribing(session, rig.stack.environment("webhook")["SLOTKEEPER_INTERNAL_KEY"])


# --- deliveries a second ------------------------------------------------------------------------------------------


async def _throughput(rig: Rig, subscribing: Subscribing, target: Sink) -> Figure:
    """`webhooks_vs_floor`: new endpoints from the beginning of the log."""
    ours, floors = [], []
    for number in range(ROUNDS):
        rate, body = await _delivered(subscribing, target, f"flood-{number}")
        ours.append(rate)
        floors.append(await _floor(target, body, round(rate * 4)))
        rig.told(f"{ours[-1]:,.0f} deliveries/s; a bare client {floors[-1]:,.0f}")
    return figure(
        "webhooks_vs_floor", ours, "deliveries/s", baselines=floors, goal="aim 25 %, at least 10 %", at_least=0.1
    )


async def _delivered(subscribing: Subscribing, target: Sink, path: str) -> tuple[float, str]:
    """Deliveries a second from the first to the last, and a body of them."""
    made = []
    for tenant in TENANTS:
        for _ in range(ENDPOINTS):
            made.append(await subscribing.subscribe(tenant, target.url(path), **{"from": "beginning"}))
    await _arrived(target, path, upto=FLOOD)
    await subscribing.unsubscribe(made)
    arrivals = await _settled(target, path)
    times = [at for at, _ in arrivals.times[:FLOOD]]
    return (len(times) - 1) / (max(times) - min(times)), arrivals.body


async def _arrived(target: Sink, path: str, upto: float = math.inf) -> None:
    """Until so many have come, or nothing has come for a while."""
    seen, since = -1, time.monotonic()
    async with asyncio.timeout(300):
        while seen < 1 or (seen < upto and time.monotonic() - since < QUIET_SECONDS):
            await asyncio.sleep(0.1)
            if (count := await target.count(path)) != seen:
                seen, since = count, time.monotonic()


async def _settled(target: Sink, path: str) -> Arrivals:
    """All that comes."""
    await _arrived(target, path)
    return await target.take(path)


async def _floor(target: Sink, body: str, count: int) -> float:
    """Requests a second of aiohttp alone, with the same body and as many under way."""
    left = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def posting() -> None:
            for _ in left:
                async with session.post(target.url("floor"), data=body) as answer:
                    await answer.read()

        started = time.perf_counter()
        await asyncio.gather(*(posting() for _ in range(ABREAST)))
        seconds = time.perf_counter() - started
    await target.take("floor")
    return count / seconds


# --- from commit to receipt ---------------------------------------------------------------------------------------


async def _lag(rig: Rig, subscribing: Subscribing, target: Sink, client: Client) -> Figure:
    """`webhook_lag_p99`: at 200 bookings a second, from an event's instant to its receipt, against a bare POST."""
    endpoints = [await subscribing.subscribe(tenant, target.url("lag")) for tenant in TENANTS]
    lags, posts = [], []
    for number in range(ROUNDS):
        work = bookings(STEADY * SECONDS, TENANTS, seed=number + 200, first_day=600 + 10 * number, prefix=f"w{number}-")
        await client.steadily(work, STEADY)
        arrivals = await _settled(target, "lag")
        lags.append(_p99(_lates(arrivals)))
        posts.append(_p99(await _posts(target, arrivals.body)))
        rig.told(f"receipt p99 {lags[-1]:.1f} ms after the commit; a bare POST {posts[-1]:.1f}")
    await subscribing.unsubscribe(endpoints)
    return figure("webhook_lag_p99", lags, "ms", baselines=posts)


async def _posts(target: Sink, body: str) -> list[float]:
    """How long a bare POST takes at the same rate, in milliseconds."""
    took = []
    async with aiohttp.ClientSession() as session:
        for _ in range(STEADY):
            started = time.perf_counter()
            async with session.post(target.url("post"), data=body) as answer:
                await answer.read()
            took.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(1 / STEADY)
    await target.take("post")
    return took


def _lates(arrivals: Arrivals) -> list[float]:
    """Milliseconds after each event's instant: that is a little before its commit, so never too few."""
    return [(at - datetime.fromisoformat(instant).timestamp()) * 1000 for at, instant in arrivals.times]


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


# --- among hostile ones -------------------------------------------------------------------------------------------


async def _isolation(rig: Rig, subscribing: Subscribing, target: Sink, client: Client) -> Figure:
    """`isolation`: the healthy endpoint's p99 while fifty of its tenant hang, trickle, flood or refuse, and without."""
    tenant = TENANTS[0]
    healthy = await subscribing.subscribe(tenant, target.url("healthy"))
    among, alone = [], []
    for number in range(ROUNDS):
        alone.append(await _healthy(target, client, tenant, 2 * number))
        async with _hostile(subscribing, tenant):
            among.append(await _healthy(target, client, tenant, 2 * number + 1))
        rig.told(f"p99 {among[-1]:.1f} ms among hostile endpoints, {alone[-1]:.1f} alone")
    await subscribing.unsubscribe([healthy])
    return figure("isolation", among, "ms", baselines=alone, goal="at most 2x", at_most=2)


async def _healthy(target: Sink, client: Client, tenant: str, number: int) -> float:
    work = bookings(CALM * CALM_SECONDS, [tenant], seed=number + 300, first_day=700 + 10 * number, prefix=f"i{number}-")
    await client.steadily(work, CALM)
    return _p99(_lates(await _settled(target, "healthy")))


@asynccontextmanager
async def _hostile(subscribing: Subscribing, tenant: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as playing:
        made = []
        for number in range(HOSTILE):
            receiver = await playing.enter_async_context(receiving(_PLAYS[number % len(_PLAYS)]))
            made.append(await subscribing.subscribe(tenant, receiver.url()))
        yield
        await subscribing.unsubscribe(made)


async def _silent(caller: Caller) -> None:
    await caller.reader.read()
    await asyncio.Event().wait()


async def _trickling(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"HTTP/1.1 200 OK\r\nX: ")
    await caller.say_for_ever(b"x", every=1)


async def _flooding(caller: Caller) -> None:
    await caller.request()
    await caller.say_for_ever(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)


async def _endless(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"HTTP/1.1 500 No\r\n\r\n")
    await caller.say_for_ever(b"z" * 65_536)


async def _closing(caller: Caller) -> None:
    await caller.request()


_PLAYS: list[Play] = [_silent, _trickling, _flooding, _endless, _closing]
