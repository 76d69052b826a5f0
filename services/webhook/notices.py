"""Notices about endpoints: disabled, recovered, parked. For the console, and for other endpoints that ask for them."""

from datetime import datetime

from contracts.public_events import PublicEvent
from contracts.public_events import webhook_id as id_of
from eventlog.statements import statements
from projections.model import Connection
from webhook.listeners import Placed
from webhook.making import listening, make

SQL = statements("webhook", "notices.sql")


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
    hearing = (await listening(connection, [tenant])).get(tenant, [])
    others = [one for one in hearing if one.id != endpoint_id and one.hears(event)]
    await make(connection, [(one, Placed(number, 0, part, event)) for one in others], at)
