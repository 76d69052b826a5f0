"""Commands about classes: sessions with a time, resources and so many seats. Seats are booked like any slot."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.command import Command
from contracts.fields import Duration, Id, LongText, Resources, Start, Text
from contracts.parts import NotifyBody, broken

CAPACITY = 1000
"""Seats of one session at most: so many appointments can still be cancelled with it in one decision."""

LONGEST = timedelta(days=1)

Capacity = Annotated[int, Field(ge=0, le=CAPACITY)]


class ScheduleSession(Command):
    """`end` omitted: as long as the service takes. `capacity` omitted: the service's. `resources` omitted: any.

    `override` schedules it although something stands against it; it needs a `reason` and is recorded.
    """

    id: Id | None = None
    service_id: Id
    start: Start
    end: Start | None = None
    tz: Text | None = None
    duration_minutes: Duration | None = None
    location_id: Id | None = None
    capacity: Capacity | None = None
    resources: Resources | None = None
    override: bool = False
    reason: LongText | None = None

    @model_validator(mode="after")
    def _says_its_end_once(self) -> Self:
        if self.end is not None and self.duration_minutes is not None:
            raise broken("duration_minutes", "either end or duration_minutes is given")
        if self.end is not None and (self.end.tzinfo is None) != (self.start.tzinfo is None):
            raise broken("end", "start and end are both instants with offset, or both local times")
        if self.end is not None and not timedelta() < self.end - self.start <= LONGEST:
            raise broken("end", "it lies after start, at most a day")
        if self.override and not self.reason:
            raise broken("reason", "an override needs a reason")
        return self


class OnSession(Command):
    """About one session. `expected_version` refuses a change of anything but that version."""

    session_id: Id
    expected_version: Annotated[int, Field(ge=1)] | None = None


class CancelSession(OnSession):
    """With all its appointments. What was paid is given back, unless `refund` says otherwise."""

    reason: LongText | None = None
    refund: Literal["policy"] | bool = True
    notify: NotifyBody = NotifyBody()


class ChangeCapacity(OnSession):
    """Also to fewer seats than are taken: nobody loses one, and nobody gets one until there is one left."""

    capacity: Capacity
