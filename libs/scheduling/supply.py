"""Supply as the book keeps it: what one resource's hours are made of, each with the event that set it."""

from datetime import date

import msgspec

from contracts.events import WeeklyWindow, Window


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


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Time off, half-open: whole local days of the resource if it names dates, else minutes."""

    start: int = 0
    end: int = 0
    start_date: date | None = None
    end_date: date | None = None
    event_id: str
