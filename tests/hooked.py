"""Webhooks to test with: a clinic whose events become deliveries over a real database, and a real receiver on loopback.

Nothing arrives by itself: a test says which records arrive. The receiver answers as the test wants and remembers all.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

import samples
from contracts import commands as c
from contracts.record import Record
from eventlog.memory import MemoryLog
from given import Clinic
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.model import Pool
from projections.projector import Projector
from read_model import MASTER_KEY, as_role, by_part, open_clinic, write
from webhook import endpoints
from webhook.clear import Clear
from webhook.dispatch import Dispatcher
from webhook.endpoints import Endpoint, Subscription
from webhook.events import NAME, Deliveries
from webhook.keyring import Keyring
from webhook.queue import Queue
from webhook.replays import Walks
from webhook.sending.poster import Poster
from webhook.sources import Sources

SECONDS = 20
AT_ONCE = [0.0] * 5
"""A schedule without waits."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as the receiver got it."""

    path: str
    id: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def stream(self) -> str:
        return str(self.body["data"]["id"])


Answers = Callable[[Received], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Receiver:
    """A subscriber's server. `answers` says what it answers; `got` is all that came, in order."""

    got: list[Received] = field(default_factory=list)
    answers: Answers | None = None
    port: int = 0
    most_at_once: int = 0
    _now: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def of(self, path: str) -> list[Received]:
        return [one for one in self.got if one.path == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        one = Received(request.path, request.headers["webhook-id"], dict(request.headers), await request.read())
        self.got.append(one)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            return await self.answers(one) if self.answers else web.Response()
        finally:
            self._now -= 1

    async def has(self, count: int) -> list[Received]:
        """What it got, once that is so many."""
        await until(lambda: len(self.got) >= count, lambda: f"{len(self.got)} of {count}")
        return self.got


def status(code: int, **headers: str) -> Callable[[Received], Awaitable[web.StreamResponse]]:
    """Always that answer."""

    async def answer(one: Received) -> web.StreamResponse:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def failing(when: Callable[[Received], bool], code: int = 500) -> Answers:
    """That status where the test says so; else 200."""

    async def answer(one: Received) -> web.StreamResponse:
        return web.Response(status=code if when(one) else 200)

    return answer


async def until(
    true: Callable[[], bool | Awaitable[bool]], told: Callable[[], object] = lambda: "", seconds: float = SECONDS
) -> None:
    """Until it is so, within a bounded time; else what was told."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = true()
                if found if isinstance(found, bool) else await found:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {told()}") from None


async def never(true: Callable[[], bool], seconds: float = 0.3) -> None:
    """It does not come to be so for a while."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        assert not true()
        await asyncio.sleep(0.01)


class Clock:
    """The real time, and as far ahead as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True)
class Hooked:
    """A webhook service without its process: the test is Kafka, and starts and ends the dispatcher."""

    dsn: str
    pool: Pool
    log: MemoryLog
    clock: Clock
    poster: Poster
    projector: Projector
    sources: Sources
    receiver: Receiver
    clinic: Clinic
    dispatcher: Dispatcher
    tenant: str = samples.TENANT
    _written: int = 0
    _running: asyncio.Task[None] | None = None

    # --- what happens at the clinic -----------------------------------------------------------------------------

    def books(self, start: str) -> str:
        """An appointment more; its id."""
        self.clinic.accept(samples.book(start))
        return self.clinic.it

    def confirms(self, appointment_id: str) -> None:
        self.clinic.accept(samples.command(c.ConfirmAppointment, appointment_id=appointment_id))

    def checks_in(self, appointment_id: str) -> None:
        self.clinic.accept(samples.command(c.CheckIn, appointment_id=appointment_id))

    def cancels(self, appointment_id: str) -> None:
        self.clinic.accept(samples.command(c.CancelAppointment, appointment_id=appointment_id))

    def floods(self, count: int) -> None:
        """So many public events: one slot held and released again and again, each time another stream."""
        for _ in range(count // 2):
            self.clinic.accept(samples.hold_slot("16:00"))
            self.clinic.accept(samples.command(c.ReleaseHold, hold_id=self.clinic.it, owner="A"))

    async def append(self) -> list[Record]:
        """What happened since the last time goes into the log."""
        records = await write(self.log, self.clinic.records[self._written :])
        self._written = len(self.clinic.records)
        return records

    async def arrives(self, records: Iterable[Record] | None = None) -> Sequence[Record]:
        """These records come from Kafka; none given: what happened since the last time."""
        batch = list(records) if records is not None else await self.append()
        await self.projector.project(by_part(batch))
        self.dispatcher.stir()
        return batch

    # --- the service --------------------------------------------------------------------------------------------

    async def subscribes(self, path: str = "/hook", start: str = "now", **members: Any) -> Endpoint:
        """An endpoint of the clinic at this receiver; retried at once unless the test says otherwise."""
        whole = {"url": self.receiver.url(path), "types": ["appointment.*"], "schedule_seconds": AT_ONCE} | members
        wanted = Subscription(**whole)
        return (await endpoints.create(self.sources, self.tenant, wanted, start)).endpoint

    def starts(self) -> None:
        self._running = asyncio.create_task(self.dispatcher.run())

    async def ends(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    def another_dispatcher(self, instance: str, **how: Any) -> Dispatcher:
        """As another process would have."""
        return dispatcher(self.sources, instance, **how)

    async def walks(self) -> None:
        """Replays and late beginners, as far as they can be walked now."""
        walks = Walks(self.sources)
        async with asyncio.timeout(SECONDS):
            while await walks.step():
                pass

    async def states(self, endpoint: Endpoint) -> dict[str, int]:
        """How many deliveries of the endpoint are in which state."""
        query = "select state, count(*) from deliveries where endpoint_id = $1 group by state"
        return {row["state"]: row["count"] for row in await self.pool.fetch(query, endpoint.id)}

    async def are(self, endpoint: Endpoint, **wanted: int) -> None:
        """Until just these are there."""
        seen: dict[str, int] = {}

        async def so() -> bool:
            found = await self.states(endpoint)
            seen.clear()
            seen.update(found)
            return seen == wanted

        await until(so, lambda: f"{seen} is not {wanted}")

    async def now(self, endpoint: Endpoint) -> Endpoint:
        found = await endpoints.one(self.sources, self.tenant, endpoint.id)
        assert found is not None
        return found


def dispatcher(sources: Sources, instance: str = "1", *, lease: float = 30, room: int = 256) -> Dispatcher:
    queue = Queue(sources.pool, instance, margin=timedelta(seconds=lease))
    clear = Clear(sources.log, MASTER_KEY)
    return Dispatcher(queue, sources.poster, clear, sources.ring, sources.clock, room=room)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    app = web.Application(client_max_size=2**20)
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


@asynccontextmanager
async def hooked(postgres: Any, *, running: bool = True) -> AsyncIterator[Hooked]:
    """A service that sends, a receiver that takes, and a clinic with two people that is in the log already."""
    dsn = as_role(await postgres.with_schemas("webhook"), "webhook")
    pool = await open_pool(dsn, "webhook", size=6)
    try:
        async with receiving() as receiver, Poster(allow_loopback=True) as poster:
            log, clock = MemoryLog(), Clock()
            await stored.begin(pool, NAME, [], 12)
            freshness = Freshness(lambda: stored.marks(pool, NAME))
            projector = Projector(Deliveries(log, clock), pool, log, freshness)
            sources = Sources(pool, log, Keyring(MASTER_KEY), poster, clock, 12, lambda: None)
            sending = dispatcher(sources)
            here = Hooked(dsn, pool, log, clock, poster, projector, sources, receiver, open_clinic(), sending)
            await here.arrives()
            if running:
                here.starts()
            try:
                yield here
            finally:
                await here.ends()
    finally:
        await pool.close()
