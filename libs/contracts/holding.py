"""Commands about a slot that is wanted: held, kept longer, given back, confirmed; and what is said beside one."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.command import Command
from contracts.fields import CustomFields, Duration, ExternalIds, Id, LongText, Resources, Start, Text
from contracts.parts import CustomerBody, NotifyBody


class Wanted(Command):
    """The slot that a hold or a booking asks for. Omitted `resources` means any.

    Of a class it takes `seats`; `session_id` may be omitted where but one of its sessions starts then.
    `addons` are further services given with it: they make it longer and dearer.
    """

    service_id: Id
    option_id: Id | None = None
    start: Start
    tz: Text | None = None
    duration_minutes: Duration | None = None
    location_id: Id | None = None
    resources: Resources | None = None
    seats: Annotated[int, Field(ge=1, le=1000)] = 1
    session_id: Id | None = None
    addons: Resources = Field(default_factory=list, json_schema_extra={"default": []})


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
    custom_fields: CustomFields = Field(default_factory=dict, json_schema_extra={"default": {}})
    external_ids: ExternalIds = Field(default_factory=dict, json_schema_extra={"default": {}})
    source: Text | None = None
    coordinators: Resources = Field(default_factory=list, json_schema_extra={"default": []})
    notify: NotifyBody = NotifyBody()


class ConfirmHold(DetailsBody):
    hold_id: Id
    owner: Text | None = None
    customer: CustomerBody | None = None
