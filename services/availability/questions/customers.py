"""People as they were registered."""

from typing import Any

from availability.moment import Moment
from availability.sources import Sources
from contracts.events import CustomerRegistered
from contracts.record import decode
from eventlog.statements import statements
from kit.problems import Problem

SQL = statements("availability", "questions/customers.sql")


async def one(sources: Sources, at: Moment, customer_id: str) -> dict[str, Any]:
    """A customer by id; personal members still sealed."""
    state = await sources.pool.fetchval(SQL["one"], at.generation, at.tenant, customer_id, at.pos)
    if state is None:
        raise Problem("customer_not_found", "There is no such customer.")
    record = decode(state)
    assert isinstance(record.event, CustomerRegistered)
    event = record.event
    return {
        "id": event.id,
        "name": event.name,
        "email": event.email,
        "phone": event.phone,
        "language": event.language,
        "created_at": record.decided_at,
        "position": record.position,
    }
