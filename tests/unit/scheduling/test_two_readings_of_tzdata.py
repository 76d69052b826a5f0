"""Two independent readings of the same tzdata agree about every zone from 2000 to 2050: zoneinfo and `whenever`.

`whenever` has its own reader of zone files, in another language. Both read the pinned package and nothing else, so the
releases cannot differ. Offsets are compared every ten days; each change between two of these is found to the second,
and there both tell the same about the minutes that are skipped or come twice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest
import whenever

from scheduling.zones import _NAMES, boundary, known_zone, skipped

FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2000, 2051))
SAMPLES = range(FIRST, LAST, 10 * 86_400)


@pytest.fixture(autouse=True)
def the_package_alone() -> Iterator[None]:
    """Not the machine's zones."""
    whenever.reset_tzpath([])
    whenever.clear_tzcache()
    yield
    whenever.reset_tzpath()


@cache
def distinct() -> list[str]:
    """One name of each content: many names are links."""
    by_content = {files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes(): name for name in sorted(_NAMES)}
    return sorted(by_content.values())


def ours(name: str, second: int) -> int:
    return _seconds(datetime.fromtimestamp(second, known_zone(name)).utcoffset())


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None
    return offset.days * 86_400 + offset.seconds


@cache
def sampled(name: str) -> list[int]:
    """Our offset at each of the samples."""
    place = known_zone(name)
    return [_seconds(datetime.fromtimestamp(at, place).utcoffset()) for at in SAMPLES]


def theirs(name: str, second: int) -> int:
    return int(whenever.Instant.from_timestamp(second).to_tz(name).offset.total("seconds"))


def change_between(name: str, low: int, high: int) -> int:
    """The first second with the later offset."""
    before = ours(name, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ours(name, middle) == before else (low, middle)
    return high


@cache
def changes(name: str) -> list[int]:
    """The seconds at which the clocks change, as zoneinfo reads them."""
    steps = zip(pairwise(SAMPLES), pairwise(sampled(name)), strict=True)
    return [change_between(name, *seconds) for seconds, (before, after) in steps if before != after]


def local(second: int, offset: int) -> datetime:
    return datetime.fromtimestamp(second + offset, UTC).replace(tzinfo=None)


def test_there_are_hundreds_of_zones_and_thousands_of_changes() -> None:
    assert len(_NAMES) > 500
    assert len(distinct()) > 300
    assert sum(len(changes(name)) for name in distinct()) > 10_000


def test_both_tell_the_same_offset_every_ten_days() -> None:
    differ = [
        (name, at)
        for name in distinct()
        for at, offset in zip(SAMPLES, sampled(name), strict=True)
        if offset != theirs(name, at)
    ]
    assert differ == []


def test_both_change_at_the_same_second() -> None:
    differ = [
        (name, at)
        for name in distinct()
        for change in changes(name)
        for at in (change - 1, change)
        if ours(name, at) != theirs(name, at)
    ]
    assert differ == []


def test_every_name_that_one_knows_the_other_knows() -> None:
    assert {name for name in _NAMES if theirs(name, LAST) != ours(name, LAST)} == set()


def test_both_tell_the_same_about_what_is_skipped_and_what_comes_twice() -> None:
    """A boundary in a gap is the first instant after it, in a repeated hour the first occurrence."""
    wrong = [(name, change) for name in distinct() for change in changes(name) if not agree_about(name, change)]
    assert wrong == []


def agree_about(name: str, change: int) -> bool:
    """The wall time in the middle of what is skipped or repeated at a change."""
    before, after, place = ours(name, change - 1), ours(name, change), known_zone(name)
    wall = local(change, before + (after - before) // 2)
    plain = whenever.PlainDateTime(*wall.timetuple()[:6])
    if after > before:
        with pytest.raises(whenever.SkippedTime):
            plain.assume_tz(name, disambiguation="raise")
        return skipped(wall, place) and boundary(wall, place) == -(-change // 60)
    first = plain.assume_tz(name, disambiguation="earlier").timestamp()
    return not skipped(wall, place) and boundary(wall, place) == -(-first // 60)
