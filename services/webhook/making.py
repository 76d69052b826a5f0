"""Deliveries are made: one for each endpoint that hears of a public event, at the event's place in its stream.

Made in the transaction of whoever reads (a projector's, with its checkpoint), and twice the same is one: so an event
leads to one delivery however often it comes (P6).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from eventlog.statements import statements
from projections.model import Connection
from webhook.listeners import Listener, Placed

SQL = statements("webhook", "making.sql")
LIVE = 0
"""The run of what is no replay."""
NOWHERE = -1
"""The partition of deliveries that come from no event of the log."""

Wanted = tuple[Listener, Placed]


async def listening(connection: Connection, tenants: Iterable[str]) -> Mapping[str, list[Listener]]:
    """Who hears events of these tenants as they come, by tenant."""
    found: dict[str, list[Listener]] = {}
    for row in await connection.fetch(SQL["listening"], sorted(set(tenants))):
        found.setdefault(row["tenant"], []).append(Listener(*row))
    return found


async def listener(connection: Connection, endpoint_id: str) -> Listener | None:
    """One endpoint; None once it is deleted."""
    row = await connection.fetchrow(SQL["listener"], endpoint_id)
    return Listener(*row) if row else None


async def make(
    connection: Connection, wanted: Sequence[Wanted], at: datetime, *, run: int = LIVE, held: bool = False
) -> bool:
    """Writes these deliveries, which are in order. False where an endpoint was changed since it was read: then none is
    written, and it is to be read again; it changes no more until the transaction ends."""
    if not wanted:
        return True
    await _add_messages(connection, [placed for _, placed in wanted], at)
    rows = [_row(one, placed, at, held) for one, placed in wanted]
    ids, seen, webhook_ids, *rest = map(list, zip(*rows, strict=True))
    return await connection.fetchval(SQL["enqueue"], ids, seen, webhook_ids, run, *rest, at) is not None


async def _add_messages(connection: Connection, placed: Iterable[Placed], at: datetime) -> None:
    once = {one.event.webhook_id: one for one in placed}
    columns = zip(
        *((id, one.event.tenant, one.part, one.event.type, msgspec.json.encode(one.event)) for id, one in once.items()),
        strict=True,
    )
    await connection.execute(SQL["add_messages"], *map(list, columns), at)


def _row(one: Listener, placed: Placed, at: datetime, held: bool) -> tuple[object, ...]:
    event = placed.event
    due = one.first_due(event.webhook_id, at)
    part = placed.part if event.position else NOWHERE
    place = part, event.stream, placed.pos, placed.n, event.sequence
    return one.id, one.changed_at, event.webhook_id, *place, one.ordered, held, due
