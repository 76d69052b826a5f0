"""What the service counts of its queue: deliveries that are not finished, by state."""

import time
from collections.abc import Callable, Iterable

from projections.model import Pool
from projections.watch import Count
from webhook import metrics
from webhook.queue import SQL

STATES = ("waiting", "ready", "sending", "parked")
SECONDS = 15.0
"""A long queue takes a while to be counted, so it is not at every look."""


def counting(pool: Pool, monotonic: Callable[[], float] = time.monotonic) -> Count:
    """How long the queue is, as it was not longer ago than that."""
    counted = -SECONDS

    async def count(parts: Iterable[int]) -> None:
        nonlocal counted
        if monotonic() - counted < SECONDS:
            return
        counted = monotonic()
        depths = {row["state"]: row["count"] for row in await pool.fetch(SQL["depths"])}
        for state in STATES:
            metrics.QUEUED.labels(state).set(depths.get(state, 0))

    return count
