"""Calendars elsewhere: when somebody is busy there, as intervals, from an iCalendar.

Whole days are those of the resource, and so are the clocks of times that name no zone. Free (transparent) and
cancelled events take no time. What repeats is expanded for `DAYS_AHEAD`; an event about one occurrence takes its place,
that one alone. There are bounds: `EVENTS`, occurrences `LOOKED_AT`, and `INTERVALS` that are left.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

from contracts.values import BusyType
from scheduling.ics import Component, Property, Time, Zones, components, duration, time, times
from scheduling.masks import DAY
from scheduling.recurring import Rule, days, nearer, occurrences, understood
from scheduling.windows import Rota, number
from scheduling.zones import to_datetime, to_minute, to_minute_up

DAYS_BACK, DAYS_AHEAD = 1, 400
EVENTS, LOOKED_AT, INTERVALS = 5_000, 50_000, 5_000

Span = tuple[int, int, BusyType]
Occurrence = int | date
"""What tells one from another: its minute, or of whole days the first date."""

_FREE_BUSY: dict[str, BusyType | None] = {
    "FREE": None,
    "BUSY-TENTATIVE": "tentative",
    "BUSY-UNAVAILABLE": "unavailable",
}
_OUTLOOK: dict[str, BusyType | None] = {"FREE": None, "TENTATIVE": "tentative", "OOF": "unavailable"}
_RARE = ("BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
"""Parts with which a rule of days or weeks may be looked through for long before it happens again."""


class TooLarge(ValueError):
    """There is more in it than one import may have."""


class Reader:
    """Reads one calendar for one resource, at the minute that the import is decided in."""

    def __init__(self, text: str, rota: Rota, now: int) -> None:
        if text.upper().count("BEGIN:V") > EVENTS:
            raise TooLarge(f"a calendar has at most {EVENTS} events")
        self.first, self.last = now - DAYS_BACK * DAY, now + DAYS_AHEAD * DAY
        self._rota, self._found = rota, components(text)
        self._zones = Zones(self._found)
        self._replaced = self._places_taken()
        self._looked = 0

    def intervals(self) -> list[Span]:
        """What lies in the window, in order; of one type what touches is one."""
        spans = [span for one in self._found for span in self._spans(one)]
        found = _joined(sorted(one for one in spans if one[0] < self.last and self.first < one[1] and one[0] < one[1]))
        if len(found) > INTERVALS:
            raise TooLarge(f"an import leaves at most {INTERVALS} intervals")
        return found

    def _spans(self, one: Component) -> Iterator[Span]:
        if one.kind == "VFREEBUSY":
            yield from self._free_busy(one)
        elif one.kind == "VEVENT" and (type := _type(one)):
            yield from ((start, end, type) for start, end in self._event(one))

    def _free_busy(self, one: Component) -> Iterator[Span]:
        for found in one.all("FREEBUSY"):
            if type := _FREE_BUSY.get(found.params.get("FBTYPE", "BUSY").upper(), "busy"):
                yield from ((start, end, type) for start, end in self._periods(found))

    def _periods(self, found: Property) -> Iterator[tuple[int, int]]:
        """From a start until an end, or for a duration."""
        for text in found.value.split(","):
            first, _, last = text.partition("/")
            start = self._minute(time(first, found.params, self._zones))
            if last.startswith(("P", "+P")):
                yield start, start + duration(last) // timedelta(minutes=1)
            else:
                yield start, self._minute(time(last, found.params, self._zones), up=True)

    # --- events ---------------------------------------------------------------------------------------------------

    def _places_taken(self) -> dict[str, set[Occurrence]]:
        """By an event's id: the occurrences that other events are about."""
        found: dict[str, set[Occurrence]] = {}
        for one in self._found:
            if (about := one.one("RECURRENCE-ID")) and (uid := one.one("UID")):
                found.setdefault(uid.value, set()).update(map(self._named, times(about, self._zones)))
        return found

    def _event(self, one: Component) -> Iterator[tuple[int, int]]:
        start = self._time(one, "DTSTART")
        if start is None:
            raise ValueError("an event has a DTSTART")
        length, left_out = self._length(one, start), self._left_out(one)
        for local in self._locals(one, start, timedelta(days=length[0], minutes=length[1])):
            at = start._replace(local=local)
            if left_out.isdisjoint({self._named(at), at.date}):
                yield self._interval(at, *length)
        for found in one.all("RDATE"):
            if "/" in found.value:
                yield from self._periods(found)

    def _left_out(self, one: Component) -> set[Occurrence]:
        """Occurrences that are no more; a date means all of that day."""
        uid = one.one("UID")
        taken = self._replaced.get(uid.value, set()) if uid and not one.one("RECURRENCE-ID") else set[Occurrence]()
        return taken | {self._named(at) for found in one.all("EXDATE") for at in times(found, self._zones)}

    def _locals(self, one: Component, start: Time, length: timedelta) -> set[datetime]:
        """The start, which always is one, what its rules give, and the dates named beside them."""
        found = {start.local}
        if one.one("RECURRENCE-ID"):
            return found
        for written in one.all("RRULE"):
            rule = understood(written.value.upper().strip(";"))
            if isinstance(rule, str):
                raise ValueError(f"of an event's RRULE: {rule}")
            found.update(self._repeated(rule, start, length))
        named = (at for written in one.all("RDATE") if "/" not in written.value for at in times(written, self._zones))
        found.update(self._as_seen_from(start, at) for at in named)
        return found

    def _repeated(self, rule: Rule, start: Time, length: timedelta) -> Iterator[datetime]:
        """From the first on that may still last until the window, to the last that begins in it."""
        self._look(_cost(rule))
        place, near = self._place(start), to_datetime(self.first - 2 * DAY).replace(tzinfo=None) - length
        for local in self._read(rule, nearer(rule, start.local, near), start.all_day, place):
            self._look(1)
            if to_minute(local.replace(tzinfo=place)) >= self.last:
                return
            yield local

    def _read(self, rule: Rule, start: datetime, all_day: bool, place: tzinfo) -> Iterator[datetime]:
        if not all_day:
            return occurrences(rule, start, place, LOOKED_AT)
        dates = days(rule, start.date(), self._rota.has_date, LOOKED_AT)
        return (datetime(one.year, one.month, one.day) for one in dates)

    def _look(self, more: int) -> None:
        self._looked += more
        if self._looked > LOOKED_AT:
            raise TooLarge(f"of what repeats at most {LOOKED_AT} occurrences are looked at")

    def _as_seen_from(self, start: Time, at: Time) -> datetime:
        """A time by the clock of the event it belongs to."""
        if start.all_day or at.all_day:
            return datetime.combine(at.date, start.local.time())
        return to_datetime(self._minute(at)).astimezone(self._place(start)).replace(tzinfo=None)

    def _length(self, one: Component, start: Time) -> tuple[int, int]:
        """Days on the calendar, and then elapsed minutes."""
        end, lasts = self._time(one, "DTEND"), one.one("DURATION")
        if end is None:
            length = duration(lasts.value) if lasts else timedelta(days=start.all_day)
            return length.days, -(-(length.seconds + start.local.second) // 60)
        if end.all_day != start.all_day:
            raise ValueError("DTSTART and DTEND are both dates or both times")
        if start.all_day:
            return (end.date - start.date).days, 0
        return 0, self._minute(end, up=True) - self._minute(start)

    def _interval(self, at: Time, length: int, minutes: int) -> tuple[int, int]:
        if at.all_day:
            first = number(at.date)
            return self._rota.midnight(first), self._rota.day_end(first + max(length, 1) - 1)
        end = at._replace(local=at.local + timedelta(days=length))
        return self._minute(at), self._minute(end) + minutes

    # --- times ----------------------------------------------------------------------------------------------------

    def _time(self, one: Component, name: str) -> Time | None:
        found = one.one(name)
        return time(found.value, found.params, self._zones) if found else None

    def _named(self, at: Time) -> Occurrence:
        return at.date if at.all_day else self._minute(at)

    def _place(self, at: Time) -> tzinfo:
        return at.place or self._rota.place_on(number(at.date))

    def _minute(self, at: Time, *, up: bool = False) -> int:
        """A time in a gap is read with the offset before it (RFC 5545 3.3.5), a repeated one is the first."""
        moment = at.local.replace(tzinfo=self._place(at))
        return to_minute_up(moment) if up else to_minute(moment)


def _type(one: Component) -> BusyType | None:
    """What an event's time is to others; None takes none."""
    if one.word("STATUS") == "CANCELLED" or one.word("TRANSP") == "TRANSPARENT":
        return None
    usual: BusyType = "tentative" if one.word("STATUS") == "TENTATIVE" else "busy"
    return _OUTLOOK.get(one.word("X-MICROSOFT-CDO-BUSYSTATUS"), usual)


def _cost(rule: Rule) -> int:
    """In occurrences: what it may take to look for the next one."""
    rare = any(part in rule.repeats for part in _RARE)
    return 20_000 if rare and ("DAILY" in rule.repeats or "WEEKLY" in rule.repeats) else 50


def _joined(spans: list[Span]) -> list[Span]:
    found: dict[BusyType, list[Span]] = {}
    for start, end, type in spans:
        alike = found.setdefault(type, [])
        if alike and start <= alike[-1][1]:
            alike[-1] = alike[-1][0], max(alike[-1][1], end), type
        else:
            alike.append((start, end, type))
    return sorted(span for alike in found.values() for span in alike)
