"""The watch: what hinders a process that projects, and how far behind the log it is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from prometheus_client import Gauge

from eventlog.log import LogReader
from kit.health import Health
from kit.logging import log as lines
from projections.freshness import Freshness
from projections.subscription import Subscription

SECONDS, STARTING_SECONDS = 1.0, 0.1

Count = Callable[[Iterable[int]], Awaitable[None]]
"""Sets what else a service counts; it is told which partitions there are."""


class Watch:
    """Looks once a second; more often while the process is not ready. `lag` is that of each partition."""

    def __init__(
        self,
        health: Health,
        log: LogReader,
        freshness: Freshness,
        subscription: Subscription,
        lag: Gauge,
        count: Count,
    ) -> None:
        self._health, self._log = health, log
        self._freshness, self._subscription = freshness, subscription
        self._lag, self._count = lag, count

    async def run(self) -> None:
        """As long as the process."""
        while True:
            try:
                await self._look()
                self._health.well("database")
            except Exception as error:
                self._health.ill("database", type(error).__name__)
                lines.warning("database not reached", exc_info=error)
            await asyncio.sleep(SECONDS if self._health.ready else STARTING_SECONDS)

    async def _look(self) -> None:
        heads = await self._log.heads()
        for part, head in heads.items():
            mark = self._freshness.mark(part)
            self._lag.labels(part).set(head.position - (mark.pos if mark else 0))
        await self._count(heads)
        if self._subscription.assigned:
            self._health.well("events")
