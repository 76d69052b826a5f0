"""Conflicts: appointments that could not be booked like this now: two have the same time, or hours have changed.

Overrides make them, imports and changes of supply do; nothing is moved by that. Each is told with what stands against
it, in the words that a refused start gets.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from contracts.appointment import Kept
from contracts.errors import Blocker
from scheduling.against import away_text, open_text, times
from scheduling.book import Book
from scheduling.diary import SESSION, Busy, alive
from scheduling.hours import Hours
from scheduling.masks import DAY, join, ones
from scheduling.occupancy import busy_intervals
from scheduling.zones import to_datetime


class Conflict(NamedTuple):
    """One appointment and one of its resources, and all that stands against the two."""

    appointment_id: str
    resource_id: str
    start: datetime
    end: datetime
    override: bool
    blockers: list[Blocker]


class _Entry(NamedTuple):
    """An interval, and from when to when nobody else may have any of it (by the place's buffer policy)."""

    first: int
    last: int
    busy: Busy
    kept: Kept


def conflicts(book: Book, appointments: Iterable[Kept], now: datetime) -> list[Conflict]:
    """Of these appointments those that take time at `now` and could not take it anew, by start."""
    entries = sorted(_entries(book, appointments, now), key=lambda one: (one.busy.resource_id, one.first, one.last))
    found = [
        conflict
        for resource_id, own in groupby(entries, key=lambda one: one.busy.resource_id)
        for conflict in _of_resource(book, resource_id, list(own))
    ]
    return sorted(found, key=lambda one: (one.start, one.appointment_id, one.resource_id))


def _entries(book: Book, appointments: Iterable[Kept], now: datetime) -> Iterator[_Entry]:
    for kept in appointments:
        place = book.locations.get(kept.appointment.location_id)
        padded = place is None or place.defined.buffer_policy == "sum"
        for busy in busy_intervals(kept, f"appointment/{kept.appointment.id}"):
            if alive(busy, now):
                span = (busy.busy_start, busy.busy_end) if padded else (busy.start, busy.end)
                yield _Entry(*span, busy, kept)


def _of_resource(book: Book, resource_id: str, entries: list[_Entry]) -> Iterator[Conflict]:
    """Entries come by their start, so what an entry overlaps of the later ones follows it at once."""
    hours = book.hours(resource_id) if resource_id in book.resources else None
    against = [_closed(one.busy, hours) if hours else [] for one in entries]
    for number, one in enumerate(entries):
        for later in range(number + 1, len(entries)):
            if entries[later].first >= one.last:
                break
            if entries[later].busy.stream == one.busy.stream:
                continue
            against[number].append(_taken(entries[later].busy, hours))
            against[later].append(_taken(one.busy, hours))
    for one, blockers in zip(entries, against, strict=True):
        if blockers:
            seen = one.kept.appointment
            yield Conflict(seen.id, resource_id, seen.start, seen.end, seen.override, blockers)


def _closed(busy: Busy, hours: Hours) -> list[Blocker]:
    """The core outside the hours as they are now, and the time off that touches it."""
    found, first_day = [], busy.start // DAY
    open_ = join([hours.open(day) for day in range(first_day, (busy.end - 1) // DAY + 1)])
    closed = ~(open_ >> (busy.start - first_day * DAY)) & ones(busy.end - busy.start)
    if closed:
        minute = busy.start + (closed & -closed).bit_length() - 1
        found.append(_fact("outside_hours", open_text(hours, minute), hours.set_by(minute), busy))
    for off in hours.away(busy.start, busy.end):
        found.append(_fact(off.reason, away_text(hours, off), off.event_id, busy, off.start, off.end))
    return found


def _taken(other: Busy, hours: Hours | None) -> Blocker:
    reason = "busy" if other.kind in ("booked", SESSION) else other.kind
    text = f"{other.kind.capitalize()} {times(hours, other.start, other.end)}." if hours else other.kind.capitalize()
    return _fact(reason, text, other.event_id, other)


def _fact(
    reason: str, text: str, event_id: str, busy: Busy, start: int | None = None, end: int | None = None
) -> Blocker:
    return Blocker(
        reason=reason,
        event_id=event_id,
        resource_id=busy.resource_id,
        start=to_datetime(busy.start if start is None else start),
        end=to_datetime(busy.end if end is None else end),
        text=text,
    )
