"""Customers: found by id, else by e-mail, else created.

`match` serves the bookings: it answers who the customer is and what is to be said of that first: that somebody is new,
or that an address led to somebody known. The id of somebody who was erased leads to nobody and is never given again;
the address may become somebody else's. Who is blocked may neither hold nor book; what is booked stays.
"""

from typing import Literal

import msgspec
from msgspec import UNSET

from booking.change import Change, Decision, customer_stream
from booking.people import Customer
from booking.refusals import customer_blocked
from booking.rule import Rule
from booking.state import CustomerNotLoaded
from booking.view import View
from contracts.commands import BlockCustomer, EraseCustomer, RegisterCustomer, UnblockCustomer
from contracts.errors import Rejection
from contracts.events import CustomerBlocked, CustomerErased, CustomerLinked, CustomerRegistered, CustomerUnblocked
from contracts.parts import CustomerBody
from contracts.personal import PersonalMap
from contracts.values import CustomerRef


class Match(msgspec.Struct, frozen=True):
    """Who the customer is. `by` tells what matched; an id alone is no news, anything else is in `changes`."""

    ref: CustomerRef
    by: str
    changes: list[Change]


def register(command: RegisterCustomer, view: View) -> Decision:
    if command.id and _erased(command.id, view):
        return nobody("id")
    found = _find(command, view)
    return [_linked(*found)] if found else _create(command, view).changes


def erase(command: EraseCustomer, view: View) -> Decision:
    """All that the person is known as: also who was merged into them, and into whom they were (D10)."""
    customer = view.person(command.customer_id)
    if customer is None or customer.erased:
        return nobody("customer_id")
    at_hand(customer.ids, view)
    streams = {one: customer_stream(one) for one in customer.ids}
    return [Change(stream, CustomerErased(id=one), stream) for one, stream in streams.items()]


def at_hand(customer_ids: tuple[str, ...], view: View) -> None:
    """Raises `CustomerNotLoaded` for all of these who are not here, at once."""
    if missing := [one for one in customer_ids if view.customer(one) is None]:
        raise CustomerNotLoaded(*missing)


def block(command: BlockCustomer, view: View) -> Decision:
    customer = view.person(command.customer_id)
    if customer is None or customer.erased:
        return nobody("customer_id")
    stream, event = customer_stream(customer.id), CustomerBlocked(id=customer.id, reason=command.reason)
    return [] if customer.blocked else [Change(stream, event, stream)]


def unblock(command: UnblockCustomer, view: View) -> Decision:
    customer = view.person(command.customer_id)
    if customer is None or customer.erased:
        return nobody("customer_id")
    stream = customer_stream(customer.id)
    return [Change(stream, CustomerUnblocked(id=customer.id), stream)] if customer.blocked else []


def match(body: CustomerBody, view: View) -> Match | Rejection:
    """Whom a booking is for. An id alone must exist; with a name or an address it may be new."""
    if body.id and _erased(body.id, view):
        return nobody("customer.id")
    if found := _find(body, view):
        customer, by = found
        if customer.blocked and not view.imported:
            return customer_blocked()
        ref = CustomerRef(id=customer.id, name=customer.name, email=customer.email, phone=customer.phone)
        return Match(ref, by, [] if by == "id" else [_linked(customer, by)])
    if body.id and not (body.email or body.name):
        return nobody("customer.id")
    return _create(body, view)


def refused(ref: CustomerRef, view: View) -> Rejection | None:
    """Why somebody may not book now what was held for them before."""
    known = view.known_customer(ref.id)
    customer = view.person(known.id) or known
    if customer.erased:
        return nobody("customer")
    return customer_blocked() if customer.blocked and not view.imported else None


def _erased(customer_id: str, view: View) -> bool:
    customer = view.customer(customer_id)
    return customer is not None and customer.erased


def nobody(field: str) -> Rejection:
    return Rejection(code="customer_not_found", field=field, detail="There is no such customer.")


By = Literal["id", "email"]


def _find(named: CustomerBody, view: View) -> tuple[Customer, By] | None:
    if named.id and (customer := view.person(named.id)):
        return customer, "id"
    if named.email and (customer := view.customer_by_email(named.email)):
        return customer, "email"
    return None


def _linked(customer: Customer, by: By) -> Change:
    stream = customer_stream(customer.id)
    return Change(stream, CustomerLinked(id=customer.id, by=by), stream)


def _create(named: CustomerBody, view: View) -> Match:
    ref = CustomerRef(id=named.id or view.new_id("cus_"), name=named.name, email=named.email, phone=named.phone)
    external_ids: PersonalMap = dict(named.external_ids) if isinstance(named, RegisterCustomer) else {}
    event = CustomerRegistered(
        id=ref.id,
        name=ref.name,
        email=ref.email,
        phone=ref.phone,
        language=named.language,
        email_key=view.email_key(named.email) if named.email else None,
        external_ids=external_ids or UNSET,
    )
    stream = customer_stream(ref.id)
    return Match(ref, "new", [Change(stream, event, stream)])


def named(command: BlockCustomer | UnblockCustomer | EraseCustomer) -> list[str]:
    return [customer_stream(command.customer_id)]


def _whose(command: BlockCustomer | UnblockCustomer, tenant: str) -> str:
    return customer_stream(command.customer_id)


RULES = (
    Rule(RegisterCustomer, register, customer=lambda command: command),
    Rule(EraseCustomer, erase, names=named),
    Rule(BlockCustomer, block, names=named, writes=_whose),
    Rule(UnblockCustomer, unblock, names=named, writes=_whose),
)
