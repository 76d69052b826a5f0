"""What subscribers are told that no event of the log says: a reminder is due, or how an endpoint of theirs is doing."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.appointment import Appointment


class ReminderDue(msgspec.Struct, frozen=True, kw_only=True):
    """`data` of `reminder.due`: the appointment as it is when it is sent, and which of its reminders this is."""

    id: str
    type: Literal["reminder"] = "reminder"
    appointment: Appointment
    audience: Literal["customer", "staff"]
    offset_minutes: int
    due_at: datetime


class EndpointNotice(msgspec.Struct, frozen=True, kw_only=True):
    """`data` of `endpoint.…`: which endpoint, and why. `webhook_id` names a delivery that is parked."""

    id: str
    type: Literal["endpoint"] = "endpoint"
    reason: str | None = None
    webhook_id: str | None = None
