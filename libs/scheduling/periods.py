"""Periods: the days, weeks, months and years of a zone, as half-open intervals of UTC minutes.

Each begins at the first minute of a local date, so a day has 23 hours or 25 where the clocks change, and one whose
date does not exist is empty. Weeks begin on Monday.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from scheduling.masks import DAY
from scheduling.windows import number
from scheduling.zones import boundary, date_number, known_zone, wall

_EPOCH = date(1970, 1, 1).toordinal()


class Period(NamedTuple):
    """`[start, end)` in minutes; `after` is the number of the first local date that is no longer in it."""

    start: int
    end: int
    after: int

    @property
    def days(self) -> range:
        """The UTC days that something which starts in it lies on."""
        return range(self.start // DAY, (self.end - 1) // DAY + 1)


def midnight(local: int, tz: str) -> int:
    """The first minute of a local date."""
    return boundary(wall(local, 0), known_zone(tz))


def periods(per: str, tz: str, first: int, last: int) -> Iterator[Period]:
    """Those that have a minute of `[first, last)`, in order."""
    found = period(per, tz, date_number(first, known_zone(tz)))
    while found.start < last:
        if found.end > max(found.start, first):
            yield found
        found = period(per, tz, found.after)


@lru_cache(maxsize=8192)
def period(per: str, tz: str, local: int) -> Period:
    """The one that a local date lies in."""
    first, after = _dates(per, local)
    return Period(midnight(first, tz), midnight(after, tz), after)


def _dates(per: str, local: int) -> tuple[int, int]:
    """The numbers of its first local date and of the next one's."""
    if per == "day":
        return local, local + 1
    if per == "week":
        monday = local - (local + 3) % 7
        return monday, monday + 7
    day = date.fromordinal(local + _EPOCH)
    if per == "month":
        return number(day.replace(day=1)), number(date(day.year + day.month // 12, day.month % 12 + 1, 1))
    return number(date(day.year, 1, 1)), number(date(day.year + 1, 1, 1))


def local_day(minute: int, tz: str) -> int:
    """The number of the local date: the one that began last, also in an hour that is repeated at midnight."""
    local = date_number(minute, known_zone(tz))
    return local + 1 if midnight(local + 1, tz) <= minute else local


@lru_cache(maxsize=1024)
def business_day(local: int, days: int) -> int:
    """The local date on which that many of the dates after `local` have been a Monday to Friday."""
    while days:
        local += 1
        days -= (local + 3) % 7 < 5
    return local
