"""Customers: found by id, else by e-mail, else created.

`match` serves the bookings: it answers who the customer is and, for somebody new, the event that says so first. The id
of somebody who was erased leads to nobody and is never given again; the address may become somebody else's. Who is
blocked may neither hold nor book; what is booked stays.
"""

import msgspec

from booking.change import Change, Decision, customer_stream
from booking.refusals import customer_blocked
from booking.rule import Rule
from booking.state import Customer
from booking.view import View
from contracts.commands import BlockCustomer, EraseCustomer, RegisterCustomer, UnblockCustomer
from contracts.errors import Rejection
from contracts.events import CustomerBlocked, CustomerErased, CustomerLinked, CustomerRegistered, CustomerUnblocked
from contracts.parts import CustomerBody
from contracts.values import CustomerRef


class Match(msgspec.Struct, frozen=True):
    """Who the customer is; `changes` holds the registration of somebody new. `by` tells what matched."""

    ref: CustomerRef
    by: str
    changes: list[Change]


def register(command: RegisterCustomer, view: View) -> Decision:
    if command.id and _erased(command.id, view):
        return _nobody("id")
    found = _find(command, view)
    if found is None:
        return _create(command, view).changes
    customer, by = found
    stream = customer_stream(customer.id)
    return [Change(stream, CustomerLinked(id=customer.id, by="id" if by == "id" else "email"), stream)]


def erase(command: EraseCustomer, view: View) -> Decision:
    customer = view.customer(command.customer_id)
    if customer is None or customer.erased:
        return _nobody("customer_id")
    stream = customer_stream(customer.id)
    return [Change(stream, CustomerErased(id=customer.id), stream)]


def block(command: BlockCustomer, view: View) -> Decision:
    customer, stream = view.customer(command.customer_id), customer_stream(command.customer_id)
    if customer is None or customer.erased:
        return _nobody("customer_id")
    event = CustomerBlocked(id=customer.id, reason=command.reason)
    return [] if customer.blocked else [Change(stream, event, stream)]


def unblock(command: UnblockCustomer, view: View) -> Decision:
    customer, stream = view.customer(command.customer_id), customer_stream(command.customer_id)
    if customer is None or customer.erased:
        return _nobody("customer_id")
    return [Change(stream, CustomerUnblocked(id=customer.id), stream)] if customer.blocked else []


def match(body: CustomerBody, view: View) -> Match | Rejection:
    """Whom a booking is for. An id alone must exist; with a name or an address it may be new."""
    if body.id and _erased(body.id, view):
        return _nobody("customer.id")
    if found := _find(body, view):
        customer, by = found
        if customer.blocked and not view.imported:
            return customer_blocked()
        ref = CustomerRef(id=customer.id, name=customer.name, email=customer.email, phone=customer.phone)
        return Match(ref, by, [])
    if body.id and not (body.email or body.name):
        return _nobody("customer.id")
    return _create(body, view)


def refused(ref: CustomerRef, view: View) -> Rejection | None:
    """Why somebody may not book now what was held for them before."""
    customer = view.known_customer(ref.id)
    if customer.erased:
        return _nobody("customer")
    return customer_blocked() if customer.blocked and not view.imported else None


def _erased(customer_id: str, view: View) -> bool:
    customer = view.customer(customer_id)
    return customer is not None and customer.erased


def _nobody(field: str) -> Rejection:
    return Rejection(code="customer_not_found", field=field, detail="There is no such customer.")


def _find(named: CustomerBody, view: View) -> tuple[Customer, str] | None:
    if named.id and (customer := view.customer(named.id)):
        return customer, "id"
    if named.email and (customer := view.customer_by_email(named.email)):
        return customer, "email"
    return None


def _create(named: CustomerBody, view: View) -> Match:
    ref = CustomerRef(id=named.id or view.new_id("cus_"), name=named.name, email=named.email, phone=named.phone)
    event = CustomerRegistered(
        id=ref.id,
        name=ref.name,
        email=ref.email,
        phone=ref.phone,
        language=named.language,
        email_key=view.email_key(named.email) if named.email else None,
    )
    stream = customer_stream(ref.id)
    return Match(ref, "new", [Change(stream, event, stream)])


def _named(command: EraseCustomer) -> list[str]:
    return [customer_stream(command.customer_id)]


def _whose(command: BlockCustomer | UnblockCustomer, tenant: str) -> str:
    return customer_stream(command.customer_id)


RULES = (
    Rule(RegisterCustomer, register, customer=lambda command: command),
    Rule(EraseCustomer, erase, names=_named),
    Rule(BlockCustomer, block, names=_named, writes=_whose),
    Rule(UnblockCustomer, unblock, names=_named, writes=_whose),
)
