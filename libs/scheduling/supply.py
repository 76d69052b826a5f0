"""Supply as the book keeps it: what one resource's hours are made of, each with the event that set it."""

from datetime import date

import msgspec

from contracts.events import ExternalBusyImported, TimeOffAdded, WeeklyWindow, Window
from contracts.values import BusyType
from scheduling.zones import to_minute, to_minute_up


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly hours for the local dates `[from_, until)`. Where layers cover one date, the lower number decides."""

    weekly: list[WeeklyWindow]
    from_: date | None = None
    until: date | None = None
    event_id: str


class ExceptionDay(msgspec.Struct, frozen=True, kw_only=True):
    """One local date's own windows; none means closed."""

    windows: list[Window]
    event_id: str


class Holidays(msgspec.Struct, frozen=True, kw_only=True):
    """Local dates of a place or of all, with the windows that are open all the same; mostly none."""

    dates: dict[date, list[Window]]
    event_id: str


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Time off, half-open: whole local days of the resource if it names dates, else minutes.

    With `rrule` it comes again, on other dates or between the same wall times in `tz`.
    """

    start: int = 0
    end: int = 0
    start_date: date | None = None
    end_date: date | None = None
    event_id: str
    rrule: str | None = None
    tz: str | None = None
    local_start: str | None = None
    local_end: str | None = None
    busy_type: BusyType = "unavailable"


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar elsewhere has, as it was imported: start, end and type of each interval, in minutes."""

    intervals: list[tuple[int, int, BusyType]]
    event_id: str


def closure(event: TimeOffAdded, event_id: str) -> Closure:
    return Closure(
        start=to_minute(event.start) if event.start else 0,
        end=to_minute_up(event.end) if event.end else 0,
        start_date=event.start_date,
        end_date=event.end_date,
        event_id=event_id,
        rrule=event.rrule or None,
        tz=event.tz or None,
        local_start=event.local_start or None,
        local_end=event.local_end or None,
        busy_type=event.busy_type or "unavailable",
    )


def foreign(event: ExternalBusyImported, event_id: str) -> Foreign:
    intervals = [(to_minute(one.start), to_minute_up(one.end), one.type) for one in event.intervals]
    return Foreign(intervals=intervals, event_id=event_id)
