"""Values that events, outcomes and the published appointment are made of.

Instants are aware UTC datetimes; what lies on the diary is in whole minutes. Intervals are half-open.
"""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from contracts.personal import Personal


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of every immutable value in the log. Values are trees, so the collector has nothing to find in them."""


ResourceKind = Literal["staff", "room", "equipment"]

BusyType = Literal["busy", "tentative", "unavailable"]
"""What taken time is to others: the free/busy types of RFC 5545."""


class Actor(Value, frozen=True, kw_only=True):
    type: str
    id: str


class Money(Value, frozen=True, kw_only=True):
    amount_minor: int
    currency: str


class Tax(Value, frozen=True, kw_only=True):
    """How much of it is tax. `added_minor` of that comes on top of the price, the rest is in it."""

    amount_minor: int
    currency: str
    added_minor: int = 0


class Credits(Value, frozen=True, kw_only=True):
    """Units of a pass or package, instead of money."""

    amount: int
    pass_id: str | None = None


class Span(Value, frozen=True, kw_only=True):
    """`[start, end)`."""

    start: datetime
    end: datetime


class ServiceRef(Value, frozen=True, kw_only=True):
    id: str
    name: str
    option: str | None = None


class ResourceRef(Value, frozen=True, kw_only=True):
    id: str
    kind: ResourceKind
    name: str


class CustomerRef(Value, frozen=True, kw_only=True):
    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None


class Notify(Value, frozen=True, kw_only=True):
    customer: bool = True
    staff: bool = True


class SlotFacts(Value, frozen=True, kw_only=True):
    """Where and when: what an appointment occupies, as decided. `busy` is `[start - before, end + after)`.

    `local_start` is the wall time agreed on, with its offset, in `tz`. `blocks` is false for what never takes time
    (a request of a service whose `pending_blocks` is off). `addons` are further services given with it, their time and
    price included.
    """

    service: ServiceRef
    location_id: str
    resources: list[ResourceRef]
    start: datetime
    end: datetime
    busy: Span
    tz: str
    local_start: str
    seats: int = 1
    session_id: str | None = None
    price: Money | None = None
    blocks: bool = True
    addons: list[ServiceRef] | UnsetType = UNSET
    tax: Tax | UnsetType = UNSET


class Chosen(Value, frozen=True, kw_only=True):
    """How the resources were found, with the inputs of the choice, so that a replay never chooses again."""

    strategy: str
    candidates: int = 0
    seed: str | None = None
