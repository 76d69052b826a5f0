"""People as they are known: one fold of what was written of each. A merged id leads to the one who stayed."""

from collections.abc import Sequence

from availability.moment import Moment
from availability.sources import Sources
from contracts.customer import Customer, fold
from contracts.record import decode
from eventlog.statements import statements
from kit.problems import Problem

SQL = statements("availability", "questions/customers.sql")


async def one(sources: Sources, at: Moment, customer_id: str) -> Customer:
    """A customer by any of their ids; personal members still sealed. Of somebody erased there is nothing but that."""
    found = await _people(sources, at, [customer_id])
    if customer_id not in found:
        raise Problem("customer_not_found", "There is no such customer.")
    return found[customer_id]


async def every_id(sources: Sources, at: Moment, customer_ids: Sequence[str]) -> list[str]:
    """All that these people were ever known as: what was booked under a merged id is theirs."""
    found = await _people(sources, at, customer_ids) if customer_ids else {}
    known = [id for customer in found.values() for id in (customer.id, *customer.merged_ids)]
    return list(dict.fromkeys((*customer_ids, *known)))


async def _people(sources: Sources, at: Moment, customer_ids: Sequence[str]) -> dict[str, Customer]:
    """By the id asked for: who it leads to. A chain of merges is one step long."""
    named = await _folded(sources, at, customer_ids)
    leading = {one.merged_into for one in named.values() if one.merged_into}
    stayed = await _folded(sources, at, sorted(leading)) if leading else {}
    return {id: stayed.get(customer.merged_into or "", customer) for id, customer in named.items()}


async def _folded(sources: Sources, at: Moment, customer_ids: Sequence[str]) -> dict[str, Customer]:
    found: dict[str, Customer] = {}
    for row in await sources.pool.fetch(SQL["written"], at.generation, at.tenant, list(customer_ids), at.pos):
        if customer := fold(found.get(row["id"]), decode(row["record"])):
            found[row["id"]] = customer
    return found
