"""The events of the waitlist: who waits for what, and what became of each offer. One stream an entry.

An offer is a hold; its id ties the entries that it is made to together.
"""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.event import Event
from contracts.personal import Personal
from contracts.values import CustomerRef, ServiceRef, Value


class Wants(Value, frozen=True, kw_only=True):
    """What would do: any start in `[from, to)`, with one of the resources (none named: any)."""

    from_: datetime | None = msgspec.field(default=None, name="from")
    to: datetime | None = None
    resources: list[str] = []


class WaitlistJoined(Event, frozen=True, kw_only=True):
    service: ServiceRef
    location_id: str | None = None
    customer: CustomerRef
    wants: Wants = Wants()


class WaitlistOffered(Event, frozen=True, kw_only=True):
    """The slot that `hold_id` keeps can be claimed until `expires_at`.

    One after the other, `then` names those whose turn comes next, each with `window_seconds`, all before `until`.
    """

    hold_id: str
    start: datetime
    end: datetime
    expires_at: datetime
    until: datetime
    window_seconds: int
    then: list[str] = []


class WaitlistClaimed(Event, frozen=True, kw_only=True):
    """Waited for and booked: by a claim of an offer, or by another booking that named the entry."""

    appointment_id: str
    hold_id: str | None = None


class WaitlistOfferLapsed(Event, frozen=True, kw_only=True):
    """Not claimed in time, or `claimed` by somebody else who was asked too. They wait on."""

    hold_id: str
    why: Literal["time", "claimed"] = "time"


class WaitlistOfferWithdrawn(Event, frozen=True, kw_only=True):
    """Taken back by the desk, from this entry. They wait on."""

    hold_id: str
    reason: Personal = None


class WaitlistLeft(Event, frozen=True, kw_only=True):
    reason: Personal = None
