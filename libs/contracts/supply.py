"""Commands about tenants and supply: places, services, people and rooms, and when they can be booked."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.classes import CAPACITY
from contracts.command import Command
from contracts.custom_fields import CustomFieldBodies
from contracts.fields import (
    Country,
    DiaryDate,
    Duration,
    Email,
    Id,
    Ids,
    LocalDate,
    LongText,
    Minutes,
    Period,
    StartOrDate,
    Text,
)
from contracts.parts import (
    AssignmentBody,
    HolidayBody,
    MoneyBody,
    NotifyDefaults,
    OptionBody,
    QuietHoursBody,
    ReminderBody,
    RequirementBody,
    ScopeBody,
    TripBody,
    WeeklyBody,
    WindowBody,
    broken,
)
from contracts.sub_statuses import SubStatusBodies
from contracts.values import BusyType


class DefineTenant(Command):
    id: Id
    name: Text
    default_location_id: Id | None = None


class DefineLocation(Command):
    id: Id
    name: Text
    tz: Text
    primary: bool = False
    hold_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    max_extensions: Annotated[int, Field(ge=0, le=100)] = 1
    buffer_policy: Literal["sum", "max", "existing_only", "query_after"] = "sum"
    buffers_outside_hours: Literal["allow", "deny"] = "allow"
    profile: Literal["strict", "lenient"] = "strict"
    country: Country | None = None


class DefineService(Command):
    """`tax` is in hundredths of a percent (1900 is 19 %) of the price before tax."""

    id: Id
    name: Text
    description: LongText | None = None
    duration_minutes: Duration
    slot_step_minutes: Duration | None = None
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    price: MoneyBody | None = None
    acceptance: Literal["auto", "manual"] = "auto"
    pending_blocks: bool = True
    accept_within_minutes: Annotated[Period, Field(ge=1)] | None = None
    requires: Annotated[list[RequirementBody], Field(min_length=1, max_length=3)] = [RequirementBody(kind="staff")]
    location_ids: Ids = []
    assignment: AssignmentBody = AssignmentBody()
    options: Annotated[list[OptionBody], Field(max_length=100)] = []
    custom_fields: CustomFieldBodies = []
    tax: Annotated[int, Field(ge=1, le=10_000)] | None = None
    price_includes_tax: bool = False
    capacity: Annotated[int, Field(ge=1, le=CAPACITY)] | None = None
    """Of a class: it is booked in sessions alone, which have so many seats where they say nothing else."""

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if len({need.kind for need in self.requires}) < len(self.requires):
            raise broken("requires", "each kind is named once, with its count")
        if len({option.id for option in self.options}) < len(self.options):
            raise broken("options", "each option has its own id")
        return self


class DefineResource(Command):
    id: Id
    kind: Literal["staff", "room", "equipment"]
    name: Text
    tz: Text | None = None
    location_ids: Ids = []
    service_ids: Ids = []
    weight: Annotated[int, Field(ge=0, le=1000)] = 1
    calibration: Annotated[int, Field(ge=-(10**6), le=10**6)] = 0
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    email: Email | None = None
    travel: Annotated[list[TripBody], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _is_in_one_zone_a_day(self) -> Self:
        trips = sorted(self.travel, key=lambda trip: trip.from_)
        if any(trip.until > following.from_ for trip, following in pairwise(trips)):
            raise broken("travel", "a date lies in one trip at most")
        return self


class SetSchedule(Command):
    resource_id: Id
    layer: Annotated[int, Field(ge=0, le=1000)] = 10
    weekly: Annotated[list[WeeklyBody], Field(max_length=200)]
    from_: Annotated[LocalDate | None, Field(alias="from")] = None
    until: LocalDate | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.from_ and self.until and self.until <= self.from_:
            raise broken("until", "it lies after from")
        return self


class SetScheduleException(Command):
    resource_id: Id
    date: DiaryDate
    windows: Annotated[list[WindowBody], Field(max_length=50)]


class ClearScheduleException(Command):
    resource_id: Id
    date: DiaryDate


class AddTimeOff(Command):
    """Dates without time are whole local days of the resource, end exclusive; else instants or local times.

    `rrule` (RFC 5545) repeats it: by the clocks of `tz`, without it those of the resource.
    """

    resource_id: Id
    id: Id | None = None
    start: StartOrDate
    end: StartOrDate
    tz: Text | None = None
    reason: LongText | None = None
    rrule: Text | None = None
    busy_type: BusyType = "unavailable"

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if not _same_kind(self.start, self.end):
            raise broken("end", "start and end are both dates, both instants with offset, or both local times")
        if self.end <= self.start:
            raise broken("end", "it lies after start")
        return self


def _same_kind(start: date, end: date) -> bool:
    if isinstance(start, datetime) and isinstance(end, datetime):
        return (start.tzinfo is None) == (end.tzinfo is None)
    return type(start) is type(end)


class RemoveTimeOff(Command):
    resource_id: Id
    time_off_id: Id


ActorTypes = Annotated[list[Text], Field(max_length=20)]
"""Kinds of actors (customer, staff, ...) that may do something; none of them: nobody."""


class SetPolicies(Command):
    """The rules of one scope, instead of all that it had. What is left out is a wider scope's to say; null is none."""

    scope: ScopeBody = ScopeBody()
    cancel_until_minutes: Period | None = None
    cancel_by: ActorTypes | None = None
    reschedule_until_minutes: Period | None = None
    reschedule_by: ActorTypes | None = None
    sub_statuses: SubStatusBodies | None = None
    refund_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    refund_until_minutes: Period | None = None
    reminders: Annotated[list[ReminderBody], Field(max_length=20)] | None = None
    quiet_hours: QuietHoursBody | None = None
    notify: NotifyDefaults | None = None
    holidays: Annotated[list[HolidayBody], Field(max_length=1000)] | None = None

    @model_validator(mode="after")
    def _holidays_are_everybody_s(self) -> Self:
        if self.holidays and (self.scope.service_id or self.scope.resource_id):
            raise broken("holidays", "they are a location's or the tenant's")
        if len({one.date for one in self.holidays or ()}) < len(self.holidays or ()):
            raise broken("holidays", "each date is named once")
        return self
