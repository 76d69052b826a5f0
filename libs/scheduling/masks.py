"""Masks: sets of minutes as Python integers, a bit a minute, bit 0 the first minute of the range.

A whole month of a diary is one integer of 44,640 bits, and every question about it is a handful of shifts and ands.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate, count, islice
from operator import add

DAY = 1440
DAY_BYTES = DAY // 8
FEW = 16
"""So many minutes are found one by one; more by writing the mask out."""


def ones(length: int) -> int:
    return (1 << length) - 1


def between(first: int, last: int, low: int, high: int) -> int:
    """The minutes `[first, last)` as far as they lie in `[low, high)`, counted from `low`."""
    if first < low:
        first = low
    if last > high:
        last = high
    return ((1 << (last - first)) - 1) << (first - low) if first < last else 0


def join(days: list[int]) -> int:
    """The masks of consecutive days as one mask."""
    if len(days) == 1:
        return days[0]
    return int.from_bytes(b"".join([day.to_bytes(DAY_BYTES, "little") for day in days]), "little")


def runs(mask: int, length: int) -> int:
    """The minutes at which `length` consecutive set minutes begin."""
    have = 1
    while have < length:
        step = min(have, length - have)
        mask &= mask >> step
        have += step
    return mask


def shifted(mask: int, by: int) -> int:
    """Every minute `by` later; earlier if negative."""
    return mask << by if by >= 0 else mask >> -by


def at_least(number: int, masks: Iterable[int], wanted: int) -> int:
    """The minutes of `wanted` that at least `number` of the masks have. Looks at no more masks than it needs."""
    tallies = [wanted] + [0] * number
    for mask in masks:
        for i in range(number, 0, -1):
            tallies[i] |= tallies[i - 1] & mask
        if tallies[number] == wanted:
            break
    return tallies[number]


def positions(mask: int) -> Iterator[int]:
    """The set minutes, in order."""
    gaps = bin(mask)[:1:-1].split("1")[:-1]
    return map(add, accumulate(map(len, gaps)), count())


def first_set(mask: int, number: int) -> int:
    """The first `number` (at least 1) set minutes of the mask."""
    if number <= FEW:
        rest = mask
        for _ in range(number):
            rest &= rest - 1
        return mask ^ rest
    last = next(islice(positions(mask), number - 1, None), None)
    return mask if last is None else mask & ones(last + 1)


def every(anchor: int, step: int, low: int, high: int) -> int:
    """`anchor`, `anchor + step`, … as far as they lie in `[low, high)`, counted from `low`."""
    first = anchor if anchor >= low else anchor + -((anchor - low) // step) * step
    if first >= high:
        return 0
    steps = (high - 1 - first) // step
    pattern, have = 1, 1
    while have <= steps:
        more = min(have, steps + 1 - have)
        pattern |= pattern << (more * step)
        have += more
    return pattern << (first - low)
