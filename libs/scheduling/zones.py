"""Zones: instants, whole minutes and wall clocks, by one pinned copy of the IANA rules.

The rules come from the `tzdata` package alone, never from the machine, so two services cannot read different ones
(P4); `TZDATA` names them. A minute is an int: whole minutes since 1970-01-01 UTC.
"""

import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib.metadata import version
from zoneinfo import ZoneInfo

from contracts.errors import Rejection

zoneinfo.reset_tzpath(())

TZDATA: str = version("tzdata")
"""The version of the rules, recorded beside what was made with them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = datetime(1970, 1, 1)
_MINUTE = timedelta(minutes=1)
_NAMES = frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None when the rules know none."""
    return ZoneInfo(name) if name in _NAMES else None


def known_zone(name: str) -> ZoneInfo:
    """A zone that was checked when it was defined."""
    found = zone(name)
    if found is None:
        raise LookupError(f"tzdata {TZDATA} has no zone {name}")
    return found


def to_minute(moment: datetime) -> int:
    """The minute an aware instant lies in."""
    since = moment - EPOCH
    return since.days * 1440 + since.seconds // 60


def to_minute_up(moment: datetime) -> int:
    """The first whole minute that is not before an aware instant."""
    return -((EPOCH - moment) // _MINUTE)


@lru_cache(maxsize=65536)
def to_datetime(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def to_local(minute: int, tz: tzinfo) -> datetime:
    return to_datetime(minute).astimezone(tz)


@lru_cache(maxsize=65536)
def local_text(minute: int, tz: str) -> str:
    """The wall time with its offset, such as `2026-03-02T10:00:00-05:00`."""
    return to_local(minute, known_zone(tz)).isoformat()


def wall(date_number: int, minute_of_day: int) -> datetime:
    """A wall time from a local date's number (1970-01-01 is 0) and minutes after its midnight, perhaps beyond it."""
    return _WALL_EPOCH + timedelta(days=date_number, minutes=minute_of_day)


def date_number(minute: int, tz: tzinfo) -> int:
    """The number of the local date that a minute lies on."""
    return (to_local(minute, tz).replace(tzinfo=None) - _WALL_EPOCH).days


def boundary(local: datetime, tz: tzinfo) -> int:
    """The minute at which a window's wall-clock boundary lies.

    A repeated wall time means its first occurrence; a skipped one the first instant after the gap. A boundary
    between two minutes (offsets with seconds, before 1973) is the minute after it.
    """
    before, after = _offsets(local, tz)
    if before < after:
        return _gap_end(local, before, after, tz)
    return to_minute_up((local - before).replace(tzinfo=UTC))


def skipped(local: datetime, tz: tzinfo) -> bool:
    """Whether the clocks go forward over a wall time, so that it never comes."""
    before, after = _offsets(local, tz)
    return before < after


def resolve(start: datetime, tz: str | None) -> int | Rejection:
    """The minute that a command means: an aware start's own, a naive one's in `tz` (ambiguous: the first)."""
    if start.tzinfo is not None:
        return to_minute(start)
    if tz is None:
        return Rejection(code="invalid_command", field="start", detail="start: a time without offset needs tz.")
    place = zone(tz)
    if place is None:
        return Rejection(code="unknown_zone", field="tz", detail="tz names no zone of the IANA database.")
    before, after = _offsets(start, place)
    if before < after:
        return _nonexistent(start, before, after)
    return to_minute_up((start - before).replace(tzinfo=UTC))


def existing(local: datetime, tz: tzinfo) -> int | None:
    """The minute of a wall time, where it is repeated the first; None where the clocks skip it."""
    before, after = _offsets(local, tz)
    return None if before < after else to_minute_up((local - before).replace(tzinfo=UTC))


def _nonexistent(start: datetime, before: timedelta, after: timedelta) -> Rejection:
    """The same wall time by the offset after the change (the earlier instant) and by the one before it."""
    return Rejection(
        code="nonexistent_local_time",
        field="start",
        detail="That local time does not exist: the clocks go forward over it.",
        alternatives=[(start - offset).replace(tzinfo=UTC) for offset in (after, before)],
    )


def _offsets(local: datetime, tz: tzinfo) -> tuple[timedelta, timedelta]:
    """The offsets before and after a change of the clocks at that wall time; twice the same where nothing changes.

    The one after is greater in a gap and smaller where the hour is repeated.
    """
    before, after = local.replace(tzinfo=tz).utcoffset(), local.replace(tzinfo=tz, fold=1).utcoffset()
    if before is None or after is None:
        raise LookupError(f"{tz} has no offset")
    return before, after


def _gap_end(local: datetime, before: timedelta, after: timedelta, tz: tzinfo) -> int:
    """The first whole minute with the new offset: between the two readings of the skipped wall time."""
    low, high = to_minute((local - after).replace(tzinfo=UTC)), to_minute_up((local - before).replace(tzinfo=UTC))
    while high - low > 1:
        middle = (low + high) // 2
        if to_local(middle, tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
