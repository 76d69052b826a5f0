"""The endpoints of a tenant: made, read, changed, paused, resumed, rotated, deleted.

A change is in force when its call returns: no request starts after it on what was true before. Requests that were under
way go to their end.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Literal

import asyncpg
import msgspec

from eventlog.statements import statements
from projections.model import Connection
from streams.replay import resolve
from webhook import keyring
from webhook.dispatch import START_WITHIN
from webhook.keyring import keys_for, shown
from webhook.sources import Sources

SQL = statements("webhook", "endpoints.sql")
GRACE = START_WITHIN + 0.05


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of an endpoint; valid as it comes."""

    url: str
    types: Sequence[str]
    location_ids: Sequence[str] = ()
    service_ids: Sequence[str] = ()
    resource_ids: Sequence[str] = ()
    ordered: bool = True
    on_poison: Literal["block", "skip"] = "block"
    schedule_seconds: Sequence[float] | None = None
    timeout_seconds: float = 15
    rate_per_second: float | None = None
    description: str = ""
    signing: Literal["v1", "v1a", "both"] = "v1"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as it stands."""

    id: str
    subscription: Subscription
    status: Literal["enabled", "paused", "disabled"]
    reason: str | None
    paused_until: datetime | None
    position: str
    """Where it began: it hears what comes after."""
    public_key: str | None
    created_at: datetime
    changed_at: datetime

    @property
    def signing(self) -> Literal["v1", "v1a", "both"]:
        return self.subscription.signing


class Made(msgspec.Struct, frozen=True):
    """A new endpoint and its secret, which is not told again."""

    endpoint: Endpoint
    secret: str


async def create(
    sources: Sources, tenant: str, wanted: Subscription, start: str = "now", *, secret: str | None = None
) -> Made:
    """`start`: `now`, `beginning`, an instant or a position. Opens no socket. Raises `BadSecret`, `BadBound`."""
    keys, at, part = keys_for(wanted.signing, secret), sources.clock(), sources.part(tenant)
    wished = (await resolve(sources.log, start, start, tenant, sources.partitions))[part].after
    endpoint_id = f"ep_{token_hex(12)}"
    async with sources.pool.acquire() as connection, connection.transaction():
        read: int = await connection.fetchval(SQL["lock_checkpoint"], part) or 0
        begins = max(wished, read) if start == "now" else wished
        filled_to = begins if begins < read else None
        columns = (endpoint_id, tenant, part, *_columns(wanted), begins, filled_to, at)
        await connection.execute(SQL["create"], *columns)
        await keyring.store(connection, sources.ring, endpoint_id, keys, at)
    made = await one(sources, tenant, endpoint_id)
    assert made is not None
    return Made(made, shown(keys))


async def one(sources: Sources, tenant: str, endpoint_id: str) -> Endpoint | None:
    async with sources.pool.acquire() as connection:
        row = await connection.fetchrow(SQL["one"], tenant, endpoint_id)
        return await _endpoint(sources, connection, row) if row else None


async def every(sources: Sources, tenant: str) -> list[Endpoint]:
    async with sources.pool.acquire() as connection:
        return [await _endpoint(sources, connection, row) for row in await connection.fetch(SQL["all"], tenant)]


async def change(sources: Sources, tenant: str, endpoint_id: str, members: Mapping[str, Any]) -> Endpoint | None:
    """These members of its subscription, and no others; what is queued goes out by the new terms."""
    async with sources.pool.acquire() as connection, connection.transaction():
        before = await _locked(connection, tenant, endpoint_id)
        if before is None:
            return None
        wanted, at = msgspec.structs.replace(before, **members), sources.clock()
        await connection.execute(SQL["change"], endpoint_id, *_columns(wanted), at)
        await keyring.complete(connection, sources.ring, endpoint_id, wanted.signing, at)
        await _reorder(connection, endpoint_id, before, wanted, at)
    await _in_force(sources, endpoint_id)
    return await one(sources, tenant, endpoint_id)


async def pause(sources: Sources, tenant: str, endpoint_id: str) -> Endpoint | None:
    """What comes meanwhile is held. A disabled one stays disabled."""
    if await sources.pool.fetchval(SQL["pause"], tenant, endpoint_id, sources.clock()) is not None:
        await _in_force(sources, endpoint_id)
    return await one(sources, tenant, endpoint_id)


async def resume(sources: Sources, tenant: str, endpoint_id: str) -> Endpoint | None:
    """Enables it, whoever stopped it; what was held goes out in order."""
    at = sources.clock()
    async with sources.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(SQL["resume"], tenant, endpoint_id, at) is not None:
            await connection.execute(SQL["release_held"], endpoint_id, at)
    sources.stir()
    return await one(sources, tenant, endpoint_id)


async def rotate(
    sources: Sources, tenant: str, endpoint_id: str, overlap: timedelta, secret: str | None = None
) -> str | None:
    """A new secret; the ones before sign along until the overlap ends. Raises `BadSecret`, `TooManyKeys`."""
    async with sources.pool.acquire() as connection, connection.transaction():
        found = await _locked(connection, tenant, endpoint_id)
        if found is None:
            return None
        keys, at = keys_for(found.signing, secret), sources.clock()
        await keyring.rotate(connection, sources.ring, endpoint_id, keys, at, at + overlap)
    await _in_force(sources, endpoint_id)
    return shown(keys)


async def delete(sources: Sources, tenant: str, endpoint_id: str) -> bool:
    """Gone; what was queued is cancelled, and its secrets are forgotten."""
    at = sources.clock()
    async with sources.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(SQL["delete"], tenant, endpoint_id, at) is None:
            return False
        await connection.execute(SQL["cancel_deliveries"], endpoint_id, at)
        await connection.execute(SQL["cancel_replays"], endpoint_id)
        await connection.execute(keyring.SQL["forget"], endpoint_id)
    await _in_force(sources, endpoint_id)
    return True


async def _in_force(sources: Sources, endpoint_id: str) -> None:
    """Waits for claims made before the change: each has started by then, or will not."""
    deadline = asyncio.get_running_loop().time() + GRACE
    while await sources.pool.fetchval(SQL["under_way"], endpoint_id):
        if asyncio.get_running_loop().time() >= deadline:
            return
        await asyncio.sleep(0.01)


async def _locked(connection: Connection, tenant: str, endpoint_id: str) -> Subscription | None:
    """As it stands until this transaction ends, with what those before it changed. The clock is read after it."""
    row = await connection.fetchrow(SQL["lock"], tenant, endpoint_id)
    return _subscription(row) if row else None


async def _reorder(
    connection: Connection, endpoint_id: str, before: Subscription, wanted: Subscription, at: datetime
) -> None:
    """Queued deliveries stand as they would if it had always been so."""
    if not wanted.ordered or wanted.on_poison == "skip":
        await connection.execute(SQL["unpark"], endpoint_id, at)
    if not wanted.ordered:
        await connection.execute(SQL["let_go"], endpoint_id)
    elif not before.ordered:
        await connection.execute(SQL["line_up"], endpoint_id)
    await connection.execute(SQL["promote_all"], endpoint_id)


def _columns(wanted: Subscription) -> tuple[Any, ...]:
    return (
        wanted.url, list(wanted.types), list(wanted.location_ids), list(wanted.service_ids), list(wanted.resource_ids),
        wanted.ordered, wanted.on_poison, wanted.schedule_seconds, wanted.timeout_seconds, wanted.rate_per_second,
        wanted.description, wanted.signing,
    )  # fmt: skip


def _subscription(row: asyncpg.Record) -> Subscription:
    return Subscription(**{name: row[name] for name in Subscription.__struct_fields__})


async def _endpoint(sources: Sources, connection: Connection, row: asyncpg.Record) -> Endpoint:
    key = None
    if row["signing"] != "v1":
        key = await keyring.public_key(connection, sources.ring, row["id"], sources.clock())
    return Endpoint(
        id=row["id"],
        subscription=_subscription(row),
        status=row["status"],
        reason=row["reason"],
        paused_until=row["paused_until"],
        position=f"{row['part']}.{row['from_pos']}",
        public_key=key,
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )
