"""Customers: found by id, else by e-mail, else created.

`match` serves the bookings: it answers who the customer is and, for somebody new, the event that says so first.
"""

import msgspec

from booking.change import Change, Decision, customer_stream
from booking.state import Customer
from booking.view import View
from contracts.commands import RegisterCustomer
from contracts.errors import Rejection
from contracts.events import CustomerLinked, CustomerRegistered
from contracts.parts import CustomerBody
from contracts.values import CustomerRef


class Match(msgspec.Struct, frozen=True):
    """Who the customer is; `changes` holds the registration of somebody new. `by` tells what matched."""

    ref: CustomerRef
    by: str
    changes: list[Change]


def register(command: RegisterCustomer, view: View) -> Decision:
    found = _find(command, view)
    if found is None:
        return _create(command, view).changes
    customer, by = found
    stream = customer_stream(customer.id)
    return [Change(stream, CustomerLinked(id=customer.id, by="id" if by == "id" else "email"), stream)]


def match(body: CustomerBody, view: View) -> Match | Rejection:
    """Whom a booking is for. An id alone must exist; with a name or an address it may be new."""
    if found := _find(body, view):
        customer, by = found
        ref = CustomerRef(id=customer.id, name=customer.name, email=customer.email, phone=customer.phone)
        return Match(ref, by, [])
    if body.id and not (body.email or body.name):
        return Rejection(code="customer_not_found", field="customer.id", detail="There is no such customer.")
    return _create(body, view)


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
