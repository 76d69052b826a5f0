"""Replays: a range of the log sent to an endpoint once more, under the same ids; durable, with progress, cancellable.

A walk makes one page of deliveries in one transaction with how far it is, so whoever goes on after a kill repeats
nothing and leaves nothing out. An endpoint that begins in the past is walked alike until it has caught up.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Literal

import asyncpg
import msgspec

from contracts.public_types import matches
from contracts.record import decode
from eventlog.statements import statements
from projections.model import Connection
from streams.replay import resolve
from webhook import endpoints
from webhook.listeners import Listener, Placed
from webhook.making import listener, make
from webhook.sources import Sources
from webhook.streams import Streams

SQL = statements("webhook", "replays.sql")

PAGE = 500
"""Events of a page."""
UNSENT = 500
"""Deliveries of one walk that may wait to be sent: the log is the queue, not the table."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A replay as it stands. `total` grows while the log is walked; `done` counts those that are finished."""

    id: str
    endpoint_id: str
    from_: str = msgspec.field(name="from")
    to: str
    types: Sequence[str]
    status: Literal["queued", "running", "done", "cancelled"]
    done: int
    total: int
    made_at: datetime


async def create(
    sources: Sources, tenant: str, endpoint_id: str, start: str, end: str = "now", types: Sequence[str] = ()
) -> Replay | None:
    """Begins one; None where there is no such endpoint. Raises `BadBound`. No types: those the endpoint hears."""
    if await endpoints.one(sources, tenant, endpoint_id) is None:
        return None
    part = sources.part(tenant)
    reach = (await resolve(sources.log, start, end, tenant, sources.partitions))[part]
    replay_id = f"rep_{token_hex(12)}"
    await sources.pool.execute(
        SQL["create"], replay_id, tenant, endpoint_id, part, *reach, list(types), sources.clock()
    )
    return await one(sources, tenant, replay_id)


async def one(sources: Sources, tenant: str, replay_id: str) -> Replay | None:
    row = await sources.pool.fetchrow(SQL["one"], tenant, replay_id)
    return _replay(row) if row else None


async def recent(sources: Sources, tenant: str, limit: int = 100) -> list[Replay]:
    return [_replay(row) for row in await sources.pool.fetch(SQL["all"], tenant, limit)]


async def cancel(sources: Sources, tenant: str, replay_id: str) -> Replay | None:
    """What of it has not started is not sent. One that is over stays as it is."""
    async with sources.pool.acquire() as connection, connection.transaction():
        number = await connection.fetchval(SQL["cancel"], tenant, replay_id)
        if number is not None:
            await connection.execute(SQL["cancel_deliveries"], number, sources.clock())
            await connection.execute(SQL["lanes"], number)
    return await one(sources, tenant, replay_id)


def _replay(row: asyncpg.Record) -> Replay:
    kept = {name: row[name] for name in ("id", "endpoint_id", "types", "status", "done", "total", "made_at")}
    return Replay(from_=f"{row['part']}.{row['from_pos']}", to=f"{row['part']}.{row['upto']}", **kept)


class Outpaced(Exception):
    """An endpoint does not stand any more where it was read: what was walked from there is forgotten."""


class Walks:
    """A process' share of the walking: a page at a time, of whichever walk is free."""

    def __init__(self, sources: Sources) -> None:
        self._sources, self._streams = sources, Streams(sources.log)

    async def step(self) -> bool:
        """One page of one replay and of one endpoint; whether there was any."""
        walked = [await self._alone(walk) for walk in (self._replay, self._behind)]
        if any(walked):
            self._sources.stir()
        await self._sources.pool.execute(SQL["finish"])
        return any(walked)

    async def _alone(self, walk: Callable[[Connection], Awaitable[bool]]) -> bool:
        try:
            async with self._sources.pool.acquire() as connection, connection.transaction():
                return await walk(connection)
        except Outpaced:
            return True

    async def _replay(self, connection: Connection) -> bool:
        row = await connection.fetchrow(SQL["walk"], UNSENT)
        if row is None:
            return False
        at, placed = await self._page(row["part"], row["tenant"], row["at"], row["upto"])
        while reader := await listener(connection, row["endpoint_id"]):
            types = row["types"] or reader.types
            wanted = [(reader, one) for one in placed if matches(one.event.type, types) and _within(reader, one)]
            if await make(connection, wanted, self._sources.clock(), run=row["number"], held=True):
                break
        await connection.execute(SQL["walked"], row["id"], at)
        return True

    async def _behind(self, connection: Connection) -> bool:
        row = await connection.fetchrow(SQL["behind"], UNSENT)
        if row is None:
            return False
        read = await _checkpoint(connection, row["part"], row["filled_to"])
        at, placed = await self._page(row["part"], row["tenant"], row["filled_to"], read)
        while reader := await listener(connection, row["id"]):
            if await make(
                connection, [(reader, one) for one in placed if reader.hears(one.event)], self._sources.clock()
            ):
                break
        if not await connection.fetchval(SQL["filled"], row["id"], row["filled_to"], None if at >= read else at):
            raise Outpaced
        return True

    async def _page(self, part: int, tenant: str, after: int, upto: int) -> tuple[int, list[Placed]]:
        """Public events of the tenant beyond `after`, and how far that is."""
        rows = await self._sources.log.read(part, after, upto=upto, limit=PAGE, tenant=tenant)
        at = rows[-1].pos if len(rows) == PAGE else upto
        return at, await self._streams.placed([decode(row.state) for row in rows])


async def _checkpoint(connection: Connection, part: int, filled_to: int) -> int:
    """How far events are read; held there for the last page, so that the next event finds the endpoint caught up."""
    read: int = await connection.fetchval(endpoints.SQL["checkpoint"], part)
    return read if read - filled_to > PAGE else await connection.fetchval(endpoints.SQL["lock_checkpoint"], part)


def _within(reader: Listener, one: Placed) -> bool:
    """Whether the endpoint's filters let it through, its types aside."""
    return reader._replace(types=[one.event.type]).hears(one.event)
