"""Which database holds a partition, decided once by `place` and changed only by `move` (D13).

A move first closes the old head, which fences its owner; then one transaction in the new database copies everything
and opens the new head. Until that commits nobody writes; after a crash at any step the same call goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, NamedTuple, Self

import asyncpg

from eventlog.log import NotPlaced
from eventlog.statements import statements

SQL = statements("eventlog", "placement.sql")

TABLES = ("events", "inbox", "diary", "timers", "look_ups", "keys", "books", "eras", "tracking")
"""All that belongs to a partition, beside its head."""

Connection = asyncpg.Connection


class Placement(NamedTuple):
    """A head row as a database has it; `moved_to` names where a closed one went."""

    part: int
    database: str
    position: int
    epoch: int
    owner: str | None
    moved_to: str | None


class Misplaced(Exception):
    """What was asked contradicts where the partition already is."""


async def list_placements(databases: Mapping[str, str]) -> list[Placement]:
    """Every head row of every database, by partition; the open one of a partition first."""
    async with _Connections(databases) as on:
        found = [_placement(name, row) for name in databases for row in await on[name].fetch(SQL["all_heads"])]
    return sorted(found, key=lambda p: (p.part, p.moved_to is not None, -p.epoch))


async def place(databases: Mapping[str, str], part: int, name: str) -> Placement:
    """The partition in the database of that name: new and empty, or as it is there already."""
    _check_name(databases, name)
    async with _Connections(databases) as on:
        if (latest := await _latest(on, part)) is None:
            await on[name].execute(SQL["place"], part)
            latest = await _latest(on, part)
    if latest is None or latest.moved_to or latest.database != name:
        raise Misplaced(f"partition {part} is {latest}")
    return latest


async def move(databases: Mapping[str, str], part: int, to: str) -> Placement:
    """The partition in the database `to`, its owner fenced. Called again it goes on, or does nothing."""
    _check_name(databases, to)
    async with _Connections(databases) as on:
        latest = await _latest(on, part)
        if latest is None:
            raise NotPlaced(f"partition {part} was never placed")
        if latest.moved_to is None and latest.database == to:
            return latest
        if latest.moved_to not in (None, to):
            raise Misplaced(f"a move of partition {part} to {latest.moved_to} was begun; finish it first")
        await on[latest.database].execute(SQL["close"], part, to)
        return await _copy(on[latest.database], on[to], part, to)


async def _copy(source: Connection, target: Connection, part: int, to: str) -> Placement:
    """In one transaction at the target: all or nothing of the partition, and its head last."""
    async with target.transaction():
        await target.execute(SQL["lock"], part)
        [closed] = await source.fetch(SQL["head"], part)
        opened = await target.fetch(SQL["head"], part)
        if not opened or opened[0]["epoch"] < closed["epoch"]:
            await _forget(target, part)
            for table in TABLES:
                await _copy_table(source, target, table, part)
            opened = await target.fetch(SQL["open"], *_carried(closed))
        return _placement(to, opened[0])


def _carried(closed: asyncpg.Record) -> tuple[Any, ...]:
    """What of the closed head the new one goes on with."""
    kept = (closed[name] for name in ("decided_at", "command_offset", "published", "era"))
    return closed["part"], closed["position"], closed["epoch"] + 1, *kept


async def _forget(target: Connection, part: int) -> None:
    """What an earlier stay of the partition left here."""
    for table in ("heads", *TABLES):
        await target.execute(f"delete from booking.{table} where part = $1", part)


async def _copy_table(source: Connection, target: Connection, table: str, part: int) -> None:
    """Streams one table's rows across; at most a few blocks are in memory."""
    blocks: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=16)

    async def read() -> None:
        query = f"select * from booking.{table} where part = $1"
        await source.copy_from_query(query, part, output=blocks.put, format="binary")
        await blocks.put(None)

    async def arriving() -> AsyncIterator[bytes]:
        while (block := await blocks.get()) is not None:
            yield block

    async with asyncio.TaskGroup() as both:
        both.create_task(read())
        both.create_task(target.copy_to_table(table, schema_name="booking", source=arriving(), format="binary"))


async def _latest(on: "_Connections", part: int) -> Placement | None:
    """The head row with the highest epoch: every step of a move raises it."""
    rows = [(name, await connection.fetchrow(SQL["head"], part)) for name, connection in on.items()]
    return max((_placement(name, row) for name, row in rows if row), key=lambda p: p.epoch, default=None)


def _placement(database: str, row: asyncpg.Record) -> Placement:
    return Placement(row["part"], database, row["position"], row["epoch"], row["owner"], row["moved_to"])


def _check_name(databases: Mapping[str, str], name: str) -> None:
    if name not in databases:
        raise Misplaced(f"no database is called {name}; there are {', '.join(databases)}")


class _Connections(dict[str, Connection]):
    """A connection to every database, closed at the end."""

    def __init__(self, databases: Mapping[str, str]) -> None:
        super().__init__()
        self._databases = databases
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with self._stack:
            for name, dsn in self._databases.items():
                self[name] = await asyncpg.connect(dsn, timeout=10)
                self._stack.push_async_callback(self[name].close)
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()
