"""Field types of commands: the checks that a value passes before any decision sees it, each with its rule."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
"""An id, ours or the caller's."""

Text = Annotated[str, StringConstraints(max_length=200, min_length=1)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
Minutes = Annotated[int, Field(ge=0, le=1440)]
Duration = Annotated[int, Field(ge=1, le=1440)]


def _text_instant(value: Any) -> Any:
    if not isinstance(value, str) or not re.match(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", value):
        raise ValueError("an ISO 8601 date and time is needed, such as 2026-03-02T10:00:00-05:00")
    return value


def _whole_minutes(value: datetime) -> datetime:
    if value.second or value.microsecond:
        raise ValueError("an instant on the diary is a whole minute: no seconds")
    return value


def _in_range(value: datetime) -> datetime:
    if not 1971 <= value.year <= 2200:
        raise ValueError("the year lies between 1971 and 2200")
    return value


Start = Annotated[datetime, BeforeValidator(_text_instant), AfterValidator(_whole_minutes), AfterValidator(_in_range)]
"""An instant with offset, or a local time that `tz` places; whole minutes."""

Instant = Annotated[
    AwareDatetime, BeforeValidator(_text_instant), AfterValidator(_whole_minutes), AfterValidator(_in_range)
]

LocalDate = Annotated[date, Field(strict=False)]
WallTime = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Body(BaseModel):
    """Base of commands and their parts: immutable, unknown members refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MoneyBody(Body):
    amount_minor: Annotated[int, Field(ge=0, le=10**12)]
    currency: Currency


class ActorBody(Body):
    type: Text
    id: Text


class NotifyBody(Body):
    customer: bool = True
    staff: bool = True


class WindowBody(Body):
    start: WallTime
    end: WallTime


class WeeklyBody(WindowBody):
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]


class CustomerBody(Body):
    """Who it is for: by id, else found by e-mail, else created."""

    id: Id | None = None
    name: Text | None = None
    email: Email | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    language: Annotated[str, StringConstraints(max_length=35)] | None = None
