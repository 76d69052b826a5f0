"""Limits: how much of a period is taken already, counted from the diary days of those whom a limit is of.

What starts in a period counts in it, whole. Holds and requests count while they live, by the clock; what has ended but
was kept counts on. An appointment with several of them is one, and takes minutes of each.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from contracts.events import Limit
from scheduling.diary import Busy, Diary, alive
from scheduling.hours import Stretch
from scheduling.masks import DAY
from scheduling.periods import Period, periods
from scheduling.terms import Terms


class Tally(NamedTuple):
    appointments: int
    minutes: int


def tally(
    diary: Diary, resource_ids: Iterable[str], period: Period, now: datetime, ignored: Callable[[Busy], bool]
) -> Tally:
    """What these resources have between them that starts in a period."""
    streams, minutes = set[str](), 0
    for resource_id in resource_ids:
        for day in period.days:
            for busy in diary.on(resource_id, day).intervals:
                begins = busy.start // DAY == day and period.start <= busy.start < period.end
                if begins and alive(busy, now) and not ignored(busy):
                    streams.add(busy.stream)
                    minutes += busy.end - busy.start
    return Tally(len(streams), minutes)


def reached(limit: Limit, taken: Tally, minutes: int) -> bool:
    """Whether one more of so many minutes would be too much."""
    if limit.count is not None and taken.appointments >= limit.count:
        return True
    return limit.minutes is not None and taken.minutes + minutes > limit.minutes


def text_of(limit: Limit, taken: Tally) -> str:
    if limit.count is not None and taken.appointments >= limit.count:
        return f"{taken.appointments} of {limit.count} appointments that {limit.per}."
    return f"{taken.minutes} of {limit.minutes} minutes that {limit.per}."


def counted(terms: dict[str, Terms], stretch: Stretch) -> set[tuple[str, int]]:
    """The resource-days that decide about the limits of starts in a stretch."""
    return {
        (resource_id, day)
        for one in terms.values()
        for limit, whose in one.limits
        for period in periods(limit.per, one.tz, stretch.start, stretch.end)
        for resource_id in whose
        for day in period.days
    }
