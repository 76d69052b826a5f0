"""Recurrence: the starts that an RFC 5545 rule gives, in the wall time of one zone.

Every occurrence keeps its wall time, whatever the clocks do. One in a skipped hour does not exist: it is left out and
not counted; in a repeated hour the first is meant. The start itself has to be an occurrence (RFC 5545 leaves undefined
what else it would mean), which also bounds the search: a rule that was met once is met again before long.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.rrule import rrule, rrulestr

from contracts.errors import Rejection
from scheduling.zones import existing, known_zone, to_local, to_minute

MOST = 200
"""Occurrences of one series."""
LONGEST = timedelta(days=731)
"""From its first start on."""

_WEEKDAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_PARTS: dict[str, str] = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": "[1-9][0-9]{0,2}",
    "COUNT": "[1-9][0-9]{0,5}",
    "UNTIL": "[0-9]{8}(?:T[0-9]{6}Z?)?",
    "WKST": _WEEKDAY,
    "BYDAY": f"(?:[+-]?[1-9][0-9]?)?{_WEEKDAY}",
    "BYMONTH": "[1-9]|0[1-9]|1[0-2]",
    "BYMONTHDAY": "[+-]?(?:0?[1-9]|[12][0-9]|3[01])",
    "BYYEARDAY": "[+-]?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])",
    "BYWEEKNO": "[+-]?(?:0?[1-9]|[1-4][0-9]|5[0-3])",
    "BYSETPOS": "[+-]?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])",
    "BYHOUR": "[01]?[0-9]|2[0-3]",
    "BYMINUTE": "[0-5]?[0-9]",
}
"""What each part may hold; those whose names begin with BY may hold several, with commas."""

_FIT: dict[str, tuple[str, ...]] = {
    "BYMONTHDAY": ("DAILY", "MONTHLY", "YEARLY"),
    "BYYEARDAY": ("YEARLY",),
    "BYWEEKNO": ("YEARLY",),
}
"""Parts that RFC 5545 allows with these frequencies alone."""

_ONE_PERIOD = {"DAILY": 3_660_000, "WEEKLY": 530_000, "MONTHLY": 120_000, "YEARLY": 10_000}
"""Intervals after which there is no calendar any more: so that no more than the first period is looked at."""

Exception_ = datetime | date
"""What is left out: an instant, a wall time, or all of a local date."""


class Rule(NamedTuple):
    """A rule taken apart. `text` is what is left of it without its end: so many `times`, or `until` then."""

    text: str
    frequency: str
    times: int | None
    until: str | None


class Broken(ValueError):
    """What is wrong with a rule."""


@lru_cache(maxsize=1024)
def occurrences(text: str, start: int, tz: str, left_out: tuple[Exception_, ...] = ()) -> tuple[int, ...] | Rejection:
    """The minutes at which they start, in order; refused when there are none, or too many."""
    try:
        rule = _taken_apart(text)
        found = _expand(rule, start, tz)
    except Broken as wrong:
        return Rejection(code="invalid_command", field="rrule", detail=f"rrule: {wrong}.")
    if found is None:
        detail = f"A series has at most {MOST} occurrences within {LONGEST.days} days."
        return Rejection(code="too_large", field="rrule", detail=detail)
    kept = tuple(minute for minute in found if not _excepted(minute, tz, left_out))
    if not kept:
        return Rejection(code="invalid_command", field="rrule", detail="rrule: nothing is left of it.")
    return kept


def _taken_apart(text: str) -> Rule:
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise Broken(f"{name} is named twice")
        parts[name] = value
        _check(name, value)
    _fit_together(parts)
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    return Rule(text, parts["FREQ"], int(count) if count else None, until)


def _check(name: str, value: str) -> None:
    if name not in _PARTS:
        raise Broken(f"{name[:20] or 'an empty part'} is not known here")
    values = value.split(",") if name.startswith("BY") else [value]
    if not all(re.fullmatch(_PARTS[name], one) for one in values):
        raise Broken(f"{name} cannot be {value[:40] or 'empty'}")


def _fit_together(parts: dict[str, str]) -> None:
    frequency = parts.get("FREQ")
    if frequency is None:
        raise Broken("FREQ is missing")
    if "COUNT" in parts and "UNTIL" in parts:
        raise Broken("COUNT and UNTIL contradict each other")
    for name, frequencies in _FIT.items():
        if name in parts and frequency not in frequencies:
            raise Broken(f"{name} does not go with FREQ={frequency}")
    numbered = re.search("[0-9]", parts.get("BYDAY", ""))
    if numbered and (frequency not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
        raise Broken("BYDAY has a number, which goes with FREQ=MONTHLY and YEARLY alone")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise Broken("BYSETPOS needs another part to count in")


def _expand(rule: Rule, start: int, tz: str) -> list[int] | None:
    """None when there are too many. The first occurrence is the start itself, also in a repeated hour."""
    place, found = known_zone(tz), list[int]()
    first = to_local(start, place).replace(tzinfo=None)
    last = _last(rule.until)
    if rule.times and rule.times > MOST:
        return None
    for local in _walls(rule, first):
        minute = start if local == first else existing(local, place)
        if len(found) == rule.times or (last and _beyond(last, local, minute)):
            return found
        if local > first + LONGEST or len(found) == MOST:
            return None
        if minute is not None:
            found.append(minute)
    return found


def _walls(rule: Rule, first: datetime) -> Iterator[datetime]:
    """The wall times from `first` on, which has to be one of them."""
    try:
        whole = rrulestr(rule.text, dtstart=first)
    except (ValueError, IndexError):
        raise Broken("it contradicts itself") from None
    assert isinstance(whole, rrule)
    try:
        alone = next(iter(whole.replace(interval=_ONE_PERIOD[rule.frequency])), None)
    except (ValueError, IndexError):
        raise Broken("it contradicts itself") from None
    if alone != first:
        raise Broken("start is none of its occurrences")
    return iter(whole)


def _last(until: str | None) -> datetime | date | None:
    """The last instant, wall time or local date that there may be an occurrence at."""
    if until is None:
        return None
    try:
        if len(until) == len("YYYYMMDD"):
            return datetime.strptime(until, "%Y%m%d").date()
        local = datetime.strptime(until.rstrip("Z"), "%Y%m%dT%H%M%S")
    except ValueError:
        raise Broken("UNTIL names no date and time") from None
    return local.replace(tzinfo=UTC) if until.endswith("Z") else local


def _beyond(last: datetime | date, local: datetime, minute: int | None) -> bool:
    if not isinstance(last, datetime):
        return local.date() > last
    if last.tzinfo is None:
        return local > last
    return minute is not None and minute > to_minute(last)


def _excepted(minute: int, tz: str, left_out: Sequence[Exception_]) -> bool:
    local = to_local(minute, known_zone(tz))
    return any(_same(one, local) for one in left_out)


def _same(one: Exception_, local: datetime) -> bool:
    if not isinstance(one, datetime):
        return one == local.date()
    return one == (local if one.tzinfo else local.replace(tzinfo=None))
