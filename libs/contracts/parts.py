"""Parts that commands share: immutable JSON objects that refuse unknown members and coerce nothing."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.fields import (
    Currency,
    DiaryDate,
    Duration,
    Email,
    Id,
    Language,
    Period,
    Phone,
    Text,
    WallTime,
    Weekday,
)


class Body(BaseModel):
    """Base of commands and their parts."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


def broken(field: str, rule: str) -> PydanticCustomError:
    """What a check over several members raises: the member at fault and the rule."""
    return PydanticCustomError("rule", "{rule}", {"field": field, "rule": rule})


class MoneyBody(Body):
    amount_minor: Annotated[int, Field(ge=0, le=10**12)]
    currency: Currency


class ActorBody(Body):
    type: Text
    id: Text


class NotifyBody(Body):
    """Who is told of this one command; null is as the policies say."""

    customer: bool | None = None
    staff: bool | None = None


class NotifyDefaults(Body):
    """Who is told where a command does not say."""

    customer: bool = True
    staff: bool = True


class ReminderBody(Body):
    """So many minutes before the start; 0 or null is none."""

    audience: Literal["customer", "staff"]
    channel: Literal["email", "sms", "webhook"] = "email"
    offset_minutes: Period | None = None


class ScopeBody(Body):
    """One of these, or none for the tenant."""

    location_id: Id | None = None
    service_id: Id | None = None
    resource_id: Id | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        named = [name for name, value in self if value is not None]
        if len(named) > 1:
            raise broken(named[1], "one of location_id, service_id and resource_id is named")
        return self


class WindowBody(Body):
    start: WallTime
    end: WallTime


class QuietHoursBody(WindowBody):
    """In the recipient's zone; an end not after its start lies on the next day."""


class WeeklyBody(WindowBody):
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]


class HolidayBody(Body):
    """A local date on which all is closed; `windows` are open all the same."""

    date: DiaryDate
    name: Text | None = None
    windows: Annotated[list[WindowBody], Field(max_length=50)] = []


class TripBody(Body):
    """Another zone's clocks from one local date until another, exclusive."""

    tz: Text
    from_: Annotated[DiaryDate, Field(alias="from")]
    until: DiaryDate

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until <= self.from_:
            raise broken("until", "it lies after from")
        return self


class RequirementBody(Body):
    kind: Literal["staff", "room", "equipment"]
    count: Annotated[int, Field(ge=1, le=20)] = 1


class OptionBody(Body):
    id: Id
    name: Text
    duration_minutes: Duration | None = None
    price: MoneyBody | None = None
    credits: Annotated[int, Field(ge=0, le=10**6)] | None = None


class AssignmentBody(Body):
    strategy: Literal["none", "random", "balanced", "least_recent", "priority"] = "none"


class CustomerBody(Body):
    """Who it is for: by id, else found by e-mail, else created."""

    id: Id | None = None
    name: Text | None = None
    email: Email | None = None
    phone: Phone | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if not (self.id or self.email or self.name):
            raise broken("id", "one of id, email and name is needed")
        return self
