"""People as the desk knows them: one pure fold of a customer's stream, and whom their e-mail addresses lead to.

Personal members are here as they stand in the log. Whoever was merged into somebody else leads there in one step,
however long the chain of merges was: each merge is told to everybody merged before.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from booking.change import customer_stream
from contracts.events import (
    CustomerBlocked,
    CustomerChanged,
    CustomerErased,
    CustomerRegistered,
    CustomersMerged,
    CustomerUnblocked,
    Event,
)
from contracts.personal import Personal, PersonalMap
from contracts.record import Record


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is `erased` is nobody any more; `merged_into` is who it turned out to be."""

    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None
    language: str | None = None
    external_ids: PersonalMap = {}
    email_key: str | None = None
    further_keys: tuple[str, ...] = ()
    """Keys of the addresses that came with a merge."""
    merged_ids: tuple[str, ...] = ()
    merged_into: str | None = None
    blocked: bool = False
    blocked_reason: Personal = None
    erased: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """Everything the person is known as."""
        return self.id, *self.merged_ids

    @property
    def email_keys(self) -> tuple[str, ...]:
        """Of every address that leads to them."""
        return tuple(dict.fromkeys((self.email_key, *self.further_keys) if self.email_key else self.further_keys))


class Lead(NamedTuple):
    """From now on an address leads to somebody, or, if it led to them, to nobody."""

    email_key: str
    customer_id: str
    leads: bool


def fold(customer: Customer | None, record: Record) -> Customer | None:
    """The customer after `record`; what is not about one leaves it as it is."""
    step = _STEPS.get(type(record.event))
    if step is None:
        return customer
    after: Customer | None = step(customer, record, record.event)
    return after


def leads(record: Record, customer: Customer | None) -> Iterator[Lead]:
    """What becomes of addresses by a record; `customer` is whose stream it is on."""
    event = record.event
    if isinstance(event, CustomerRegistered) and event.email_key:
        yield Lead(event.email_key, event.id, leads=True)
    elif isinstance(event, CustomerChanged):
        if event.left_email_key:
            yield Lead(event.left_email_key, event.id, leads=False)
        if event.email_key:
            yield Lead(event.email_key, event.id, leads=True)
    elif isinstance(event, CustomersMerged) and record.stream == customer_stream(event.id):
        for email_key in event.email_keys:
            yield Lead(email_key, event.merged_ids[0], leads=False)
            yield Lead(email_key, event.id, leads=True)
    elif isinstance(event, CustomerErased) and customer:
        for email_key in customer.email_keys:
            yield Lead(email_key, event.id, leads=False)


def _registered(customer: Customer | None, record: Record, event: CustomerRegistered) -> Customer:
    return Customer(
        id=event.id,
        name=event.name,
        email=event.email,
        phone=event.phone,
        language=event.language,
        external_ids=event.external_ids or {},
        email_key=event.email_key,
    )


def _changed(customer: Customer | None, record: Record, event: CustomerChanged) -> Customer:
    known = _known(customer, record)
    return replace(
        known,
        name=event.name,
        email=event.email,
        phone=event.phone,
        language=event.language,
        external_ids=event.external_ids,
        email_key=event.email_key,
        further_keys=tuple(key for key in known.further_keys if key != event.left_email_key),
    )


def _merged(customer: Customer | None, record: Record, event: CustomersMerged) -> Customer:
    known = _known(customer, record)
    if known.id != event.id:
        return replace(known, merged_into=event.id)
    ids, keys = (*known.merged_ids, *event.merged_ids), (*known.further_keys, *event.email_keys)
    return replace(known, merged_ids=ids, further_keys=keys)


def _blocked(customer: Customer | None, record: Record, event: CustomerBlocked) -> Customer:
    return replace(_known(customer, record), blocked=True, blocked_reason=event.reason)


def _unblocked(customer: Customer | None, record: Record, event: CustomerUnblocked) -> Customer:
    return replace(_known(customer, record), blocked=False, blocked_reason=None)


def _erased(customer: Customer | None, record: Record, event: CustomerErased) -> Customer:
    """Its ids and addresses are still told apart from anybody else's."""
    known = _known(customer, record)
    return Customer(
        id=known.id,
        email_key=known.email_key,
        further_keys=known.further_keys,
        merged_ids=known.merged_ids,
        merged_into=known.merged_into,
        erased=True,
    )


def _known(customer: Customer | None, record: Record) -> Customer:
    if customer is None:
        raise ValueError(f"{record.type} {record.event_id} opens the stream {record.stream}: the log is damaged")
    return customer


_STEPS: dict[type[Event], Callable[..., Any]] = {
    CustomerRegistered: _registered,
    CustomerChanged: _changed,
    CustomersMerged: _merged,
    CustomerBlocked: _blocked,
    CustomerUnblocked: _unblocked,
    CustomerErased: _erased,
}
