"""The watch: what hinders the process, and its metrics: events not planned yet, rows that are due and since when."""

import asyncio
from collections.abc import Sequence

from eventlog.statements import statements
from kit.clock import Clock
from kit.health import Health
from kit.logging import log as lines
from notification.metrics import LAG, OLDEST, WAITING
from notification.rows import CHANNELS
from notification.sources import Sources
from projections.subscription import Subscription

SQL = statements("notification", "store.sql")

SECONDS, STARTING_SECONDS = 1.0, 0.1


class Watch:
    """Looks once a second; more often while the process is not ready."""

    def __init__(self, health: Health, sources: Sources, subscription: Subscription) -> None:
        self._health, self._sources, self._subscription = health, sources, subscription

    async def run(self) -> None:
        while True:
            try:
                await self._look()
                self._health.well("database")
            except Exception as error:
                self._health.ill("database", type(error).__name__)
                lines.warning("database not reached", exc_info=error)
            await asyncio.sleep(SECONDS if self._health.ready else STARTING_SECONDS)

    async def _look(self) -> None:
        sources = self._sources
        for part, head in (await sources.log.heads()).items():
            mark = sources.freshness.mark(part)
            LAG.labels(part).set(head.position - (mark.pos if mark else 0))
        await self._count(sources.clock, CHANNELS)
        if self._subscription.assigned:
            self._health.well("events")

    async def _count(self, clock: Clock, channels: Sequence[str]) -> None:
        now = clock()
        due = {row["channel"]: row for row in await self._sources.pool.fetch(SQL["waiting"], now)}
        for channel in channels:
            row = due.get(channel)
            WAITING.labels(channel).set(row["rows"] if row else 0)
            OLDEST.labels(channel).set((now - row["since"]).total_seconds() if row else 0)
