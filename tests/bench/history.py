"""`history_100x`: what a command reads, with the log as it is and with one a hundred times as long.

Counted is whatever booking's connections touch of the log's tables and indexes while it answers the commands, and
nothing else. So autovacuum is off: the blocks that it walks, whenever it likes to, would be counted too. And what the
commands before have touched has to be reported first: a backend that falls idle does so only ten seconds later.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench.rig import TENANTS, Rig, rig, set_up
from bench.table import Figure, figure
from bench.work import bookings
from contracts.routing import Topics
from streams.topics import ensure_topics

COMMANDS = 4_000
REPORTED_SECONDS = 12.0
"""Until an idle backend has told what it touched."""
SQL = {
    part.split("\n", 1)[0].strip(): part.split("\n", 1)[1]
    for part in (Path(__file__).with_suffix(".sql")).read_text().split("-- name: ")[1:]
}


class Touched(NamedTuple):
    """Per command."""

    buffers: float
    rows: float


async def measure(other: Rig) -> list[Figure]:
    """On a stack of its own, since the log is grown behind booking's back."""
    async with rig(other.told) as own:
        await _tell(own, "no_vacuum")
        short = await _run(own, "short", first=True)
        await _grow(own)
        long = await _run(own, "long", first=False)
    other.told(f"buffers {short.buffers:.1f} → {long.buffers:.1f}, rows {short.rows:.2f} → {long.rows:.2f} a command")
    return [
        figure(f"history_100x_{name}", [after], f"{name}/command", baselines=[before], goal="at most 1.1x", at_most=1.1)
        for name, before, after in (("buffers", short.buffers, long.buffers), ("rows", short.rows, long.rows))
    ]


async def _run(own: Rig, prefix: str, *, first: bool) -> Touched:
    """One booking process from start to end: the counts are complete when its connections have closed."""
    await asyncio.to_thread(own.service, "booking")
    async with own.client() as client:
        if first:
            await set_up(client)
        await client.flood(bookings(COMMANDS, TENANTS, seed=1, first_day=0 if first else 100, prefix=f"{prefix}-w"))
        await asyncio.sleep(REPORTED_SECONDS)
        before = await _touched(own)
        await client.flood(bookings(COMMANDS, TENANTS, seed=2, first_day=50 if first else 150, prefix=prefix))
    await asyncio.to_thread(own.end_services)
    await _all_closed(own)
    after = await _touched(own)
    return Touched((after[0] - before[0]) / COMMANDS, (after[1] - before[1]) / COMMANDS)


async def _touched(own: Rig) -> tuple[int, int]:
    [row] = await _tell(own, "touched")
    return row["buffers"], row["rows"]


async def _all_closed(own: Rig) -> None:
    for _ in range(100):
        if not (await _tell(own, "connected"))[0]["booking"]:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("booking has ended, its connections have not")


async def _tell(own: Rig, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(own.admin)
    try:
        return await connection.fetch(SQL[statement])
    finally:
        await connection.close()


async def _grow(own: Rig) -> None:
    """A hundred times the history, and fresh topics: what was added is in no topic and must not be published."""
    await _tell(own, "grow")
    await _tell(own, "tidy")
    own.stack.topic_prefix = Topics(f"{own.stack.topic_prefix}-long").prefix
    await ensure_topics(own.stack.kafka, own.stack.topic_prefix, own.stack.partitions)
