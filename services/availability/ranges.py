"""Ranges of time as questions name them: instants, wall times or local dates, half-open, in whole minutes."""

import re
from datetime import UTC, date, datetime, timedelta

from availability.asof import with_plus
from contracts.errors import Rejection
from kit.problems import Problem
from scheduling.zones import boundary, resolve, to_minute_up, zone

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def known_zone(tz: str, field: str = "tz") -> str:
    if zone(tz) is None:
        raise Problem("unknown_zone", "This names no zone of the IANA database.", field=field)
    return tz


def minute_of(text: str, tz: str, field: str) -> int:
    """The first whole minute not before an instant, a wall time in `tz`, or the midnight a local date begins with."""
    place = zone(known_zone(tz))
    assert place is not None
    if _DATE.fullmatch(text):
        midnight = datetime.combine(_date(text, field), datetime.min.time())
        return boundary(_bounded(midnight.replace(tzinfo=UTC), field).replace(tzinfo=None), place)
    moment = _datetime(text, field)
    if moment.tzinfo is not None:
        return to_minute_up(_bounded(moment, field))
    _bounded(moment.replace(tzinfo=UTC), field)
    found = resolve(moment, tz)
    if isinstance(found, Rejection):
        raise Problem(found.code, found.detail, field=field, members={"alternatives": found.alternatives})
    return found


def span(first: str | None, last: str | None, tz: str, *, longest: timedelta | None = None) -> tuple[int, int]:
    """`from` and `to` as minutes; an end that is not given is as far away as there is time."""
    start = minute_of(first, tz, "from") if first is not None else 0
    end = minute_of(last, tz, "to") if last is not None else to_minute_up(_LAST)
    if end <= start:
        raise Problem("invalid_query", "to lies after from.", field="to")
    if longest is not None and end - start > longest // timedelta(minutes=1):
        raise Problem("invalid_query", f"A range is at most {longest.days} days long.", field="to")
    return start, end


def _date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(field) from None


def _datetime(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(with_plus(text))
    except ValueError:
        raise _unreadable(field) from None


def _bounded(moment: datetime, field: str) -> datetime:
    if not _FIRST <= moment <= _LAST:
        raise Problem("invalid_query", "Times lie between 1970 and 2200.", field=field)
    return moment


def _unreadable(field: str) -> Problem:
    return Problem("invalid_query", f"{field} is an instant, a wall time or a date in ISO 8601.", field=field)
