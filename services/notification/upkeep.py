"""Upkeep: what became of a message can be looked at for a while; then its row goes, and its attempts with it.

A row is what keeps a message from going out twice. So it is remembered up to which event a tenant's rows were purged,
and nothing is planned any more of what happened up to there.
"""

import asyncio
from datetime import datetime, timedelta

from eventlog.statements import statements
from kit.clock import Clock
from kit.logging import log
from projections.model import Pool

SQL = statements("notification", "upkeep.sql")

BATCH = 1_000
"""Rows purged at once; where there are more, soon again."""
SECONDS, SOON_SECONDS = 60.0, 1.0


async def run(pool: Pool, clock: Clock, kept: timedelta) -> None:
    """As long as the process."""
    while True:
        purged = 0
        try:
            purged = await purge(pool, clock() - kept)
        except Exception as error:
            log.warning("not purged", exc_info=error)
        await asyncio.sleep(SECONDS if purged < BATCH else SOON_SECONDS)


async def purge(pool: Pool, before: datetime, most: int = BATCH) -> int:
    """The oldest of what was over before then; how many rows."""
    purged: int = await pool.fetchval(SQL["purge"], before, most)
    return purged
