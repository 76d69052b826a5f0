"""The members of a published appointment. Stored ones are packed by position: members are only ever appended."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from contracts.payment import UNPAID, Payment
from contracts.personal import Personal, PersonalMap
from contracts.values import CustomerRef, Money, ResourceRef, ServiceRef, Span, Tax, Value

Status = Literal[
    "held",
    "requested",
    "scheduled",
    "confirmed",
    "checked_in",
    "in_progress",
    "completed",
    "no_show",
    "cancelled",
    "expired",
]


class Hold(Value, frozen=True, kw_only=True):
    expires_at: datetime
    kind: str
    extensions_left: int
    offered_to: list[str] | UnsetType = UNSET


class Reschedules(Value, frozen=True, kw_only=True):
    customer: int = 0
    staff: int = 0


class Appointment(Value, frozen=True, kw_only=True):
    """An appointment as it is published (api.md §5). `version` counts its events; `position` is its last one's."""

    id: str
    type: Literal["appointment"] = "appointment"
    version: int
    status: Status
    sub_status: str | None = None
    service: ServiceRef
    location_id: str
    resources: list[ResourceRef]
    coordinators: list[str] = []
    customer: CustomerRef | None = None
    start: datetime
    end: datetime
    tz: str
    local_start: str
    busy: Span
    seats: int = 1
    session_id: str | None = None
    series_id: str | None = None
    original_start: datetime
    reschedules: Reschedules = Reschedules()
    hold: Hold | None = None
    accept_until: datetime | None = None
    price: Money | None = None
    payment: Payment = UNPAID
    notes: Personal = None
    internal_notes: Personal = None
    custom_fields: PersonalMap = {}
    external_ids: dict[str, str] = {}
    source: str | None = None
    override: bool = False
    reasons: dict[str, Personal] = {}
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None = None
    checked_in_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    position: str
    addons: list[ServiceRef] = []
    tombstoned: bool = False
    tax: Tax | None = None
    visit_id: str | None = None
