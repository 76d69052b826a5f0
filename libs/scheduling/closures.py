"""Closures: what takes minutes away from the core of a slot though the resource is open: time off, and what calendars
elsewhere say. It moves no grid, and buffers may reach into it.

What recurs is expanded as far as is asked for; what is imported is found by the day it lies on.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from contracts.values import BusyType
from scheduling.masks import DAY
from scheduling.recurring import Rule, days, occurrences, understood
from scheduling.supply import Closure, Foreign
from scheduling.windows import Rota, number
from scheduling.zones import boundary, known_zone

_AHEAD = 3
"""Days that occurrences are expanded beyond the one asked for: a change of zones may put one before the last."""


class Off(NamedTuple):
    """`[start, end)` in minutes, why, and the event that says so. `type` is what it is to others."""

    start: int
    end: int
    event_id: str
    reason: str = "time_off"
    type: BusyType = "unavailable"


class _Recurring:
    """One closure's occurrences, each kept by the days it lies on."""

    def __init__(self, found: Iterator[Off]) -> None:
        self._rest = found
        self._next = next(found, None)
        self._days: dict[int, list[Off]] = {}

    def on(self, day: int) -> list[Off]:
        while self._next is not None and self._next.start < (day + _AHEAD) * DAY:
            _put(self._days, self._next)
            self._next = next(self._rest, None)
        return self._days.get(day, [])


class Closures:
    """All of one resource's. False where there are none, which is all that it then costs."""

    def __init__(self, rota: Rota, time_off: Iterable[Closure], foreign: Iterable[Foreign]) -> None:
        self._once, self._recurring = list[Off](), list[_Recurring]()
        self._days: dict[int, list[Off]] = {}
        for closure in time_off:
            if closure.rrule is None:
                self._once += [off for off in (_once(rota, closure),) if off.start < off.end]
            else:
                self._recurring.append(_Recurring(_recurring(rota, closure, closure.rrule)))
        for calendar in foreign:
            for start, end, type in calendar.intervals:
                _put(self._days, Off(start, end, calendar.event_id, "external_busy", type))

    def __bool__(self) -> bool:
        return bool(self._once or self._recurring or self._days)

    def on(self, day: int) -> list[Off]:
        """Those that lie at least partly on a UTC day."""
        low, high = day * DAY, (day + 1) * DAY
        found = [off for off in self._once if off.start < high and low < off.end]
        found += self._days.get(day, [])
        for one in self._recurring:
            found += one.on(day)
        return found

    def touching(self, start: int, end: int) -> list[Off]:
        """Those that touch `[start, end)`, in order."""
        numbers = range(start // DAY, (end - 1) // DAY + 1)
        return sorted({off for day in numbers for off in self.on(day) if off.start < end and start < off.end})


def _put(days: dict[int, list[Off]], off: Off) -> None:
    for day in range(off.start // DAY, (off.end - 1) // DAY + 1):
        days.setdefault(day, []).append(off)


def _once(rota: Rota, closure: Closure) -> Off:
    start, end = closure.start, closure.end
    if closure.start_date and closure.end_date:
        start, end = rota.midnight(number(closure.start_date)), rota.day_end(number(closure.end_date) - 1)
    return Off(start, end, closure.event_id, type=closure.busy_type)


def _recurring(rota: Rota, closure: Closure, rrule: str) -> Iterator[Off]:
    rule = understood(rrule)
    assert isinstance(rule, Rule), rule
    spans = _whole_days(rota, closure, rule) if closure.start_date else _hours(closure, rule)
    return (Off(start, end, closure.event_id, type=closure.busy_type) for start, end in spans if start < end)


def _whole_days(rota: Rota, closure: Closure, rule: Rule) -> Iterator[tuple[int, int]]:
    assert closure.start_date
    assert closure.end_date
    length = (closure.end_date - closure.start_date).days
    for day in days(rule, closure.start_date, rota.has_date):
        yield rota.midnight(number(day)), rota.day_end(number(day) + length - 1)


def _hours(closure: Closure, rule: Rule) -> Iterator[tuple[int, int]]:
    """From wall time to wall time, like windows."""
    assert closure.tz
    place, start, end = known_zone(closure.tz), _wall(closure.local_start), _wall(closure.local_end)
    for local in occurrences(rule, start, place):
        yield boundary(local, place), boundary(local + (end - start), place)


def _wall(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "")
