"""The watch: what hinders the process, and how far behind it is."""

import asyncio

from eventlog.log import LogReader
from kit.health import Health
from kit.logging import log as lines
from projections.freshness import Freshness
from projections.model import Pool
from projections.subscription import Subscription
from webhook import metrics
from webhook.queue import SQL

SECONDS = 1.0
STARTING_SECONDS = 0.1
STATES = ("waiting", "ready", "sending", "parked")


class Watch:
    """Looks once a second; more often while the process is not ready."""

    def __init__(
        self, health: Health, pool: Pool, log: LogReader, freshness: Freshness, subscription: Subscription
    ) -> None:
        self._health, self._pool, self._log = health, pool, log
        self._freshness, self._subscription = freshness, subscription

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
        for part, head in (await self._log.heads()).items():
            mark = self._freshness.mark(part)
            metrics.LAG.labels(part).set(head.position - (mark.pos if mark else 0))
        depths = {row["state"]: row["count"] for row in await self._pool.fetch(SQL["depths"])}
        for state in STATES:
            metrics.QUEUED.labels(state).set(depths.get(state, 0))
        if self._subscription.assigned:
            self._health.well("events")
