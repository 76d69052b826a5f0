"""Quiet hours: when a message may be sent, by the recipient's own clocks. Pure.

A night is the time from one wall clock reading to another, perhaps over midnight; where the clocks change, its ends
lie where a schedule's would. What falls into it waits for its end; what would then come too late goes before it, if it
still can.
"""

from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from contracts.supply_events import QuietHours
from scheduling.zones import boundary, date_number, known_zone, to_datetime, to_minute, wall

MINUTE = timedelta(minutes=1)
BEGUN = (-1, 0)
"""A night that an instant lies in began on its local date or on the one before."""


class Night(NamedTuple):
    """`[begin, end)`."""

    begin: datetime
    end: datetime


def send_at(wanted: datetime, earliest: datetime, start: datetime | None, quiet: QuietHours | None, tz: str) \
        -> datetime | None:  # fmt: skip
    """When a message is to go that should at `wanted`, and can from `earliest` on; None where only too late."""
    at = max(wanted, earliest)
    if quiet is None or (night := night_around(at, quiet, tz)) is None:
        return at
    if start is None or night.end < start:
        return night.end
    before = night.begin - MINUTE
    if before < earliest or night_around(before, quiet, tz):
        return None
    return before


def night_around(at: datetime, quiet: QuietHours, tz: str) -> Night | None:
    """The quiet time that an instant lies in."""
    zone, minute = known_zone(tz), to_minute(at)
    today = date_number(minute, zone)
    nights = (_night(today + days, quiet, zone) for days in BEGUN)
    found = [night for night in nights if night.begin <= at < night.end]
    return found[-1] if found else None


def _night(date: int, quiet: QuietHours, zone: tzinfo) -> Night:
    """That begins on a local date. From a reading to the same one is no time at all."""
    first, last = _minutes(quiet.start), _minutes(quiet.end)
    tomorrow = 1 if last < first else 0
    begin, end = boundary(wall(date, first), zone), boundary(wall(date + tomorrow, last), zone)
    return Night(to_datetime(begin), to_datetime(end))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
