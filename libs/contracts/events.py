"""The events of the log: stable names, one integer version per type, only facts.

An event carries what was decided, so a replay never decides again. Who, when and why stands in its `Record`
(record.py). Those about supply stand in supply_events.py; `EVENTS` has them all.
"""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from contracts.event import Event
from contracts.personal import Personal, PersonalMap
from contracts.series_events import SeriesCreated, SeriesEnded, SeriesOccurrenceSkipped, SeriesRescheduled
from contracts.supply_events import (
    Assignment,
    LocationDefined,
    Option,
    Policies,
    PoliciesSet,
    QuietHours,
    Reminder,
    Requirement,
    ResourceDefined,
    ScheduleExceptionCleared,
    ScheduleExceptionSet,
    ScheduleSet,
    Scope,
    ServiceDefined,
    TenantDefined,
    TimeOffAdded,
    TimeOffRemoved,
    WeeklyWindow,
    Window,
)
from contracts.values import Chosen, Credits, CustomerRef, Money, Notify, ResourceRef, SlotFacts, Span, Value

__all__ = [
    "EVENTS", "AppointmentBooked", "AppointmentCancelled", "AppointmentCheckedIn", "AppointmentCompleted",
    "AppointmentConfirmed", "AppointmentDeclined", "AppointmentDetailsChanged", "AppointmentHeld", "AppointmentNoShow",
    "AppointmentReassigned", "AppointmentRequested", "AppointmentRescheduled", "AppointmentStarted", "Assignment",
    "CustomerBlocked", "CustomerErased", "CustomerLinked", "CustomerRegistered", "CustomerUnblocked", "Details",
    "Event", "HoldExpired", "HoldExtended", "HoldReleased", "LocationDefined", "Option", "PaymentRecorded", "Policies",
    "PoliciesSet", "QuietHours", "RefundRequested", "RefundSettled", "Reminder", "RequestAccepted", "Requirement",
    "ResourceDefined", "ScheduleExceptionCleared", "ScheduleExceptionSet", "ScheduleSet", "Scope", "SeriesCreated",
    "SeriesEnded", "SeriesOccurrenceSkipped", "SeriesRescheduled", "ServiceDefined",
    "TenantDefined", "TimeOffAdded", "TimeOffRemoved", "WeeklyWindow", "Window",
]  # fmt: skip

# --- people ---------------------------------------------------------------------------------------------------


class CustomerRegistered(Event, frozen=True, kw_only=True):
    """A new customer. `email_key` is the tenant-keyed HMAC of the folded address, for the look-up."""

    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None
    language: str | None = None
    email_key: str | None = None


class CustomerLinked(Event, frozen=True, kw_only=True):
    """A command named somebody already known: `by` tells whether the id or the e-mail matched."""

    id: str
    by: Literal["id", "email"]


class CustomerBlocked(Event, frozen=True, kw_only=True):
    """May not hold or book any more; what is booked stays."""

    id: str
    reason: Personal = None


class CustomerUnblocked(Event, frozen=True, kw_only=True):
    id: str


class CustomerErased(Event, frozen=True, kw_only=True):
    """Whatever was sealed for the person cannot be read any more; the id is nobody's from now on (P8)."""

    id: str


# --- appointments ---------------------------------------------------------------------------------------------


class AppointmentHeld(Event, frozen=True, kw_only=True):
    slot: SlotFacts
    owner: str
    kind: Literal["checkout", "waitlist_offer", "admin"] = "checkout"
    expires_at: datetime
    extensions_left: int = 1
    chosen: Chosen
    customer: CustomerRef | None = None


class HoldExtended(Event, frozen=True, kw_only=True):
    expires_at: datetime
    extensions_left: int


class HoldReleased(Event, frozen=True, kw_only=True):
    reason: Personal = None


class HoldExpired(Event, frozen=True, kw_only=True):
    """A hold, or a request nobody accepted in time: tells what is already true since `expires_at` (P7)."""

    expires_at: datetime


class Details(Value, frozen=True, kw_only=True):
    """What a booking says beside its slot."""

    notes: Personal = None
    internal_notes: Personal = None
    custom_fields: PersonalMap = {}
    external_ids: dict[str, str] = {}
    source: str | None = None
    coordinators: list[str] = []
    notify: Notify = Notify()


class AppointmentRequested(Event, frozen=True, kw_only=True):
    """Booked subject to acceptance; `accept_until` is the deadline after which it lapses."""

    slot: SlotFacts
    customer: CustomerRef | None = None
    details: Details = Details()
    chosen: Chosen
    accept_until: datetime | None = None
    series_id: str | UnsetType = UNSET
    visit_id: str | UnsetType = UNSET


class RequestAccepted(Event, frozen=True, kw_only=True):
    """Accepted. `slot` is the slot as taken now, where the request had not blocked it until then."""

    slot: SlotFacts | None = None
    notify: Notify = Notify()


class AppointmentDeclined(Event, frozen=True, kw_only=True):
    reason: Personal = None
    notify: Notify = Notify()


class AppointmentBooked(Event, frozen=True, kw_only=True):
    """The slot is taken. `override` is why it was booked although something stood against it."""

    slot: SlotFacts
    customer: CustomerRef | None = None
    details: Details = Details()
    chosen: Chosen
    override: bool = False
    override_reason: Personal = None
    series_id: str | UnsetType = UNSET
    visit_id: str | UnsetType = UNSET


class AppointmentConfirmed(Event, frozen=True, kw_only=True):
    """The customer said yes."""

    notify: Notify = Notify()


class AppointmentRescheduled(Event, frozen=True, kw_only=True):
    slot: SlotFacts
    previous: Span
    previous_resources: list[ResourceRef]
    chosen: Chosen
    reason: Personal = None
    notify: Notify = Notify()


class AppointmentReassigned(Event, frozen=True, kw_only=True):
    slot: SlotFacts
    previous_resources: list[ResourceRef]
    chosen: Chosen
    reason: Personal = None
    notify: Notify = Notify()


class AppointmentCheckedIn(Event, frozen=True, kw_only=True):
    pass


class AppointmentStarted(Event, frozen=True, kw_only=True):
    pass


class AppointmentCompleted(Event, frozen=True, kw_only=True):
    reason: Personal = None
    notify: Notify = Notify()


class AppointmentNoShow(Event, frozen=True, kw_only=True):
    reason: Personal = None
    notify: Notify = Notify()


class AppointmentCancelled(Event, frozen=True, kw_only=True):
    reason: Personal = None
    refund: Literal["policy", "true", "false"] = "policy"
    notify: Notify = Notify()


class AppointmentDetailsChanged(Event, frozen=True, kw_only=True):
    """What the booking says beside its slot, all of it as it is now."""

    details: Details


# --- money ----------------------------------------------------------------------------------------------------


class PaymentRecorded(Event, frozen=True, kw_only=True):
    """A fact about money or credits, told from outside. The same `payment_id` again is news of the same payment."""

    payment_id: str
    method: Literal["card", "pass", "package", "cash"]
    amount: Money | None = None
    credits: Credits | None = None
    status: Literal["pending", "authorized", "paid", "failed"] = "paid"


class RefundRequested(Event, frozen=True, kw_only=True):
    """So much is to be given back, because a cancellation's policy or somebody says so. Who pays settles it."""

    refund_id: str
    amount: Money | None = None
    credits: Credits | None = None
    by: Literal["policy", "request"] = "request"
    reason: Personal = None


class RefundSettled(Event, frozen=True, kw_only=True):
    refund_id: str
    status: Literal["refunded", "failed"] = "refunded"


EVENTS: dict[str, type[Event]] = {event.__name__: event for event in Event.__subclasses__()}
"""Every event type by its stable name."""
