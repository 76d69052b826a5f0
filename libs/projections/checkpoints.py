"""The statements of generations and checkpoints, one function each, and the connections they run on."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import asyncpg

from eventlog.statements import statements
from projections.model import Connection, Mark, Pool

SQL = statements("projections", "projections.sql")


class Checkpoint(NamedTuple):
    """How far a partition of a generation is folded."""

    era: int
    pos: int
    kafka_offset: int
    decided_at: datetime


class Generation(NamedTuple):
    number: int
    state: str
    made_at: datetime
    switched_at: datetime | None


async def open_pool(dsn: str, schema: str, *, size: int = 6, seconds: int = 60, replan: float | None = None) -> Pool:
    """Connections that find a service's own tables by their bare names; a statement may take so many seconds.

    Plans are made once a connection; anew after `replan` seconds, for tables that may be empty now and huge then.
    """
    settings = {
        "application_name": "slotkeeper",
        "search_path": schema,
        "timezone": "UTC",
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "statement_timeout": f"{seconds}s",
        "idle_in_transaction_session_timeout": "60s",
    }
    return await asyncpg.create_pool(
        dsn, min_size=1, max_size=size, timeout=10, command_timeout=seconds, server_settings=settings, reset=_leave,
        setup=Replanning(replan) if replan else None,
    )  # fmt: skip


async def _leave(connection: object) -> None:
    """No statement changes its session for good, so giving a connection back needs no round trip."""


class Replanning:
    """Lets a connection forget its plans when they are so old, in seconds; a plan knows how large its tables were."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._since: dict[int, float] = {}

    async def __call__(self, connection: Connection) -> None:
        now, pid = self._monotonic(), connection.get_server_pid()
        if now - self._since.setdefault(pid, now) > self._seconds:
            self._since[pid] = now
            await connection.execute("discard plans")


async def live(connection: Connection, model: str) -> int | None:
    number: int | None = await connection.fetchval(SQL["live"], model)
    return number


async def ensure_live(pool: Pool, model: str, tables: list[str]) -> int:
    """The live generation's number; the first one is made here, empty."""
    if (number := await pool.fetchval(SQL["live"], model)) is not None:
        return int(number)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["own"], model)
        if (number := await live(connection, model)) is not None:
            return number
        made: int = await connection.fetchval(SQL["new_generation"], model, "live")
        await connection.execute(SQL["make_tables"], tables, made)
        await connection.execute(SQL["attach_tables"], tables, made)
        return made


async def begin(pool: Pool, model: str, tables: list[str], parts: int) -> None:
    """Makes sure there is a live generation in which every partition stands somewhere, if only at its beginning."""
    await pool.execute(SQL["begin"], await ensure_live(pool, model, tables), parts)


async def checkpoint(connection: Connection, generation: int, part: int) -> Checkpoint:
    row = await connection.fetchrow(SQL["checkpoint"], generation, part)
    assert row is not None
    return Checkpoint(*row)


async def checkpoints(connection: Connection | Pool, generation: int) -> dict[int, Checkpoint]:
    return {part: Checkpoint(*rest) for part, *rest in await connection.fetch(SQL["checkpoints"], generation)}


async def generations(pool: Pool, model: str) -> list[Generation]:
    return [Generation(*row) for row in await pool.fetch(SQL["generations"], model)]


async def marks(pool: Pool, model: str) -> Mapping[int, Mark]:
    """Where the live generation stands, by partition."""
    return {part: Mark(*rest) for part, *rest in await pool.fetch(SQL["marks"], model)}
