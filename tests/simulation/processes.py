"""Processes: booking as it really is, on simulated wires, started, paused, killed and started again.

The shift, the desk and all below them are the real ones. A process that was killed does nothing any more: whatever its
tasks still try on their way out finds every wire cut.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from booking.desk import Desk, Due, Polled
from booking.ownership import Ownership, Superseded
from booking.shift import Shift, Tools
from booking.sweeper import Sweeper
from eventlog.log import AlreadyThere, ClockSkew
from eventlog.vault import Vault
from kit.fault import Fault
from kit.health import Health
from simulation.bus import TOPICS, Bus
from simulation.knobs import PARTITIONS
from simulation.steps import Kill
from simulation.wires import Appended, WiredInlet, WiredLog, WiredOutlet, unbothered

Answer = TypeVar("Answer")
MASTER = b"master key for simulations only."
RUNNING: ContextVar["Process"] = ContextVar("RUNNING")


class Gone(Exception):
    """The process was killed; what it still tries is in vain."""


class Severed(ConnectionError):
    """The wire broke; what was asked was done or not."""


EXPECTED = (Gone, Severed, Fault, ClockSkew, AlreadyThere)
"""What a shift may have to start over after. Everything else is a bug."""


class Watched(Shift):
    """A shift of which it is known why it started over, and whether it is just deciding."""

    deciding = False

    def __init__(self, tools: Tools, told: Callable[[Exception], None]) -> None:
        super().__init__(tools)
        self._told = told

    async def _start_over(self, error: Exception) -> None:
        self._told(error)
        await super()._start_over(error)

    async def _work(self, polled: Polled, due: Due) -> None:
        self.deciding = True
        try:
            await super()._work(polled, due)
        finally:
            self.deciding = False


class Process:
    """One start of an instance."""

    def __init__(self, staff: "Staff", instance: str, random: Random) -> None:
        self.staff, self.instance, self.random = staff, instance, random
        self.loop, self.bus = staff.loop, staff.bus
        self.alive = True
        self.skew = 0.0
        self.later: list[Callable[[], None]] = []
        """What it has not heard of while paused."""
        self._awake = asyncio.Event()
        self._awake.set()
        self.inlet = WiredInlet(self, instance)
        self.desk: Desk | None = None
        self.ownership: Ownership | None = None
        self.shift: Watched | None = None
        self.task = self.loop.create_task(self._run())

    @property
    def paused(self) -> bool:
        return not self._awake.is_set()

    def clock(self) -> datetime:
        return self.staff.wall() + timedelta(seconds=self.skew)

    # --- wires ------------------------------------------------------------------------------------------------

    async def travel(self) -> None:
        """Some time on the way; whoever is paused meanwhile stays so."""
        if not self.alive:
            raise Gone
        await asyncio.sleep(self.random.random() * 0.004)
        while self.paused:
            await self._awake.wait()
        if not self.alive:
            raise Gone

    async def ask(self, kind: str, request: Callable[[], Awaitable[Answer]]) -> Answer:
        await self.travel()
        fate = self.staff.fate(kind)
        if fate is False:
            raise Severed(kind)
        answer = await unbothered(request)
        await self.travel()
        if fate is True:
            raise Severed(kind)
        return answer

    # --- life -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        RUNNING.set(self)
        self.shift = await self._assembled()
        await self.shift.run()

    async def _assembled(self) -> Watched:
        staff, log = self.staff, cast(Any, WiredLog(self, self.staff.log, self.staff.appended))
        vault = Vault(MASTER, entropy=self.random.randbytes)
        self.desk = Desk(log, vault, partitions=PARTITIONS, topic=TOPICS.commands, unknown_key=MASTER)
        owner = await staff.log.new_owner(self.instance)
        self.ownership = Ownership(log, owner, self.clock)
        tools = Tools(
            kafka=cast(str, self),
            topics=TOPICS,
            log=log,
            desk=self.desk,
            inlet=cast(Any, self.inlet),
            outlet=cast(Any, WiredOutlet(self)),
            ownership=self.ownership,
            sweeper=Sweeper(log, self.clock, 1.0 if staff.timers else None),
            clock=self.clock,
            health=Health("partitions"),
        )
        return Watched(tools, staff.started_over)

    def put_right(self) -> None:
        """Its clock."""
        self.skew = 0.0

    def pause(self) -> None:
        self._awake.clear()

    def wake(self) -> None:
        self._awake.set()
        heard, self.later = self.later, []
        for news in heard:
            news()

    def kill(self) -> None:
        self.alive = False
        self._awake.set()
        self.loop.call_soon(self._die)

    def _die(self) -> None:
        """Again while it is about to clean up: an error met on the way out may take the place of the cancellation."""
        if not self.task.done():
            self.task.cancel()
            self.loop.call_later(0.01, self._die)


class Staff:
    """All processes there are. One that ended is started again after a while, but not whoever was superseded."""

    def __init__(
        self, bus: Bus, log: Any, wall: Callable[[], datetime], seed: int, *, timers: bool, appended: Appended
    ) -> None:
        self.bus, self.log, self.wall, self.timers, self.appended = bus, log, wall, timers, appended
        self.loop = asyncio.get_running_loop()
        self.everyone: list[Process] = []
        self.armed: list[Kill] = []
        self.fates: list[tuple[str, bool]] = []
        self.counts = SimpleNamespace(kills=0, starts=0, superseded=0)
        self.bugs: list[str] = []
        self.passed: set[str] = set()
        """Fault points at which somebody died or failed."""
        self._seed = seed
        self._random = Random(f"{seed}/staff")
        self.closing = False

    @property
    def living(self) -> list[Process]:
        return [process for process in self.everyone if process.alive]

    def named(self, instance: str) -> Process | None:
        """The latest start of an instance."""
        return next((one for one in reversed(self.everyone) if one.instance == instance and one.alive), None)

    def start(self, instance: str) -> None:
        self.counts.starts += 1
        process = Process(self, instance, Random(f"{self._seed}/process {len(self.everyone)}"))
        self.everyone.append(process)
        process.task.add_done_callback(lambda task: self._ended(process, task))

    def kill(self, process: Process) -> None:
        if process.alive:
            self.counts.kills += 1
            process.kill()

    def started_over(self, error: Exception) -> None:
        if not isinstance(error, EXPECTED):
            self.bugs.append(f"the shift started over after {type(error).__name__}: {error}")

    def _ended(self, process: Process, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        process.alive = False
        if isinstance(error, Superseded):
            self.counts.superseded += 1
        elif error is not None and not isinstance(error, (Gone, Fault, Severed)):
            self.bugs.append(f"a process ended with {type(error).__name__}: {error}")
        if self.closing:
            return
        self.loop.call_later(0.3 + self._random.random() * 2, self._missed, process)
        if not isinstance(error, Superseded):
            self.loop.call_later(0.05 + self._random.random(), self._again, process)

    def _missed(self, process: Process) -> None:
        """The group hears nothing of it any more."""
        if not self.closing:
            self.bus.leave(process.inlet)

    def _again(self, process: Process) -> None:
        later = self.everyone[self.everyone.index(process) + 1 :]
        if not self.closing and not any(one.alive and one.instance == process.instance for one in later):
            self.start(process.instance)

    # --- trouble ----------------------------------------------------------------------------------------------

    def point(self, name: str) -> None:
        """A fault point is passed: the first that is armed for it dies or fails there."""
        for number, kill in enumerate(self.armed):
            if kill.point == name:
                del self.armed[number]
                if kill.passes > 1:
                    self.armed.append(Kill(point=name, passes=kill.passes - 1, raises=kill.raises))
                    return
                self.passed.add(name)
                if not kill.raises:
                    self.kill(RUNNING.get())
                raise Fault(name)

    def fate(self, kind: str) -> bool | None:
        """Whether a request of this kind is lost on its way (False), or its answer is (True)."""
        for number, (what, lost) in enumerate(self.fates):
            if what == kind:
                del self.fates[number]
                return lost
        return None

    def heal(self) -> None:
        """No trouble any more, neither now nor to come."""
        self.armed.clear()
        self.fates.clear()
        for process in self.living:
            process.put_right()
            process.wake()
