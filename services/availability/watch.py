"""The watch: what hinders the process, and its metrics: lag of each partition, live generation, projected positions."""

import asyncio

from prometheus_client import Gauge

from eventlog.log import LogReader
from kit.health import Health
from kit.logging import log as lines
from projections.freshness import Freshness
from projections.model import Pool
from projections.subscription import Subscription

SECONDS = 1.0
STARTING_SECONDS = 0.1

LAG = Gauge("slotkeeper_readmodel_lag_events", "Events in the log that are not in the read model.", ["part"])
POSITION = Gauge("slotkeeper_readmodel_position", "Last position in the read model.", ["part"])
GENERATION = Gauge("slotkeeper_readmodel_generation", "The live generation.")


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
            POSITION.labels(part).set(mark.pos if mark else 0)
            LAG.labels(part).set(head.position - (mark.pos if mark else 0))
            if mark:
                GENERATION.set(mark.generation)
        if self._subscription.assigned:
            self._health.well("events")
