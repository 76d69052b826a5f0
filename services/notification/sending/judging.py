"""Judging: whether a due row is still to be sent, by what the log says of its appointment at this moment. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from contracts.appointment import Appointment
from contracts.events import Reminder
from contracts.record import Record
from notification.kinds import BEFORE_START
from notification.life import ENDPOINTS, Life, lived, over
from notification.planning import CANCELLED, MOVED, QUIET, STARTED, zone_of
from notification.quiet import send_at
from notification.rows import RETRYING, SUPERSEDED, SUPPRESSED, WEBHOOK, Row
from scheduling.book import Book
from scheduling.policies import Rules, rules

SWITCHED_OFF, VOID = "switched_off", "void"


class Keep(NamedTuple):
    """Not sent: it is suppressed or superseded, and why."""

    status: str
    reason: str


class Wait(NamedTuple):
    """Not sent now: its recipient sleeps until then."""

    until: datetime


class Send(NamedTuple):
    """What the message is about: the life when it was planned (`then`), one version before, and now."""

    before: Life | None
    then: Life
    head: Life


Verdict = Keep | Wait | Send


def judge(row: Row, records: Sequence[Record], book: Book, now: datetime) -> Verdict:
    """`records` are the appointment's stream as it is at the log's head."""
    head = lived(records)
    then = head if head and head.seen.version == row.version else lived(records, row.version)
    if head is None or then is None:
        return Keep(SUPERSEDED, VOID)
    found = _rules(head.seen, book)
    if kept := _stale(row, then, head, now) or _switched_off(row, found):
        return kept
    if wait := _asleep(row, head.seen, book, found, now):
        return wait
    return Send(lived(records, row.version - 1), then, head)


def _stale(row: Row, then: Life, head: Life, now: datetime) -> Keep | None:
    if row.kind == "reminder":
        stale = _other_binding(row, head)
    elif row.kind == "hold_expiring":
        stale = head.seen.status != "held" or head.seen.version != row.version
    else:
        stale = _overtaken(row, then, head)
    if stale:
        return Keep(SUPERSEDED, CANCELLED if over(head.seen) else MOVED)
    if row.starts is not None and row.starts <= now:
        return Keep(SUPPRESSED, STARTED)
    return None


def _other_binding(row: Row, head: Life) -> bool:
    recipient = ENDPOINTS if row.recipient.startswith(f"{ENDPOINTS}/") else row.recipient
    return head.bound.get(recipient) != row.version


def _overtaken(row: Row, then: Life, head: Life) -> bool:
    """An invitation is not sent to what was cancelled since, and not tried again for what was moved; nor is a
    cancellation sent of what takes place after all."""
    if row.kind in BEFORE_START:
        return over(head.seen) or (row.status == RETRYING and head.sequence != then.sequence)
    return row.kind == "cancelled" and over(then.seen) and not over(head.seen)


def _switched_off(row: Row, found: Rules) -> Keep | None:
    if row.kind != "reminder" or any(_same(row, one) for one in found.reminders):
        return None
    return Keep(SUPPRESSED, SWITCHED_OFF)


def _same(row: Row, one: Reminder) -> bool:
    return (one.audience, one.channel, one.offset_minutes) == (row.audience, row.channel, row.offset_minutes)


def _asleep(row: Row, seen: Appointment, book: Book, found: Rules, now: datetime) -> Wait | Keep | None:
    if row.channel == WEBHOOK:
        return None
    at = send_at(now, now, row.starts, found.quiet_hours, zone_of(row, seen, book))
    if at is None:
        return Keep(SUPPRESSED, QUIET)
    return Wait(at) if at > now else None


def _rules(seen: Appointment, book: Book) -> Rules:
    ids = [one.id for one in seen.resources]
    return rules(book, location_id=seen.location_id, service_id=seen.service.id, resource_ids=ids)
