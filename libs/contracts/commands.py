"""The commands: what upstream systems may ask for, with the checks that need no diary.

`parse` turns a type name and a JSON body into a command, or into the `Rejection` that names field and rule.
"""

from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, ValidationError, model_validator

from contracts.errors import Rejection
from contracts.fields import (
    ActorBody, Body, CustomerBody, Duration, Email, Id, Instant, LocalDate, LongText, Minutes, MoneyBody, NotifyBody,
    Start, Text, WeeklyBody, WindowBody,
)  # fmt: skip

BODY_LIMIT = 1_048_576
"""Bytes of one command's body; beyond is `too_large`."""

Resources = Annotated[list[Id], Field(max_length=50)]


class Command(Body):
    """Members every command may carry. `actor` defaults to the sender's."""

    actor: ActorBody | None = None


# --- supply ---------------------------------------------------------------------------------------------------


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
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None


class RequirementBody(Body):
    kind: Literal["staff", "room", "equipment"]
    count: Annotated[int, Field(ge=1, le=20)] = 1


class OptionBody(Body):
    id: Id
    name: Text
    duration_minutes: Duration | None = None
    price: MoneyBody | None = None
    credits: Annotated[int, Field(ge=0)] | None = None


class AssignmentBody(Body):
    strategy: Literal["none", "random", "balanced", "least_recent", "priority"] = "none"


class DefineService(Command):
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
    accept_within_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    requires: Annotated[list[RequirementBody], Field(min_length=1, max_length=3)] = [RequirementBody(kind="staff")]
    location_ids: Annotated[list[Id], Field(max_length=1000)] = []
    assignment: AssignmentBody = AssignmentBody()
    options: Annotated[list[OptionBody], Field(max_length=100)] = []


class DefineResource(Command):
    id: Id
    kind: Literal["staff", "room", "equipment"]
    name: Text
    tz: Text | None = None
    location_ids: Annotated[list[Id], Field(max_length=1000)] = []
    service_ids: Annotated[list[Id], Field(max_length=1000)] = []
    weight: Annotated[int, Field(ge=0, le=1000)] = 1
    calibration: Annotated[int, Field(ge=-(10**6), le=10**6)] = 0
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    email: Email | None = None


class SetSchedule(Command):
    resource_id: Id
    layer: Annotated[int, Field(ge=0, le=1000)] = 10
    weekly: Annotated[list[WeeklyBody], Field(max_length=200)]
    from_: Annotated[LocalDate | None, Field(alias="from")] = None
    until: LocalDate | None = None


class SetScheduleException(Command):
    resource_id: Id
    date: LocalDate
    windows: Annotated[list[WindowBody], Field(max_length=50)]


class ClearScheduleException(Command):
    resource_id: Id
    date: LocalDate


class AddTimeOff(Command):
    """Dates without time are whole local days of the resource, end exclusive; else instants or local times."""

    resource_id: Id
    id: Id | None = None
    start: Start | LocalDate
    end: Start | LocalDate
    tz: Text | None = None
    reason: LongText | None = None


class RemoveTimeOff(Command):
    resource_id: Id
    time_off_id: Id


# --- people ---------------------------------------------------------------------------------------------------


class RegisterCustomer(Command):
    id: Id | None = None
    name: Text | None = None
    email: Email | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    language: Annotated[str, Field(max_length=35)] | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> "RegisterCustomer":
        if not (self.id or self.email or self.name):
            raise ValueError("one of id, email and name is needed")
        return self


# --- holds and appointments -----------------------------------------------------------------------------------


class Wanted(Command):
    """The slot that a hold or a booking asks for. Omitted `resources` means any."""

    service_id: Id
    option_id: Id | None = None
    start: Start
    tz: Text | None = None
    duration_minutes: Duration | None = None
    location_id: Id | None = None
    resources: Resources | None = None
    seats: Annotated[int, Field(ge=1, le=1000)] = 1


class HoldSlot(Wanted):
    owner: Text | None = None
    kind: Literal["checkout", "waitlist_offer", "admin"] = "checkout"
    customer: CustomerBody | None = None


class ExtendHold(Command):
    hold_id: Id
    owner: Text | None = None
    seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None


class ReleaseHold(Command):
    hold_id: Id
    owner: Text | None = None
    reason: LongText | None = None


class DetailsBody(Command):
    """What a booking says beside its slot."""

    notes: LongText | None = None
    internal_notes: LongText | None = None
    custom_fields: dict[str, Annotated[str, Field(max_length=4000)] | int | float | bool | None] = {}
    external_ids: dict[str, Annotated[str, Field(max_length=200)]] = {}
    source: Text | None = None
    coordinators: Resources = []
    notify: NotifyBody = NotifyBody()


class ConfirmHold(DetailsBody):
    hold_id: Id
    owner: Text | None = None
    customer: CustomerBody | None = None


class BookAppointment(Wanted, DetailsBody):
    """`override` books although something stands against it; it needs a `reason` and is recorded."""

    id: Id | None = None
    customer: CustomerBody
    override: bool = False
    reason: LongText | None = None

    @model_validator(mode="after")
    def _override_has_a_reason(self) -> "BookAppointment":
        if self.override and not self.reason:
            raise ValueError("an override needs a reason")
        return self


class Transition(Command):
    """A change of one appointment. `expected_version` refuses a change of anything but that version."""

    appointment_id: Id
    expected_version: Annotated[int, Field(ge=1)] | None = None
    notify: NotifyBody = NotifyBody()


class RescheduleAppointment(Transition):
    """To another start, and where `resources` or `duration_minutes` are given to those; else they stay."""

    start: Start
    tz: Text | None = None
    duration_minutes: Duration | None = None
    resources: Resources | None = None
    reason: LongText | None = None


class ReassignAppointment(Transition):
    """To other resources at the same time; none named: any other."""

    resources: Resources | None = None
    reason: LongText | None = None


class AcceptRequest(Transition):
    pass


class DeclineRequest(Transition):
    reason: LongText | None = None


class ConfirmAppointment(Transition):
    pass


class CheckIn(Transition):
    pass


class StartAppointment(Transition):
    pass


class CompleteAppointment(Transition):
    reason: LongText | None = None


class MarkNoShow(Transition):
    reason: LongText | None = None


class CancelAppointment(Transition):
    reason: LongText | None = None
    refund: Literal["policy", True, False] = "policy"


COMMANDS: dict[str, type[Command]] = {
    kind.__name__: kind
    for kind in (
        DefineTenant, DefineLocation, DefineService, DefineResource, SetSchedule, SetScheduleException,
        ClearScheduleException, AddTimeOff, RemoveTimeOff, RegisterCustomer, HoldSlot, ExtendHold, ReleaseHold,
        ConfirmHold, BookAppointment, RescheduleAppointment, ReassignAppointment, AcceptRequest, DeclineRequest,
        ConfirmAppointment, CheckIn, StartAppointment, CompleteAppointment, MarkNoShow, CancelAppointment,
    )
}  # fmt: skip
"""Every command by its name."""

VERSIONS = {1}
"""Data versions understood, of every command."""


def parse(type_name: str, body: bytes, version: int = 1) -> Command | Rejection:
    """The command, or why it is none: `too_large`, `invalid_command`, `unknown_field`."""
    if len(body) > BODY_LIMIT:
        return Rejection(code="too_large", detail=f"A command's body has at most {BODY_LIMIT} bytes.")
    if (kind := COMMANDS.get(type_name)) is None:
        return Rejection(code="invalid_command", field="type", detail=f"There is no command {type_name[:80]!r}.")
    if version not in VERSIONS:
        return Rejection(code="invalid_command", field="ce_dataversion", detail=f"{type_name} has no version {version}.")
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as bad:
        return Rejection(code="invalid_command", detail=f"The body is not JSON: {bad.msg} at byte {bad.pos}.")
    return validate(kind, data)


def validate(kind: type[Command], data: Any) -> Command | Rejection:
    """A decoded body as a command of `kind`."""
    if not isinstance(data, dict):
        return Rejection(code="invalid_command", detail="The body is a JSON object.")
    try:
        return kind.model_validate(data)
    except ValidationError as invalid:
        return _rejection(invalid)


def _rejection(invalid: ValidationError) -> Rejection:
    errors = invalid.errors(include_url=False, include_context=False, include_input=False)
    unknown = next((error for error in errors if error["type"] == "extra_forbidden"), None)
    error = unknown or errors[0]
    field = ".".join(str(part) for part in error["loc"]) or None
    if unknown:
        return Rejection(code="unknown_field", field=field, detail=f"There is no field {field}.")
    rule = error["msg"].removeprefix("Value error, ")
    return Rejection(code="invalid_command", field=field, detail=f"{field or 'The body'}: {rule}.")
