"""The commands: what upstream systems may ask for, with the checks that need no diary.

`parse` turns a type name and a JSON body into a command, or into the `Rejection` that names field and rule. The
commands about supply stand in supply.py; `COMMANDS` has them all.
"""

from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import ConfigDict, Field, ValidationError, model_validator

from contracts.classes import CancelSession, ChangeCapacity, ScheduleSession
from contracts.command import Command, OnAppointment, Transition
from contracts.errors import Rejection
from contracts.fields import CustomFields, Duration, ExternalIds, Id, Ids, LongText, Resources, Start, Text
from contracts.holding import ConfirmHold, DetailsBody, ExtendHold, HoldSlot, ReleaseHold, Wanted
from contracts.life import CorrectOutcome, ReinstateAppointment, Step, TombstoneAppointment, UndoConfirmation
from contracts.money import ApplyCoupon, RecordPayment, RequestRefund, SettleRefund, UseCredits
from contracts.parts import Body, CustomerBody, broken
from contracts.people import (
    BlockCustomer,
    ChangeCustomer,
    EraseCustomer,
    MergeCustomers,
    RegisterCustomer,
    UnblockCustomer,
)
from contracts.refusals import NAME_LIMIT, rejection
from contracts.roster import ImportExternalBusy, RetireLocation, RetireResource, RetireService, SetEligibility
from contracts.segments import Segments, first_of_all, named_by_either
from contracts.series import CancelSeries, ExceptionDates, OnConflict, RecurrenceRule, RescheduleSeries
from contracts.supply import (
    AddTimeOff,
    ClearScheduleException,
    DefineLocation,
    DefineResource,
    DefineService,
    DefineTenant,
    RemoveTimeOff,
    SetPolicies,
    SetSchedule,
    SetScheduleException,
)
from contracts.waiting import MOST_ASKED, JoinWaitlist, LeaveWaitlist, OfferSlot, WithdrawOffer

__all__ = [
    "BODY_LIMIT", "COMMANDS", "VERSIONS", "AcceptRequest", "AddTimeOff", "ApplyCoupon", "BlockCustomer",
    "BookAppointment", "BookSeries", "CancelAppointment", "CancelSeries", "CancelSession", "ChangeCapacity",
    "ChangeCustomer", "ChangeDetails", "Changes", "CheckIn", "ClaimOffer", "ClearScheduleException", "Command",
    "CompleteAppointment", "ConfirmAppointment", "ConfirmHold", "CorrectOutcome", "DeclineRequest", "DefineLocation",
    "DefineResource", "DefineService", "DefineTenant", "DetailsBody", "EraseCustomer", "ExtendHold", "HoldSlot",
    "ImportExternalBusy", "JoinWaitlist", "LeaveWaitlist", "MarkNoShow", "MergeCustomers", "OfferSlot",
    "OnAppointment", "ReassignAppointment", "RecordPayment", "RegisterCustomer", "ReinstateAppointment",
    "ReleaseHold", "RemoveTimeOff", "RequestRefund", "RescheduleAppointment", "RescheduleSeries", "RetireLocation",
    "RetireResource", "RetireService", "ReviseAppointment", "ScheduleSession", "SetEligibility", "SetPolicies",
    "SetSchedule", "SetScheduleException", "SettleRefund", "StartAppointment", "Step", "TombstoneAppointment",
    "Transition", "UnblockCustomer", "UndoConfirmation", "UseCredits", "Wanted", "WithdrawOffer", "parse", "validate",
]  # fmt: skip

BODY_LIMIT = 1_048_576
"""Bytes of one command's body; beyond is `too_large`."""

# --- appointments -----------------------------------------------------------------------------------------


class BookAppointment(Wanted, DetailsBody):
    """`override` books although something stands against it; it needs a `reason` and is recorded.

    `segments` are several services back to back: an appointment each, all of them or none.
    """

    model_config = ConfigDict(json_schema_extra=named_by_either)

    id: Id | None = None
    segments: Segments | None = None
    customer: CustomerBody
    waitlist_id: Id | None = None
    override: bool = False
    reason: LongText | None = None

    @model_validator(mode="before")
    @classmethod
    def _may_be_of_segments(cls, data: Any) -> Any:
        return first_of_all(data)

    @model_validator(mode="after")
    def _override_has_a_reason(self) -> Self:
        if self.override and not self.reason:
            raise broken("reason", "an override needs a reason")
        return self


class BookSeries(BookAppointment):
    """The same appointment again and again, by a rule whose first occurrence is `start`. `id` is the series' own.

    `skip` leaves out the occurrences that cannot be had.
    """

    segments: None = None
    session_id: None = None
    waitlist_id: None = None
    rrule: RecurrenceRule
    exdates: ExceptionDates = Field(default_factory=list, json_schema_extra={"default": []})
    on_conflict: OnConflict = "all_or_nothing"


class ClaimOffer(DetailsBody):
    """Somebody who waits takes the slot that is kept for them."""

    hold_id: Id
    waitlist_id: Id


class RescheduleAppointment(Transition):
    """To another start, and where `resources` or `duration_minutes` are given to those; else they stay.

    Seats move to another session of their class: the one named, else the one that starts then.
    """

    start: Start
    tz: Text | None = None
    duration_minutes: Duration | None = None
    resources: Resources | None = None
    session_id: Id | None = None
    reason: LongText | None = None


class ReassignAppointment(Transition):
    """To other resources at the same time; none named: any other."""

    resources: Resources | None = None
    reason: LongText | None = None


class Changes(Body):
    """What a booking says beside its slot, where it is to change: only what is given does, and as a whole."""

    notes: LongText | None = None
    internal_notes: LongText | None = None
    custom_fields: CustomFields | None = None
    external_ids: ExternalIds | None = None
    coordinators: Resources | None = None


class ChangeDetails(Transition, Changes):
    pass


class ReviseAppointment(Transition, Changes):
    """Start, resources, details and status in one decision: all of it or none."""

    start: Start | None = None
    tz: Text | None = None
    duration_minutes: Duration | None = None
    resources: Resources | None = None
    status: (
        Literal["scheduled", "confirmed", "checked_in", "in_progress", "completed", "no_show", "cancelled"] | None
    ) = None
    sub_status: Text | None = None
    reason: LongText | None = None
    refund: Literal["policy"] | bool = "policy"


class AcceptRequest(Step):
    """`override` accepts although something stands against the slot now; it needs a `reason` and is recorded."""

    override: bool = False

    @model_validator(mode="after")
    def _override_has_a_reason(self) -> Self:
        if self.override and not self.reason:
            raise broken("reason", "an override needs a reason")
        return self


class DeclineRequest(Step):
    pass


class ConfirmAppointment(Step):
    pass


class CheckIn(Step):
    pass


class StartAppointment(Step):
    pass


class CompleteAppointment(Step):
    pass


class MarkNoShow(Step):
    pass


class CancelAppointment(Step):
    """With `waitlist_ids` the slot is offered to these at once, in the same decision."""

    refund: Literal["policy"] | bool = "policy"
    waitlist_ids: Annotated[Ids, Field(max_length=MOST_ASKED, json_schema_extra={"default": []})] = []


COMMANDS: dict[str, type[Command]] = {
    kind.__name__: kind
    for kind in (
        DefineTenant, DefineLocation, DefineService, DefineResource, SetSchedule, SetScheduleException,
        ClearScheduleException, AddTimeOff, RemoveTimeOff, SetPolicies, RegisterCustomer, BlockCustomer,
        UnblockCustomer, EraseCustomer, HoldSlot, ExtendHold, ReleaseHold, ConfirmHold, BookAppointment,
        RescheduleAppointment, ReassignAppointment, ChangeDetails, ReviseAppointment, AcceptRequest, DeclineRequest,
        ConfirmAppointment, CheckIn, StartAppointment, CompleteAppointment, MarkNoShow, CancelAppointment,
        RecordPayment, RequestRefund, SettleRefund, UndoConfirmation, CorrectOutcome, ReinstateAppointment,
        TombstoneAppointment, ChangeCustomer, MergeCustomers, ApplyCoupon, UseCredits,
        ScheduleSession, CancelSession, ChangeCapacity,
        JoinWaitlist, OfferSlot, ClaimOffer, WithdrawOffer, LeaveWaitlist,
        BookSeries, CancelSeries, RescheduleSeries,
        RetireLocation, RetireService, RetireResource, SetEligibility, ImportExternalBusy,
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
        unknown = f"There is no command {type_name[:NAME_LIMIT]!r}."
        return Rejection(code="invalid_command", field="type", detail=unknown)
    if version not in VERSIONS:
        unknown = f"{type_name} has no version {version}."
        return Rejection(code="invalid_command", field="ce_dataversion", detail=unknown)
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
        return kind.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as invalid:
        return rejection(invalid, data)
