"""The published customer: one pure fold of its stream. Personal members are sealed until the edge opens them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts import events as e
from contracts.personal import Personal, PersonalMap
from contracts.record import Record


class Customer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Someone who books. `blocked`: may not hold or book any more; `erased`: is nobody any more.

    `merged_ids` were other customers once; what was booked for them is this one's. `merged_into` is who that is now.
    """

    id: str
    type: str = "customer"
    version: int
    name: Personal = None
    email: Personal = None
    phone: Personal = None
    language: str | None = None
    external_ids: PersonalMap = {}
    merged_ids: list[str] = []
    merged_into: str | None = None
    blocked: bool = False
    blocked_reason: Personal = None
    erased: bool = False
    created_at: datetime
    updated_at: datetime
    position: str


def fold(customer: Customer | None, record: Record) -> Customer | None:
    """The customer after `record`; what is not about one leaves it as it is."""
    step = _STEPS.get(type(record.event))
    if step is None:
        return customer
    after: Customer | None = step(customer, record, record.event)
    return after


def _registered(customer: Customer | None, record: Record, event: e.CustomerRegistered) -> Customer:
    return Customer(
        id=event.id,
        version=record.version,
        name=event.name,
        email=event.email,
        phone=event.phone,
        language=event.language,
        external_ids=event.external_ids or {},
        created_at=record.decided_at,
        updated_at=record.decided_at,
        position=record.position,
    )


def _changed(customer: Customer | None, record: Record, event: e.CustomerChanged) -> Customer | None:
    details = {name: getattr(event, name) for name in ("name", "email", "phone", "language", "external_ids")}
    return _change(customer, record, **details)


def _merged(customer: Customer | None, record: Record, event: e.CustomersMerged) -> Customer | None:
    if customer is None or customer.id != event.id:
        return _change(customer, record, merged_into=event.id)
    return _change(customer, record, merged_ids=[*customer.merged_ids, *event.merged_ids])


def _blocked(customer: Customer | None, record: Record, event: e.CustomerBlocked) -> Customer | None:
    return _change(customer, record, blocked=True, blocked_reason=event.reason)


def _unblocked(customer: Customer | None, record: Record, event: e.CustomerUnblocked) -> Customer | None:
    return _change(customer, record, blocked=False, blocked_reason=None)


def _erased(customer: Customer | None, record: Record, event: e.CustomerErased) -> Customer | None:
    nothing = dict.fromkeys(("name", "email", "phone", "language", "blocked_reason"))
    return _change(customer, record, erased=True, external_ids={}, **nothing)


def _change(customer: Customer | None, record: Record, **members: Any) -> Customer | None:
    """Nothing of whom nothing is known: the registration comes first."""
    if customer is None:
        return None
    when = {"version": record.version, "updated_at": record.decided_at, "position": record.position}
    return replace(customer, **when | members)


_STEPS: dict[type[e.Event], Callable[..., Customer | None]] = {
    e.CustomerRegistered: _registered,
    e.CustomerChanged: _changed,
    e.CustomersMerged: _merged,
    e.CustomerBlocked: _blocked,
    e.CustomerUnblocked: _unblocked,
    e.CustomerErased: _erased,
}

TOLD_BY: frozenset[str] = frozenset(kind.__name__ for kind in _STEPS)
"""The event types that a customer is folded from."""
