"""What the service counts: the lag of each partition, projected positions, and which generation is live."""

from collections.abc import Iterable

from prometheus_client import Gauge

from projections.freshness import Freshness
from projections.watch import Count

LAG = Gauge("slotkeeper_readmodel_lag_events", "Events in the log that are not in the read model.", ["part"])
POSITION = Gauge("slotkeeper_readmodel_position", "Last position in the read model.", ["part"])
GENERATION = Gauge("slotkeeper_readmodel_generation", "The live generation.")


def counting(freshness: Freshness) -> Count:
    """Where the live generation stands."""

    async def count(parts: Iterable[int]) -> None:
        for part in parts:
            mark = freshness.mark(part)
            POSITION.labels(part).set(mark.pos if mark else 0)
            if mark:
                GENERATION.set(mark.generation)

    return count
