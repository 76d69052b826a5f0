"""The shift: poll, decide, append, publish, until told to end. The one loop that writes the log.

While one large poll is appended and published the next is polled and decided, on what that append will have written; it
is appended only once that is known to have passed, and dropped if it has not. After a small one the next is polled when
it is appended: what comes in meanwhile goes with it, and would else wait for one append more. After any error nothing
is believed: the partitions are taken over again and read from the stored offset, where the inbox answers what was
already decided.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from booking import metrics, tracing
from booking.desk import FEW, Desk, Due, Polled
from booking.ownership import Ownership, Superseded
from booking.publishing import Publishing
from booking.sheet import Sheet
from booking.sweeper import Sweeper
from contracts.routing import Topics
from eventlog.log import AlreadyThere, ClockSkew, Log, PartAppend
from kit.clock import Clock
from kit.fault import point
from kit.health import Health
from kit.logging import log as lines
from streams.inlet import Inlet
from streams.outlet import Outlet
from streams.tail import tails

WAIT_SECONDS = 0.5
WRITING_SECONDS = 0.02
"""While an append is under way: where nothing comes in, what it met must not wait to be heard."""
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Before starting over, the longer the more often in a row."""
STUBBORN = 2
"""So many failures in a row, and the inlet joins its group anew as well."""
RARELY_SECONDS = 5.0
"""Between looks at refused partitions, and between offsets told to Kafka."""


class Tools(NamedTuple):
    """What a shift works with."""

    kafka: str
    topics: Topics
    log: Log
    desk: Desk
    inlet: Inlet
    outlet: Outlet
    ownership: Ownership
    sweeper: Sweeper
    clock: Clock
    health: Health


class Shift:
    """One process' work on its partitions."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._owned = tools.ownership.owned
        self._publishing = Publishing(tools.outlet, tools.topics)
        self._writing: asyncio.Task[set[int]] | None = None
        self._generation = -1
        self._failures = 0
        self._ending = False
        self._few_came = True
        self._rarely = time.monotonic()

    def end(self) -> None:
        """After the turn under way; what is decided is published and the offsets are stored."""
        self._ending = True

    async def run(self) -> None:
        """Until `end`, or until a later start of this instance has taken over (`Superseded`)."""
        try:
            while not self._ending:
                await self._turn_or_start_over()
            await self._hand_over()
        finally:
            await self._drop_write()
            await self._publishing.abandon()
            await self._tools.inlet.leave()
            await self._tools.outlet.close()

    async def _turn_or_start_over(self) -> None:
        try:
            await self._turn()
        except Superseded:
            raise
        except AlreadyThere as contradiction:
            await self._doubt(contradiction)
        except Exception as error:
            await self._start_over(error)
        else:
            self._failures = 0

    # --- a turn -----------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        tools = self._tools
        self._publishing.check()
        if self._writing is not None and (self._few_came or self._writing.done()):
            await self._written()
        await self._make_room()
        if self._generation != tools.inlet.generation or not tools.inlet.joined:
            await self._take_over()
        polled = await tools.inlet.poll(WAIT_SECONDS if self._writing is None else WRITING_SECONDS)
        if polled:
            point("after_poll")
        due = await tools.sweeper.due(self._owned)
        polled = {part: messages for part, messages in polled.items() if part in self._owned}
        self._few_came = sum(map(len, polled.values())) <= FEW
        if polled or due:
            await self._work(polled, due)
        if time.monotonic() - self._rarely > RARELY_SECONDS:
            await self._look_around()

    async def _work(self, polled: Polled, due: Due) -> None:
        tools, started = self._tools, time.perf_counter()
        standings = {part: owned.standing for part, owned in self._owned.items()}
        now = tools.clock()
        metrics.CLOCK.set(max(0.0, *((standing.decided_at - now).total_seconds() for standing in standings.values())))
        sheets = await tools.desk.work(polled, due, standings, now)
        point("after_decide")
        if tracing.on():
            tracing.trace(polled, sheets, started)
        _count(polled, sheets.values(), time.perf_counter() - started)
        await self._written()
        self._write_behind({part: sheet for part, sheet in sheets.items() if part in self._owned})

    async def _make_room(self) -> None:
        """Never while an append is under way: what it writes must not be asked of the log before it is there."""
        cabinet = self._tools.desk.cabinet
        if cabinet.crowded:
            await self._written()
            cabinet.trim()

    # --- writing ----------------------------------------------------------------------------------------------

    def _write_behind(self, sheets: Mapping[int, Sheet]) -> None:
        """Appends and publishes in the background; the next poll is decided as if it had passed already."""
        appends = [self._append(sheet) for sheet in sheets.values()]
        for append in appends:
            self._owned[append.part].expects(append)
        if appends:
            self._writing = asyncio.create_task(self._write(sheets, appends))

    async def _write(self, sheets: Mapping[int, Sheet], appends: list[PartAppend]) -> set[int]:
        """The partitions that were refused; what passed is on its way to Kafka."""
        tools = self._tools
        point("before_append")
        with metrics.APPEND.time():
            refused = await tools.log.append(appends, tools.clock())
        point("after_append")
        tools.health.well("clock")
        passed = {part: sheet for part, sheet in sheets.items() if part not in refused}
        for append in appends:
            if append.part in passed:
                self._owned[append.part].passed(append)
        await self._publishing.start(passed, self._owned)
        return refused

    async def _written(self) -> None:
        """Waits for the append under way. What was decided on one that was refused must not be appended."""
        if (writing := self._writing) is not None:
            self._writing = None
            if refused := await writing:
                await self._fenced(refused)

    async def _drop_write(self) -> None:
        """Whether it was committed is not known: whoever starts over asks the log."""
        if (writing := self._writing) is not None:
            self._writing = None
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    def _append(self, sheet: Sheet) -> PartAppend:
        owned = self._owned[sheet.part]
        return sheet.append(
            self._tools.desk.cabinet, epoch=owned.epoch, offset=owned.offset, published=owned.cursor.published
        )

    async def _look_around(self) -> None:
        """Now and then: tells Kafka how far we are, tidies, and asks for refused partitions again."""
        self._rarely = time.monotonic()
        tools = self._tools
        await tools.inlet.tell({part: owned.offset for part, owned in self._owned.items()})
        await tools.sweeper.tidy(self._owned)
        if refused := tools.ownership.refused.keys() & tools.inlet.assigned:
            await self._take(refused)

    # --- taking over ------------------------------------------------------------------------------------------

    async def _take_over(self) -> None:
        """All that the group assigned to us, as if for the first time."""
        tools = self._tools
        await self._written()
        await self._publishing.finished()
        if not tools.outlet.opened:
            await tools.outlet.open()
        if not tools.inlet.joined:
            await tools.inlet.join()
        generation = tools.inlet.generation
        self._let_go(list(self._owned))
        tools.ownership.refused.clear()
        await self._take(tools.inlet.assigned)
        self._generation = generation

    async def _take(self, parts: Iterable[int]) -> None:
        tools = self._tools
        heads = await tools.ownership.take(parts)
        ends = await tails(tools.kafka, tools.topics.events, heads)
        tools.ownership.begin(heads, ends, tools.log, tools.outlet, tools.topics)
        for part in heads.keys() & self._owned.keys():
            owned = self._owned[part]
            await owned.cursor.publish(owned.position)
            if not tools.inlet.open(part, owned.offset):
                self._let_go([part])
        self._tell_health()

    def _tell_health(self) -> None:
        health, ownership = self._tools.health, self._tools.ownership
        metrics.OWNED.set(len(self._owned))
        lines.info("partitions taken over", owner=str(ownership.owner), parts=sorted(self._owned))
        health.well("clock")
        if ownership.refused:
            health.ill("partitions", "; ".join(ownership.refused.values()))
        elif self._tools.inlet.generation:
            health.well("partitions")

    def _let_go(self, parts: Iterable[int]) -> None:
        """What was known of them is not to be believed any more."""
        gone = list(parts)
        self._tools.inlet.shut(gone)
        self._tools.desk.forget(gone)
        self._tools.ownership.let_go(gone)

    # --- when something is wrong ------------------------------------------------------------------------------

    async def _fenced(self, parts: set[int]) -> None:
        """Somebody else has written: another instance's partition is the group's to give, ours is taken again."""
        metrics.FENCED.inc(len(parts))
        lines.warning("fenced", owner=str(self._tools.ownership.owner), parts=sorted(parts))
        self._let_go(parts)
        if await self._tools.ownership.check(parts):
            await self._publishing.finished()
            await self._tools.inlet.leave()
        self._generation = -1

    async def _doubt(self, contradiction: AlreadyThere) -> None:
        """Something was presumed new and is not. Nothing of the append was written: it is read and decided again."""
        if self._tools.desk.presumption.in_doubt:
            await self._start_over(contradiction)
            return
        metrics.CONTRADICTED.inc()
        lines.info("presumed new, and was not", constraint=str(contradiction))
        self._generation = -1

    async def _start_over(self, error: Exception) -> None:
        metrics.STARTED_OVER.inc()
        lines.warning("starting over", failures=self._failures, exc_info=error)
        if isinstance(error, ClockSkew):
            self._tools.health.ill("clock", "this machine's clock and the database's are more than a second apart")
        else:
            self._tools.health.ill("partitions", f"starting over after {type(error).__name__}")
        await self._drop_write()
        await self._publishing.abandon()
        self._let_go(list(self._owned))
        await self._tools.outlet.close()
        if self._failures >= STUBBORN:
            await self._tools.inlet.leave()
        self._generation = -1
        await asyncio.sleep(PAUSES[min(self._failures, len(PAUSES) - 1)])
        self._failures += 1

    async def _hand_over(self) -> None:
        """Stores how far Kafka has acknowledged, so that the next owner reads nothing twice."""
        try:
            await self._written()
            await self._publishing.finished()
            appends = [owned.closing() for owned in self._owned.values() if owned.offset != owned.stored_offset]
            if appends:
                await self._tools.log.append(appends, self._tools.clock())
        except Exception as error:
            lines.warning("the last offsets are not stored; their poll is read again", exc_info=error)


def _count(polled: Polled, sheets: Iterable[Sheet], seconds: float) -> None:
    """Counters for what one poll came to."""
    commands = sum(map(len, polled.values()))
    metrics.COMMANDS.inc(commands)
    metrics.BATCH.observe(commands)
    metrics.DECIDE.observe(seconds)
    for sheet in sheets:
        metrics.ANSWERS.inc(len(sheet.outcomes))
        metrics.EVENTS.inc(len(sheet.rows))
        metrics.DEAD.inc(len(sheet.dead))
        metrics.FORWARDED.inc(sum(map(len, sheet.forwarded.values())))
