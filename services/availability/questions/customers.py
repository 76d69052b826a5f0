"""People as they are known: one fold of what was written of each."""

from availability.moment import Moment
from availability.sources import Sources
from contracts.customer import Customer, fold
from contracts.record import decode
from eventlog.statements import statements
from kit.problems import Problem

SQL = statements("availability", "questions/customers.sql")


async def one(sources: Sources, at: Moment, customer_id: str) -> Customer:
    """A customer by id; personal members still sealed. Of somebody erased there is nothing but that."""
    customer = None
    for row in await sources.pool.fetch(SQL["one"], at.generation, at.tenant, customer_id, at.pos):
        customer = fold(customer, decode(row["record"]))
    if customer is None:
        raise Problem("customer_not_found", "There is no such customer.")
    return customer
