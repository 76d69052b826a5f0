"""Upkeep: what is kept for a while goes when it is over; what is held for a disabled endpoint, after 30 days."""

import asyncio
from datetime import datetime, timedelta

from eventlog.statements import statements
from kit.clock import Clock
from kit.logging import log
from projections.model import Pool
from webhook import keyring, repeats

SQL = statements("webhook", "upkeep.sql")

HELD = timedelta(days=30)
"""How long an endpoint that is not enabled finds its deliveries again."""
KEPT = timedelta(days=30)
"""How long finished deliveries, attempts and notices can be looked at, and deliveries resent."""
BATCH = 5_000
SECONDS = 60.0


async def run(pool: Pool, clock: Clock, seconds: float = SECONDS) -> None:
    """As long as the process."""
    while True:
        try:
            await tidy(pool, clock())
        except Exception as error:
            log.warning("not tidied", exc_info=error)
        await asyncio.sleep(seconds)


async def tidy(pool: Pool, at: datetime) -> None:
    """One turn, a batch of each."""
    await pool.execute(SQL["expire_held"], at - HELD, at, BATCH)
    for statement in ("forget_deliveries", "forget_attempts", "forget_notices", "forget_messages"):
        await pool.execute(SQL[statement], at - KEPT, BATCH)
    await pool.execute(repeats.SQL["forget"], at - KEPT, BATCH)
    await pool.execute(keyring.SQL["forget_past"], at)
