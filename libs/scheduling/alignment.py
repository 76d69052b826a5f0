"""Alignment: starts that the clock on the wall puts on round minutes, wherever the hours of a resource begin.

On the dates of a trip that is the clock where the resource is then.
"""

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

from scheduling.hours import Hours, Stretch
from scheduling.masks import DAY, between, every
from scheduling.zones import to_local

_MINUTE = timedelta(minutes=1)


def aligned(hours: Hours, stretch: Stretch, step: int) -> int:
    """The minutes of a stretch whose local time of day is a multiple of `step` minutes after 00:00."""
    mask = 0
    for start, end in pairwise(hours.rota.moves(stretch.start, stretch.end)):
        mask |= by_clock(hours.place_at(start), stretch, step) & between(start, end, stretch.start, stretch.end)
    return mask


@lru_cache(maxsize=4096)
def by_clock(place: tzinfo, stretch: Stretch, step: int) -> int:
    """The same as one zone's clock has it."""
    mask = 0
    for first, last, offset in _offsets(place, stretch):
        for midnight in range((first + offset) // DAY * DAY - offset, last, DAY):
            low = max(first, midnight)
            mask |= every(midnight, step, low, min(last, midnight + DAY)) << (low - stretch.start)
    return mask


def _offsets(place: tzinfo, stretch: Stretch) -> Iterator[tuple[int, int, int]]:
    """`[first, last)`, and how many minutes the clock is ahead of UTC all that time."""
    first = stretch.start
    for day in stretch.numbers:
        after = (day + 1) * DAY
        if offset(place, first) != offset(place, after):
            change = _change(place, first, after)
            yield first, change, offset(place, first)
            first = change
    yield first, stretch.end, offset(place, first)


def offset(place: tzinfo, minute: int) -> int:
    """Of an offset with seconds, whole minutes: the clock shows no more."""
    found = to_local(minute, place).utcoffset()
    return found // _MINUTE if found is not None else 0


def _change(place: tzinfo, low: int, high: int) -> int:
    """The first minute with another offset than `low`'s."""
    before = offset(place, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(place, middle) == before:
            low = middle
        else:
            high = middle
    return high
