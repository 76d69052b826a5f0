"""iCalendar text (RFC 5545) as components and times, as far as somebody's busy time depends on it.

The same text always reads the same: zones are tzdata's, or stand in the text itself, and nothing is remembered. What
cannot be read raises `ValueError` with what is wrong.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from io import StringIO
from typing import NamedTuple

from dateutil.tz import tzical
from icalendar import vDuration
from icalendar.parser import Contentline, Contentlines
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from scheduling.zones import zone

_NAME_ENDS = re.compile("[:;]")
_DATE = re.compile(r"(\d{8})", re.ASCII)
_LOCAL = re.compile(r"(\d{8}T\d{6})(Z?)", re.ASCII)
_YEARLY = re.compile(r"FREQ=YEARLY(;(BYMONTH|BYDAY|BYMONTHDAY|INTERVAL=1|UNTIL|WKST)(=[A-Z0-9,+-]+)?)*")


class Property(NamedTuple):
    params: Mapping[str, str]
    value: str


class Component(NamedTuple):
    """One that stands in the calendar itself; what is nested in it is left out, except in time zones."""

    kind: str
    lines: list[Contentline]
    by_name: dict[str, list[Contentline]]

    def all(self, name: str) -> Iterator[Property]:
        for line in self.by_name.get(name, ()):
            _, params, value = line.parts()
            yield Property(params, value)

    def add(self, line: Contentline) -> None:
        self.lines.append(line)
        self.by_name.setdefault(_NAME_ENDS.split(line, maxsplit=1)[0].upper(), []).append(line)

    def one(self, name: str) -> Property | None:
        return next(self.all(name), None)

    def word(self, name: str) -> str:
        """The value in capitals; empty if it is not there."""
        found = self.one(name)
        return found.value.upper() if found else ""


class Time(NamedTuple):
    """A wall time, and whose clock it is on: without one it floats, and the reader's own counts. Dates are days."""

    local: datetime
    place: tzinfo | None
    all_day: bool = False

    @property
    def date(self) -> date:
        return self.local.date()


def components(text: str) -> list[Component]:
    """What a calendar, or several one after the other, has in it."""
    lines: list[Contentline] = [line for line in Contentlines.from_ical(text) if line]  # type: ignore[no-untyped-call]
    if not lines or lines[0].upper() != "BEGIN:VCALENDAR":
        raise ValueError("it begins with BEGIN:VCALENDAR")
    found, open_ = list[Component](), list[str]()
    for line in lines:
        name, _, value = line.upper().partition(":")
        if name == "BEGIN":
            open_.append(value)
            if len(open_) == 2:
                found.append(Component(value, [], {}))
        nested = len(open_) > 2 and open_[1] != "VTIMEZONE"
        if len(open_) >= 2 and not nested:
            found[-1].add(line)
        if name == "END" and (not open_ or open_.pop() != value):
            raise ValueError(f"END:{value[:40]} ends nothing")
    if open_:
        raise ValueError(f"{open_[-1][:40]} has no end")
    return found


class Zones:
    """The zones that a calendar names: tzdata's, Windows' names for them, or those that it defines itself."""

    def __init__(self, found: Iterable[Component]) -> None:
        self._own = {tzid.value: one for one in found if one.kind == "VTIMEZONE" and (tzid := one.one("TZID"))}
        self._known: dict[str, tzinfo] = {}

    def named(self, tzid: str) -> tzinfo:
        if tzid not in self._known:
            self._known[tzid] = self._find(tzid)
        return self._known[tzid]

    def _find(self, tzid: str) -> tzinfo:
        parts = tzid.strip("/").split("/")
        names = [tzid, WINDOWS_TO_OLSON.get(tzid, ""), *("/".join(parts[-count:]) for count in (3, 2))]
        if found := next((place for name in names if (place := zone(name))), None):
            return found
        if tzid not in self._own:
            raise ValueError(f"the zone {tzid[:60]} is not known, and not defined in it")
        return _defined(self._own[tzid])


def _defined(component: Component) -> tzinfo:
    """A zone's own rules: changes of the clocks once a year, so that reading them is bounded."""
    for line in component.lines:
        name, _, value = line.upper().partition(":")
        if name == "RRULE" and not _YEARLY.fullmatch(value):
            raise ValueError("a zone's clocks change by a yearly rule")
    text = "\n".join(["BEGIN:VCALENDAR", *component.lines, "END:VCALENDAR"])
    place = tzical(StringIO(text)).get()
    assert isinstance(place, tzinfo)
    return place


def times(found: Property, zones: Zones) -> Iterator[Time]:
    """The dates or times of a value; what it has is separated by commas."""
    for text in found.value.split(","):
        yield time(text, found.params, zones)


def time(text: str, params: Mapping[str, str], zones: Zones) -> Time:
    if _DATE.fullmatch(text):
        return Time(datetime.strptime(text, "%Y%m%d"), None, all_day=True)
    if not (shape := _LOCAL.fullmatch(text)):
        raise ValueError(f"{text[:40]} is no date and no time")
    local = datetime.strptime(shape[1], "%Y%m%dT%H%M%S")
    if shape[2]:
        return Time(local, UTC)
    return Time(local, zones.named(params["TZID"]) if "TZID" in params else None)


def duration(text: str) -> timedelta:
    length: timedelta = vDuration.from_ical(text)  # type: ignore[no-untyped-call]
    if length < timedelta():
        raise ValueError("a duration is not negative")
    return length
