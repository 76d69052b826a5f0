"""The read side: an availability page against the search alone, the read model's lag, and a rebuild."""

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import aiohttp
import asyncpg

from bench.client import Client
from bench.commands import SECONDS, STEADY
from bench.longer import lengthen
from bench.rig import TENANTS, Rig
from bench.table import Figure, figure
from bench.work import DAY, bookings
from contracts.routing import part_of
from eventlog.diary import Diaries, records
from eventlog.postgres import PostgresLog
from kit.identity import HEADER, sign
from scheduling import book as books
from scheduling.book import Book
from scheduling.diary import Busy, Diary
from scheduling.plans import Ask, Plan, plan
from scheduling.slots import days_needed, offers
from scheduling.zones import to_minute

ROUNDS = 5
REBUILDS = 3
REBUILT = 240_000
"""Events that a rebuild is measured with, at least."""
PAGES = 40
TENANT = TENANTS[0]
DAYS = 31


class Asking:
    """Availability, asked as the gateway would: each request is signed anew, for a signature is good for a minute."""

    def __init__(self, session: aiohttp.ClientSession, key: str) -> None:
        self._session, self._key = session, key

    def get(self, path: str, **given: Any) -> Any:
        return self._session.get(path, headers=self._signed(), **given)

    def post(self, path: str, **given: Any) -> Any:
        return self._session.post(path, headers=self._signed(), **given)

    def _signed(self) -> dict[str, str]:
        return {HEADER: sign(self._key, TENANT, ["ops"], "bench")}


async def measure(rig: Rig) -> list[Figure]:
    """Everything that needs the availability service; the rebuild last, since it makes the log longer."""
    async with _asking(rig) as asking:
        await _caught_up(rig, asking)
        figures = [*await _pages(rig, asking), *await _lag(rig, asking)]
    await asyncio.to_thread(rig.end_services)
    await lengthen(rig.admin, REBUILT)
    await _made_live(rig)
    async with _asking(rig) as asking:
        return [*figures, await _rebuild(rig, asking)]


@asynccontextmanager
async def _asking(rig: Rig) -> AsyncIterator[Asking]:
    url = await asyncio.to_thread(rig.service, "availability")
    async with aiohttp.ClientSession(url) as session:
        yield Asking(session, rig.stack.environment("availability")["SLOTKEEPER_INTERNAL_KEY"])


async def _pages(rig: Rig, asking: Asking) -> list[Figure]:
    """`availability_50x31`: everybody's free starts of a month, a thousand a page, one client."""
    search = await _search(rig)
    served, alone = [], []
    for _ in range(ROUNDS):
        served.append(sorted([await _timed(asking) for _ in range(PAGES)]))
        alone.append(sorted(_clocked(search) for _ in range(PAGES)))
    rig.told(f"a page {median(one[PAGES // 2] for one in served):.1f} ms, the search {median(alone[0]):.1f} ms")
    return [
        figure(f"availability_50x31_{name}", [one[at] for one in served], "ms", baselines=[one[at] for one in alone])
        for name, at in (("p50", PAGES // 2), ("p99", PAGES - 1))
    ]


async def _timed(asking: Asking) -> float:
    last = DAY + timedelta(days=DAYS)
    query = {"service_id": "visit", "from": DAY.date().isoformat(), "to": last.date().isoformat(), "limit": "1000"}
    started = time.perf_counter()
    async with asking.get("/v1/availability", params=query) as answer:
        await answer.read()
        answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


def _clocked(search: Callable[[], object]) -> float:
    started = time.perf_counter()
    search()
    return (time.perf_counter() - started) * 1000


async def _search(rig: Rig) -> Callable[[], object]:
    """The same page from the same state, in this process' memory, with nothing around it."""
    book, diary, asked = await _folded(rig)
    first, last, now = to_minute(DAY), to_minute(DAY + timedelta(days=DAYS)), datetime.now(UTC)
    return lambda: offers(book, diary, asked, first, last, now, 1000)


async def _folded(rig: Rig) -> tuple[Book, Diary, Plan]:
    log = await PostgresLog.open(rig.writer, writer=False)
    book, diaries, diary, part = Book.empty(TENANT), Diaries(), Diary(), part_of(TENANT)
    try:
        async for record in records(log, part, (await log.heads())[part].position):
            if record.tenant == TENANT:
                book = books.evolve(book, record)
                diaries.feed(record)
    finally:
        await log.close()
    asked = plan(book, Ask(service_id="visit"))
    assert isinstance(asked, Plan)
    days: defaultdict[tuple[str, int], list[Busy]] = defaultdict(list)
    for row in diaries.rows():
        days[row.resource_id, row.day].append(
            Busy(
                row.stream,
                row.resource_id,
                row.start,
                row.end,
                row.busy_start,
                row.busy_end,
                row.kind,
                row.expires_at,
                row.owner,
                row.event_id,
            )
        )
    for resource, day in days_needed(asked, to_minute(DAY), to_minute(DAY + timedelta(days=DAYS))):
        diary.put_day(resource, day, days[resource, day])
    return book, diary, asked


async def _lag(rig: Rig, asking: Asking) -> list[Figure]:
    """`lag_p99`: from an outcome in the client's hand to the read model showing it, at 500 commands a second."""
    values = []
    async with rig.client() as client:
        for number in range(ROUNDS):
            first = 400 + 10 * number
            work = bookings(STEADY * SECONDS, TENANTS, seed=number + 90, first_day=first, prefix=f"l{number}-")
            watching = asyncio.create_task(_watch(client, asking, len(client.sent) + len(work)))
            await client.steadily(work, STEADY)
            lags = sorted(await watching)
            values.append(lags[int(len(lags) * 0.99)])
    return [figure("lag_p99", values, "ms")]


async def _watch(client: Client, asking: Asking, until: int) -> list[float]:
    """Takes the newest outcome again and again and asks for it; the wait of each, in milliseconds."""
    lags: list[float] = []
    while len(client.answered) < until:
        if position := client.newest.get(str(part_of(TENANT))):
            started = time.perf_counter()
            async with asking.get("/v1/services/visit", params={"after": position}) as answer:
                answer.raise_for_status()
                await answer.read()
            lags.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.01)
    return lags


async def _made_live(rig: Rig) -> None:
    """A generation that holds the whole log: what a rebuild is compared with."""
    environment = os.environ | rig.stack.environment("availability")
    command = sys.executable, "-m", "availability.rebuild"
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise RuntimeError("the read model was not rebuilt")


async def _rebuild(rig: Rig, asking: Asking) -> Figure:
    """`rebuild`: events a second from the log into logged tables, compared and switched."""
    rates = []
    for _ in range(REBUILDS):
        async with asking.post("/ops/rebuild", json={"name": "availability"}) as answer:
            answer.raise_for_status()
        report = await _report(asking)
        if report["drifted"]:
            raise RuntimeError(f"the rebuilt read model differs: {report}")
        rates.append(report["events"] / report["seconds"])
        rig.told(f"rebuilt {report['events']:,} events in {report['seconds']:.1f} s")
    return figure("rebuild", rates, "events/s", goal="aim 100,000", at_least=100_000)


async def _report(asking: Asking) -> dict[str, float]:
    while True:
        await asyncio.sleep(0.1)
        async with asking.get("/ops/rebuild") as answer:
            state = await answer.json()
        if not state["running"]:
            report: dict[str, float] = state["report"]
            return report


async def _caught_up(rig: Rig, asking: Asking) -> None:
    """Waits until the read model has all that was written before it was started."""
    connection = await asyncpg.connect(rig.admin)
    try:
        head = await connection.fetchval("select position from booking.heads where part = $1", part_of(TENANT))
    finally:
        await connection.close()
    async with asyncio.timeout(300):
        while True:
            where = {"after": f"{part_of(TENANT)}.{head}"}
            async with asking.get("/v1/services/visit", params=where) as answer:
                if answer.status != 503:
                    answer.raise_for_status()
                    return
            await asyncio.sleep(0.5)
