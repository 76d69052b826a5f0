"""Notifications as rows: who is to be told what, when, and what became of it. Their ids follow from what they are.

A row names nobody: a recipient is an id, and whoever sends looks up who that is now.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

PLANNED, SENDING, RETRYING = "planned", "sending", "retrying"
SENT, BOUNCED, FAILED = "sent", "bounced", "failed"
SUPPRESSED, SUPERSEDED = "suppressed", "superseded"

EMAIL, SMS, WEBHOOK, LOG = "email", "sms", "webhook", "log"
CHANNELS = (EMAIL, SMS, WEBHOOK)


class Row(NamedTuple):
    """In the order of the table's columns. `starts` is when it would come too late."""

    id: str
    part: int
    tenant: str
    appointment_id: str
    era: int
    version: int
    pos: int
    kind: str
    audience: str
    recipient: str
    channel: str
    offset_minutes: int
    starts: datetime | None
    due_at: datetime
    status: str = PLANNED
    reason: str | None = None
    ended_pos: int | None = None
    attempts: int = 0
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    settled_at: datetime | None = None


class Ending(NamedTuple):
    """An event by which unsent rows of an appointment end: those before it, of these kinds and this recipient.

    `recipient` None means everybody's. `only_retrying`: what was never tried still goes, in its turn.
    """

    tenant: str
    appointment_id: str
    kind: str
    recipient: str | None
    only_retrying: bool
    pos: int
    reason: str


REMINDERS, MESSAGES, HOLD = "reminder", "messages", "hold_expiring"
"""What an ending is of: reminders, a hold's last call, or all other messages."""


def row_id(tenant: str, appointment_id: str, era: int, version: int, kind: str, recipient: str, channel: str,
           offset_minutes: int) -> str:  # fmt: skip
    """The same on every planning, so that a message is planned once and its Message-ID never changes."""
    key = (tenant, appointment_id, str(era), str(version), kind, recipient, channel, str(offset_minutes))
    return f"ntf_{hashlib.sha256(chr(0).join(key).encode()).hexdigest()[:32]}"
