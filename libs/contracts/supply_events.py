"""Events about tenants and supply: places, services, people and rooms, when these are there, and by what rules."""

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from contracts.custom_fields import CustomField
from contracts.event import Event
from contracts.personal import Personal
from contracts.sub_statuses import SubStatus
from contracts.values import BusyType, Money, Notify, ResourceKind


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
    """`tax` is in hundredths of a percent of the price before tax, which `price` is unless it includes it."""

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
    custom_fields: list[CustomField] | UnsetType = UNSET
    tax: int | UnsetType = UNSET
    price_includes_tax: bool | UnsetType = UNSET
    capacity: int | UnsetType | None = UNSET
    """Of a class, which is booked in sessions alone: the seats of one that says nothing else."""


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """Another zone's clocks on the local dates `[from_, until)`."""

    tz: str
    from_: date = msgspec.field(name="from")
    until: date


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
    travel: list[Trip] | UnsetType = UNSET


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
    """Away on `[start, end)`: either instants, or whole local days of the resource (`start_date`, `end_date`).

    With `rrule` (RFC 5545) this is the first of more: on other dates, or between the same wall times in `tz`.
    """

    resource_id: str
    time_off_id: str
    start: datetime | None = None
    end: datetime | None = None
    start_date: date | None = None
    end_date: date | None = None
    reason: Personal = None
    rrule: str | UnsetType = UNSET
    tz: str | UnsetType = UNSET
    local_start: str | UnsetType = UNSET
    local_end: str | UnsetType = UNSET
    busy_type: BusyType | UnsetType = UNSET


class TimeOffRemoved(Event, frozen=True, kw_only=True):
    resource_id: str
    time_off_id: str


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """A message so many minutes before the start; 0 or null is none."""

    audience: Literal["customer", "staff"]
    channel: Literal["email", "sms", "webhook"] = "email"
    offset_minutes: int | None = None


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """`HH:MM` in the recipient's zone; an end not after its start lies on the next day."""

    start: str
    end: str


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What policies are set for: at most one of these, none of them is the tenant."""

    location_id: str | None = None
    service_id: str | None = None
    resource_id: str | None = None


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A local date on which all is closed, but for these windows and whoever has an exception."""

    date: date
    name: str | None = None
    windows: list[Window] = []


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """Rules as data. What is not set is a wider scope's to say; null switches a rule off.

    `cancel_until_minutes` before the start is the last that a booking can be cancelled. Of what was paid
    `refund_percent` is given back, if it is cancelled `refund_until_minutes` before the start or earlier.
    `reschedule_until_minutes` is the last that it can be moved; `cancel_by` and `reschedule_by` are the kinds of actors
    that may. `sub_statuses` are the labels that there are, each bound to one status.
    """

    cancel_until_minutes: int | UnsetType | None = UNSET
    cancel_by: list[str] | UnsetType | None = UNSET
    reschedule_until_minutes: int | UnsetType | None = UNSET
    reschedule_by: list[str] | UnsetType | None = UNSET
    sub_statuses: list[SubStatus] | UnsetType | None = UNSET
    refund_percent: int | UnsetType | None = UNSET
    refund_until_minutes: int | UnsetType | None = UNSET
    reminders: list[Reminder] | UnsetType | None = UNSET
    quiet_hours: QuietHours | UnsetType | None = UNSET
    notify: Notify | UnsetType | None = UNSET
    holidays: list[Holiday] | UnsetType | None = UNSET


class PoliciesSet(Event, frozen=True, kw_only=True):
    """The policies of one scope, instead of all that it had before."""

    scope: Scope = Scope()
    policies: Policies = Policies()
