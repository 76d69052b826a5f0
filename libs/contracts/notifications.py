"""What is asked of notifications over HTTP and what is answered (delivery.md §3, §3a).

Both edges read from here: the gateway describes these shapes, the notification service checks and serves them.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from pydantic import Field, StringConstraints

from contracts.fields import CLEAN, Text
from contracts.parts import Body

RowId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=CLEAN)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254, pattern=CLEAN)]
Bound = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=CLEAN)]


class OneNotification(Body):
    """A notification to be sent once more, under its Message-ID."""

    notification_id: RowId


class NewSuppression(Body):
    """A mail address, or a telephone number, that is to get no reminders."""

    address: Address
    reason: Annotated[Text, Field(description="A word or two; nothing personal.")] = "asked"


class NotificationReplay(Body):
    """A range `(from, to]` of a tenant's log, each a position: those are told who were not told when it happened."""

    tenant: Bound
    from_: Annotated[Bound, Field(alias="from")]
    to: Bound
    imported: Annotated[bool, Field(description="Also of what was imported.")] = False


ASKED: tuple[type[Body], ...] = (OneNotification, NewSuppression, NotificationReplay)


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told what, when, and what became of it."""

    id: str
    kind: str
    audience: Literal["customer", "staff"]
    recipient: str
    channel: str
    offset_minutes: int | None
    due_at: datetime
    status: Literal["planned", "sending", "retrying", "sent", "bounced", "failed", "suppressed", "superseded"]
    reason: str | None
    appointment_version: int
    attempts: int
    settled_at: datetime | None


class NotificationAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. `result` is null while it is under way, and `unknown` where nobody can say what became of it."""

    notification_id: str
    appointment_id: str
    kind: str
    audience: str
    channel: str
    attempt: int
    at: datetime
    ended_at: datetime | None
    result: str | None
    detail: str | None


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """An address that gets no reminders. `address` is null where only its fingerprint is kept, or can be read."""

    id: str
    address: str | None
    reason: str
    applies_to: Literal["reminders"] = "reminders"
    created_at: datetime


SHOWN: tuple[type[msgspec.Struct], ...] = (Notification, NotificationAttempt, Suppression)
