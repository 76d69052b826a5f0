"""The world: one simulated installation, and everybody who watches whether it keeps its promises."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import Any

import orjson

from booking.letters import open_letter
from contracts.record import decode
from contracts.routing import part_of
from eventlog.log import InboxKey, PartAppend
from eventlog.memory import MemoryLog
from simulation.bus import Bus, Published
from simulation.clockwork import Wall
from simulation.knobs import PARTITIONS, Knobs
from simulation.mirror import Mirror
from simulation.processes import Staff
from simulation.promises import Broken, Promise, Told
from simulation.promises.p1_free import Free
from simulation.promises.p2_once import Once, answer_of
from simulation.promises.p3_dense import Dense
from simulation.promises.p4_offered import Offered
from simulation.promises.p5_folded import Folded
from simulation.promises.p6_answered import Answered
from simulation.promises.p7_time import Time
from simulation.seen import Tenant
from simulation.steps import AnyStep, Deal, Kill, Pass, Pause, Send, Settle, Sever, Skew
from streams.message import Message, Parcel

PROMISES: tuple[type[Promise], ...] = (Answered, Dense, Time, Free, Once, Offered, Folded)
AWAITED = (Answered, Dense)
"""What is only true once all is done: it is waited for."""
PATIENCE = 120.0
"""Simulated seconds until everything has to be answered once nothing hinders it."""


class World:
    """`sent` holds the different commands that came under each key, by content; `mirrors` the fold of each tenant."""

    def __init__(self, seed: int, knobs: Knobs) -> None:
        loop = asyncio.get_running_loop()
        self.seed, self.knobs, self._loop = seed, knobs, loop
        self.parts = range(PARTITIONS)
        self.wall = Wall(loop.time)
        self.log = MemoryLog(PARTITIONS, self.wall)
        self.log_now: Any = _Now(self.log)
        self.bus = Bus(loop, Random(f"{seed}/bus"))
        self.sent: dict[InboxKey, dict[bytes, Send]] = {}
        self.tenants: dict[str, Tenant] = {name: Tenant(name) for name in knobs.tenants}
        self.mirrors: dict[str, Mirror] = {}
        self.outcomes: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.commands = 0
        self._keys: dict[tuple[int, int], InboxKey | None] = {}
        self._heard = 0
        self._broken: Exception | None = None
        self.promises = [kind(self) for kind in PROMISES]
        self.staff = Staff(self.bus, self.log, self.wall, seed, timers=knobs.timers, appended=self._appended)

    # --- what it is asked -------------------------------------------------------------------------------------

    def part_of(self, tenant: str) -> int:
        return part_of(tenant, PARTITIONS)

    def home(self, message: Message) -> int:
        """Where the message belongs; without a key it stays."""
        return self.part_of(message.key.decode()) if message.key else message.part

    def key(self, message: Message) -> InboxKey | None:
        place = message.part, message.offset
        if place not in self._keys:
            self._keys[place] = open_letter(message).key
        return self._keys[place]

    def latest(self, tenant: str) -> datetime:
        """The instant at which a command of the tenant would be decided now."""
        decided_at: datetime = self.log_now.heads()[self.part_of(tenant)].decided_at
        return max(self.wall(), decided_at)

    def digest(self) -> str:
        """Of all that was written and published, in order."""
        whole = sha256()
        for part in self.parts:
            for page in self.log_now.read(part, 0, limit=1_000_000):
                whole.update(page.state)
        for one in self.bus.heard:
            whole.update(one.parcel.value or b"")
        return whole.hexdigest()

    # --- what happens to it -----------------------------------------------------------------------------------

    async def begin(self) -> None:
        for instance in self.knobs.instances:
            self.staff.start(instance)
        await asyncio.sleep(0.1)

    async def do(self, step: AnyStep) -> None:
        """One step, and what everybody does meanwhile."""
        match step:
            case Send():
                self._send(step)
            case Pass():
                self.wall.turn(step.seconds)
            case Settle():
                await self._settle()
            case Kill():
                self._kill(step)
            case Pause():
                self._pause(step)
            case Sever():
                self.staff.fates.append((step.what, step.lost))
            case Skew():
                self._skew(step)
            case Deal():
                self.bus.deal()
        if step.wait:
            await asyncio.sleep(step.wait)
        self.check()

    async def end(self) -> None:
        """No more trouble: all must become well by itself, and everybody go home."""
        self.staff.heal()
        await self._settle()
        self.staff.closing = True
        for process in self.staff.living:
            if process.shift is not None:
                process.shift.end()
        await asyncio.wait([process.task for process in self.staff.everyone], timeout=PATIENCE)
        await self._settle()

    def check(self) -> None:
        """Raises what has gone wrong by now."""
        if self._broken is None:
            self._listen()
        if self._broken is not None:
            raise self._broken
        if self.staff.bugs:
            raise Broken("P9", self.staff.bugs[0])

    async def _settle(self) -> None:
        until = self._loop.time() + PATIENCE
        while True:
            self.check()
            try:
                self._all(lambda one: one.settled() if isinstance(one, AWAITED) else None)
                break
            except Broken:
                if self._loop.time() > until:
                    raise
            await asyncio.sleep(0.1)
        self._all(lambda one: one.settled())

    def _send(self, step: Send) -> None:
        key = None if step.key is None else step.key.encode()
        headers = [(name, value.encode()) for name, value in step.headers.items()]
        home = self.part_of(step.key or "") if step.part is None else step.part
        message = self.bus.send(home, Parcel(key, step.body.encode(), headers))
        letter = open_letter(message)
        self._keys[message.part, message.offset] = letter.key
        self.commands += 1
        if letter.key is not None:
            self.sent.setdefault(letter.key, {})[letter.content] = step

    def _kill(self, step: Kill) -> None:
        if step.point is not None:
            self.staff.armed.append(step)
        elif process := self.staff.named(step.instance):
            self.staff.kill(process)

    def _pause(self, step: Pause) -> None:
        if process := self.staff.named(step.instance):
            process.pause()
            self._loop.call_later(step.seconds, process.wake)
            if step.twin:
                self.staff.start(step.instance)

    def _skew(self, step: Skew) -> None:
        if process := self.staff.named(step.instance):
            process.skew = step.seconds
            self._loop.call_later(step.lasting, process.put_right)

    # --- what is noticed --------------------------------------------------------------------------------------

    def _all(self, told: Callable[[Promise], None]) -> None:
        for promise in self.promises:
            told(promise)

    def _appended(self, changes: list[PartAppend]) -> None:
        """Called in the midst of an append: what is wrong is kept until somebody can be told."""
        if self._broken is None:
            try:
                for change in changes:
                    self._read(change)
            except Exception as wrong:
                self._broken = wrong

    def _read(self, change: PartAppend) -> None:
        self._listen()
        self._all(lambda one: one.appended(change))
        answers = sorted(((_decided_at(answer), answer) for answer in change.inbox), key=lambda one: one[0])
        waiting, done = iter(answers), change.position
        following = next(waiting, None)
        for row in [None, *change.rows]:
            if row is not None:
                done = row.pos
                event = orjson.loads(row.state)
                tenant = self.tenants.setdefault(row.tenant, Tenant(row.tenant))
                told = Told(row, event, tenant)
                self._all(lambda one, told=told: one.row(change.part, told))  # type: ignore[misc]
                tenant.read(event)
                self.mirrors.setdefault(row.tenant, Mirror(row.tenant)).feed(decode(row.state))
            while following is not None and following[0] <= done:
                self._decided(change.part, following[1])
                following = next(waiting, None)
        self._all(lambda one: one.read(change))

    def _decided(self, part: int, answer: Any) -> None:
        outcome = answer_of(answer)
        self.outcomes[(outcome.get("error") or {}).get("code", "accepted")] += 1
        if outcome["result"] == "accepted":
            self.accepted[outcome["type"]] += 1
        self.tenants.setdefault(answer.tenant, Tenant(answer.tenant))
        self._all(lambda one: one.decided(part, answer, outcome))

    def _listen(self) -> None:
        """To what was published since."""
        heard = self.bus.heard
        while self._heard < len(heard):
            what: Published = heard[self._heard]
            self._heard += 1
            self._all(lambda one, what=what: one.published(what))  # type: ignore[misc]


def _decided_at(answer: Any) -> int:
    """The position that a command was decided at: before what it wrote."""
    events = answer_of(answer).get("events") or []
    return int(events[0]["position"].partition(".")[2]) - 1 if events else int(answer.pos)


class _Now:
    """The log in memory, asked without waiting: none of its methods ever does."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._log, name)
        return lambda *args, **more: _at_once(method(*args, **more))


def _at_once(asked: Coroutine[Any, Any, Any]) -> Any:
    try:
        asked.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the log in memory has waited")
