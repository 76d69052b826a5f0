"""Planning: from an event, and the appointment before and after it, to the rows of who is told what and when. Pure.

What happened is told at once, under the flags that the event carries; reminders are bound to the version since which
their recipient is expected at this time, and end with that binding. Quiet hours move both.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.appointment import Appointment, appointment_id
from contracts.events import AppointmentHeld, Details, HoldExpired, HoldExtended, Reminder
from contracts.record import Record
from contracts.values import Notify
from notification.kinds import BEFORE_START, Told
from notification.kinds import MESSAGES as TABLE
from notification.life import ENDPOINTS, Life, customer_recipient, over, staff_recipients
from notification.quiet import send_at
from notification.rendering.words import Audience
from notification.rows import EMAIL, HOLD, MESSAGES, PLANNED, REMINDERS, SMS, SUPPRESSED, WEBHOOK, Ending, Row, row_id
from scheduling.book import Book
from scheduling.policies import Rules, rules

PAST, QUIET, NO_ADDRESS, STARTED = "past_due", "quiet_hours", "no_address", "started"
MOVED, CANCELLED, REPLACED = "moved", "cancelled", "replaced"

REQUESTED = "requested"


class Plan(NamedTuple):
    """What an event adds, and what it ends."""

    rows: list[Row]
    endings: list[Ending]


class Case(NamedTuple):
    """An event with all that planning knows of it. `hold_notice` is how long before its end a hold's owner is told.

    `asked`: it was imported, and an operator wants people told all the same.
    """

    before: Life | None
    record: Record
    after: Life
    book: Book
    rules: Rules
    hold_notice: timedelta
    asked: bool

    @property
    def seen(self) -> Appointment:
        return self.after.seen

    @property
    def now(self) -> datetime:
        return self.record.decided_at


def plan(
    before: Life | None,
    record: Record,
    after: Life,
    book: Book,
    *,
    history: datetime | None = None,
    hold_notice: timedelta = timedelta(0),
    asked: bool = False,
) -> Plan:
    """Of history and of what was imported nobody is told; what it ends ends.

    `history` is the instant at which an event was first seen that had been decided before there was anybody to notify
    people: of it there are only the reminders that are due after that instant. `asked` is an operator's wish that
    people are told of what was imported, as the policies say.
    """
    imported = record.imported is True
    case = Case(before, record, after, book, _rules(after.seen, book), hold_notice, asked and imported)
    rows: list[Row] = []
    if asked or not imported:
        rows = list(_reminders(case))
        if history is None:
            rows = [*_messages(case), *_last_call(case), *rows]
        else:
            rows = [row for row in rows if row.status == PLANNED and row.due_at > history]
    return Plan(rows, list(_endings(case)))


def _rules(seen: Appointment, book: Book) -> Rules:
    ids = [one.id for one in seen.resources]
    return rules(book, location_id=seen.location_id, service_id=seen.service.id, resource_ids=ids)


# --- messages -----------------------------------------------------------------------------------------------------


def _messages(case: Case) -> Iterator[Row]:
    notify = _notify(case)
    for told in _told(case):
        if told.audience == "customer" and notify.customer and case.seen.customer:
            yield _message(case, told, customer_recipient(case.seen), _customer_reached(case.seen, EMAIL))
        if told.audience == "staff" and notify.staff:
            for recipient in staff_recipients(case.seen):
                if _staff_reached(case.book, recipient):
                    yield _message(case, told, recipient, True)
    if notify.staff:
        yield from _goodbyes(case)


def _told(case: Case) -> tuple[Told, ...]:
    """By the table; a request that nobody accepted in time is told like one that was declined."""
    lapsed = isinstance(case.record.event, HoldExpired) and case.before and case.before.seen.status == REQUESTED
    return TABLE["AppointmentDeclined"] if lapsed else TABLE.get(case.record.type, ())


def _goodbyes(case: Case) -> Iterator[Row]:
    """Staff who are expected no longer, though the appointment goes on."""
    if case.before is None or over(case.seen) or not case.before.bound:
        return
    for recipient in staff_recipients(case.before.seen):
        if recipient not in staff_recipients(case.seen) and _staff_reached(case.book, recipient):
            yield _message(case, Told("cancelled", "staff"), recipient, True)


def _notify(case: Case) -> Notify:
    if case.asked:
        return case.rules.notify
    event = case.record.event
    details = getattr(event, "details", None)
    notify = details.notify if isinstance(details, Details) else getattr(event, "notify", None)
    return notify if isinstance(notify, Notify) else case.rules.notify


def _message(case: Case, told: Told, recipient: str, reached: bool) -> Row:
    starts = case.seen.start if told.kind in BEFORE_START else None
    made = _row(case, told.kind, told.audience, recipient, EMAIL, 0, case.now, starts)
    if not reached:
        return _suppressed(case, made, NO_ADDRESS)
    if starts is not None and starts <= case.now:
        return _suppressed(case, made, STARTED)
    return _awake(case, made, case.seen.start if told.kind in BEFORE_START else None)


# --- reminders ----------------------------------------------------------------------------------------------------


def _reminders(case: Case) -> Iterator[Row]:
    """For each recipient whose binding this very event made."""
    fresh = {recipient for recipient, version in case.after.bound.items() if version == case.record.version}
    for reminder in case.rules.reminders if fresh else ():
        if reminder.offset_minutes:
            for recipient in _reminded(case, reminder):
                if (recipient if reminder.channel != WEBHOOK else ENDPOINTS) in fresh:
                    yield _reminder(case, reminder, reminder.offset_minutes, recipient)


def _reminded(case: Case, reminder: Reminder) -> list[str]:
    """A webhook reminder is one event, whoever it is about."""
    if reminder.channel == WEBHOOK:
        return [f"{ENDPOINTS}/{reminder.audience}"]
    if reminder.audience == "customer":
        return [customer_recipient(case.seen)] if case.seen.customer else []
    return staff_recipients(case.seen)


def _reminder(case: Case, reminder: Reminder, offset: int, recipient: str) -> Row:
    wanted = case.seen.start - timedelta(minutes=offset)
    made = _row(case, "reminder", reminder.audience, recipient, reminder.channel, offset, wanted, case.seen.start)
    if wanted <= case.now:
        return _suppressed(case, made, PAST)
    if reminder.channel == WEBHOOK:
        return made
    if not _reached(case, reminder, recipient):
        return _suppressed(case, made, NO_ADDRESS)
    return _awake(case, made, case.seen.start)


def _reached(case: Case, reminder: Reminder, recipient: str) -> bool:
    if reminder.audience == "customer":
        return _customer_reached(case.seen, reminder.channel)
    return reminder.channel == EMAIL and _staff_reached(case.book, recipient)


def _last_call(case: Case) -> Iterator[Row]:
    """A hold that is about to lapse, where there is somebody to tell and the setting is on."""
    event = case.record.event
    if not case.hold_notice or not isinstance(event, AppointmentHeld | HoldExtended) or not case.seen.customer:
        return
    due = event.expires_at - case.hold_notice
    if due <= case.now or not _customer_reached(case.seen, EMAIL):
        return
    made = _row(case, "hold_expiring", "customer", customer_recipient(case.seen), EMAIL, 0, due, event.expires_at)
    yield _awake(case, made, event.expires_at)


# --- what ends ----------------------------------------------------------------------------------------------------


def _endings(case: Case) -> Iterator[Ending]:
    if case.before is None:
        return
    ends = over(case.seen)
    yield from _unbound(case, case.before, CANCELLED if ends else MOVED)
    if case.before.seen.status == "held":
        yield _ending(case, HOLD, None, False, REPLACED)
    if ends and not over(case.before.seen):
        yield _ending(case, MESSAGES, None, False, CANCELLED)
    elif case.after.sequence != case.before.sequence:
        yield _ending(case, MESSAGES, None, True, MOVED)


def _unbound(case: Case, before: Life, reason: str) -> Iterator[Ending]:
    """Reminders of recipients who are expected no longer, or at another time."""
    ended = [one for one, version in before.bound.items() if case.after.bound.get(one) != version]
    if ended and len(ended) == len(before.bound):
        yield _ending(case, REMINDERS, None, False, reason)
        return
    for recipient in ended:
        yield _ending(case, REMINDERS, recipient, False, reason)


def _ending(case: Case, kind: str, recipient: str | None, only_retrying: bool, reason: str) -> Ending:
    record = case.record
    return Ending(record.tenant, appointment_id(record.stream), kind, recipient, only_retrying, record.pos, reason)


# --- rows ---------------------------------------------------------------------------------------------------------


def _row(case: Case, kind: str, audience: Audience, recipient: str, channel: str, offset: int, due: datetime,
         starts: datetime | None) -> Row:  # fmt: skip
    record, id = case.record, appointment_id(case.record.stream)
    key = row_id(record.tenant, id, record.era, record.version, kind, recipient, channel, offset)
    return Row(key, record.part, record.tenant, id, record.era, record.version, record.pos, kind, audience, recipient,
               channel, offset, starts, due)  # fmt: skip


def _suppressed(case: Case, row: Row, reason: str) -> Row:
    """Over as soon as it is planned."""
    return row._replace(status=SUPPRESSED, reason=reason, settled_at=case.now)


def _awake(case: Case, row: Row, start: datetime | None) -> Row:
    """The row at a time when its recipient is not asleep."""
    at = send_at(row.due_at, case.now, start, case.rules.quiet_hours, zone_of(row, case.seen, case.book))
    return _suppressed(case, row, QUIET) if at is None else row._replace(due_at=at)


def zone_of(row: Row, seen: Appointment, book: Book) -> str:
    """The recipient's zone: staff have their own, customers that of the appointment."""
    kind, _, id = row.recipient.partition("/")
    return book.zone_of(id) if kind == "resource" and id in book.resources else seen.tz


def _customer_reached(seen: Appointment, channel: str) -> bool:
    """Whether there is an address of theirs at all; sealed or clear."""
    if seen.customer is None:
        return False
    return (seen.customer.phone if channel == SMS else seen.customer.email) is not None


def _staff_reached(book: Book, recipient: str) -> bool:
    resource = book.resources.get(recipient.partition("/")[2])
    return resource is not None and resource.defined.email is not None


def endings_of(plans: Iterable[Plan]) -> list[Ending]:
    """All endings of some plans, one for each thing that ends: the last, for it ends all that came before."""
    last: dict[tuple[object, ...], Ending] = {}
    for one in (ending for made in plans for ending in made.endings):
        last[one[:5]] = one
    return list(last.values())
