"""Windows: a resource's wall-clock hours as half-open intervals of UTC minutes, in its own zone.

Touching or overlapping windows, also over midnight, are one window; its start anchors the grid of starts. A window
of a week or more counts as without end: its grid restarts at each local midnight.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from itertools import pairwise
from typing import NamedTuple

from contracts import events
from scheduling.masks import DAY
from scheduling.supply import ExceptionDay, Holidays, Layer
from scheduling.zones import boundary, date_number, known_zone, wall

WEEK = 7 * DAY
_LOOK = 9
"""Local dates before and after a UTC day whose windows decide about it: a week of a chain, the longest window (two
dates) and the farthest zones."""

_NEAR = 3
"""As many are enough where no window reaches beyond the days next to it: those of dates farther away end before
the day before, or start after the day after."""

_KEPT = 500
"""Days whose windows are kept in memory."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = date(1970, 1, 1)
_ALL_DAY = ((0, DAY),)

Wall = tuple[tuple[int, int], ...]
"""Windows of one local date, in minutes after its midnight by the clock on the wall."""


Said = events.Window | events.WeeklyWindow


class Window(NamedTuple):
    """`[start, end)` in UTC minutes."""

    start: int
    end: int

    @property
    def endless(self) -> bool:
        return self.end - self.start >= WEEK


class Date(NamedTuple):
    """What decides one local date: its windows, and the event that set them."""

    windows: Wall
    event_id: str


class _Weekly(NamedTuple):
    first: int
    last: int
    windows: tuple[Wall, ...]
    event_id: str


class _Trip(NamedTuple):
    """The clocks of the local dates `[first, last)`."""

    first: int
    last: int
    place: tzinfo


class Rota:
    """The windows of every local date of one resource. `always` is open all day where nothing else is said.

    On the dates of a trip its clocks are those of the zone it is in then.
    """

    def __init__(
        self,
        tz: str,
        schedules: Mapping[int, Layer],
        exceptions: Mapping[date, ExceptionDay],
        always: bool,
        event_id: str,
        trips: Sequence[events.Trip] = (),
        holidays: Holidays | None = None,
    ) -> None:
        self.tz, self.place = tz, known_zone(tz)
        self._trips = [_Trip(number(trip.from_), number(trip.until), known_zone(trip.tz)) for trip in trips]
        self._layers = [_weekly(schedules[layer]) for layer in sorted(schedules)]
        self._exceptions = _dates(holidays) if holidays else {}
        self._exceptions |= {number(day): Date(_wall(e.windows), e.event_id) for day, e in exceptions.items()}
        self._otherwise = Date(_ALL_DAY if always else (), event_id)
        self._known: dict[int, tuple[Window, ...]] = {}
        self._touched: dict[int, list[Window]] = {}

    def on(self, local: int) -> Date:
        """An exception replaces all layers, as a holiday does where there is none; else the lowest layer that covers
        the date decides, also if closed."""
        if local in self._exceptions:
            return self._exceptions[local]
        for layer in self._layers:
            if layer.first <= local < layer.last:
                return Date(layer.windows[(local + 3) % 7], layer.event_id)
        return self._otherwise

    def touching(self, day: int) -> list[Window]:
        """The merged windows that lie at least partly on a UTC day."""
        found = self._touched.get(day)
        if found is None:
            if len(self._touched) > _KEPT:
                self._touched.clear()
            found = self._touched[day] = self._find_touching(day)
        return found

    def _find_touching(self, day: int) -> list[Window]:
        near = self._touching(day, _NEAR)
        if all(one.start > (day - 1) * DAY and one.end < (day + 2) * DAY for one in near):
            return near
        return self._touching(day, _LOOK)

    def _touching(self, day: int, look: int) -> list[Window]:
        parts = [window for local in range(day - look, day + look + 1) for window in self._windows(local)]
        return [one for one in merged(parts) if one.start < (day + 1) * DAY and one.end > day * DAY]

    def anchored(self, day: int) -> Iterator[Window]:
        """The same, cut where the grid restarts: each piece's start is the anchor of its starts."""
        for window in self.touching(day):
            yield from self._nights(window, day) if window.endless else (window,)

    def _nights(self, window: Window, day: int) -> Iterator[Window]:
        midnights = sorted(self.midnight(local) for local in range(day - 2, day + 4))
        for start, end in pairwise(midnights):
            if max(start, window.start) < min(end, window.end):
                yield Window(max(start, window.start), min(end, window.end))

    def midnight(self, local: int) -> int:
        """The first minute of a local date."""
        return boundary(wall(local, 0), self.place_on(local))

    def day_end(self, local: int) -> int:
        """The minute after its last: with the same clocks the next one's midnight."""
        return boundary(wall(local + 1, 0), self.place_on(local))

    def has_date(self, day: date) -> bool:
        """Whether a local date is on the calendar there at all."""
        return self.midnight(number(day)) < self.day_end(number(day))

    def place_on(self, local: int) -> tzinfo:
        """Whose clocks count on a local date."""
        for trip in self._trips:
            if trip.first <= local < trip.last:
                return trip.place
        return self.place

    def date_of(self, minute: int) -> int:
        """The local date that a minute lies on; between two zones perhaps none does, and it is the home's."""
        home = date_number(minute, self.place)
        if not self._trips:
            return home
        near = (home, home + 1, home - 1)
        return next((local for local in near if date_number(minute, self.place_on(local)) == local), home)

    def _windows(self, local: int) -> tuple[Window, ...]:
        found = self._known.get(local)
        if found is None:
            if len(self._known) > _KEPT:
                self._known.clear()
            found = self._known[local] = tuple(self._expand(local))
        return found

    def _expand(self, local: int) -> Iterator[Window]:
        place = self.place_on(local)
        for start, end in self.on(local).windows:
            window = Window(boundary(wall(local, start), place), boundary(wall(local, end), place))
            if window.start < window.end:
                yield window


def merged(windows: Iterable[Window]) -> list[Window]:
    """Windows that touch or overlap as one, in order."""
    found: list[Window] = []
    for window in sorted(windows):
        if found and window.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return found


def number(day: date) -> int:
    """The number of a local date; 1970-01-01 is 0."""
    return (day - _EPOCH).days


def _dates(holidays: Holidays) -> dict[int, Date]:
    return {number(day): Date(_wall(windows), holidays.event_id) for day, windows in holidays.dates.items()}


def _weekly(layer: Layer) -> _Weekly:
    windows = tuple(_wall(window for window in layer.weekly if day in window.days) for day in _DAYS)
    first = number(layer.from_ or date.min)
    return _Weekly(first, number(layer.until or date.max), windows, layer.event_id)


def _wall(windows: Iterable[Said]) -> Wall:
    return tuple(_minutes(window) for window in windows)


def _minutes(window: Said) -> tuple[int, int]:
    """An end not after its start runs over midnight."""
    start, end = _of_day(window.start), _of_day(window.end)
    return start, end if end > start else end + DAY


def _of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
