"""What the service counts beside its lag: rows that are due, and since when."""

from collections.abc import Iterable

from eventlog.statements import statements
from notification.metrics import OLDEST, WAITING
from notification.rows import CHANNELS
from notification.sources import Sources
from projections.watch import Count

SQL = statements("notification", "store.sql")


def counting(sources: Sources) -> Count:
    """By channel."""

    async def count(parts: Iterable[int]) -> None:
        now = sources.clock()
        due = {row["channel"]: row for row in await sources.pool.fetch(SQL["waiting"], now)}
        for channel in CHANNELS:
            row = due.get(channel)
            WAITING.labels(channel).set(row["rows"] if row else 0)
            OLDEST.labels(channel).set((now - row["since"]).total_seconds() if row else 0)

    return count
