"""The events of the log: stable names, one integer version per type, only facts.

An event carries what was decided, so a replay never decides again. Who, when and why stands in its `Record`
(record.py). Those about supply stand in supply_events.py; `EVENTS` has them all.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from contracts.event import Event
from contracts.life_events import (
    AppointmentOutcomeCorrected,
    AppointmentReinstated,
    AppointmentTombstoned,
    ConfirmationUndone,
)
from contracts.money_events import CouponApplied, CreditsUsed, RefundTerms
from contracts.people_events import (
    CustomerBlocked,
    CustomerChanged,
    CustomerErased,
    CustomerLinked,
    CustomerRegistered,
    CustomersMerged,
    CustomerUnblocked,
)
from contracts.personal import Personal, PersonalMap, PersonalNews
from contracts.roster_events import (
    BusySpan,
    Certified,
    ExternalBusyImported,
    LocationRetired,
    ResourceEligibilitySet,
    ResourceRetired,
    ServiceRetired,
)
from contracts.series_events import SeriesCreated, SeriesEnded, SeriesOccurrenceSkipped, SeriesRescheduled
from contracts.session_events import CapacityChanged, SeatsReleased, SeatsTaken, SessionCancelled, SessionScheduled
from contracts.supply_events import (
    Assignment,
    Holiday,
    Limit,
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
    Trip,
    WeeklyWindow,
    Window,
)
from contracts.values import (
    Chosen,
    Credits,
    CustomerRef,
    Money,
    Notify,
    Overridden,
    ResourceRef,
    SlotFacts,
    Span,
    Value,
)
from contracts.waitlist_events import (
    WaitlistClaimed,
    WaitlistJoined,
    WaitlistLeft,
    WaitlistOffered,
    WaitlistOfferLapsed,
    WaitlistOfferWithdrawn,
    Wants,
)

__all__ = [
    "EVENTS", "AppointmentBooked", "AppointmentCancelled", "AppointmentCheckedIn", "AppointmentCompleted",
    "AppointmentConfirmed", "AppointmentDeclined", "AppointmentDetailsChanged", "AppointmentHeld",
    "AppointmentNoShow", "AppointmentOutcomeCorrected", "AppointmentReassigned", "AppointmentReinstated",
    "AppointmentRequested", "AppointmentRescheduled", "AppointmentStarted", "AppointmentTombstoned", "Assignment",
    "BusySpan", "CapacityChanged", "Certified", "ConfirmationUndone", "CouponApplied", "CreditsUsed",
    "CustomerBlocked", "CustomerChanged", "CustomerErased", "CustomerLinked", "CustomerRegistered",
    "CustomerUnblocked", "CustomersMerged", "Details", "Event", "ExternalBusyImported", "HoldExpired", "HoldExtended",
    "HoldReleased", "Holiday", "Limit", "LocationDefined", "LocationRetired", "Option", "PaymentRecorded", "Policies",
    "PoliciesSet", "QuietHours", "RefundRequested", "RefundSettled", "RefundTerms", "Reminder", "RequestAccepted",
    "Requirement", "ResourceDefined", "ResourceEligibilitySet", "ResourceRetired", "ScheduleExceptionCleared",
    "ScheduleExceptionSet", "ScheduleSet", "Scope", "SeatsReleased", "SeatsTaken", "SeriesCreated", "SeriesEnded",
    "SeriesOccurrenceSkipped", "SeriesRescheduled", "ServiceDefined", "ServiceRetired", "SessionCancelled",
    "SessionScheduled", "TenantDefined", "TimeOffAdded", "TimeOffRemoved", "Trip", "WaitlistClaimed",
    "WaitlistJoined", "WaitlistLeft", "WaitlistOfferLapsed", "WaitlistOfferWithdrawn", "WaitlistOffered", "Wants",
    "WeeklyWindow", "Window",
]  # fmt: skip

# --- appointments ---------------------------------------------------------------------------------------------


class AppointmentHeld(Event, frozen=True, kw_only=True):
    slot: SlotFacts
    owner: str
    kind: Literal["checkout", "waitlist_offer", "admin"] = "checkout"
    expires_at: datetime
    extensions_left: int = 1
    chosen: Chosen
    customer: CustomerRef | None = None
    offered_to: list[str] | UnsetType = UNSET
    """Of a `waitlist_offer`: the waitlist entries that may claim it, in turn or at once."""


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
    """Accepted. `slot` is the slot as taken now, where the request had not blocked it until then.

    With `override` something stood against it: what is in `overridden`, and why it was taken all the same the reason.
    """

    slot: SlotFacts | None = None
    notify: Notify = Notify()
    override: bool | UnsetType = UNSET
    overridden: list[Overridden] | UnsetType = UNSET
    reason: PersonalNews = UNSET
    sub_status: str | UnsetType = UNSET


class AppointmentDeclined(Event, frozen=True, kw_only=True):
    reason: Personal = None
    notify: Notify = Notify()
    sub_status: str | UnsetType = UNSET


class AppointmentBooked(Event, frozen=True, kw_only=True):
    """The slot is taken. With `override` it was although something stood against it: what is in `overridden`."""

    slot: SlotFacts
    customer: CustomerRef | None = None
    details: Details = Details()
    chosen: Chosen
    override: bool = False
    override_reason: Personal = None
    overridden: list[Overridden] | UnsetType = UNSET
    series_id: str | UnsetType = UNSET
    visit_id: str | UnsetType = UNSET


class AppointmentConfirmed(Event, frozen=True, kw_only=True):
    """The customer said yes."""

    notify: Notify = Notify()
    reason: PersonalNews = UNSET
    sub_status: str | UnsetType = UNSET


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
    reason: PersonalNews = UNSET
    sub_status: str | UnsetType = UNSET


class AppointmentStarted(Event, frozen=True, kw_only=True):
    reason: PersonalNews = UNSET
    sub_status: str | UnsetType = UNSET


class AppointmentCompleted(Event, frozen=True, kw_only=True):
    reason: Personal = None
    notify: Notify = Notify()
    sub_status: str | UnsetType = UNSET


class AppointmentNoShow(Event, frozen=True, kw_only=True):
    reason: Personal = None
    notify: Notify = Notify()
    sub_status: str | UnsetType = UNSET


class AppointmentCancelled(Event, frozen=True, kw_only=True):
    reason: Personal = None
    refund: Literal["policy", "true", "false"] = "policy"
    notify: Notify = Notify()
    sub_status: str | UnsetType = UNSET


class AppointmentDetailsChanged(Event, frozen=True, kw_only=True):
    """What the booking says beside its slot, all of it as it is now; the label of its status where that is news."""

    details: Details
    sub_status: str | UnsetType | None = UNSET


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

    VERSION: ClassVar[int] = 2
    refund_id: str
    amount: Money | None = None
    credits: Credits | None = None
    terms: RefundTerms = RefundTerms()
    reason: Personal = None


class RefundSettled(Event, frozen=True, kw_only=True):
    refund_id: str
    status: Literal["refunded", "failed"] = "refunded"


EVENTS: dict[str, type[Event]] = {
    event.__name__: event for event in sorted(Event.__subclasses__(), key=lambda event: event.__name__)
}
"""Every event type by its stable name; in one order, whichever module was imported first."""
