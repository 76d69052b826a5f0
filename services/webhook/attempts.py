"""The attempts log; and deliveries taken in hand: sent again, skipped, or tried out."""

import time
from datetime import datetime
from typing import Literal

import msgspec

from contracts.public_events import PublicEvent, encode
from contracts.public_events import webhook_id as id_of
from contracts.public_types import ENDPOINT_TEST
from eventlog.statements import statements
from webhook import endpoints, keyring
from webhook.sending.signing import sign
from webhook.sources import Sources

SQL = statements("webhook", "attempts.sql")
NEWEST = 2**63 - 1


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what came of it; `number` orders them."""

    number: int
    webhook_id: str
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    latency_ms: int


async def page(
    sources: Sources, tenant: str, endpoint_id: str, *, before: int = NEWEST, limit: int = 100
) -> list[Attempt]:
    """Newest first; those with a number below `before`."""
    rows = await sources.pool.fetch(SQL["page"], tenant, endpoint_id, before, limit)
    return [
        Attempt(
            number=row["id"], webhook_id=row["webhook_id"], attempt=row["attempt"], at=row["at"], status=row["status"],
            error=row["error"], latency_ms=row["latency_ms"],
        )
        for row in rows
    ]  # fmt: skip


async def resend(sources: Sources, tenant: str, endpoint_id: str, webhook_id: str) -> bool:
    """Sends it again under its id, whatever became of it; False where there is none, or it is under way just now."""
    at = sources.clock()
    async with sources.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(SQL["lock_endpoint"], tenant, endpoint_id) is None:
            return False
        stream = await connection.fetchval(SQL["resend"], endpoint_id, webhook_id, at)
    sources.stir()
    return stream is not None


async def skip(sources: Sources, tenant: str, endpoint_id: str, webhook_id: str) -> bool:
    """Gives a parked head up, and lets its stream go on; False where it is not parked."""
    async with sources.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(SQL["lock_endpoint"], tenant, endpoint_id) is None:
            return False
        streams = await connection.fetch(SQL["skip"], endpoint_id, webhook_id, sources.clock())
        for (stream,) in streams:
            await connection.execute(SQL["promote"], endpoint_id, stream)
    sources.stir()
    return bool(streams)


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test."""

    result: Literal["delivered", "failed"]
    webhook_id: str
    status: int | None
    error: str | None
    latency_ms: int


async def test(sources: Sources, tenant: str, endpoint_id: str) -> Tried | None:
    """One request now, with a body of its own type, past the queue; also to an endpoint that is paused or disabled."""
    endpoint = await endpoints.one(sources, tenant, endpoint_id)
    if endpoint is None:
        return None
    at, event = sources.clock(), _test_event(tenant, endpoint_id, sources.clock())
    rows = await sources.pool.fetch(keyring.SQL["live"], endpoint_id, at)
    keys = sources.ring.open_all(endpoint_id, [row["sealed"] for row in rows])
    body, timestamp = encode(event, previous_sequence=None), int(at.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": event.webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(keys, event.webhook_id, timestamp, body),
    }
    wanted = endpoint.subscription
    answer = await sources.poster.post(wanted.url, headers, body, timeout=wanted.timeout_seconds)
    heard = answer.status, answer.error, answer.latency_ms
    await sources.pool.execute(SQL["add"], endpoint_id, event.webhook_id, at, *heard)
    ok = answer.error is None and answer.status is not None and 200 <= answer.status < 300
    return Tried(
        result="delivered" if ok else "failed", webhook_id=event.webhook_id,
        status=heard[0], error=heard[1], latency_ms=heard[2],
    )  # fmt: skip


def _test_event(tenant: str, endpoint_id: str, at: datetime) -> PublicEvent:
    event_id = f"tst_{endpoint_id}_{time.time_ns()}"
    return PublicEvent(
        type=ENDPOINT_TEST,
        webhook_id=id_of(event_id, ENDPOINT_TEST),
        tenant=tenant,
        stream=f"endpoint/{endpoint_id}",
        sequence=1,
        event_id=event_id,
        position=None,
        timestamp=at,
        data={"id": endpoint_id, "type": "endpoint"},
    )
