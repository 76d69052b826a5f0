"""Freshness: how far the live read model is, and waiting until it is far enough (`?after=`).

What this process commits is told at once; what others commit is read from the database by one watcher for all who
wait, often while somebody does and rarely otherwise. No request asks the database by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import asyncpg

from kit.logging import log
from projections.model import Mark

PATIENCE_SECONDS = 5.0
IDLE_SECONDS = 1.0
WAITING_SECONDS = 0.02


class NotCaughtUp(Exception):
    """The read model did not reach the position in time."""

    def __init__(self, part: int, wanted: int, reached: int) -> None:
        super().__init__(f"{part}.{wanted} (at {reached})")
        self.part, self.wanted, self.reached = part, wanted, reached


class Freshness:
    """The marks of all partitions. `read` fetches those of the live generation from the database."""

    def __init__(self, read: Callable[[], Awaitable[Mapping[int, Mark]]]) -> None:
        self._read = read
        self._marks: dict[int, Mark] = {}
        self._moved = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._waiting = 0

    def mark(self, part: int) -> Mark | None:
        """Where the partition stands; None while nothing of it was ever read."""
        return self._marks.get(part)

    async def tell(self, part: int, mark: Mark) -> None:
        """Called after a commit."""
        self._take(part, mark)
        async with self._moved:
            self._moved.notify_all()

    async def refresh(self) -> None:
        """Takes up what stands in the database; a generation that went live replaces the one before."""
        for part, mark in (await self._read()).items():
            self._take(part, mark)
        async with self._moved:
            self._moved.notify_all()

    async def wait(self, part: int, pos: int, seconds: float = PATIENCE_SECONDS) -> Mark:
        """The mark once it is at `pos` or beyond. Raises `NotCaughtUp`."""
        self._waiting += 1
        self._wanted.set()
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._reached(part) >= pos)
        except TimeoutError:
            raise NotCaughtUp(part, pos, self._reached(part)) from None
        finally:
            self._waiting -= 1
        return self._marks[part]

    async def watch(self) -> None:
        """Runs as long as the process: keeps the marks of what others commit."""
        while True:
            try:
                await self.refresh()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("marks not read", exc_info=error)
            await self._pause()

    async def _pause(self) -> None:
        if self._waiting:
            await asyncio.sleep(WAITING_SECONDS)
            return
        self._wanted.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), IDLE_SECONDS)

    def _reached(self, part: int) -> int:
        mark = self._marks.get(part)
        return mark.pos if mark else -1

    def _take(self, part: int, mark: Mark) -> None:
        """A read that was under way while we committed must not take the mark back."""
        known = self._marks.get(part)
        if known is None or known[:2] != mark[:2] or mark.pos > known.pos:
            self._marks[part] = mark
