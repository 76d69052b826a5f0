"""The parameters of every question, as the OpenAPI page shows them; unknown ones are refused by name."""

from typing import Annotated, Literal

from fastapi import Header, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.appointment import Status

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
"""Anything short that PostgreSQL can hold."""

ID = r"^[A-Za-z0-9_.\-]{1,64}$"
Id = Annotated[str, StringConstraints(pattern=ID)]

Minutes = Annotated[int, Field(ge=1, le=44_640)]

ItemId = Annotated[str, Path(max_length=200, description="An id as an answer gave it, or as its owner chose it.")]

After = Annotated[str | None, Header(alias="Slotkeeper-After", max_length=40, description="The same as `after`.")]

Sort = Literal["start", "-start", "created_at", "-created_at"]


class Params(BaseModel):
    model_config = ConfigDict(extra="forbid")


class When(Params):
    """The moment of an answer."""

    as_of: Text | None = Field(None, description="`<position>@<now>`, a position, or an instant: what was true then.")
    after: Text | None = Field(None, description="Waits, at most 5 s, until this position is reached.")


class AskedSlot(When):
    """What is to be booked."""

    service_id: Id
    option_id: Id | None = None
    duration_minutes: Minutes | None = None
    location_id: Id | None = None
    resource_id: list[Id] = Field(default=[], max_length=50, description="Named resources, all of which are taken.")
    addon_id: list[Id] = Field(default=[], max_length=50, description="Services given with it, which make it longer.")
    step_minutes: Minutes | None = None
    hold_id: Id | None = Field(None, description="This hold of `owner` does not block.")
    owner: Text | None = None
    reschedule_of: Id | None = Field(None, description="This appointment's own time does not block it.")
    seats: int = Field(1, ge=1, le=1_000_000)
    session_id: Id | None = Field(None, description="Seats of this session alone.")
    tz: Text | None = Field(None, description="The zone of local dates, wall times and the answer.")


class AvailabilityParams(AskedSlot):
    from_: Text = Field(alias="from", description="An instant, or a local date.")
    to: Text = Field(description="Exclusive.")
    limit: int = Field(1000, ge=1, le=5000)
    cursor: str | None = Field(None, max_length=1000, description="`next` of the page before.")
    include: list[Literal["busy", "resources"]] = Field(default=[], max_length=2)


class ExplainParams(AskedSlot):
    start: Text


class ListParams(When):
    from_: Text | None = Field(None, alias="from")
    to: Text | None = Field(None, description="Exclusive.")
    tz: Text | None = None
    resource_id: list[Id] = Field(default=[], max_length=50)
    customer_id: list[Id] = Field(default=[], max_length=50)
    status: list[Status] = Field(default=[], max_length=20)
    location_id: list[Id] = Field(default=[], max_length=50)
    service_id: list[Id] = Field(default=[], max_length=50)
    sort: Sort = "start"
    limit: int = Field(100, ge=1, le=500)
    cursor: str | None = Field(
        None, max_length=1000, description="`next` of the page before; all pages are true at once."
    )
    offset: int = Field(0, ge=0, le=10**9, description="How many to pass over, for readers who count pages.")
    total: bool = False


class PageParams(When):
    service_id: list[Id] = Field(default=[], max_length=50)
    limit: int = Field(100, ge=1, le=500)
    cursor: str | None = Field(None, max_length=1000, description="`next` of the page before.")


class SessionParams(PageParams):
    from_: Text | None = Field(None, alias="from", description="Of the start: an instant, or a local date.")
    to: Text | None = Field(None, description="Exclusive.")
    tz: Text | None = None
    status: list[Literal["scheduled", "cancelled"]] = Field(default=[], max_length=2)


class WaitlistParams(PageParams):
    status: list[Literal["waiting", "offered", "booked", "left"]] = Field(default=[], max_length=4)
    customer_id: list[Id] = Field(default=[], max_length=50)


class HoldParams(When):
    owner: Text | None = None


class BusyParams(When):
    from_: Text = Field(alias="from")
    to: Text
    tz: Text | None = None


class EventParams(Params):
    from_: Text | None = Field(None, alias="from", description="Exclusive; without it from the beginning.")
    types: list[Annotated[str, StringConstraints(pattern=r"^[a-z_.,*]*$", max_length=100)]] = Field(
        default=[],
        max_length=50,
        description="Such as `appointment.created` or `appointment.*`; also separated by commas.",
    )
    limit: int = Field(100, ge=1, le=1000)
    after: Text | None = None
