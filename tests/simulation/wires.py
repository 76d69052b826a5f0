"""Wires: the log and Kafka as one process reaches them. What is sent may take time, get lost, or outlive its sender.

A request goes on without whoever sent it: a process killed while its append is under way does not take it back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from eventlog.log import PartAppend
from streams.message import Message, Parcel

if TYPE_CHECKING:
    from simulation.processes import Process

Answer = TypeVar("Answer")
Appended = Callable[[list[PartAppend]], None]
WRITES = ("append", "take_over")


class WiredLog:
    """The log, from the desk of one process. `appended` hears of what was committed, before anybody else does."""

    def __init__(self, process: "Process", log: Any, appended: Appended) -> None:
        self._process, self._log, self._appended = process, log, appended

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._log, name)
        kind = name if name in WRITES else "read"
        return lambda *args, **more: self._process.ask(kind, lambda: method(*args, **more))

    async def append(self, batch: Sequence[PartAppend], clock: Any) -> set[int]:
        async def serve() -> set[int]:
            refused: set[int] = await self._log.append(batch, clock)
            self._appended([change for change in batch if change.part not in refused])
            return refused

        return await self._process.ask("append", serve)


class WiredOutlet:
    """As `streams.outlet.Outlet`: each batch arrives as a whole, in order, acknowledged or not."""

    def __init__(self, process: "Process") -> None:
        self._process = process
        self.opened = False

    async def open(self) -> None:
        await self._process.travel()
        self.opened = True

    async def close(self, seconds: float = 5) -> None:
        self.opened = False

    async def send(self, topic: str, part: int, parcels: Sequence[Parcel]) -> None:
        if not self.opened:
            raise RuntimeError("the outlet is closed")

        async def serve() -> None:
            self._process.bus.append(topic, part, parcels)

        await self._process.ask("send", serve)


class WiredInlet:
    """As `streams.inlet.Inlet`: gives out what lies on open partitions, as much at a time as it likes."""

    def __init__(self, process: "Process", instance: str) -> None:
        self.process, self.instance = process, instance
        self.assigned: frozenset[int] = frozenset()
        self.generation = 0
        self.joined = False
        self._next: dict[int, int] = {}

    async def join(self) -> None:
        await self.process.travel()
        self.joined = True
        self.process.bus.join(self)

    async def leave(self) -> None:
        if self.joined and self.process.alive:
            self.process.bus.leave(self)
        self.joined, self.assigned, self._next = False, frozenset(), {}

    def hear(self) -> None:
        """Of a new assignment, as it stands by now; whoever is paused hears of it later."""
        if not self.process.alive or not self.joined:
            return
        if self.process.paused:
            self.process.later.append(self.hear)
            return
        self.assigned, self._next = self.process.bus.share(self.instance), {}
        self.generation += 1

    def open(self, part: int, offset: int) -> bool:
        if not self.joined or part not in self.assigned:
            return False
        self._next[part] = offset
        return True

    def shut(self, parts: Sequence[int]) -> None:
        for part in parts:
            self._next.pop(part, None)

    async def poll(self, wait: float) -> dict[int, list[Message]]:
        await self.process.travel()
        ends = self.process.loop.time() + wait
        while True:
            if found := self._fetch():
                await self.process.travel()
                return {part: messages for part, messages in found.items() if part in self._next}
            if (left := ends - self.process.loop.time()) <= 0:
                return {}
            await self.process.bus.news(left)

    def _fetch(self) -> dict[int, list[Message]]:
        """Of some partitions something; none is ever ahead of itself, only of others."""
        found: dict[int, list[Message]] = {}
        for part in sorted(self._next):
            waiting = list(self.process.bus.commands(part)[self._next[part] :])
            if waiting and self.process.random.random() < 0.8:
                some = waiting[: self.process.random.choice([1, 3, 20, 512])]
                self._next[part] += len(some)
                found[part] = some
        return found

    async def tell(self, offsets: Mapping[int, int]) -> None:
        await self.process.travel()

    def lag(self, part: int, offset: int) -> int | None:
        return None


async def unbothered(request: Callable[[], Awaitable[Answer]]) -> Answer:
    """Done at the other end, whatever becomes of whoever asked."""
    return await asyncio.shield(asyncio.ensure_future(request()))
