"""Notices about endpoints: disabled, recovered, parked. For the console, and for other endpoints that ask for them."""

from datetime import datetime

import msgspec

from contracts.public_events import PublicEvent
from contracts.public_events import webhook_id as id_of
from eventlog.statements import statements
from projections.model import Connection, Pool
from webhook.listeners import Placed
from webhook.making import listening, make

SQL = statements("webhook", "notices.sql")
NEWEST = 2**63 - 1


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What was told; `number` orders them. `webhook_id` is the delivery that it is about, if it is about one."""

    number: int
    endpoint_id: str
    type: str
    reason: str | None
    webhook_id: str | None
    at: datetime


async def page(pool: Pool, tenant: str, *, before: int = NEWEST, limit: int = 100) -> list[Notice]:
    """Newest first; those with a number below `before`, also of endpoints that are deleted since."""
    return [Notice(**dict(row)) for row in await pool.fetch(SQL["page"], tenant, before, limit)]


async def tell(
    connection: Connection, endpoint_id: str, tenant: str, part: int, type: str, reason: str | None,
    *, at: datetime, webhook_id: str | None = None,
) -> None:  # fmt: skip
    """Within the transaction that made it true, so it is told once."""
    number: int = await connection.fetchval(SQL["add"], tenant, endpoint_id, type, reason, webhook_id, at)
    event = PublicEvent(
        type=type,
        webhook_id=id_of(f"ntc_{number}", type),
        tenant=tenant,
        stream=f"endpoint/{endpoint_id}",
        sequence=number,
        event_id=f"ntc_{number}",
        position=None,
        timestamp=at,
        data={"id": endpoint_id, "type": "endpoint", "reason": reason, "webhook_id": webhook_id},
    )
    placed, made = Placed(number, 0, part, event), False
    while not made:
        hearing = (await listening(connection, [tenant])).get(tenant, [])
        others = [one for one in hearing if one.id != endpoint_id and one.hears(event)]
        made = await make(connection, [(one, placed) for one in others], at)
