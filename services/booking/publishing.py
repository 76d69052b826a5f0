"""Publishing: what a poll decided, to Kafka, after it was committed; one poll at a time, in order.

Only when everything of a poll is acknowledged does the offset of its partitions move on: after a crash the poll is read
again and the inbox answers it, so no outcome is lost.
"""

import asyncio
import time
from collections.abc import Mapping

from booking import metrics
from booking.ownership import Owned
from booking.sheet import Sheet
from contracts.routing import Topics
from kit.fault import point
from streams.outlet import Outlet


class Publishing:
    """The publishing under way, if any."""

    def __init__(self, outlet: Outlet, topics: Topics) -> None:
        self._outlet = outlet
        self._topics = topics
        self._task: asyncio.Task[None] | None = None

    async def start(self, sheets: Mapping[int, Sheet], owned: Mapping[int, Owned]) -> None:
        """Once the one before is done, publishes these in the background."""
        await self.finished()
        if sheets:
            self._task = asyncio.create_task(self._publish(sheets, {part: owned[part] for part in sheets}))

    def check(self) -> None:
        """Raises what the publishing under way has failed with, if it has."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def finished(self) -> None:
        """Waits for the publishing under way; raises what it failed with."""
        if self._task is not None:
            await self._task
            self._task = None

    async def abandon(self) -> None:
        """What is not acknowledged by now will be found unpublished at the next take-over."""
        if (task := self._task) is not None:
            self._task = None
            task.cancel()
            await asyncio.wait([task])

    async def _publish(self, sheets: Mapping[int, Sheet], owned: Mapping[int, Owned]) -> None:
        started = time.perf_counter()
        point("before_events_sent")
        try:
            async with asyncio.TaskGroup() as group:
                for part, sheet in sheets.items():
                    events = group.create_task(self._events(owned[part], sheet))
                    group.create_task(self._answers(sheet, after=events if sheet.erased else None))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        point("before_ack")
        for part, sheet in sheets.items():
            if sheet.next_offset is not None:
                owned[part].offset = sheet.next_offset
        metrics.PUBLISH.observe(time.perf_counter() - started)
        point("after_ack")

    async def _events(self, owned: Owned, sheet: Sheet) -> None:
        await owned.cursor.publish(sheet.position, sheet.events)
        if sheet.events:
            point("after_events_sent")

    async def _answers(self, sheet: Sheet, after: "asyncio.Task[None] | None") -> None:
        """Dead letters and what belongs elsewhere, then outcomes: whoever hears the outcome finds the letter.

        Whoever hears that somebody was erased finds it done: `after` is the list of erasures and the events.
        """
        if after is not None:
            await asyncio.wait([after])
        if sheet.dead:
            await self._outlet.send(self._topics.dead, sheet.part, sheet.dead)
        for home, parcels in sheet.forwarded.items():
            await self._outlet.send(self._topics.commands, home, parcels)
        point("before_outcomes_sent")
        if sheet.outcomes:
            await self._outlet.send(self._topics.outcomes, sheet.part, sheet.outcomes)
        point("after_outcomes_sent")
