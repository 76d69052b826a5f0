"""The events of the log: stable names, one integer version per type, only facts.

An event carries what was decided, so a replay never decides again. Who, when and why stands in its `Record`
(record.py). A type's name is its class name; `VERSION` counts its shapes and old shapes are upcast (upcasts.py).
"""

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from contracts.personal import Personal, PersonalMap
from contracts.values import Chosen, CustomerRef, Money, Notify, ResourceKind, ResourceRef, SlotFacts, Span


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events."""

    VERSION: ClassVar[int] = 1


# --- supply ---------------------------------------------------------------------------------------------------


class TenantDefined(Event, frozen=True, kw_only=True):
    id: str
    name: str
    default_location_id: str | None = None


class LocationDefined(Event, frozen=True, kw_only=True):
    id: str
    name: str
    tz: str
    primary: bool = False
    hold_seconds: int = 300
    max_extensions: int = 1
    buffer_policy: Literal["sum", "max", "existing_only", "query_after"] = "sum"
    buffers_outside_hours: Literal["allow", "deny"] = "allow"
    profile: Literal["strict", "lenient"] = "strict"
    country: str | None = None


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    kind: ResourceKind
    count: int = 1


class Option(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    duration_minutes: int | None = None
    price: Money | None = None
    credits: int | None = None


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    strategy: str = "none"


class ServiceDefined(Event, frozen=True, kw_only=True):
    id: str
    name: str
    description: str | None = None
    duration_minutes: int
    slot_step_minutes: int | None = None
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    price: Money | None = None
    acceptance: Literal["auto", "manual"] = "auto"
    pending_blocks: bool = True
    accept_within_minutes: int | None = None
    requires: list[Requirement] = msgspec.field(default_factory=lambda: [Requirement(kind="staff")])
    location_ids: list[str] = []
    assignment: Assignment = Assignment()
    options: list[Option] = []


class ResourceDefined(Event, frozen=True, kw_only=True):
    id: str
    kind: ResourceKind
    name: str
    tz: str | None = None
    location_ids: list[str] = []
    service_ids: list[str] = []
    weight: int = 1
    calibration: int = 0
    priority: int = 0
    email: Personal = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """`HH:MM` wall-clock; an end not after its start runs over midnight; `24:00` is the next local midnight."""

    start: str
    end: str


class WeeklyWindow(msgspec.Struct, frozen=True, kw_only=True):
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    start: str
    end: str


class ScheduleSet(Event, frozen=True, kw_only=True):
    """A resource's weekly hours in one layer (the lower number wins) from a local date until another, exclusive."""

    resource_id: str
    layer: int = 10
    weekly: list[WeeklyWindow]
    from_: date | None = msgspec.field(default=None, name="from")
    until: date | None = None


class ScheduleExceptionSet(Event, frozen=True, kw_only=True):
    """One local date's own windows instead of the weekly ones; none means closed."""

    resource_id: str
    date: date
    windows: list[Window]


class ScheduleExceptionCleared(Event, frozen=True, kw_only=True):
    resource_id: str
    date: date


class TimeOffAdded(Event, frozen=True, kw_only=True):
    """Away on `[start, end)`: either instants, or whole local days of the resource (`start_date`, `end_date`)."""

    resource_id: str
    time_off_id: str
    start: datetime | None = None
    end: datetime | None = None
    start_date: date | None = None
    end_date: date | None = None
    reason: Personal = None


class TimeOffRemoved(Event, frozen=True, kw_only=True):
    resource_id: str
    time_off_id: str


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


class Details(msgspec.Struct, frozen=True, kw_only=True):
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


EVENTS: dict[str, type[Event]] = {event.__name__: event for event in Event.__subclasses__()}
"""Every event type by its stable name."""
