"""Recurring: the local times that an RFC 5545 rule gives, counted by the clocks of a zone.

A time that the clocks skip is no occurrence and is not counted (RFC 5545 3.3.10). One occurrence a day at most, and
never more than `MOST`, so that what a rule costs is bounded.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import NamedTuple

from dateutil.rrule import rrulestr

from scheduling.zones import boundary, skipped, to_minute

MOST = 10_000
"""Occurrences of one rule: daily for 27 years."""

_LONGEST = 500
_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9+,-]+(;[A-Z]+=[A-Z0-9+,-]+)*")
_UNTIL = re.compile(r"(\d{8})(T\d{6})?(Z)?")
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PARTS = frozenset({"INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST"})
_AWAY = 7600
"""Years: 19 turns of the calendar, which has the same weekdays and leap years every 400. A rule that never happens is
looked for until the year 9999; so far in the future that is soon over."""

_FIRST_YEAR, _LAST_YEAR = 1800, 2300


class Rule(NamedTuple):
    """A rule that was understood: what repeats, and when it ends, if it does."""

    repeats: str
    times: int | None = None
    until: date | datetime | None = None


def understood(text: str) -> Rule | str:
    """The rule, or what is wrong with it."""
    if len(text) > _LONGEST or not _SHAPE.fullmatch(text):
        return "a rule is written as RFC 5545 does, such as FREQ=WEEKLY;BYDAY=MO;COUNT=6"
    pairs = [part.split("=") for part in text.split(";") if part.count("=") == 1]
    parts = dict[str, str](pairs)
    if len(parts) < text.count("=") or parts.get("FREQ") not in _FREQUENCIES:
        return "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, and each part is named once"
    if unknown := parts.keys() - _PARTS - {"FREQ", "COUNT", "UNTIL"}:
        return f"{min(unknown)} is not understood"
    if "COUNT" in parts and "UNTIL" in parts:
        return "COUNT and UNTIL exclude each other"
    return _ended(parts)


def _ended(parts: dict[str, str]) -> Rule | str:
    counted = parts.pop("COUNT", None)
    times, interval = _number(counted or "1"), _number(parts.get("INTERVAL", "1"))
    if not times or not interval:
        return f"COUNT and INTERVAL are whole numbers from 1 to {MOST}"
    until = _until(ends) if (ends := parts.pop("UNTIL", None)) else None
    if ends and until is None:
        return "UNTIL is a date or an instant, such as 20261224 or 20261224T170000Z"
    repeats = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        rrulestr(repeats, dtstart=datetime(2000, 1, 1))
    except (ValueError, KeyError, IndexError, TypeError):
        return "a part of it has a value that it cannot have"
    return Rule(repeats, times if counted else None, until)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST else None


def _until(text: str) -> date | datetime | None:
    shape = _UNTIL.fullmatch(text)
    if shape is None:
        return None
    try:
        if shape[2] is None:
            return datetime.strptime(shape[1], "%Y%m%d").date()
        moment = datetime.strptime(shape[1] + shape[2], "%Y%m%dT%H%M%S")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if shape[3] else moment


def occurrences(rule: Rule, start: datetime, place: tzinfo, most: int = MOST) -> Iterator[datetime]:
    """The wall times from `start` on, in order, those in a gap left out; `most` of a rule without COUNT."""
    real = (local for local in _repeated(rule, start) if not skipped(local, place))
    return islice(_before_end(rule, real, place), rule.times or most)


def days(rule: Rule, first: date, exists: Callable[[date], bool], most: int = MOST) -> Iterator[date]:
    """The local dates from `first` on; those that do not exist are left out."""
    start = datetime(first.year, first.month, first.day)
    real = (local for local in _repeated(rule, start) if exists(local.date()))
    return (local.date() for local in islice(_before_end(rule, real, UTC), rule.times or most))


_PERIODS = {"DAILY": 1, "WEEKLY": 7}
"""Days of the frequencies whose periods are all alike."""


def nearer(rule: Rule, start: datetime, near: datetime) -> datetime:
    """A later start from which the rule gives the same as from `start`, but for what lies before `near`: whole periods
    on. What is counted starts where it starts."""
    parts = dict(part.split("=") for part in rule.repeats.split(";"))
    period = _PERIODS.get(parts["FREQ"], 0) * int(parts.get("INTERVAL", "1"))
    if rule.times or not period or near <= start:
        return start
    return start + timedelta(days=(near - start).days // period * period)


def _repeated(rule: Rule, start: datetime) -> Iterator[datetime]:
    if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        return
    for far in rrulestr(rule.repeats, dtstart=start.replace(year=start.year + _AWAY)):
        yield far.replace(year=far.year - _AWAY)


def _before_end(rule: Rule, found: Iterator[datetime], place: tzinfo) -> Iterator[datetime]:
    """UNTIL is inclusive; a date includes all of its day."""
    until = rule.until
    for local in found:
        if isinstance(until, datetime):
            over = to_minute(until) < boundary(local, place) if until.tzinfo else until < local
        else:
            over = until is not None and until < local.date()
        if over:
            return
        yield local
