"""The published waitlist entry: somebody who waits for a slot that is taken now."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.values import CustomerRef, ServiceRef


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """What would do: any start in `[from, to)`, with one of the resources (none named: any)."""

    from_: datetime | None = msgspec.field(default=None, name="from")
    to: datetime | None = None
    resources: list[str] = []


class WaitlistEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A waitlist entry as it is published. While one is offered, `hold_id` is the slot kept for it."""

    id: str
    type: Literal["waitlist_entry"] = "waitlist_entry"
    version: int
    status: Literal["waiting", "offered", "booked", "left"]
    service: ServiceRef
    location_id: str | None = None
    customer: CustomerRef
    wants: Wants
    hold_id: str | None = None
    expires_at: datetime | None = None
    appointment_id: str | None = None
    created_at: datetime
    updated_at: datetime
    position: str
