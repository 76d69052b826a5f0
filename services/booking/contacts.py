"""Contacts: other details of a customer. An address leads to one person: changed, the old one leads to nobody.

What is sealed stays sealed: what is not given is carried on as it stands in the log, and what is given is news even if
it says the same.
"""

from typing import Any

from booking.change import Change, Decision, customer_stream
from booking.customers import nobody
from booking.people import Customer
from booking.refusals import invalid
from booking.rule import Rule
from booking.view import View
from contracts.commands import ChangeCustomer
from contracts.errors import Rejection
from contracts.events import CustomerChanged
from contracts.parts import CustomerBody

MEMBERS = ("name", "email", "phone", "language", "external_ids")
CLEAR = frozenset({"language"})
"""Members that stand in the log as they were said, so that the same said again can be told."""


def change(command: ChangeCustomer, view: View) -> Decision:
    customer = view.person(command.customer_id)
    if customer is None or customer.erased:
        return nobody("customer_id")
    given = {name: _value(command, name) for name in MEMBERS if name in command.model_fields_set}
    if all(name in CLEAR and getattr(customer, name) == value for name, value in given.items()):
        return []
    email_key = _email_key(command, customer, view)
    if isinstance(email_key, Rejection):
        return email_key
    return [changed(customer, email_key, **given)]


def changed(customer: Customer, email_key: str | None, **members: Any) -> Change:
    """The customer with these members; the rest is as it was."""
    stream = customer_stream(customer.id)
    whole = {name: getattr(customer, name) for name in MEMBERS} | members
    left = customer.email_key if customer.email_key != email_key else None
    event = CustomerChanged(id=customer.id, email_key=email_key, left_email_key=left, **whole)
    return Change(stream, event, stream)


def _value(command: ChangeCustomer, name: str) -> Any:
    """Null empties the map too."""
    value = getattr(command, name)
    return {} if name == "external_ids" and value is None else value


def _email_key(command: ChangeCustomer, customer: Customer, view: View) -> str | Rejection | None:
    """Of the address that they have from now on, which nobody else may have."""
    if "email" not in command.model_fields_set:
        return customer.email_key
    if command.email is None:
        return None
    holder = view.customer_by_email(command.email)
    if holder is not None and holder.id != customer.id:
        return invalid("email", "another customer has this address")
    return view.email_key(command.email)


def _as_named(command: ChangeCustomer) -> CustomerBody:
    return CustomerBody(id=command.customer_id, email=command.email)


def _whose(command: ChangeCustomer, tenant: str) -> str:
    return customer_stream(command.customer_id)


RULES = (Rule(ChangeCustomer, change, customer=_as_named, writes=_whose),)
