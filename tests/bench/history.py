"""`history_100x`: what a command reads, with the log as it is and with one a hundred times as long."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench.rig import Rig, rig, set_up
from bench.table import Figure, figure
from bench.work import bookings
from contracts.routing import Topics
from streams.topics import ensure_topics

COMMANDS = 4_000
TENANT = ["north"]
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
        short = await _run(own, "short", first=True)
        await _grow(own)
        long = await _run(own, "long", first=False)
    other.told(f"buffers {short.buffers:.1f} → {long.buffers:.1f}, rows {short.rows:.1f} → {long.rows:.1f} a command")
    return [
        figure(f"history_100x_{name}", [after], f"{name}/command", baselines=[before], goal="at most 1.1x", at_most=1.1)
        for name, before, after in (("buffers", short.buffers, long.buffers), ("rows", short.rows, long.rows))
    ]


async def _run(own: Rig, prefix: str, *, first: bool) -> Touched:
    """One booking process from start to end: the counts are complete when its connections have closed."""
    await asyncio.to_thread(own.service, "booking")
    async with own.client() as client:
        if first:
            await set_up(client, TENANT)
        await client.flood(bookings(COMMANDS, TENANT, seed=1, first_day=0 if first else 100, prefix=f"{prefix}-w"))
        before = await _touched(own, settle=True)
        await client.flood(bookings(COMMANDS, TENANT, seed=2, first_day=50 if first else 150, prefix=prefix))
    await asyncio.to_thread(own.end_services)
    after = await _touched(own)
    return Touched((after[0] - before[0]) / COMMANDS, (after[1] - before[1]) / COMMANDS)


async def _touched(own: Rig, *, settle: bool = False) -> tuple[int, int]:
    if settle:
        await asyncio.sleep(2.5)  # a backend reports its counts about a second after its last transaction
    connection = await asyncpg.connect(own.admin)
    try:
        row = await connection.fetchrow(SQL["touched"])
        return (row["buffers"], row["rows"]) if row else (0, 0)
    finally:
        await connection.close()


async def _grow(own: Rig) -> None:
    """A hundred times the history, and fresh topics: what was added is in no topic and must not be published."""
    connection = await asyncpg.connect(own.admin)
    try:
        await connection.execute(SQL["grow"])
        await connection.execute(SQL["tidy"])
    finally:
        await connection.close()
    own.stack.topic_prefix = Topics(f"{own.stack.topic_prefix}-long").prefix
    await ensure_topics(own.stack.kafka, own.stack.topic_prefix, own.stack.partitions)
