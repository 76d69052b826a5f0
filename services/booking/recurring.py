"""Time off that comes again by an RFC 5545 rule: what is written down of it, and what is refused.

The rule itself is kept, not its occurrences: like weekly hours they are expanded where somebody asks, by the same
function for slots and bookings.
"""

from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from booking.refusals import invalid, unknown_zone
from contracts.commands import AddTimeOff
from contracts.errors import Rejection
from scheduling.recurring import Rule, days, occurrences, understood
from scheduling.windows import Rota
from scheduling.zones import known_zone, to_local, to_minute, zone

LONGEST = timedelta(days=31)
"""Of one occurrence."""


def repeating(command: AddTimeOff, span: dict[str, Any], rota: Rota) -> dict[str, Any] | Rejection:
    """`span`, the first occurrence, with the rule that brings the others."""
    rule = understood(command.rrule or "")
    if isinstance(rule, str):
        return invalid("rrule", rule)
    if command.end - command.start > LONGEST:
        return invalid("end", f"what recurs is at most {LONGEST.days} days long")
    if "start_date" in span:
        return _dates(command, span, rule, rota)
    return _hours(command, span, rule, rota)


def _dates(command: AddTimeOff, span: dict[str, Any], rule: Rule, rota: Rota) -> dict[str, Any] | Rejection:
    first: date = span["start_date"]
    if next(days(rule, first, rota.has_date), None) is None:
        return _never()
    return span | {"rrule": command.rrule}


def _hours(command: AddTimeOff, span: dict[str, Any], rule: Rule, rota: Rota) -> dict[str, Any] | Rejection:
    """Between the wall times that the first occurrence has there."""
    if command.tz is not None and zone(command.tz) is None:
        return unknown_zone("tz")
    tz = command.tz or rota.tz
    place = known_zone(tz)
    start, end = (_wall(span[name], place) for name in ("start", "end"))
    if next(occurrences(rule, start, place), None) is None:
        return _never()
    return span | {"rrule": command.rrule, "tz": tz, "local_start": start.isoformat(), "local_end": end.isoformat()}


def _wall(moment: datetime, place: tzinfo) -> datetime:
    return to_local(to_minute(moment), place).replace(tzinfo=None)


def _never() -> Rejection:
    return invalid("rrule", "it never happens")
